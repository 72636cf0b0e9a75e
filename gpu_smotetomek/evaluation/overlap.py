"""How much sets of row numbers have in common."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gpu_smotetomek.typing import Floats, Integers


def compute_overlap(sets: Sequence[Integers]) -> Floats:
    """The Jaccard index of each two sets: members of both, divided by members of either.

    Parameters
    ----------
    sets : sequence of int64 arrays
        No member twice in a set.

    Returns
    -------
    float64 array of shape (n_sets, n_sets)
        Between 0 and 1, symmetric; NaN for two empty sets, which have no member to share.

    Examples
    --------
    >>> import numpy as np
    >>> compute_overlap([np.array([1, 2, 3]), np.array([2, 3, 4])])
    array([[1. , 0.5],
           [0.5, 1. ]])
    """
    overlap = np.empty((len(sets), len(sets)))
    for i, first in enumerate(sets):
        for j in range(i + 1):
            both = len(np.intersect1d(first, sets[j], assume_unique=True))
            either = len(first) + len(sets[j]) - both
            overlap[i, j] = overlap[j, i] = both / either if either else np.nan
    return overlap


def take_pairs(overlap: Floats) -> Floats:
    """The entries for two different sets, each pair once."""
    return overlap[np.triu_indices(len(overlap), 1)]
