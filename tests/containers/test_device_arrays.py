"""Containers that are arrays of other libraries: checked and restored on their device."""

import sys
from types import ModuleType

import numpy as np
import pytest
from support.array_libraries import DEVICES, host, strict
from support.datasets import blobs
from support.optional import optional

from gpu_smotetomek import RandomUnderSampler, SMOTETomek
from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.containers import enter_X, enter_y

pytestmark = pytest.mark.usefixtures("small_tables_use_bounds")

LIBRARIES = [strict, *DEVICES]
KEPT = np.array([0, 2])
VALUES = np.arange(6).reshape(3, 2)
NUMBERS = ["float64", "float32", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool"]


def error_message(kind, call) -> str:
    with pytest.raises(kind) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize("as_array", LIBRARIES)
class TestTables:
    @pytest.mark.parametrize("dtype", NUMBERS)
    def test_every_dtype_comes_back(self, dtype, as_array):
        X = as_array(VALUES.astype(dtype))
        table = enter_X(X)
        out = table.restore(KEPT, X[1:2, :])
        assert type(out) is type(X)
        assert out.dtype == X.dtype
        assert dispatch.get_device(out) == dispatch.get_device(X)
        np.testing.assert_array_equal(host(out), VALUES.astype(dtype)[[0, 2, 1]])

    def test_all_rows_kept_is_still_a_copy(self, as_array):
        X = as_array(VALUES)
        out = enter_X(X).restore(np.arange(3), X[:0, :])
        out[0, 0] = 9
        assert int(X[0, 0]) == 0

    def test_a_view(self, as_array):
        X = as_array(np.arange(12.0).reshape(4, 3))
        X = dispatch.namespace(X).matrix_transpose(X)[:, ::2]
        out = enter_X(X).restore(np.array([1, 0]), X[:1, :])
        np.testing.assert_array_equal(host(out), np.arange(12.0).reshape(4, 3).T[[1, 0, 0]][:, ::2])

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_messages_of_values_are_those_for_numpy(self, value, dtype, as_array):
        X = VALUES.astype(dtype)
        X[1, 1] = value
        expected = error_message(ValueError, lambda: enter_X(X, estimator="SMOTE"))
        assert error_message(ValueError, lambda: enter_X(as_array(X), estimator="SMOTE")) == expected

    @pytest.mark.parametrize("shape", [(0, 3), (3, 0), (3, 0, 2)])
    def test_messages_of_shapes_are_those_for_numpy(self, shape, as_array):
        expected = error_message(ValueError, lambda: enter_X(np.zeros(shape), estimator="SMOTE"))
        assert error_message(ValueError, lambda: enter_X(as_array(np.zeros(shape)), estimator="SMOTE")) == expected

    @pytest.mark.parametrize(("shape", "given"), [((3,), "1D array instead: shape (3,)"), ((), "scalar array instead")])
    def test_too_few_dimensions(self, shape, given, as_array):
        text = error_message(ValueError, lambda: enter_X(as_array(np.zeros(shape))))
        assert text.startswith(f"Expected 2D array, got {given}")
        assert "array.reshape(-1, 1)" in text

    def test_complex_numbers(self, as_array):
        assert "Complex data not supported" in error_message(ValueError, lambda: enter_X(as_array(VALUES + 1j)))
        assert "Complex data not supported" in error_message(ValueError, lambda: enter_y(as_array(np.array([1j, 2]))))


@pytest.mark.parametrize("as_array", LIBRARIES)
class TestLabels:
    @pytest.mark.parametrize("dtype", NUMBERS)
    def test_round_trip(self, dtype, as_array):
        y = as_array(np.array([0, 1, 0, 1]).astype(dtype))
        target = enter_y(y)
        assert isinstance(target.labels, np.ndarray)
        out = target.restore(KEPT, target.labels[[1, 0]])
        assert type(out) is type(y)
        assert (out.dtype, dispatch.get_device(out)) == (y.dtype, dispatch.get_device(y))
        assert host(out).tolist() == [0, 0, 1, 0]

    def test_one_column_stays_one(self, as_array):
        target = enter_y(as_array([[1], [0], [1]]))
        assert target.labels.tolist() == [1, 0, 1]
        assert host(target.restore(KEPT, np.array([0]))).tolist() == [[1], [1], [0]]

    @pytest.mark.parametrize("dtype", ["int64", "uint8", "float32", "bool"])
    def test_one_hot(self, dtype, as_array):
        one_hot = np.eye(3)[[1, 0, 2, 1]].astype(dtype)
        target = enter_y(as_array(one_hot))
        assert target.labels.dtype == np.int64
        assert target.labels.tolist() == [1, 0, 2, 1]
        out = target.restore(KEPT, np.array([0, 0, 1]))
        assert out.dtype == as_array(one_hot).dtype
        np.testing.assert_array_equal(host(out), one_hot[[0, 2, 1, 1, 0]])

    @pytest.mark.parametrize(
        "values",
        [
            [[0, 1], [1, 1]],
            [[0, 1], [0, 0]],
            [[0, 5], [5, 0]],
            [[[0, 1], [1, 0]]],
            [0.5, 1.5],
            [0.0, np.nan],
            [0.0, np.inf],
            3,
        ],
        ids=str,
    )
    def test_messages_are_those_for_numpy(self, values, as_array):
        expected = error_message(ValueError, lambda: enter_y(np.array(values)))
        assert error_message(ValueError, lambda: enter_y(as_array(np.array(values)))) == expected


def test_a_device_without_float64_is_an_error():
    xp = optional("array_api_strict")
    X = xp.asarray(VALUES.astype("f4"), device=xp.Device("no_float64"))
    text = error_message(ValueError, lambda: enter_X(X, estimator="SMOTE"))
    assert "Device('no_float64')\", which has no float64, and SMOTE decides" in text
    assert "move X to another device" in text


class TestTorch:
    def test_float16(self):
        library = optional("torch")
        X = library.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=library.float16)
        assert enter_X(X).restore(np.array([1]), X[:1]).dtype == library.float16
        X[0, 0] = library.inf
        assert "infinity or a value too large for dtype('float16')" in error_message(ValueError, lambda: enter_X(X))

    def test_autograd_is_dropped(self):
        library = optional("torch")
        parameter = library.nn.Parameter(library.tensor([[1.0, 2.0], [3.0, 4.0]]))
        for X in (parameter, parameter * 2):
            table = enter_X(X)
            out = table.restore(np.array([1]), table.matrix[:1])
            assert type(out) is library.Tensor
            assert not out.requires_grad
            assert X.requires_grad

    @pytest.mark.parametrize(
        ("make", "kind", "words"),
        [
            (lambda t: t.eye(2).to_sparse(), TypeError, "sparse or nested: call .to_dense()"),
            (lambda t: t.ones(2, 2, device="meta"), TypeError, "on the device 'meta'"),
        ],
        ids=["sparse", "meta"],
    )
    def test_unsupported_tensors(self, make, kind, words):
        assert words in error_message(kind, lambda: enter_X(make(optional("torch"))))

    def test_devices_are_named_as_in_cupy(self):
        assert [dispatch.canonical_device(name) for name in ("cuda:0", "cuda:1", "cuda", "cpu")] == [
            "cuda",
            "cuda:1",
            "cuda",
            "cpu",
        ]


