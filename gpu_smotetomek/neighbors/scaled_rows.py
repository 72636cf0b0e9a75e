"""Rows of one matrix and the scale of their distances: the float64 columns that decide."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gpu_smotetomek import arrays
from gpu_smotetomek.execution import Work
from gpu_smotetomek.neighbors.projection import SAMPLE, Frame
from gpu_smotetomek.neighbors.protocol import U64
from gpu_smotetomek.typing import Array

FEWEST = 64  # rows of a sample that says where the middle is, whatever the budget
MANY = 64  # blocks in the cache that are worth a second thread: each step in them is short beside a change of threads


def powers(exponent: int) -> tuple[float, ...]:
    """2**exponent as factors that are float64 numbers: 2.0**1030 is none."""
    if -1000 <= exponent <= 1000:
        return (2.0**exponent,) if exponent else ()
    half = exponent // 2
    return powers(half) + powers(exponent - half)


def exponent_of(X: Array) -> int:
    """The exponent e by whose power of two X is scaled before any distance: 500 less that of the largest half range.

    Scaled by it, no square of a difference overflows, and none that is within 2⁻⁹⁸⁵ of the largest vanishes.

    Examples
    --------
    >>> import numpy as np
    >>> exponent_of(np.array([[0.0], [3.0]]))
    499
    """
    half = arrays.half_ranges(X)
    return 500 - int(np.frexp(half)[1]) if half else 0


@dataclass(frozen=True)
class Space:
    """A matrix with the scale of its distances.

    Attributes
    ----------
    X : array (n, d)
        The caller's rows, any real dtype, dense or CSR/CSC; never converted whole.
    exponent : int
        Distances are those of the rows times 2**exponent ("scaled units").
    frame : Frame
        Where candidates stand.
    flat : int64 array, or None
        Features that overflow when they are scaled. Only constant ones do, being 2⁵²⁴ times as large as the largest half range,
        so they take no part.
    """

    X: Array
    work: Work
    exponent: int
    frame: Frame
    flat: Array | None = None

    @classmethod
    def of(cls, X: Array, work: Work) -> Space:
        exponent, n = exponent_of(X), int(X.shape[0])
        room = int(work.limit // (96 * X.shape[1]))  # a wide sparse row is large when it is dense
        most = max(FEWEST, min(SAMPLE, room))
        rows = arrays.beside(np.arange(0, n, max(1, -(-n // most))), X)
        with np.errstate(over="ignore"):
            sample = arrays.columns(X, rows, powers(exponent))
        infinite = arrays.rows_where(arrays.namespace(sample).isinf(sample[:, 0]))
        flat = infinite if infinite.shape[0] else None
        with work.alone():  # products this small lose by threads
            return cls(X, work, exponent, Frame.of(arrays.without(sample, flat), n), flat)

    def over(self, X: Array) -> Space:
        """The same scale over more rows: those of `self` followed by new ones."""
        return replace(self, X=X)

    @property
    def d(self) -> int:
        return int(self.X.shape[1])

    @property
    def scale(self) -> tuple[tuple[float, ...], Array | None]:
        """What kernels need for scaled units: factors, and features that take no part."""
        return powers(self.exponent), self.flat

    def columns(self, rows: Array) -> Array:
        """Float64 columns (d, m) of `rows`, in scaled units."""
        if self.flat is None:
            return arrays.columns(self.X, rows, powers(self.exponent))
        with np.errstate(over="ignore"):
            return arrays.without(arrays.columns(self.X, rows, powers(self.exponent)), self.flat)

    def norms(self, rows: Array) -> Array:
        """Norms (m,) of rows that are not centred, in scaled units, rounded up."""
        xp = arrays.namespace(rows)
        scale = 2.0**-100  # rows far from the origin beside their spread: the square of such a norm may be no float64
        if arrays.has_kernels(self.X):
            origin = arrays.Place(xp.zeros_like(self.frame.centre), (), None, 1, "float64", math.inf)
            return arrays.framed(self.X, rows, powers(self.exponent - 100), self.flat, origin)[2] * (1 / scale)
        blocks = self.work.blocks(int(rows.shape[0]), self.work.cached(16.0 * self.d))
        parts = self.work.each(
            "norms", lambda block: arrays.column_norms(self.columns(rows[block]) * scale), blocks, threaded=False
        )
        return (
            xp.concat(parts) * (1 / scale) if parts else xp.zeros((0,), dtype=xp.float64, device=arrays.device_of(rows))
        )

    def squares(self, queries: Array) -> Callable[[Array], Array]:
        """A function that gives, for rows (n,), their squared distances (m, n) from the queries, in scaled units."""
        if arrays.has_kernels(self.X):
            return lambda rows: arrays.tile_squares(self.X, queries, rows, *self.scale)
        near = self.columns(queries)[:, :, None]
        return lambda rows: arrays.squares(near, self.columns(rows)[:, None, :])

    def pairs(self, first: Array, second: Array) -> Array:
        """Squared distances, in scaled units, between `first` (m,) and `second` (m,) or (m, w), row numbers."""
        first, second = (rows if len(rows.shape) == 2 else rows[:, None] for rows in (first, second))
        if arrays.has_kernels(self.X):
            return arrays.pair_squares(self.X, first[:, 0], second, *self.scale)
        m, w = second.shape
        xp = arrays.namespace(second)
        blocks = self.work.blocks(m, self.work.cached(16.0 * self.d * (w + 1)))

        def decide(block: slice) -> Array:
            near = self.columns(first[block, 0])[:, :, None]
            far = self.columns(xp.reshape(second[block, :], (-1,)))
            return arrays.squares(near, xp.reshape(far, (self.d, -1, w)))

        parts = self.work.each("distances", decide, blocks, threaded=len(blocks) >= MANY)
        return (
            xp.concat(parts, axis=0) if parts else xp.zeros((0, w), dtype=xp.float64, device=arrays.device_of(second))
        )

    @cached_property
    def axes(self) -> Array:
        """Those of the frame, beside X."""
        assert self.frame.axes is not None
        return arrays.beside(self.frame.axes, self.frame.centre)


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
