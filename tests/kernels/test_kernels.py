"""The CUDA kernels, run on the CPU from the text that a GPU gets: against float64, at sizes around those of their tiles."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support import array_libraries, cuda_on_cpu, fake_cupy, oracle

from gpu_smotetomek import kernels
from gpu_smotetomek.arrays import cupy_kernels, indexing
from gpu_smotetomek.arrays import cupy_kernels as fused
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import ScaledRows, SearchSelector
from gpu_smotetomek.neighbors import brute_force as direct
from gpu_smotetomek.neighbors.backends.cuda import backend as cuda
from gpu_smotetomek.neighbors.backends.cuda import layout as tiles
from gpu_smotetomek.neighbors.backends.cuda import ordering as halving
from gpu_smotetomek.neighbors.backends.cuda.backend import LISTED, TILE, Cuda, Finer
from gpu_smotetomek.neighbors.protocol import Backend
from gpu_smotetomek.resampling.interpolation import append_synthetic

pytestmark = pytest.mark.usefixtures("compiler", "small_tables_use_bounds")

WORK = ExecutionContext(n_threads=1)
NULL = None


@pytest.fixture
def processors(monkeypatch):
    """Sets for how many multiprocessors the work is split, one block each."""
    monkeypatch.setattr(cuda, "FULL", 1)
    return lambda count: monkeypatch.setitem(fake_cupy.Device.attributes, "MultiProcessorCount", count)


def rows(n: int, d: int, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=(n, d)) / np.sqrt(d)).astype(np.float32)


def searched(cupy, X: np.ndarray, Q: np.ndarray, k: int, radius: np.ndarray | None = None) -> tuple:
    """Squares, rows, and how many tiles blocks staged and warps multiplied."""
    index = Cuda().build(cupy.asarray(X), WORK)
    index.visited = cupy.zeros(3, dtype=np.uint64)
    S, found = index.search(cupy.asarray(Q), k, None if radius is None else cupy.asarray(radius))
    assert S.dtype == np.float32
    assert found.dtype == np.int64
    return S.get(), found.get(), *index.visited.get()[:2]


def check(
    X: np.ndarray,
    Q: np.ndarray,
    S: np.ndarray,
    found: np.ndarray,
    radius: np.ndarray | None = None,
    backend: Backend | None = None,
) -> None:
    """The lists are what a backend must give: distinct rows, squares within the bound, nobody nearer left out."""
    exact = oracle.squares(Q[:, None].astype(np.float64), X[None].astype(np.float64))
    a, b = (np.linalg.norm(side.astype(np.float64), axis=1) for side in (Q, X))
    backend = backend or Cuda()
    bound = backend.error(a[:, None], b[None], d=X.shape[1], n=len(X)) * (1 + 1e-9)
    if True:
        bound = bound + backend.relative_error(d=X.shape[1], n=len(X)) * exact
    for q in range(len(Q)):
        listed = found[q, np.isfinite(S[q])]
        assert len(set(listed.tolist())) == len(listed)
        assert (abs(S[q, np.isfinite(S[q])] - exact[q, listed]) <= bound[q, listed]).all()
        last = S[q].max() if len(listed) == S.shape[1] else radius[q] ** 2
        others = np.setdiff1d(np.arange(len(X)), listed)
        assert (exact[q, others] + bound[q, others] >= last).all()


# ---- search ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [1, 3, 4, 8, 9, 31, 33, 128, 300])
def test_nearest_rows_at_any_number_of_features(cupy, d):
    X, Q = rows(200, d), rows(40, d, 1)
    for k in (1, 5):
        S, found, *_ = searched(cupy, X, Q, k)
        check(X, Q, S, found)


@pytest.mark.parametrize("m", [1, 17, TILE - 1, TILE, TILE + 1])
@pytest.mark.parametrize("n", [1, 2, TILE - 1, TILE, TILE + 1, 3 * TILE])
def test_nearest_rows_around_the_size_of_a_tile(cupy, m, n):
    X, Q = rows(n, 3), rows(m, 3, 1)
    for k in (1, 2, 5, LISTED):
        S, found, *_ = searched(cupy, X, Q, min(k, n))
        check(X, Q, S, found)


@pytest.mark.parametrize("k", [1, 2, 5, LISTED])
def test_lists_of_tied_rows_are_exact_and_hold_each_row_once(cupy, k):
    """On a small lattice every square is a small integer: float32 holds it."""
    rng = np.random.default_rng(0)
    X, Q = (rng.integers(0, 3, (n, 4)).astype(np.float32) for n in (2 * TILE + 3, TILE + 1))
    S, found, *_ = searched(cupy, X, Q, k)
    exact = oracle.squares(Q[:, None].astype(np.float64), X[None].astype(np.float64))
    np.testing.assert_array_equal(S, np.sort(exact, axis=1)[:, :k])
    np.testing.assert_array_equal(np.take_along_axis(exact, found, axis=1), S)
    assert all(len(set(row)) == k for row in found.tolist())


@pytest.mark.parametrize("size", [2.0**-60, 2.0**-66, 2.0**-74])
def test_differences_whose_squares_are_hardly_numbers(cupy, size):
    X, Q = rows(300, 40) * np.float32(size), rows(40, 40, 1) * np.float32(size)
    S, found = Finer().build(cupy.asarray(X), WORK).search(cupy.asarray(Q), 5)
    check(X, Q, S.get(), found.get(), backend=Finer())
    proportional = Finer().relative_error(d=40, n=300) * np.take_along_axis(
        oracle.squares(Q[:, None].astype(np.float64), X[None].astype(np.float64)), found.get(), axis=1
    )
    exact = oracle.squares(Q[:, None].astype(np.float64), X[found.get()].astype(np.float64))
    assert (abs(S.get() - exact) > proportional).any() == (size < 2.0**-60), "what is lost to underflow, and only there"


@pytest.mark.parametrize("n", [17, 25, 60, 90])
@pytest.mark.parametrize("k", [12, 13, 14, 15, 16, 20])
def test_lists_of_any_length_are_exact_where_products_certify_little(cupy, k, n):
    """Whether differences list enough, or the tiles of a product do; a list is never taken for all rows when it is not."""
    X = np.random.default_rng(0).normal(size=(2 * n, 3)) * 1e-3
    X[n:] = 1e4 * X[n:] + 1e4
    everyone, answers = np.arange(n), []
    for place, backend in ((np.array, "xp"), (cupy.asarray, "cuda")):
        search = SearchSelector(WORK, backend).search_over(ScaledRows.from_matrix(place(X), WORK), place(everyone), n)
        answers.append([array_libraries.host(part) for part in search.kneighbors(place(everyone), min(k, n - 1))])
    for there, here in zip(*answers, strict=True):
        np.testing.assert_array_equal(there, here)


@pytest.mark.parametrize(
    ("k", "road"), [(5, "finer list"), (12, "finer list"), (13, "longer list"), (20, "longer list")]
)
def test_a_second_list_is_longer_where_differences_list_no_more(cupy, k, road):
    X = cupy.asarray(np.random.default_rng(0).integers(0, 7, (1500, 3)).astype(np.float32))
    everyone = cupy.asarray(np.arange(1500))
    search = SearchSelector(WORK, "cuda").search_over(ScaledRows.from_matrix(X, WORK), everyone, 1500)
    search.kneighbors(everyone, k)
    assert search.settled_by_stage[road] > 5
    assert {"longer list": 0, "finer list": 0} | {road: search.settled_by_stage[road]} == {
        name: search.settled_by_stage[name] for name in ("longer list", "finer list")
    }


def test_differences_list_no_more_than_a_kernel_holds(cupy):
    with pytest.raises(ValueError, match="differences list 16 rows at most, not 17"):
        Finer().build(cupy.asarray(rows(40, 3)), WORK).search(cupy.asarray(rows(2, 3)), LISTED + 1)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("d", [1, 31, 32, 33, 100])
def test_rows_wider_than_a_grid_are_placed_group_by_group(cupy, monkeypatch, d, turned):
    monkeypatch.setattr(fused, "MOST_BLOCKS", 2)
    X, centre = np.random.default_rng(0).normal(size=(21, d)), np.linspace(-1, 1, d)
    axes = np.linalg.qr(np.random.default_rng(1).normal(size=(d, d)))[0] if turned else None
    where = cupy_kernels.ProjectionParameters(
        *map(cupy.asarray, (centre,)), (2.0,), None if axes is None else cupy.asarray(axes), d, "float64", 3.0
    )
    values, far, norms = cupy_kernels.project(cupy.asarray(X), cupy.asarray(np.arange(21)), (4.0,), None, where)
    expected = (4 * X - centre) * 2 @ (np.eye(d) if axes is None else axes)
    np.testing.assert_allclose(values.get(), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(far.get(), (abs(expected) > 3).any(axis=1))
    np.testing.assert_allclose(norms.get(), np.linalg.norm(4 * X - centre, axis=1), rtol=1e-11)


@pytest.mark.parametrize("scale", [None, 0.5, 1.0])
@pytest.mark.parametrize("d", [1, 3, 9, 33, 128])
@pytest.mark.parametrize("k", [1, 5, LISTED])
def test_differences_have_the_smaller_error(cupy, k, d, scale):
    """Rows far from the origin and near to each other, where products lose all; with and without a radius."""
    X, Q = (rows(n, d, seed) * np.float32(1e-3) + np.float32(1) for n, seed in ((300, 0), (40, 1)))
    exact = np.sort(oracle.squares(Q[:, None].astype(np.float64), X[None].astype(np.float64)), axis=1)
    radius = None if scale is None else np.sqrt(exact[:, 3]) * scale
    index = Finer().build(cupy.asarray(X), WORK)
    S, found = index.search(cupy.asarray(Q), k, None if radius is None else cupy.asarray(radius))
    check(X, Q, S.get(), found.get(), radius, Finer())
    coarse, _ = index.index.search(cupy.asarray(Q), k)
    if scale is None:
        wrong, coarsely = (abs(found.get() - exact[:, :k]).max() for found in (S, coarse))
        assert wrong < 1e-2 * coarsely
    assert {"nearest_apart", "nearest"} <= {launch.kernel for launch in fake_cupy.state.launches}


def test_queries_that_no_list_of_products_certifies_are_decided_by_differences(cupy):
    X = 2e-4 * np.random.default_rng(0).normal(size=(2000, 3)) + np.repeat([[0], [1]], 1000, axis=0)
    everyone, answers, tallies = np.arange(2000), [], []
    for place, backend in ((np.array, "xp"), (cupy.asarray, "cuda")):
        search = SearchSelector(WORK, backend).search_over(
            ScaledRows.from_matrix(place(X), WORK), place(everyone), 2000
        )
        answers.append([array_libraries.host(part) for part in search.kneighbors(place(everyone), 2)])
        tallies.append(search.settled_by_stage)
    for there, here in zip(*answers, strict=True):
        np.testing.assert_array_equal(there, here)
    assert tallies[1]["finer list"] > 500
    assert tallies[1]["float64"] < tallies[1]["finer list"] / 10
    assert tallies[1]["longer list"] == 0
    packed = [launch.kernel for launch in fake_cupy.state.launches].count("pack")
    assert packed == 3  # the rows once, and the queries of either search


def test_copies_of_one_row(cupy):
    X = np.ones((TILE + 40, 5), np.float32)
    S, found, *_ = searched(cupy, X, X[:3], LISTED)
    assert (S == 0).all()
    assert all(len(set(row)) == LISTED for row in found.tolist())


@pytest.mark.parametrize("k", [1, 4])
def test_where_queries_are_few_the_rows_are_split_and_the_lists_stay_the_same(cupy, processors, k):
    X, Q = rows(70 * TILE, 2), rows(TILE + 9, 2, 1)
    answers = []
    for count, parts in ((1, 1), (4, 2), (100, 3)):  # 70 tiles are three groups of boxes
        processors(count)
        answers.append(searched(cupy, X, Q, k)[:2])
        nearest = [launch for launch in fake_cupy.state.launches if launch.kernel == "nearest"][-1]
        assert nearest.grid == (2, parts)
    check(X, Q, *answers[0])
    for other in answers[1:]:
        np.testing.assert_array_equal(other[0], answers[0][0])
        np.testing.assert_array_equal(other[1], answers[0][1])


@pytest.mark.parametrize("scale", [0.0, 0.5, 1.0, 3.0])
def test_what_a_radius_leaves_out_is_beyond_it(cupy, scale):
    X, Q = rows(TILE + 30, 3), rows(40, 3, 1)
    exact = np.sort(oracle.squares(Q[:, None].astype(np.float64), X[None].astype(np.float64)), axis=1)
    radius = np.sqrt(exact[:, 3]) * scale
    S, found, *_ = searched(cupy, X, Q, 5, radius)
    check(X, Q, S, found, radius)
    if scale < 1:
        assert np.isinf(S).any()
    if scale > 2:
        assert np.isfinite(S[:, :4]).all()


def test_no_row_is_invented_where_none_is_within_the_radius(cupy):
    S, found, *_ = searched(cupy, rows(5, 2), rows(3, 2) + 100, 2, np.full(3, 0.25))
    assert np.isinf(S).all()
    assert ((found >= 0) & (found < 5)).all()


def surface(n: int, seed: int) -> np.ndarray:
    """Two dimensions bent into six."""
    u, v = np.random.default_rng(seed).uniform(-1, 1, (2, n))
    return np.stack([u, v, u * v, u * u, np.sin(2 * v), u - v], axis=1).astype(np.float32)


def test_tiles_that_hold_nobody_nearer_are_skipped(cupy):
    X, Q = surface(40 * TILE, 0), surface(4 * TILE, 1)
    S, found, staged, multiplied = searched(cupy, X, Q, 3)
    check(X, Q, S, found)
    everything = 4 * 40
    assert staged < 0.6 * everything
    assert multiplied < 0.4 * 8 * everything
    radius = np.linspace(0.05, 0, len(Q))
    S, found, staged_within, multiplied_within = searched(cupy, X, Q, 3, radius)
    check(X, Q, S, found, radius)
    assert staged_within < 0.75 * staged
    assert multiplied_within < 0.5 * multiplied


def test_where_nothing_can_be_skipped_nothing_is_visited_twice(cupy):
    X, Q = rows(17 * TILE, 24), rows(2 * TILE, 24, 1)
    S, found, staged, multiplied = searched(cupy, X, Q, 1)
    check(X, Q, S, found)
    assert staged == 2 * 17
    assert 0.9 * 8 * staged <= multiplied <= 8 * staged


def test_no_tile_is_skipped_that_holds_a_row_just_within_the_list(cupy):
    """Rows on a line: the farthest of a list are the first ones of the next tile. Each warp has one query, 16 times."""
    X = np.random.default_rng(0).permutation(np.arange(17 * TILE)).astype(np.float32)[:, None] / 64
    beside = np.array([-9, -8, -7, -6, 5, 6, 7, 8]) + TILE * np.arange(1, 9)
    Q = np.repeat((beside[:, None] + 0.25).astype(np.float32) / 64, 16, axis=0)
    S, found, staged, _ = searched(cupy, X, Q, LISTED)
    check(X, Q, S, found)
    assert staged < 17


def test_a_warp_looks_for_its_neediest_query(cupy):
    """Half of its queries, at the same place, want nothing beyond themselves."""
    X = np.random.default_rng(0).permutation(np.arange(17 * TILE)).astype(np.float32)[:, None] / 64
    Q = np.repeat(X[:1], 16, axis=0)
    for wanting in (slice(0, 8), slice(8, 16)):
        radius = np.zeros(16)
        radius[wanting] = 10.0
        S, found, *_ = searched(cupy, X, Q, LISTED, radius)
        check(X, Q, S, found, radius)


@pytest.mark.parametrize("where", ["queries", "rows"])
def test_one_far_row_spoils_nobody_else(cupy, where):
    X, Q = surface(20 * TILE, 0), surface(TILE, 1)
    {"queries": Q, "rows": X}[where][7] = 2.0**40
    S, found, *_ = searched(cupy, X, Q, 2)
    check(X, Q, S, found)


def test_more_rows_than_can_be_numbered_are_refused(cupy, monkeypatch):
    monkeypatch.setattr(tiles, "MOST", 100)
    Cuda().build(cupy.asarray(rows(100, 2)), WORK)
    with pytest.raises(ValueError, match="numbers 100 rows at most, not 101: choose backend='xp'"):
        Cuda().build(cupy.asarray(rows(101, 2)), WORK)


def test_rows_and_queries_need_not_lie_row_after_row(cupy):
    X, Q = rows(150, 7), rows(20, 7, 1)
    index = Cuda().build(cupy.asarray(np.asfortranarray(X)), WORK)
    S, found = index.search(cupy.asarray(np.asfortranarray(Q)), 3)
    check(X, Q, S.get(), found.get())


def test_lists_too_long_for_a_kernel_come_from_a_product_on_the_same_device(cupy):
    X, Q = rows(17 * TILE, 3), rows(30, 3, 1)
    S, found, *_ = searched(cupy, X, Q, LISTED + 1)
    check(X, Q, S, found)
    assert "nearest" not in {launch.kernel for launch in fake_cupy.state.launches}


# ---- order ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("within", [halving.WIDEST, 256, 16])
@pytest.mark.parametrize("leaf", [4, 16, 128])
@pytest.mark.parametrize("n", [1, 2, 5, 64, 129, 1000, 5000])
def test_halving_splits_every_node_at_its_median(cupy, monkeypatch, n, leaf, within):
    """Whether one block halves what it holds, or sorts do it level by level: signs, zeros and ties included."""
    monkeypatch.setattr(halving, "WIDEST", max(within, leaf))
    X = np.random.default_rng(0).normal(size=(n, 3)).astype(np.float32) * np.float32([4, 1, 0.1])
    X[::3, 0], X[1::3, 1] = np.rint(X[::3, 0]), -0.0
    order = halving.halved(cupy.asarray(X), leaf).get()
    np.testing.assert_array_equal(np.sort(order), np.arange(n))
    levels = max(0, -(-n // leaf) - 1).bit_length()
    spread = X[:: -(-n // halving.SAMPLE)].std(axis=0)
    for level, feature in enumerate(halving.widest(spread.astype(np.float64), levels)):
        node = leaf << levels >> level
        for start in range(0, n, node):
            values = X[order[start : start + node], feature]
            lower, upper = values[: node // 2], values[node // 2 :]
            assert not len(upper) or lower.max() <= upper.min()
    kernels = [launch.kernel for launch in fake_cupy.state.launches]
    deep = min(levels, halving.DEEPEST, (max(within, leaf) // leaf).bit_length() - 1)
    assert kernels == ["node_keys"] * (levels - deep) + ["halve"] * (deep > 0)


# ---- what decides ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("d", [1, 3, 15, 16, 17, 40])
@pytest.mark.parametrize("scale", [1.0, 1e-300, 1e300])
def test_distances_have_the_bits_of_the_host(cupy, dtype, d, scale):
    X = (np.random.default_rng(0).normal(size=(70, d)) * (scale if dtype == np.float64 else 1.0)).astype(dtype)
    first, second = np.arange(33), np.random.default_rng(1).integers(0, 70, (33, 5))
    here, there = ScaledRows.from_matrix(X, WORK), ScaledRows.from_matrix(cupy.asarray(X), WORK)
    assert there.exponent == here.exponent
    assert cupy_kernels.has_kernels(there.X)
    on_device = there.sq_distances(cupy.asarray(first), cupy.asarray(second))
    np.testing.assert_array_equal(on_device.get(), here.sq_distances(first, second))
    tile = there.sq_distances_from(cupy.asarray(first))(cupy.asarray(np.arange(3, 70)))
    np.testing.assert_array_equal(tile.get(), here.sq_distances_from(first)(np.arange(3, 70)))
    assert [launch.kernel for launch in fake_cupy.state.launches] == ["pair_squares", "tile_squares"]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("w", "k"), [(1, 1), (3, 5), (8, 5), (33, 2), (70, 32)])
@pytest.mark.parametrize("kind", ["gaussian", "lattice"])
def test_listed_rows_are_decided_as_on_the_host(cupy, kind, w, k, dtype):
    """Ties, the query among its own, and lists that are too short, too."""
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(90, 3)) if kind == "gaussian" else rng.integers(0, 3, (90, 3))).astype(dtype)
    queries = rng.integers(0, 90, 41)
    listed = np.stack([rng.permutation(90)[:w] for _ in queries])
    listed[::4, -1] = queries[::4]
    expected = direct.rerank(ScaledRows.from_matrix(X, WORK), queries, listed, k)
    found = direct.rerank(ScaledRows.from_matrix(cupy.asarray(X), WORK), cupy.asarray(queries), cupy.asarray(listed), k)
    for there, here in zip(found, expected, strict=True):
        np.testing.assert_array_equal(there.get(), here)
    assert [launch.kernel for launch in fake_cupy.state.launches] == ["decided"]


def test_features_that_overflow_when_scaled_take_no_part(cupy):
    X = np.random.default_rng(0).normal(size=(40, 3)) * 1e-250
    X[:, 1] = 1e200
    here, there = ScaledRows.from_matrix(X, WORK), ScaledRows.from_matrix(cupy.asarray(X), WORK)
    assert here.ignored_features.tolist() == there.ignored_features.get().tolist() == [1]
    everyone = np.arange(40)
    expected = here.sq_distances(everyone, everyone[::-1].copy())
    assert (expected > 0).all()
    np.testing.assert_array_equal(
        there.sq_distances(cupy.asarray(everyone), cupy.asarray(everyone[::-1])).get(), expected
    )
    np.testing.assert_array_equal(
        there.sq_distances_from(cupy.asarray(everyone))(cupy.asarray(everyone)).get(),
        here.sq_distances_from(everyone)(everyone),
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_synthetic_rows_have_the_bits_of_the_host(cupy, dtype):
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(50, 7)) * 10.0 ** rng.integers(-20, 20, (50, 7))).astype(dtype)
    plan = rng.integers(0, 50, 333), rng.integers(0, 50, 333), rng.uniform(size=333)
    there = append_synthetic(cupy.asarray(X), tuple(cupy.asarray(values) for values in plan), None, WORK)
    assert there.dtype == dtype
    np.testing.assert_array_equal(there.get(), append_synthetic(X, plan, None, WORK))
    assert [launch.kernel for launch in fake_cupy.state.launches] == ["interpolate"]


@pytest.mark.parametrize("shape", [(0, 3), (5, 0)])
def test_no_row_and_no_pair_start_no_kernel(cupy, shape):
    X = cupy.asarray(np.zeros((4, 3)))
    empty = cupy_kernels.pair_sq_distances(
        X, cupy.zeros(shape[0], dtype=np.int64), cupy.zeros(shape, dtype=np.int64), (), None
    )
    assert empty.shape == shape
    assert not fake_cupy.state.launches


def test_what_no_kernel_takes_goes_the_general_road(cupy):
    X = np.random.default_rng(0).normal(size=(20, 6))
    for other in (cupy.asarray(X)[:, ::2], cupy.asarray(X.astype(np.int64)), X):
        assert not cupy_kernels.has_kernels(other)
    assert cupy_kernels.has_kernels(cupy.asarray(X))


# ---- the shim finds what it is for ----------------------------------------------------------------------------------


PROBES = {
    "missed": "if (threadIdx.x < 32) __syncthreads();",
    "left": "if (threadIdx.x == 63) return; __syncthreads();",
    "differing": "if (threadIdx.x % 2) {\n __syncthreads();\n } else {\n __syncthreads();\n }",
    "waiting": "if (threadIdx.x < 5) __shfl_sync(~0u, 1, 0); else __syncthreads();",
    "lanes_left": "if (threadIdx.x == 3) return; __ballot_sync(~0u, 1);",
    "masked": "__shfl_xor_sync(0xffu, 1, 1);",
    "right": """
        __shared__ float held[64]; held[threadIdx.x] = threadIdx.x; __syncthreads();
        out[blockIdx.x * 64 + threadIdx.x] = held[63 - threadIdx.x] + 100 * __shfl_up_sync(~0u, threadIdx.x, 1, 16)
        + 10000 * __popc(__ballot_sync(~0u, threadIdx.x % 3 == 0));""",
    "fresh": """
        __shared__ float held[64]; out[blockIdx.x * 64 + threadIdx.x] = held[threadIdx.x]; held[threadIdx.x] = 1.0f;""",
}


def run(name: str) -> np.ndarray:
    """What two blocks of 64 threads write."""
    text = "\n".join(f'extern "C" __global__ void {name}(float* out) {{ {body} }}' for name, body in PROBES.items())
    out = np.zeros(128, np.float32)
    cuda_on_cpu.kernel(text, name)((2,), (64,), (out,))
    return out


@pytest.mark.parametrize("processors", [1, 30])
@pytest.mark.parametrize(
    ("m", "n", "d", "k"), [(1, 1, 1, 1), (3, 40, 3, 32), (9, 255, 64, 2), (8, 257, 65, 7), (17, 900, 4, 5)]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_first_rows_are_those_of_the_oracle(cupy, monkeypatch, dtype, m, n, d, k, processors):
    """Ties included: the values are small integers. A query is not its own neighbour, and what is missing is infinite."""
    monkeypatch.setitem(fake_cupy.Device.attributes, "MultiProcessorCount", processors)
    rng = np.random.default_rng(n)
    X = rng.integers(-3, 3, (n + 5, d)).astype(dtype)
    queries, flat = rng.permutation(n + 5)[:m], None if d < 4 else np.array([2])
    searched = np.setdiff1d(np.arange(n + 5), rng.permutation(n + 5)[:5])
    space = ScaledRows(cupy.asarray(X), ExecutionContext(), 3, None, None if flat is None else cupy.asarray(flat))
    D, found = direct.search_all(space, cupy.asarray(searched), cupy.asarray(queries), k, shared=False)
    scaled = np.delete(X.astype(np.float64) * 8, [] if flat is None else flat, axis=1)
    exact = oracle.squares(scaled[queries][:, None], scaled[searched][None])
    exact[queries[:, None] == searched] = np.inf
    order = np.argsort(exact, axis=1, kind="stable")[:, :k]
    expected = np.pad(
        np.take_along_axis(exact, order, axis=1), ((0, 0), (0, k - order.shape[1])), constant_values=np.inf
    )
    rows = np.pad(searched[order], ((0, 0), (0, k - order.shape[1])))
    np.testing.assert_array_equal(D.get(), expected)
    np.testing.assert_array_equal(found.get(), np.where(np.isinf(expected), queries[:, None], rows))


@pytest.mark.parametrize(
    ("probe", "said"),
    [
        ("missed", "a thread ended while others wait at the barrier of line 1"),
        ("left", "a thread ended while others wait at the barrier of line 2"),
        ("differing", "threads wait at barriers of lines 6 and 4"),
        ("waiting", "all threads wait for others"),
        ("lanes_left", "a warp operation after some lanes have ended"),
        ("masked", "a warp operation whose mask leaves lanes out"),
    ],
)
def test_the_shim_tells_of_broken_rules(probe, said):
    with pytest.raises(cuda_on_cpu.KernelError, match=rf"^{probe}, block \(0, 0, 0\): {said}$"):
        run(probe)


def test_the_shim_runs_warps_barriers_and_blocks():
    thread = np.arange(64)
    up = thread - (thread % 16 > 0)
    votes = np.repeat([(thread[:32] % 3 == 0).sum(), (thread[32:] % 3 == 0).sum()], 32)
    np.testing.assert_array_equal(run("right"), np.tile(63 - thread + 100 * up + 10000 * votes, 2))


def test_shared_memory_holds_nothing_before_a_block_writes_it():
    assert (run("fresh") == np.array([0xCDCDCDCD], np.uint32).view(np.float32)).all()


def test_arguments_of_other_types_are_refused():
    pack = cuda_on_cpu.kernel(kernels.source("search"), "pack")
    X, out = np.zeros((3, 2), np.float32), np.zeros((1, 2, TILE), np.float32)
    right = [X, NULL, np.int64(3), np.int32(2), out, np.zeros(TILE, np.float32)]
    pack((1,), (TILE,), tuple(right))
    wrong = {0: X.astype(np.float64), 2: np.int32(3), 3: 2, 4: out[:, :, ::2], 5: np.float32(0)}
    for place, value in wrong.items():
        with pytest.raises(cuda_on_cpu.KernelError, match=f"argument {place} of pack"):
            pack((1,), (TILE,), tuple([*right[:place], value, *right[place + 1 :]]))
    with pytest.raises(cuda_on_cpu.KernelError, match="takes 6 arguments"):
        pack((1,), (TILE,), tuple(right[:-1]))


SANITIZED = """
import numpy as np
from support import cuda_on_cpu
from gpu_smotetomek.kernels import MODULES, source
ran = set()
flags = ("-fsanitize=address", "-O1", "-g1")
def kernel(module, name):
    ran.add(name)
    return cuda_on_cpu.kernel(source(module), name, flags)
