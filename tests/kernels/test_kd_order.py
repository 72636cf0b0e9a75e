"""The k-d order of rows, run on the CPU from the text that a GPU gets."""

import numpy as np
import pytest
from support import fake_cupy

from gpu_smotetomek.neighbors.backends.cuda import ordering

pytestmark = pytest.mark.usefixtures("compiler")


@pytest.mark.parametrize("block_rows", [ordering.MAX_NODE_ROWS, 256, 16])
@pytest.mark.parametrize("leaf", [4, 16, 128])
@pytest.mark.parametrize("n", [1, 2, 5, 64, 129, 1000, 5000])
def test_every_node_is_split_at_its_median(cupy, monkeypatch, n, leaf, block_rows):
    """By one block or by a sort for each level, with signs, zeros and ties."""
    monkeypatch.setattr(ordering, "MAX_NODE_ROWS", max(block_rows, leaf))
    X = np.random.default_rng(0).normal(size=(n, 3)).astype(np.float32) * np.float32([4, 1, 0.1])
    X[::3, 0], X[1::3, 1] = np.rint(X[::3, 0]), -0.0
    order = ordering.kd_order(cupy.asarray(X), leaf).get()
    np.testing.assert_array_equal(np.sort(order), np.arange(n))
    levels = max(0, -(-n // leaf) - 1).bit_length()
    spread = X[:: -(-n // ordering.SPREAD_SAMPLE_ROWS)].std(axis=0)
    for level, feature in enumerate(ordering.split_features(spread.astype(np.float64), levels)):
        node = leaf << levels >> level
        for start in range(0, n, node):
            values = X[order[start : start + node], feature]
            lower, upper = values[: node // 2], values[node // 2 :]
            assert not len(upper) or lower.max() <= upper.min()
    kernels = [launch.kernel for launch in fake_cupy.state.launches]
    block_levels = min(levels, ordering.MAX_BLOCK_LEVELS, (max(block_rows, leaf) // leaf).bit_length() - 1)
    assert kernels == ["compute_node_keys"] * (levels - block_levels) + ["kd_order_block"] * (block_levels > 0)
