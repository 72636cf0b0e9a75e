"""Labels come back in their container, one-hot labels too; unsupported ones are errors."""

import numpy as np
import pytest
import scipy.sparse
from support.optional import optional
from support.round_trips import KEPT, NOTHING, assert_refused_y

from gpu_smotetomek.containers import enter_y


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

    @pytest.mark.parametrize("kind", ["list", "array", "tuple"])
    def test_one_column_stays_one(self, kind):
        rows = [[1], [0], [1]]
        target = enter_y(tuple(map(tuple, rows)) if kind == "tuple" else make_labels(rows, kind))
        assert target.labels.tolist() == [1, 0, 1]
        restored = target.restore(KEPT, np.array([0]))
        assert isinstance(restored, list if kind == "list" else np.ndarray)
        assert np.asarray(restored).tolist() == [[1], [1], [0]]

    @pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
    def test_a_frame_of_one_column_stays_one(self, library):
        module = optional(library)
        y = (module.table if library == "pyarrow" else module.DataFrame)({"sick": ["no", "yes", "no"]})
        target = enter_y(y)
        assert target.labels.tolist() == ["no", "yes", "no"]
        restored = target.restore(KEPT, np.array(["yes"]))
        assert type(restored) is type(y)
        assert restored.shape == (3, 1)
        assert list(restored["sick"]) == list(
            y["sick"].take(np.array([0, 2, 1])) if library != "polars" else y["sick"][[0, 2, 1]]
        )

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