i, q = np.int32, np.int64
def pack(X):
    n, d = X.shape
    count = -(-n // 128)
    packed, norms = np.empty((count, d, 128), np.float32), np.empty(count * 128, np.float32)
    kernel("search", "pack")((count,), (128,), (X, None, q(n), i(d), packed, norms))
    return count, packed, norms
def boxes(count, packed, norms, width):
    d, groups = packed.shape[1], count * 128 // width
    low, high = (np.empty((-(-groups // 32), d, 32), np.float32) for _ in range(2))
    kernel("search", "boxes")((-(-groups // 128), d), (128,), (packed, norms, q(groups), i(width), i(d), low, high))
    return low, high
def halves(count, packed, norms, width):
    d = packed.shape[1]
    module, words = f"tensor:{-(-d // 16)}", width * (-(-d // 16) * 8 + 1)
    out = np.empty(count * 128 // width * words, np.int32)
    kernel(module, "halves")((count,), (256,), (packed, norms, i(width), i(d), out))
    return out
for m, n, d, k in [(1, 1, 1, 1), (129, 130, 9, 16), (20, 130, 40, 3)]:
    rng = np.random.default_rng(0)
    rows, queries = (pack(rng.normal(size=(size, d)).astype(np.float32)) for size in (n, m))
    parts = -(-rows[0] // 32)
    seed = np.empty(parts * queries[0] * 8, np.int32)
    sizes = i(rows[0]), i(32)
    around, warps = boxes(*queries, 16), 8 * queries[0]
    kernel("search", "seeds")((warps, parts), (32,), (*around, *boxes(*rows, 128), *sizes, i(d), seed))
    lists = queries[0] * 128
    S, at = np.empty((parts, lists, k), np.float32), np.empty((parts, lists, k), np.int32)
    arguments = (*rows[1:], *boxes(*rows, 128), *sizes, *queries[1:], *around, None, None, seed, i(d), i(k), S, at, None, None)
    kernel("search", "nearest")((queries[0], parts), (256,), arguments)
    again, there, given_up = np.empty_like(S), np.empty_like(at), np.empty(parts * queries[0], np.uint8)
    filtered = (*arguments[:-4], again, there, None, given_up, halves(*rows, 8), halves(*queries, 16))
    kernel(f"tensor:{-(-d // 16)}", "filtered")((queries[0], parts), (256,), filtered)
    assert given_up.all() or (again == S).all()
    flat = [np.where(np.isinf(norms), norms, np.float32(0)) for norms in (rows[2], queries[2])]
    apart = list(arguments[:-1])
    apart[1], apart[7] = flat
    kernel("search", "nearest_apart")((queries[0], parts), (256,), tuple(apart))
    D, found = np.empty((m, k), np.float32), np.empty((m, k), np.int64)
    kernel("search", "merge")((-(-m // 128),), (128,), (S, at, i(parts), q(lists), i(k), q(m), None, None, D, found))
    assert np.isfinite(D).all()
X = np.random.default_rng(0).normal(size=(5, 17))
first, second, out = np.arange(5), np.arange(10).reshape(5, 2) % 5, np.empty((5, 2))
one = np.float64(1)
kernel("exact", "pair_squares")((1,), (256,), (X, i(1), i(17), one, one, None, first, second, q(5), q(2), out))
tile = np.empty((5, 5))
kernel("exact", "tile_squares")((1, 1), (16, 16), (X, i(1), i(17), one, one, None, first, first, q(5), q(5), tile))
D, found = np.empty((5, 2)), np.empty((5, 2), np.int64)
described = (X, i(1), i(17), one, one, None)
kernel("exact", "first_rows")((1, 1), (256,), (*described, first, q(5), first, i(5), i(256), i(2), D, found))
kernel("exact", "decided")((1,), (256,), (*described, first, q(5), second, i(2), i(2), D, found))
kernel("exact", "lower")((1,), (256,), (np.full(5, np.inf), first, np.ones(5), q(5)))
kernel("exact", "interpolate")((1,), (256,), (X, i(1), i(17), first, first[::-1].copy(), np.ones(5), q(5), np.empty((5, 17))))
for d, r, axes in [(17, 3, True), (17, 17, False), (70, 70, True), (70, 40, False)]:
    X = np.random.default_rng(0).normal(size=(9, d)).astype(np.float32)
    turned = np.random.default_rng(1).normal(size=(d, r)) if axes else None
    some = np.arange(0, 9, dtype=np.int64), q(9), np.zeros(d), one, one, turned, i(r), np.float64(1e9)
    given = i(1), np.empty((9, r), np.float32), np.zeros(9, np.uint8), np.zeros(1, np.int32), np.empty(9)
    kernel("exact", "framed")((2, 2), (256,), (X, i(0), i(d), one, one, None, *some, *given))
for n, width, levels in [(5, 8, 1), (4000, 4096, 5)]:
    X, order = np.random.default_rng(0).normal(size=(n, 3)).astype(np.float32), np.arange(2 * width)
    keys = np.empty(2 * width, np.int64)
    kernel("halving", "node_keys")((-(-2 * width // 256),), (256,), (X, q(n), i(3), i(2), order, i(1), q(2 * width), keys))
    kernel("halving", "halve")((2,), (256,), (X, q(n), i(3), order, i(width), i(levels), np.uint64(1 << 16), np.uint64(2)))
missed = {name for module in MODULES for name in cuda_on_cpu.KERNEL.findall(source(module))} - ran
print("missed", *missed) if missed else print("clean")
OVERRUN
"""
OVERRUN = """
short = np.empty(60, np.float32)
kernel("search", "pack")((1,), (128,), (np.ones((3, 1), np.float32), None, q(3), i(1), short, np.empty(128, np.float32)))
"""


def sanitized(code: str) -> subprocess.CompletedProcess:
    """Code in a process of its own under the address sanitizer."""
    library = subprocess.run(["g++", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True)
    paths = os.pathsep.join([str(Path(__file__).parents[1]), str(Path(__file__).parents[2])])
    options = {"LD_PRELOAD": library.stdout.strip(), "ASAN_OPTIONS": "detect_leaks=0:detect_stack_use_after_return=0"}
    environment = {**os.environ, **options, "PYTHONPATH": paths, "PYTHONMALLOC": "malloc"}
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)


def test_no_kernel_leaves_its_arrays_and_an_overrun_would_be_seen():
    if not os.path.isabs(subprocess.check_output(["g++", "-print-file-name=libasan.so"], text=True).strip()):
        pytest.skip("g++ has no address sanitizer")
    done = sanitized(SANITIZED.replace("OVERRUN", OVERRUN))
    assert done.stdout.strip() == "clean", done.stderr
    assert "heap-buffer-overflow" in done.stderr
    assert "in pack" in done.stderr


def test_minima_keep_all_digits_of_float64(cupy):
    """A float32 minimum, as CuPy's own, would lose digits, and everything below 2**-150."""
    rng = np.random.default_rng(0)
    rows, values = rng.integers(0, 40, 700), rng.normal(size=700) * 2.0 ** rng.integers(-600, 100, 700)
    expected = np.full(50, np.inf)
    np.minimum.at(expected, rows, values)
    found = indexing.scatter_min(cupy.full(50, np.inf), cupy.asarray(rows), cupy.asarray(values))
    np.testing.assert_array_equal(found.get(), expected)
