"""Arrays and lists keep their dtype and layout, and are never the caller's memory."""

import numpy as np
import pytest
from support.round_trips import NOTHING, NUMBERS, round_trip

from gpu_smotetomek.containers import enter_X


class TestArrays:
    @pytest.mark.parametrize("dtype", NUMBERS)
    def test_every_dtype_comes_back(self, dtype):
        X = np.arange(6).reshape(3, 2).astype(dtype)
        table = enter_X(X)
        assert table.matrix is X
        assert table.dtypes is None
        out = round_trip(X)
        assert out.dtype == X.dtype
        np.testing.assert_array_equal(out, X[[0, 2, 1]])

    @pytest.mark.parametrize(
        "layout",
        {
            "Fortran": np.asfortranarray,
            "every other row": lambda X: np.repeat(X, 2, axis=0)[::2],
            "every other column": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
            "backwards": lambda X: X[::-1, ::-1].copy()[::-1, ::-1],
            "transposed": lambda X: X.T.copy().T,
        }.items(),
        ids=lambda item: item[0],
    )
    def test_layout(self, layout):
        X = np.random.default_rng(0).normal(size=(20_000, 3))  # more than two blocks of copied rows
        laid_out = layout[1](X)
        table = enter_X(laid_out)
        assert table.matrix is laid_out
        kept = np.flatnonzero(X[:, 0] < 1)
        out = table.restore(kept, X[:5])
        assert out.flags.c_contiguous
        np.testing.assert_array_equal(out, np.vstack([X[kept], X[:5]]))

    def test_read_only(self):
        X = np.eye(3)
        X.flags.writeable = False
        out = round_trip(X)
        assert out.flags.writeable
        np.testing.assert_array_equal(out, np.eye(3)[[0, 2, 1]])

    def test_memory_map_comes_back_as_an_array(self, tmp_path):
        X = np.memmap(tmp_path / "X", dtype="f4", mode="w+", shape=(3, 2))
        X[:] = [[1, 2], [3, 4], [5, 6]]
        assert np.shares_memory(enter_X(X).matrix, X)
        out = round_trip(X)
        assert type(out) is np.ndarray
        np.testing.assert_array_equal(out, [[1, 2], [5, 6], [3, 4]])

    @pytest.mark.parametrize("dtype", [">f8", ">i4", ">f4"])
    def test_big_endian_is_native_inside_only(self, dtype):
        X = np.arange(6).reshape(3, 2).astype(dtype)
        assert enter_X(X).matrix.dtype.isnative
        out = round_trip(X)
        assert out.dtype == X.dtype
        np.testing.assert_array_equal(out, X[[0, 2, 1]])

    def test_objects_become_floats(self):
        out = round_trip(np.array([[1, 2.5], [3, True], [np.float32(5), 6]], dtype=object))
        assert out.dtype == np.float64
        np.testing.assert_array_equal(out, [[1, 2.5], [5, 6], [3, 1]])

    def test_tuples_and_array_likes_become_arrays(self):
        class ArrayLike:
            def __array__(self, dtype=None, copy=None):
                return np.array([[1, 2], [3, 4], [5, 6]], dtype)

        for X in (((1, 2), (3, 4), (5, 6)), ArrayLike()):
            out = round_trip(X)
            assert isinstance(out, np.ndarray)
            np.testing.assert_array_equal(out, [[1, 2], [5, 6], [3, 4]])

    def test_subclass_comes_back_as_an_array(self):
        class Special(np.ndarray):
            pass

        assert type(round_trip(np.eye(3).view(Special))) is np.ndarray

    @pytest.mark.parametrize("order", "CF")
    def test_all_rows_kept_is_still_a_copy(self, order):
        X = np.eye(3, order=order)
        out = round_trip(X, np.arange(3), 0)
        assert not np.shares_memory(out, X)
        np.testing.assert_array_equal(out, X)

    def test_nothing_left(self):
        assert round_trip(np.eye(3), NOTHING, 0).shape == (0, 3)


class TestLists:
    def test_rows_are_lists_of_the_same_numbers(self):
        X = [[1, 2.5], (3, 4), np.array([5.0, 6.0])]
        out = round_trip(X)
        assert out == [[1, 2.5], [5, 6], [3, 4]]
        assert [type(row) for row in out] == [list] * 3
        assert isinstance(out[0][0], int)

    def test_integers_stay(self):
        table = enter_X([[2**60 + 1, 0], [1, 2]])
        assert table.matrix.dtype == np.int64
        assert table.restore(np.array([0]), np.array([[7, 8]])) == [[2**60 + 1, 0], [7, 8]]

    def test_rows_are_not_the_callers(self):
        X = [[1.0, 2.0], [3.0, 4.0]]
        round_trip(X, np.arange(2), 0)[0][0] = 9
        assert X[0][0] == 1
