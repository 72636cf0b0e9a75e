"""Rows that stay sparse, beside the same rows made dense."""

import numpy as np
import pytest
from scipy import sparse
from support import oracle

from gpu_smotetomek.arrays import distances, indexing, matrices, sparse_rows
from gpu_smotetomek.resampling import interpolation


def make(n: int, d: int, density: float, seed: int = 0, dtype: type = np.float64) -> sparse.csr_array:
    """Rows of numbers of either sign and many sizes, some of them explicit zeros."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) * 2.0 ** rng.integers(-20, 20, (n, d)) * (rng.random((n, d)) < density)
    A = sparse.csr_array(X.astype(dtype))
    A.data[::11] = 0
    return A


@pytest.mark.parametrize("density", [0.02, 0.3, 1.0])
def test_distances_have_the_bits_of_dense_rows(density):
    A, B = make(60, 200, density), make(60, 200, density, seed=1)
    expected = oracle.squares(A.toarray(), B.toarray())
    np.testing.assert_array_equal(sparse_rows.csr_sq_distances(A, B), expected)


@pytest.mark.parametrize("density", [0.02, 1.0])
def test_norms_have_the_bits_of_dense_rows(density):
    A = make(60, 200, density)
    np.testing.assert_array_equal(sparse_rows.norms(A), distances.column_norms(A.toarray().T))


def test_rows_are_scaled_step_by_step_and_ignored_features_are_zero():
    A = sparse.csr_array(np.array([[1e-310, 0.0, 2.0], [0.0, 1e300, 0.0]]))
    scaled = sparse_rows.take_float64_rows(A, np.array([1, 0]), (2.0**600, 2.0**-600), np.array([1]))
    assert scaled.toarray().tolist() == [[0.0, 0.0, 0.0], [1e-310, 0.0, 2.0]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble, np.int8, np.uint16, np.int64, bool])
@pytest.mark.parametrize("make_sparse", [sparse.csr_array, sparse.csc_array])
def test_the_range_of_a_column_counts_zeros_that_are_not_stored(dtype, make_sparse):
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(9, 30)) * 9).clip(0 if np.dtype(dtype).kind in "ub" else -np.inf).astype(dtype)
    X[:, ::3] += np.array(1, dtype)  # many columns without a zero, of one sign or both
    X[rng.random(X.shape) < np.linspace(0, 1, 30)] = 0
    high, low = sparse_rows.csr_column_max_min(make_sparse(X))
    assert high.dtype == low.dtype == X.dtype
    np.testing.assert_array_equal(high, X.max(axis=0))
    np.testing.assert_array_equal(low, X.min(axis=0))


def test_the_range_of_a_full_column_does_not_hold_zero():
    high, low = sparse_rows.csr_column_max_min(sparse.csr_array(np.array([[5.0, -7.0], [6.0, -3.0]])))
    assert (high.tolist(), low.tolist()) == ([6.0, -3.0], [5.0, -7.0])


@pytest.mark.parametrize("has_factor", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble, np.int16, np.int64, bool])
def test_synthetic_rows_are_those_of_dense_parents_with_the_same_entries(dtype, has_factor):
    P, Q = (make(50, 80, 0.2, seed, np.float64) for seed in (2, 3))
    P, Q = (A.astype(dtype) if np.dtype(dtype).kind == "f" else (A * 10).astype(dtype) for A in (P, Q))
    Q.data[::2] = 0  # entries that one parent alone has, and entries that cancel
    Q = Q + P * sparse.csr_array(P.toarray() != 0, dtype=dtype) if dtype is not bool else Q
    P, Q = (sparse_rows.to_canonical_csr(A.astype(dtype)) for A in (P, Q))
    gap = np.random.default_rng(0).random(50)
    gap[:5] = 0
    factor = np.random.default_rng(1).random(50) if has_factor else None
    values = interpolation.interpolate(P.toarray(), Q.toarray(), gap, factor)
    dense = interpolation.cast_columns(values, np.dtype(dtype), None)
    result, expected = sparse_rows.interpolate(P, Q, gap, np.dtype(dtype), factor), matrices.sparse_like(dense, P)
    assert result.dtype == expected.dtype == dtype
    for part in ("indptr", "indices", "data"):
        np.testing.assert_array_equal(getattr(result, part), getattr(expected, part))


@pytest.mark.parametrize("form", [sparse.csr_array, sparse.csr_matrix])
def test_indices_are_narrowed_without_a_copy_of_the_values(form):
    A = form(make(20, 40, 0.2))
    A.indices, A.indptr = A.indices.astype(np.int64), A.indptr.astype(np.int64)
    narrow = sparse_rows.narrow_indices(A)
    assert type(narrow) is form
    assert (narrow.indices.dtype, narrow.indptr.dtype) == (np.int32, np.int32)
    assert np.shares_memory(narrow.data, A.data)
    np.testing.assert_array_equal(narrow.toarray(), A.toarray())
    assert sparse_rows.narrow_indices(narrow) is narrow
    wide = form((A.data[:1], np.array([2**31 + 3]), np.array([0, 1])), shape=(1, 2**31 + 4))
    assert sparse_rows.narrow_indices(wide) is wide


def test_rows_minus_a_row_and_equal_rows():
    A, row = make(20, 40, 0.2), np.zeros(40)
    row[[3, 17]] = 0.5, -2.0
    difference = sparse_rows.subtract_row(A, row)
    assert difference.has_canonical_format
    np.testing.assert_array_equal(difference.toarray(), A.toarray() - row)
    others = A[np.r_[0:10, 9:19]]
    np.testing.assert_array_equal(sparse_rows.equal_rows(A, others), (A.toarray() == others.toarray()).all(axis=1))


def test_rows_beyond_a_limit_are_found_and_emptied():
    A = sparse.csr_array(np.array([[1.0, 0.0], [np.inf, 2.0], [0.0, 0.0], [0.0, np.nan], [-3.0, 0.0]]))
    beyond = sparse_rows.rows_beyond(A, 2.5)
    assert beyond.tolist() == [False, True, False, True, True]
    assert sparse_rows.empty_rows(A, beyond).toarray().tolist() == [[1, 0], [0, 0], [0, 0], [0, 0], [0, 0]]


def test_blocks_hold_so_many_entries():
    blocks = list(indexing.split_by_total(np.array([3, 3, 9, 0, 1, 2, 1]), 6))
    assert blocks == [slice(0, 2), slice(2, 3), slice(3, 7)]


def test_mean_shared_entries_counts_pairs_of_rows():
    A = make(15, 40, 0.3)
    stored = sparse.csr_array((np.ones(A.nnz), A.indices, A.indptr), shape=A.shape).toarray()
    assert sparse_rows.mean_shared_entries(A) == pytest.approx((stored @ stored.T).mean())


def test_a_matrix_with_duplicate_entries_is_summed_in_a_copy():
    A = sparse.csr_array((np.array([1.0, 2.0, 4.0]), np.array([1, 0, 1]), np.array([0, 3])), shape=(1, 2))
    assert sparse_rows.to_canonical_csr(A).toarray().tolist() == [[2.0, 5.0]]
    assert A.nnz == 3
