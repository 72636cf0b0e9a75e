"""Squared distances and norms: the same bits in each library, and rounding in the promised direction."""

import math

import numpy as np
import pytest
from support import array_libraries, oracle
from support.array_libraries import assert_equal_like, random_rows

from gpu_smotetomek.arrays import distances


@pytest.mark.parametrize("d", [1, 2, 3, 17, 100])
def test_squared_distances_have_the_same_bits_in_each_library(convert, d):
    A, B = np.random.default_rng(d).lognormal(0, 9, (2, 40, d))
    paired = distances.sq_distances(convert(A.T.copy()), convert(B.T.copy()))
    assert_equal_like(paired, oracle.squares(A, B), convert(A))
    tile = distances.sq_distances(convert(A.T[:, :, None].copy()), convert(B.T[:, None, :].copy()))
    assert_equal_like(tile, oracle.squares(A[:, None], B[None]), convert(A))


@pytest.mark.parametrize("n_pairs", [1, 2, 7, distances.REDUCE_UP_TO_PAIRS, distances.REDUCE_UP_TO_PAIRS + 1])
def test_many_features_are_added_in_order_whatever_the_number_of_pairs(n_pairs):
    """Pairwise sums, as those of NumPy along contiguous numbers, would give other bits."""
    d = 3 + 2 * distances.REDUCE_BYTES // (8 * min(n_pairs, 30))  # several blocks of features
    A, B = np.random.default_rng(n_pairs).lognormal(0, 2, (2, d, 1))
    B = np.broadcast_to(B, (d, n_pairs)) * np.linspace(1, 2, n_pairs)
    expected = np.zeros(n_pairs)
    for a, b in zip(A, B, strict=True):
        expected += (a - b) * (a - b)
    np.testing.assert_array_equal(distances.sq_distances(A, B), expected)
    np.testing.assert_array_equal(distances.sq_distances(A[:, :, None], B[:, None, :]), expected[None, :])


def test_squared_distances_fuse_nothing_and_keep_the_order_of_features():
    """On these rows, a sum in another order or an unrounded product would give other bits."""
    B = np.array([[1e-8], [1.0], [1e8]])
    A = np.zeros_like(B)
    assert distances.sq_distances(A, B)[0] == (1e-8**2 + 1.0) + 1e8**2
    x = 1 + 2.0**-27
    assert distances.sq_distances(np.array([[x], [1.0]]), np.zeros((2, 1)))[0] == x * x + 1.0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("d", [1, 5, 400])
def test_norms_are_rounded_up_by_less_than_two_in_2_to_the_40(convert, dtype, d):
    X = (random_rows(20, d) * np.logspace(-18, 18, 20)[:, None]).astype(dtype)
    true = np.array([math.hypot(*row) for row in X.astype(np.float64).tolist()])
    for norms in (distances.row_norms(convert(X)), distances.column_norms(convert(X.T.astype(np.float64)))):
        assert type(norms) is type(convert(X))
        norms = array_libraries.host(norms)
        assert norms.dtype == np.float64
        assert (norms >= true).all()
        assert (norms <= true * (1 + 2.0**-39)).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_squared_norms_have_the_dtype_of_the_rows(convert, dtype):
    X = random_rows(20, 50).astype(dtype)
    norms = array_libraries.host(distances.sq_norms(convert(X)))
    assert norms.dtype == dtype
    np.testing.assert_allclose(norms, (X.astype(np.float64) ** 2).sum(axis=1), rtol=2 * np.finfo(dtype).eps)
