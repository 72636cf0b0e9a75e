"""The error bound of a kd-tree, compared with arithmetic without rounding."""

import numpy as np
import pytest
from support import exact_arithmetic

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import BACKENDS

pytestmark = pytest.mark.usefixtures("small_tables_use_bounds")

CTX = ExecutionContext(n_threads=1)


@pytest.mark.parametrize("d", [1, 2, 6])
def test_a_deep_tree_prunes_within_its_bound(d):
    """Rows over 600 powers of two: a sliding midpoint cuts off a few at a time, and every cut adds its rounding."""
    rng = np.random.default_rng(d)
    X = rng.normal(size=(300, d)) * 2.0 ** rng.integers(-300, 300, (300, 1))
    Q = X[::30] * (1 + 2.0**-40)
    tree = BACKENDS["kdtree"]
    S, found = tree.build(X, CTX).search(Q, 4)
    true = exact_arithmetic.squares(Q, X)
    a, b = (np.linalg.norm(rows, axis=1) * (1 + 2.0**-40) for rows in (Q, X))
    bound = exact_arithmetic.bound(tree, a[:, None], b[None], true, d=d, n=300)
    S, listed = exact_arithmetic.integers(S, 2 * exact_arithmetic.UNIT), np.take_along_axis(true, found, axis=1)
    assert (abs(S - listed) <= np.take_along_axis(bound, found, axis=1)).all()
    reachable, last = true + bound, S.max(axis=1, keepdims=True)
    np.put_along_axis(reachable, found, last, axis=1)
    assert (reachable >= last).all()
