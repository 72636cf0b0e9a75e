"""The whole output is rebuilt from the input and the provenance, bit for bit, in every container."""

import warnings

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.svm import SVC
from support import array_libraries, datasets, mixed_tables
from support.optional import optional

from gpu_smotetomek import (
    ADASYN,
    SMOTE,
    SMOTEENN,
    SMOTENC,
    SVMSMOTE,
    BorderlineSMOTE,
    EditedNearestNeighbours,
    RandomOverSampler,
    RandomUnderSampler,
    ResamplingPipeline,
    SMOTETomek,
    TomekLinks,
)

DANGER = {"random_state": 0, "k_neighbors": 3, "m_neighbors": 6}
SAMPLERS = {
    "SMOTE": SMOTE(random_state=0),
    "borderline-1": BorderlineSMOTE(**DANGER),
    "borderline-2": BorderlineSMOTE(**DANGER, kind="borderline-2"),
    "ADASYN": ADASYN(random_state=0, n_neighbors=4),
    "SVMSMOTE": SVMSMOTE(**DANGER, svm_estimator=SVC()),
    "TomekLinks": TomekLinks(),
    "EditedNearestNeighbours": EditedNearestNeighbours(),
    "SMOTETomek": SMOTETomek(random_state=0, remove="both"),
    "SMOTEENN": SMOTEENN(random_state=0),
    "RandomOverSampler": RandomOverSampler(random_state=0),
    "RandomUnderSampler": RandomUnderSampler(random_state=0, replacement=True),
    "two over-samplers": ResamplingPipeline(
        [
            ("copy", RandomOverSampler(random_state=0, sampling_strategy={1: 50})),
            ("smote", SMOTE(random_state=1, sampling_strategy={2: 60})),
            ("borderline", BorderlineSMOTE(**DANGER, kind="borderline-2")),
        ]
    ),
    "clean between": ResamplingPipeline(
        [
            ("tomek", TomekLinks()),
            ("smote", SMOTE(random_state=1, sampling_strategy={1: 70, 2: 60})),
            ("enn", EditedNearestNeighbours(kind_sel="mode")),
            ("copy", RandomOverSampler(random_state=3)),
            ("under", RandomUnderSampler(random_state=2, sampling_strategy={0: 40}, replacement=True)),
            ("again", SMOTE(random_state=4, sampling_strategy={0: 90})),
            ("last", TomekLinks(sampling_strategy="all")),
        ]
    ),
}
ON_HOST_ONLY = {"SVMSMOTE"}  # whose estimator reads rows on the host


def mixed_columns(X):
    return {"a": X[:, 0].astype("f4"), "b": np.rint(X[:, 1] * 9).astype("i1"), "c": X[:, 2], "d": X[:, 3] > 0}


def nullable(X):
    frame = optional("pandas").DataFrame(mixed_columns(X))
    return frame.astype({"a": "Float32", "b": "Int8", "d": "boolean"}).set_index(np.arange(len(X))[::-1])


def thin(X, kind=sparse.csr_matrix, dtype="f8"):
    return kind(np.where(np.abs(X) > 0.6, X, 0).astype(dtype))


def bfloat16(X):
    return array_libraries.torch(X).to(optional("torch").bfloat16)


def integers(X, dtype):
    return np.rint(np.clip(X * 20 + 100, 0, 200)).astype(dtype)


CONTAINERS = {
    **{f"numpy {dtype}": lambda X, dtype=dtype: X.astype(dtype) for dtype in ("f8", "f4", "f2", "g")},
    **{f"numpy {dtype}": lambda X, dtype=dtype: integers(X, dtype) for dtype in ("u1", "i8", "u4")},
    "numpy bool": lambda X: X > 0.3,
    "Fortran order": np.asfortranarray,
    "windows": lambda X: X.reshape(-1, 2, 2),
    "list": lambda X: X.tolist(),
    "pandas": lambda X: optional("pandas").DataFrame(mixed_columns(X)),
    "pandas, nullable": nullable,
    "pandas, sparse": lambda X: optional("pandas").DataFrame.sparse.from_spmatrix(thin(X)),
    "polars": lambda X: optional("polars").DataFrame(mixed_columns(X)),
    "pyarrow": lambda X: optional("pyarrow").table(mixed_columns(X)),
    "csr": thin,
    "csc f4": lambda X: thin(X, sparse.csc_array, "f4"),
    "csr i2": lambda X: sparse.csr_array(integers(X, "i2") * (np.abs(X) > 0.6)),
    "torch": array_libraries.torch,
    "torch f2": lambda X: array_libraries.torch(X.astype("f2")),
    "torch bf16": bfloat16,
    "torch u1": lambda X: array_libraries.torch(integers(X, "u1")),
    "array-api-strict": array_libraries.strict_device1,
}


def bits_of(rows):
    """Bytes, dtypes and shape of rows in any container."""
    if isinstance(rows, list):
        return repr(rows)
    if sparse.issparse(rows):
        rows = rows.copy()
        rows.sort_indices()
        parts = rows.data, rows.indices, rows.indptr
        return type(rows), rows.format, rows.shape, [(part.dtype, part.tobytes()) for part in parts]
    if hasattr(rows, "columns"):
        names = list(rows.column_names if hasattr(rows, "column_names") else rows.columns)
        schema = str(rows.schema if hasattr(rows, "schema") else rows.dtypes)
        return names, schema, list(getattr(rows, "index", [])), [bits_of(np.asarray(rows[name])) for name in names]
    library, dtype = type(rows), str(rows.dtype)
    values = array_libraries.host(rows.float() if "bfloat16" in dtype else rows)
    whole = repr(values.tolist()) if values.dtype in (np.longdouble, object) else values.tobytes()
    return library, dtype, values.shape, whole


