"""Backend `xp`: tiles of a matrix product in the caller's own array library; the reference, on any device."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from gpu_smotetomek.arrays import distances, topk
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.backends.leaf_tree import MAX_LEAF_ROWS, LeafTree, is_tree_worthwhile
from gpu_smotetomek.neighbors.protocol import Backend, Index, expanded_error
from gpu_smotetomek.typing import Array, NeighborLists

PRODUCT_QUERIES, PRODUCT_ROWS = 1024, 2048  # the tile of a matrix product and the selection from it stay in the cache
THREADED_FROM_PAIRS = 2**19  # pairs of rows from which several threads are faster than one


class MatmulIndex:
    def __init__(self, X: Array, ctx: ExecutionContext) -> None:
        self.ctx, self.n = ctx, int(X.shape[0])
        # (−2 y, 1, ‖y‖²) · (x, ‖x‖², 1): one product gives the squared distance, without a second pass over the tile
        self.X = distances.append_norms(X, -2, norm_last=True)

    @cached_property
    def leaf_tree(self) -> LeafTree:
        return LeafTree(self.X[:, :-2] / -2)

    def search(self, queries: Array, k: int, radius: Array | None = None) -> NeighborLists:
        sq_radius, tree = self._round_up_sq_radius(queries, k, radius), self._choose_tree(queries, k, radius)
        plain, queries = queries, distances.append_norms(queries, 1, norm_last=False)
        # each leaf is visited once for a block of queries, so that large blocks suit a tree
        most_queries, most_rows = (PRODUCT_QUERIES, PRODUCT_ROWS) if tree is None else (None, MAX_LEAF_ROWS)
        m, size = int(queries.shape[0]), self.ctx.rows_per_block(16.0 * min(most_rows, self.n), most_queries)
        is_large = m * self.n >= THREADED_FROM_PAIRS
        blocks = self.ctx.balanced_blocks(m, size) if is_large else self.ctx.blocks(m, size)
        threaded = is_large and isinstance(queries, np.ndarray) and len(blocks) > 1

        def search_block(block: slice) -> NeighborLists:
            if tree is not None and radius is not None:
                return self._search_leaves(tree, plain[block, :], queries[block, :], k, radius[block])
            return self._search_block(queries[block, :], k, None if sq_radius is None else sq_radius[block])

        with self.ctx.single_threaded_blas() if threaded or not is_large else self.ctx.limit_library_threads():
            return topk.concat_lists(self.ctx.map_blocks("tiles", search_block, blocks, threaded=threaded), axis=0)

    def _round_up_sq_radius(self, queries: Array, k: int, radius: Array | None) -> Array | None:
        """Return the squared radius (m,) in the dtype of the queries, rounded up; None where a radius saves nothing."""
        if radius is None or k == 1 or not isinstance(queries, np.ndarray):
            return None  # on a device, and for a single minimum, one pass over the tile is needed in any case
        with np.errstate(over="ignore"):
            return np.nextafter((radius * radius).astype(queries.dtype), queries.dtype.type(np.inf))

    def _choose_tree(self, queries: Array, k: int, radius: Array | None) -> LeafTree | None:
        """Return the tree, where the radii leave out most of the rows."""
        if radius is None or not isinstance(queries, np.ndarray) or not is_tree_worthwhile(self.n, len(queries), k):
            return None
        return self.leaf_tree if self.leaf_tree.is_selective(queries, radius) else None

    def _search_leaves(self, tree: LeafTree, plain: Array, queries: Array, k: int, radius: Array) -> NeighborLists:
        """Search the leaves of the tree within the radius of each query, which is given without and with its norm."""

        def search_leaf(positions: Array, rows: Array) -> tuple[Array, Array]:
            products = distances.matmul_transposed(queries[positions], self.X[rows], None)
            return topk.smallest(products, k)

        return tree.search(plain, k, radius, search_leaf)

    def _search_block(self, queries: Array, k: int, sq_radius: Array | None) -> NeighborLists:
        best, buffer = None, distances.allocate_tile(queries, int(queries.shape[0]) * min(PRODUCT_ROWS, self.n))
        for start in range(0, self.n, PRODUCT_ROWS):
            tile = distances.matmul_transposed(queries, self.X[start : min(start + PRODUCT_ROWS, self.n), :], buffer)
            best = topk.update_smallest(best, tile, start, k, sq_radius)
        assert best is not None  # an index has at least one row
        return best


class Matmul(Backend):
    name = "xp"
    dtype = "float32"

    def build(self, X: Array, ctx: ExecutionContext) -> Index:
        return MatmulIndex(X, ctx)

    def error(self, a: Array, b: Array, *, d: int, n: int) -> Array:
        """The norms are columns of the product and are rounded first: two more roundings."""
        del n
        return expanded_error(a, b, d + 2)
