"""The leaves of a tree within a radius, in float64: a stage of the exact search where the float32 error exceeds the radius."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist

from gpu_smotetomek.arrays import topk
from gpu_smotetomek.arrays.dispatch import HOST_KINDS
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.backends.leaf_tree import LeafTree
from gpu_smotetomek.neighbors.protocol import U64, Backend, Index, gamma
from gpu_smotetomek.typing import Array, NeighborLists


class Float64LeavesIndex:
    def __init__(self, X: Array, ctx: ExecutionContext) -> None:
        self.X, self.ctx, self.tree = X, ctx, LeafTree(X)

    def search(self, queries: Array, k: int, radius: Array | None = None) -> NeighborLists:
        radius = np.full(len(queries), np.inf) if radius is None else radius

        def search_block(block: slice) -> NeighborLists:
            x = queries[block]

            def search_leaf(positions: Array, rows: Array) -> tuple[Array, Array]:
                return topk.smallest(cdist(x[positions], self.X[rows], "sqeuclidean"), k)

            return self.tree.search(x, k, radius[block], search_leaf)

        blocks = self.ctx.balanced_blocks(len(queries), self.ctx.rows_per_block(16.0 * (k + 1024)))
        return topk.concat_lists(self.ctx.map_blocks("tree", search_block, blocks), axis=0)


class Float64Leaves(Backend):
    name = "leaves"
    dtype = "float64"
    array_kinds = HOST_KINDS

    def build(self, X: Array, ctx: ExecutionContext) -> Index:
        return Float64LeavesIndex(X, ctx)

    def relative_error(self, *, d: int, n: int) -> float:
        """Differences are taken first, so a sum of d squares errs by γ_{d+2} of the squared distance."""
        del n
        return gamma(d + 4, U64)

    def error(self, a: Array, b: Array, *, d: int, n: int) -> Array:
        """The squares may lose this much to underflow."""
        del n
        return 0 * (a + b) + d * 2.0**-1020
