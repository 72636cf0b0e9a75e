"""Backend `xp`: tiles of a matrix product in the caller's own array library; the reference, on any device."""

from __future__ import annotations

from typing import Final

from gpu_smotetomek import arrays
from gpu_smotetomek.neighbors.protocol import Index, expanded_error
from gpu_smotetomek.typing import Array

QUERIES, ROWS = 1024, 2048  # a tile of a matrix product and the search through it stay in the second-level cache


class XpIndex:
    def __init__(self, X: Array, tile_bytes: int) -> None:
        self.X, self.xp = X, arrays.namespace(X)
        self.norms = arrays.square_norms(X)
        self.rows = min(ROWS, int(X.shape[0]))
        self.queries = max(1, min(QUERIES, tile_bytes // (16 * self.rows)))

    def search(self, queries: Array, k: int) -> tuple[Array, Array]:
        starts = range(0, int(queries.shape[0]), self.queries)
        found = [self._block(queries[start : start + self.queries, :], k) for start in starts]
        return tuple(self.xp.concat([block[i] for block in found], axis=0) for i in (0, 1))

    def _block(self, queries: Array, k: int) -> tuple[Array, Array]:
        xp, norms = self.xp, arrays.square_norms(queries)[:, None]
        best: list[tuple[Array, Array]] = []
        for start in range(0, int(self.X.shape[0]), self.rows):
            rows = slice(start, start + self.rows)
            D = (norms + self.norms[None, rows]) - 2 * (queries @ xp.matrix_transpose(self.X[rows, :]))
            D, at = arrays.smallest(D, k)
            best = [arrays.smallest_of([*best, (D, xp.astype(at, xp.int64) + start)], k)]
        return best[0]


class Xp:
    name = "xp"
    dtype: Final = "float32"

    def unavailable(self) -> str | None:
        return None

    def build(self, X: Array, *, threads: int, tile_bytes: int) -> Index:
        del threads  # those of the caller's matrix product
        return XpIndex(X, tile_bytes)

    def error(self, a: Array, b: Array, *, d: int, n: int) -> Array:
        del n
        return expanded_error(a, b, d)
