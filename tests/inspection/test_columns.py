"""The columns of any container as NumPy arrays, missing cells apart."""

import datetime

import numpy as np
import pytest
from support.optional import optional

from gpu_smotetomek.inspection.columns import read_columns


def read(X):
    """Kind, cells and number of missing cells of each column."""
    return [(column.kind, column.cells.tolist(), column.n_missing) for column in read_columns(X)]


def test_arrays():
    assert read(np.array([[1, 2], [3, 4]])) == [("number", [1, 3], 0), ("number", [2, 4], 0)]
    assert read(np.array([[1.5, np.nan], [np.inf, 4]])) == [("number", [1.5], 1), ("number", [4.0], 1)]
    assert read(np.array([[True], [False]])) == [("boolean", [True, False], 0)]
    assert read([[1, "a"], [None, "b"]]) == [("number", [1.0], 1), ("text", ["a", "b"], 0)]
    assert read(np.array([["2024-01-01"], ["NaT"]], "M8[D]"))[0][::2] == ("time", 1)
    assert [column.name for column in read_columns(np.zeros((3, 2, 2)))] == [0, 1, 2, 3]


def test_pandas():
    pd = optional("pandas")
    frame = pd.DataFrame(
        {
            "i": pd.Series([1, None, 3], dtype="Int64"),
            "f": [1.5, np.nan, np.inf],
            "b": pd.Series([True, None, False], dtype="boolean"),
            "c": pd.Categorical(["p", None, "q"]),
            "s": ["x", None, "y"],
            "t": pd.to_datetime(["2024-01-01", None, "2024-01-03"]),
        }
    )
    found = read(frame)
    assert [kind for kind, _, _ in found] == ["number", "number", "boolean", "text", "text", "time"]
    assert [missing for _, _, missing in found] == [1, 2, 1, 1, 1, 1]
    assert [cells for _, cells, _ in found][:5] == [[1, 3], [1.5], [True, False], ["p", "q"], ["x", "y"]]
    (column,) = read_columns(frame[["f"]])
    assert column.is_given.tolist() == [True, False, False]


def test_polars():
    pl = optional("polars")
    frame = pl.DataFrame({"l": [[1], None, [2, 3]], "d": [datetime.date(2024, 1, 1), None, None], "n": [None] * 3})
    assert read(frame) == [("other", ["[1]", "[2, 3]"], 1), ("time", [datetime.date(2024, 1, 1)], 2), ("other", [], 3)]
    decimals = pl.DataFrame({"x": ["1.50", "2.25"]}).cast(pl.Decimal(9, 2))
    assert read(decimals) == [("number", [1.5, 2.25], 0)]


@pytest.mark.parametrize(
    ("cells", "codes"), [([3.5, 1.0, 3.5], [1, 0, 1]), ([7, 7, 8], [0, 0, 1]), (["b", "a", "b"], [0, 1, 0])]
)
def test_equal_cells_have_equal_codes(cells, codes):
    (column,) = read_columns(np.array(cells, object).reshape(-1, 1) if isinstance(cells[0], str) else np.c_[cells])
    assert column.codes.tolist() == codes
    assert column.n_distinct == 2


def test_whole_numbers():
    columns = np.array([[1.0, 1.5, 2.0**60, 3], [2.0, 2.0, 1, 4]])
    assert [column.is_whole for column in read_columns(columns)] == [True, False, False, True]
    assert not next(read_columns(np.array([[True], [False]]))).is_whole
    assert not next(read_columns(np.array([[np.nan], [np.nan]]))).is_whole
