"""The search kernels, run on the CPU from the text that a GPU gets: against float64, at sizes around those of their tiles."""

from dataclasses import replace

import numpy as np
import pytest
from support import array_libraries, fake_cupy, oracle
from support.kernel_cases import CTX, check_lists, normal_rows, surface

from gpu_smotetomek.kernels.constants import MAX_K, TILE_ROWS
from gpu_smotetomek.neighbors import ScaledRows, SearchSelector
from gpu_smotetomek.neighbors.backends.cuda import backend as cuda_backend
from gpu_smotetomek.neighbors.backends.cuda import layout
from gpu_smotetomek.neighbors.backends.cuda.backend import Cuda, CudaDifferences

pytestmark = pytest.mark.usefixtures("compiler", "small_tables_use_bounds")


@pytest.fixture
def processors(monkeypatch):
    """Sets for how many multiprocessors the work is split, one block each."""
    monkeypatch.setattr(cuda_backend, "BLOCKS_PER_PROCESSOR", 1)
    return lambda count: monkeypatch.setitem(fake_cupy.Device.attributes, "MultiProcessorCount", count)


def searched(cupy, X: np.ndarray, Q: np.ndarray, k: int, radius: np.ndarray | None = None) -> tuple:
    """Squares, rows, and how many tiles blocks staged and warps multiplied."""
    index = Cuda().build(cupy.asarray(X), CTX)
    index.counters = cupy.zeros(3, dtype=np.uint64)
    S, found = index.search(cupy.asarray(Q), k, None if radius is None else cupy.asarray(radius))
    assert S.dtype == np.float32
    assert found.dtype == np.int64
    return S.get(), found.get(), *index.counters.get()[:2]


@pytest.mark.parametrize("d", [1, 3, 4, 8, 9, 31, 33, 128, 300])
def test_nearest_rows_at_any_number_of_features(cupy, d):
    X, Q = normal_rows(200, d), normal_rows(40, d, 1)
    for k in (1, 5):
        S, found, *_ = searched(cupy, X, Q, k)
        check_lists(X, Q, S, found)


@pytest.mark.parametrize("m", [1, 17, TILE_ROWS - 1, TILE_ROWS, TILE_ROWS + 1])
@pytest.mark.parametrize("n", [1, 2, TILE_ROWS - 1, TILE_ROWS, TILE_ROWS + 1, 3 * TILE_ROWS])
def test_nearest_rows_around_the_size_of_a_tile(cupy, m, n):
    X, Q = normal_rows(n, 3), normal_rows(m, 3, 1)
    for k in (1, 2, 5, MAX_K):
        S, found, *_ = searched(cupy, X, Q, min(k, n))
        check_lists(X, Q, S, found)


@pytest.mark.parametrize("k", [1, 2, 5, MAX_K])
def test_lists_of_tied_rows_are_exact_and_hold_each_row_once(cupy, k):
    """On a small lattice every square is a small integer: float32 holds it."""
    rng = np.random.default_rng(0)
    X, Q = (rng.integers(0, 3, (n, 4)).astype(np.float32) for n in (2 * TILE_ROWS + 3, TILE_ROWS + 1))
    S, found, *_ = searched(cupy, X, Q, k)
    exact = oracle.squares(Q[:, None].astype(np.float64), X[None].astype(np.float64))
    np.testing.assert_array_equal(S, np.sort(exact, axis=1)[:, :k])
    np.testing.assert_array_equal(np.take_along_axis(exact, found, axis=1), S)
    assert all(len(set(row)) == k for row in found.tolist())


@pytest.mark.parametrize("size", [2.0**-60, 2.0**-66, 2.0**-74])
def test_differences_whose_squares_underflow(cupy, size):
    X, Q = normal_rows(300, 40) * np.float32(size), normal_rows(40, 40, 1) * np.float32(size)
    S, found = CudaDifferences().build(cupy.asarray(X), CTX).search(cupy.asarray(Q), 5)
    check_lists(X, Q, S.get(), found.get(), backend=CudaDifferences())
    proportional = CudaDifferences().relative_error(d=40, n=300) * np.take_along_axis(
        oracle.squares(Q[:, None].astype(np.float64), X[None].astype(np.float64)), found.get(), axis=1
    )
    exact = oracle.squares(Q[:, None].astype(np.float64), X[found.get()].astype(np.float64))
    assert (abs(S.get() - exact) > proportional).any() == (size < 2.0**-60), "what is lost to underflow, and only there"


@pytest.mark.parametrize("n", [17, 25, 60, 90])
@pytest.mark.parametrize("k", [12, 13, 14, 15, 16, 20])
def test_lists_of_any_length_are_exact_where_products_certify_few_queries(cupy, k, n):
    """Whether differences list enough, or the tiles of a product do; a list is never taken for all rows when it is not."""
    X = np.random.default_rng(0).normal(size=(2 * n, 3)) * 1e-3
    X[n:] = 1e4 * X[n:] + 1e4
    everyone, answers = np.arange(n), []
    for place, backend in ((np.array, "xp"), (cupy.asarray, "cuda")):
        search = SearchSelector(replace(CTX, backend=backend)).search_over(
            ScaledRows.from_matrix(place(X), CTX), place(everyone), n
        )
        answers.append([array_libraries.host(part) for part in search.kneighbors(place(everyone), min(k, n - 1))])
    for there, here in zip(*answers, strict=True):
        np.testing.assert_array_equal(there, here)


