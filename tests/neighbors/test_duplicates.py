"""Rows with copies are settled by a longer list or in float64; a large search is of distinct rows only."""

import numpy as np
import pytest
from scipy import sparse
from support import array_libraries
from support.exact_layer import check, exact_search, expected
from support.search_cases import CTX, scaled_rows, table

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import BACKENDS, ScaledRows, brute_force, duplicates, exact
from gpu_smotetomek.neighbors.duplicates import DuplicateGroups, repeats_rows
from gpu_smotetomek.neighbors.exact import ExactSearch

pytestmark = pytest.mark.usefixtures("thresholds")


def few_values(n: int, d: int, levels: int) -> np.ndarray:
    return np.random.default_rng(d).integers(0, levels, (n, d)).astype(float)


def test_copies_need_a_longer_list_and_no_more(backend):
    X = np.repeat(np.random.default_rng(0).normal(size=(60, 4)), 7, axis=0)
    assert check(X, 3, backend) == {"list": 0, "longer list": 420}


def test_many_copies_are_settled_in_float64(backend):
    X = np.repeat(np.random.default_rng(0).normal(size=(4, 4)), 60, axis=0)
    assert check(X, 3, backend) == {"list": 0, "longer list": 0, "float64": 240}


@pytest.mark.parametrize("few", [1, 2048])
@pytest.mark.parametrize("k", [1, 3, 9])
def test_copies_are_searched_once(backend, k, few, monkeypatch):
    """Only distinct rows are searched: by the backend, or by brute force where they are `few`."""
    monkeypatch.setattr(exact, "LARGE_SEARCH_WORK", 1.0)
    monkeypatch.setattr(brute_force, "HOST_TILE", (64, few))
    rng = np.random.default_rng(k)
    X = rng.normal(size=(9, 2))[rng.permutation(np.repeat(np.arange(9), 45))] * rng.choice([0.0, 1.0], (405, 1))
    X[::7] *= -1.0  # zeros of both signs are equal
    assert check(X, k, backend) == {"equal rows": 405}
    check(X, k, backend, rows=np.arange(0, 405, 2), queries=np.arange(1, 405, 3))
    check(X, k, backend, rows=np.arange(200), queries=np.arange(200, 405))


@pytest.mark.parametrize(("d", "levels"), [(1, 100), (4, 5), (8, 2), (12, 3)])
def test_integers_are_grouped_without_collisions(d, levels):
    """Distinct rows of small integers have distinct keys, so there is one group for each of them."""
    X = few_values(5000, d, levels)
    groups = DuplicateGroups.from_rows(scaled_rows(X), np.arange(5000), CTX)
    _, first, sizes = np.unique(X, axis=0, return_index=True, return_counts=True)
    np.testing.assert_array_equal(groups.representatives, np.sort(first))
    np.testing.assert_array_equal(groups.size, sizes[np.argsort(first)])
    np.testing.assert_array_equal(X[groups.representatives[groups.group]], X)


@pytest.mark.parametrize("within", [0.0, 1.0, 1.5])
@pytest.mark.parametrize(("d", "k"), [(3, 40), (8, 2)])
def test_equal_queries_may_differ_in_their_radius(backend, within, d, k, monkeypatch):
    """The largest radius decides: in 8 dimensions, 8 points are equally near, and a short list lacks some of them."""
    monkeypatch.setattr(exact, "LARGE_SEARCH_WORK", 1.0)
    monkeypatch.setattr(brute_force, "HOST_TILE", (64, 1))
    monkeypatch.setattr(duplicates, "repeats_rows", lambda *_: True)
    X = few_values(400, d, 2)
    rows, queries = np.arange(300), np.arange(200, 400)
    sq_distances, true_rows = expected(X, rows, queries, k)
    unit = np.sqrt(sq_distances[sq_distances > 0].min())
    radius = unit * within * np.random.default_rng(0).choice([0.0, 1.0], 200)
    search = exact_search(X, rows, backend)
    found = search.kneighbors(queries, k, radius)
    inside = np.sqrt(sq_distances) <= radius[:, None]
    np.testing.assert_array_equal(found.indices[inside], true_rows[inside])
    np.testing.assert_array_equal(found.sq_distances[inside], sq_distances[inside])
    assert search.statistics.settled_by_stage == {"equal rows": 200}


@pytest.mark.parametrize("place", [array_libraries.copied, array_libraries.strict, array_libraries.torch])
def test_arrays_of_every_library(place, monkeypatch):
    monkeypatch.setattr(exact, "LARGE_SEARCH_WORK", 1.0)
    X = few_values(300, 3, 3)
    there, rows, queries = place(X), np.arange(0, 300, 2), np.arange(0, 300, 3)  # some queries are among the rows
    ctx = ExecutionContext(n_threads=1, kind=dispatch.array_kind(there))
    search = ExactSearch(ScaledRows.from_matrix(there, ctx), place(rows), BACKENDS["xp"], ctx)
    lists = search.kneighbors(place(queries), 6)
    sq_distances, true_rows = expected(X, rows, queries, 6)
    np.testing.assert_array_equal(array_libraries.host(lists.sq_distances), sq_distances)
    np.testing.assert_array_equal(array_libraries.host(lists.indices), true_rows)
    assert search.statistics.settled_by_stage == {"equal rows": 100}


def test_differences_whose_square_is_no_float64_are_ties_of_unequal_rows(backend, monkeypatch):
    monkeypatch.setattr(exact, "LARGE_SEARCH_WORK", 1.0)
    tiny = np.array([[1.0, 1e-310], [1.0, 2e-310], [1e300, 0.0], [2e300, 0.0]])
    check(np.tile(tiny, (30, 1)), 40, backend)


def test_a_sample_shows_whether_rows_are_repeated():
    def is_repeated(X, **rest):
        return repeats_rows(scaled_rows(X), np.arange(X.shape[0]), CTX, **rest)

    assert is_repeated(few_values(5000, 8, 2))
    assert is_repeated(few_values(5000, 8, 2), least_share=0.5)
    fifth = np.concatenate([table(4000, 2), np.zeros((1000, 2))])
    assert not is_repeated(fifth)
    assert is_repeated(few_values(200_000, 4, 10))  # ten thousand distinct rows, few of which are twice in the sample
    assert not is_repeated(few_values(200_000, 4, 10), least_share=0.5)
    assert not is_repeated(few_values(10_000, 4, 10))
    assert not is_repeated(table(5000, 3))
    assert not is_repeated(sparse.csr_array(few_values(5000, 8, 2)))  # their rows would have to be made dense
