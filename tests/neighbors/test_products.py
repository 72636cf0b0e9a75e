"""Few rows with very many features: bounds of products, and searches settled by them, against float64 distances."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse
from support import array_libraries, datasets, oracle
from support.search_cases import CTX, scaled_rows

from gpu_smotetomek import SMOTETomek
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import BACKENDS, SearchSelector, exact, products

N = 60


@pytest.fixture(autouse=True)
def narrow_rows_are_multiplied(monkeypatch):
    monkeypatch.setattr(products, "LEAST_PRODUCT_FEATURES", 1)


def make_search(X, ctx=CTX):
    rows = np.arange(len(X))
    search = products.ProductSearch(scaled_rows(X), rows, None, ctx)
    assert products.suits_products(search.scaled, len(X), ctx)
    return search, rows


@pytest.mark.parametrize("kind", datasets.KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("d", [1, 40])
def test_searches_of_every_kind_of_rows(kind, dtype, d):
    X = datasets.make(kind, datasets.labels(N), d, dtype=dtype)
    search, rows = make_search(X)
    D = oracle.sq_distance_matrix(X)
    order = np.argsort(D, axis=1, kind="stable")
    for queries in (rows, rows[5:9]):
        sq_distances, indices = search.kneighbors(queries, 3)
        np.testing.assert_array_equal(indices, order[queries, :3])
        np.testing.assert_array_equal(sq_distances, np.take_along_axis(D[queries], indices, axis=1))
        np.testing.assert_array_equal(search.nearest_rows(queries, 4), order[queries, :4])
        least = np.sort(D[queries], axis=1)
        expected = np.where(least[:, 0] < least[:, 1], order[queries, 0], -1)
        np.testing.assert_array_equal(search.strictly_nearest(queries), expected)


@pytest.mark.parametrize("kind", datasets.KINDS)
@pytest.mark.parametrize("width", [1, 7, 4096])
@pytest.mark.parametrize("products_in", ["float32", "float64"])
@pytest.mark.parametrize("rows_in", ["float32", "float64"])
def test_bounds_hold(kind, width, products_in, rows_in, monkeypatch):
    monkeypatch.setattr(products, "FEATURES_PER_PRODUCT", width)
    X = datasets.make(kind, datasets.labels(N), 40, dtype=rows_in)
    search, rows = make_search(X, ExecutionContext(n_threads=2))
    bounds = products.bound_sq_distances(search.scaled, rows, products_in, search.ctx)
    if bounds is None:
        assert (kind, products_in) in {("one_row_at_1e300", "float32"), ("one_far_row", "float32")}
        return
    projection = search.scaled.projection
    shift = projection.exponent("float32") if products_in == "float32" else products.PRODUCT_EXPONENT
    D = oracle.sq_distance_matrix(X) * 4.0**shift
    assert ((bounds.lower <= D) & (bounds.upper >= D)).all()
    others = ~np.eye(N, dtype=bool)
    lower, upper = (bound[others] for bound in bounds)
    assert (upper - lower).max() <= (1e-3 if products_in == "float32" else 1e-12) * upper.max() + 1e-30


def test_products_in_float64_serve_where_those_in_float32_do_not():
    for kind, expected in (("gaussian", "float32"), ("far_clusters", "float64"), ("one_row_at_1e300", "float64")):
        search, rows = make_search(datasets.make(kind, datasets.labels(N), 40))
        used = products.bound_sq_distances(search.scaled, rows, expected, search.ctx)
        np.testing.assert_array_equal(search._pair_bounds.lower, used.lower, err_msg=kind)


@pytest.mark.parametrize("method", ["nearest_rows", "kneighbors"])
def test_bounds_without_their_error_give_wrong_answers(method, monkeypatch):
    """Rows whose distances differ by the order of summation only: products round them in another way."""
    X = datasets.make("permuted", datasets.labels(400), 40)
    expected = np.argsort(oracle.sq_distance_matrix(X), axis=1, kind="stable")[:, :1]

    def found():
        search, rows = make_search(X)
        return search.nearest_rows(rows, 1) if method == "nearest_rows" else search.kneighbors(rows, 1).indices

    np.testing.assert_array_equal(found(), expected)
    monkeypatch.setattr(products, "gamma", lambda p, u: 0.0)
    assert (found() != expected).any()


def test_ties_are_not_strictly_nearest():
    X = np.array([[0.0], [1.0], [-1.0], [9.0]])
    search, rows = make_search(X)
    np.testing.assert_array_equal(search.strictly_nearest(rows), [-1, 0, 0, 1])
    np.testing.assert_array_equal(search.kneighbors(rows, 4).sq_distances[:, 3], np.full(4, np.inf))


def test_queries_that_are_no_searched_rows_are_searched_as_usual():
    X = datasets.make("gaussian", datasets.labels(N), 20)
    search = products.ProductSearch(scaled_rows(X), np.arange(0, N, 2), None, CTX)
    usual = exact.ExactSearch(scaled_rows(X), np.arange(0, N, 2), None, CTX)
    for queries in (np.arange(1, N, 2), np.array([0, 1]), np.array([N - 1])):
        for mine, theirs in zip(search.kneighbors(queries, 3), usual.kneighbors(queries, 3), strict=True):
            np.testing.assert_array_equal(mine, theirs)
        np.testing.assert_array_equal(search.nearest_rows(queries, 2), usual.nearest_rows(queries, 2))
        np.testing.assert_array_equal(search.strictly_nearest(queries), usual.strictly_nearest(queries))


def test_statistics_tell_who_was_settled_by_products():
    search, rows = make_search(datasets.make("gaussian", datasets.labels(N), 20))
    search.kneighbors(rows, 3)
    search.nearest_rows(rows, 3)
    search.strictly_nearest(rows[:7])
    assert search.statistics.settled_by_stage == {"products": 2 * N + 7}
    assert search.statistics.queries_by_backend == {"direct": 2 * N + 7}


def is_chosen(X, n_queries, **parameters):
    ctx = replace(CTX, **parameters)
    search = SearchSelector(ctx).make_search(scaled_rows(X), np.arange(X.shape[0]), n_queries)
    return isinstance(search, products.ProductSearch)


def test_products_are_chosen_for_few_wide_rows_on_the_host(monkeypatch):
    monkeypatch.undo()
    X = np.random.default_rng(0).normal(size=(N, products.LEAST_PRODUCT_FEATURES))
    assert is_chosen(X, N)
    assert not is_chosen(X[:, 1:], N)
    assert not is_chosen(X, 3)
    assert not is_chosen(X, N, backend="xp")
    assert not is_chosen(X, N, memory_limit=products.BYTES_PER_PRODUCT * N * N - 1)
    assert not is_chosen(X.astype(np.longdouble), N)
    assert not is_chosen(sparse.csr_array(X), N)
    assert not is_chosen(array_libraries.torch(X), N)


@pytest.mark.parametrize("memory_limit", [products.BYTES_PER_PRODUCT * N * N, 2**28])
def test_memory_stays_within_the_limit(memory_limit, monkeypatch):
    taken = []
    take = products.take_centred

    def record(scaled, rows, features, dtype):
        taken.append(24 * len(rows) * (features.stop - features.start))
        return take(scaled, rows, features, dtype)

    monkeypatch.setattr(products, "take_centred", record)
    X = datasets.make("gaussian", datasets.labels(N), 5_000)
    search, rows = make_search(X, ExecutionContext(memory_limit=memory_limit, n_threads=1))
    bounds = products.bound_sq_distances(search.scaled, rows, "float64", search.ctx)
    assert 0 < max(taken) <= memory_limit
    assert (bounds.lower <= bounds.upper).all()


def test_repeated_rows_are_left_to_the_stage_of_equal_rows(monkeypatch):
    """Each query is counted once, though its nearest row and its list are both left to other stages."""
    monkeypatch.setattr(exact, "LARGE_SEARCH_WORK", 1.0)
    X = np.random.default_rng(0).normal(size=(5, 600))[np.arange(N) % 5]
    search = replace(make_search(X)[0], backend=BACKENDS["xp"])
    assert (search.strictly_nearest(search.rows) == -1).all()
    assert search.statistics.settled_by_stage["equal rows"] == search.statistics.settled_by_stage.total() == N


def test_one_value_far_above_all_others_does_not_overflow():
    X = np.random.default_rng(0).normal(size=(40, 600)) * 2.0**-540
    X[3, 0] = 1e300
    y = np.repeat([0, 1], [26, 14])
    oracle.assert_same(SMOTETomek(random_state=0).fit_resample(X, y), oracle.smote_tomek(X, y))
