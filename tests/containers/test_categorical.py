"""Categorical columns: cells, dtypes, categories and their order come back; codes are in the order of the values."""

import numpy as np
import pytest
from support import array_libraries
from support.optional import optional

from gpu_smotetomek.containers import ColumnRoles, enter_X, get_mixed_features
from gpu_smotetomek.containers._categories import encode_ids, identify_objects, sort_cells


def enter(X, categorical="auto", **roles):
    return enter_X(X, roles=ColumnRoles(categorical=categorical, **roles))


def round_trip(X, categorical="auto", kept=(0, 2), synthetic=(1, 3)):
    """Rows `kept` as they came, then rows rebuilt from the matrix."""
    table = enter(X, categorical)
    rows = table.matrix[list(synthetic), :]
    return table.restore(np.array(kept), rows, lambda: np.array(synthetic))


def pandas_columns():
    pd = optional("pandas")
    return {
        "ordered": pd.Categorical(["low", "high", "low", "mid"], ["low", "mid", "high", "never"], ordered=True),
        "numbers": pd.Categorical([3, 1, 3, 2], [9, 3, 2, 1]),
        "gaps": pd.Categorical(["b", None, "a", None], ["b", "a"]),
        "objects": np.array(["x", None, "y", "x"], object),
        "text": pd.array(["u", pd.NA, "v", "u"], "string"),
        "truth": np.array([True, False, True, True]),
        "maybe": pd.array([True, pd.NA, False, True], "boolean"),
        "flags": np.array([True, None, False, True], object),
    }


@pytest.mark.parametrize("name", ["ordered", "numbers", "gaps", "objects", "text", "truth", "maybe", "flags"])
def test_pandas_columns_come_back(name):
    pd = optional("pandas")
    frame = pd.DataFrame({"before": [1.5, 2.5, 3.5, 4.5], name: pandas_columns()[name], "after": [1, 2, 3, 4]})
    found = round_trip(frame)
    expected = frame.iloc[[0, 2, 1, 3]].reset_index(drop=True)
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_pandas_columns_of_arrow_come_back():
    pd, pa = optional("pandas"), optional("pyarrow")
    types = [pa.string(), pa.bool_(), pa.dictionary(pa.int8(), pa.string())]
    values = [["a", None, "b", "a"], [True, None, False, True], ["a", None, "b", "a"]]
    columns = {str(t): pd.array(v, pd.ArrowDtype(t)) for t, v in zip(types, values, strict=True)}
    frame = pd.DataFrame({"x": [1.0, 2, 3, 4], **columns})
    assert get_mixed_features(enter(frame)).categorical == (1, 2, 3)
    pd.testing.assert_frame_equal(round_trip(frame), frame.iloc[[0, 2, 1, 3]].reset_index(drop=True))


def test_auto_leaves_numbers_and_travelling_columns_to_their_roles():
    pd = optional("pandas")
    frame = pd.DataFrame({"x": [1.0, 2], "t": ["a", "b"], "c": pd.Categorical([1, 2]), "n": np.array([1, 2.5], object)})
    assert get_mixed_features(enter(frame)) == ((1, 2), (0, 3), (2, 2))
    assert get_mixed_features(enter(frame, passthrough=("t",))) == ((2,), (0, 3), (2,))
    assert get_mixed_features(enter(frame[["x", "n"]])) is None


def polars_columns(pl):
    return {
        "enum": pl.Series(["b", "a", "b", "c"], dtype=pl.Enum(["c", "b", "a", "never"])),
        "category": pl.Series(["b", None, "a", "b"], dtype=pl.Categorical),
        "text": pl.Series(["u", None, "v", "u"]),
        "truth": pl.Series([True, None, False, True]),
    }


@pytest.mark.parametrize("name", ["enum", "category", "text", "truth"])
def test_polars_columns_come_back(name):
    pl = optional("polars")
    frame = pl.DataFrame({"before": [1.5, 2.5, 3.5, 4.5], name: polars_columns(pl)[name], "after": [1, 2, 3, 4]})
    assert get_mixed_features(enter(frame)).categorical == (1,)
    found = round_trip(frame)
    assert found.schema == frame.schema
    assert found.equals(frame[[0, 2, 1, 3]])


@pytest.mark.parametrize("dtype", ["Float64", "Int8", "UInt64", "Date", "Float32"])
def test_polars_columns_of_any_dtype_may_be_named(dtype):
    pl = optional("polars")
    column = pl.Series([3, 1, 3, None]).cast(getattr(pl, dtype))
    frame = pl.DataFrame({"x": [1.5, 2.5, 3.5, 4.5], "c": column})
    assert round_trip(frame, ["c"]).equals(frame[[0, 2, 1, 3]])
    assert enter(frame, ["c"]).matrix[:, 1].tolist() == [1, 0, 1, 2]


def test_columns_of_lists_are_no_categories():
    pl = optional("polars")
    with pytest.raises(ValueError, match="a category must be one value, such as text or a number; 'c' holds List"):
        enter(pl.DataFrame({"x": [1.0, 2.0], "c": [[1], [2]]}), ["c"])


