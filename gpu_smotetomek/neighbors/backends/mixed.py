"""Backend `xp` for rows of numbers and categories: tiles of products of the numbers, plus counted mismatches of the codes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gpu_smotetomek.arrays import categories, dispatch, distances, topk
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.backends.matmul import THREADED_FROM_PAIRS
from gpu_smotetomek.neighbors.protocol import TINY32, U32, Backend, Index, expanded_error
from gpu_smotetomek.neighbors.scaled_mixed import CODE_UNIT, ScaledMixed
from gpu_smotetomek.typing import Array, NeighborLists

MIXED_TILE_QUERIES, MIXED_TILE_ROWS = 128, 4096  # products, counts and their sum of a tile stay in the cache
MAX_MISMATCH = 2.0**80  # in candidate units: what a category adds at most, so that no sum overflows float32


class MixedProductsIndex:
    def __init__(self, X: Array, ctx: ExecutionContext, n_categories: tuple[int, ...], mismatch: float) -> None:
        self.ctx, self.n, self.n_categories, self.mismatch = ctx, int(X.shape[0]), n_categories, mismatch
        values, self.codes = self._split(X)
        # as in `MatmulIndex`, one product gives the squared distance of the numbers
        self.X = distances.append_norms(values, -2, norm_last=True)

    def _split(self, X: Array) -> tuple[Array, list[Array]]:
        """Coordinates (m, r) and the codes (m,) of each categorical feature."""
        return X[:, : -len(self.n_categories)], categories.compact_codes(X, self.n_categories, 1 / CODE_UNIT)

    def search(self, queries: Array, k: int, radius: Array | None = None) -> NeighborLists:
        del radius  # every pair is compared
        values, codes = self._split(queries)
        values = distances.append_norms(values, 1, norm_last=False)
        m, size = int(values.shape[0]), self.ctx.rows_per_block(24.0 * min(MIXED_TILE_ROWS, self.n), MIXED_TILE_QUERIES)
        is_large = m * self.n >= THREADED_FROM_PAIRS
        blocks = self.ctx.balanced_blocks(m, size) if is_large else self.ctx.blocks(m, size)
        threaded = is_large and isinstance(queries, np.ndarray) and len(blocks) > 1

        def search_block(block: slice) -> NeighborLists:
            return self._search_block(values[block, :], [column[block, None] for column in codes], k)

        with self.ctx.single_threaded_blas() if threaded or not is_large else self.ctx.limit_library_threads():
            return topk.concat_lists(self.ctx.map_blocks("tiles", search_block, blocks, threaded=threaded), axis=0)

    def _search_block(self, values: Array, codes: list[Array], k: int) -> NeighborLists:
        best, size = None, int(values.shape[0]) * min(MIXED_TILE_ROWS, self.n)
        buffer, scaled = (distances.allocate_tile(values, size) for _ in range(2))
        buffers = None if buffer is None else categories.allocate_counts(len(codes), size)
        for start in range(0, self.n, MIXED_TILE_ROWS):
            rows = slice(start, min(start + MIXED_TILE_ROWS, self.n))
            tile = distances.matmul_transposed(values, self.X[rows, :], buffer)
            counts = categories.count_mismatches(codes, [column[None, rows] for column in self.codes], buffers)
            best = topk.update_smallest(best, self._add(tile, counts, scaled), start, k)
        assert best is not None  # an index has at least one row
        return best

    def _add(self, tile: Array, counts: Array, scaled: Array | None) -> Array:
        """The tile plus what the mismatches add, in float32; NumPy writes into the tile and `scaled`."""
        if scaled is None:
            return tile + dispatch.namespace(tile).astype(counts, tile.dtype) * self.mismatch
        scaled = scaled[: tile.size].reshape(tile.shape)
        np.multiply(counts, np.float32(self.mismatch), out=scaled, dtype=np.float32)
        return np.add(tile, scaled, out=tile)


@dataclass(frozen=True)
class MixedProducts(Backend):
    """The backend for rows with these categories.

    Parameters
    ----------
    n_categories : tuple of int
        Number of categories of each categorical feature.
    mismatch : float
        Squared distance, in candidate units, that a category adds where it differs; at most `MAX_MISMATCH`.
    """

    n_categories: tuple[int, ...]
    mismatch: float
    name = "xp"
    dtype = "float32"
    takes_codes = True

    @classmethod
    def for_rows(cls, scaled: ScaledMixed) -> MixedProducts:
        """The backend for rows of a matrix; a constant beyond `MAX_MISMATCH` is lowered, which leaves bounds valid."""
        unit = 2.0 ** scaled.projection.exponent(cls.dtype)
        return cls(scaled.n_categories, float(min(MAX_MISMATCH, scaled.mismatch * unit * unit)))

    def build(self, X: Array, ctx: ExecutionContext) -> Index:
        return MixedProductsIndex(X, ctx, self.n_categories, self.mismatch)

    def relative_error(self, *, d: int, n: int) -> float:
        """Bound by how much mismatches err in proportion to the squared distance.

        With t features that differ, fl(t fl(c)) errs by at most (2 u + u²) t c, and its sum with the numbers rounds it once more.
        """
        del d, n
        return 4 * U32

    def error(self, a: Array, b: Array, *, d: int, n: int) -> Array:
        """Bound by how much a returned squared distance exceeds the exact one or, as long as the constant is not lowered, errs.

        That of the numbers errs by at most E, the bound of `Matmul`, and the sum with what mismatches add rounds it once more:
        two more roundings in E cover u (‖x − y‖² + E). Each product of a constant may lose 2⁻¹²⁶ to underflow.
        """
        del n
        return expanded_error(a, b, d + 4) + 2 * TINY32 * len(self.n_categories)
