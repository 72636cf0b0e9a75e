"""Containers become arrays and are restored to the same kind; unsupported ones are errors."""

import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse
from support.optional import optional

from gpu_smotetomek.containers import enter_X, enter_y

KEPT = np.array([0, 2])
NOTHING = np.empty(0, np.int64)
NUMBERS = ["f2", "f4", "f8", "g", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?"]


def round_trip(X, kept=KEPT, m=1):
    """Convert X and restore its rows `kept`, then `m` copies of the second row of the matrix."""
    table = enter_X(X)
    return table.restore(kept, table.matrix[[1] * m])


def assert_refused(message, X, error=ValueError, **kwargs):
    with pytest.raises(error, match=message):
        enter_X(X, **kwargs)


def assert_refused_y(message, y, error=ValueError):
    with pytest.raises(error, match=message):
        enter_y(y)


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


class TestSparse:
    @pytest.mark.parametrize("family", ["matrix", "array"])
    @pytest.mark.parametrize("kind", ["csr", "csc", "coo", "lil", "bsr", "dok", "dia"])
    @pytest.mark.parametrize("dtype", ["f4", "f8", "i8"])
    def test_family_and_format(self, kind, family, dtype):
        X = getattr(scipy.sparse, f"{kind}_{family}")(np.diag([1, 2, 3]).astype(dtype))
        inside = kind if kind == "csc" else "csr"
        table = enter_X(X)
        assert type(table.matrix) is getattr(scipy.sparse, f"{inside}_{family}")
        assert table.dtypes is None
        assert (table.matrix is X) == (kind in {"csr", "csc"})
        for out in (round_trip(X), round_trip(X, np.arange(3), 0)):
            assert type(out) is type(table.matrix)
            assert out.dtype == X.dtype
            assert not np.shares_memory(out.data, table.matrix.data)
        np.testing.assert_array_equal(round_trip(X).toarray(), X.toarray()[[0, 2, 1]])

    def test_new_rows_of_the_other_format_and_family(self):
        X = scipy.sparse.csc_array(np.eye(3))
        out = enter_X(X).restore(KEPT, scipy.sparse.csr_matrix(np.eye(3)[:1]))
        assert type(out) is scipy.sparse.csc_array
        np.testing.assert_array_equal(out.toarray(), np.eye(3)[[0, 2, 0]])


def mixed_columns(length=3):
    big = 2**60 + 1  # no float64
    columns = {
        "f8": np.array([0.5, 1.5, 2.5]),
        "f4": np.array([0.1, 1, 2], "f4"),
        "i8": np.array([big, 3, big]),
        "u1": np.array([255, 3, 0], "u1"),
        "bool": np.array([True, False, True]),
    }
    return {name: column[:length] for name, column in columns.items()}


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
                     "TomekLinks measures distances between rows: encode these columns as numbers, or drop them."):  # fmt: skip
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
        assert_refused("'a' .Decimal", polars.DataFrame({"a": polars.Series([1, 2], dtype=polars.Decimal(5, 2))}))
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


