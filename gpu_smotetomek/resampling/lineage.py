"""The parents of synthetic rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gpu_smotetomek.arrays import dispatch, indexing
from gpu_smotetomek.typing import Array, Integers


@dataclass(frozen=True)
class Lineage:
    """Parents of the synthetic rows, in the order in which the rows were made; on the device of the rows.

    Attributes
    ----------
    base, neighbor : int64 arrays (m,)
        Ids of the two rows between which each synthetic row lies.
    gap : float64 array (m,)
        Its position between them: 0 at the base, 1 at the neighbor; 0 ≤ gap < 1. NaN where the row is not between two rows of its
        class: it may be beyond the base or near it, or the neighbor may be of another class.
    parent_distance : float64 array (m,)
        Distance of base and neighbor, in scaled units; NaN where it is unknown.
    """

    base: Array
    neighbor: Array
    gap: Array
    parent_distance: Array

    @classmethod
    def empty(cls, X: Array) -> Lineage:
        """The lineage of no rows, on the device of X."""
        ids, values = (dispatch.asarray_like(np.empty(0, dtype), X) for dtype in (np.int64, np.float64))
        return cls(ids, ids, values, values)

    @classmethod
    def concat(cls, parts: Sequence[Lineage]) -> Lineage:
        """One lineage after another."""
        if len(parts) == 1:
            return parts[0]
        xp = dispatch.namespace(parts[0].gap)
        return cls(*(xp.concat(values) for values in zip(*(part.columns for part in parts), strict=True)))

    @property
    def n_synthetic(self) -> int:
        """Number of synthetic rows."""
        return int(self.gap.shape[0])

    @property
    def is_of_segments(self) -> bool:
        """Whether each synthetic row is between two rows of its class, as the bounds on its distances require."""
        xp = dispatch.namespace(self.gap)
        return not bool(xp.any(xp.isnan(self.gap)))

    @property
    def columns(self) -> tuple[Array, Array, Array, Array]:
        """The four arrays, in the order of the attributes."""
        return self.base, self.neighbor, self.gap, self.parent_distance

    def drop(self, positions: Integers) -> Lineage:
        """The lineage without the synthetic rows at these positions."""
        if not len(positions):
            return self
        return self.take(indexing.AllExcept(self.n_synthetic, positions).asarray_like(self.gap))

    def take(self, positions: Array) -> Lineage:
        """The lineage of the synthetic rows at these positions."""
        return Lineage(*(indexing.take_1d(values, positions) for values in self.columns))
