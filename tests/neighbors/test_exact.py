"""The exact layer against brute force in float64: in every stage, for every dtype, within any budget."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from support import datasets, oracle
from support.exact_layer import check, exact_search, expected, nearest
from support.optional import optional

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import ScaledRows, SearchSelector, exact, projection

pytestmark = pytest.mark.usefixtures("thresholds")

DTYPES = [
    np.float16,
    np.float32,
    np.float64,
    np.longdouble,
    bool,
    np.int8,
    np.uint8,
    np.int16,
    np.uint32,
    np.int64,
    np.uint64,
]
SPARSE = [sparse.csr_array, sparse.csc_array, sparse.csr_matrix, sparse.csc_matrix]


@pytest.fixture(scope="session", params=[None, "sklearn", "kdtree", "xp", "faiss-cpu"], ids=str)
def proposer(request: pytest.FixtureRequest) -> str | None:
    """Name of the backend that proposes candidates; None: every distance is computed in float64."""
    if request.param == "faiss-cpu":
        optional("faiss")
    return request.param


# ---- kinds of rows --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", datasets.KINDS)
@pytest.mark.parametrize("d", [1, 7, 64])
def test_every_kind_of_rows(proposer, kind, d):
    X = datasets.make(kind, datasets.labels(70, 30), d)
    check(X, 5, proposer)
    check(X, 1, proposer, rows=np.arange(70), queries=np.arange(70, 100))  # one class in another


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e155, 1e300])
def test_every_scale(proposer, scale):
    X = datasets.make("gaussian", datasets.labels(150), 3) * scale
    check(X, 3, proposer)


@pytest.mark.parametrize("offset", [1e2, 1e5, 1e8])
def test_every_offset(proposer, offset):
    X = datasets.make("gaussian", datasets.labels(300), 20) + offset
    assert check(X, 2, proposer)["list" if proposer else "float64"] == 300  # centring removes the offset


@pytest.mark.parametrize("far", [1e10, 1e17, 1e38, 1e300, np.finfo(float).max])
def test_one_row_far_away_does_no_harm(proposer, far):
    X = datasets.make("gaussian", datasets.labels(200), 4)
    X[77, 2] = far
    stages = check(X, 2, proposer)
    assert (
        stages["list" if proposer else "float64"] >= 199 or far > 1e100
    )  # beyond, the others' squares come near underflow


def test_rows_on_both_sides_of_the_outlier_limit(proposer):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(240, 3)) * 2.0 ** rng.integers(-3, 60, (240, 1)) * (rng.random((240, 1)) < 0.4) + rng.normal(
        size=(240, 3)
    )
    check(X, 3, proposer)
    X = np.repeat(X[:80], 3, axis=0)
    check(X, 3, proposer)


@pytest.mark.parametrize("gap", [1e3, 1e5, 1e7, 1e12])
def test_clusters_far_apart(proposer, gap):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(200, 6)) + gap * rng.integers(0, 10, (200, 1))
    stages = check(X, 4, proposer)
    if proposer == "kdtree" and gap <= 1e7:
        assert stages["float64"] == 0, "a tree takes differences first, and errs in proportion to the distance"


def test_steps_below_the_resolution_of_float32(proposer):
    rng = np.random.default_rng(2)
    X = rng.choice([-1.0, 1.0], (200, 2)) + rng.integers(-40, 40, (200, 2)) * 2.0**-27
    check(X, 3, proposer)


def test_steps_of_one_unit_in_the_last_place(proposer):
    rng = np.random.default_rng(2)
    X = rng.choice([-1.0, 1.0], (150, 16)) + rng.integers(-4, 5, (150, 16)) * 2.0**-52
    check(X, 3, proposer)


@pytest.mark.parametrize("constant", [1.0, 1e300, -1e-300])
@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_a_constant_feature_of_any_size_takes_no_part(proposer, constant, scale):
    X = datasets.make("gaussian", datasets.labels(60), 3) * scale
    padded = np.concatenate([np.full((60, 1), constant), X, np.full((60, 1), constant)], axis=1)
    sq_distances, indices, _ = nearest(padded, 3, proposer)
    true_sq_distances, true_rows = expected(X, np.arange(60), np.arange(60), 3)
    np.testing.assert_array_equal(indices, true_rows)
    np.testing.assert_array_equal(sq_distances, true_sq_distances)


def test_a_far_median_beside_tiny_features_is_no_warning(proposer):
    X = 1e-100 * np.random.default_rng(0).normal(size=(60, 3))
    check(np.concatenate([np.r_[1.1e300, np.full(59, 1e300)][:, None], X], axis=1), 2, proposer)


def test_distances_too_small_for_a_square_are_ties(proposer):
    """Beside a row at 1e300, rows 1e-20 apart have squared distances of 0: row numbers decide, not the backend's list."""
    X = np.random.default_rng(0).normal(size=(60, 2)) * 1e-20
    X[50] = 1e300
    sq_distances, indices, _ = nearest(X, 3, proposer, queries=np.arange(50))
    assert (sq_distances == 0).all()
    check(X, 3, proposer)
    np.testing.assert_array_equal(indices[10], [0, 1, 2])


