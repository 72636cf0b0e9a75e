"""pandas frames and labels keep their dtypes; what is no number is an error that names its columns."""

import numpy as np
import pytest
import scipy.sparse
from support.optional import optional
from support.round_trips import KEPT, NUMBERS, assert_refused, mixed_columns, round_trip

from gpu_smotetomek.containers import enter_X, enter_y


class TestPandas:
    @pytest.fixture
    def pandas(self):
        return optional("pandas")

    def assert_equal(self, out, expected):
        optional("pandas").testing.assert_frame_equal(out, expected.reset_index(drop=True))

    def test_mixed_columns(self, pandas):
        X = pandas.DataFrame(mixed_columns(), index=[7, 8, 9])
        table = enter_X(X)
        assert table.matrix.dtype == np.float64
        assert table.dtypes == tuple(X.dtypes)
        np.testing.assert_array_equal(table.matrix[1], [1.5, 1, 3, 3, 0])
        self.assert_equal(round_trip(X), X.iloc[[0, 2, 1]])  # the large integers too

    @pytest.mark.parametrize("dtype", [name for name in NUMBERS if name != "g"])
    def test_one_dtype(self, pandas, dtype):
        X = pandas.DataFrame(np.arange(6).reshape(3, 2).astype(dtype), columns=["a", 5])
        table = enter_X(X)
        assert table.matrix.dtype == np.dtype(dtype)
        assert table.dtypes is None
        self.assert_equal(round_trip(X), X.iloc[[0, 2, 1]])

    def test_one_block_is_not_copied(self, pandas):
        X = pandas.DataFrame(np.eye(3))
        assert np.shares_memory(enter_X(X).matrix, X.to_numpy())

    @pytest.mark.parametrize("dtype", ["Int64", "UInt8", "Float64", "Float32", "boolean"])
    def test_nullable(self, pandas, dtype):
        X = pandas.DataFrame({"a": pandas.array([1, 0, 1], dtype=dtype), "b": [0.5, 1, 2]})
        assert enter_X(X).matrix.dtype == np.float64
        self.assert_equal(round_trip(X), X.iloc[[0, 2, 1]])
        self.assert_equal(round_trip(X[["a"]]), X[["a"]].iloc[[0, 2, 1]])
        assert enter_X(X[["a"]]).matrix.dtype == np.dtype(bool if dtype == "boolean" else dtype.lower())

    def test_nullable_integers_stay_exact(self, pandas):
        X = pandas.DataFrame({"a": [2**60 + 1, 3, 5]}, dtype="Int64")
        assert enter_X(X).matrix[0, 0] == 2**60 + 1

    @pytest.mark.parametrize("dtype", ["int64[pyarrow]", "float[pyarrow]", "bool[pyarrow]"])
    def test_arrow_columns(self, pandas, dtype):
        optional("pyarrow")
        X = pandas.DataFrame({"a": [1, 0, 1], "b": [0.5, 1, 2]}).astype({"a": dtype})
        self.assert_equal(round_trip(X), X.iloc[[0, 2, 1]])

    def test_objects_that_are_numbers(self, pandas):
        X = pandas.DataFrame({"a": np.array([1, 2.5, 3], object), "b": [1, 2, 3]})
        assert enter_X(X).dtypes == (np.float64, np.int64)
        out = round_trip(X)
        assert out.dtypes.tolist() == X.dtypes.tolist()
        assert out["a"].tolist() == [1, 3, 2.5]

    @pytest.mark.parametrize("dtypes", [("f8", "f8"), ("f4", "?"), ("i8", "i8")])
    def test_sparse_columns(self, pandas, dtypes):
        columns = [
            pandas.arrays.SparseArray(np.array([0, 1, 0], dtype), fill_value=np.zeros(1, dtype)[0]) for dtype in dtypes
        ]
        X = pandas.DataFrame(dict(zip("ab", columns, strict=True)))
        table = enter_X(X)
        assert type(table.matrix) is scipy.sparse.csr_matrix
        assert table.matrix.nnz == 2
        assert table.matrix.dtype == np.result_type(*dtypes)
        self.assert_equal(round_trip(X), X.iloc[[0, 2, 1]])

    @pytest.mark.parametrize("fill", [np.nan, 1.0])
    def test_sparse_columns_with_another_fill_or_beside_dense_ones(self, pandas, fill):
        X = pandas.DataFrame({"a": pandas.arrays.SparseArray([0.0, 1.0, 0.0], fill_value=fill)})
        for frame in (X, X.assign(b=[0.5, 1.5, 2.5])):
            assert isinstance(enter_X(frame).matrix, np.ndarray)
            self.assert_equal(round_trip(frame), frame.iloc[[0, 2, 1]])

    def test_any_column_index(self, pandas):
        for columns in (
            pandas.MultiIndex.from_product([["a"], [1, 2]], names=["outer", "inner"]),
            pandas.RangeIndex(2),
            pandas.Index(["a", None], name="named"),
            pandas.to_datetime(["2020-01-01", "2021-01-01"]),
        ):
            X = pandas.DataFrame(np.eye(3)[:, :2], columns=columns)
            X = X.astype({columns[0]: "int8"})
            self.assert_equal(round_trip(X), X.iloc[[0, 2, 1]])

    def test_subclass(self, pandas):
        class Special(pandas.DataFrame):
            @property
            def _constructor(self):
                return Special

        for m in (0, 1):
            assert type(round_trip(Special(np.eye(3)), m=m)) is Special

    @pytest.mark.parametrize("m", [0, 1])
    def test_never_the_callers_memory(self, pandas, m):
        X = pandas.DataFrame(np.eye(3))
        out = round_trip(X, np.arange(3), m)
        assert isinstance(out.index, pandas.RangeIndex)
        assert not np.shares_memory(out.to_numpy(), X.to_numpy())

    def test_columns_that_are_no_numbers(self, pandas):
        X = pandas.DataFrame({
            "fine": [1, 2],
            "text": ["a", "b"],
            "object": np.array(["a", 1], object),
            "truth": np.array([True, False], object),
            "day": pandas.to_datetime(["2020-01-01", "2021-01-01"]),
            "span": pandas.to_timedelta([1, 2], unit="s"),
            "zone": pandas.to_datetime(["2020-01-01", "2021-01-01"]).tz_localize("UTC"),
            "kind": pandas.Categorical([1, 2]),
            "complex": [1j, 2],
            ("in", 1): pandas.interval_range(0, 2),
        })  # fmt: skip
        with pytest.raises(ValueError, match=r"X has columns that are not numbers: 'text' \(") as caught:
            enter_X(X, estimator="TomekLinks")
        message = str(caught.value)
        assert "'fine'" not in message
        for part in ("'object' (object)", "'truth' (object)", "'day' (datetime64[", "'span' (timedelta64[", "'zone' (datetime64[",
                     "'kind' (category)", "'complex' (complex128)", "('in', 1) (interval",
                     "TomekLinks measures distances between rows: name categories in categorical_features (of SMOTENC and the "
                     "cleaners), encode or drop the other columns, or name them in passthrough, which keeps"):  # fmt: skip
            assert part in message

    def test_only_the_first_of_many_columns_are_named(self, pandas):
        X = pandas.DataFrame({f"c{j}": ["a"] for j in range(25)})
        assert_refused(r"'c9' \(\w+\) and 15 more\. SMOTETomek", X)

    def test_same_name_twice(self, pandas):
        assert_refused(
            r"X has several columns of the same name: 'a'\. Rename or drop them\.",
            pandas.DataFrame(np.eye(3), columns=["a", "b", "a"]),
        )

    @pytest.mark.parametrize("dtype", ["Int64", "Float64", "boolean"])
    def test_missing_in_a_nullable_column(self, pandas, dtype):
        X = pandas.DataFrame({"a": [1.0, 2], "hole": pandas.array([1, None], dtype=dtype)})
        assert_refused(
            r"Input X contains NaN\.\nSMOTE does not accept missing.*\nThe columns concerned: 'hole'\.",
            X,
            estimator="SMOTE",
        )

    @pytest.mark.parametrize(
        ("value", "message"),
        [(np.nan, "Input X contains NaN"), (np.inf, "Input X contains infinity"), (None, "contains NaN")],
    )
    def test_nan_and_infinity_name_their_columns(self, pandas, value, message):
        kind = object if value is None else float
        X = pandas.DataFrame({"a": [1.0, 2], "b": np.array([1, value], kind), ("c", 1): [value or np.nan, 2.0]})
        assert_refused(rf"(?s){message}.*\nThe columns concerned: 'b', \('c', 1\)\.$", X)

    def test_nan_in_sparse_columns(self, pandas):
        X = pandas.DataFrame({"a": [0.0, 1.0], "b": [0.0, np.nan]}).astype(pandas.SparseDtype(float, 0.0))
        assert_refused(r"(?s)Input X contains NaN.*\nThe columns concerned: 'b'\.$", X)

    def test_no_rows_or_columns(self, pandas):
        assert_refused(
            r"Found array with 0 feature\(s\) \(shape=\(2, 0\)\) while a minimum of 1 is",
            pandas.DataFrame(index=[0, 1]),
        )
        assert_refused(r"Found array with 0 sample\(s\) \(shape=\(0, 1\)\)", pandas.DataFrame({"a": np.empty(0)}))

    def test_series_is_no_matrix(self, pandas):
        assert_refused("Expected 2D array, got 1D array instead", pandas.Series([1.0, 2.0]))


