"""Whole calls on arrays of other libraries and devices: the same rows and links as on NumPy, and no row copied to the host."""

from collections import Counter

import numpy as np
import pytest
from support import array_libraries, datasets
from support.optional import optional

from gpu_smotetomek import (
    ADASYN,
    SMOTE,
    SMOTEENN,
    BorderlineSMOTE,
    EditedNearestNeighbours,
    ResamplingPipeline,
    SMOTETomek,
    TomekLinks,
    tomek_links,
)
from gpu_smotetomek.arrays import dispatch, torch_interop

pytestmark = pytest.mark.usefixtures("thresholds")

SMOTE_PARAMETERS = {"random_state": 0, "k_neighbors": 3}
CALLS = {
    "SMOTE": lambda backend: SMOTE(**SMOTE_PARAMETERS, backend=backend),
    "TomekLinks": lambda backend: TomekLinks(sampling_strategy="all", backend=backend),
    "majority": lambda backend: SMOTETomek(smote=SMOTE(**SMOTE_PARAMETERS), backend=backend),
    "both": lambda backend: SMOTETomek(smote=SMOTE(**SMOTE_PARAMETERS), remove="both", backend=backend),
    "ENN": lambda backend: EditedNearestNeighbours(sampling_strategy="all", backend=backend),
    "ENN, mode": lambda backend: EditedNearestNeighbours(kind_sel="mode", backend=backend),
    "SMOTEENN": lambda backend: SMOTEENN(smote=SMOTE(**SMOTE_PARAMETERS), backend=backend),
    "clean last": lambda backend: ResamplingPipeline(
        [("s", SMOTE(**SMOTE_PARAMETERS)), ("t", TomekLinks())], backend=backend
    ),
    "clean first": lambda backend: ResamplingPipeline(
        [("t", TomekLinks()), ("s", SMOTE(**SMOTE_PARAMETERS))], backend=backend
    ),
    "borderline-1": lambda backend: SMOTETomek(smote=BorderlineSMOTE(**SMOTE_PARAMETERS), backend=backend),
    "borderline-2": lambda backend: SMOTETomek(
        smote=BorderlineSMOTE(**SMOTE_PARAMETERS, kind="borderline-2"), backend=backend
    ),
    "ADASYN": lambda backend: SMOTETomek(smote=ADASYN(random_state=0, n_neighbors=3), backend=backend),
}
SIZES = {np.float64: (70, 20), np.float32: (50, 20, 15), np.int32: (40, 18, 14, 12)}


def outcome(sampler, X, y):
    """Rows, classes and links of a call, or the message of its error or warning."""
    try:
        rows, classes = sampler.fit_resample(X, y)
    except (ValueError, RuntimeError, UserWarning) as error:
        return str(error), None, None
    finder = getattr(sampler, "tomek_", sampler)
    return rows, classes, getattr(finder, "links_", None)


FAMILY = ["ENN", "ENN, mode", "SMOTEENN", "borderline-1", "borderline-2", "ADASYN"]  # each on a third of the data
CASES = [  # all other calls on all data; dtypes and numbers of classes in turn
    (kind, call, list(SIZES)[(i + j) % len(SIZES)])
    for i, kind in enumerate(datasets.KINDS)
    for j, call in enumerate(CALLS)
    if call not in FAMILY or (i + FAMILY.index(call)) % 3 == 0
]


@pytest.mark.parametrize("place", array_libraries.DEVICES)
@pytest.mark.parametrize(("kind", "call", "dtype"), CASES)
def test_the_same_rows_and_links_as_on_numpy(kind, call, dtype, place):
    y = datasets.labels(*SIZES[dtype])
    X = datasets.make(kind, y, 4, dtype=dtype)
    backend = "auto" if kind == "lattice" else "xp"
    there, labels_there = place(X), place(y)
    expected, classes, links = outcome(CALLS[call](backend), X, y)
    found, classes_found, links_found = outcome(CALLS[call](backend), there, labels_there)
    if classes is None:
        assert found == expected
        return
    assert (type(found), found.dtype) == (type(there), there.dtype)
    assert (type(classes_found), classes_found.dtype) == (type(labels_there), labels_there.dtype)
    assert dispatch.get_device(found) == dispatch.get_device(there) == dispatch.get_device(classes_found)
    np.testing.assert_array_equal(array_libraries.host(found), expected)
    np.testing.assert_array_equal(array_libraries.host(classes_found), classes)
    np.testing.assert_array_equal(links_found, links)
    np.testing.assert_array_equal(array_libraries.host(there), X)


