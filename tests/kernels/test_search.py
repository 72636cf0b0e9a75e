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
    """A function that sets the number of multiprocessors; the work is split into one block for each."""
    monkeypatch.setattr(cuda_backend, "BLOCKS_PER_PROCESSOR", 1)
    return lambda count: monkeypatch.setitem(fake_cupy.Device.attributes, "MultiProcessorCount", count)


def search_and_count(cupy, X: np.ndarray, Q: np.ndarray, k: int, radius: np.ndarray | None = None) -> tuple:
    """Squared distances, row numbers, and how many tiles blocks staged and warps scored."""
    index = Cuda().build(cupy.asarray(X), CTX)
    index.counters = cupy.zeros(3, dtype=np.uint64)
    sq_distances, indices = index.search(cupy.asarray(Q), k, None if radius is None else cupy.asarray(radius))
    assert sq_distances.dtype == np.float32
    assert indices.dtype == np.int64
    return sq_distances.get(), indices.get(), *index.counters.get()[:2]


@pytest.mark.parametrize("d", [1, 3, 4, 8, 9, 31, 33, 128, 300])
def test_nearest_rows_at_any_number_of_features(cupy, d):
    X, Q = normal_rows(200, d), normal_rows(40, d, 1)
    for k in (1, 5):
        sq_distances, indices, *_ = search_and_count(cupy, X, Q, k)
        check_lists(X, Q, sq_distances, indices)


@pytest.mark.parametrize("m", [1, 17, TILE_ROWS - 1, TILE_ROWS, TILE_ROWS + 1])
@pytest.mark.parametrize("n", [1, 2, TILE_ROWS - 1, TILE_ROWS, TILE_ROWS + 1, 3 * TILE_ROWS])
def test_nearest_rows_around_the_size_of_a_tile(cupy, m, n):
    X, Q = normal_rows(n, 3), normal_rows(m, 3, 1)
    for k in (1, 2, 5, MAX_K):
        sq_distances, indices, *_ = search_and_count(cupy, X, Q, min(k, n))
        check_lists(X, Q, sq_distances, indices)


@pytest.mark.parametrize("k", [1, 2, 5, MAX_K])
def test_lists_of_tied_rows_are_exact_and_hold_each_row_once(cupy, k):
    """On a small lattice every squared distance is a small integer, which float32 holds."""
    rng = np.random.default_rng(0)
    X, Q = (rng.integers(0, 3, (n, 4)).astype(np.float32) for n in (2 * TILE_ROWS + 3, TILE_ROWS + 1))
    sq_distances, indices, *_ = search_and_count(cupy, X, Q, k)
    exact = oracle.squares(Q[:, None].astype(np.float64), X[None].astype(np.float64))
    np.testing.assert_array_equal(sq_distances, np.sort(exact, axis=1)[:, :k])
    np.testing.assert_array_equal(np.take_along_axis(exact, indices, axis=1), sq_distances)
    assert all(len(set(row)) == k for row in indices.tolist())


@pytest.mark.parametrize("size", [2.0**-60, 2.0**-66, 2.0**-74])
def test_differences_whose_squares_underflow(cupy, size):
    X, Q = normal_rows(300, 40) * np.float32(size), normal_rows(40, 40, 1) * np.float32(size)
    sq_distances, indices = CudaDifferences().build(cupy.asarray(X), CTX).search(cupy.asarray(Q), 5)
    check_lists(X, Q, sq_distances.get(), indices.get(), backend=CudaDifferences())
    proportional = CudaDifferences().relative_error(d=40, n=300) * np.take_along_axis(
        oracle.squares(Q[:, None].astype(np.float64), X[None].astype(np.float64)), indices.get(), axis=1
    )
    exact = oracle.squares(Q[:, None].astype(np.float64), X[indices.get()].astype(np.float64))
    assert (abs(sq_distances.get() - exact) > proportional).any() == (size < 2.0**-60), (
        "underflow costs digits, and nothing else does"
    )


@pytest.mark.parametrize("n", [17, 25, 60, 90])
@pytest.mark.parametrize("k", [12, 13, 14, 15, 16, 20])
def test_lists_of_any_length_are_exact_where_products_certify_few_queries(cupy, k, n):
    """Whether differences or tiles of a product make the second list; no list counts as all rows when it is not."""
    X = np.random.default_rng(0).normal(size=(2 * n, 3)) * 1e-3
    X[n:] = 1e4 * X[n:] + 1e4
    all_rows, answers = np.arange(n), []
    for place, backend in ((np.array, "xp"), (cupy.asarray, "cuda")):
        selector, scaled = SearchSelector(replace(CTX, backend=backend)), ScaledRows.from_matrix(place(X), CTX)
        search = selector.make_search(scaled, place(all_rows), n)
        answers.append([array_libraries.host(part) for part in search.kneighbors(place(all_rows), min(k, n - 1))])
    for there, here in zip(*answers, strict=True):
        np.testing.assert_array_equal(there, here)


