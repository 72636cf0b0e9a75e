"""Backend `kdtree`: scipy's tree over candidates on their principal axes; wins where the rows lie near few dimensions."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from gpu_smotetomek.arrays.dispatch import ArrayKind
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.protocol import U64, Backend, Index, gamma
from gpu_smotetomek.typing import Array

LEAF_ROWS = 32
MAX_QUERY_GROUPS, MIN_GROUP_QUERIES = (
    64,
    128,
)  # groups of queries with a radius each, at most, and queries of a group, at least


def needs_balanced_tree(X: Array) -> bool:
    """Whether some axis spreads over so many scales that a sliding midpoint would cut off a few rows at a time."""
    sample = np.abs(X[:: max(1, len(X) // 1000)])
    top = sample.max(axis=0, initial=0.0)
    return bool((top > 2.0**7 * np.median(sample, axis=0))[top > 0].any())


class KDTreeIndex:
    def __init__(self, X: Array, work: ExecutionContext) -> None:
        self.work = work
        # an unbalanced tree builds fastest, but its depth, and so its time, has no bound on rows that spread over powers of two
        self.tree = cKDTree(X, leafsize=LEAF_ROWS, balanced_tree=needs_balanced_tree(X))

    def search(self, queries: Array, k: int, radius: Array | None = None) -> tuple[Array, Array]:
        m = len(queries)
        D, indices = np.empty((m, k)), np.empty((m, k), np.int64)
        order = (
            np.arange(m) if radius is None else np.argsort(-radius)
        )  # the longest first, for threads that end together
        sizes = max(MIN_GROUP_QUERIES, -(-m // MAX_QUERY_GROUPS))

        def search(block: slice) -> None:
            group = order[block]
            within = np.inf if radius is None else float(radius[group[0]])  # the tree takes one radius a call
            distances, found = self.tree.query(queries[group], k, distance_upper_bound=within)
            D[group] = (distances**2).reshape(-1, k)
            indices[group] = np.where(found < self.tree.n, found, 0).reshape(-1, k)

        self.work.map_blocks("tree", search, self.work.blocks(m, sizes))
        return D, indices


class KDTree(Backend):
    name = "kdtree"
    dtype = "float64"
    array_kinds = frozenset({ArrayKind.NUMPY, ArrayKind.SPARSE})

    def build(self, X: Array, work: ExecutionContext) -> Index:
        return KDTreeIndex(X, work)

    def relative_error(self, *, d: int, n: int) -> float:
        """Of the tree's sums and of its pruning: differences are taken first, so clouds far apart do it no harm.

        A rooted and squared sum of d squares errs by γ_{d+4}. The squared distance to a box never shrinks on the way down: it
        changes once a level, by a subtraction and an addition that stay below what it is in the end, and a tree of n rows has
        at most 2 n levels. What a feature contributed before is taken away as it was added, so its own roundings do not add up.
        """
        return gamma(d + 4 + 4 * n, U64)

    def error(self, a: Array, b: Array, *, d: int, n: int) -> Array:
        """What squares may lose to underflow."""
        del n
        return 0 * (a + b) + d * 2.0**-1020
