"""Backend `kdtree`: scipy's tree over rows on their principal axes; fastest where the rows lie near few dimensions."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from gpu_smotetomek.arrays.dispatch import HOST_KINDS
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.protocol import U64, Backend, Index, gamma
from gpu_smotetomek.typing import Array, NeighborLists

LEAF_ROWS = 32
MAX_QUERY_GROUPS, MIN_GROUP_QUERIES = 64, 128  # each group of queries has one radius, that of its first query


def needs_balanced_tree(X: Array) -> bool:
    """Whether some axis spreads over so many scales that a sliding midpoint would cut off a few rows at a time."""
    sample = np.abs(X[:: max(1, len(X) // 1000)])
    top = sample.max(axis=0, initial=0.0)
    return bool((top > 2.0**7 * np.median(sample, axis=0))[top > 0].any())


class KDTreeIndex:
    def __init__(self, X: Array, ctx: ExecutionContext) -> None:
        self.ctx = ctx
        # an unbalanced tree builds fastest, but its depth, and so its time, has no bound on rows that spread over powers of two
        self.tree = cKDTree(X, leafsize=LEAF_ROWS, balanced_tree=needs_balanced_tree(X))

    def search(self, queries: Array, k: int, radius: Array | None = None) -> NeighborLists:
        m = len(queries)
        lists = NeighborLists(np.empty((m, k)), np.empty((m, k), np.int64))
        order = np.arange(m) if radius is None else np.argsort(-radius)  # longest first, so that threads end together
        size = max(MIN_GROUP_QUERIES, -(-m // MAX_QUERY_GROUPS))

        def search_group(block: slice) -> None:
            group = order[block]
            group_radius = np.inf if radius is None else float(radius[group[0]])  # the tree takes one radius a call
            distances, indices = self.tree.query(queries[group], k, distance_upper_bound=group_radius)
            lists.sq_distances[group] = (distances**2).reshape(-1, k)
            lists.indices[group] = np.where(indices < self.tree.n, indices, 0).reshape(-1, k)

        self.ctx.map_blocks("tree", search_group, self.ctx.blocks(m, size))
        return lists


class KDTree(Backend):
    name = "kdtree"
    dtype = "float64"
    array_kinds = HOST_KINDS

    def build(self, X: Array, ctx: ExecutionContext) -> Index:
        return KDTreeIndex(X, ctx)

    def relative_error(self, *, d: int, n: int) -> float:
        """The tree's sums and its pruning err in proportion to the distance: differences are taken first.

        A rooted and squared sum of d squares errs by γ_{d+4}. The squared distance to a box never shrinks on the way down: it
        changes once a level, by a subtraction and an addition of numbers that are no larger than its final value, and a tree of n
        rows has at most 2 n levels. What a feature contributed before is subtracted as it was added, so its own roundings do not
        accumulate.
        """
        return gamma(d + 4 + 4 * n, U64)

    def error(self, a: Array, b: Array, *, d: int, n: int) -> Array:
        """The squares may lose this much to underflow."""
        del n
        return 0 * (a + b) + d * 2.0**-1020