@pytest.mark.parametrize("place", array_libraries.DEVICES)
@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int64", "uint16", "uint32", "uint64"])
def test_other_dtypes(dtype, place):
    y = datasets.labels(50, 20, 15)
    X = datasets.make("gaussian", y, 5, dtype=dtype)
    sampler = SMOTETomek(random_state=0, remove="both", backend="xp")
    expected, found = sampler.fit_resample(X, y), sampler.fit_resample(place(X), y)
    np.testing.assert_array_equal(array_libraries.host(found[0]), expected[0])
    np.testing.assert_array_equal(found[1], expected[1])
    assert found[0].dtype == place(X).dtype


def test_float16_of_torch():
    y = datasets.labels(50, 20)
    X = datasets.make("gaussian", y, 4, dtype=np.float16)
    sampler = SMOTETomek(random_state=0, backend="xp")
    expected, found = sampler.fit_resample(X, y), sampler.fit_resample(array_libraries.torch(X), y)
    np.testing.assert_array_equal(array_libraries.host(found[0]), expected[0])


@pytest.mark.parametrize("place", array_libraries.DEVICES)
@pytest.mark.parametrize("kind", ["list", "text", "pandas.Series", "one-hot there", "one-hot here", "torch", "numpy"])
def test_labels_come_back_as_they_came(kind, place):
    codes = datasets.labels(30, 10)
    y = {
        "list": codes.tolist,
        "text": lambda: np.array(["well", "sick"])[codes],
        "pandas.Series": lambda: optional("pandas").Series(codes, name="sick"),
        "one-hot there": lambda: place(np.eye(2, dtype="f4")[codes]),
        "one-hot here": lambda: np.eye(2, dtype="f4")[codes],
        "torch": lambda: array_libraries.torch(codes),
        "numpy": lambda: codes,
    }[kind]()
    X = datasets.make("gaussian", codes, 3)
    rows, classes = SMOTE(random_state=0).fit_resample(place(X), y)
    assert isinstance(rows, type(place(X)))
    assert type(classes) is type(y)
    if kind.startswith("one-hot"):
        np.testing.assert_array_equal(array_libraries.host(classes), np.eye(2, dtype="f4")[[*codes, *[1] * 20]])
    else:
        expected = SMOTE(random_state=0).fit_resample(X, y)[1]
        np.testing.assert_array_equal(np.asarray(classes), np.asarray(expected))


@pytest.mark.parametrize("place", array_libraries.DEVICES)
def test_the_function_the_plan_and_the_fitted_attributes(place):
    X, y = datasets.blobs(200, 4)
    sampler, there = SMOTETomek(random_state=0), SMOTETomek(random_state=0)
    plan, plan_there = sampler.plan(X, y), there.plan(place(X), y)
    assert (plan.rows_in, plan.rows_out, plan.pairs) == (plan_there.rows_in, plan_there.rows_out, plan_there.pairs)
    assert there.fit(place(X), y).n_features_in_ == 4
    assert not hasattr(there, "feature_names_in_")
    assert there.device_ == dispatch.device_name(place(X)) == plan_there.device
    np.testing.assert_array_equal(tomek_links(place(X), place(y)), tomek_links(X, y))
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[200, 199\]"):
        there.fit_resample(place(X), place(y[1:]))


def test_rows_that_may_not_be_written_to():
    X, y = datasets.blobs(200, 4)
    there = array_libraries.strict_device1(X)
    there._array.flags.writeable = False
    rows, _ = SMOTETomek(random_state=0).fit_resample(there, y)
    np.testing.assert_array_equal(array_libraries.host(rows), SMOTETomek(random_state=0).fit_resample(X, y)[0])


def test_results_have_no_gradients():
    library = optional("torch")
    X, y = datasets.blobs(200, 4, dtype=np.float32)
    leaf = library.tensor(X, requires_grad=True)
    found, _ = SMOTETomek(random_state=0).fit_resample(leaf * 1, y)
    assert not found.requires_grad
    np.testing.assert_array_equal(found.numpy(), SMOTETomek(random_state=0).fit_resample(X, y)[0])


