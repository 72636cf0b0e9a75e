"""Frames and labels of polars and PyArrow keep their schema; what is no number is an error that names its columns."""

import numpy as np
import pytest
from support.optional import optional
from support.round_trips import KEPT, NOTHING, NUMBERS, assert_refused, assert_refused_y, mixed_columns, round_trip

from gpu_smotetomek.containers import enter_X, enter_y


class TestPolarsAndArrow:
    @pytest.fixture(params=["polars", "pyarrow"])
    def frame(self, request):
        library = optional(request.param)
        return library.DataFrame if request.param == "polars" else library.table

    def test_mixed_columns(self, frame):
        X = frame(mixed_columns())
        table = enter_X(X)
        assert table.dtypes == tuple(column.dtype for column in mixed_columns().values())
        assert table.matrix.dtype == np.float64
        out = round_trip(X)
        assert type(out) is type(X)
        assert out.schema == X.schema
        for name, column in mixed_columns().items():
            np.testing.assert_array_equal(np.asarray(out[name]), column[[0, 2, 1]])

    @pytest.mark.parametrize("dtype", [name for name in NUMBERS if name not in {"f2", "g"}])
    def test_one_dtype(self, frame, dtype):
        X = frame({"a": np.array([0, 1, 0], dtype), "b": np.array([1, 0, 1], dtype)})
        table = enter_X(X)
        assert table.matrix.dtype == np.dtype(dtype)
        assert table.dtypes is None
        out = round_trip(X, np.array([1]))
        assert out.schema == X.schema
        np.testing.assert_array_equal(np.asarray(out["a"]), np.array([1, 1], dtype))

    @pytest.mark.parametrize("m", [0, 2])
    def test_all_or_nothing_kept(self, frame, m):
        X = frame(mixed_columns())
        assert len(round_trip(X, np.arange(3), m)["f8"]) == 3 + m
        assert len(round_trip(X, NOTHING, m)["f8"]) == m

    def test_chunks(self):
        pyarrow = optional("pyarrow")
        X = pyarrow.table({"a": pyarrow.chunked_array([[1, 2], [3]]), "b": [0.5, 1.5, 2.5]})
        assert round_trip(X).to_pydict() == {"a": [1, 3, 2], "b": [0.5, 2.5, 1.5]}

    def test_arrow_schema_is_kept(self):
        pyarrow = optional("pyarrow")
        fields = [
            pyarrow.field("a", pyarrow.int64(), nullable=False, metadata={"unit": "mm"}),
            pyarrow.field("b", pyarrow.float16()),
        ]
        schema = pyarrow.schema(fields, metadata={"made": "by hand"})
        X = pyarrow.table({"a": [1, 2, 3], "b": np.array([1, 2, 3], "f2")}, schema=schema)
        assert round_trip(X).schema.equals(schema, check_metadata=True)

    def test_columns_that_are_no_numbers(self, frame):
        import datetime

        X = frame({"fine": [1, 2], "text": ["a", "b"], "day": [datetime.date(2020, 1, 1)] * 2, "none": [None, None]})
        assert_refused(r"are not numbers: 'text' \(String\), 'day' \(Date\), 'none' \(\w+\)\. SMOTETomek measures", X)

    def test_categories_are_no_numbers(self):
        polars, pyarrow = optional("polars"), optional("pyarrow")
        assert_refused("'a' .Categorical", polars.DataFrame({"a": polars.Series(["x", "y"], dtype=polars.Categorical)}))
        assert_refused("'a' .Categorical", pyarrow.table({"a": pyarrow.array(["x", "y"]).dictionary_encode()}))
        assert_refused(
            "'a' of X holds numbers in a form that arrays do not have .Decimal",
            polars.DataFrame({"a": polars.Series([1, 2], dtype=polars.Decimal(5, 2))}),
        )
        assert_refused("'a' .Duration", polars.DataFrame({"a": polars.Series([1, 2], dtype=polars.Duration)}))

    def test_missing(self, frame):
        assert_refused(
            r"Input X contains NaN\.\n.*impute them.*\nThe columns concerned: 'b'\.",
            frame({"a": [1, 2], "b": [1, None]}),
        )
        assert_refused(
            r"(?s)Input X contains NaN.*The columns concerned: 'b'\.$", frame({"a": [1, 2], "b": [1.0, np.nan]})
        )

    def test_no_columns(self, frame):
        assert_refused("while a minimum of 1 is required", frame({}))

    def test_same_name_twice(self):
        pyarrow = optional("pyarrow")
        column = pyarrow.array([1, 2])
        assert_refused(
            "several columns of the same name: 'a'", pyarrow.Table.from_arrays([column, column], names=["a", "a"])
        )

    def test_lazy_frames(self):
        lazy = optional("polars").LazyFrame({"a": [1, 2]})
        assert_refused(r"polars.*LazyFrame is lazy, and resampling needs its rows: call \.collect\(\)", lazy, TypeError)
        assert_refused_y(r"LazyFrame is lazy", lazy, TypeError)


class TestPolarsAndArrowLabels:
    def test_categories(self):
        polars = optional("polars")
        for dtype in (polars.Categorical, polars.Enum(["c", "b", "a"]), polars.String):
            y = polars.Series("target", ["b", "a", "b"], dtype=dtype)
            target = enter_y(y)
            assert target.labels.tolist() == ["b", "a", "b"]
            out = target.restore(KEPT, target.labels[[1]])
            assert (out.name, out.dtype, out.to_list()) == ("target", y.dtype, ["b", "b", "a"])

    def test_dictionaries(self):
        pyarrow = optional("pyarrow")
        words = pyarrow.DictionaryArray.from_arrays([1, 0, 1], ["low", "high", "unused"], ordered=True)
        for y in (words, pyarrow.chunked_array([words[:1], words[1:]])):
            target = enter_y(y)
            assert target.labels.tolist() == ["high", "low", "high"]
            out = target.restore(KEPT, target.labels[[1]])
            assert out.type == y.type
            assert out.to_pylist() == ["high", "high", "low"]

    def test_frames_of_one_column(self):
        for y in (
            optional("polars").DataFrame({"t": ["b", "a", "b"]}),
            optional("pyarrow").table({"t": ["b", "a", "b"]}),
        ):
            out = enter_y(y).restore(KEPT, np.array(["a"], object))
            assert type(out) is type(y)
            assert out["t"].to_pylist() if hasattr(out["t"], "to_pylist") else out["t"].to_list() == ["b", "b", "a"]