class TestRefusedMatrices:
    """With scikit-learn's message if it has one."""

    @pytest.mark.parametrize("kind", [np.array, lambda X: X, scipy.sparse.csr_array], ids=["array", "list", "sparse"])
    @pytest.mark.parametrize(
        ("value", "message"),
        [
            (
                np.nan,
                r"Input X contains NaN\.\nSMOTE does not accept missing values: impute .*\nThe columns concerned: 0\.",
            ),
            (
                -np.inf,
                r"Input X contains infinity or a value too large for dtype\('float64'\)\.\nSMOTE .*drop those rows",
            ),
            (1j, "Complex data not supported"),
        ],
    )
    def test_values(self, kind, value, message):
        assert_refused(message, kind([[1.0, 2.0], [value, 3.0]]), estimator="SMOTE")

    @pytest.mark.parametrize(
        ("X", "message"),
        [
            ([1, 2], "Expected 2D array, got 1D array instead"),
            (np.zeros((2, 2, 2)), "Found array with dim 3, while dim <= 2 is required by SMOTETomek"),
            (
                np.zeros((0, 3)),
                r"Found array with 0 sample\(s\) \(shape=\(0, 3\)\) while a minimum of 1 is required by",
            ),
            (
                np.zeros((3, 0)),
                r"Found array with 0 feature\(s\) \(shape=\(3, 0\)\) while a minimum of 1 is required by",
            ),
            ([], "Expected 2D array, got 1D array instead"),
            (3.5, "Expected 2D array, got scalar array instead"),
            ([["1", "2"]], "X has text in it"),
            (np.array([["1", "2"]]), "X has text in it"),
            ([[1, 2], [3]], "inhomogeneous"),
            (
                [["a", None]],
                r"X has text in it; SMOTETomek needs numbers: encode .*, or convert, for example with X\.astype\(float\)",
            ),
            (np.array([["1", 2]], object), "X has text in it"),
            (np.array([["1"]], np.dtypes.StringDType()), "X has dtype StringDType.*convert it to integers or floats"),
            (
                np.zeros((2, 2), "M8[s]"),
                r"X has dtype datetime64\[s\]; SMOTETomek needs numbers: convert it to integers",
            ),
            (np.zeros((2, 2), "m8[s]"), r"X has dtype timedelta64\[s\]"),
            (scipy.sparse.coo_array(np.ones(3)), "Expected 2D"),
        ],
    )
    def test_kinds(self, X, message):
        assert_refused(message, X)

    @pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
    def test_type_errors(self):
        assert_refused("np.matrix is not supported", np.asmatrix(np.eye(2)), TypeError)
        assert_refused("argument must be a string or a real number", np.array([[{}, 1]], object), TypeError)
        masked = np.ma.array(np.eye(2), mask=np.eye(2))
        assert_refused(r"X is a masked array, and a mask would be lost: fill it first", masked, TypeError)

    def test_libraries_whose_containers_cannot_be_given_back(self):
        unsupported = type("Tensor", (), {"__dlpack__": None, "__module__": "another.library"})()
        message = (
            r"another.library.Tensor is no container that could be given back: convert it to a NumPy or CuPy array"
        )
        assert_refused(message, unsupported, TypeError)
        assert_refused_y(message, unsupported, TypeError)
        polars, narwhals = optional("polars"), optional("narwhals")
        wrapped = narwhals.from_native(polars.DataFrame({"a": [0, 1]}))
        assert_refused(r"narwhals.*DataFrame is no container", wrapped, TypeError)
        assert_refused_y(r"narwhals.*Series is no container", wrapped["a"], TypeError)


def make_labels(values, kind):
    """Return `values` in a container of `kind`."""
    if kind in {"list", "array", "tuple"}:
        return {"list": list, "array": np.array, "tuple": tuple}[kind](values)
    library, _, name = kind.partition(".")
    module = optional(library)
    if kind == "pyarrow.chunked_array":
        return module.chunked_array([values[:2], values[2:]])
    return getattr(module, name)(values)


KINDS = ["list", "tuple", "array", "pandas.Series", "polars.Series", "pyarrow.array", "pyarrow.chunked_array"]
VALUES = [[0, 1, 0, 1], ["b", "a", "a", "b"], [True, False, False, True], [2.0, 1.0, 1.0, 2.0]]


class TestLabels:
    @pytest.mark.parametrize("values", VALUES, ids=["integers", "text", "booleans", "floats"])
    @pytest.mark.parametrize("kind", KINDS)
    def test_round_trip(self, kind, values):
        y = make_labels(values, kind)
        target = enter_y(y)
        assert isinstance(target.labels, np.ndarray)
        assert target.labels.tolist() == values
        out = target.restore(KEPT, target.labels[[1, 0, 0]])
        assert type(out) is (np.ndarray if kind == "tuple" else type(y))
        assert [value.as_py() if hasattr(value, "as_py") else value for value in out] == [
            values[i] for i in (0, 2, 1, 0, 0)
        ]
        if hasattr(out, "dtype") and kind != "tuple":
            assert out.dtype == y.dtype

    @pytest.mark.parametrize("dtype", ["i1", "u2", "f4", "?", "U5", "O", ">i4", "M8[D]", np.dtypes.StringDType()])
    def test_arrays_of_every_dtype(self, dtype):
        y = (
            np.array([0, 1, 0, 1])
            .astype("U1" if dtype in {"U5", "O"} or not isinstance(dtype, str) else "i8")
            .astype(dtype)
        )
        target = enter_y(y)
        out = target.restore(KEPT, target.labels[1:2])
        assert out.dtype == y.dtype
        assert (out == y[[0, 2, 1]]).all()

    def test_objects_that_are_numbers(self):
        y = np.array([3, 1, 3], object)
        target = enter_y(y)
        assert target.labels.dtype == np.int64
        assert target.restore(KEPT, np.array([1])).dtype == object
        assert np.unique(target.labels).tolist() == [1, 3]

    def test_list_keeps_its_own_items(self):
        assert [type(label) for label in enter_y([1, 2.0, 1]).restore(KEPT, np.array([2.0]))] == [int, int, float]

    @pytest.mark.parametrize("kind", ["list", "array"])
    def test_one_column_becomes_flat(self, kind):
        target = enter_y(make_labels([[1], [0], [1]], kind))
        assert target.labels.tolist() == [1, 0, 1]
        assert list(target.restore(KEPT, np.array([0]))) == [1, 1, 0]

    def test_result_is_a_copy(self):
        y = np.array([0, 1])
        assert not np.shares_memory(enter_y(y).restore(np.arange(2), NOTHING), y)
        pandas = optional("pandas")
        series = pandas.Series([0, 1])
        assert not np.shares_memory(enter_y(series).restore(np.arange(2), NOTHING).to_numpy(), series.to_numpy())

    def test_new_labels_in_any_order(self):
        labels = np.array(["b", "a", "a", "c", "b"])
        assert enter_y(["c", "a", "b"]).restore(NOTHING, labels) == labels.tolist()

    def test_nothing_left(self):
        assert enter_y([0, 1]).restore(NOTHING, NOTHING) == []

    def test_an_unknown_new_label_is_an_error(self):
        with pytest.raises(IndexError):
            enter_y([0, 1]).restore(KEPT[:1], np.array([5]))


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


