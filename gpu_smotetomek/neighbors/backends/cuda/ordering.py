"""A k-d order of rows, which gives near rows near slots: recursive median splits, all nodes of a level at once."""

from __future__ import annotations

import numpy as np

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.kernels import launch
from gpu_smotetomek.kernels.constants import MAX_BLOCK_LEVELS, MAX_NODE_ROWS
from gpu_smotetomek.typing import Array, Floats

SPREAD_SAMPLE_ROWS = 2**14  # rows at most from which the spread of the features is estimated
MAX_SPLIT_FEATURES = 2**16  # later features split nothing: a kernel reads their numbers from 16 bits
BLOCK_THREADS = 256


def kd_order(X: Array, leaf: int) -> Array:
    """Order (n,) of the rows of X (n, d), a CuPy array, by median splits down to nodes of `leaf` rows, a power of two.

    All nodes of a level are split along one feature: the one with the largest spread, where each earlier split along it halves
    the spread. Large nodes are sorted, all nodes of a level in one sort; a block splits a node that fits into its memory down to
    the leaves.
    """
    xp, (n, d) = dispatch.namespace(X), X.shape
    spread = dispatch.to_numpy(xp.std(X[:: -(-n // SPREAD_SAMPLE_ROWS), :MAX_SPLIT_FEATURES], axis=0))
    levels = max(0, -(-n // leaf) - 1).bit_length()
    features = split_features(spread.astype(np.float64), levels)
    total, matrix = leaf << levels, (xp.ascontiguousarray(X), np.int64(n), np.int32(d))
    order = xp.arange(total, dtype=xp.int64)
    block_levels = min(levels, MAX_BLOCK_LEVELS, (MAX_NODE_ROWS // leaf).bit_length() - 1)
    for level, feature in enumerate(features[: levels - block_levels]):
        keys, shift = xp.empty(total, dtype=xp.int64), (total >> level).bit_length() - 1
        arguments = *matrix, np.int32(feature), order, np.int32(shift), np.int64(total), keys
        launch("kd_order", "compute_node_keys", (-(-total // BLOCK_THREADS),), (BLOCK_THREADS,), *arguments)
        order = xp.take(order, xp.argsort(keys))
    if block_levels:
        last = features[-block_levels:]
        words = [sum(feature << 16 * at for at, feature in enumerate(last[i : i + 4])) for i in (0, 4)]
        width = leaf << block_levels
        arguments = *matrix, order, np.int32(width), np.int32(block_levels), *map(np.uint64, words)
        launch("kd_order", "kd_order_block", (total // width,), (BLOCK_THREADS,), *arguments)
    return order[:n]


def split_features(spread: Floats, levels: int) -> list[int]:
    """The feature along which each level is split.

    Examples
    --------
    >>> import numpy as np
    >>> split_features(np.array([1.0, 3.0]), 4)
    [1, 1, 0, 1]
    """
    features = []
    for _ in range(levels):
        features.append(int(spread.argmax()))
        spread[features[-1]] /= 2
    return features
