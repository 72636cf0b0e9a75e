"""Rows that are gathered from several matrices when they are taken."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpu_smotetomek.arrays import dispatch, matrices
from gpu_smotetomek.arrays.lazy_rows import LazyRows, RowStack


class Counting(LazyRows):
    """Row r holds 10 r and 10 r + 1."""

    shape, dtype = (4, 2), np.dtype(float)

    def take(self, rows):
        return 10.0 * np.asarray(rows)[:, None] + [0.0, 1.0]


def make_stack():
    return RowStack([np.full((3, 2), -1.0), Counting(), np.empty((0, 2)), np.arange(6.0).reshape(3, 2)])


def joined():
    return np.concatenate([np.full((3, 2), -1.0), Counting().take(np.arange(4)), np.arange(6.0).reshape(3, 2)])


@given(st.lists(st.integers(0, 9), max_size=12))
def test_taken_rows_are_those_of_the_joined_matrix(rows):
    rows = np.array(rows, np.int64)
    stack = make_stack()
    assert stack.shape == (10, 2)
    assert len(stack) == 10
    assert (matrices.take_dense_rows(stack, rows) == joined()[rows]).all()
    assert (matrices.float64_columns(stack, rows, (2.0,)) == 2 * joined()[rows].T).all()


@pytest.mark.parametrize("key", [slice(2, 6), (slice(None), slice(1, 2)), (np.array([8, 3]), np.array([1, 0]))])
def test_slices(key):
    expected = joined()[key[0]][:, key[1]] if isinstance(key, tuple) else joined()[key]
    assert (make_stack()[key] == expected).all()


def test_it_is_a_matrix_of_numpy():
    stack = make_stack()
    assert dispatch.array_kind(stack) is dispatch.ArrayKind.NUMPY
    assert dispatch.namespace(stack) is np
    assert dispatch.get_device(stack) == "cpu"
    assert dispatch.is_numpy_or_sparse(stack)
    assert dispatch.numpy_dtype(stack) == np.float64
