"""NumPy arrays, lists, and any object that NumPy converts to an array."""

from typing import Any

import numpy as np
from sklearn.utils.multiclass import check_classification_targets

from ..typing import Integers, Labels
from ._checks import check_matrix, raise_not_a_table
from ._labels import normalize_labels
from ._remedies import check_holds_labels, check_no_nested_rows, raise_uneven_rows
from ._shapes import ShapedRows, flatten_rows

ROWS_PER_COPY, BYTES_PER_COPY = 8192, 2**24


class ArrayTable(ShapedRows):
    """An array; restored with the same dtype and row shape, in C order. Objects become float64."""

    dtypes = None

    def __init__(self, X: Any, estimator: str) -> None:
        rows = X if isinstance(X, np.ndarray) else np.asarray(X)
        if rows.ndim == 0 and rows.dtype.kind in "OSU":
            raise_not_a_table(X)
        check_no_nested_rows(rows)
        self.row_shape = rows.shape[1:]
        rows = flatten_rows(rows)
        self.matrix = check_matrix(rows, estimator, row_shape=self.row_shape)
        self._rows = self.matrix if rows.dtype == object else np.asarray(rows)
        self.is_native = self._rows.dtype == self.matrix.dtype

    def restore(self, kept_rows: Integers, synthetic: Any, _: Any = None) -> Any:
        """Return rows `kept_rows`, then `synthetic`, each written once."""
        out = np.empty((len(kept_rows) + len(synthetic), self._rows.shape[1]), self._rows.dtype)
        originals = out[: len(kept_rows)]
        if self._rows.flags.c_contiguous:
            np.take(self._rows, kept_rows, axis=0, out=originals, mode="clip")  # mode='raise' would buffer the output
        else:  # np.take would first copy the whole array into C order
            size = max(1, min(ROWS_PER_COPY, BYTES_PER_COPY // (out.shape[1] * out.itemsize)))
            for start in range(0, len(kept_rows), size):
                block = slice(start, start + size)
                originals[block] = self._rows[kept_rows[block]]
        out[len(kept_rows) :] = synthetic
        shaped: Labels = self.shape_rows(out)
        return shaped


class ListTable(ShapedRows):
    """A list of rows, nested to any depth; restored as nested lists."""

    dtypes = None
    is_native = False

    def __init__(self, X: list[Any], estimator: str) -> None:
        try:
            rows = np.asarray(X)
        except (ValueError, TypeError) as error:
            raise_uneven_rows(X, error)
        if X and isinstance(X[0], dict):
            raise_uneven_rows(X, TypeError("rows that are dictionaries"))
        self.row_shape = rows.shape[1:]
        self.matrix = check_matrix(flatten_rows(rows), estimator, row_shape=self.row_shape, from_list=True)
        self._rows = X

    def restore(self, kept_rows: Integers, synthetic: Any, _: Any = None) -> list[list[Any]]:
        """Return rows `kept_rows`, then `synthetic`."""
        depth = len(self.row_shape)
        return [*(_copy_row(self._rows[i], depth) for i in kept_rows), *self.shape_rows(synthetic).tolist()]


class ArrayLabels:
    """An array; restored with the same dtype and shape of a row."""

    def __init__(self, y: Any) -> None:
        if isinstance(y, np.ma.MaskedArray):
            raise TypeError("y is a masked array, and a mask would be lost: fill it, or drop the masked rows, first.")
        check_holds_labels(y)
        if not isinstance(y, (np.ndarray, tuple)):
            check_classification_targets(y)  # raises its own message for an object that is not array-like
        self._rows = _to_array(y)
        self.values = normalize_labels(_flatten_column(self._rows))

    def take(self, rows: Integers) -> Labels:
        """Return the rows with these numbers."""
        return self._rows[rows]


class ListLabels:
    """A list of labels, or of rows of one label or a one-hot row each; restored as such."""

    def __init__(self, y: list[Any]) -> None:
        check_holds_labels(y)
        values = _to_array(y)
        self._rows, self._is_nested = y, values.ndim > 1
        self.values = normalize_labels(_flatten_column(values))

    def take(self, rows: Integers) -> list[Any]:
        """Return the rows with these numbers."""
        return [_copy_row(self._rows[i]) if self._is_nested else self._rows[i] for i in rows]


def _copy_row(row: Any, depth: int = 1) -> list[Any]:
    if isinstance(row, np.ndarray):
        copy: list[Any] = row.tolist()
        return copy
    return list(row) if depth == 1 else [_copy_row(part, depth - 1) for part in row]


def _flatten_column(values: Labels) -> Labels:
    return values.ravel() if values.shape[1:] == (1,) else values


def _to_array(y: Any) -> Labels:
    values = y if isinstance(y, np.ndarray) else np.asarray(y)
    if values.dtype.kind in "SU" and values is not y:
        normalize_labels(np.array(y, dtype=object))  # NumPy silently reads ["a", 1] and ["a", nan] as text
    return np.asarray(values)
