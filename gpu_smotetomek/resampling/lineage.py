"""The parents of synthetic rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from gpu_smotetomek.arrays import dispatch, indexing
from gpu_smotetomek.typing import Array, Integers


@dataclass(frozen=True)
class Lineage:
    """Parents of the synthetic rows, in the order in which the rows were made; on the device of the rows.

    Row i was computed as p + gap · factor · (q − p) from its base p and its neighbor q.

    Attributes
    ----------
    base, neighbor : int64 arrays (m,)
        Ids of the two parents of each synthetic row.
    gap : float64 array (m,)
        Its position between them: 0 at the base, 1 at the neighbor. NaN where noise was added to a copy of the base.
    parent_distance : float64 array (m,)
        Distance of base and neighbor, in scaled units; NaN where it is unknown.
    factor : float64 array (m,), or None
        Multiplies the difference of the parents, which is rounded before the gap multiplies it; None is 1.
    is_segment : bool array (m,), or None
        Whether the row is between two rows of its class: 0 ≤ gap < 1, and the neighbor is of the class. None means that all are.
    """

    base: Array
    neighbor: Array
    gap: Array
    parent_distance: Array
    factor: Array | None = None
    is_segment: Array | None = None

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
        if any(part.factor is not None for part in parts):
            parts = [part._with_factor() for part in parts]
        if any(part.is_segment is not None for part in parts):
            parts = [part._with_is_segment() for part in parts]
        columns = zip(*(part._all_columns for part in parts), strict=True)
        return cls(*(None if values[0] is None else xp.concat(values) for values in columns))

    @property
    def n_synthetic(self) -> int:
        """Number of synthetic rows."""
        return int(self.gap.shape[0])

    @property
    def n_bytes(self) -> int:
        """Bytes of all columns."""
        is_wide = [values is not None for values in (*self.columns, self.factor)]
        return self.n_synthetic * (8 * sum(is_wide) + (self.is_segment is not None))

    @property
    def is_of_segments(self) -> bool:
        """Whether each synthetic row is between two rows of its class, as the bounds on its distances require."""
        return self.is_segment is None or bool(dispatch.namespace(self.gap).all(self.is_segment))

    @property
    def columns(self) -> tuple[Array, Array, Array, Array]:
        """Base, neighbor, gap and distance of the parents."""
        return self.base, self.neighbor, self.gap, self.parent_distance

    def drop(self, positions: Integers) -> Lineage:
        """The lineage without the synthetic rows at these positions."""
        if not len(positions):
            return self
        return self.take(indexing.AllExcept(self.n_synthetic, positions).asarray_like(self.gap))

    def take(self, positions: Array) -> Lineage:
        """The lineage of the synthetic rows at these positions."""
        return Lineage(
            *(None if values is None else indexing.take_1d(values, positions) for values in self._all_columns)
        )

    def slice_rows(self, start: int, stop: int) -> Lineage:
        """The lineage of the synthetic rows from position `start` to `stop`, exclusive."""
        return Lineage(*(None if values is None else values[start:stop] for values in self._all_columns))

    def move_like(self, X: Array) -> Lineage:
        """The lineage in the library and on the device of X."""
        return Lineage(*(None if values is None else dispatch.move_like(values, X) for values in self._all_columns))

    @property
    def is_copy(self) -> Array:
        """Whether each row is a copy of its base, with noise or without; bool array (m,)."""
        xp = dispatch.namespace(self.gap)
        return (self.base == self.neighbor) & ((self.gap == 0) | xp.isnan(self.gap))

    def find_copied_rows(self, n_input: int) -> Array:
        """Row of the input, of which there are `n_input`, that each row copies without noise; −1 for other rows."""
        xp = dispatch.namespace(self.base)
        is_exact = (self.base == self.neighbor) & (self.gap == 0) & (self.base < n_input)
        return xp.where(is_exact, self.base, xp.full_like(self.base, -1))

    def find_base_rows(self, ids: Integers, n_input: int) -> Integers:
        """Rows (m,) of the input, of which there are `n_input`, from which these ids descend along their bases; on the host."""
        base = dispatch.to_numpy_int64(self.base) if (ids >= n_input).any() else ids
        while (is_added := ids >= n_input).any():
            ids = np.where(is_added, base[np.maximum(ids - n_input, 0)], ids)
        return ids

    def select_where(self, mask: Array, other: Lineage) -> Lineage:
        """The lineage of as many rows: this one where the mask is true, else the other one."""
        xp = dispatch.namespace(mask)
        pairs = zip(*(part._with_factor()._with_is_segment()._all_columns for part in (self, other)), strict=True)
        return Lineage(*(xp.where(mask, *pair) for pair in pairs))

    @property
    def _all_columns(self) -> tuple[Array | None, ...]:
        return *self.columns, self.factor, self.is_segment

    def _with_factor(self) -> Self:
        """The lineage with a factor for each row."""
        return replace(self, factor=dispatch.namespace(self.gap).ones_like(self.gap)) if self.factor is None else self

    def _with_is_segment(self) -> Self:
        """The lineage with a mark of segments for each row."""
        xp = dispatch.namespace(self.gap)
        return replace(self, is_segment=xp.ones_like(self.gap, dtype=xp.bool)) if self.is_segment is None else self
