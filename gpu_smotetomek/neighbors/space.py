"""Rows of one matrix as the search sees them: float64 columns that decide, and centred float32 rows that propose."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gpu_smotetomek import arrays
from gpu_smotetomek.typing import Array
from gpu_smotetomek.work import Work

SAMPLE = 1024  # rows that set the centre and the unit of the candidates
OUTLYING = 2.0**50  # units beyond which float32 squares cannot hold a row beside the others


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
    centre : float64 array (d,)
        Median of a fixed sample, in scaled units: what candidates are centred on.
    unit : float
        Typical largest deviation from it, in scaled units.
    """

    X: Array
    work: Work
    exponent: int
    centre: Array = field(repr=False)
    unit: float

    @classmethod
    def of(cls, X: Array, work: Work) -> Space:
        exponent = exponent_of(X)
        n = int(X.shape[0])
        step = max(1, -(-n // SAMPLE))
        sample = arrays.columns(X, arrays.beside(np.arange(0, n, step), X), powers(exponent))
        xp = arrays.namespace(sample)
        centre = xp.sort(sample, axis=1)[
            :, sample.shape[1] // 2
        ]  # an upper median: any fixed point near the middle will do
        largest = arrays.to_host(xp.max(xp.abs(sample - centre[:, None]), axis=0))
        largest = largest[largest > 0]
        return cls(X, work, exponent, centre, float(np.median(largest)) if len(largest) else 1.0)

    def over(self, X: Array) -> Space:
        """The same scale over more rows: those of `self` followed by new ones."""
        return replace(self, X=X)

    @property
    def d(self) -> int:
        return int(self.X.shape[1])

    def candidate_exponent(self, dtype: str) -> int:
        """Candidates are scaled units times 2**this: float32 ones have norms near 1, float64 ones stay as they are."""
        return -math.frexp(self.unit * math.sqrt(self.d))[1] if dtype == "float32" else 0

    def limit(self, dtype: str) -> float:
        """Largest deviation of a candidate from the centre, in candidate units, that is not outlying."""
        return OUTLYING * float(np.ldexp(self.unit, self.candidate_exponent(dtype))) if dtype == "float32" else math.inf

    def columns(self, rows: Array) -> Array:
        """Float64 columns (d, m) of `rows`, in scaled units."""
        return arrays.columns(self.X, rows, powers(self.exponent))

    def norms(self, rows: Array) -> Array:
        """Norms (m,) of rows that are not centred, in scaled units, rounded up."""
        xp = arrays.namespace(rows)
        scale = 2.0**-100  # rows far from the origin beside their spread: the square of such a norm may be no float64
        blocks = self.work.blocks(int(rows.shape[0]), self.work.cached(16.0 * self.d))
        parts = self.work.each("norms", lambda block: arrays.column_norms(self.columns(rows[block]) * scale), blocks)
        return xp.concat(parts) * (1 / scale) if parts else xp.zeros((0,), dtype=xp.float64, device=arrays.device_of(rows))

    def pairs(self, first: Array, second: Array) -> Array:
        """Squared distances, in scaled units, between `first` (m,) and `second` (m,) or (m, w), row numbers."""
        first, second = (rows if len(rows.shape) == 2 else rows[:, None] for rows in (first, second))
        m, w = second.shape
        xp = arrays.namespace(second)
        blocks = self.work.blocks(m, self.work.cached(16.0 * self.d * (w + 1)))

        def decide(block: slice) -> Array:
            near = self.columns(first[block, 0])[:, :, None]
            far = self.columns(xp.reshape(second[block, :], (-1,)))
            return arrays.squares(near, xp.reshape(far, (self.d, -1, w)))

        parts = self.work.each("distances", decide, blocks)
        return (
            xp.concat(parts, axis=0) if parts else xp.zeros((0, w), dtype=xp.float64, device=arrays.device_of(second))
        )

    def candidates(self, rows: Array, dtype: str) -> tuple[Array, Array | None]:
        """Centred rows (m, d) near unit norm in `dtype`, and a mask of the outlying ones (None: no row is).

        Outlying rows stand at the centre here: they take the float64 road.
        """
        exponent = self.candidate_exponent(dtype)
        factors = powers(self.exponent + exponent)
        shift = self.centre
        for factor in powers(exponent):
            shift = shift * factor  # powers of two commute with the subtraction: one rounding in float64, one in dtype
        values = self._centred(rows, factors, shift, dtype)
        limit, xp = self.limit(dtype), arrays.namespace(values)
        if not values.shape[0] or not self.d or max(float(xp.max(values)), -float(xp.min(values))) <= limit:
            return values, None
        far = ~(xp.max(xp.abs(values), axis=1) <= limit)
        return xp.where(far[:, None], xp.zeros((), dtype=values.dtype, device=arrays.device_of(values)), values), far

    def _centred(self, rows: Array, factors: tuple[float, ...], shift: Array, dtype: str) -> Array:
        if not arrays.on_host(self.X):
            xp = arrays.namespace(self.X)
            values = arrays.in_float64(arrays.take(self.X, rows))
            for factor in factors:
                values = values * factor
            return xp.astype(values - shift, getattr(xp, dtype))
        out = np.empty((len(rows), self.d), dtype)

        def fill(block: slice) -> None:
            values: Any = arrays.take(self.X, rows[block])
            values = values.astype(np.longdouble if values.dtype == np.longdouble else np.float64)
            with np.errstate(over="ignore", invalid="ignore"):  # what overflows is outlying
                for factor in factors:
                    values *= factor
                values = values.astype(
                    np.float64, copy=False
                )  # the rows that decide are rounded before the centre goes
                np.subtract(values, shift, out=values)
                out[block] = values

        self.work.each("centre", fill, self.work.blocks(len(rows), self.work.cached(12.0 * self.d)))
        return out
