"""The projection of rows to the coordinates that backends search: centre, unit and principal axes, from a fixed sample.

The projection decides how fast a search is, never its answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from gpu_smotetomek.arrays import dispatch, sparse_rows
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.protocol import U64, gamma
from gpu_smotetomek.typing import Array, Floats, Integers

MAX_SAMPLE_ROWS = 2048
MIN_SAMPLE_ROWS = 15  # rows that locate the centre, whatever the memory limit
CENTRE_SAMPLE_ROWS, CENTRE_SAMPLE_VALUES = 64, 2**18  # rows and values that suffice to locate the centre
FIND_AXES_FROM_ROWS = 2500  # with fewer rows, axes and dimension cost more than they save
MAX_NEIGHBORHOOD_ROWS = 512  # rows of the sample for medians and distances to nearest rows
MAX_EXPONENT = 1000  # 2.0**1000 is a float64 number; smaller rows have no certificate in float32
OUTLIER_UNITS = 2.0**50  # in units; float32 squared distances cannot hold such a row beside the others
TYPICAL_UNITS = 64.0  # in units; sample rows beyond it do not influence the axes
MAX_AXES_FEATURES = 256  # with more features, the axes cost more than they save
OMITTED_VARIANCE_SHARE = 0.3  # of the squared distance of nearest rows, divided by the dimension
MIN_ROWS_PER_FEATURE = 2  # a smaller sample gives unreliable axes
MAX_AXES_SHARE = 0.7  # of the features: with more axes than this, brute force uses the features themselves


def count_sample_rows(d: int, ctx: ExecutionContext) -> int:
    """Rows of the sample that locates the centre and, where features are few enough, the axes."""
    for_centre = max(MIN_SAMPLE_ROWS, min(CENTRE_SAMPLE_ROWS, CENTRE_SAMPLE_VALUES // d))
    return for_centre if d > MAX_AXES_FEATURES else max(for_centre, min(MAX_SAMPLE_ROWS, ctx.memory_limit // (96 * d)))


def sample_rows(n: int, d: int, ctx: ExecutionContext) -> Integers:
    """The rows of the sample among n rows."""
    step = -(-n // count_sample_rows(d, ctx))
    return np.arange(0, n, max(1, step))


@dataclass(frozen=True)
class Projection:
    """Coordinates of a row are (row − centre) · axes.

    Axes that are left out only bring rows nearer: a lower bound on the distance of coordinates is one on the distance of rows.

    Attributes
    ----------
    centre : float64 array (d,)
        Near the median, in scaled units.
    unit : float
        Typical largest deviation from the centre, in scaled units.
    axes : float64 array (d, r), or None
        Principal axes, the widest first, as many as tell nearest rows apart; None: the features themselves.
    dimension : float
        Intrinsic dimension of the sample: how fast neighbours thin out with distance.
    """

    centre: Array
    unit: float
    axes: Array | None = field(default=None, repr=False)
    dimension: float = math.inf

    @classmethod
    def from_sample(cls, sample: Array, n: int) -> Projection:
        """Estimate the projection of n rows from the columns (d, s) of a sample, in scaled units."""
        xp = dispatch.namespace(sample)
        thinned = sample[:, :: max(1, sample.shape[1] // MAX_NEIGHBORHOOD_ROWS)]
        centre = xp.sort(thinned, axis=1)[:, thinned.shape[1] // 2]  # any fixed point near the middle will do
        deviation = sample - centre[:, None]
        largest = dispatch.to_numpy(xp.max(xp.abs(deviation), axis=0))
        unit = float(np.median(largest[largest > 0])) if (largest > 0).any() else 1.0
        if n < FIND_AXES_FROM_ROWS:
            return cls(centre, unit)
        typical = dispatch.asarray_like(np.flatnonzero(largest <= TYPICAL_UNITS * unit), sample)
        values = xp.take(deviation, typical, axis=1) / unit
        d, s = (int(length) for length in values.shape)
        if d > MAX_AXES_FEATURES or s < max(3, MIN_ROWS_PER_FEATURE * d):
            return cls(centre, unit)
        nearest, dimension = estimate_neighborhood(dispatch.to_numpy(values[:, : min(MAX_NEIGHBORHOOD_ROWS, s)]))
        # in more dimensions, distances inside and outside a list are closer, so the axes must tell them apart better
        omitted = OMITTED_VARIANCE_SHARE / max(1.0, dimension) * nearest
        axes = principal_axes(values, omitted, n) if d > 1 else None
        return cls(centre, unit, None if axes is None else dispatch.asarray_like(axes, sample), dimension)

    @classmethod
    def from_sparse_sample(cls, sample: Array) -> Projection:
        """Estimate the projection of rows from a sample (s, d) in CSR, without axes.

        Features that most rows do not store have the median 0; the centre is found from the others.
        """
        centre = np.zeros(int(sample.shape[1]))
        frequent = np.flatnonzero(2 * np.bincount(sample.indices, minlength=len(centre)) > sample.shape[0])
        if len(frequent):
            values = np.sort(sample[:, frequent].toarray(), axis=0)
            centre[frequent] = values[len(values) // 2]
        deviation = sparse_rows.subtract_row(sample, centre)
        largest = np.abs(deviation).max(axis=1).toarray().ravel()
        unit = float(np.median(largest[largest > 0])) if (largest > 0).any() else 1.0
        return cls(centre, unit)

    def axes_for(self, dtype: str) -> Array | None:
        """The axes for coordinates of a dtype: a tree (float64) uses all, brute force (float32) only few enough to pay."""
        if self.axes is None or (dtype == "float32" and self.axes.shape[1] > MAX_AXES_SHARE * self.axes.shape[0]):
            return None
        return self.axes

    def rank(self, dtype: str, d: int) -> int:
        """Number of coordinates of a row with d features."""
        axes = self.axes_for(dtype)
        return d if axes is None else int(axes.shape[1])

    def exponent(self, dtype: str) -> int:
        """The exponent e such that coordinates are scaled units times 2**e: float32 norms are near 1, float64 ones unscaled."""
        exponent = -math.frexp(self.unit * math.sqrt(self.centre.shape[0]))[1] if dtype == "float32" else 0
        return min(exponent, MAX_EXPONENT)

    def outlier_limit(self, dtype: str) -> float:
        """Largest coordinate of a row that is no outlier."""
        return OUTLIER_UNITS * float(np.ldexp(self.unit, self.exponent(dtype))) if dtype == "float32" else math.inf

    def rotation_error(self, d: int) -> float:
        """Error of a rotated row, relative to its norm before: γ_d in each of r coordinates, and ‖axes‖_F ≤ 2 √d."""
        return 0.0 if self.axes is None else 2 * math.sqrt(d) * gamma(d, U64)

    def axes_error(self, d: int) -> float:
        """Share by which axes that are not exactly orthogonal may lengthen a distance: ‖axesᵀ axes − I‖ ≤ 9 d² u."""
        return 0.0 if self.axes is None else 9 * d * d * U64


def principal_axes(values: Array, omitted: float, n: int) -> Floats | None:
    """Orthogonal axes (d, r) of centred columns (d, s); axes beyond r do not tell nearest rows among n apart.

    The axes beyond r may hold up to `omitted` of the squared distance to a nearest row of the sample.
    """
    d, s = (int(length) for length in values.shape)
    xp = dispatch.namespace(values)
    values = values - xp.mean(values, axis=1)[:, None]
    covariance = dispatch.to_numpy(values @ xp.matrix_transpose(values)) / s
    if not np.isfinite(covariance).all():
        return None
    variance, axes = np.linalg.eigh(covariance)
    axes = np.ascontiguousarray(axes[:, ::-1])
    if np.abs(axes.T @ axes - np.eye(d)).max() > 8 * d * U64:
        return None
    tail = np.maximum(np.cumsum(np.maximum(variance, 0))[::-1], 0)  # tail[r − 1]: variance on the axes from r − 1 on
    ranks = np.arange(1, d)
    # the nearest of n rows is nearer than the nearest of s, in proportion to how rows thin out in r dimensions
    enough = 2 * tail[1:] <= omitted * (min(s, MAX_NEIGHBORHOOD_ROWS) / n) ** (2 / ranks)
    r = int(ranks[enough.argmax()]) if enough.any() else d
    return axes[:, :r]


def estimate_neighborhood(columns: Floats) -> tuple[float, float]:
    """Lower quartile of the squared distances of columns (d, s) to their nearest other column, and intrinsic dimension.

    Where neighbours thin out as the m-th power of the distance, the logarithm of r₂/r₁, second over first distance, has mean
    1/m (Facco, d'Errico, Rodriguez, Laio, "Estimating the intrinsic dimension of datasets by a minimal neighborhood
    information", Scientific Reports 7 (2017) 12140).
    """
    sq_norms = np.einsum("ij,ij->j", columns, columns)
    sq_distances = columns.T @ (-2 * columns)
    sq_distances += sq_norms
    sq_distances += sq_norms[:, None]
    np.fill_diagonal(sq_distances, np.inf)
    nearest, everyone = sq_distances.argmin(axis=1), np.arange(len(sq_distances))
    first = np.maximum(sq_distances[everyone, nearest], 0)
    sq_distances[everyone, nearest] = np.inf
    second = np.maximum(sq_distances.min(axis=1), 0)
    distinct = (first > 0) & (second > first)
    ratios = 0.5 * (np.log(second[distinct]) - np.log(first[distinct]))  # the quotient may overflow float64
    growth = float(ratios.mean()) if len(ratios) else 0.0
    return float(np.quantile(first, 0.25)), 1 / growth if growth > 0 else math.inf


def find_outliers(values: Array, limit: float) -> Array | None:
    """Mask (m,) of the rows (m, r) with a value beyond the limit; None where there is none."""
    xp = dispatch.namespace(values)
    if not math.prod(values.shape) or max(float(xp.max(values)), -float(xp.min(values))) <= limit:
        return None
    return ~(xp.max(xp.abs(values), axis=1) <= limit)  # true for NaN as well, which an overflow may leave
