"""Scaled rows: the power of two that scales them, and their squared distances in float64."""

import numpy as np
import pytest
from support import datasets, oracle

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import ScaledRows, scaled_rows
from gpu_smotetomek.neighbors.scale_exponent import scale_exponent

pytestmark = pytest.mark.usefixtures("thresholds")


@pytest.mark.parametrize("scale", [5e-324, 1e-310, 1e-300, 1e-3, 1.0, 1e155, 1e308])
def test_the_exponent_brings_half_ranges_to_two_to_the_500(scale):
    X = np.array([[0.0, 0.0], [1.0, -1.0], [0.25, 1.0]]) * scale
    e = scale_exponent(X)
    assert e == oracle.exponent(X)
    if scale > 5e-324:
        assert 2.0**499 <= np.ldexp(np.ldexp(scale, e // 2), e - e // 2) < 2.0**500


@pytest.mark.parametrize("exponent", [0, 1, -1, 1000, -1000, 1001, -1075, 1573, 2100, -2648])
def test_powers_are_factors_that_float64_holds(exponent):
    factors = scaled_rows.powers_of_two(exponent)
    assert sum(int(np.frexp(factor)[1]) - 1 for factor in factors) == exponent
    assert all(np.frexp(factor)[0] == 0.5 for factor in factors)


def test_the_scale_stays_where_rows_are_added():
    X = datasets.make("gaussian", datasets.labels(50), 3)
    scaled = ScaledRows.from_matrix(X, ExecutionContext(n_threads=1))
    more = scaled.with_matrix(np.concatenate([X, 100 * X]))
    assert more.exponent == scaled.exponent
    assert more.projection is scaled.projection
    np.testing.assert_array_equal(more.float64_columns(np.arange(50)), scaled.float64_columns(np.arange(50)))


@pytest.mark.parametrize("w", [1, 3])
def test_squared_distances_of_pairs_are_those_of_the_oracle(w):
    X = datasets.make("lognormal", datasets.labels(40), 5)
    first, second = np.arange(20), np.random.default_rng(0).integers(0, 40, (20, w))
    ctx = ExecutionContext(n_threads=2, memory_limit=1000)
    scaled = ScaledRows.from_matrix(X, ctx)
    Z = oracle.scaled(X, oracle.exponent(X))
    np.testing.assert_array_equal(scaled.sq_distances(first, second, ctx), oracle.squares(Z[first][:, None], Z[second]))
    assert scaled.sq_distances(first[:0], second[:0], ctx).shape == (0, w)
