"""Rows in the packed layout of `kernels/packed_layout.cu`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.kernels import launch
from gpu_smotetomek.kernels.constants import BOX_GROUP, TILE_ROWS
from gpu_smotetomek.typing import Array

MAX_ROWS = 2**31 - TILE_ROWS  # the kernels count slots in 32 bits, and offsets in 64
MAX_GRID_FEATURES = 1024  # features in a grid's second dimension


@dataclass(frozen=True)
class PackedTiles:
    """Rows in the order and the layout of the kernels, on the device of X.

    Attributes
    ----------
    n, d, count : int
        Numbers of rows, features and tiles.
    order : int64 array (n,), or None
        The row in each slot; None: slot i holds row i.
    packed : float32 array (count, d, TILE_ROWS)
    sq_norms : float32 array (count * TILE_ROWS,)
        Squared norms, infinite after the last row.
    """

    n: int
    d: int
    count: int
    order: Array | None
    packed: Array
    sq_norms: Array

    @classmethod
    def pack(cls, X: Array, order: Array | None) -> PackedTiles:
        """Pack the rows of X (n, d), float32."""
        xp, (n, d) = dispatch.namespace(X), X.shape
        if n > MAX_ROWS:
            raise ValueError(f"backend='cuda' numbers {MAX_ROWS} rows at most, not {n}: choose backend='xp'")
        count = -(-n // TILE_ROWS)
        packed, sq_norms = (
            xp.empty(shape, dtype=xp.float32) for shape in ((count, d, TILE_ROWS), (count * TILE_ROWS,))
        )
        X = xp.ascontiguousarray(X)
        launch("search", "pack_rows", (count,), (TILE_ROWS,), X, order, np.int64(n), np.int32(d), packed, sq_norms)
        return cls(n, d, count, order, packed, sq_norms)

    def compute_boxes(self, rows_per_box: int) -> tuple[Array, Array]:
        """Smallest and largest coordinates of each group of `rows_per_box` adjacent slots."""
        xp, boxes = dispatch.namespace(self.sq_norms), self.count * TILE_ROWS // rows_per_box
        low, high = (xp.empty((-(-boxes // BOX_GROUP), self.d, BOX_GROUP), dtype=xp.float32) for _ in range(2))
        sizes = np.int64(boxes), np.int32(rows_per_box), np.int32(self.d)
        grid = -(-boxes // TILE_ROWS), min(self.d, MAX_GRID_FEATURES)
        launch("search", "compute_boxes", grid, (TILE_ROWS,), self.packed, self.sq_norms, *sizes, low, high)
        return low, high

    def unpack(self) -> Array:
        """Rows (n, d) in the order of their slots."""
        xp = dispatch.namespace(self.packed)
        return xp.reshape(xp.permute_dims(self.packed, (0, 2, 1)), (-1, self.d))[: self.n, :]
