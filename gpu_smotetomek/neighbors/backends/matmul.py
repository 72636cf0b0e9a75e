"""Backend `xp`: tiles of a matrix product in the caller's own array library; the reference, on any device."""

from __future__ import annotations

import numpy as np

from gpu_smotetomek.arrays import dispatch, distances, topk
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.protocol import Backend, Index, expanded_error
from gpu_smotetomek.typing import Array

TILE_QUERIES, TILE_ROWS = 1024, 2048  # a tile of a matrix product and the search through it stay in the cache
THREADED_FROM_PAIRS = 2**19  # pairs of rows from which it is worth waking other threads


class MatmulIndex:
    def __init__(self, X: Array, work: ExecutionContext) -> None:
        self.xp, self.work, self.n = dispatch.namespace(X), work, int(X.shape[0])
        # (−2 y, 1, ‖y‖²) · (x, ‖x‖², 1): the whole square is one product, with no pass over the tile after it
        self.X = distances.append_norms(X, -2, norm_last=True)

    def search(self, queries: Array, k: int, radius: Array | None = None) -> tuple[Array, Array]:
        xp, most = self.xp, self._most(queries, k, radius)
        queries = distances.append_norms(queries, 1, norm_last=False)
        m, size = int(queries.shape[0]), self.work.rows_per_block(16.0 * min(TILE_ROWS, self.n), TILE_QUERIES)
        shared = m * self.n >= THREADED_FROM_PAIRS
        blocks = self.work.balanced_blocks(m, size) if shared else self.work.blocks(m, size)
        threaded = shared and dispatch.is_numpy_or_sparse(queries) and len(blocks) > 1

        def search(block: slice) -> tuple[Array, Array]:
            return self._block(queries[block, :], k, None if most is None else most[block])

        with self.work.single_threaded_blas() if threaded else self.work.limit_thread_pools():
            found = self.work.map_blocks("tiles", search, blocks, threaded=threaded)
        return xp.concat([D for D, _ in found], axis=0), xp.concat([rows for _, rows in found], axis=0)

    def _most(self, queries: Array, k: int, radius: Array | None) -> Array | None:
        """The squares (m,) beyond which nothing is looked for, rounded up to float32; None where it would save nothing."""
        if radius is None or k == 1 or not dispatch.is_numpy_or_sparse(queries):
            return None  # a device, and a single minimum, take one pass over the tile either way
        with np.errstate(over="ignore"):
            return np.nextafter((radius * radius).astype(queries.dtype), queries.dtype.type(np.inf))

    def _block(self, queries: Array, k: int, most: Array | None) -> tuple[Array, Array]:
        best, tile = None, distances.allocate_tile(queries, int(queries.shape[0]) * min(TILE_ROWS, self.n))
        for start in range(0, self.n, TILE_ROWS):
            D = distances.matmul_transposed(queries, self.X[start : min(start + TILE_ROWS, self.n), :], tile)
            best = topk.update_smallest(best, D, start, k, most)
        assert best is not None  # an index has at least one row
        return best


class Matmul(Backend):
    name = "xp"
    dtype = "float32"

    def build(self, X: Array, work: ExecutionContext) -> Index:
        return MatmulIndex(X, work)

    def error(self, a: Array, b: Array, *, d: int, n: int) -> Array:
        """The norms are columns of the product, each rounded on its own first: two roundings more."""
        del n
        return expanded_error(a, b, d + 2)
