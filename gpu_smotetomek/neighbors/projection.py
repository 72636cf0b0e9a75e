"""The frame of the candidates: centre, unit and principal axes, from a fixed sample. It decides speed, never an answer."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.neighbors.protocol import U64, gamma
from gpu_smotetomek.typing import Array, Floats

MAX_SAMPLE_ROWS = 2048  # rows of the sample at most
FIND_AXES_FROM_ROWS = 1000  # rows from which axes and dimension can save what they take
MAX_NEIGHBORHOOD_ROWS = 512  # of which medians and distances to nearest rows are taken
OUTLIER_UNITS = 2.0**50  # units beyond which float32 squares cannot hold a row beside the others
TYPICAL_UNITS = 64.0  # units beyond which a row of the sample does not turn the axes
MAX_AXES_FEATURES = 256  # beyond it the axes cost more than they save
OMITTED_VARIANCE_SHARE = (
    0.3  # variance left out may be this share of the squared distance of nearest rows, divided by the dimension
)
MIN_ROWS_PER_FEATURE = 2  # as many rows of the sample as features, at least, tell axes
MAX_AXES_SHARE = 0.7  # share of the axes from which brute force leaves none out


@dataclass(frozen=True)
class Projection:
    """Where candidates stand.

    Candidates are (row − centre) · axes. Axes that are left out only bring rows nearer: a lower end of the shorter distance is
    one of the distance.

    Attributes
    ----------
    centre : float64 array (d,)
        Near the median, in scaled units.
    unit : float
        Typical largest deviation from it, in scaled units.
    axes : float64 array (d, r), or None
        Principal axes, the widest first, as many as tell nearest rows apart; None: the features.
    dimension : float
        Intrinsic dimension of the sample: how fast neighbours thin out with distance.
    """

    centre: Array
    unit: float
    axes: Floats | None = field(default=None, repr=False)
    dimension: float = math.inf

    @classmethod
    def from_sample(cls, sample: Array, n: int) -> Projection:
        """From sample columns (d, s), in scaled units, of n rows."""
        xp = dispatch.namespace(sample)
        few = sample[:, :: max(1, sample.shape[1] // MAX_NEIGHBORHOOD_ROWS)]
        centre = xp.sort(few, axis=1)[:, few.shape[1] // 2]  # any fixed point near the middle will do
        deviation = sample - centre[:, None]
        largest = dispatch.to_numpy(xp.max(xp.abs(deviation), axis=0))
        unit = float(np.median(largest[largest > 0])) if (largest > 0).any() else 1.0
        if n < FIND_AXES_FROM_ROWS:
            return cls(centre, unit)
        typical = dispatch.asarray_like(np.flatnonzero(largest <= TYPICAL_UNITS * unit), sample)
        values = xp.take(deviation, typical, axis=1) / unit
        if values.shape[0] > MAX_AXES_FEATURES or values.shape[1] < max(3, MIN_ROWS_PER_FEATURE * values.shape[0]):
            return cls(centre, unit)
        nearest, dimension = estimate_neighborhood(
            dispatch.to_numpy(values[:, : min(MAX_NEIGHBORHOOD_ROWS, values.shape[1])])
        )
        # the more dimensions, the closer the distances of those in a list and beyond it, which the axes have to tell apart
        spared = OMITTED_VARIANCE_SHARE / max(1.0, dimension) * nearest
        return cls(centre, unit, principal_axes(values, spared, n) if values.shape[0] > 1 else None, dimension)

    def axes_for(self, dtype: str) -> Floats | None:
        """The axes that candidates of a dtype take: brute force only those that save something, a tree all."""
        if self.axes is None or (dtype == "float32" and self.axes.shape[1] > MAX_AXES_SHARE * self.axes.shape[0]):
            return None
        return self.axes

    def rank(self, dtype: str, d: int) -> int:
        """Coordinates of a candidate."""
        axes = self.axes_for(dtype)
        return d if axes is None else int(axes.shape[1])

    def exponent(self, dtype: str) -> int:
        """Candidates are scaled units times 2**this: float32 ones have norms near 1, float64 ones stay as they are."""
        return -math.frexp(self.unit * math.sqrt(self.centre.shape[0]))[1] if dtype == "float32" else 0

    def outlier_limit(self, dtype: str) -> float:
        """Largest coordinate of a candidate that is not outlying."""
        return OUTLIER_UNITS * float(np.ldexp(self.unit, self.exponent(dtype))) if dtype == "float32" else math.inf

    def rotation_error(self, d: int) -> float:
        """Error of a turned row, relative to its norm before: γ_d in each of r coordinates, and ‖axes‖_F ≤ 2 √d."""
        return 0.0 if self.axes is None else 2 * math.sqrt(d) * gamma(d, U64)

    def axes_error(self, d: int) -> float:
        """Share by which axes that are not quite orthogonal may lengthen a distance: ‖axesᵀ axes − I‖ ≤ 9 d² u."""
        return 9 * d * d * U64


def principal_axes(values: Array, spared: float, n: int) -> Floats | None:
    """Orthogonal axes (d, r) of centred columns (d, s): those beyond r tell no nearest rows of n apart.

    `spared` of the squared distance to a nearest row of the sample may be left out.
    """
    d, s = (int(length) for length in values.shape)
    xp = dispatch.namespace(values)
    mean = xp.mean(values, axis=1)
    values = values - mean[:, None]
    covariance = dispatch.to_numpy(values @ xp.matrix_transpose(values)) / s
    if not np.isfinite(covariance).all():
        return None
    variance, axes = np.linalg.eigh(covariance)
    axes = np.ascontiguousarray(axes[:, ::-1])
    if np.abs(axes.T @ axes - np.eye(d)).max() > 8 * d * U64:
        return None
    tail = np.maximum(np.cumsum(np.maximum(variance, 0))[::-1], 0)  # tail[r − 1]: variance on the axes from r − 1 on
    ranks = np.arange(1, d)
    # among n rows the nearest is nearer than in the sample, by as much as r dimensions thin out
    enough = 2 * tail[1:] <= spared * (min(s, MAX_NEIGHBORHOOD_ROWS) / n) ** (2 / ranks)
    r = int(ranks[enough.argmax()]) if enough.any() else d
    return axes[:, :r]


def estimate_neighborhood(columns: Floats) -> tuple[float, float]:
    """Of columns (d, s): a low squared distance to the nearest other (the lower quartile), and their intrinsic dimension.

    Where neighbours thin out as the m-th power of the distance, the logarithm of r₂/r₁, second over first distance, has mean
    1/m (Facco, d'Errico, Rodriguez, Laio, "Estimating the intrinsic dimension of datasets by a minimal neighborhood
    information", Scientific Reports 7 (2017) 12140).
    """
    norms = np.einsum("ij,ij->j", columns, columns)
    D = columns.T @ (-2 * columns)
    D += norms
    D += norms[:, None]
    np.fill_diagonal(D, np.inf)
    nearest, everyone = D.argmin(axis=1), np.arange(len(D))
    first = np.maximum(D[everyone, nearest], 0)
    D[everyone, nearest] = np.inf
    second = np.maximum(D.min(axis=1), 0)
    apart = (first > 0) & (second > first)
    ratios = 0.5 * (np.log(second[apart]) - np.log(first[apart]))  # the quotient may be beyond float64
    growth = float(ratios.mean()) if len(ratios) else 0.0
    return float(np.quantile(first, 0.25)), 1 / growth if growth > 0 else math.inf