@pytest.mark.parametrize(
    ("k", "road"), [(5, "finer list"), (12, "finer list"), (13, "longer list"), (20, "longer list")]
)
def test_a_second_list_is_longer_where_differences_reach_their_largest_k(cupy, k, road):
    X = cupy.asarray(np.random.default_rng(0).integers(0, 7, (1500, 3)).astype(np.float32))
    everyone = cupy.asarray(np.arange(1500))
    search = SearchSelector(replace(CTX, backend="cuda")).search_over(ScaledRows.from_matrix(X, CTX), everyone, 1500)
    search.kneighbors(everyone, k)
    assert search.statistics.settled_by_stage[road] > 5
    assert {"longer list": 0, "finer list": 0} | {road: search.statistics.settled_by_stage[road]} == {
        name: search.statistics.settled_by_stage[name] for name in ("longer list", "finer list")
    }


def test_differences_list_no_more_than_a_kernel_holds(cupy):
    with pytest.raises(ValueError, match="differences list 16 rows at most, not 17"):
        CudaDifferences().build(cupy.asarray(normal_rows(40, 3)), CTX).search(
            cupy.asarray(normal_rows(2, 3)), MAX_K + 1
        )


@pytest.mark.parametrize("scale", [None, 0.5, 1.0])
@pytest.mark.parametrize("d", [1, 3, 9, 33, 128])
@pytest.mark.parametrize("k", [1, 5, MAX_K])
def test_differences_have_the_smaller_error(cupy, k, d, scale):
    """Rows far from the origin and near to each other, where products lose all; with and without a radius."""
    X, Q = (normal_rows(n, d, seed) * np.float32(1e-3) + np.float32(1) for n, seed in ((300, 0), (40, 1)))
    exact = np.sort(oracle.squares(Q[:, None].astype(np.float64), X[None].astype(np.float64)), axis=1)
    radius = None if scale is None else np.sqrt(exact[:, 3]) * scale
    index = CudaDifferences().build(cupy.asarray(X), CTX)
    S, found = index.search(cupy.asarray(Q), k, None if radius is None else cupy.asarray(radius))
    check_lists(X, Q, S.get(), found.get(), radius, CudaDifferences())
    coarse, _ = index.index.search(cupy.asarray(Q), k)
    if scale is None:
        wrong, coarsely = (abs(found.get() - exact[:, :k]).max() for found in (S, coarse))
        assert wrong < 1e-2 * coarsely
    assert {"nearest_by_differences", "nearest_by_products"} <= {launch.kernel for launch in fake_cupy.state.launches}


def test_differences_settle_queries_that_products_do_not_certify(cupy):
    X = 2e-4 * np.random.default_rng(0).normal(size=(2000, 3)) + np.repeat([[0], [1]], 1000, axis=0)
    everyone, answers, tallies = np.arange(2000), [], []
    for place, backend in ((np.array, "xp"), (cupy.asarray, "cuda")):
        search = SearchSelector(replace(CTX, backend=backend)).search_over(
            ScaledRows.from_matrix(place(X), CTX), place(everyone), 2000
        )
        answers.append([array_libraries.host(part) for part in search.kneighbors(place(everyone), 2)])
        tallies.append(search.statistics.settled_by_stage)
    for there, here in zip(*answers, strict=True):
        np.testing.assert_array_equal(there, here)
    assert tallies[1]["finer list"] > 500
    assert tallies[1]["float64"] < tallies[1]["finer list"] / 10
    assert tallies[1]["longer list"] == 0
    packed = [launch.kernel for launch in fake_cupy.state.launches].count("pack_rows")
    assert packed == 3  # the rows once, and the queries of either search


def test_copies_of_one_row(cupy):
    X = np.ones((TILE_ROWS + 40, 5), np.float32)
    S, found, *_ = searched(cupy, X, X[:3], MAX_K)
    assert (S == 0).all()
    assert all(len(set(row)) == MAX_K for row in found.tolist())


@pytest.mark.parametrize("k", [1, 4])
def test_splitting_the_rows_for_few_queries_changes_no_list(cupy, processors, k):
    X, Q = normal_rows(70 * TILE_ROWS, 2), normal_rows(TILE_ROWS + 9, 2, 1)
    answers = []
    for count, parts in ((1, 1), (4, 2), (100, 3)):  # 70 tiles are three groups of boxes
        processors(count)
        answers.append(searched(cupy, X, Q, k)[:2])
        nearest = [launch for launch in fake_cupy.state.launches if launch.kernel == "nearest_by_products"][-1]
        assert nearest.grid == (2, parts)
    check_lists(X, Q, *answers[0])
    for other in answers[1:]:
        np.testing.assert_array_equal(other[0], answers[0][0])
        np.testing.assert_array_equal(other[1], answers[0][1])


