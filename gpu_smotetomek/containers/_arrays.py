"""NumPy arrays, lists, and any object that NumPy converts to an array."""

from typing import Any

import numpy as np
from sklearn.utils.multiclass import check_classification_targets

from ..typing import Integers, Labels
from ._checks import check_matrix, raise_not_a_table
from ._labels import normalize_labels

ROWS_PER_COPY = 8192


class ArrayTable:
    """An array; restored with the same dtype, in C order. Objects become float64."""

    dtypes = None

    def __init__(self, X: Any, estimator: str) -> None:
        rows = X if isinstance(X, np.ndarray) else np.asarray(X)
        if rows.ndim == 0 and rows.dtype.kind in "OSU":
            raise_not_a_table(X)
        self.matrix = check_matrix(rows, estimator)
        self._rows = self.matrix if rows.dtype == object else np.asarray(rows)
        self.is_native = self._rows.dtype == self.matrix.dtype

    def restore(self, kept_rows: Integers, synthetic: Any, _: Any = None) -> Labels:
        """Return rows `kept_rows`, then `synthetic`, each written once."""
        out = np.empty((len(kept_rows) + len(synthetic), self._rows.shape[1]), self._rows.dtype)
        originals = out[: len(kept_rows)]
        if self._rows.flags.c_contiguous:
            np.take(self._rows, kept_rows, axis=0, out=originals, mode="clip")  # mode='raise' would buffer the output
        else:  # np.take would first copy the whole array into C order
            for start in range(0, len(kept_rows), ROWS_PER_COPY):
                block = slice(start, start + ROWS_PER_COPY)
                originals[block] = self._rows[kept_rows[block]]
        out[len(kept_rows) :] = synthetic
        return out


class ListTable:
    """A list of rows; restored as a list of lists."""

    dtypes = None
    is_native = False

    def __init__(self, X: list[Any], estimator: str) -> None:
        self.matrix = check_matrix(np.asarray(X), estimator)
        self._rows = X

    def restore(self, kept_rows: Integers, synthetic: Any, _: Any = None) -> list[list[Any]]:
        """Return rows `kept_rows`, then `synthetic`."""
        return [*(_copy_row(self._rows[i]) for i in kept_rows), *synthetic.tolist()]


class ArrayLabels:
    """An array; restored with the same dtype. A single column of labels becomes one-dimensional."""

    def __init__(self, y: Any) -> None:
        if isinstance(y, np.ma.MaskedArray):
            raise TypeError("y is a masked array, and a mask would be lost: fill it, or drop the masked rows, first.")
        if not isinstance(y, (np.ndarray, tuple)):
            check_classification_targets(y)  # raises its own message for an object that is not array-like
        values = _to_array(y)
        self._rows = values.ravel() if values.shape[1:] == (1,) else values
        self.values = normalize_labels(self._rows)

    def take(self, rows: Integers) -> Labels:
        """Return the rows with these numbers."""
        return self._rows[rows]


class ListLabels:
    """A list; restored as a list. A single column of labels becomes flat."""

    def __init__(self, y: list[Any]) -> None:
        values = _to_array(y)
        flat = values.shape[1:] == (1,)
        self._rows = [row[0] for row in y] if flat else y
        self.values = normalize_labels(values.ravel() if flat else values)

    def take(self, rows: Integers) -> list[Any]:
        """Return the rows with these numbers."""
        nested = self.values.ndim > 1
        return [_copy_row(self._rows[i]) if nested else self._rows[i] for i in rows]


def _copy_row(row: Any) -> list[Any]:
    copy: list[Any] = row.tolist() if isinstance(row, np.ndarray) else list(row)
    return copy


def _to_array(y: Any) -> Labels:
    values = y if isinstance(y, np.ndarray) else np.asarray(y)
    if values.dtype.kind in "SU" and values is not y:
        normalize_labels(np.array(y, dtype=object))  # NumPy silently reads ["a", 1] and ["a", nan] as text
    return np.asarray(values)