ONE_HOT = [[0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0]]


class TestOneHot:
    @pytest.mark.parametrize("dtype", ["i8", "u1", "f4", "?", "O"])
    def test_array(self, dtype):
        y = np.array(ONE_HOT).astype(dtype)
        target = enter_y(y)
        assert target.labels.dtype == np.int64
        assert target.labels.tolist() == [1, 0, 2, 1]
        out = target.restore(KEPT, np.array([0, 0, 1]))
        assert out.dtype == y.dtype
        np.testing.assert_array_equal(out, y[[0, 2, 1, 1, 0]])

    def test_two_columns_stay_two(self):
        assert enter_y(np.array([[0, 1], [1, 0]])).restore(KEPT[:1], np.array([0])).tolist() == [[0, 1], [1, 0]]

    def test_list(self):
        out = enter_y(ONE_HOT).restore(KEPT, np.array([0]))
        assert out == [ONE_HOT[0], ONE_HOT[2], ONE_HOT[1]]
        assert all(row is not given for row in out for given in ONE_HOT)

    @pytest.mark.parametrize("dtype", ["int64", "Int64", "bool", "float32", "Sparse[int64, 0]"])
    def test_frame(self, dtype):
        pandas = optional("pandas")
        y = pandas.DataFrame(ONE_HOT, columns=list("abc"), index=[6, 7, 8, 9]).astype(dtype)
        target = enter_y(y)
        assert target.labels.tolist() == [1, 0, 2, 1]
        out = target.restore(KEPT, np.array([0]))
        pandas.testing.assert_frame_equal(out, y.iloc[[0, 2, 1]].reset_index(drop=True))

    def test_other_frames(self):
        columns = dict(zip("abc", np.array(ONE_HOT).T, strict=True))
        for y in (optional("polars").DataFrame(columns), optional("pyarrow").table(columns)):
            target = enter_y(y)
            assert target.labels.tolist() == [1, 0, 2, 1]
            out = target.restore(KEPT, np.array([0]))
            assert type(out) is type(y)
            assert np.asarray(out["b"]).tolist() == [1, 0, 0]

    @pytest.mark.parametrize("kind", [np.array, list])
    def test_several_classes(self, kind):
        assert_refused_y(
            r"y has 1 rows of several classes, the first is row 1\. Multilabel and multioutput targets are not supported\.",
            kind([[0, 1], [1, 1], [0, 0]]),
        )

    def test_no_class(self):
        assert_refused_y(
            r"y has 2 rows of no class, the first is row 1: each row of a one-hot", np.array([[0, 1], [0, 0], [0, 0]])
        )

    @pytest.mark.parametrize("y", [[[0, 5], [5, 0]], [[-1, 1], [1, -1]], [[1, 2], [3, 4]], [["a", "b"], ["b", "a"]]])
    def test_other_matrices(self, y):
        assert_refused_y(r"y should be a 1d array, got an array of shape \(2, 2\) instead", np.array(y))


