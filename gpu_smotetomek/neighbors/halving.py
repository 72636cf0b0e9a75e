"""Rows in an order that puts near ones together: recursive median splits, all nodes of a level in one sort."""

from __future__ import annotations

import numpy as np

from gpu_smotetomek import arrays
from gpu_smotetomek.typing import Array

SAMPLE = 2**14  # rows at most whose spread is taken for that of all


def halved(X: Array, leaf: int) -> Array:
    """Order (n,) of the rows of X (n, d) that splits them at the median until `leaf` rows are left.

    All nodes of a level are split along one axis: that whose spread, halved by each split along it, is the largest. Rows that
    stand on their principal axes, the widest first, are split along these.

    Examples
    --------
    >>> import numpy as np
    >>> halved(np.array([[3.0], [0.0], [9.0], [1.0]]), 2)
    array([1, 3, 0, 2])
    """
    xp, n, device = arrays.namespace(X), int(X.shape[0]), arrays.device_of(X)
    spread = arrays.to_host(xp.std(X[:: -(-n // SAMPLE), :], axis=0)).astype(np.float64)
    levels = max(0, -(-n // leaf) - 1).bit_length()
    order = xp.arange(leaf << levels, dtype=xp.int64, device=device)
    beyond = xp.full(((leaf << levels) - n,), np.inf, dtype=X.dtype, device=device)  # stays at the end of every sort
    for level in range(levels):
        axis = int(spread.argmax())
        spread[axis] /= 2
        key = arrays.take_flat(xp.concat([X[:, axis], beyond]), order)
        inside = xp.argsort(xp.reshape(key, (1 << level, -1)), axis=1)
        order = xp.reshape(xp.take_along_axis(xp.reshape(order, (1 << level, -1)), inside, axis=1), (-1,))
    return order[:n]
