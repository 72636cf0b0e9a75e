"""Rows in an order that puts near ones together: recursive median splits, all nodes of a level at once."""

from __future__ import annotations

import numpy as np

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.kernels import launch
from gpu_smotetomek.typing import Array, Floats

SAMPLE = 2**14  # rows at most whose spread is taken for that of all
FEATURES = 2**16  # those beyond split nothing: a kernel reads their numbers from 16 bits
WIDEST, DEEPEST = 4096, 8  # rows, and levels, that one block halves to the end: as in kernels/kd_order.cu
THREADS = 256


def halved(X: Array, leaf: int) -> Array:
    """Order (n,) of the rows of X (n, d), CuPy's, that splits them at the median until `leaf` rows, a power of two, are left.

    All nodes of a level are split along one axis: that whose spread, halved by each split along it, is the largest. Rows that
    stand on their principal axes, the widest first, are split along these. Large nodes are sorted, all of a level in one sort;
    a node that a block holds is halved to the end by it.
    """
    xp, (n, d) = dispatch.namespace(X), X.shape
    spread = dispatch.to_numpy(xp.std(X[:: -(-n // SAMPLE), :FEATURES], axis=0))
    levels = max(0, -(-n // leaf) - 1).bit_length()
    features = widest(spread.astype(np.float64), levels)
    total, table = leaf << levels, (xp.ascontiguousarray(X), np.int64(n), np.int32(d))
    order = xp.arange(total, dtype=xp.int64)
    inside = min(levels, DEEPEST, (WIDEST // leaf).bit_length() - 1)
    for level, feature in enumerate(features[: levels - inside]):
        keys, shift = xp.empty(total, dtype=xp.int64), (total >> level).bit_length() - 1
        sizes = np.int32(shift), np.int64(total)
        launch(
            "halving", "node_keys", (-(-total // THREADS),), (THREADS,), *table, np.int32(feature), order, *sizes, keys
        )
        order = xp.take(order, xp.argsort(keys))
    if inside:
        packed = [sum(feature << 16 * at for at, feature in enumerate(features[-inside:][i : i + 4])) for i in (0, 4)]
        width = leaf << inside
        halves = np.int32(width), np.int32(inside), *map(np.uint64, packed)
        launch("halving", "halve", (total // width,), (THREADS,), *table, order, *halves)
    return order[:n]


def widest(spread: Floats, levels: int) -> list[int]:
    """The feature that each level is split along.

    Examples
    --------
    >>> import numpy as np
    >>> widest(np.array([1.0, 3.0]), 4)
    [1, 1, 0, 1]
    """
    features = []
    for _ in range(levels):
        features.append(int(spread.argmax()))
        spread[features[-1]] /= 2
    return features
