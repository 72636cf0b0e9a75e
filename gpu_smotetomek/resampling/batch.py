"""A Batch: rows on one device, their classes, and where each came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from gpu_smotetomek.arrays import dispatch, encoding, indexing, matrices
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import ScaledRows
from gpu_smotetomek.typing import Array, Integers, Labels


@dataclass(frozen=True)
class Lineage:
    """Parents of the synthetic rows, in the order in which they were made; beside the rows.

    Attributes
    ----------
    base, neighbor : int64 arrays (m,)
        Ids of the rows between which each was written.
    gap : float64 array (m,)
        Its place on the way from base to neighbor, 0 ≤ gap < 1.
    length : float64 array (m,)
        Distance of base and neighbor, in scaled units.
    """

    base: Array
    neighbor: Array
    gap: Array
    parent_distance: Array

    @classmethod
    def empty(cls, X: Array) -> Lineage:
        """Of no rows, beside X."""
        ids, lengths = (dispatch.asarray_like(np.empty(0, dtype), X) for dtype in (np.int64, np.float64))
        return cls(ids, ids, lengths, lengths)

    @classmethod
    def concat(cls, parts: Sequence[Lineage]) -> Lineage:
        """One after another."""
        if len(parts) == 1:
            return parts[0]
        xp = dispatch.namespace(parts[0].gap)
        return cls(*(xp.concat(values) for values in zip(*(part.columns for part in parts), strict=True)))

    @property
    def n_synthetic(self) -> int:
        """Synthetic rows."""
        return int(self.gap.shape[0])

    @property
    def columns(self) -> tuple[Array, Array, Array, Array]:
        return self.base, self.neighbor, self.gap, self.parent_distance

    def drop(self, made: Integers) -> Lineage:
        """Without the synthetic rows of these numbers, in the order in which they were made."""
        if not len(made):
            return self
        rows = indexing.AllExcept(self.n_synthetic, made).asarray_like(self.gap)
        return Lineage(*(indexing.take_flat(values, rows) for values in self.columns))


@dataclass(frozen=True)
class Batch:
    """What the steps hand on: all on one device, in one namespace.

    Attributes
    ----------
    X : array (n, d)
        Rows: those of the input that are left, in their order, then the synthetic ones.
    codes : array (n,) of small integers, on the host
        Class of each row, a position in `classes`.
    classes : array (n_classes,)
        Labels, sorted.
    dtypes : tuple of dtypes, or None
        In which the caller stores each column, where they differ.
    gone : int64 array, on the host
        Ids of the rows that were dropped, ascending. The id of a row is its number before any was: below `n_input` a row of the
        input, else a synthetic row.
    lineage : Lineage
        Of synthetic row `n_input + i` at i, dropped ones included.
    counts : int array (n_classes,), or None
        Rows of each class before the first over-sampler; cleaning after it resolves class names on these.
    first : float64 array (n_input,), or None
        Distance of each row of the input to its nearest row of the same class, in scaled units, infinite where it is not
        known; beside X. None once a row was dropped, for the distance may have been to that one.
    space : Space
        Scale of the distances, that of the input.
    owned : bool
        Whether X is nobody else's.
    """

    X: Array
    codes: Integers
    classes: Labels
    dtypes: tuple[Any, ...] | None
    dropped_ids: Integers
    n_input: int
    lineage: Lineage
    initial_class_counts: Integers | None
    first_neighbor_distance: Array | None
    scaled: ScaledRows
    owns_rows: bool = False

    @classmethod
    def from_input(cls, X: Array, labels: Labels, dtypes: tuple[Any, ...] | None, work: ExecutionContext) -> Batch:
        classes, codes = encoding.unique_inverse(labels)
        n = len(codes)
        space, xp = ScaledRows.from_matrix(X, work), dispatch.namespace(X)
        first = xp.full((n,), np.inf, dtype=xp.float64, device=dispatch.get_device(X))
        return cls(X, codes, classes, dtypes, np.empty(0, np.int64), n, Lineage.empty(X), None, first, space)

    @property
    def labels(self) -> Labels:
        return self.classes[self.codes]

    def label_runs(self, first: int) -> tuple[Labels, Integers]:
        """Labels of the rows from the `first` on, in runs of equal ones: that of each run, and its length."""
        codes = self.codes[first:]
        starts = np.flatnonzero(np.concatenate([[True], codes[1:] != codes[:-1]])) if len(codes) else codes[:0]
        return self.classes[codes[starts]], np.diff(starts, append=len(codes))

    def class_rows(self, code: int) -> Array:
        """Numbers of the rows of a class, ascending, beside X."""
        return dispatch.asarray_like(np.flatnonzero(self.codes == code), self.X)

    @property
    def is_complete(self) -> bool:
        """Whether no row was dropped, so that ids are the numbers of the rows."""
        return not len(self.dropped_ids)

    def row_ids(self, rows: Array) -> Array:
        """Ids of the rows with these numbers; in the library and on the device of these."""
        if self.is_complete:
            return rows
        left_before = dispatch.asarray_like(self.dropped_ids - np.arange(len(self.dropped_ids)), rows)
        return rows + dispatch.namespace(rows).searchsorted(left_before, rows, side="right")

    def original_rows(self, ids: Array) -> Array | None:
        """Rows of the input with these ids; None where one of them was dropped, or is synthetic."""
        xp, out = dispatch.namespace(ids), self.dropped_ids[: self.n_input - self.n_originals]
        if not bool(xp.all(ids < self.n_input)):
            return None
        if not len(out):
            return ids
        gone = dispatch.asarray_like(out, ids)
        before = xp.searchsorted(gone, ids)
        dropped = xp.take(gone, indexing.clip(before, 0, len(out) - 1)) == ids
        return None if bool(xp.any(dropped)) else ids - before

    @property
    def kept_original_ids(self) -> indexing.AllExcept:
        """Ids of the rows of the input that are left."""
        return indexing.AllExcept(self.n_input, self.dropped_ids[: self.n_input - self.n_originals])

    @property
    def current_lineage(self) -> Lineage:
        """Of the synthetic rows that are left."""
        return self.lineage.drop(self.dropped_ids[self.n_input - self.n_originals :] - self.n_input)

    @property
    def n_originals(self) -> int:
        """Rows of the input that are left; they come first."""
        return self.n_input - int(np.searchsorted(self.dropped_ids, self.n_input))

    @cached_property
    def class_counts(self) -> Integers:
        """Rows of each class."""
        return encoding.bincount(self.codes, len(self.classes))

    def drop(self, dropped: Integers) -> Batch:
        """Without these rows, ascending; ids and the lineage stay. Rows that this batch owns move up in place."""
        if not len(dropped):
            return self
        rest = indexing.AllExcept(len(self.codes), dropped)
        if dispatch.is_numpy_or_sparse(self.X):
            rows = np.asarray(rest)
            owned = self.owns_rows and isinstance(self.X, np.ndarray)
            size = self.scaled.work.rows_in_cache(16.0 * self.scaled.d)
            X = matrices.compact_rows(self.X, rows, size) if owned else matrices.take_rows(self.X, rows)
        else:
            X = matrices.take_dense_rows(self.X, rest.asarray_like(self.X))
        gone, codes = np.sort(np.concatenate([self.dropped_ids, self.row_ids(dropped)])), np.delete(self.codes, dropped)
        return replace(
            self,
            X=X,
            codes=codes,
            dropped_ids=gone,
            first_neighbor_distance=None,
            scaled=self.scaled.with_matrix(X),
            owns_rows=True,
        )

    def append(self, X: Array, codes: Integers, lineage: Lineage, first: Array | None) -> Batch:
        """With synthetic rows below, X as a whole, whose lineage names the ids of their parents, and what is known of first
        neighbours.
        """
        return replace(
            self,
            X=X,
            codes=np.concatenate([self.codes, codes]),
            lineage=Lineage.concat([self.lineage, lineage]) if self.lineage.n_synthetic else lineage,
            first_neighbor_distance=first,
            initial_class_counts=self.class_counts if self.initial_class_counts is None else self.initial_class_counts,
            scaled=self.scaled.with_matrix(X),
            owns_rows=self.owns_rows or X is not self.X,
        )
