"""The backend `xp`: lists from tiles of matrix products."""

import numpy as np
import pytest

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import BACKENDS
from gpu_smotetomek.neighbors.backends.matmul import PRODUCT_ROWS


@pytest.mark.parametrize("k", [PRODUCT_ROWS - 1, PRODUCT_ROWS, PRODUCT_ROWS + 50])
def test_lists_as_long_as_a_tile_hold_the_nearest_rows(k):
    """The next tile must not overwrite the buffer of a list that is a whole tile."""
    X = np.arange(2.0 * PRODUCT_ROWS, dtype=np.float32)[:, None]
    queries = X[[0, PRODUCT_ROWS, 2 * PRODUCT_ROWS - 1]]
    index = BACKENDS["xp"].build(X, ExecutionContext(n_threads=1))
    sq_distances, indices = index.search(queries, k)
    exact = (queries - X.T) ** 2
    np.testing.assert_array_equal(np.sort(sq_distances, axis=1), np.sort(exact, axis=1)[:, :k])
    np.testing.assert_array_equal(np.take_along_axis(exact, indices, axis=1), sq_distances)