def resample(sampler, X, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return sampler.fit_resample(X, y)


def make_table(seed=0):
    X, y = datasets.blobs(160, 4, 0.6, 0.25, 0.15, seed=seed)
    X[::7, 1] = -0.0
    return X, y


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("name", SAMPLERS)
def test_the_output_is_rebuilt_bit_for_bit(name, container):
    X, y = make_table()
    there = CONTAINERS[container](X)
    sampler = clone(SAMPLERS[name])
    try:
        rows, _ = resample(sampler, there, y)
    except (ValueError, TypeError) as error:
        if "beyond the values" not in str(error):
            raise
        pytest.skip(str(error))
    assert bits_of(sampler.provenance_.extend(there, "interpolate")) == bits_of(rows)


@pytest.mark.parametrize("name", [name for name in SAMPLERS if name not in ON_HOST_ONLY])
def test_the_output_is_rebuilt_on_a_gpu(name, cupy):
    X, y = make_table()
    sampler, there = clone(SAMPLERS[name]), cupy.asarray(X)
    rows, _ = resample(sampler, there, y)
    rebuilt = sampler.provenance_.extend(there, "interpolate")
    assert type(rebuilt) is type(there)
    assert bits_of(rebuilt) == bits_of(rows) == bits_of_host(SAMPLERS[name], X, y, type(rows))


def bits_of_host(sampler, X, y, library):
    rows, _ = resample(sampler, X, y)
    return library, *bits_of(rows)[1:]


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("seed", range(3))
def test_each_column_alone_is_rebuilt_as_it_was_beside_the_others(seed, name):
    """A column of float32 beside one of float64 was computed in float64."""
    frames = optional("pandas")
    X, y = make_table(seed)
    frame = frames.DataFrame(mixed_columns(X))
    rows, _ = resample(SAMPLERS[name], frame, y)
    for column in frame:
        series = SAMPLERS[name].provenance_.extend(frame[column], "interpolate")
        assert (series.name, series.dtype) == (column, frame[column].dtype)
        assert bits_of(series.to_numpy()) == bits_of(rows[column].to_numpy())
    # arrays without a name
    for column in frame:
        array = SAMPLERS[name].provenance_.extend(frame[column].to_numpy(), "interpolate")
        assert bits_of(array) == bits_of(rows[column].to_numpy())


def test_float32_alone_has_other_bits_than_beside_float64():
    """Without the dtype of the table, the test above would fail."""
    X, y = make_table()
    alone, beside = SMOTE(random_state=0), SMOTE(random_state=0)
    values = X[:, 0].astype("f4")
    alone.fit_resample(X.astype("f4"), y)
    beside.fit_resample(X, y)
    found = [sampler.provenance_.extend(values, "interpolate") for sampler in (alone, beside)]
    assert found[0].dtype == found[1].dtype == np.float32
    assert (found[0] != found[1]).any()
    np.testing.assert_allclose(found[0], found[1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("missing", [False, True])
def test_the_numbers_of_a_mixed_table(missing):
    frame, y = mixed_tables.make(missing=missing)
    sampler = SMOTETomek(smote=SMOTENC("auto", random_state=0), remove="both")
    rows, _ = sampler.fit_resample(frame, y)
    for column in mixed_tables.NUMERIC:
        rebuilt = sampler.provenance_.extend(frame[column], "interpolate")
        assert bits_of(rebuilt.to_numpy()) == bits_of(rows[column].to_numpy())
    kept = ~sampler.provenance_.is_synthetic
    for column in mixed_tables.CATEGORICAL:
        extended = sampler.provenance_.extend(frame[column])
        assert extended.dtype == frame[column].dtype
        assert (
            extended[kept].astype(object).fillna("none").tolist()
            == rows[column][kept].astype(object).fillna("none").tolist()
        )


def test_objects_become_numbers_as_those_of_x():
    X, y = make_table()
    sampler = SMOTE(random_state=0)
    rows, _ = sampler.fit_resample(X.astype(object), y)
    assert bits_of(sampler.provenance_.extend(X.astype(object), "interpolate")) == bits_of(rows)
    assert rows.dtype == np.float64


def test_noise_is_not_rebuilt():
    X, y = make_table()
    sampler = RandomOverSampler(random_state=0, shrinkage=0.5)
    rows, _ = sampler.fit_resample(X, y)
    rebuilt, is_new = sampler.provenance_.extend(X, "interpolate"), sampler.provenance_.is_synthetic
    np.testing.assert_array_equal(rebuilt, X[sampler.sample_indices_])
    assert (rebuilt[is_new] != rows[is_new]).any(axis=1).all()
    assert bits_of(rebuilt[~is_new]) == bits_of(rows[~is_new])


def test_the_provenance_of_torch_serves_numpy_and_the_reverse():
    X, y = make_table()
    on_host, on_torch = SMOTETomek(random_state=0), SMOTETomek(random_state=0)
    rows, _ = on_host.fit_resample(X, y)
    on_torch.fit_resample(array_libraries.torch(X), y)
    assert bits_of(on_torch.provenance_.extend(X, "interpolate")) == bits_of(rows)
    tensor = on_host.provenance_.extend(array_libraries.torch(X), "interpolate")
    assert bits_of(tensor.numpy()) == bits_of(rows)
