"""Where each row of a result comes from, and why rows were removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.resampling.history import StepRecord, empty_ids
from gpu_smotetomek.resampling.lineage import Lineage
from gpu_smotetomek.typing import Floats, Integers


@dataclass(frozen=True)
class Provenance:
    """Origin of the rows of a result. Row i of the input has the id i; synthetic rows have the next ids, in the order made.

    All arrays are NumPy's, on the host, and are made when they are read.

    Attributes
    ----------
    n_input : int
        Rows of the input.
    steps : tuple of StepRecord
        What each step did.
    """

    n_input: int
    steps: tuple[StepRecord, ...]
    _lineage: Lineage
    _dropped_ids: Integers
    _order: Integers | None
    _has_copies: bool

    @classmethod
    def from_batch(cls, batch: Batch) -> Provenance:
        """The provenance of the rows of a batch, which is not kept."""
        return cls(batch.n_input, batch.history, batch.lineage, batch.dropped_ids, batch.order, batch.has_copies)

    @property
    def ids(self) -> Integers:
        """Id of each row of the result, int64 array (n_rows,)."""
        left = np.delete(np.arange(self.n_input + self._lineage.n_synthetic), self._dropped_ids)
        return left if self._order is None else left[self._order]

    @property
    def is_synthetic(self) -> npt.NDArray[np.bool_]:
        """Whether each row of the result was added, as a copy or as a new row; bool array (n_rows,)."""
        return self.ids >= self.n_input

    @property
    def origin(self) -> Integers:
        """Row of the input that each row of the result is or copies, int64 array (n_rows,); −1 for synthetic rows."""
        ids = self.ids
        origin = np.where(ids < self.n_input, ids, -1)
        if self._has_copies:
            is_added = origin < 0
            made = ids[is_added] - self.n_input
            base, neighbor, gap = (values[made] for values in self._parts[:3])
            is_copy = (base == neighbor) & (gap == 0) & (base < self.n_input)
            origin[is_added] = np.where(is_copy, base, -1)
        return origin

    @property
    def parents(self) -> Integers:
        """Ids of the base and the neighbor of each row of the result, int64 array (n_rows, 2); −1 for rows of the input."""
        ids = self.ids
        is_added = ids >= self.n_input
        parents = np.full((len(ids), 2), -1)
        parents[is_added] = np.stack(self._parts[:2], axis=1)[ids[is_added] - self.n_input]
        return parents

    @property
    def gap(self) -> Floats:
        """Position of each row of the result between its parents, float64 array (n_rows,): 0 is at the base, 1 at the neighbor.

        NaN for rows of the input, and for copies with noise.
        """
        ids = self.ids
        is_added = ids >= self.n_input
        gap = np.full(len(ids), np.nan)
        own = (
            self._parts[2] if self._lineage.factor is None else self._parts[2] * dispatch.to_numpy(self._lineage.factor)
        )
        gap[is_added] = own[ids[is_added] - self.n_input]
        return gap

    @property
    def links(self) -> Integers:
        """Ids of the rows of each link that was found, int64 array (n_links, 2), step after step."""
        return np.concatenate([empty_ids(0, 2), *(step.links for step in self.steps)])

    @property
    def removed(self) -> npt.NDArray[Any]:
        """The removed rows as a structured array (n_removed,) with the fields id, step, reason and partner, step after step.

        The partner is the id of the other row of a link, −1 where no link is the reason.
        """
        names = [max((len(text) for text in texts), default=0) or 1 for texts in self._step_texts]
        dtype = [("id", np.int64), ("step", f"U{names[0]}"), ("reason", f"U{names[1]}"), ("partner", np.int64)]
        removed = np.empty(sum(len(step.removed_ids) for step in self.steps), dtype)
        start = 0
        for step in self.steps:
            rows = removed[start : start + len(step.removed_ids)]
            rows["id"], rows["step"], rows["reason"] = step.removed_ids, step.name, step.reason
            rows["partner"] = -1 if step.partner_ids is None else step.partner_ids
            start += len(rows)
        return removed

    @property
    def _step_texts(self) -> tuple[list[str], list[str]]:
        removing = [step for step in self.steps if len(step.removed_ids)]
        return [step.name for step in removing], [step.reason for step in removing]

    @property
    def _parts(self) -> tuple[Integers, Integers, Floats]:
        """Base, neighbor and gap of all synthetic rows, on the host."""
        lineage = self._lineage
        return (
            dispatch.to_numpy_int64(lineage.base),
            dispatch.to_numpy_int64(lineage.neighbor),
            dispatch.to_numpy(lineage.gap),
        )
