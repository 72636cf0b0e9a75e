"""The stage `float64 leaves` of the exact search: the rows within a radius, where float32 cannot tell them apart."""

import numpy as np
from support import oracle

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import BACKENDS, ScaledRows, exact
from gpu_smotetomek.neighbors.exact import ExactSearch


def test_a_radius_below_the_float32_error_is_served_by_float64_leaves(monkeypatch):
    monkeypatch.setattr(exact, "LARGE_SEARCH_WORK", 1.0)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 4)) + 1e5 * rng.integers(0, 4, (300, 1))
    ctx, rows = ExecutionContext(n_threads=1), np.arange(300)
    search = ExactSearch(ScaledRows.from_matrix(X, ctx), rows, BACKENDS["xp"], ctx)
    expected = np.sqrt(oracle.squares(X[:, None], X[None]) + np.diag(np.full(300, np.inf))).min(axis=1)
    radius = search.scaled.norms(rows[:1], ctx)[0] / np.linalg.norm(X[0]) * expected * rng.choice([0.5, 1.01], 300)
    sq_distances, indices = search.kneighbors(rows, 1, radius)
    found = np.sqrt(sq_distances[:, 0]) <= radius
    assert search.statistics.settled_by_stage["float64 leaves"] > 100
    np.testing.assert_allclose(np.linalg.norm(X - X[indices[:, 0]], axis=1)[found], expected[found])
    assert found.sum() > 100
