"""Searches of the exact layer, compared with brute force in float64."""

from typing import Any

import numpy as np
from scipy import sparse
from support import oracle

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import BACKENDS, ScaledRows
from gpu_smotetomek.neighbors.exact import ExactSearch


def expected(X: Any, rows: np.ndarray, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Squared distances and rows, both (m, min(k, n)), of the nearest rows by (distance, row number), without the query."""
    dense = X.toarray() if sparse.issparse(X) else np.asarray(X)
    Z = oracle.scaled(dense, oracle.exponent(dense))
    sq_distances = oracle.squares(Z[queries][:, None], Z[rows][None])
    sq_distances[queries[:, None] == rows[None]] = np.inf
    at = np.argsort(sq_distances, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(sq_distances, at, axis=1), rows[at]


def exact_search(X: Any, rows: np.ndarray, backend: str | None, **limits: int) -> ExactSearch:
    """A search of the exact layer on one thread, or within the given limits; without a backend if its name is None."""
    ctx = ExecutionContext(**{"n_threads": 1, **limits})
    return ExactSearch(ScaledRows.from_matrix(X, ctx), rows, backend and BACKENDS[backend], ctx)


def nearest(
    X: Any, k: int, backend: str | None, *, rows: Any = None, queries: Any = None, **limits: int
) -> tuple[np.ndarray, np.ndarray, dict[str, int]]:
    """Squared distances and rows that the exact layer finds, and the number of queries that each stage settled."""
    rows, queries = (np.arange(X.shape[0]) if part is None else np.asarray(part) for part in (rows, queries))
    search = exact_search(X, rows, backend, **limits)
    return *search.kneighbors(queries, k), search.statistics.settled_by_stage


def check(
    X: Any, k: int, backend: str | None, *, rows: Any = None, queries: Any = None, **limits: int
) -> dict[str, int]:
    """Compare with brute force, and return the number of queries that each stage settled."""
    sq_distances, indices, stages = nearest(X, k, backend, rows=rows, queries=queries, **limits)
    rows, queries = (np.arange(X.shape[0]) if part is None else np.asarray(part) for part in (rows, queries))
    true_sq_distances, true_rows = expected(X, rows, queries, k)
    assert sq_distances.shape == indices.shape == (len(queries), k)
    assert sq_distances.dtype == np.float64
    assert indices.dtype == np.int64
    n_listed, others = true_rows.shape[1], np.isfinite(true_sq_distances)  # the rest of a list is padding
    np.testing.assert_array_equal(sq_distances[:, :n_listed], true_sq_distances)
    np.testing.assert_array_equal(indices[:, :n_listed][others], true_rows[others])
    assert np.isinf(sq_distances[:, n_listed:]).all()
    assert sum(stages.values()) == len(queries)
    return stages
