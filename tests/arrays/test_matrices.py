"""Rows taken from dense and sparse matrices, float64 rows and columns, and ranges of columns, in each library."""

import math

import numpy as np
import pytest
from support import array_libraries
from support.array_libraries import SPARSE_CLASSES, assert_equal_like, random_rows
from support.optional import optional

from gpu_smotetomek.arrays import matrices


def test_take_rows(convert):
    X = random_rows()
    for rows in (np.array([5, 0, 0, 11]), np.empty(0, np.int64)):
        assert_equal_like(matrices.take_dense_rows(convert(X), convert(rows)), X[rows], convert(X))
        assert_equal_like(matrices.take_rows(convert(X), convert(rows)), X[rows], convert(X))


@pytest.mark.parametrize(
    "layout", [np.asfortranarray, lambda X: X[::-1], lambda X: X[:, ::2], lambda X: X.astype(">f8")]
)
def test_take_rows_from_every_layout(layout):
    X = layout(random_rows())
    taken = matrices.take_dense_rows(X, np.array([3, 1]))
    np.testing.assert_array_equal(taken, np.array(X)[[3, 1]])
    assert taken.dtype == X.dtype
    assert not np.shares_memory(taken, X)


def test_rows_of_a_sparse_matrix_are_taken_dense_or_sparse(sparse_class):
    X = random_rows() * (random_rows(seed=1) > 0)
    rows = np.array([3, 1, 3])
    assert_equal_like(matrices.take_dense_rows(sparse_class(X), rows), X[rows], X)
    taken = matrices.take_rows(sparse_class(X), rows)
    assert type(taken) is sparse_class
    assert_equal_like(taken.toarray(), X[rows], X)


@pytest.mark.parametrize("dtype", [np.float32, np.int8, np.bool_])
def test_a_dense_block_is_converted_to_the_sparse_class_and_dtype(sparse_class, dtype):
    block = np.array([[0, 1], [2, 0]])
    like = matrices.sparse_like(block, sparse_class(random_rows().astype(dtype)))
    assert type(like) is sparse_class
    assert like.dtype == dtype
    np.testing.assert_array_equal(like.toarray(), block.astype(dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.bool_])
@pytest.mark.parametrize("factors", [(), (2.0**500,), (2.0**-700, 2.0**-300)])
def test_columns_and_rows_are_scaled_in_float64(convert, dtype, factors):
    X, rows = (random_rows() * 9).astype(dtype), np.array([4, 0, 9])
    scaled = X[rows].astype(np.float64) * math.prod(factors)
    assert_equal_like(matrices.float64_columns(convert(X), convert(rows), factors), scaled.T, convert(X))
    assert_equal_like(matrices.float64_rows(convert(X), convert(rows), factors), scaled, convert(X))


def test_scaling_does_not_change_the_input(convert):
    X = convert(random_rows())
    for function in (matrices.float64_columns, matrices.float64_rows):
        result = array_libraries.host(function(X, convert(np.arange(12)), (2.0,)))
        np.testing.assert_array_equal(array_libraries.host(X), random_rows())
        np.testing.assert_array_equal(np.sort(result, axis=None), np.sort(2 * random_rows(), axis=None))


def test_longdouble_is_scaled_before_it_is_rounded(sparse_class):
    if np.finfo(np.longdouble).nmant == 52:
        pytest.skip("longdouble is float64 here")
    X = np.array([[1 + 2.0**-52, 3.0]], np.longdouble) * np.longdouble(2.0) ** -1070
    for matrix in (X, sparse_class(X)):
        scaled = np.array([[1 + 2.0**-52], [3.0]])
        np.testing.assert_array_equal(matrices.float64_columns(matrix, np.array([0]), (2.0**570, 2.0**500)), scaled)
        np.testing.assert_array_equal(matrices.float64_rows(matrix, np.array([0]), (2.0**570, 2.0**500)), scaled.T)


def test_columns_of_a_sparse_matrix(sparse_class):
    X = random_rows() * (random_rows(seed=1) > 0)
    np.testing.assert_array_equal(matrices.float64_columns(sparse_class(X), np.array([2, 5]), (4.0,)), 4 * X[[2, 5]].T)


def test_concat_rows(convert):
    X = random_rows()
    assert_equal_like(matrices.concat_rows([convert(X[:5]), convert(X[5:5]), convert(X[5:])]), X, convert(X))
    only = convert(X)
    assert matrices.concat_rows([only]) is only


def test_concat_rows_of_sparse_matrices(sparse_class):
    X = random_rows()
    for dtype in (np.float32, np.int8):
        joined = matrices.concat_rows(
            [sparse_class((X[:5] * 9).astype(dtype)), sparse_class((X[5:] * 9).astype(dtype))]
        )
        assert type(joined) is sparse_class
        assert joined.dtype == dtype
        np.testing.assert_array_equal(joined.toarray(), (X * 9).astype(dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.uint8, np.bool_])
@pytest.mark.parametrize("n", [12, 100])
def test_half_ranges(convert, dtype, n):
    X = (random_rows(n) * 50).clip(0, 200).astype(dtype)
    wide = X.astype(np.float64)
    half_range = (wide.max(axis=0) / 2 - wide.min(axis=0) / 2).max()
    assert float(matrices.max_half_range(convert(X))) == half_range
    for sparse_class in SPARSE_CLASSES:
        assert float(matrices.max_half_range(sparse_class(X))) == half_range


def test_half_ranges_do_not_overflow(convert):
    large = np.finfo(np.float64).max
    assert float(matrices.max_half_range(convert(np.array([[-large], [large]])))) == large
    assert float(matrices.max_half_range(convert(np.array([[-(2**63)], [2**63 - 1]])))) == 2.0**63
    assert float(matrices.max_half_range(np.array([[0], [2**64 - 1]], np.uint64))) == 2.0**63
    assert float(matrices.max_half_range(np.array([[-65504], [65504]], np.float16))) == 65504


def test_half_ranges_of_longdouble_stay_longdouble():
    half_range = matrices.max_half_range(np.array([[0, 0], [1, 3]], np.longdouble))
    assert (half_range, np.asarray(half_range).dtype) == (1.5, np.longdouble)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_half_ranges_of_empty_matrices_are_zero(convert, shape):
    assert matrices.max_half_range(convert(np.zeros(shape))) == 0
    assert all(matrices.max_half_range(sparse_class(np.zeros(shape))) == 0 for sparse_class in SPARSE_CLASSES)


@pytest.mark.parametrize("dtype", ["float32", "uint16"])
def test_rows_of_images_keep_their_memory_format(dtype):
    library = optional("torch")
    X = library.arange(4 * 24).reshape(4, 2, 3, 4).to(getattr(library, dtype))
    rows = library.tensor([2, 0])
    for images in (X, X.contiguous(memory_format=library.channels_last)):
        taken = matrices.take_dense_rows(images, rows)
        assert library.equal(taken.int(), X.int()[rows])
        assert taken.stride() == images.stride()
