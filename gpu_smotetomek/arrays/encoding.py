"""Classes of labels, without a sort where labels are small integers."""

from __future__ import annotations

import numpy as np

from gpu_smotetomek.typing import Integers, Labels

MAX_TABLE_ENTRIES = 2**16  # distance of the largest from the smallest integer up to which each has an entry in a table
COUNT_ONE_BY_ONE_UP_TO = (
    16  # classes up to which they are counted one by one: in bytes, where a histogram makes eight of each
)


def unique_inverse(labels: Labels) -> tuple[Labels, Integers]:
    """The distinct labels, ascending, and for each of `labels` (n,) its position among them: `np.unique` with its inverse.

    Positions are of the smallest signed dtype that holds them all: of the others PyTorch compares few.

    Examples
    --------
    >>> import numpy as np
    >>> sorted_classes(np.array([7, 3, 7]))
    (array([3, 7]), array([1, 0, 1], dtype=int8))
    """
    if not has_small_integer_range(labels):
        classes, codes = np.unique(labels, return_inverse=True)
        return classes, codes.astype(np.min_scalar_type(-len(classes)))
    least, span = labels.min(), int(labels.max()) - int(labels.min())
    dtype = np.min_scalar_type(-span - 1)
    places = np.subtract(labels, least, dtype=dtype, casting="unsafe")  # wraps, and differences are what they were
    present = np.flatnonzero(bincount(places, span + 1))
    classes = present.astype(labels.dtype) + least
    if len(present) == span + 1:
        return classes, places
    table = np.zeros(span + 1, np.min_scalar_type(-len(present)))
    table[present] = np.arange(len(present))
    return classes, table[places]


def bincount(codes: Integers, n: int) -> Integers:
    """How often each of the numbers 0 … n − 1 occurs."""
    if n <= COUNT_ONE_BY_ONE_UP_TO:
        return np.array([np.count_nonzero(codes == code) for code in range(n)], np.int64)
    return np.bincount(codes, minlength=n).astype(np.int64, copy=False)


def has_small_integer_range(labels: Labels) -> bool:
    """Whether the labels are integers so near to each other that most of them must be equal."""
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or not len(labels):
        return False
    return int(labels.max()) - int(labels.min()) < min(MAX_TABLE_ENTRIES, len(labels) // 2)
