"""Rows of one matrix and the scale of their distances: the float64 columns that decide."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gpu_smotetomek import arrays
from gpu_smotetomek.execution import Work
from gpu_smotetomek.neighbors.projection import SAMPLE, Frame
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
