"""Classes of labels, without a sort where labels are small integers."""

from __future__ import annotations

import numpy as np

from gpu_smotetomek.typing import Integers, Labels

SPAN = 2**16  # distance of the largest from the smallest integer up to which each has an entry in a table


def sorted_classes(labels: Labels) -> tuple[Labels, Integers]:
    """The distinct labels, ascending, and for each of `labels` (n,) its position among them: `np.unique` with its inverse.

    Examples
    --------
    >>> import numpy as np
    >>> sorted_classes(np.array([7, 3, 7]))
    (array([3, 7]), array([1, 0, 1]))
    """
    if not few(labels):
        classes, codes = np.unique(labels, return_inverse=True)
        return classes, codes.astype(np.int64, copy=False)
    least = labels.min()
    places = np.subtract(labels, least, dtype=np.int64, casting="unsafe")
    present = np.flatnonzero(np.bincount(places))
    table = np.zeros(int(present[-1]) + 1, np.int64)
    table[present] = np.arange(len(present))
    return present.astype(labels.dtype) + least, table[places]


def few(labels: Labels) -> bool:
    """Whether the labels are integers so near to each other that most of them must be equal."""
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or not len(labels):
        return False
    return int(labels.max()) - int(labels.min()) < min(SPAN, len(labels) // 2)