class TestRefusedLabels:
    @pytest.mark.parametrize("y", [[0.1, 0.2, 0.3], np.array([[0.1, 0.2], [0.3, 0.4]])])
    def test_continuous(self, y):
        assert_refused_y("Unknown label type: continuous", y)

    @pytest.mark.parametrize("y", [None, 3, "text", {1, 2}])
    def test_no_array(self, y):
        assert_refused_y(r"Expected array-like \(array or non-string sequence\), got ", y)

    @pytest.mark.parametrize(
        "y",
        [
            [0, 1, np.nan],
            np.array([0, 1, np.nan]),
            np.array([0, np.nan], "f4"),
            ["a", np.nan],
            ["a", None],
            [1, None],
            np.array(["a", np.nan], object),
            np.array([1, None], object),
            np.array(["2020", "NaT"], "M8[Y]"),
        ],
    )
    def test_missing(self, y):
        assert_refused_y(r"Input y contains NaN\.", y)

    def test_missing_in_series(self):
        pandas, polars, pyarrow = optional("pandas"), optional("polars"), optional("pyarrow")
        for dtype in ("Int64", "float64", "category", "str", "object"):
            assert_refused_y("Input y contains NaN", pandas.Series([1, None], dtype=dtype))
        assert_refused_y("Input y contains NaN", np.array(["a", pandas.NA], object))
        for y in (polars.Series([1, None]), polars.Series([1.0, np.nan]), pyarrow.array(["a", None])):
            assert_refused_y("Input y contains NaN", y)
        assert_refused_y("drop the rows without one, or name a class for them", pyarrow.chunked_array([[1], [None]]))

    def test_infinity(self):
        assert_refused_y("Input y contains infinity", [0, 1, np.inf])

    @pytest.mark.parametrize("y", [["a", 1], ("a", 1), np.array(["a", 1], object)])
    def test_text_mixed_with_numbers(self, y):
        assert_refused_y(
            r"y mixes text with other labels, 1 \(int\) among them: make all of them text, or all numbers", y
        )

    def test_type_errors(self):
        assert_refused_y("labels represented as bytes is not supported", np.array([b"a", b"b"]), TypeError)
        assert_refused_y(
            r"y is sparse \(.*csr_array\), and labels must be dense", scipy.sparse.csr_array(np.eye(2)), TypeError
        )
        assert_refused_y("y is a masked array, and a mask would be lost", np.ma.array([0, 1], mask=[0, 1]), TypeError)
        assert_refused_y("Complex data not supported", np.array([1j, 2]))

    def test_a_single_class_is_accepted(self):
        assert enter_y([1, 1, 1]).labels.tolist() == [1, 1, 1]


def test_no_other_library_is_needed_for_arrays():
    program = (
        "import sys; sys.modules.update(dict.fromkeys(['pandas', 'polars', 'pyarrow', 'faiss']));"
        "import numpy as np; from gpu_smotetomek.containers import enter_X, enter_y;"
        "enter_X(np.eye(2)); enter_X([[1, 2]]); enter_X(((1, 2),)); enter_y([0, 1]); enter_y((0, 1));"
        "print('done')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "done"


@pytest.mark.parametrize("kind", ["list", "array", "csr_matrix", "csc_array", "DataFrame"])
def test_same_containers_as_imbalanced_learn(kind):
    over = optional("imblearn.over_sampling")
    values = np.random.default_rng(0).normal(size=(30, 3)).astype("f4")
    y = np.repeat(["a", "b"], [20, 10])
    makers = {"list": np.ndarray.tolist, "array": np.array, "DataFrame": lambda X: optional("pandas").DataFrame(X)}
    X = makers[kind](values) if kind in makers else getattr(scipy.sparse, kind)(values)
    X_expected, y_expected = over.SMOTE(random_state=0).fit_resample(X, y)
    table, target = enter_X(X), enter_y(y)
    new = enter_X(X_expected).matrix[30:]
    restored = table.restore(np.arange(30), new)
    assert type(restored) is type(X_expected)
    if scipy.sparse.issparse(restored):
        restored, X_expected = restored.toarray(), X_expected.toarray()
    np.testing.assert_array_equal(np.asarray(restored), np.asarray(X_expected))
    assert np.asarray(restored).dtype == np.asarray(X_expected).dtype
    np.testing.assert_array_equal(target.restore(np.arange(30), np.repeat("b", 10)), y_expected)
