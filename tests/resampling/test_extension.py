"""Values carried to the rows of a result: against columns that travel during the call, and what is refused."""

import datetime
import warnings

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.svm import SVC
from support import array_libraries, datasets, travellers
from support.optional import optional

from gpu_smotetomek import (
    SMOTE,
    SMOTEENN,
    SVMSMOTE,
    RandomOverSampler,
    RandomUnderSampler,
    ResamplingPipeline,
    SMOTETomek,
    TomekLinks,
)
from gpu_smotetomek.resampling import extension

CHAINS = {
    "SMOTE": SMOTE(random_state=0),
    "SMOTETomek": SMOTETomek(random_state=0, remove="both"),
    "SMOTEENN": SMOTEENN(random_state=0),
    "TomekLinks": TomekLinks(),
    "RandomOverSampler": RandomOverSampler(random_state=0),
    "two over-samplers": ResamplingPipeline(
        [
            ("copy", RandomOverSampler(random_state=0, sampling_strategy={1: 40})),
            ("smote", SMOTE(random_state=0, sampling_strategy={1: 60})),
            ("draw", RandomUnderSampler(random_state=0, replacement=True)),
            ("again", SMOTE(random_state=1, sampling_strategy={1: 90, 0: 80})),
        ]
    ),
    "noise": RandomOverSampler(random_state=0, shrinkage=0.2),
}
X, Y = datasets.blobs(120, 3, 0.75, 0.25)


def fit(name, rows=X, y=Y, **parameters):
    """Rows and provenance of a call."""
    sampler = clone(CHAINS[name])
    sampler.set_params(**{key: value for key, value in parameters.items() if key in sampler.get_params()})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        resampled = sampler.fit_resample(rows, y)[0]
    return resampled, sampler.provenance_


@pytest.mark.parametrize("library", travellers.LIBRARIES, ids=lambda library: library.__name__)
@pytest.mark.parametrize("synthetic", ["base", "missing"])
@pytest.mark.parametrize("name", CHAINS)
def test_values_are_those_of_columns_that_travel(name, synthetic, library):
    numbers = {f"x{j}": X[:, j] for j in range(3)}
    frame = library(numbers, travellers.make_columns(len(X)))
    names = list(travellers.CELLS)
    rows, provenance = fit(name, frame, passthrough=names, passthrough_fill=synthetic)
    travelled = rows.select(names) if hasattr(rows, "select") else rows[names]
    values = frame.select(names) if hasattr(frame, "select") else frame[names]
    extended = provenance.extend(values, synthetic)
    assert type(extended) is type(travelled)
    assert travellers.schema_of(extended) == travellers.schema_of(travelled)
    for column in names:
        cells = travellers.cells_of(travelled, column)
        assert travellers.cells_of(extended, column) == cells
        alone = provenance.extend(frame[column], synthetic)
        assert type(alone) is type(frame[column])
        found = alone.to_pylist() if hasattr(alone, "to_pylist") else alone.to_list()
        assert [None if travellers.is_missing(cell) else cell for cell in found] == cells


def expected_rows(provenance, synthetic):
    """The row of the input of each value, by steps from parent to parent; −1 for none."""
    parents = dict(enumerate(provenance.parents[:, 0].tolist()))
    base = {row_id: parents[row] for row, row_id in enumerate(provenance.ids.tolist())}
    if synthetic == "missing":
        return provenance.origin
    return np.array([row_id if row_id < len(X) else base[row_id] for row_id in provenance.ids.tolist()])


DTYPES = ["f8", "f4", "f2", "g", "c16", "i8", "u1", "?", "U5", "S3", "M8[D]", "m8[s]", "O"]
HAVE_MISSING = {"f", "c", "M", "m", "O"}


@pytest.mark.parametrize("shape", [(), (2,), (2, 3)])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("synthetic", ["base", "missing"])
def test_arrays_of_any_dtype_and_shape(synthetic, dtype, shape):
    values = np.arange(len(X) * int(np.prod(shape))).reshape(len(X), *shape).astype(dtype)
    before = values.copy()
    _, provenance = fit("SMOTETomek")
    rows = expected_rows(provenance, synthetic)
    if synthetic == "missing" and values.dtype.kind not in HAVE_MISSING:
        with pytest.raises(ValueError, match=r"needs a missing value, and the dtype .* has none: convert"):
            provenance.extend(values, synthetic)
        return
    extended = provenance.extend(values, synthetic)
    assert extended.dtype == values.dtype
    assert extended.shape == (len(rows), *shape)
    np.testing.assert_array_equal(extended[rows >= 0], values[rows[rows >= 0]])
    missing = extended[rows < 0]
    assert (missing == None).all() if dtype == "O" else (missing != missing).all()  # noqa: E711
    assert missing.size or synthetic == "base"
    np.testing.assert_array_equal(values, before)
    assert not np.shares_memory(extended, values)


