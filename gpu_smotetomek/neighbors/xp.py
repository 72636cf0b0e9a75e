"""Backend `xp`: tiles of a matrix product in the caller's own array library; the reference, on any device."""

from __future__ import annotations

from typing import Final

from gpu_smotetomek import arrays
from gpu_smotetomek.neighbors.protocol import Index, expanded_error
from gpu_smotetomek.typing import Array
from gpu_smotetomek.work import Work

QUERIES, ROWS = 1024, 2048  # a tile of a matrix product and the search through it stay in the cache


class XpIndex:
    def __init__(self, X: Array, work: Work) -> None:
        self.xp, self.work, self.n = arrays.namespace(X), work, int(X.shape[0])
        # (−2 y, 1, ‖y‖²) · (x, ‖x‖², 1): the whole square is one product, with no pass over the tile after it
        self.X = arrays.with_norms(X, -2, norm_last=True)

    def search(self, queries: Array, k: int, radius: Array | None = None) -> tuple[Array, Array]:
        del radius  # brute force looks at every row
        xp, queries = self.xp, arrays.with_norms(queries, 1, norm_last=False)
        blocks = self.work.shares(int(queries.shape[0]), self.work.rows(16.0 * min(ROWS, self.n), QUERIES))
        threaded = arrays.on_host(queries) and len(blocks) > 1
        with self.work.alone() if threaded else self.work.pools():
            found = self.work.each("tiles", lambda block: self._block(queries[block, :], k), blocks, threaded=threaded)
        return xp.concat([D for D, _ in found], axis=0), xp.concat([rows for _, rows in found], axis=0)

    def _block(self, queries: Array, k: int) -> tuple[Array, Array]:
        best, tile = None, arrays.buffer(queries, int(queries.shape[0]) * min(ROWS, self.n))
        for start in range(0, self.n, ROWS):
            D = arrays.product(queries, self.X[start : min(start + ROWS, self.n), :], tile)
            best = arrays.keep_smallest(best, D, start, k)
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
