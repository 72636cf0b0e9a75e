"""Rows within a radius by a tree over few axes: every such row is listed, whatever the budget."""

import numpy as np
import pytest
from support.hard_rows import hard_rows

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import ScaledRows, axis_tree
from gpu_smotetomek.neighbors.axis_tree import AxisTree

pytestmark = pytest.mark.usefixtures("small_tables_use_bounds")


def make_tree(X, quantile, ctx):
    """A tree over the first half of X, queries in the other half, and their squared distances (m, n)."""
    scaled, n = ScaledRows.from_matrix(X, ctx), len(X) // 2
    rows, queries = np.arange(n), np.arange(n, len(X))
    sq_distances = scaled.sq_distances(queries, np.tile(rows, (len(queries), 1)), ctx)
    radius = np.sqrt(np.quantile(sq_distances, quantile, axis=1, method="lower"))
    return AxisTree(scaled, rows, queries, radius, ctx), sq_distances


@pytest.mark.parametrize("d", [1, 2, 5, 12])
@pytest.mark.parametrize("memory_limit", [2**11, 2**30])
@pytest.mark.parametrize("n_threads", [1, 2])
def test_all_rows_within_the_radius_are_listed(d, memory_limit, n_threads, monkeypatch):
    monkeypatch.setattr(axis_tree, "QUERIES_PER_CALL", 7)
    rng = np.random.default_rng(d)
    X = rng.normal(size=(300, d)) @ rng.normal(size=(d, d)) * 2.0 ** rng.integers(-8, 8, (300, 1))
    tree, sq_distances = make_tree(X, 0.05, ExecutionContext(n_threads=n_threads, memory_limit=memory_limit))
    counts = tree.count_rows()
    positions = np.flatnonzero(counts)
    parts = list(tree.list_pairs(positions, counts[positions]))
    listed = {(int(i), int(j)) for part in parts for i, j in zip(*part, strict=True)}
    within = set(zip(*np.nonzero(np.sqrt(sq_distances) <= tree.radius[:, None]), strict=True))
    assert within <= listed
    assert len(listed) == counts.sum() < sq_distances.size
    assert (len(parts) > 1) == (memory_limit < 2**20)
    if d <= 3:
        assert within == listed
    queries = [set(part[0].tolist()) for part in parts]
    assert sum(map(len, queries)) == len(set().union(*queries))  # no query is in two parts


HARD_ROWS = ["offset", "one unit apart", "subnormal", "far", "a plane", "near a plane", "far from a plane"]


@pytest.mark.parametrize("kind", HARD_ROWS)
def test_hard_rows_are_listed(kind):
    tree, sq_distances = make_tree(hard_rows(kind), 0.1, ExecutionContext(n_threads=1))
    counts = tree.count_rows()
    pairs = np.concatenate([np.stack(part) for part in tree.list_pairs(np.arange(len(counts)), counts)], axis=1)
    listed = np.zeros(sq_distances.shape, bool)
    listed[pairs[0], pairs[1]] = True
    assert not (~listed & (np.sqrt(sq_distances) <= tree.radius[:, None])).any()


def test_the_estimate_is_near_the_count():
    X = np.random.default_rng(0).normal(size=(4000, 3))
    tree, _ = make_tree(X, 0.02, ExecutionContext(n_threads=1))
    assert (
        0.5 < tree.estimate_pairs() / tree.count_rows().mean() < 4
    )  # the estimate counts boxes, which are larger than balls
