"""Frames with columns that only travel: kept rows keep their cells, synthetic rows get a missing cell or that of a base row."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import travellers
from support.optional import optional
from support.round_trips import NOTHING

from gpu_smotetomek.containers import ColumnRoles, enter_X

N = 12
NUMBERS = {"a": np.arange(N) / 8, "b": np.arange(N, dtype="f4"), "c": np.arange(N, dtype="i2")}
NAMES = tuple(travellers.CELLS)
TIMES = ["datetime64[s]", "datetime64[ns, UTC]", "timedelta64[s]", "period[D]"]
ARROW = ["int64[pyarrow]", "string[pyarrow]"]


def never():
    raise AssertionError("the bases are needed for fill='base' only")


def enter(frame, names=NAMES, **roles):
    return enter_X(frame, estimator="SMOTE", roles=ColumnRoles(passthrough=names, **roles))


@pytest.fixture(params=travellers.LIBRARIES)
def frame(request):
    return request.param(NUMBERS, travellers.make_columns(N))


class TestFrames:
    def test_the_matrix_holds_the_numbers(self, frame):
        table = enter(frame)
        np.testing.assert_array_equal(table.matrix, np.column_stack(list(NUMBERS.values())))
        assert table.dtypes == tuple(column.dtype for column in NUMBERS.values())

    @given(data=st.data())
    @pytest.mark.parametrize("make", travellers.LIBRARIES)
    def test_cells_by_any_rows(self, make, data):
        frame = make(NUMBERS, travellers.make_columns(N))
        names = data.draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
        others = [name for name in NAMES if name not in names]
        frame = (
            frame.drop(others)
            if hasattr(frame, "column_names")
            else frame[[*(n for n in frame.columns if n not in others)]]
        )
        kept = np.array(data.draw(st.lists(st.integers(0, N - 1), max_size=8)), np.int64)
        bases = np.array(data.draw(st.lists(st.integers(0, N - 1), max_size=8)), np.int64)
        fill = data.draw(st.sampled_from(["missing", "base"]))
        table = enter(frame, tuple(names), fill=fill)
        out = table.restore(kept, table.matrix[bases], (lambda: bases) if fill == "base" else never)
        assert type(out) is type(frame)
        assert travellers.schema_of(out) == travellers.schema_of(frame)
        for name in names:
            cells = [travellers.CELLS[name](i) for i in kept]
            cells += [None if fill == "missing" else travellers.CELLS[name](i) for i in bases]
            assert travellers.cells_of(out, name) == cells
        for name, values in NUMBERS.items():
            np.testing.assert_array_equal(np.asarray(out[name]), values[[*kept, *bases]])

    def test_unknown_names(self, frame):
        with pytest.raises(
            ValueError, match="passthrough names 'flags', and X has no such column; did you mean 'flag'"
        ):
            enter(frame, ("text", "flags"))
        with pytest.raises(ValueError, match=r"names 7, and X has no such column; it has 'text', 'a'"):
            enter(frame, (7,))
        with pytest.raises(ValueError, match="did you mean 'text'"):
            enter(frame, ("TEXT",))

    def test_no_feature_is_left(self, frame):
        with pytest.raises(
            ValueError, match="passthrough names all columns of X, and SMOTE needs one or more features"
        ):
            enter(frame, tuple(travellers.names_of(frame)))

    def test_features_are_still_checked(self, frame):
        with pytest.raises(ValueError, match=r"columns that are not numbers: 'text' .* or name them in passthrough"):
            enter(frame, NAMES[1:])


@pytest.mark.parametrize("X", [np.eye(3), [[1, 2], [3, 4]], optional("scipy.sparse").eye(3, format="csr")])
@pytest.mark.parametrize("reads_values", [True, False])
def test_columns_without_names(X, reads_values):
    with pytest.raises(
        ValueError, match=r"passthrough names columns, and those of X .* have no names: give X as a frame"
    ):
        enter(X, ("a",), reads_values=reads_values)


def test_frames_without_a_way_back():
    polars, narwhals = optional("polars"), optional("narwhals")
    with pytest.raises(TypeError, match="is lazy"):
        enter(polars.LazyFrame({"a": [1]}), ("a",))
    with pytest.raises(TypeError, match="is lazy"):
        enter(narwhals.from_native(polars.LazyFrame({"a": [1]})), ("a",))


class TestPandas:
    @pytest.fixture
    def pandas(self):
        return optional("pandas")

    @pytest.mark.parametrize("dtype", ["i8", "u1", "?", "Sparse[int]", "interval"])
    def test_dtypes_without_a_missing_value(self, pandas, dtype):
        cells = pandas.interval_range(0, 3) if dtype == "interval" else pandas.array([1, 0, 1], dtype=dtype)
        frame = pandas.DataFrame({"x": [0.5, 1.5, 2.5], "id": cells})
        message = r"cannot hold the missing values .* 'id' \(.*\)\. Give passthrough_fill='base'.*'Int64'"
        with pytest.raises(ValueError, match=message):
            enter(frame, ("id",))
        table = enter(frame, ("id",), fill="base")
        out = table.restore(np.array([2]), table.matrix[[0]], lambda: np.array([1]))
        assert out["id"].dtype == frame["id"].dtype
        assert out["id"].tolist() == frame["id"][[2, 1]].tolist()
        kept = enter(frame, ("id",), adds_rows=False).restore(np.array([2, 0]), table.matrix[:0], never)
        assert kept["id"].dtype == frame["id"].dtype
        with pytest.raises(ValueError, match="cannot hold the missing values"):
            enter(frame, ("id",), adds_rows=False).restore(np.array([2, 0]), table.matrix[:1], never)

    @pytest.mark.parametrize(
        "dtype",
        ["f4", "c16", "object", "str", "category", "Int8", "Float32", "boolean", "Sparse[float]", *TIMES, *ARROW],
    )
    def test_dtypes_with_a_missing_value(self, pandas, dtype):
        if dtype in ARROW:
            optional("pyarrow")
        cells = pandas.Series([1, 0, 1])
        cells = cells.astype("datetime64[s]") if dtype == "period[D]" else cells
        frame = pandas.DataFrame({"id": cells.astype(dtype), "x": [0.5, 1.5, 2.5]})
        table = enter(frame, ("id",))
        out = table.restore(np.array([2, 1]), table.matrix[[0]], never)
        assert out["id"].dtype == frame["id"].dtype
        assert out["id"][:2].tolist() == frame["id"][[2, 1]].tolist()
        assert out["id"].isna().tolist() == [False, False, True]

    def test_names_of_any_kind(self, pandas):
        columns = pandas.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)], names=["letter", "digit"])
        frame = pandas.DataFrame([[1.0, "x", 2.0], [3.0, "y", 4.0]], columns=columns, index=[7, 8])
        table = enter(frame, (("a", 2),))
        out = table.restore(np.array([1]), table.matrix[[0]], never)
        assert out.columns.equals(columns)
        assert out.columns.names == columns.names
        assert out.index.tolist() == [0, 1]
        assert out[("a", 2)][:1].tolist() == ["y"]
        with pytest.raises(ValueError, match="several columns of the same name: 'a'"):
            enter(pandas.DataFrame(np.eye(3), columns=["a", "a", "b"]), ("b",))

    def test_the_result_is_not_the_callers_memory(self, pandas):
        frame = pandas.DataFrame({"t": np.array([1.0, 2.0]), "x": [0.5, 1.5]})
        out = enter(frame, ("t",)).restore(np.arange(2), np.empty((0, 1)), never)
        assert not np.shares_memory(out["t"].to_numpy(), frame["t"].to_numpy())


class TestArrow:
    def test_a_column_declared_without_nulls(self):
        pyarrow = optional("pyarrow")
        schema = pyarrow.schema([pyarrow.field("id", pyarrow.string(), nullable=False), ("x", pyarrow.float64())])
        X = pyarrow.table({"id": ["p", "q"], "x": [0.5, 1.5]}, schema=schema)
        with pytest.raises(ValueError, match=r"'id' \(string not null\)\. Give passthrough_fill='base'"):
            enter(X, ("id",))
        table = enter(X, ("id",), fill="base")
        out = table.restore(NOTHING, table.matrix, lambda: np.array([1, 1]))
        assert out.schema.equals(schema)
        assert out["id"].to_pylist() == ["q", "q"]

    def test_names_that_occur_twice(self):
        pyarrow = optional("pyarrow")
        X = pyarrow.table([[1.0], [2.0], ["t"]], names=["a", "a", "t"])
        with pytest.raises(ValueError, match="several columns of the same name: 'a'"):
            enter(X, ("t",))
