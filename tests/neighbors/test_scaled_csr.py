"""Searches of rows that stay sparse, against brute force in float64 on the same rows made dense."""

import tracemalloc

import numpy as np
import pytest
from scipy import sparse
from support import datasets
from support.exact_layer import check, expected, nearest
from support.optional import optional

from gpu_smotetomek import SMOTE
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import ScaledRows, SearchSelector
from gpu_smotetomek.neighbors.rounding import widen_up

FORMS = [sparse.csr_array, sparse.csc_array, sparse.csr_matrix, sparse.coo_array]
CTX = ExecutionContext(n_threads=1)


@pytest.fixture(params=[None, "sparse", "xp", "faiss-cpu"], ids=str)
def proposer(request: pytest.FixtureRequest) -> str | None:
    """Name of the backend that proposes candidates; None: every distance is computed in float64."""
    if request.param == "faiss-cpu":
        optional("faiss")
    return request.param


def far_rows(X: np.ndarray) -> np.ndarray:
    X[:4] *= 1e290
    X[7, 3] = 1e300
    return X


def tiny_unit(X: np.ndarray) -> np.ndarray:
    """Rows of all sizes, down to the least numbers: their typical size is far below the largest."""
    return X * 2.0 ** np.random.default_rng(5).choice([-1060, -400, 0, 300], (len(X), 1), p=[0.6, 0.2, 0.1, 0.1])


CHANGES = {
    "plain": lambda X: X,
    "ties": lambda X: np.sign(X),
    "copies": lambda X: X[np.random.default_rng(3).integers(0, 20, len(X))],
    "offset": lambda X: X + 1e5 * (np.arange(X.shape[1]) == 4),
    "far rows": far_rows,
    "tiny unit": tiny_unit,
    "one row": lambda X: X * (np.arange(len(X)) == 11)[:, None],
    "zero": lambda X: 0 * X,
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("words", [2, 8])
def test_every_kind_of_rows(proposer, words, change):
    X = sparse.csr_array(CHANGES[change](datasets.text(60, 240, words).toarray()))
    assert ScaledRows.from_matrix(X, CTX).is_thin
    check(X, 5, proposer)
    check(X, 1, proposer, rows=np.arange(40), queries=np.arange(40, 60))
    check(X, 5, proposer, memory_limit=20_000)


def test_a_constant_feature_that_overflows_is_left_out(proposer):
    """Scaled to the others, feature 5 overflows, and so does the centre of feature 9 in candidate units."""
    X = datasets.text(60, 240, 8).toarray() * 2.0**-700
    X[:, 5], X[:, 9] = 0, 2.0**-250
    sq_distances, indices = expected(X, np.arange(60), np.arange(60), 5)
    X[:, 5] = 2.0**300
    found = nearest(sparse.csr_array(X), 5, proposer)
    np.testing.assert_array_equal(found[0], sq_distances)
    np.testing.assert_array_equal(found[1], indices)


@pytest.mark.parametrize("make", FORMS, ids=lambda make: make.__name__)
@pytest.mark.parametrize("dtype", [np.float32, np.longdouble, np.int16, bool], ids=lambda dtype: np.dtype(dtype).name)
def test_every_format_and_dtype(make, dtype):
    X = 9 * datasets.text(60, 300, 5)
    check(make(X.astype(dtype)), 4, "sparse")


def test_lists_of_distinct_rows_are_certified():
    """Nothing is left to later stages, which would correct any list."""
    assert check(datasets.text(300, 500, 20), 5, "sparse")["list"] == 300


def test_the_backend_also_takes_rows_with_axes(small_tables_use_bounds):
    """A matrix with few features has axes, which sparse products do not use."""
    X = sparse.csr_array(datasets.make("gaussian", datasets.labels(300), 4))
    assert ScaledRows.from_matrix(X, CTX).projection.axes is not None
    assert check(X, 3, "sparse")["list"] == 300


def test_norms_and_pairs_are_those_of_dense_rows():
    X, rows = datasets.text(90, 400, 8), np.array([4, 80, 4, 33])
    thin, dense = ScaledRows.from_matrix(X, CTX), ScaledRows.from_matrix(X.toarray(), CTX)
    assert (thin.is_thin, dense.is_thin, thin.exponent) == (True, False, dense.exponent)
    np.testing.assert_array_equal(thin.norms(rows, CTX), dense.norms(rows, CTX))
    others = np.arange(12).reshape(4, 3)
    np.testing.assert_array_equal(thin.sq_distances(rows, others, CTX), dense.sq_distances(rows, others, CTX))
    assert thin.sq_distances(rows[:0], others[:0], CTX).shape == (0, 3)
    assert thin.leading_coordinates(rows, CTX) == []  # pairs that no axis excludes are compared


def test_a_radius_may_leave_out_only_what_is_beyond_it():
    X = datasets.text(200, 400, 12)
    sq_distances, _ = expected(X, np.arange(200), np.arange(200), 3)
    radius = widen_up(np.sqrt(sq_distances[:, 1]), 400)
    search = ScaledRows.from_matrix(X, CTX)
    found = SearchSelector(ExecutionContext(n_threads=1, backend="sparse")).make_search(search, np.arange(200), 200)
    lists = found.kneighbors(np.arange(200), 3, radius)
    np.testing.assert_array_equal(lists.sq_distances[:, :2], sq_distances[:, :2])


@pytest.mark.parametrize("d", [20_000, 200_000])
def test_memory_follows_the_stored_values(d):
    X = datasets.text(1_500, d, 20)
    y = datasets.labels(1_200, 300)
    SMOTE(random_state=0).fit_resample(X, y)
    tracemalloc.start()
    try:
        SMOTE(random_state=0).fit_resample(X, y)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12 * X.data.nbytes + 16 * 8 * d + 2**23  # a dense matrix has 240 MB or more
