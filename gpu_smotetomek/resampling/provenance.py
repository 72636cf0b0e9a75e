"""Origin of each row of a result, why rows were removed, and values of the input for all rows of the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gpu_smotetomek.arrays import dispatch, matrices
from gpu_smotetomek.containers import append_missing_row, build_frame, enter_numbers, enter_values, select_rows
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.resampling.extension import extend_matrix
from gpu_smotetomek.resampling.history import StepRecord, empty_ids
from gpu_smotetomek.resampling.lineage import Lineage
from gpu_smotetomek.typing import Floats, Integers

FILLS = ("base", "interpolate", "missing")
ROWS_OF_FRAMES = ("kept", "removed", "all")


@dataclass(frozen=True, eq=False, repr=False)
class Provenance:
    """Origin of the rows of a result, and what was removed on the way.

    Row i of the input has the id i. Added rows have the next ids, in the order in which they were made, and keep them when other
    rows are removed. All arrays are NumPy's, on the host, and are made each time they are read. Kept are 32 bytes for each added
    row (up to 41 for some over-samplers), on the device of the rows, 16 to 24 for each removed row, and nothing of X.

    Attributes
    ----------
    n_input : int
        Rows of the input.
    steps : tuple of StepRecord
        What each step did.
    ids : int64 array (n_rows,)
        Id of each row of the result.
    origin : int64 array (n_rows,)
        Row of the input that each row of the result is or copies; −1 for synthetic rows and copies with noise.
    is_synthetic : bool array (n_rows,)
        Whether each row of the result was added, as a new row or as a copy.
    parents : int64 array (n_rows, 2)
        Ids of the base and the neighbor of each row of the result; −1 for rows of the input. Both are the copied row for a copy
        of a row of the input; a copy of a synthetic row has the parents of that. A parent may be a row that was removed later, or
        one that was added before.
    gap : float64 array (n_rows,)
        Position between the parents: 0 is at the base, 1 at the neighbor, below 0 beyond the base. NaN for rows of the input and
        for copies with noise.
    links : int64 array (n_links, 2)
        Ids of the rows of each link that was found, step after step.
    removed : structured array (n_removed,)
        Removed rows, step after step, with the fields id, step (its name), reason, and partner: the id of the other row of the
        link, −1 where no link is the reason.

    Examples
    --------
    >>> from gpu_smotetomek import SMOTE
    >>> X, y = [[0.0], [1.0], [2.0], [3.0], [7.0], [9.0]], ["a", "a", "a", "a", "b", "b"]
    >>> sampler = SMOTE(k_neighbors=1, random_state=0)
    >>> X_resampled, _ = sampler.fit_resample(X, y)
    >>> provenance = sampler.provenance_
    >>> provenance.origin, provenance.parents[6:].tolist()
    (array([ 0,  1,  2,  3,  4,  5, -1, -1]), [[4, 5], [5, 4]])
    >>> provenance.extend(["Ann", "Bo", "Cy", "Di", "Ed", "Flo"])[6:]
    ['Ed', 'Flo']
    >>> provenance.extend(X, "interpolate") == X_resampled
    True
    """

    n_input: int
    steps: tuple[StepRecord, ...]
    _lineage: Lineage
    _dropped_ids: Integers
    _order: Integers | None
    _has_copies: bool
    _dtype: Any

    @classmethod
    def from_batch(cls, batch: Batch) -> Provenance:
        """The provenance of the rows of a batch, which is not kept."""
        dtype = batch.X.dtype
        return cls(batch.n_input, batch.history, batch.lineage, batch.dropped_ids, batch.order, batch.has_copies, dtype)

    def __repr__(self) -> str:
        """Return the numbers of rows."""
        n_made, n_removed = self._lineage.n_synthetic, len(self._dropped_ids)
        return f"Provenance({self.n_input} rows, {n_made} added, {n_removed} removed)"

    def __getstate__(self) -> dict[str, Any]:
        """Return the state to pickle or to copy, on the host."""
        return {
            **self.__dict__,
            "_lineage": self._finished_lineage.move_like(empty_ids(0)),
            "_dtype": self._working_dtype,
        }

    @property
    def ids(self) -> Integers:
        """Id of each row of the result."""
        left = np.delete(np.arange(self.n_input + self._lineage.n_synthetic), self._dropped_ids)
        return left if self._order is None else left[self._order]

    @property
    def is_synthetic(self) -> npt.NDArray[np.bool_]:
        """Whether each row of the result was added."""
        return self.ids >= self.n_input

    @property
    def origin(self) -> Integers:
        """Row of the input that each row of the result is or copies."""
        return self._find_origin(self.ids)

    @property
    def parents(self) -> Integers:
        """Ids of the base and the neighbor of each row of the result."""
        return self._find_parents(self.ids)

    @property
    def gap(self) -> Floats:
        """Position of each row of the result between its parents."""
        return self._find_gap(self.ids)

    @property
    def links(self) -> Integers:
        """Ids of the rows of each link that was found."""
        return np.concatenate([empty_ids(0, 2), *(step.links for step in self.steps)])

    @property
    def removed(self) -> npt.NDArray[Any]:
        """Id, step, reason and partner of the removed rows."""
        removing = [step for step in self.steps if len(step.removed_ids)]
        widths = [max((len(getattr(step, field)) for step in removing), default=0) for field in ("name", "reason")]
        step_dtype, reason_dtype = (f"U{max(1, width)}" for width in widths)
        fields = [("id", np.int64), ("step", step_dtype), ("reason", reason_dtype), ("partner", np.int64)]
        removed, start = np.empty(sum(len(step.removed_ids) for step in removing), fields), 0
        for step in removing:
            rows = removed[start : start + len(step.removed_ids)]
            rows["id"], rows["step"], rows["reason"] = step.removed_ids, step.name, step.reason
            rows["partner"] = -1 if step.partner_ids is None else step.partner_ids
            start += len(rows)
        return removed

    def extend(self, values: Any, synthetic: str = "base") -> Any:
        """Carry values of the rows of the input to the rows of the result.

        A row of the input and a copy without noise keep their value in any case; `synthetic` says what the other rows get.

        Parameters
        ----------
        values : list, array, series or frame of n_input rows
            Sample weights, groups, texts, dates and the like, one for each row of the X that was resampled, in any container that
            `fit_resample` takes, of one dimension or more, and of any dtype.
        synthetic : {'base', 'interpolate', 'missing'}, default='base'
            'base': the value of the base, or of the row of the input from which the base descends along its bases. 'interpolate':
            the value between those of both parents, by the arithmetic that made the row, to the bit; numbers only. Integers are
            rounded to the nearest; a copy with noise has the value of the copied row. 'missing': NaN, None or NaT.

        Returns
        -------
        same container as values
            The values of the rows of the result, in their order, with the same dtype, names and device.

        Raises
        ------
        ValueError
            If there are not n_input values; if they are to be interpolated and are not finite numbers, or the result is beyond
            their dtype; or if their dtype has no missing value.
        """
        if synthetic not in FILLS:
            raise ValueError(f"synthetic is {synthetic!r}: give {', '.join(map(repr, FILLS[:-1]))} or {FILLS[-1]!r}")
        values = enter_values(values, self.n_input)
        if synthetic == "interpolate":
            with dispatch.device_context(values):
                return self._interpolate(values)
        if synthetic == "base":
            return select_rows(values, self._finished_lineage.find_base_rows(self.ids, self.n_input))
        rows = self.origin
        if not (rows < 0).any():
            return select_rows(values, rows)
        return select_rows(append_missing_row(values), np.where(rows < 0, self.n_input, rows))

    def to_frame(self, library: str = "pandas", rows: str = "kept") -> Any:
        """Build a frame with one line for each row.

        Parameters
        ----------
        library : {'pandas', 'polars'}, default='pandas'
            The library of the frame, which must be installed.
        rows : {'kept', 'removed', 'all'}, default='kept'
            The rows of the result, in their order; the removed rows, step after step; or those of the result, then the removed
            ones.

        Returns
        -------
        DataFrame
            With the columns id, origin, is_synthetic, base, neighbor and gap, as in the attributes. Where there may be removed
            rows, also step, reason (both missing for rows of the result) and partner (−1 where no link is the reason).

        Raises
        ------
        ValueError
            If `library` or `rows` is another word.
        ImportError
            If the library is not installed.
        """
        if rows not in ROWS_OF_FRAMES:
            raise ValueError(
                f"rows is {rows!r}: give {', '.join(map(repr, ROWS_OF_FRAMES[:-1]))} or {ROWS_OF_FRAMES[-1]!r}"
            )
        kept = self.ids if rows != "removed" else empty_ids(0)
        removed = self.removed if rows != "kept" else None
        ids = kept if removed is None else np.concatenate([kept, removed["id"]])
        parents = self._find_parents(ids)
        columns: dict[str, npt.NDArray[Any]] = {"id": ids, "origin": self._find_origin(ids)}
        columns |= {"is_synthetic": ids >= self.n_input, "base": parents[:, 0], "neighbor": parents[:, 1]}
        columns["gap"] = self._find_gap(ids)
        if removed is not None:
            columns |= {name: np.append(np.full(len(kept), None), removed[name]) for name in ("step", "reason")}
            columns["partner"] = np.append(np.full(len(kept), -1), removed["partner"])
        return build_frame(columns, library)

    @property
    def _finished_lineage(self) -> Lineage:
        """The lineage once it is computed: the caller's stream may be another one than that of the call."""
        dispatch.wait_for(self._lineage.gap)
        return self._lineage

    @property
    def _working_dtype(self) -> np.dtype[Any]:
        """Dtype of the rows when they were resampled."""
        return np.dtype(str(self._dtype).rpartition(".")[2])

    def _find_parents(self, ids: Integers) -> Integers:
        """Base and neighbor (m, 2) of these ids, −1 for those of the input."""
        parents, is_added = np.full((len(ids), 2), -1), ids >= self.n_input
        for column, values in enumerate(self._finished_lineage.columns[:2]):
            parents[is_added, column] = dispatch.to_numpy_int64(values)[ids[is_added] - self.n_input]
        return parents

    def _find_gap(self, ids: Integers) -> Floats:
        """Position (m,) of these ids between their parents."""
        gap, is_added = np.full(len(ids), np.nan), ids >= self.n_input
        lineage = self._finished_lineage
        made = dispatch.to_numpy(lineage.gap)
        if lineage.factor is not None:
            made = made * dispatch.to_numpy(lineage.factor)
        gap[is_added] = made[ids[is_added] - self.n_input]
        return gap

    def _find_origin(self, ids: Integers) -> Integers:
        """Row (m,) of the input that each of these ids is or copies, −1 for synthetic rows."""
        is_input = ids < self.n_input
        if not self._has_copies:
            return np.where(is_input, ids, -1)
        lineage = self._finished_lineage
        with dispatch.device_context(lineage.base):
            copied = dispatch.to_numpy_int64(lineage.find_copied_rows(self.n_input))
        origin = ids.copy()
        origin[~is_input] = copied[ids[~is_input] - self.n_input]
        return origin

    def _interpolate(self, values: Any) -> Any:
        """The values of the rows of the result; those of synthetic rows as their features were made."""
        table, unwrap = enter_numbers(values)
        ids = self.ids
        origin = self._find_origin(ids)
        is_new = origin < 0
        if not is_new.any():
            return select_rows(values, origin)
        ends = [step.n_made for step in self.steps]
        made = extend_matrix(table.matrix, table.dtypes, self._working_dtype, self._finished_lineage, ends)
        made = matrices.take_rows(made, dispatch.asarray_like(ids[is_new] - self.n_input, made))
        rows = table.restore(origin[~is_new], made, lambda: empty_ids(0))
        order = np.argsort(np.argsort(is_new, kind="stable"))
        return unwrap(rows if (order[1:] > order[:-1]).all() else select_rows(rows, order))
