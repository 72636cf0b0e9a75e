"""The filter on tensor cores, run on the CPU with sums that are truncated as theirs: it changes no list."""

import numpy as np
import pytest
from support import array_libraries, datasets, fake_cupy, kernel_cases
from support.kernel_cases import CTX, KERNEL_SOURCE, SAMPLERS, check_lists, normal_rows, surface

from gpu_smotetomek import kernels
from gpu_smotetomek.kernels.constants import MAX_K, TILE_ROWS
from gpu_smotetomek.neighbors.backends.cuda import tensor_core_filter
from gpu_smotetomek.neighbors.backends.cuda.backend import Cuda, CudaIndex

pytestmark = pytest.mark.usefixtures("compiler", "small_tables_use_bounds")

MAX_NORM = 2.0**7  # rows of larger norms are stored as zeros


def search(cupy, X, Q, k, radius=None, use_filter=True, index=None):
    """Squared distances, row numbers, and the index."""
    index = index or Cuda().build(cupy.asarray(X), CTX)
    index.use_filter, index.counters = use_filter, cupy.zeros(3, dtype=np.uint64)
    sq_distances, indices = index.search(cupy.asarray(Q), k, None if radius is None else cupy.asarray(radius))
    assert {launch.kernel for launch in fake_cupy.state.launches} >= (
        {"nearest_filtered"} if use_filter else {"nearest_by_products"}
    )
    return sq_distances.get(), indices.get(), index


def check_same(cupy, X, Q, k, radius=None):
    """Check that the squared distances have the bits of those without a filter; tied rows may differ."""
    sq_distances, indices, index = search(cupy, X, Q, k, radius)
    plain, *_ = search(cupy, X, Q, k, radius, use_filter=False)
    np.testing.assert_array_equal(np.sort(sq_distances, axis=1), np.sort(plain, axis=1))
    check_lists(X, Q, sq_distances, indices, radius)
    return index


def count_passed(index) -> int:
    return int(index.counters.get()[2])


# ---- the same lists -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [1, 3, 15, 16, 17, 31, 33, 64, 65, 128])
def test_lists_at_any_number_of_features(cupy, d):
    X, Q = normal_rows(TILE_ROWS + 1, d), normal_rows(20, d, 1)
    for k in (1, 5, MAX_K):
        index = check_same(cupy, X, Q, k)
        assert not index.abandoned.get().any()


@pytest.mark.parametrize("n", [1, 2, TILE_ROWS - 1, TILE_ROWS, TILE_ROWS + 1, 3 * TILE_ROWS])
def test_lists_around_the_size_of_a_tile(cupy, n):
    for m in (1, 17, TILE_ROWS + 1):
        for k in (1, 5, MAX_K):
            check_same(cupy, normal_rows(n, 17), normal_rows(m, 17, 1), min(k, n))


@pytest.mark.parametrize("scale", [0.0, 0.5, 1.0, 3.0])
def test_what_a_radius_leaves_out_is_beyond_it(cupy, scale):
    X, Q = normal_rows(TILE_ROWS + 30, 20), normal_rows(40, 20, 1)
    exact = np.sort(((Q[:, None].astype(np.float64) - X) ** 2).sum(axis=2), axis=1)
    check_same(cupy, X, Q, 5, np.sqrt(exact[:, 3]) * scale)


@pytest.mark.parametrize("k", [1, 5, MAX_K])
def test_ties_and_copies(cupy, k):
    rng = np.random.default_rng(0)
    X, Q = (rng.integers(0, 3, (n, 9)).astype(np.float32) for n in (2 * TILE_ROWS + 3, TILE_ROWS + 1))
    check_same(cupy, X, Q, k)
    check_same(cupy, np.ones((TILE_ROWS + 40, 9), np.float32), np.ones((3, 9), np.float32), k)


def test_few_pairs_pass(cupy):
    X, Q = normal_rows(17 * TILE_ROWS, 24), normal_rows(TILE_ROWS, 24, 1)
    index = check_same(cupy, X, Q, 1)
    assert count_passed(index) < 0.04 * len(X) * len(Q)


