"""Backend `sparse`: float64 products of CSR rows; no row becomes dense, only tiles of squared distances."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from gpu_smotetomek.arrays import sparse_rows, topk
from gpu_smotetomek.arrays.dispatch import ArrayKind
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.protocol import TINY64, U64, Backend, Index, gamma
from gpu_smotetomek.typing import Array, Floats, NeighborLists

ROWS_PER_PRODUCT = 2**14  # most indexed rows of a product, and so of a tile
TILE_PAIRS = 2**18  # a tile of this size stays in the cache between the product and the selection
BYTES_PER_PAIR = 40.0  # of a sparse product, the tile and the selection


class SparseIndex:
    def __init__(self, X: Array, ctx: ExecutionContext) -> None:
        self.ctx, self.n = ctx, int(X.shape[0])
        self.sq_norms = sparse_rows.csr_sq_norms(X)
        minus_twice = sparse.csr_array((-2 * X.data, X.indices, X.indptr), shape=X.shape)
        self.starts = range(0, self.n, ROWS_PER_PRODUCT)
        self.tiles = [minus_twice[start : start + ROWS_PER_PRODUCT].T.tocsr() for start in self.starts]

    def search(self, queries: Array, k: int, radius: Array | None = None) -> NeighborLists:
        width = min(ROWS_PER_PRODUCT, self.n)
        size = self.ctx.rows_per_block(BYTES_PER_PAIR * width, max(1, TILE_PAIRS // width))
        sq_norms = sparse_rows.csr_sq_norms(queries)
        with np.errstate(over="ignore"):
            sq_radius = None if radius is None else np.nextafter(radius * radius, np.inf)

        def search_block(block: slice) -> NeighborLists:
            limit = None if sq_radius is None else sq_radius[block]
            return self._search_block(queries[block], sq_norms[block], k, limit)

        blocks = self.ctx.blocks(int(queries.shape[0]), size)
        return topk.concat_lists(self.ctx.map_blocks("tiles", search_block, blocks), axis=0)

    def _search_block(self, queries: Array, sq_norms: Floats, k: int, sq_radius: Floats | None) -> NeighborLists:
        best = None
        for start, minus_twice in zip(self.starts, self.tiles, strict=True):
            tile = (queries @ minus_twice).toarray()
            tile += self.sq_norms[start : start + ROWS_PER_PRODUCT]
            tile += sq_norms[:, None]
            best = topk.update_smallest(best, tile, start, k, sq_radius)
        assert best is not None  # an index has at least one row
        return best


class SparseProducts(Backend):
    name = "sparse"
    dtype = "float64"
    array_kinds = frozenset({ArrayKind.SPARSE})
    takes_sparse_rows = True

    def build(self, X: Array, ctx: ExecutionContext) -> Index:
        return SparseIndex(X, ctx)

    def error(self, a: Array, b: Array, *, d: int, n: int) -> Array:
        """Bound the error of ‖x‖² + ‖y‖² − 2 x·y in float64.

        With at most d stored entries in a row, each product reaches the result through d + 2 roundings in any order, hence
        γ_{d+2} (a + b)², as in `expanded_error`; entries that are not stored add no rounding. The last term covers underflow.
        """
        del n
        return gamma(d + 4, U64) * (a + b) ** 2 + 8 * d * TINY64