@pytest.mark.parametrize("scale", [0.0, 0.5, 1.0, 3.0])
def test_what_a_radius_leaves_out_is_beyond_it(cupy, scale):
    X, Q = normal_rows(TILE_ROWS + 30, 3), normal_rows(40, 3, 1)
    exact = np.sort(oracle.squares(Q[:, None].astype(np.float64), X[None].astype(np.float64)), axis=1)
    radius = np.sqrt(exact[:, 3]) * scale
    S, found, *_ = searched(cupy, X, Q, 5, radius)
    check_lists(X, Q, S, found, radius)
    if scale < 1:
        assert np.isinf(S).any()
    if scale > 2:
        assert np.isfinite(S[:, :4]).all()


def test_row_numbers_are_valid_where_no_row_is_within_the_radius(cupy):
    S, found, *_ = searched(cupy, normal_rows(5, 2), normal_rows(3, 2) + 100, 2, np.full(3, 0.25))
    assert np.isinf(S).all()
    assert ((found >= 0) & (found < 5)).all()


def test_tiles_without_a_nearer_row_are_skipped(cupy):
    X, Q = surface(40 * TILE_ROWS, 0), surface(4 * TILE_ROWS, 1)
    S, found, staged, multiplied = searched(cupy, X, Q, 3)
    check_lists(X, Q, S, found)
    everything = 4 * 40
    assert staged < 0.6 * everything
    assert multiplied < 0.4 * 8 * everything
    radius = np.linspace(0.05, 0, len(Q))
    S, found, staged_within, multiplied_within = searched(cupy, X, Q, 3, radius)
    check_lists(X, Q, S, found, radius)
    assert staged_within < 0.75 * staged
    assert multiplied_within < 0.5 * multiplied


def test_no_tile_is_scanned_twice(cupy):
    X, Q = normal_rows(17 * TILE_ROWS, 24), normal_rows(2 * TILE_ROWS, 24, 1)
    S, found, staged, multiplied = searched(cupy, X, Q, 1)
    check_lists(X, Q, S, found)
    assert staged == 2 * 17
    assert 0.9 * 8 * staged <= multiplied <= 8 * staged


def test_no_tile_with_a_row_just_within_the_list_is_skipped(cupy):
    """Rows on a line: the farthest of a list are the first ones of the next tile. Each warp has one query, 16 times."""
    X = np.random.default_rng(0).permutation(np.arange(17 * TILE_ROWS)).astype(np.float32)[:, None] / 64
    beside = np.array([-9, -8, -7, -6, 5, 6, 7, 8]) + TILE_ROWS * np.arange(1, 9)
    Q = np.repeat((beside[:, None] + 0.25).astype(np.float32) / 64, 16, axis=0)
    S, found, staged, _ = searched(cupy, X, Q, MAX_K)
    check_lists(X, Q, S, found)
    assert staged < 17


def test_a_warp_scans_as_far_as_its_widest_radius(cupy):
    """Half of its queries, at the same place, want nothing beyond themselves."""
    X = np.random.default_rng(0).permutation(np.arange(17 * TILE_ROWS)).astype(np.float32)[:, None] / 64
    Q = np.repeat(X[:1], 16, axis=0)
    for wanting in (slice(0, 8), slice(8, 16)):
        radius = np.zeros(16)
        radius[wanting] = 10.0
        S, found, *_ = searched(cupy, X, Q, MAX_K, radius)
        check_lists(X, Q, S, found, radius)


@pytest.mark.parametrize("where", ["queries", "rows"])
def test_one_far_row_changes_no_other_list(cupy, where):
    X, Q = surface(20 * TILE_ROWS, 0), surface(TILE_ROWS, 1)
    {"queries": Q, "rows": X}[where][7] = 2.0**40
    S, found, *_ = searched(cupy, X, Q, 2)
    check_lists(X, Q, S, found)


def test_too_many_rows_for_32_bits_are_refused(cupy, monkeypatch):
    monkeypatch.setattr(layout, "MAX_ROWS", 100)
    Cuda().build(cupy.asarray(normal_rows(100, 2)), CTX)
    with pytest.raises(ValueError, match="numbers 100 rows at most, not 101: choose backend='xp'"):
        Cuda().build(cupy.asarray(normal_rows(101, 2)), CTX)


def test_rows_and_queries_need_not_lie_row_after_row(cupy):
    X, Q = normal_rows(150, 7), normal_rows(20, 7, 1)
    index = Cuda().build(cupy.asarray(np.asfortranarray(X)), CTX)
    S, found = index.search(cupy.asarray(np.asfortranarray(Q)), 3)
    check_lists(X, Q, S.get(), found.get())


def test_lists_too_long_for_a_kernel_come_from_a_product_on_the_same_device(cupy):
    X, Q = normal_rows(17 * TILE_ROWS, 3), normal_rows(30, 3, 1)
    S, found, *_ = searched(cupy, X, Q, MAX_K + 1)
    check_lists(X, Q, S, found)
    assert "nearest_by_products" not in {launch.kernel for launch in fake_cupy.state.launches}