@pytest.mark.parametrize("place", array_libraries.DEVICES)
@pytest.mark.parametrize("synthetic", ["base", "missing", "interpolate"])
@pytest.mark.parametrize("name", ["SMOTETomek", "two over-samplers"])
def test_arrays_stay_on_their_device(name, synthetic, place):
    for shape in ((), (2,)):
        values = np.random.default_rng(0).normal(size=(len(X), *shape)).astype("f4")
        _, provenance = fit(name)
        expected = provenance.extend(values, synthetic)
        _, provenance = fit(name, place(X))
        array_libraries.assert_equal_like(provenance.extend(place(values), synthetic), expected, place(values))


@pytest.mark.parametrize("synthetic", ["base", "missing", "interpolate"])
def test_arrays_stay_on_a_gpu(synthetic, cupy):
    values = np.random.default_rng(0).normal(size=len(X))
    _, provenance = fit("SMOTETomek")
    expected = provenance.extend(values, synthetic)
    _, provenance = fit("SMOTETomek", cupy.asarray(X))
    extended = provenance.extend(cupy.asarray(values), synthetic)
    assert isinstance(extended, cupy.ndarray)
    np.testing.assert_array_equal(extended.get(), expected)


def test_integers_on_a_device_have_no_missing_value():
    _, provenance = fit("SMOTE")
    for place in (array_libraries.torch, array_libraries.strict):
        with pytest.raises(ValueError, match="the dtype int64 has none"):
            provenance.extend(place(np.arange(len(X))), "missing")


@pytest.mark.parametrize("synthetic", ["base", "missing", "interpolate"])
def test_lists(synthetic):
    _, provenance = fit("SMOTETomek")
    expected = provenance.extend(X, synthetic)
    found = provenance.extend(X.tolist(), synthetic)
    flat = provenance.extend(X[:, 0].tolist(), synthetic)
    assert isinstance(found, list)
    assert isinstance(flat, list)
    np.testing.assert_array_equal(np.array(found, float), expected)
    np.testing.assert_array_equal(np.array(flat, float), expected[:, 0])
    if synthetic == "missing":
        assert found[-1] == [None] * 3
        assert flat[-1] is None
    else:
        assert isinstance(flat[-1], float)


def test_other_sequences_become_arrays():
    _, provenance = fit("SMOTE")
    extended = provenance.extend(tuple(f"row {i}" for i in range(len(X))))
    assert extended.dtype == object
    assert extended[0] == "row 0"
    np.testing.assert_array_equal(provenance.extend(range(len(X))), expected_rows(provenance, "base"))


def test_a_series_keeps_name_and_dtype_and_gets_a_new_index():
    pd = optional("pandas")
    _, provenance = fit("SMOTETomek")
    for name in ("weight", None, 3, ("a", "b")):
        series = pd.Series(np.arange(len(X)), index=np.arange(len(X))[::-1], name=name)
        for synthetic, dtype in (("base", "int32"), ("interpolate", "int32"), ("missing", "Int32")):
            extended = provenance.extend(series.astype(dtype), synthetic)
            assert extended.name == name
            assert extended.dtype == dtype
            assert extended.index.tolist() == list(range(len(provenance.ids)))
    with pytest.raises(ValueError, match=r"'values' \(int64\) has none"):
        provenance.extend(series, "missing")


def test_arrow_arrays_stay_arrays():
    pa = optional("pyarrow")
    _, provenance = fit("SMOTETomek")
    for values in (pa.array(X[:, 0]), pa.chunked_array([X[:50, 0], X[50:, 0]])):
        for synthetic in ("base", "missing", "interpolate"):
            extended = provenance.extend(values, synthetic)
            assert type(extended) is type(values)
            assert extended.type == values.type
            expected = provenance.extend(X[:, 0], synthetic)
            np.testing.assert_array_equal(np.array(extended.to_pylist(), float), expected)


def test_sparse_values():
    _, provenance = fit("SMOTETomek")
    values = sparse.csr_matrix(np.where(X > 0.5, X, 0))
    for synthetic in ("base", "interpolate"):
        extended = provenance.extend(values, synthetic)
        assert type(extended) is type(values)
        np.testing.assert_array_equal(extended.toarray(), provenance.extend(values.toarray(), synthetic))
    with pytest.raises(ValueError, match="a sparse matrix of float64 has none"):
        provenance.extend(values, "missing")


def test_integers_are_rounded_to_the_nearest():
    _, provenance = fit("SMOTE")
    values = np.arange(len(X), dtype=np.int16) * 7
    exact = provenance.extend(values.astype(float), "interpolate")
    np.testing.assert_array_equal(provenance.extend(values, "interpolate"), np.rint(exact).astype(np.int16))
    assert (exact % 1 != 0).any()


# ---- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("synthetic", ["base", "missing", "interpolate"])
def test_the_number_of_values_must_be_that_of_the_rows(synthetic):
    pd, pl, pa = (optional(name) for name in ("pandas", "polars", "pyarrow"))
    _, provenance = fit("SMOTE")
    numbers = np.arange(7.0)
    for build in (np.asarray, list, pd.Series, pl.Series, pa.array, array_libraries.torch, array_libraries.strict):
        with pytest.raises(ValueError, match="values has 7 rows, and the X that was resampled had 120: give one value"):
            provenance.extend(build(numbers), synthetic)
    for single in (None, 3, "text", np.float64(2), np.array(2.0)):
        with pytest.raises(ValueError, match="a single one: give one value for each of the 120 rows of X"):
            provenance.extend(single, synthetic)


