"""Rows of any container, taken by number; and tables whose values are not read."""

import numpy as np
import pytest
from scipy import sparse
from support import array_libraries, travellers
from support.optional import optional

from gpu_smotetomek.arrays.indexing import AllExcept
from gpu_smotetomek.containers import ColumnRoles, enter_X, select_rows

ROWS = np.array([3, 1, 1, 0])
UNREAD = ColumnRoles(adds_rows=False, reads_values=False)
OBJECTS = np.array([[1, "a"], [None, np.nan], [np.inf, []], [object, 2**70]], object)


def take_unread(X, rows=ROWS):
    table = enter_X(X, roles=UNREAD)
    assert table.matrix.shape == (X.shape[0] if hasattr(X, "shape") else len(X), 0)
    return table.restore(rows, table.matrix[:0, :], None)


@pytest.mark.parametrize(
    "X",
    [
        OBJECTS,
        np.array([[np.nan, 1], [np.inf, 2], [3, 4], [5, 6]]),
        np.array([["a", "b"]] * 2 + [["c", "d"]] * 2),
        np.array([["2024-01-01", "NaT"]] * 4, "M8[D]"),
        np.asfortranarray(np.arange(8).reshape(4, 2) * 1j),
        np.arange(8, dtype=">i4").reshape(4, 2),
        np.ma.masked_equal(np.arange(8).reshape(4, 2), 3),
        np.zeros((4, 2), [("p", "i4"), ("q", "S3")]),
    ],
)
def test_arrays(X):
    out = take_unread(X)
    assert (type(out), out.dtype) == (type(X), X.dtype)
    assert not np.shares_memory(out, X)
    assert str(out.tolist()) == str([X[i].tolist() for i in ROWS])


def test_lists_keep_their_objects():
    cell = object()
    X = [[1, "a"], (None, cell), np.array([3, 4]), [2**70, 0.5]]
    assert take_unread(X) == [[2**70, 0.5], [None, cell], [None, cell], [1, "a"]]
    assert take_unread(X)[3] is not X[0]
    assert take_unread(((1, "a"), ("b", 2)), np.array([1])).tolist() == [["b", 2]]


@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csc_array, sparse.csr_matrix, sparse.csc_matrix])
def test_sparse(kind):
    X = kind(np.array([[np.nan, 0], [0, np.inf], [3, 0], [0, 0.0]]))
    out = take_unread(X)
    assert (type(out), out.dtype) == (kind, X.dtype)
    np.testing.assert_array_equal(out.toarray(), X.toarray()[ROWS])
    assert take_unread(sparse.coo_array(X)).format == "csr"


@pytest.mark.parametrize("make", travellers.LIBRARIES)
def test_frames(make):
    X = make({"a": np.array([np.nan, 1, np.inf, 3])}, travellers.make_columns(4))
    out = take_unread(X)
    assert travellers.schema_of(out) == travellers.schema_of(X)
    for name, cell in travellers.CELLS.items():
        assert travellers.cells_of(out, name) == [cell(i) for i in ROWS]
    same = select_rows(X, AllExcept(4, np.array([1])))
    assert travellers.cells_of(same, "amount") == [travellers.CELLS["amount"](i) for i in (0, 2, 3)]


@pytest.mark.parametrize("place", array_libraries.DEVICES)
@pytest.mark.parametrize("dtype", ["f8", "f4", "i8", "?", "c16"])
def test_arrays_of_a_device(place, dtype):
    X = np.array([[0, 1], [2, 3], [4, 5], [6, 0]]).astype(dtype)
    if dtype[0] in "fc":
        X[1, 0] = np.nan
    there = place(X)
    array_libraries.assert_equal_like(take_unread(there), X[ROWS], there)
    array_libraries.assert_equal_like(select_rows(there[:, 0], AllExcept(4, np.array([0]))), X[1:, 0], there)


def test_series_and_labels():
    pandas, polars, pyarrow = (optional(name) for name in ("pandas", "polars", "pyarrow"))
    labels = ["a", "b", "c", "d"]
    expected = ["d", "b", "b", "a"]
    assert select_rows(labels, ROWS) == expected
    series = select_rows(pandas.Series(labels, index=[5, 6, 7, 8], name="y"), ROWS)
    assert (series.tolist(), series.name, series.index.tolist()) == (expected, "y", [0, 1, 2, 3])
    assert select_rows(polars.Series("y", labels), ROWS).to_list() == expected
    assert select_rows(pyarrow.array(labels), ROWS).to_pylist() == expected
    assert select_rows(pyarrow.chunked_array([labels[:2], labels[2:]]), ROWS).to_pylist() == expected


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (np.array(["a", "b"], object), ValueError, "Expected 2D array, got 1D array"),
        (["a", "b"], ValueError, "Expected 2D array, got 1D array"),
        ([[1, 2], [3]], ValueError, "Expected 2D array, got 1D array"),
        (np.empty((0, 2), object), ValueError, "0 sample"),
        (np.empty((2, 0), object), ValueError, "0 feature"),
        ("rows.csv", TypeError, "no table"),
        (None, TypeError, "no table"),
    ],
)
def test_what_has_no_rows(X, error, message):
    with pytest.raises(error, match=message):
        enter_X(X, roles=UNREAD)


def test_what_has_no_way_back():
    polars, narwhals = optional("polars"), optional("narwhals")
    with pytest.raises(TypeError, match="is lazy"):
        enter_X(polars.LazyFrame({"a": [1]}), roles=UNREAD)
    with pytest.raises(TypeError, match="is lazy"):
        enter_X(narwhals.from_native(polars.LazyFrame({"a": [1]})), roles=UNREAD)
    with pytest.raises(TypeError, match="to_dense"):
        enter_X(optional("torch").eye(3).to_sparse(), roles=UNREAD)