def test_tiles_are_skipped_as_without(cupy):
    middles = np.random.default_rng(0).normal(size=(20, 16))
    X, Q = (
        (np.repeat(middles, n // 20, axis=0) + normal_rows(n, 16, n)).astype(np.float32)
        for n in (40 * TILE_ROWS, 2 * TILE_ROWS - 16)
    )
    index = check_same(cupy, X, Q, 3)
    *_, plain = search(cupy, X, Q, 3, use_filter=False)
    assert not index.abandoned.get().any()
    assert index.counters.get()[0] <= plain.counters.get()[0]
    assert index.counters.get()[1] < 1.05 * plain.counters.get()[1] < 0.9 * 8 * 2 * 40


def test_a_prefetched_tile_that_is_no_longer_reachable_is_not_scored_as_the_next(cupy):
    """All queries start with tile 0, whose box contains them. Tile 9 is reachable until tile 8 is scanned; tile 10 follows it."""
    at = np.array([0, 20, 20, 20, 20, 20, 20, 20, 1, 5, 0.5, 6])
    X = 0.3 * normal_rows(len(at) * TILE_ROWS, 16)
    X[:, 0] += np.repeat(at, TILE_ROWS).astype(np.float32)
    X[:TILE_ROWS] = 10 * np.sign(X[:TILE_ROWS])
    Q = 0.01 * normal_rows(16, 16, 1)
    index = check_same(cupy, X, Q, 1)
    assert index.counters.get()[0] == 10
    assert not index.abandoned.get().any()


def test_rows_in_parts(cupy, monkeypatch):
    monkeypatch.setitem(fake_cupy.Device.attributes, "MultiProcessorCount", 100)
    index = check_same(cupy, normal_rows(70 * TILE_ROWS, 10), normal_rows(20, 10, 1), 4)
    assert index.abandoned.shape == (3, 1)


# ---- rows that float16 cannot hold ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["queries", "rows", "both"])
@pytest.mark.parametrize("size", [MAX_NORM * (1 - 2.0**-20), MAX_NORM * (1 + 2.0**-20), 2.0**16, 2.0**40])
def test_norms_too_large_for_float16(cupy, size, where):
    X, Q = normal_rows(2 * TILE_ROWS + 5, 18), normal_rows(40, 18, 1)
    for side, seed in ((X, 2), (Q, 3)):
        if where in ("both", {id(X): "rows", id(Q): "queries"}[id(side)]):
            far = normal_rows(10, 18, seed)
            side[5:15] = far / np.linalg.norm(far, axis=1, keepdims=True) * np.float32(size)
    Q[3] = X[7]
    check_same(cupy, X, Q, 5)


@pytest.mark.parametrize("size", [MAX_NORM, 2.0**40])
def test_pairs_of_rows_that_float16_holds_and_does_not_hold(cupy, size):
    X, Q = normal_rows(3 * TILE_ROWS, 18), normal_rows(40, 18, 1)
    X[::7] *= (size * (1 + 2.0**-10) / np.linalg.norm(X[::7], axis=1, keepdims=True)).astype(np.float32)
    Q[:20] = X[7 * np.arange(20, 40)] * np.float32(1 - 2.0**-9)
    Q[20:] = 0
    for k in (1, MAX_K):
        check_same(cupy, X, Q, k)
        check_same(cupy, X[:112:7], Q, k)  # all of them


@pytest.mark.parametrize("exponent", [-10, -20, -33, -40, -70, -140])
def test_values_too_small_for_float16(cupy, exponent):
    X, Q = (np.ldexp(normal_rows(n, 18, seed), exponent) for n, seed in ((2 * TILE_ROWS, 0), (40, 1)))
    check_same(cupy, X, Q, 3)
    X[::2] = np.ldexp(X[::2], -exponent)
    check_same(cupy, X, Q, 3)


def test_a_filter_that_passes_too_many_pairs_is_abandoned(cupy):
    """A narrow cluster far from the centre: float16 cannot separate its rows. The second block of queries is elsewhere."""
    X, Q = normal_rows(6 * TILE_ROWS, 20), normal_rows(2 * TILE_ROWS, 20, 1)
    for side in (X[: 5 * TILE_ROWS], Q[:TILE_ROWS]):
        side *= 1e-3
        side += 10.0
    index = check_same(cupy, X, Q, 2)
    np.testing.assert_array_equal(index.abandoned.get(), [[1, 0]])
    assert count_passed(index) < TILE_ROWS * TILE_ROWS  # the boxes showed it
    X[::100] = 0
    index = check_same(cupy, X, Q, 2)
    np.testing.assert_array_equal(index.abandoned.get(), [[1, 0]])
    assert TILE_ROWS * TILE_ROWS < count_passed(index) < 3 * TILE_ROWS * TILE_ROWS  # the pairs showed it


def test_rows_on_a_surface(cupy):
    check_same(cupy, surface(40 * TILE_ROWS, 0), surface(2 * TILE_ROWS, 1), 3)


# ---- the bound ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "left_out"),
    [
        (kernel_cases.rows_rounded_down, "0x1p-10 + "),
        (kernel_cases.rows_rounded_down, " + 0x1p-19 * FEATURES"),
        (kernel_cases.tiny_rows, "0x1p-32 * FEATURES"),
    ],
)
def test_every_term_of_the_bound_is_needed(cupy, monkeypatch, case, left_out):
    X, Q, radius = case()
    index = check_same(cupy, X, Q, 1, radius)
    plain, *_ = search(cupy, X, Q, 1, radius, use_filter=False)
    assert np.isfinite(plain).sum() > 30
    assert not index.abandoned.get().any()

    assert KERNEL_SOURCE("tensor_core_filter:1").count(left_out) == 1
    without = "0" if left_out.startswith("0x1p-32") else ""
    monkeypatch.setattr(kernels, "source", lambda module: KERNEL_SOURCE(module).replace(left_out, without))
    kernels._kernel.cache_clear()
    sq_distances, *_ = search(cupy, X, Q, 1, radius)
    assert (plain < sq_distances).any()


def test_float16_is_rounded_to_nearest_and_sums_are_truncated(cupy):
    kernel_cases.check_fp16(cupy)
    sums, exact = kernel_cases.check_sums(cupy, *kernel_cases.operands(60))
    assert (sums != exact.astype(np.float32)).mean() > 0.3


# ---- where the filter is used -----------------------------------------------------------------------------------------------


def test_the_filter_is_used_where_it_is_worthwhile_and_supported(cupy, monkeypatch):
    X, Q = normal_rows(200, 16), normal_rows(30, 16, 1)
    launched = fake_cupy.state.launches

    def used(d=16, use_filter=None):
        index = Cuda().build(cupy.asarray(X[:, :d] if d <= 16 else normal_rows(200, d)), CTX)
        index.use_filter = use_filter
        launched.clear()
        index.search(cupy.asarray(Q[:, :d] if d <= 16 else normal_rows(30, d)), 1)
        return "nearest_filtered" in {launch.kernel for launch in launched}

    assert not used()
    monkeypatch.setattr(tensor_core_filter, "MIN_ROWS", 200)
    monkeypatch.setattr(tensor_core_filter, "MIN_PAIRS", 6000)
    assert used(8)
    assert used(128)
    assert not used(7)
    assert used(7, use_filter=True)
    assert not used(use_filter=False)
    assert not used(129, use_filter=True)
    for capability, has in (("75", False), ("80", True), ("120", True)):
        monkeypatch.setattr(fake_cupy.Device, "compute_capability", capability)
        assert used(use_filter=True) is has


def test_fragments_of_the_rows_are_packed_once(cupy):
    X, Q = normal_rows(200, 20), normal_rows(30, 20, 1)
    index = Cuda().build(cupy.asarray(X), CTX)
    for _ in range(3):
        search(cupy, X, Q, 1, index=index)
    assert [launch.kernel for launch in fake_cupy.state.launches].count("pack_fp16") == 1 + 3
    assert index._row_fragments.nbytes == 2 * TILE_ROWS * (2 * 32 + 4)


def test_without_memory_for_fragments_the_lists_are_those_of_float32(cupy):
    X, Q = normal_rows(200, 20), normal_rows(30, 20, 1)
    plain, _, index = search(cupy, X, Q, 3, use_filter=False)
    launches, state = fake_cupy.state.launches, fake_cupy.state
    start = state.allocations
    search(cupy, X, Q, 3, use_filter=False, index=index)
    before = state.allocations - start
    for number in (
        before - 3,
        before - 2,
        before - 1,
    ):  # row fragments, query fragments, marks of abandoned blocks; counters and Q exist
        fresh = Cuda().build(cupy.asarray(X), CTX)
        fresh.use_filter = True
        there = cupy.asarray(Q)
        launches.clear()
        state.fail_at = state.allocations + number
        sq_distances, _ = fresh.search(there, 3)
        assert state.fail_at is None
        assert "nearest_filtered" not in {launch.kernel for launch in launches}
        np.testing.assert_array_equal(sq_distances.get(), plain)


@pytest.mark.parametrize("kind", ["gaussian", "lattice", "far_clusters", "one_far_row", "tiny"])
@pytest.mark.parametrize("name", ["SMOTETomek", "clean first"])
def test_whole_calls_give_the_rows_of_the_host(cupy, monkeypatch, name, kind):
    y = datasets.labels(120, 30)
    X = datasets.make(kind, y, 12, dtype=np.float64)
    expected, classes = SAMPLERS[name](device="cpu").fit_resample(X, y)
    monkeypatch.setattr(CudaIndex, "use_filter", True)
    found, found_classes = SAMPLERS[name](backend="cuda").fit_resample(cupy.asarray(X), y)
    assert "nearest_filtered" in {launch.kernel for launch in fake_cupy.state.launches}
    np.testing.assert_array_equal(array_libraries.host(found), expected)
    np.testing.assert_array_equal(array_libraries.host(found_classes), classes)