def test_what_to_do_with_synthetic_rows_is_one_of_three_words():
    _, provenance = fit("SMOTE")
    with pytest.raises(ValueError, match="synthetic is 'nearest': give 'base', 'interpolate' or 'missing'"):
        provenance.extend(X, "nearest")


def test_lazy_frames_are_refused():
    pl = optional("polars")
    _, provenance = fit("SMOTE")
    with pytest.raises(TypeError, match="is lazy"):
        provenance.extend(pl.DataFrame({"a": X[:, 0]}).lazy())


DAYS = [datetime.datetime(2024, 1, 1) + datetime.timedelta(days=i) for i in range(len(X))]
NOT_NUMBERS = {
    "text": lambda: np.array([f"row {i}" for i in range(len(X))]),
    "list of text": lambda: [f"row {i}" for i in range(len(X))],
    "dates": lambda: np.array(DAYS, "M8[s]"),
    "dates of pandas": lambda: optional("pandas").Series(DAYS),
    "dates of polars": lambda: optional("polars").Series(DAYS),
    "dates of pyarrow": lambda: optional("pyarrow").array(DAYS),
    "NaN": lambda: np.where(np.arange(len(X)) == 3, np.nan, 1.0),
    "None": lambda: optional("polars").Series([None, *range(len(X) - 1)]),
    "complex": lambda: np.ones(len(X), complex),
}


@pytest.mark.parametrize("name", ["SMOTE", "TomekLinks"])
@pytest.mark.parametrize("kind", NOT_NUMBERS)
def test_what_is_no_finite_number_is_not_interpolated(kind, name):
    _, provenance = fit(name)
    message = "needs finite numbers: convert the values .*, or give synthetic='base' or 'missing'. They are refused"
    with pytest.raises(ValueError, match=message):
        provenance.extend(NOT_NUMBERS[kind](), "interpolate")
    assert len(provenance.extend(NOT_NUMBERS[kind]())) == len(provenance.ids)


def test_large_integers_are_copied_and_not_interpolated():
    values = 2**60 + np.arange(len(X))
    _, provenance = fit("RandomOverSampler")
    np.testing.assert_array_equal(provenance.extend(values, "interpolate"), values[provenance.origin])
    _, provenance = fit("SMOTE")
    with pytest.raises(ValueError, match=r"extend cannot interpolate integers of 2\*\*53 or more"):
        provenance.extend(values, "interpolate")


def test_large_integers_of_rows_that_are_no_parents_do_no_harm():
    rows, y = datasets.blobs(160, 3, 0.6, 0.25, 0.15)
    values = np.where(y == 1, 2**60 + np.arange(160), np.arange(160))
    copy_rows = RandomOverSampler(random_state=0, sampling_strategy={1: 60})
    chain = ResamplingPipeline(
        [("copy", copy_rows), ("smote", SMOTE(random_state=0, sampling_strategy={2: 50})), ("again", copy_rows)]
    ).set_params(again__sampling_strategy={1: 70})
    _, labels = chain.fit_resample(rows, y)
    extended = chain.provenance_.extend(values, "interpolate")
    np.testing.assert_array_equal(extended[labels == 1], values[chain.provenance_.origin[labels == 1]])
    assert extended[labels == 2].max() < 160


def test_values_beyond_their_dtype_are_refused():
    sampler = SVMSMOTE(random_state=0, svm_estimator=SVC(), k_neighbors=3, m_neighbors=6)
    sampler.fit_resample(X, Y)
    assert (sampler.provenance_.gap < 0).any()
    values = np.where(np.arange(len(X)) % 2, 0, 255).astype("u1")
    for refused in (values, sparse.csr_array(values[:, None])):
        with pytest.raises(ValueError, match="a value that uint8 does not hold: convert the values to a wider dtype"):
            sampler.provenance_.extend(refused, "interpolate")
    wide = sampler.provenance_.extend(values.astype("i2"), "interpolate")
    assert wide.min() < 0 or wide.max() > 255
    _, provenance = fit("SMOTE", X.astype("f4"))
    values = np.zeros(len(X), "f4")
    values[provenance.parents[-1]] = -3e38, 3e38
    with pytest.raises(ValueError, match="a value that float32 does not hold"):
        provenance.extend(values, "interpolate")


def test_blocks_of_rows_change_nothing(monkeypatch):
    _, provenance = fit("two over-samplers")
    expected = provenance.extend(X, "interpolate")
    thin = sparse.csr_array(X)
    make = extension.ExecutionContext
    monkeypatch.setattr(extension, "ExecutionContext", lambda **settings: make(memory_limit=2**9, **settings))
    np.testing.assert_array_equal(provenance.extend(X, "interpolate"), expected)
    np.testing.assert_array_equal(provenance.extend(thin, "interpolate").toarray(), expected)
