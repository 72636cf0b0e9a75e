"""Sums whose bits do not depend on the library: halves are added to each other."""

from __future__ import annotations

from gpu_smotetomek.arrays.dispatch import namespace
from gpu_smotetomek.typing import Array


def add_in_pairs(values: Array) -> Array:
    """Return the sums (...) of values (..., m) over the last axis, m at least 1.

    Examples
    --------
    >>> import numpy as np
    >>> add_in_pairs(np.array([[1.0, 2.0, 4.0], [0.0, 1.0, 0.0]]))
    array([7., 1.])
    """
    while values.shape[-1] > 1:
        half = (int(values.shape[-1]) + 1) // 2
        rest = values[..., half:]
        total = values[..., : rest.shape[-1]] + rest
        values = namespace(values).concat([total, values[..., rest.shape[-1] : half]], axis=-1)
    return values[..., 0]