@pytest.mark.parametrize("scale", [1e-155, 1e-160, 1e-170, 1e-300])
def test_a_unit_that_is_subnormal_beside_a_row_at_1e300(proposer, scale):
    X = datasets.make("gaussian", datasets.labels(60), 2) * scale
    X[30] = 1e300
    check(X, 2, proposer)


@pytest.mark.parametrize("kind", ["lattice", "lognormal"])
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: np.dtype(dtype).name)
def test_every_dtype(proposer, kind, dtype):
    X = datasets.make(kind, datasets.labels(60, 20), 5, dtype=np.float64 if dtype == np.longdouble else dtype)
    check(X.astype(dtype), 3, proposer)


def test_longdouble_is_rounded_after_it_is_scaled(proposer):
    X = np.random.default_rng(0).normal(size=(80, 3)).astype(np.longdouble)
    X += np.random.default_rng(1).normal(size=(80, 3)).astype(np.longdouble) * 2.0**-60
    check(X, 3, proposer)
    X = X * np.longdouble(2.0) ** -1060  # float64 would lose digits here
    sq_distances, indices, _ = nearest(X, 3, proposer)
    true_sq_distances, true_rows = expected(X * np.longdouble(2.0) ** 1060, np.arange(80), np.arange(80), 3)
    np.testing.assert_array_equal(indices, true_rows)
    np.testing.assert_array_equal(sq_distances, true_sq_distances)


@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
def test_integers_beyond_float64_are_rounded_once(proposer, dtype):
    X = np.random.default_rng(0).integers(2**62, 2**62 + 2**12, (100, 3)).astype(dtype)
    check(X, 3, proposer)


@pytest.mark.parametrize("kind", ["lattice", "one_row_at_1e300"])
@pytest.mark.parametrize("make", SPARSE, ids=lambda make: make.__name__)
def test_sparse_rows_are_dense_rows(proposer, kind, make):
    X = datasets.make(kind, datasets.labels(60, 20), 6)
    X[np.random.default_rng(0).random(X.shape) < 0.5] = 0
    X[5:9] = 0
    check(make(X), 3, proposer)
    check(make(X), 3, proposer, memory_limit=20_000)  # as many indexes as the budget asks for


@pytest.mark.parametrize("make", SPARSE, ids=lambda make: make.__name__)
def test_lists_of_sparse_rows_in_several_indexes_are_certified(backend, make):
    """Positions in an index become rows; else later stages would have to correct every list."""
    X = datasets.make("gaussian", datasets.labels(300), 6)
    assert check(make(X), 3, backend, memory_limit=20_000)["list"] >= 295


@pytest.mark.parametrize(
    "dtype", [bool, np.int8, np.uint64, np.float32, np.longdouble], ids=lambda dtype: np.dtype(dtype).name
)
def test_sparse_rows_of_every_dtype(proposer, dtype):
    X = (datasets.make("gaussian", datasets.labels(50), 6) * 3).clip(0).astype(dtype)
    check(sparse.csr_array(X), 3, proposer)


