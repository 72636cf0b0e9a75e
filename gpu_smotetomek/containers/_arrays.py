"""NumPy arrays, lists, and whatever NumPy makes an array of."""

from typing import Any

import numpy as np
from sklearn.utils.multiclass import check_classification_targets

from ..typing import Integers, Labels
from ._checks import checked, refuse_no_table
from ._labels import plain

BLOCK = 8192  # rows


class ArrayTable:
    """An array in, an array of the same dtype out, in C order. Objects become float64."""

    dtypes = None

    def __init__(self, X: Any, estimator: str) -> None:
        rows = X if isinstance(X, np.ndarray) else np.asarray(X)
        if rows.ndim == 0 and rows.dtype.kind in "OSU":
            refuse_no_table(X)
        X = rows
        self.matrix = checked(X, estimator)
        self._rows = self.matrix if X.dtype == object else np.asarray(X)
        self.plain = self._rows.dtype == self.matrix.dtype

    def leave(self, kept: Integers, synthetic: Any) -> Labels:
        """Rows `kept`, then `synthetic`, written once."""
        out = np.empty((len(kept) + len(synthetic), self._rows.shape[1]), self._rows.dtype)
        originals = out[: len(kept)]
        if self._rows.flags.c_contiguous:
            np.take(self._rows, kept, axis=0, out=originals, mode="clip")  # the mode 'raise' would buffer the output
        else:  # np.take would copy all of the array into C order first
            for start in range(0, len(kept), BLOCK):
                originals[start : start + BLOCK] = self._rows[kept[start : start + BLOCK]]
        out[len(kept) :] = synthetic
        return out


class ListTable:
    """A list of rows in, a list of lists out."""

    dtypes = None
    plain = False

    def __init__(self, X: list[Any], estimator: str) -> None:
        self.matrix = checked(np.asarray(X), estimator)
        self._rows = X

    def leave(self, kept: Integers, synthetic: Any) -> list[list[Any]]:
        """Rows `kept`, then `synthetic`."""
        return [*(_copied(self._rows[i]) for i in kept), *synthetic.tolist()]


class ArrayLabels:
    """An array in, an array of the same dtype out; one column of labels comes back flat."""

    def __init__(self, y: Any) -> None:
        if isinstance(y, np.ma.MaskedArray):
            raise TypeError("y is a masked array, and a mask would be lost: fill it, or drop the masked rows, first.")
        if not isinstance(y, (np.ndarray, tuple)):
            check_classification_targets(y)  # its message for what is no array at all
        values = _without_mixing(y)
        self._rows = values.ravel() if values.shape[1:] == (1,) else values
        self.values = plain(self._rows)

    def take(self, rows: Integers) -> Labels:
        """The rows with these numbers."""
        return self._rows[rows]


class ListLabels:
    """A list in, a list out; one column of labels comes back flat."""

    def __init__(self, y: list[Any]) -> None:
        values = _without_mixing(y)
        flat = values.shape[1:] == (1,)
        self._rows = [row[0] for row in y] if flat else y
        self.values = plain(values.ravel() if flat else values)

    def take(self, rows: Integers) -> list[Any]:
        """The rows with these numbers."""
        nested = self.values.ndim > 1
        return [_copied(self._rows[i]) if nested else self._rows[i] for i in rows]


def _copied(row: Any) -> list[Any]:
    copy: list[Any] = row.tolist() if isinstance(row, np.ndarray) else list(row)
    return copy


def _without_mixing(y: Any) -> Labels:
    values = y if isinstance(y, np.ndarray) else np.asarray(y)
    if values.dtype.kind in "SU" and values is not y:
        plain(np.array(y, dtype=object))  # NumPy reads ["a", 1] and ["a", nan] as text without a word
    return np.asarray(values)
