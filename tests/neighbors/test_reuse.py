"""Searches that are used again: the answers of a new search, without building an index."""

import numpy as np
import pytest

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.neighbors.protocol import Backend
from gpu_smotetomek.neighbors.reuse import extend_search
from gpu_smotetomek.neighbors.scaled_rows import ScaledRows
from gpu_smotetomek.neighbors.statistics import SearchStatistics


@pytest.mark.parametrize("k", [1, 4])
def test_queries_among_more_rows(backend, k, monkeypatch):
    X = np.random.default_rng(0).normal(size=(900, 4))
    ctx = ExecutionContext(backend=backend)
    scaled, rows, queries = ScaledRows.from_matrix(X[:600], ctx), np.arange(0, 600, 2), np.arange(1, 900, 2)
    search = SearchSelector(ctx).make_search(scaled, rows, len(queries))
    search.kneighbors(rows, k)
    search.nearest_lower_bound(rows[:1] + 1, np.full(1, np.inf))

    larger, statistics = scaled.with_matrix(X), SearchStatistics()
    expected = SearchSelector(ctx).make_search(larger, rows, len(queries)).kneighbors(queries, k)
    for kind in Backend.__subclasses__():
        monkeypatch.setattr(kind, "build", lambda *_: pytest.fail("an index was built"))
    other = ExecutionContext(backend=backend, n_threads=1)
    extended = extend_search(search, larger, other, statistics)
    found = extended.kneighbors(queries, k)
    for values, like in zip(found, expected, strict=True):
        np.testing.assert_array_equal(values, like)
    index, _ = extended.candidate_search._index
    assert getattr(index, "ctx", other) is other
    assert getattr(search.candidate_search._index[0], "ctx", ctx) is ctx
    assert sum(statistics.queries_by_backend.values()) >= len(queries)


def test_a_search_without_a_backend():
    X = np.random.default_rng(0).normal(size=(40, 2))
    ctx = ExecutionContext()
    scaled, rows = ScaledRows.from_matrix(X[:30], ctx), np.arange(30)
    search = SearchSelector(ctx).make_search(scaled, rows, 3)
    extended = extend_search(search, scaled.with_matrix(X), ctx, SearchStatistics())
    found = extended.kneighbors(np.arange(30, 40), 1).indices[:, 0]
    expected = ((X[30:, None] - X[None, :30]) ** 2).sum(axis=2).argmin(axis=1)
    np.testing.assert_array_equal(found, expected)
