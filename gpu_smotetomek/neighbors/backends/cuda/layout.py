"""Rows in the layout of `kernels/packed_layout.cu`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.kernels import launch
from gpu_smotetomek.typing import Array

TILE, OWN = 128, 16  # rows of a tile, queries of a warp: as in kernels/packed_layout.cu
MOST = 2**31 - TILE  # rows: the kernels count places in 32 bits, and offsets in 64


@dataclass(frozen=True)
class Tiles:
    """Rows in the order and the layout that the kernels want; on the device of X.

    Attributes
    ----------
    n, d, count : int
        Rows, features, tiles.
    order : int64 array (n,), or None
        The row that stands at each place; None: as they came.
    packed : float32 array (count, d, TILE)
    norms : float32 array (count * TILE,)
        Squares of the norms, infinite beyond the last row.
    """

    n: int
    d: int
    count: int
    order: Array | None
    packed: Array
    norms: Array

    @classmethod
    def of(cls, X: Array, order: Array | None) -> Tiles:
        xp, (n, d) = dispatch.namespace(X), X.shape
        if n > MOST:
            raise ValueError(f"backend='cuda' numbers {MOST} rows at most, not {n}: choose backend='xp'")
        count = -(-n // TILE)
        packed, norms = xp.empty((count, d, TILE), dtype=xp.float32), xp.empty((count * TILE,), dtype=xp.float32)
        X = xp.ascontiguousarray(X)
        launch("search", "pack", (count,), (TILE,), X, order, np.int64(n), np.int32(d), packed, norms)
        return cls(n, d, count, order, packed, norms)

    def boxes(self, width: int) -> tuple[Array, Array]:
        """Least and largest coordinates of each group of `width` neighbours."""
        xp, groups = dispatch.namespace(self.norms), self.count * TILE // width
        low, high = (xp.empty((-(-groups // 32), self.d, 32), dtype=xp.float32) for _ in range(2))
        sizes = np.int64(groups), np.int32(width), np.int32(self.d)
        grid = -(-groups // TILE), min(self.d, 1024)
        launch("search", "boxes", grid, (TILE,), self.packed, self.norms, *sizes, low, high)
        return low, high

    def rows(self) -> Array:
        """The rows (n, d) in their order here."""
        xp = dispatch.namespace(self.packed)
        return xp.reshape(xp.permute_dims(self.packed, (0, 2, 1)), (-1, self.d))[: self.n, :]
