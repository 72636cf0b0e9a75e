"""Encode labels as class positions, without a sort where the labels are small integers."""

from __future__ import annotations

from typing import Any

import numpy as np

from gpu_smotetomek.typing import Integers, Labels

MAX_TABLE_ENTRIES = 2**16  # largest range of integer labels that is encoded by a lookup table
COUNT_EACH_UP_TO_CLASSES = (
    16  # up to so many classes, a comparison a class is faster than np.bincount, which copies to int64
)


def unique_inverse(labels: Labels) -> tuple[Labels, Integers]:
    """Return the distinct labels, ascending, and the position of each label (n,) among them, as `np.unique` does.

    Positions have the smallest sufficient signed dtype: PyTorch compares few unsigned ones.

    Examples
    --------
    >>> import numpy as np
    >>> unique_inverse(np.array([7, 3, 7]))
    (array([3, 7]), array([1, 0, 1], dtype=int8))
    """
    small_range = find_small_range(labels)
    if small_range is None:
        classes, codes = np.unique(labels, return_inverse=True)
        return classes, codes.astype(np.min_scalar_type(-len(classes)))
    least, span = small_range
    dtype = np.min_scalar_type(-span - 1)
    offsets = np.subtract(labels, least, dtype=dtype, casting="unsafe")  # labels may wrap, their differences are exact
    present = np.flatnonzero(bincount(offsets, span + 1))
    classes = present.astype(labels.dtype) + least
    if len(present) == span + 1:
        return classes, offsets
    table = np.zeros(span + 1, np.min_scalar_type(-len(present)))
    table[present] = np.arange(len(present))
    return classes, table[offsets]


def bincount(codes: Integers, n: int) -> Integers:
    """Count the occurrences of each of the codes 0 … n − 1, which are all that there are."""
    if n > COUNT_EACH_UP_TO_CLASSES:
        return np.bincount(codes, minlength=n).astype(np.int64, copy=False)
    if n < 2:
        return np.full(n, len(codes), np.int64)
    total = len(codes)
    counts = [total - np.count_nonzero(codes), *(np.count_nonzero(codes == code) for code in range(1, n - 1))]
    return np.array([*counts, total - sum(counts)], np.int64)  # the last one needs no comparison, nor does the first


def has_small_integer_range(labels: Labels) -> bool:
    """Whether the labels are integers in a range so small that each occurs at least twice on average."""
    return find_small_range(labels) is not None


def find_small_range(labels: Labels) -> tuple[Any, int] | None:
    """Return the least label and the span of labels that are integers in such a small range; None for others."""
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or not len(labels):
        return None
    least, largest = labels.min(), labels.max()
    span = int(largest) - int(least)
    return (least, span) if span < min(MAX_TABLE_ENTRIES, len(labels) // 2) else None