class TestPandasLabels:
    @pytest.mark.parametrize("dtype", ["category", "Int64", "boolean", "string", "str", "int8", "Float64", "object"])
    def test_series(self, dtype):
        pandas = optional("pandas")
        values = [True, False, True] if dtype == "boolean" else [1, 0, 1]
        values = list("bab") if dtype in {"category", "string", "str", "object"} else values
        y = pandas.Series(values, dtype=dtype, name="target", index=[7, 8, 9])
        target = enter_y(y)
        assert target.labels.dtype.kind in "biufO"
        assert target.labels.tolist() == values
        out = target.restore(KEPT, target.labels[[1]])
        pandas.testing.assert_series_equal(out, y.iloc[[0, 2, 1]].reset_index(drop=True))

    def test_unused_and_ordered_categories_are_kept(self):
        pandas = optional("pandas")
        dtype = pandas.CategoricalDtype([3, 2, 1, 0], ordered=True)
        target = enter_y(pandas.Series([1, 3, 1], dtype=dtype))
        assert target.labels.dtype == np.int64
        assert target.restore(KEPT, np.array([3])).dtype == dtype

    @pytest.mark.parametrize("dtype", ["str", "int8", "category"])
    def test_frame_of_one_column(self, dtype):
        pandas = optional("pandas")
        y = pandas.DataFrame({"target": ["1", "0", "1"]}, index=[7, 8, 9]).astype(dtype)
        target = enter_y(y)
        assert target.labels.ndim == 1
        out = target.restore(KEPT, target.labels[[1]])
        pandas.testing.assert_frame_equal(out, y.iloc[[0, 2, 1]].reset_index(drop=True))