@pytest.mark.parametrize("layout", ["fortran", "strided", "reversed", "read-only", "big-endian"])
def test_every_layout(proposer, layout):
    X = datasets.make("gaussian", datasets.labels(100), 5)
    wide = np.repeat(np.repeat(X, 2, axis=0), 2, axis=1)
    laid = {
        "fortran": np.asfortranarray(X),
        "strided": wide[::2, ::2],
        "reversed": X[::-1].copy()[::-1],
        "read-only": X.copy(),
        "big-endian": X.astype(">f8"),
    }[layout]
    laid.flags.writeable = layout != "read-only"
    check(laid, 3, proposer)


finite = st.floats(allow_nan=False, allow_infinity=False)
coarse = st.integers(-3, 3).map(float)
exponents = st.sampled_from([-1074, -600, -149, -60, 0, 50, 500, 1000])
scaled = st.builds(lambda m, e: float(m) * 2.0**e, st.integers(-9, 9), exponents)


@given(st.data(), st.integers(1, 3), st.integers(2, 14), st.integers(1, 4))
def test_any_floats_at_all(proposer, data, d, n, k):
    number = data.draw(st.sampled_from([finite, coarse, scaled]))
    X = np.array(data.draw(st.lists(st.lists(number, min_size=d, max_size=d), min_size=n, max_size=n)))
    overflowing = 2.0 ** (1023 - oracle.exponent(X)) if oracle.exponent(X) > 0 else np.inf
    X[:, np.abs(X).max(axis=0) > overflowing] = 0  # constant features have their own test
    check(X, min(k, n - 1), proposer)  # and so have short lists


# ---- few rows -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 5, 12])
@pytest.mark.parametrize("k", [1, 5, 12, 30])
def test_lists_longer_than_there_are_rows_end_in_infinite_distances(proposer, n, k):
    check(np.random.default_rng(n).normal(size=(n, 2)), k, proposer)


@pytest.mark.parametrize("k", [1, 2, 4, 9])
def test_a_query_need_not_be_among_the_rows(proposer, k):
    X = np.random.default_rng(k).normal(size=(12, 2))
    check(X, k, proposer, rows=[0, 4, 7], queries=[1, 4, 11])


def test_no_queries_have_no_neighbors(proposer):
    sq_distances, indices, stages = nearest(np.eye(4), 3, proposer, queries=np.empty(0, np.int64))
    assert sq_distances.shape == indices.shape == (0, 3)
    assert not stages


def test_all_rows_equal_are_ties_in_order_of_their_numbers(proposer):
    sq_distances, indices, _ = nearest(np.full((30, 3), 0.1), 3, proposer)
    assert (sq_distances == 0).all()
    np.testing.assert_array_equal(indices[0], [1, 2, 3])
    np.testing.assert_array_equal(indices[1], [0, 2, 3])
    np.testing.assert_array_equal(indices[9], [0, 1, 2])


# ---- a radius -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["gaussian", "lattice", "duplicated", "far_clusters", "one_far_row", "tiny"])
def test_within_a_radius_all_is_exact(proposer, kind):
    X = datasets.make(kind, datasets.labels(200), 4)
    rows, k = np.arange(200), 5
    true_sq_distances, true_rows = expected(X, rows, rows, k)
    radius = np.sqrt(true_sq_distances[:, 2]) * np.random.default_rng(0).choice([0, 0.5, 1, 1.5, 10], 200)
    search = exact_search(X, rows, proposer)
    sq_distances, indices = search.kneighbors(rows, k, radius)
    within = np.sqrt(true_sq_distances) <= radius[:, None]
    np.testing.assert_array_equal(sq_distances[within], true_sq_distances[within])
    np.testing.assert_array_equal(indices[within], true_rows[within])
    assert (np.sqrt(sq_distances[~within]) >= np.broadcast_to(radius[:, None], sq_distances.shape)[~within]).all()


@pytest.mark.parametrize("kind", ["gaussian", "lattice", "far_clusters", "one_far_row", "tiny"])
def test_lower_bounds_are_below_the_distance_and_near_it(proposer, kind):
    X = datasets.make(kind, datasets.labels(150, 50), 4)
    rows, queries = np.arange(150), np.arange(150, 200)
    true = np.sqrt(expected(X, rows, queries, 1)[0][:, 0])
    search = exact_search(X, rows, proposer)
    for radius in (true * 2, true / 2):
        low = search.nearest_lower_bound(queries, radius)
        assert (low <= true).all()
        assert (low >= 0).all()
        if kind in ("gaussian", "lattice"):
            assert (low >= np.minimum(true, radius) * 0.99).all()


