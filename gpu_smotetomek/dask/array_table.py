"""dask arrays as blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dask.array as da
import numpy as np
from dask.delayed import Delayed

if TYPE_CHECKING:
    from gpu_smotetomek.dask.tables import Part


@dataclass(frozen=True)
class BlockedArrays:
    """Row blocks of a dask array and its labels; attributes as those of `DaskTable`."""

    X_blocks: list[Delayed]
    y_blocks: list[Delayed]
    example: Any
    y_dtype: Any
    names: list[Any] | None = None

    def collect(self, parts: Sequence[Part]) -> tuple[Any, Any]:
        """Arrays of the parts; the sizes of all chunks are known."""
        d, dtype = self.example.shape[1], self.example.dtype
        rows = [da.from_delayed(part.X, (part.n_rows, d), dtype) for part in parts]
        labels = [da.from_delayed(part.y, (part.n_rows,), self.y_dtype) for part in parts]
        return da.concatenate(rows), da.concatenate(labels)


def make_array_table(X: Any, y: Any) -> BlockedArrays:
    """The blocks of two arrays, with all columns in each block."""
    if X.ndim != 2 or y.ndim != 1:
        raise ValueError(
            f"X and y have {X.ndim} and {y.ndim} dimensions, and 2 and 1 were expected: reshape X to (n, d) and y to (n,)"
        )
    for name, data in (("X", X), ("y", y)):
        if type(data._meta) is not np.ndarray:
            raise TypeError(
                f"{name} has blocks of {type(data._meta).__module__}.{type(data._meta).__qualname__}, and blocks of NumPy arrays "
                f"were expected: convert them with {name}.map_blocks, or resample a table of one machine"
            )
    if np.isnan(X.shape[1]):
        raise ValueError("X has an unknown number of columns: call X.compute_chunk_sizes() first")
    X, y = align_blocks(X.rechunk({1: -1}) if X.numblocks[1] > 1 else X, y)
    example = np.ones((1, X.shape[1]), X.dtype)
    return BlockedArrays(X.to_delayed().ravel().tolist(), y.to_delayed().tolist(), example, y.dtype)


def align_blocks(X: Any, y: Any) -> tuple[Any, Any]:
    """Two arrays with the same row blocks: those of X, where both have known sizes."""
    if np.isnan(X.shape[0]) or np.isnan(y.shape[0]):
        if X.numblocks[0] != y.numblocks[0]:
            raise ValueError(
                f"X has {X.numblocks[0]} row blocks and y {y.numblocks[0]}, and their sizes are not known: give both from the "
                "same partitions, or call compute_chunk_sizes() on both"
            )
        return X, y
    if len(X) != len(y):
        raise ValueError(f"X has {len(X)} rows and y {len(y)}: give one label for each row")
    return X, y.rechunk((X.chunks[0],))
