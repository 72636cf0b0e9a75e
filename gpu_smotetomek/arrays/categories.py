"""Codes of categories: columns in small dtypes, mismatches of pairs of rows, and the most frequent codes of lists."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gpu_smotetomek.arrays.dispatch import get_device, namespace
from gpu_smotetomek.typing import Array

ROWS_PER_CONVERSION = 4096  # rows whose codes are converted at once, so that each is read from memory once


def code_dtype(n_categories: int) -> str:
    """Return the smallest dtype for codes 0 … n_categories − 1; PyTorch compares no unsigned numbers but bytes."""
    return "uint8" if n_categories <= 2**8 else "int16" if n_categories <= 2**15 else "int32"


def compact_codes(X: Array, n_categories: Sequence[int], factor: float = 1.0) -> list[Array]:
    """Return the last columns of X (n, d), which are codes times 1/factor, as arrays (n,) of small integers."""
    xp, (n, d), dtypes = namespace(X), X.shape, [code_dtype(size) for size in n_categories]
    first = d - len(dtypes)
    if not isinstance(X, np.ndarray):
        columns = [X[:, first + j] if factor == 1 else X[:, first + j] * factor for j in range(len(dtypes))]
        return [xp.astype(column, getattr(xp, dtype)) for column, dtype in zip(columns, dtypes, strict=True)]
    out = [np.empty(n, dtype) for dtype in dtypes]
    for start in range(0, n, ROWS_PER_CONVERSION):
        block = X[start : start + ROWS_PER_CONVERSION, first:]
        block = block if factor == 1 else block * block.dtype.type(factor)
        for j, column in enumerate(out):
            column[start : start + ROWS_PER_CONVERSION] = block[:, j]
    return out


def count_mismatches(
    first: Sequence[Array], second: Sequence[Array], buffers: tuple[np.ndarray[Any, Any], ...] | None = None
) -> Array:
    """Return how many columns of codes differ, in a small dtype; the arrays of each column broadcast.

    NumPy writes into two `buffers` of `allocate_counts`, since fresh memory pages cost as much as the comparison.
    """
    dtype = code_dtype(len(first) + 1)
    if not isinstance(first[0], np.ndarray):
        xp = namespace(first[0])
        counts: Array = 0
        for a, b in zip(first, second, strict=True):
            counts = counts + xp.astype(a != b, getattr(xp, dtype))
        return counts
    shape = np.broadcast_shapes(first[0].shape, second[0].shape)
    size = math.prod(shape)
    total, differs = (buffer[:size].reshape(shape) for buffer in buffers or allocate_counts(len(first), size))
    total[...] = 0
    for a, b in zip(first, second, strict=True):
        np.not_equal(a, b, out=differs)
        np.add(total, differs.view(np.uint8), out=total, casting="unsafe")
    return total


def allocate_counts(n_columns: int, size: int) -> tuple[np.ndarray[Any, Any], ...]:
    """Allocate the buffers of `count_mismatches` for so many pairs."""
    return np.empty(size, code_dtype(n_columns + 1)), np.empty(size, np.bool_)


def find_most_frequent(values: Array) -> tuple[Array, Array]:
    """Return the most frequent numbers of each row (n, k), ascending, in the first columns (n, k), and how many there are (n,).

    Examples
    --------
    >>> import numpy as np
    >>> codes, n_tied = find_most_frequent(np.array([[4, 2, 4], [3, 1, 2]]))
    >>> codes[0, :1], codes[1, :3], n_tied
    (array([4]), array([1, 2, 3]), array([1, 3]))
    """
    xp = namespace(values)
    ordered = xp.sort(values, axis=1)
    counts: Array = 0
    for column in range(int(values.shape[1])):
        counts = counts + xp.astype(ordered == ordered[:, column : column + 1], xp.int32)
    is_first = xp.concat([xp.ones_like(ordered[:, :1], dtype=xp.bool), ordered[:, 1:] != ordered[:, :-1]], axis=1)
    is_tied = is_first & (counts == xp.max(counts, axis=1, keepdims=True))
    columns = xp.arange(values.shape[1], dtype=xp.int64, device=get_device(values))
    later = xp.where(is_tied, columns, columns + int(values.shape[1]))
    order = xp.argsort(later, axis=1)
    return xp.take_along_axis(ordered, order, axis=1), xp.count_nonzero(is_tied, axis=1)