def test_arrow_columns_come_back():
    pa = optional("pyarrow")
    fields = [
        pa.field("x", pa.float64(), nullable=False),
        pa.field("d", pa.dictionary(pa.int16(), pa.string(), ordered=True)),
        pa.field("s", pa.string()),
        pa.field("l", pa.large_string(), nullable=False),
        pa.field("b", pa.bool_()),
    ]
    cells = {
        "x": [1.5, 2.5, 3.5, 4.5],
        "d": ["q", None, "p", "q"],
        "s": ["a", None, "b", "a"],
        "l": list("zyzx"),
        "b": [True, None, False, True],
    }
    schema = pa.schema(fields, metadata={"made": "by a test"})
    table = pa.Table.from_pydict(cells, schema=schema)
    for chunked in (table, pa.concat_tables([table.slice(0, 1), table.slice(1)])):
        assert get_mixed_features(enter(chunked)).categorical == (1, 2, 3, 4)
        found = round_trip(chunked)
        assert found.schema.equals(schema, check_metadata=True)
        assert found.to_pydict() == table.take([0, 2, 1, 3]).to_pydict()


def test_codes_are_in_the_order_of_the_values_and_missing_ones_last():
    pd = optional("pandas")
    frame = pd.DataFrame({"x": np.arange(4.0), "c": pd.Categorical(["b", None, "c", "a"], ["c", "b", "a"])})
    table = enter(frame)
    assert table.matrix[:, 1].tolist() == [1, 3, 2, 0]
    assert get_mixed_features(table).n_categories == (4,)


def test_cells_without_an_order_have_one_by_type():
    assert sort_cells(["b", 2, "a", 1]) == [3, 1, 2, 0]
    assert sort_cells([float("nan"), 2.0, None, 1.0]) == [3, 1, 2, 0]


def test_equal_cells_with_two_ids_are_one_category():
    """As in a dictionary of Arrow that holds a value twice."""
    coding = encode_ids(np.array([0, 1, 2]), lambda rows: [["a", "b", "a"][row] for row in rows])
    assert coding.codes.tolist() == [0, 1, 0]
    assert coding.first_rows.tolist() == [0, 1]


def test_objects_are_told_apart_by_value():
    nan = float("nan")
    cells = np.array(["a", nan, None, "a", float("nan"), 1, True], object)
    assert identify_objects(cells).tolist() == [0, 1, 2, 0, 1, 3, 3]
    with pytest.raises(ValueError, match="a category must be hashable"):
        identify_objects(np.array([["a"], "b"], object))


@pytest.mark.parametrize("dtype", ["f8", "f4", "i8", "u1", "U3", "O", "f2"])
def test_arrays_come_back(dtype):
    X = np.array([[1, 7, 0], [2, 3, 1], [3, 7, 0], [4, 1, 1]]).astype(dtype)
    if dtype == "U3":
        with pytest.raises(ValueError, match="X has text in it"):
            enter(X, [1])
        return
    found = round_trip(X, [1, 2])
    assert found.dtype == X.dtype
    np.testing.assert_array_equal(found, X[[0, 2, 1, 3]])


def test_the_matrix_has_a_dtype_that_holds_the_codes():
    n = 3000
    X = np.stack([np.arange(n) % 2, np.arange(n)], axis=1)
    for dtype, expected in (("f4", "f4"), ("f8", "f8"), ("i8", "i8"), ("i2", "i2")):
        table = enter(X.astype(dtype), [1])
        assert (table.matrix.dtype, table.dtypes) == (np.dtype(expected), None)
    pd = optional("pandas")
    table = enter(pd.DataFrame({"x": np.zeros(n, "i1"), "c": np.arange(n).astype(str)}))
    assert (table.matrix.dtype, table.dtypes) == (np.dtype("i2"), (np.dtype("i1"),))
    table = enter(pd.DataFrame({"x": np.zeros(n, "f2"), "c": np.arange(n).astype(str)}))
    assert (table.matrix.dtype, table.dtypes) == (np.dtype("f4"), (np.dtype("f2"),))


@pytest.mark.parametrize("place", array_libraries.LIBRARIES.values(), ids=array_libraries.LIBRARIES.keys())
def test_arrays_of_other_libraries_come_back(place):
    X = place(np.array([[10, 7.5, -3], [20, 3.5, 1], [10, 7.0, -3], [30, 1.0, 1]]))
    table = enter(X, [0, -1])
    features = get_mixed_features(table)
    assert (features.categorical, features.continuous, features.n_categories) == ((0, 2), (1,), (3, 2))
    np.testing.assert_array_equal(array_libraries.host(table.matrix), [[7.5, 0, 0], [3.5, 1, 1], [7, 0, 0], [1, 2, 1]])
    found = table.restore(np.array([0, 2]), table.matrix[2:, :], None)
    np.testing.assert_array_equal(array_libraries.host(found), array_libraries.host(X)[[0, 2, 2, 3]])


def test_sparse_columns_beside_categories_are_refused():
    pd = optional("pandas")
    frame = pd.DataFrame({"x": pd.arrays.SparseArray([0.0, 1, 0, 2], fill_value=0), "c": list("abab")})
    with pytest.raises(ValueError, match="sparse columns beside categorical ones"):
        enter(frame)
