"""Distances of synthetic rows to their parents, from the lineage alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.resampling import Lineage
from gpu_smotetomek.typing import Floats

QUANTILES = {"least": 0.0, "lower_quartile": 0.25, "median": 0.5, "upper_quartile": 0.75, "largest": 1.0}


@dataclass(frozen=True)
class LineageDistances:
    """Distances of the synthetic rows to their parents, in units of X; those of rows that were dropped later included.

    Attributes
    ----------
    n_made : int
        Synthetic rows.
    n_copies : int
        Those that copy a row, as random over-sampling does.
    between_parents : float64 array
        Distances of base and neighbor, of the rows that are no copies and where these are known.
    to_nearer_parent : float64 array
        Distances of the same rows to the nearer of the two, as far as the positions are known; empty where some features are
        categories.
    """

    n_made: int
    n_copies: int
    between_parents: Floats
    to_nearer_parent: Floats

    @classmethod
    def from_lineage(cls, lineage: Lineage, exponent: int, *, is_mixed: bool) -> LineageDistances:
        """The distances of all rows of a lineage, whose scaled units are those of X times 2**exponent."""
        base, neighbor = (dispatch.to_numpy_int64(ids) for ids in (lineage.base, lineage.neighbor))
        gap, scaled = (dispatch.to_numpy(values) for values in (lineage.gap, lineage.parent_distance))
        factor = 1.0 if lineage.factor is None else dispatch.to_numpy(lineage.factor)
        is_copy: npt.NDArray[np.bool_] = (base == neighbor) & (gap == 0)
        position = np.abs(gap * factor)
        share = np.minimum(position, np.abs(1 - gap * factor))
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            distance = np.ldexp(scaled, -exponent)
            nearer = share * distance
        is_known = ~is_copy & np.isfinite(distance)
        to_nearer = nearer[is_known & np.isfinite(nearer)]
        return cls(len(gap), int(is_copy.sum()), distance[is_known], to_nearer[:0] if is_mixed else to_nearer)

    @property
    def share_of_equal_parents(self) -> float:
        """Share of the rows with known parents whose parents are equal rows; 0 where there are none."""
        return float(np.mean(self.between_parents == 0)) if len(self.between_parents) else 0.0


def summarize_distances(distances: Floats) -> dict[str, float] | None:
    """Least value, quartiles and largest value; None of no values.

    Examples
    --------
    >>> import numpy as np
    >>> summarize_distances(np.array([1.0, 2.0, 3.0]))["median"]
    2.0
    """
    if not len(distances):
        return None
    return dict(zip(QUANTILES, np.quantile(distances, list(QUANTILES.values())).tolist(), strict=True))
