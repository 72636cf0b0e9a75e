"""A Batch: rows on one device, with their classes and lineage."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from gpu_smotetomek.arrays import dispatch, encoding, indexing, matrices, sparse_rows
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import ScaledRows
from gpu_smotetomek.neighbors.scaled_mixed import ScaledMixed
from gpu_smotetomek.resampling.feature_factors import multiply_features
from gpu_smotetomek.resampling.history import StepRecord
from gpu_smotetomek.resampling.lineage import Lineage
from gpu_smotetomek.resampling.mixed_metric import class_mismatch, smallest_class
from gpu_smotetomek.typing import Array, Floats, Integers, Labels


@dataclass(frozen=True)
class Batch:
    """The rows that one step hands to the next, all on one device and in one array library.

    The id of a row is its number before any row was dropped: below `n_input` it is a row of the input, else a synthetic row.

    Attributes
    ----------
    X : array (n, d)
        The rows of the input that are left, in their order, then the synthetic rows.
    codes : array (n,) of small integers, on the host
        Class of each row, as a position in `classes`.
    classes : array (n_classes,)
        Labels, sorted.
    dtypes : tuple of dtypes, or None
        Dtypes in which the caller stores the columns, where they differ.
    dropped_ids : int64 array, on the host
        Ids of the dropped rows, ascending.
    n_input : int
        Rows of the input.
    lineage : Lineage
        Parents of all synthetic rows, dropped ones included; synthetic row `n_input + i` is at position i.
    initial_class_counts : int array (n_classes,), or None
        Rows of each class before the first over-sampler; later cleaning resolves class names on these.
    first_neighbor_distance : float64 array (n_input,), or None
        Distance of each row of the input to its nearest row of the same class, in scaled units, infinite where it is unknown.
        None once that is unknown: after a drop, which may remove the nearest row, with noise, and with categories.
    scaled : ScaledRows
        X with the scale of the distances: that of the input, found again when rows with noise were added. Its matrix is X, or
        with `factors` the products in float64.
    owns_rows : bool
        Whether X is memory of this batch alone, which may be overwritten.
    order : int64 array (n,) on the host, or None
        The rows in the order of the result, which draws follow too; None where that is the order of X.
    has_copies : bool
        Whether some synthetic rows are copies of rows of the input: base and neighbor are that row, and the gap is 0.
    history : tuple of StepRecord
        What each step did.
    factors : float64 array (d,), on the host, or None
        Distances are those of X with each feature multiplied by its factor; None is 1. The rows themselves are not multiplied.
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
    order: Integers | None = None
    has_copies: bool = False
    history: tuple[StepRecord, ...] = ()
    factors: Floats | None = None

    @classmethod
    def from_input(
        cls,
        X: Array,
        classes: Labels,
        codes: Integers,
        dtypes: tuple[Any, ...] | None,
        ctx: ExecutionContext,
        n_categories: tuple[int, ...] = (),
        class_counts: Integers | None = None,
        factors: Floats | None = None,
    ) -> Batch:
        """The batch of an input: rows, sorted labels, and the class of each row as a position among the labels.

        The last columns of X are codes of categories, as many of them as `n_categories` has numbers of categories. What one that
        differs adds to distances is the constant of the smallest class. `class_counts` are the rows of each class, where they are
        known. `factors` are those of the features.
        """
        n, xp = len(codes), dispatch.namespace(X)
        X = sparse_rows.to_canonical_csr(X) if dispatch.is_sparse(X) else X
        compared = X if factors is None else multiply_features(X, factors)
        unknown = xp.full((n,), np.inf, dtype=xp.float64, device=dispatch.get_device(X))
        if n_categories:
            mixed = ScaledMixed.from_mixed_matrix(compared, n_categories, ctx)
            rows = dispatch.asarray_like(np.flatnonzero(codes == smallest_class(codes, len(classes))), X)
            scaled: ScaledRows = mixed.with_mismatch(class_mismatch(mixed, rows))
        else:
            scaled = ScaledRows.from_matrix(compared, ctx)
        none = np.empty(0, np.int64)
        batch = cls(X, codes, classes, dtypes, none, n, Lineage.empty(X), None, unknown, scaled, factors=factors)
        if class_counts is not None:
            vars(batch)["class_counts"] = class_counts
        return batch

    @property
    def exponent_of_rows(self) -> int | None:
        """The exponent of the scale of X; None where distances are those of products with factors."""
        return self.scaled.exponent if self.factors is None else None

    @property
    def labels(self) -> Labels:
        """The label of each row, in the order of the result."""
        return self.classes[self.ordered_codes]

    @property
    def ordered_codes(self) -> Integers:
        """Class of each row, in the order of the result."""
        return self.codes if self.order is None else self.codes[self.order]

    def take_compared_rows(self) -> Array:
        """The matrix that distances compare, with its rows in the order of the result."""
        X = self.scaled.X
        return X if self.order is None else matrices.take_rows(X, dispatch.asarray_like(self.order, X))

    def rows_at(self, places: Integers) -> Integers:
        """The rows at these places in the order of the result."""
        return places if self.order is None else self.order[places]

    def places_of(self, rows: Integers) -> Integers:
        """The places of these rows in the order of the result."""
        return rows if self.order is None else np.argsort(self.order)[rows]

    def order_by_class(self) -> Batch:
        """The batch whose result comes class after class, in the order of the codes, and within a class as before."""
        places = np.argsort(self.ordered_codes, kind="stable")
        is_ordered = self.order is None and bool((places[1:] > places[:-1]).all())
        return self if is_ordered else replace(self, order=self.rows_at(places))

    @cached_property
    def class_counts(self) -> Integers:
        """Rows of each class."""
        return encoding.bincount(self.codes, len(self.classes))

    @property
    def mixed(self) -> ScaledMixed:
        """X with the scale of the distances, where it has categorical features."""
        assert isinstance(self.scaled, ScaledMixed)
        return self.scaled

    @property
    def is_complete(self) -> bool:
        """Whether no row was dropped, so that ids are row numbers."""
        return not len(self.dropped_ids)

    @property
    def n_originals(self) -> int:
        """Rows of the input that are left; they come first."""
        return self.n_input - int(np.searchsorted(self.dropped_ids, self.n_input))

    @property
    def kept_original_ids(self) -> indexing.AllExcept:
        """Ids of the rows of the input that are left."""
        return indexing.AllExcept(self.n_input, self._dropped_originals)

    @property
    def current_lineage(self) -> Lineage:
        """Parents of the synthetic rows that are left."""
        return self.lineage.drop(self.dropped_ids[len(self._dropped_originals) :] - self.n_input)

    @property
    def _dropped_originals(self) -> Integers:
        return self.dropped_ids[: self.n_input - self.n_originals]

    def label_runs(self, rows: slice | Integers) -> tuple[Labels, Integers]:
        """Label and length of each run of equal labels among these rows."""
        codes = self.codes[rows]
        starts = np.flatnonzero(np.concatenate([[True], codes[1:] != codes[:-1]])) if len(codes) else codes[:0]
        return self.classes[codes[starts]], np.diff(starts, append=len(codes))

    def get_label(self, code: int) -> Any:
        """The label of a class as a Python object."""
        return self.classes[code : code + 1].tolist()[0]

    def class_rows(self, code: int) -> Array:
        """Rows of a class, ascending, on the device of X."""
        return dispatch.asarray_like(np.flatnonzero(self.codes == code), self.X)

    def row_ids(self, rows: Array) -> Array:
        """Ids of these rows, in the library and on the device of `rows`."""
        if self.is_complete:
            return rows
        kept_before = dispatch.asarray_like(self.dropped_ids - np.arange(len(self.dropped_ids)), rows)
        return rows + dispatch.namespace(rows).searchsorted(kept_before, rows, side="right")

    def original_rows(self, ids: Array) -> Array | None:
        """Rows with these ids; None if one of them was dropped or is synthetic."""
        xp, dropped = dispatch.namespace(ids), self._dropped_originals
        if not bool(xp.all(ids < self.n_input)):
            return None
        if not len(dropped):
            return ids
        dropped_ids = dispatch.asarray_like(dropped, ids)
        n_before = xp.searchsorted(dropped_ids, ids)
        is_dropped = xp.take(dropped_ids, indexing.clip(n_before, 0, len(dropped) - 1)) == ids
        return None if bool(xp.any(is_dropped)) else ids - n_before

    def drop(self, rows: Integers, ctx: ExecutionContext) -> Batch:
        """The batch without these rows, ascending; ids and lineage stay. Memory of the batch alone is compacted in place."""
        if not len(rows):
            return self
        kept = indexing.AllExcept(len(self.codes), rows)
        X = self._keep_rows(self.X, kept, ctx)
        return replace(
            self,
            X=X,
            codes=np.delete(self.codes, rows),
            dropped_ids=np.sort(np.concatenate([self.dropped_ids, self.row_ids(rows)]), kind="stable"),
            first_neighbor_distance=None,
            scaled=self.scaled.with_matrix(X if self.factors is None else self._keep_rows(self.scaled.X, kept, ctx)),
            owns_rows=True,
            order=None if self.order is None else drop_from_order(self.order, rows),
        )

    def _keep_rows(self, X: Array, kept: indexing.AllExcept, ctx: ExecutionContext) -> Array:
        """These rows of X, or of the matrix that distances compare."""
        if not dispatch.is_numpy_or_sparse(X):
            return matrices.take_dense_rows(X, kept.asarray_like(X))
        if self.owns_rows and isinstance(X, np.ndarray):
            return matrices.compact_rows(X, np.asarray(kept), ctx.rows_in_cache(16.0 * self.scaled.d))
        return matrices.take_rows(X, np.asarray(kept))

    def _append_compared(self, X: Array) -> Array:
        """The matrix that distances compare, for X with new rows at its end."""
        n = len(self.codes)
        if self.factors is None or int(X.shape[0]) == n:
            return X if self.factors is None else self.scaled.X
        return matrices.concat_rows([self.scaled.X, multiply_features(X[n:, :], self.factors)])

    def add_record(self, reason: str = "", **facts: Any) -> Batch:
        """The batch with the record of the step that ends here; the reason and `facts` are fields of `StepRecord`."""
        record = StepRecord(reason, self.lineage.n_synthetic, self.class_counts, **facts)
        return self.with_history((*self.history, record))

    def with_history(self, history: tuple[StepRecord, ...]) -> Batch:
        """The batch with other records, and with the counts that are cached; `replace` would take four times as long."""
        batch = object.__new__(type(self))
        batch.__dict__.update(self.__dict__, history=history)
        return batch

    def append(self, X: Array, codes: Integers, lineage: Lineage, first_neighbor_distance: Array | None) -> Batch:
        """The batch with synthetic rows at the end.

        Parameters
        ----------
        X : array (n + m, d)
            All rows, the new ones last.
        codes : int array (m,)
            Classes of the new rows.
        lineage : Lineage
            Ids of the parents of the new rows.
        first_neighbor_distance : float64 array (n_input,), or None
            As the attribute.
        """
        return replace(
            self,
            X=X,
            codes=np.concatenate([self.codes, codes]),
            lineage=Lineage.concat([self.lineage, lineage]) if self.lineage.n_synthetic else lineage,
            first_neighbor_distance=first_neighbor_distance,
            initial_class_counts=self.class_counts if self.initial_class_counts is None else self.initial_class_counts,
            scaled=self.scaled.with_matrix(self._append_compared(X)),
            owns_rows=self.owns_rows or X is not self.X,
            order=None if self.order is None else np.append(self.order, np.arange(len(self.codes), X.shape[0])),
        )


def drop_from_order(order: Integers, rows: Integers) -> Integers:
    """The order of the rows that are left, by their new numbers, when `rows` (ascending) are dropped.

    Examples
    --------
    >>> import numpy as np
    >>> drop_from_order(np.array([2, 0, 3, 1]), np.array([0]))
    array([1, 2, 0])
    """
    is_kept = np.ones(len(order), bool)
    is_kept[rows] = False
    return (np.cumsum(is_kept) - 1)[order[is_kept[order]]]