@pytest.mark.parametrize("place", array_libraries.DEVICES)
@pytest.mark.parametrize("sampler", [SMOTE(random_state=0, sampling_strategy={1: 30}), TomekLinks()])
def test_the_result_is_never_the_input(sampler, place):
    """Also where nothing is added and nothing removed."""
    X, y = np.arange(60.0)[:, None], datasets.labels(30, 30)
    X[30:] += 9.5
    there = place(X)
    sampler.sampling_strategy = {1: 30} if isinstance(sampler, SMOTE) else "auto"
    rows, _ = sampler.fit_resample(there, y)
    rows[0, 0] = -1.0
    np.testing.assert_array_equal(array_libraries.host(there), X)


# ---- what crosses to the host ---------------------------------------------------------------------------------------

SCALARS = ["__float__", "__int__", "__bool__", "__index__", "__complex__"]
COPIES = ["__array__", "get", "numpy", "cpu", "to_device", "tolist", "item", "__dlpack__"]


@pytest.fixture
def crossings(monkeypatch):
    """Shapes of the arrays that `to_numpy` copies to the host, and counts of all other ways by which values leave an array."""
    shapes, others, to_numpy = [], Counter(), dispatch.to_numpy

    def counted(values):
        if isinstance(values, np.ndarray):
            return values
        shapes.append(tuple(values.shape))
        before = others.copy()
        out = to_numpy(values)
        others.clear()
        others.update(before)
        return out

    monkeypatch.setattr(dispatch, "to_numpy", counted)

    def spy(kind):
        for name in SCALARS + COPIES:
            method = getattr(kind, name, None)
            if method is not None:

                def spied(self, *args, name=name, method=method, **kwargs):
                    if name != "get" or self.size != 1:  # CuPy's scalars come by its `get`
                        others[name] += 1
                    return method(self, *args, **kwargs)

                monkeypatch.setattr(kind, name, spied)

    return shapes, others, spy


@pytest.mark.parametrize("place", array_libraries.DEVICES)
@pytest.mark.parametrize("call", CALLS)
def test_no_rows_cross_to_the_host(call, place, crossings):
    """Labels, counts, row numbers and draws do cross: a few numbers a row, for any number of features."""
    d, y = 24, datasets.labels(2700, 200, 100)
    X = datasets.make("gaussian", y, d)
    X[:, 2:] *= 1e-3  # links, in spite of so many features
    there, labels_there = place(X), place(y)
    shapes, others, spy = crossings
    spy(type(there))
    if is_view := torch_interop.can_view_as_cupy(there):
        spy(array_libraries.on_gpu("cupy").ndarray)
    rows, _ = CALLS[call]("xp").fit_resample(there, labels_there)
    sample = {(d, 512), (d, d)}  # for the projection, and the covariance of the features
    assert all(shape in sample or len(shape) < 2 or 0 in shape for shape in shapes), shapes
    assert shapes
    crossed = sum(np.prod(shape) for shape in shapes if shape not in sample)
    assert crossed <= 8 * rows.shape[0] < X.size
    if is_view:
        # the rows to CuPy, and the synthetic rows back, on the device; a newer protocol may be tried first
        assert 2 <= others.pop("__dlpack__") <= 4
    assert set(others) <= set(SCALARS), others
    most = 500 if is_view or hasattr(there, "get") else 150  # CuPy reads the sizes of what it makes: `nonzero`, masks
    assert others.total() < most * (2 if "ENN" in call else 1)  # a few for each search: of each class, in parts


@pytest.mark.parametrize("d", [1, 2])
@pytest.mark.parametrize("place", [array_libraries.strict, array_libraries.torch])
def test_rows_of_one_or_two_features(place, d):
    X, y = datasets.make("gaussian", datasets.labels(300, 100), d), datasets.labels(300, 100)
    sampler = SMOTETomek(random_state=0, remove="both")
    expected, links = sampler.fit_resample(X, y)[0], sampler.tomek_.links_
    found, _ = sampler.fit_resample(place(X), y)
    np.testing.assert_array_equal(array_libraries.host(found), expected)
    np.testing.assert_array_equal(sampler.tomek_.links_, links)
