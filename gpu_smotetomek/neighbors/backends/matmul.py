"""Backend `xp`: tiles of a matrix product in the caller's own array library; the reference, on any device."""

from __future__ import annotations

from typing import Final

import numpy as np

from gpu_smotetomek import arrays
from gpu_smotetomek.execution import Work
from gpu_smotetomek.neighbors.protocol import Index, expanded_error
from gpu_smotetomek.typing import Array

QUERIES, ROWS = 1024, 2048  # a tile of a matrix product and the search through it stay in the cache
SHARED = 2**19  # pairs of rows from which it is worth waking other threads


class XpIndex:
    def __init__(self, X: Array, work: Work) -> None:
        self.xp, self.work, self.n = arrays.namespace(X), work, int(X.shape[0])
        # (−2 y, 1, ‖y‖²) · (x, ‖x‖², 1): the whole square is one product, with no pass over the tile after it
        self.X = arrays.with_norms(X, -2, norm_last=True)

    def search(self, queries: Array, k: int, radius: Array | None = None) -> tuple[Array, Array]:
        xp, most = self.xp, self._most(queries, k, radius)
        queries = arrays.with_norms(queries, 1, norm_last=False)
        m, size = int(queries.shape[0]), self.work.rows(16.0 * min(ROWS, self.n), QUERIES)
        shared = m * self.n >= SHARED
        blocks = self.work.shares(m, size) if shared else self.work.blocks(m, size)
        threaded = shared and arrays.on_host(queries) and len(blocks) > 1

        def search(block: slice) -> tuple[Array, Array]:
            return self._block(queries[block, :], k, None if most is None else most[block])

        with self.work.alone() if threaded else self.work.pools():
            found = self.work.each("tiles", search, blocks, threaded=threaded)
        return xp.concat([D for D, _ in found], axis=0), xp.concat([rows for _, rows in found], axis=0)

    def _most(self, queries: Array, k: int, radius: Array | None) -> Array | None:
        """The squares (m,) beyond which nothing is looked for, rounded up to float32; None where it would save nothing."""
        if radius is None or k == 1 or not arrays.on_host(queries):
            return None  # a device, and a single minimum, take one pass over the tile either way
        with np.errstate(over="ignore"):
            return np.nextafter((radius * radius).astype(queries.dtype), queries.dtype.type(np.inf))

    def _block(self, queries: Array, k: int, most: Array | None) -> tuple[Array, Array]:
        best, tile = None, arrays.buffer(queries, int(queries.shape[0]) * min(ROWS, self.n))
        for start in range(0, self.n, ROWS):
            D = arrays.product(queries, self.X[start : min(start + ROWS, self.n), :], tile)
            best = arrays.keep_smallest(best, D, start, k, most)
        assert best is not None  # an index has at least one row
        return best


class Xp:
    name = "xp"
    dtype: Final = "float32"

    def unavailable(self) -> str | None:
        return None

    def build(self, X: Array, work: Work) -> Index:
        return XpIndex(X, work)

    def error(self, a: Array, b: Array, *, d: int, n: int) -> Array:
        """The norms are columns of the product, each rounded on its own first: two roundings more."""
        del n
        return expanded_error(a, b, d + 2)