# ---- budget and threads ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["gaussian", "lattice", "far_clusters", "one_row_at_1e300"])
def test_budget_and_threads_change_nothing(proposer, kind):
    X = datasets.make(kind, datasets.labels(100, 30), 5)
    expected_lists = nearest(X, 4, proposer)
    for limits in ({"memory_limit": 20_000}, {"memory_limit": 300_000, "n_threads": 2}, {"n_threads": 3}):
        lists = nearest(X, 4, proposer, **limits)
        np.testing.assert_array_equal(lists[0], expected_lists[0])
        np.testing.assert_array_equal(lists[1], expected_lists[1])


def test_a_budget_below_one_row_is_one_row_at_a_time(proposer):
    check(datasets.make("lattice", datasets.labels(12), 2), 2, proposer, memory_limit=1)


@pytest.mark.parametrize("kind", ["gaussian", "duplicated", "far_clusters"])
def test_the_order_of_rows_changes_no_distance(proposer, kind):
    X = datasets.make(kind, datasets.labels(200), 5)
    order = np.random.default_rng(0).permutation(200)
    sq_distances, indices, _ = nearest(X, 4, proposer)
    moved_sq_distances, moved_indices, _ = nearest(X[order], 4, proposer)
    np.testing.assert_array_equal(moved_sq_distances, sq_distances[order])
    if kind == "gaussian":
        np.testing.assert_array_equal(order[moved_indices], indices[order])


def test_answers_do_not_depend_on_the_sample(proposer, monkeypatch):
    """Centre and unit of the projection come from a sample; the answers are the same for any."""
    X = datasets.make("lognormal", datasets.labels(200), 3)
    for sample in (1, 2, 7, 10_000):
        monkeypatch.setattr(projection, "MAX_SAMPLE_ROWS", sample)
        check(X, 3, proposer)


# ---- stages ---------------------------------------------------------------------------------------------------------


def test_ordinary_rows_are_settled_by_the_first_list(backend):
    X = datasets.make("gaussian", datasets.labels(900), 12)
    assert check(X, 5, backend) == {"list": 900}


@pytest.mark.parametrize("kind", datasets.KINDS)
def test_every_kind_of_rows_in_large_searches(backend, kind, monkeypatch):
    monkeypatch.setattr(exact, "LARGE_SEARCH_WORK", 1.0)
    check(datasets.make(kind, datasets.labels(70, 30), 3), 5, backend)


def test_where_float32_sees_ties_a_float64_tree_serves_if_it_pays(backend, monkeypatch):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 4)) + 1e5 * rng.integers(0, 4, (300, 1))
    without = check(X, 2, backend)
    monkeypatch.setattr(exact, "LARGE_SEARCH_WORK", 1.0)
    stages = check(X, 2, backend)
    if backend == "kdtree":
        assert stages["float64"] == without["float64"] == 0
    else:
        assert without["float64"] > 100
        assert stages["float64"] == 0
        assert stages["float64 tree"] == without["float64"]


def test_only_an_outlier_is_settled_in_float64(backend):
    X = datasets.make("one_far_row", datasets.labels(300), 4)
    assert check(X, 2, backend) == {"list": 299, "longer list": 0, "float64": 1}


def test_the_selector_makes_the_same_search(backend):
    X = datasets.make("gaussian", datasets.labels(200), 4)
    rows, ctx = np.arange(200), ExecutionContext(n_threads=1, backend=backend)
    selector = SearchSelector(ctx)
    sq_distances, indices = selector.make_search(ScaledRows.from_matrix(X, ctx), rows, 200).kneighbors(rows, 3)
    np.testing.assert_array_equal(indices, oracle.kneighbors(X, 3))
    np.testing.assert_array_equal(sq_distances, np.sort(oracle.sq_distance_matrix(X), axis=1)[:, :3])
    assert selector.statistics.settled_by_stage == {"list": 200}