@pytest.mark.parametrize(
    ("k", "stage"), [(5, "finer list"), (12, "finer list"), (13, "longer list"), (20, "longer list")]
)
def test_a_second_list_is_longer_where_differences_reach_their_largest_k(cupy, k, stage):
    X = cupy.asarray(np.random.default_rng(0).integers(0, 7, (1500, 3)).astype(np.float32))
    all_rows = cupy.asarray(np.arange(1500))
    search = SearchSelector(replace(CTX, backend="cuda")).make_search(ScaledRows.from_matrix(X, CTX), all_rows, 1500)
    search.kneighbors(all_rows, k)
    assert search.statistics.settled_by_stage[stage] > 5
    assert {"longer list": 0, "finer list": 0} | {stage: search.statistics.settled_by_stage[stage]} == {
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
    """Rows far from the origin and near each other, where products lose all digits; with and without a radius."""
    X, Q = (normal_rows(n, d, seed) * np.float32(1e-3) + np.float32(1) for n, seed in ((300, 0), (40, 1)))
    exact = np.sort(oracle.squares(Q[:, None].astype(np.float64), X[None].astype(np.float64)), axis=1)
    radius = None if scale is None else np.sqrt(exact[:, 3]) * scale
    index = CudaDifferences().build(cupy.asarray(X), CTX)
    sq_distances, indices = index.search(cupy.asarray(Q), k, None if radius is None else cupy.asarray(radius))
    check_lists(X, Q, sq_distances.get(), indices.get(), radius, CudaDifferences())
    coarse, _ = index.index.search(cupy.asarray(Q), k)
    if scale is None:
        error, coarse_error = (abs(values.get() - exact[:, :k]).max() for values in (sq_distances, coarse))
        assert error < 1e-2 * coarse_error
    assert {"nearest_by_differences", "nearest_by_products"} <= {launch.kernel for launch in fake_cupy.state.launches}


def test_differences_settle_queries_that_products_do_not_certify(cupy):
    X = 2e-4 * np.random.default_rng(0).normal(size=(2000, 3)) + np.repeat([[0], [1]], 1000, axis=0)
    all_rows, answers, settled = np.arange(2000), [], []
    for place, backend in ((np.array, "xp"), (cupy.asarray, "cuda")):
        selector, scaled = SearchSelector(replace(CTX, backend=backend)), ScaledRows.from_matrix(place(X), CTX)
        search = selector.make_search(scaled, place(all_rows), 2000)
        answers.append([array_libraries.host(part) for part in search.kneighbors(place(all_rows), 2)])
        settled.append(search.statistics.settled_by_stage)
    for there, here in zip(*answers, strict=True):
        np.testing.assert_array_equal(there, here)
    assert settled[1]["finer list"] > 500
    assert settled[1]["float64"] < settled[1]["finer list"] / 10
    assert settled[1]["longer list"] == 0
    packed = [launch.kernel for launch in fake_cupy.state.launches].count("pack_rows")
    assert packed == 3  # the rows once, and the queries of both searches


def test_copies_of_one_row(cupy):
    X = np.ones((TILE_ROWS + 40, 5), np.float32)
    sq_distances, indices, *_ = search_and_count(cupy, X, X[:3], MAX_K)
    assert (sq_distances == 0).all()
    assert all(len(set(row)) == MAX_K for row in indices.tolist())


@pytest.mark.parametrize("k", [1, 4])
def test_splitting_the_rows_for_few_queries_changes_no_list(cupy, processors, k):
    X, Q = normal_rows(70 * TILE_ROWS, 2), normal_rows(TILE_ROWS + 9, 2, 1)
    answers = []
    for count, parts in ((1, 1), (4, 2), (100, 3)):  # 70 tiles have three groups of boxes
        processors(count)
        answers.append(search_and_count(cupy, X, Q, k)[:2])
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
    sq_distances, indices, *_ = search_and_count(cupy, X, Q, 5, radius)
    check_lists(X, Q, sq_distances, indices, radius)
    if scale < 1:
        assert np.isinf(sq_distances).any()
    if scale > 2:
        assert np.isfinite(sq_distances[:, :4]).all()


def test_row_numbers_are_valid_where_no_row_is_within_the_radius(cupy):
    sq_distances, indices, *_ = search_and_count(cupy, normal_rows(5, 2), normal_rows(3, 2) + 100, 2, np.full(3, 0.25))
    assert np.isinf(sq_distances).all()
    assert ((indices >= 0) & (indices < 5)).all()


def test_tiles_without_a_nearer_row_are_skipped(cupy):
    X, Q = surface(40 * TILE_ROWS, 0), surface(4 * TILE_ROWS, 1)
    sq_distances, indices, staged, scored = search_and_count(cupy, X, Q, 3)
    check_lists(X, Q, sq_distances, indices)
    everything = 4 * 40
    assert staged < 0.6 * everything
    assert scored < 0.4 * 8 * everything
    radius = np.linspace(0.05, 0, len(Q))
    sq_distances, indices, staged_within, scored_within = search_and_count(cupy, X, Q, 3, radius)
    check_lists(X, Q, sq_distances, indices, radius)
    assert staged_within < 0.75 * staged
    assert scored_within < 0.5 * scored


def test_no_tile_is_scanned_twice(cupy):
    X, Q = normal_rows(17 * TILE_ROWS, 24), normal_rows(2 * TILE_ROWS, 24, 1)
    sq_distances, indices, staged, scored = search_and_count(cupy, X, Q, 1)
    check_lists(X, Q, sq_distances, indices)
    assert staged == 2 * 17
    assert 0.9 * 8 * staged <= scored <= 8 * staged


def test_no_tile_with_a_row_just_within_the_list_is_skipped(cupy):
    """Rows on a line: the farthest rows of a list are the first rows of the next tile. Each warp has 16 copies of one query."""
    X = np.random.default_rng(0).permutation(np.arange(17 * TILE_ROWS)).astype(np.float32)[:, None] / 64
    offsets = np.array([-9, -8, -7, -6, 5, 6, 7, 8]) + TILE_ROWS * np.arange(1, 9)
    Q = np.repeat((offsets[:, None] + 0.25).astype(np.float32) / 64, 16, axis=0)
    sq_distances, indices, staged, _ = search_and_count(cupy, X, Q, MAX_K)
    check_lists(X, Q, sq_distances, indices)
    assert staged < 17


def test_a_warp_scans_as_far_as_its_widest_radius(cupy):
    """Half of its queries, all at the same point, have radius 0."""
    X = np.random.default_rng(0).permutation(np.arange(17 * TILE_ROWS)).astype(np.float32)[:, None] / 64
    Q = np.repeat(X[:1], 16, axis=0)
    for wide in (slice(0, 8), slice(8, 16)):
        radius = np.zeros(16)
        radius[wide] = 10.0
        sq_distances, indices, *_ = search_and_count(cupy, X, Q, MAX_K, radius)
        check_lists(X, Q, sq_distances, indices, radius)


@pytest.mark.parametrize("where", ["queries", "rows"])
def test_one_far_row_changes_no_other_list(cupy, where):
    X, Q = surface(20 * TILE_ROWS, 0), surface(TILE_ROWS, 1)
    {"queries": Q, "rows": X}[where][7] = 2.0**40
    sq_distances, indices, *_ = search_and_count(cupy, X, Q, 2)
    check_lists(X, Q, sq_distances, indices)


def test_too_many_rows_for_32_bits_are_refused(cupy, monkeypatch):
    monkeypatch.setattr(layout, "MAX_ROWS", 100)
    Cuda().build(cupy.asarray(normal_rows(100, 2)), CTX)
    with pytest.raises(ValueError, match="numbers 100 rows at most, not 101: choose backend='xp'"):
        Cuda().build(cupy.asarray(normal_rows(101, 2)), CTX)


def test_rows_and_queries_need_not_lie_row_after_row(cupy):
    X, Q = normal_rows(150, 7), normal_rows(20, 7, 1)
    index = Cuda().build(cupy.asarray(np.asfortranarray(X)), CTX)
    sq_distances, indices = index.search(cupy.asarray(np.asfortranarray(Q)), 3)
    check_lists(X, Q, sq_distances.get(), indices.get())


def test_lists_too_long_for_a_kernel_come_from_a_product_on_the_same_device(cupy):
    X, Q = normal_rows(17 * TILE_ROWS, 3), normal_rows(30, 3, 1)
    sq_distances, indices, *_ = search_and_count(cupy, X, Q, MAX_K + 1)
    check_lists(X, Q, sq_distances, indices)
    assert "nearest_by_products" not in {launch.kernel for launch in fake_cupy.state.launches}