def fake_array(name):
    """Return an object that array-api-compat takes for an array of a library that need not be installed."""
    names = {"dask_array": "dask", "ndonnx_array": "ndonnx", "jax_array": "jax", "pydata_sparse_array": "sparse"}
    return type("Array", (), {"__module__": names[name], "__array_namespace__": None})()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "dask_array",
            "lazy: gpu_smotetomek.dask has SMOTE, TomekLinks and SMOTETomek for it, or call .compute() first",
        ),
        ("ndonnx_array", "lazy"),
        ("pydata_sparse_array", "sparse: call .todense()"),
        ("jax_array", "no answer would be exact: call np.asarray first"),
    ],
)
def test_errors_for_unsupported_arrays_name_the_remedy(name, words, monkeypatch):
    array = fake_array(name)
    for kind in ("dask_array", "ndonnx_array", "pydata_sparse_array", "jax_array"):
        monkeypatch.setattr(dispatch.compat, f"is_{kind}", lambda data, kind=kind: data is array and kind == name)
    for enter in (enter_X, enter_y):
        assert words in error_message(TypeError, lambda enter=enter: enter(array))


def test_scikit_learn_never_converts_a_tensor(monkeypatch):
    """Its checks would silently convert tensors on the CPU to NumPy."""
    library = optional("torch")
    monkeypatch.setattr(library.Tensor, "__array__", None)
    monkeypatch.setattr(library.Tensor, "numpy", None)
    X = library.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert enter_X(X).matrix.shape == (2, 2)


