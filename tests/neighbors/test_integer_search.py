"""Rows of small integers: lists from exact products are those of brute force in float64, with many ties."""

import numpy as np
import pytest
from support import oracle

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import BACKENDS, ScaledRows, SearchSelector, integer_search
from gpu_smotetomek.neighbors.integer_search import IntegerSearch


@pytest.fixture(autouse=True)
def small_tiles(monkeypatch):
    monkeypatch.setattr(integer_search, "KEYED_TILE", (7, 64))
    monkeypatch.setattr(integer_search, "LEAST_KEYED_QUERIES", 1)
    monkeypatch.setattr(integer_search, "THREADED_FROM_PAIRS", 0)


def search_all(X, k, rows=None, queries=None, **options):
    """Lists of k rows, and the queries that each stage settled."""
    ctx = ExecutionContext(**{"n_threads": 1, **options})
    rows = np.arange(len(X)) if rows is None else rows
    search = IntegerSearch(ScaledRows.from_matrix(X, ctx), rows, BACKENDS["xp"], ctx)
    lists = search.kneighbors(rows if queries is None else queries, k)
    return lists, dict(search.statistics.settled_by_stage)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float32, np.float64])
@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("k", [1, 2, 5, 70])
def test_lists_of_integers_are_those_of_brute_force(dtype, n_threads, k):
    rng = np.random.default_rng(k)
    X = rng.integers(0, 2 if dtype is bool else 4, (150, 8)).astype(dtype)
    lists, stages = search_all(X, k, n_threads=n_threads)
    indices = oracle.kneighbors(X, k)
    np.testing.assert_array_equal(lists.indices, indices)
    sq_distances = np.take_along_axis(oracle.sq_distance_matrix(X), indices, axis=1)
    np.testing.assert_array_equal(lists.sq_distances, sq_distances)
    assert stages == {"integers": 150}


def test_queries_may_be_other_rows_and_negative():
    X = np.random.default_rng(0).integers(-9, 5, (300, 3)).astype(np.float64)
    rows, queries = np.arange(0, 300, 2), np.arange(0, 300, 3)
    lists, stages = search_all(X, 4, rows, queries)
    direct, _ = IntegerSearch(
        ScaledRows.from_matrix(X, ExecutionContext()), rows, None, ExecutionContext()
    )._search_all_rows(queries, 4, None)
    np.testing.assert_array_equal(lists.indices, direct.indices)
    np.testing.assert_array_equal(lists.sq_distances, direct.sq_distances)
    assert stages == {"integers": 100}


@pytest.mark.parametrize("change", ["fraction", "far", "huge", "a row more", "budget"])
def test_other_rows_are_searched_as_usual(change):
    X = np.random.default_rng(0).integers(0, 4, (100, 8)).astype(np.float64)
    k, options = 3, {}
    if change == "a row more":
        k = 100
    elif change == "budget":
        options = {"memory_limit": 2**14}
    else:
        X[70, 3] = {"fraction": 1.5, "far": 3000.0, "huge": -1e308}[change]
    lists, stages = search_all(X, k, **options)
    if k < 100:
        np.testing.assert_array_equal(lists.indices, oracle.kneighbors(X, k))
    assert "integers" not in stages
    assert sum(stages.values()) == 100


def test_larger_integers_would_be_wrong(monkeypatch):
    X = np.random.default_rng(0).integers(0, 2**14, (300, 3)).astype(np.float64)
    X = np.concatenate([X, X + [0, 0, 1], X + [0, 1, 0]])
    expected = oracle.kneighbors(X, 1)
    lists, stages = search_all(X, 1)
    np.testing.assert_array_equal(lists.indices, expected)
    assert "integers" not in stages
    monkeypatch.setattr(integer_search, "LARGEST_SQ_NORM", 2.0**60)
    lists, stages = search_all(X, 1)
    assert stages == {"integers": 900}
    assert (lists.indices != expected).any()


def test_the_selector_takes_it_for_integers_alone():
    X = np.random.default_rng(0).integers(0, 2, (3000, 64)).astype(np.float64)
    for values, backend, kind in ((X, "auto", True), (X + 0.5, "auto", False), (X, "xp", False), (X, "kdtree", False)):
        ctx = ExecutionContext(backend=backend)
        search = SearchSelector(ctx).make_search(ScaledRows.from_matrix(values, ctx), np.arange(3000), 3000)
        assert isinstance(search, IntegerSearch) == kind
