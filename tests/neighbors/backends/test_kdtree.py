"""The error bound of a kd-tree, compared with arithmetic without rounding."""

import numpy as np
import pytest
from support import exact_arithmetic

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import BACKENDS, ScaledRows
from gpu_smotetomek.neighbors.backends.kdtree import SORT_FROM_QUERIES
from gpu_smotetomek.neighbors.candidates import SERIAL_BLOCK
from gpu_smotetomek.neighbors.exact import ExactSearch

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


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("d", [1, 2, 5])
def test_queries_in_spatial_order_find_what_they_would_alone(d, n_threads):
    """Radii over 40 powers of two, some of them 0 or infinite, and queries far outside the grid that orders them."""
    rng = np.random.default_rng(d)
    X, Q = rng.normal(size=(500, d)), rng.normal(size=(3 * SORT_FROM_QUERIES, d))
    Q[::50] *= 1e9
    radius = 2.0 ** rng.uniform(-30, 10, len(Q))
    radius[::7], radius[::11] = 0.0, np.inf
    sq_distances, found = BACKENDS["kdtree"].build(X, ExecutionContext(n_threads=n_threads)).search(Q, 3, radius)
    true = ((Q[:, None] - X) ** 2).sum(axis=2)
    nearest = np.argsort(true, axis=1)[:, :3]
    nearest_sq = np.take_along_axis(true, nearest, axis=1)
    is_listed = np.isfinite(sq_distances)
    assert is_listed[nearest_sq < (radius**2)[:, None]].all()
    np.testing.assert_array_equal(found[is_listed], nearest[is_listed])
    np.testing.assert_allclose(sq_distances[is_listed], nearest_sq[is_listed], rtol=1e-12)


def test_threads_that_share_a_tree_find_what_one_finds():
    X = np.random.default_rng(0).normal(size=(3 * SERIAL_BLOCK[0], 3))
    rows, radius = np.arange(len(X)), np.linspace(0, 2.0**500, len(X))

    def search(n_threads):
        ctx = ExecutionContext(n_threads=n_threads)
        index = ExactSearch(ScaledRows.from_matrix(X, ctx), rows, BACKENDS["kdtree"], ctx)
        with index.build_in_background():
            assert index.uses_tree
        return [*index.kneighbors(rows, 2), index.nearest_lower_bound(rows, radius)]

    for one, several in zip(search(1), search(3), strict=True):
        np.testing.assert_array_equal(one, several)
