"""Matrices on the host whose rows are made, or gathered from several matrices, when they are taken."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from gpu_smotetomek.typing import Integers


class LazyRows(ABC):
    """A matrix (n, d) of which only rows that are taken exist; for the functions of `arrays` it is one of NumPy's.

    Attributes
    ----------
    shape : tuple of int
    dtype : NumPy dtype
    """

    shape: tuple[int, int]
    dtype: np.dtype[Any]

    def __len__(self) -> int:
        return self.shape[0]

    @abstractmethod
    def take(self, rows: Integers) -> np.ndarray[Any, Any]:
        """Return the rows (m, d) with these numbers, in new memory."""

    def __getitem__(self, key: Any) -> np.ndarray[Any, Any]:
        rows, features = key if isinstance(key, tuple) else (key, slice(None))
        rows = np.arange(*rows.indices(len(self))) if isinstance(rows, slice) else np.asarray(rows)
        return self.take(rows)[:, features]


class RowStack(LazyRows):
    """Matrices of one width and one dtype, one below the other, that are not joined.

    Parameters
    ----------
    parts : sequence of NumPy arrays and `LazyRows`

    Examples
    --------
    >>> import numpy as np
    >>> stack = RowStack([np.array([[1.0], [2.0]]), np.array([[3.0]])])
    >>> stack.shape, stack.take(np.array([2, 0])).tolist()
    ((3, 1), [[3.0], [1.0]])
    """

    def __init__(self, parts: Sequence[np.ndarray[Any, Any] | LazyRows]) -> None:
        self.parts = tuple(parts)
        self.starts = np.array([0, *accumulate(len(part) for part in self.parts)])
        self.shape, self.dtype = (int(self.starts[-1]), int(self.parts[0].shape[1])), self.parts[0].dtype

    def take(self, rows: Integers) -> np.ndarray[Any, Any]:
        """Return the rows (m, d) with these numbers, in new memory."""
        owner = np.searchsorted(self.starts[1:], rows, side="right")
        used = np.unique(owner)
        if len(used) == 1:
            return take_part(self.parts[used[0]], rows - self.starts[used[0]])
        out = np.empty((len(rows), self.shape[1]), self.dtype)
        for number in used:
            is_here = owner == number
            out[is_here] = take_part(self.parts[number], rows[is_here] - self.starts[number])
        return out


def take_part(part: np.ndarray[Any, Any] | LazyRows, rows: Integers) -> np.ndarray[Any, Any]:
    """Return rows of a matrix that is whole or lazy."""
    return part.take(rows) if isinstance(part, LazyRows) else part.take(rows, axis=0)
