"""Values beside a table: their number, their missing values, and their form as features."""

import numpy as np
import pytest
from scipy import sparse
from support import array_libraries
from support.optional import optional

from gpu_smotetomek.containers import append_missing_row, build_frame, enter_numbers, enter_values


def test_containers_are_those_that_came():
    pd, pl, pa = (optional(name) for name in ("pandas", "polars", "pyarrow"))
    numbers = np.arange(3.0)
    for values in (
        numbers,
        numbers.tolist(),
        [[1], [2], [3]],
        pd.Series(numbers),
        pd.DataFrame({"a": numbers}),
        pl.Series(numbers),
        pa.array(numbers),
        pa.table({"a": numbers}),
        sparse.csr_array(np.eye(3)),
        array_libraries.strict(numbers),
    ):
        assert enter_values(values, 3) is values
        with pytest.raises(ValueError, match="values has 3 rows, and the X that was resampled had 4"):
            enter_values(values, 4)


def test_objects_without_rows_to_take():
    assert enter_values(sparse.coo_array(np.eye(3)), 3).format == "csr"
    np.testing.assert_array_equal(enter_values(range(3), 3), [0, 1, 2])
    with pytest.raises(TypeError, match="is lazy"):
        enter_values(optional("polars").LazyFrame({"a": [1]}), 1)


def test_missing_cells_of_nested_lists():
    assert append_missing_row([[1, [2, 3]], [4, [5, 6]]])[-1] == [None, [None, None]]
    assert append_missing_row([np.zeros(2)])[-1] == [None, None]
    assert append_missing_row(["a"]) == ["a", None]


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "g", "c8", "M8[ns]", "m8[D]", "O"])
def test_missing_cells_have_the_dtype_of_the_array(dtype):
    values = np.zeros((2, 3), dtype)
    longer = append_missing_row(values)
    assert (longer.shape, longer.dtype) == ((3, 3), values.dtype)
    assert optional("pandas").isna(longer[2]).all()
    assert not optional("pandas").isna(longer[:2]).any()


def test_numbers_come_back_in_the_form_that_came():
    pd, pl, pa = (optional(name) for name in ("pandas", "polars", "pyarrow"))
    kept, made = np.array([2, 0]), np.array([[7.0]])
    for values, expected in (
        (np.arange(3.0), np.array([2.0, 0, 7])),
        ([0.0, 1, 2], [2, 0.0, 7.0]),
        (pd.Series([0.0, 1, 2], name="a", index=[5, 6, 7]), pd.Series([2.0, 0, 7], name="a")),
        (pl.Series("a", [0.0, 1, 2]), pl.Series("a", [2.0, 0, 7])),
        (pa.array([0.0, 1, 2]), pa.array([2.0, 0, 7])),
    ):
        table, unwrap = enter_numbers(values)
        assert table.matrix.shape == (3, 1)
        back = unwrap(table.restore(kept, made, list))
        assert type(back) is type(values)
        equal = back.equals(expected) if hasattr(back, "equals") else np.array_equal(back, expected)
        assert equal


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames_of_numbers_and_text(library):
    frames = optional(library)
    columns = {"n": np.array([1, 2]), "x": np.array([0.5, np.nan]), "text": np.array(["a", None], object)}
    frame = build_frame(columns, library)
    assert type(frame) is frames.DataFrame
    assert list(frame.columns) == list(columns)
    assert frame["n"].to_list() == [1, 2]
    assert frame["text"].to_list()[0] == "a"
    empty = build_frame({name: values[:0] for name, values in columns.items()}, library)
    assert [str(dtype) for dtype in empty.dtypes] == [str(dtype) for dtype in frame.dtypes]
