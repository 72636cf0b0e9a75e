"""Rows in the frame in which candidates stand, and what their places tell of distances."""

from __future__ import annotations

import math
from contextlib import nullcontext

import numpy as np

from gpu_smotetomek import arrays
from gpu_smotetomek.neighbors.protocol import U64
from gpu_smotetomek.neighbors.scaled_rows import MANY, Space, powers
from gpu_smotetomek.typing import Array

Placed = tuple[Array, Array | None, Array | None]  # values (m, r), outlying (m,), deviations (m,)


def placed(space: Space, rows: Array, dtype: str, width: int | None = None) -> Placed:
    """Rows (m, r) in the frame of the candidates, in `dtype`, and a mask of the outlying ones (None: no row is).

    Outlying rows stand at the centre here: they take the float64 road. Besides `deviations`, where they cost nothing. Of
    `width` axes, if only so many are wanted.
    """
    norms = None
    if arrays.has_kernels(space.X):
        values, far, norms = _by_kernel(space, rows, dtype, width or space.frame.rank(dtype, space.d))
    else:
        values = _in_blocks(space, rows, dtype)[:, :width]
        far = outlying(values, space.frame.limit(dtype))
    if far is not None:
        zero = arrays.namespace(values).zeros((), dtype=values.dtype, device=arrays.device_of(values))
        values = arrays.namespace(values).where(far[:, None], zero, values)
    return values, far, norms


def outlying(values: Array, limit: float) -> Array | None:
    """Mask (m,) of the rows (m, r) with a value beyond the limit; None where there is none."""
    xp = arrays.namespace(values)
    if not math.prod(values.shape) or max(float(xp.max(values)), -float(xp.min(values))) <= limit:
        return None
    return ~(xp.max(xp.abs(values), axis=1) <= limit)  # of an overflow too, whose coordinates may be NaN


def deviations(space: Space, rows: Array) -> Array:
    """Norms (m,) of centred rows, all features counted, in scaled units, rounded up."""
    centre, work = space.frame.centre[:, None], space.work
    blocks = work.blocks(int(rows.shape[0]), work.cached(16.0 * space.d))
    parts = work.each(
        "norms", lambda block: arrays.column_norms(space.columns(rows[block]) - centre), blocks, threaded=False
    )
    return arrays.namespace(rows).concat(parts) * (1 + 2.0**-40)


def coordinates(space: Space, rows: Array) -> list[Array]:
    """Coordinates (m,) on each of the widest axes, three at most, in scaled units: no further apart than the rows."""
    width = min(3, space.frame.rank("float64", space.d))
    values, *_ = placed(space, rows, "float64", width)
    xp = arrays.namespace(values)
    return [xp.asarray(values[:, axis], copy=True) for axis in range(width)]


def bytes_of_coordinates(space: Space) -> float:
    """Of work space, for one row."""
    return 64.0 if arrays.has_kernels(space.X) else 24.0 * space.d


def coordinate_error(space: Space) -> float:
    """What the difference of two coordinates may err by: a row is at most 2⁵⁰² from the centre in each feature."""
    relative = space.frame.turning(space.d) + space.frame.stretch(space.d) + 2 * U64
    return 2 * relative * math.sqrt(space.d) * 2.0**502


def _by_kernel(space: Space, rows: Array, dtype: str, width: int) -> Placed:
    frame, axes = space.frame, None if space.frame.rotation(dtype) is None else space.axes
    where = arrays.Place(frame.centre, powers(frame.exponent(dtype)), axes, width, dtype, frame.limit(dtype))
    return arrays.framed(space.X, rows, *space.scale, where)


def _in_blocks(space: Space, rows: Array, dtype: str) -> Array:
    work, exponent = space.work, space.frame.exponent(dtype)
    axes = None if space.frame.rotation(dtype) is None else space.axes
    factors, shift = powers(space.exponent + exponent), space.frame.centre
    with np.errstate(over="ignore"):
        for factor in powers(exponent):
            shift = shift * factor  # powers of two commute with the subtraction
    xp = arrays.namespace(shift)

    def framed(block: slice) -> Array:
        values = arrays.rows_in_float64(space.X, rows[block], factors) - shift
        if space.flat is not None:
            values = arrays.without(values.T, space.flat).T
        return values if axes is None else values @ axes

    blocks = work.blocks(int(rows.shape[0]), work.cached(24.0 * space.d))
    if not arrays.on_host(space.X):
        with np.errstate(over="ignore", invalid="ignore"):  # some libraries are NumPy inside
            parts = work.each("centre", framed, blocks or [slice(0, 0)], threaded=False)
            return xp.concat([xp.astype(part, getattr(xp, dtype)) for part in parts], axis=0)
    out = np.empty((len(rows), space.d if axes is None else axes.shape[1]), dtype)

    def fill(block: slice) -> None:
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is outlying
            out[block] = framed(block)

    with nullcontext() if axes is None else work.alone():
        work.each("centre", fill, blocks, threaded=len(blocks) >= MANY)
    return out