class TestCudf:
    """With pandas as cuDF and NumPy as CuPy: this shows which calls are made, not that cuDF accepts them."""

    @pytest.fixture
    def cudf(self, monkeypatch):
        pandas = optional("pandas")

        class Series(pandas.Series):
            def to_pandas(self):
                return pandas.Series(self)

            @property
            def _constructor(self):
                return Series

            @property
            def _constructor_expanddim(self):
                return DataFrame

        class DataFrame(pandas.DataFrame):
            def to_cupy(self, dtype):
                return self.to_numpy(dtype=dtype)

            def to_pandas(self):
                return pandas.DataFrame(self)

            @property
            def _constructor(self):
                return DataFrame

            @property
            def _constructor_sliced(self):
                return Series

        library = ModuleType("cudf")
        library.DataFrame, library.Series, library.concat = DataFrame, Series, pandas.concat
        monkeypatch.setitem(sys.modules, "cudf", library)
        return library

    def test_frames(self, cudf):
        X = cudf.DataFrame({"a": [1, 2, 3], "b": [0.5, 1.5, 2.5], "c": [True, False, True]}, index=[7, 8, 9])
        table = enter_X(X)
        assert type(table).__name__ == "CudfTable"
        assert table.dtypes == (np.dtype("i8"), np.dtype("f8"), np.dtype("?"))
        out = table.restore(KEPT, np.array([[5.0, 6.5, 1.0]]))
        assert type(out) is cudf.DataFrame
        assert out.dtypes.tolist() == X.dtypes.tolist()
        assert out.to_numpy().tolist() == [[1, 0.5, True], [3, 2.5, True], [5, 6.5, True]]
        assert out.index.tolist() == [0, 1, 2]

    def test_series(self, cudf):
        y = cudf.Series(["b", "a", "b"], name="target")
        target = enter_y(y)
        assert target.labels.tolist() == ["b", "a", "b"]
        out = target.restore(KEPT, np.array(["a"], object))
        assert type(out) is cudf.Series
        assert (out.name, out.tolist()) == ("target", ["b", "b", "a"])

    def test_errors_name_the_columns(self, cudf):
        assert "'b'" in error_message(ValueError, lambda: enter_X(cudf.DataFrame({"a": [1, 2], "b": ["x", "y"]})))
        assert "'a'" in error_message(ValueError, lambda: enter_X(cudf.DataFrame({"a": [1, None], "b": [1, 2]})))
        frame = cudf.DataFrame(np.eye(2), columns=["a", "a"])
        assert "several columns of the same name: 'a'" in error_message(ValueError, lambda: enter_X(frame))

    @pytest.mark.parametrize("fill", ["missing", "base"])
    def test_columns_that_travel(self, cudf, fill):
        X, y = blobs(80, 3)
        names = [f"row {i}" for i in range(80)]
        frame = cudf.DataFrame(X, columns=list("abc"))
        frame.insert(1, "name", names)
        sampler = SMOTETomek(random_state=0, passthrough=["name"], passthrough_fill=fill)
        rows, _ = sampler.fit_resample(frame, cudf.Series(y))
        assert type(rows) is cudf.DataFrame
        assert rows.columns.tolist() == ["a", "name", "b", "c"]
        np.testing.assert_array_equal(rows[list("abc")].to_numpy(), SMOTETomek(random_state=0).fit_resample(X, y)[0])
        kept = [name for name in rows["name"] if isinstance(name, str)]
        assert (len(kept) == len(rows)) == (fill == "base")
        assert rows["name"].isna().tolist() == [not isinstance(name, str) for name in rows["name"]]
        assert set(kept) <= set(names)

    def test_rows_that_are_not_read(self, cudf):
        frame = cudf.DataFrame({"name": ["p", "q", "r", "s"], "x": [0.5, None, 1.5, np.inf]}, index=[4, 5, 6, 7])
        sampler = RandomUnderSampler(random_state=0)
        rows, y = sampler.fit_resample(frame, cudf.Series(["a", "b", "b", "b"]))
        assert type(rows) is cudf.DataFrame
        assert rows["name"].tolist() == [frame["name"].tolist()[i] for i in sampler.sample_indices_]
        assert y.tolist() == ["a", "b"]

    @pytest.mark.parametrize("synthetic", ["base", "missing", "interpolate"])
    def test_values_beside_the_table(self, cudf, synthetic):
        X, y = blobs(80, 3)
        sampler = SMOTETomek(random_state=0)
        sampler.fit_resample(cudf.DataFrame(X, columns=list("abc")), cudf.Series(y))
        weights = cudf.Series(X[:, 0], name="weight", index=range(5, 85))
        extended = sampler.provenance_.extend(weights, synthetic)
        assert type(extended) is cudf.Series
        assert extended.name == "weight"
        np.testing.assert_array_equal(extended.to_numpy(), sampler.provenance_.extend(X[:, 0], synthetic))
        frame = sampler.provenance_.extend(cudf.DataFrame(X, columns=list("abc")), synthetic)
        assert type(frame) is cudf.DataFrame
        np.testing.assert_array_equal(frame.to_numpy(), sampler.provenance_.extend(X, synthetic))

    def test_a_whole_call(self, cudf):
        X, y = blobs(80, 3)
        names = list("abc")
        rows, classes = SMOTETomek(random_state=0).fit_resample(cudf.DataFrame(X, columns=names), cudf.Series(y))
        expected = SMOTETomek(random_state=0).fit_resample(X, y)
        assert type(rows) is cudf.DataFrame
        np.testing.assert_array_equal(rows.to_numpy(), expected[0])
        np.testing.assert_array_equal(classes.to_numpy(), expected[1])
