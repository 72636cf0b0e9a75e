"""Bad input: a clear error of the type that users of scikit-learn expect, and a message that says what to do."""

import re

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.neighbors import NearestNeighbors
from support import datasets
from support.datasets import labels
from support.ids import stable_id
from support.optional import optional

from gpu_smotetomek import (
    ADASYN,
    SMOTE,
    SVMSMOTE,
    BorderlineSMOTE,
    DeviceUnavailable,
    ResamplingPipeline,
    SMOTETomek,
    TomekLinks,
    tomek_links,
)

Y = labels(30, 10)
X = datasets.make("gaussian", Y, 3)
ONE_HOT = np.eye(2, dtype=int)[Y]
SAMPLERS = [SMOTE, TomekLinks, SMOTETomek, BorderlineSMOTE, ADASYN, SVMSMOTE]


def changed(array, row, value):
    array = array.copy()
    array[row] = value
    return array


def message(kind, call) -> str:
    """The message of the error that `call` raises, which shows no reprs of NumPy, no traceback and no open braces."""
    with pytest.raises(kind) as caught:
        call()
    text = str(caught.value)
    assert text
    assert not re.search(r"np\.(int64|str_|float64|bool)\(|Traceback|\{[a-z_.]+\}", text), text
    return text


# ---- X and y --------------------------------------------------------------------------------------------------------

BAD_DATA = {
    "NaN": (
        changed(X, (3, 1), np.nan),
        Y,
        ValueError,
        ["Input X contains NaN", "{sampler} does not accept", "impute", "concerned: 1."],
    ),
    "infinity": (changed(X, (3, 1), np.inf), Y, ValueError, ["X", "infinity", "drop those rows", "concerned: 1."]),
    "sparse NaN": (sp.csr_array(changed(X, (3, 1), np.nan)), Y, ValueError, ["Input X contains NaN", "concerned: 1."]),
    "sparse infinity": (sp.csc_matrix(changed(X, (3, 2), -np.inf)), Y, ValueError, ["X", "infinity", "concerned: 2."]),
    "None": (changed(X.astype(object), (3, 0), None), Y, ValueError, ["Input X contains NaN", "concerned: 0."]),
    "NaN in y": (
        X,
        changed(Y.astype(float), 3, np.nan),
        ValueError,
        ["Input y contains NaN", "Every row needs a class"],
    ),
    "one dimension": (X[:, 0], Y, ValueError, ["Expected 2D array, got 1D array", "reshape"]),
    "an axis too many": (X[None], Y, ValueError, ["X has 1 rows and", "one label for each row"]),
    "a number": (np.float64(3), Y, ValueError, ["2D"]),
    "no rows": (X[:0], Y[:0], ValueError, ["0 sample(s)", "(0, 3)"]),
    "no columns": (X[:, :0], Y, ValueError, ["0 feature(s)", "(40, 0)"]),
    "mismatched lengths": (X, Y[:30], ValueError, ["inconsistent numbers of samples", "X has 40 rows and y has 30"]),
    "no y": (X, None, ValueError, ["got None: give y", "the class of each row"]),
    "no X": (None, Y, TypeError, ["X is None (NoneType)", "no table", "rows of numbers"]),
    "a path": ("train.csv", Y, TypeError, ["X is 'train.csv' (str)", "no table", "read the file first"]),
    "a dict": ({"a": [1, 2]}, Y, TypeError, ["X is {'a': [1, 2]} (dict)", "data frame"]),
    "X and y exchanged": (Y, X, ValueError, ["continuous-multioutput", "exchange X and y"]),
    "one class": (X, np.zeros(40, int), ValueError, ["more than 1 class", "1 class"]),
    "one class of one-hot": (X, changed(ONE_HOT, slice(None), [1, 0]), ValueError, ["more than 1 class"]),
    "continuous y": (
        X,
        X[:, 0],
        ValueError,
        ["Unknown label type: continuous", "regression", "cut the numbers into classes"],
    ),
    "several labels a row": (X, np.ones((40, 2), int), ValueError, ["Multilabel and multioutput targets"]),
    "two columns of y": (X, np.c_[Y, Y + 5], ValueError, ["y", "(40, 2)"]),
    "three dimensions of y": (X, np.zeros((40, 2, 2), int), ValueError, ["y"]),
    "a one-hot row of zeros": (X, changed(ONE_HOT, 17, 0), ValueError, ["17"]),
    "complex numbers": (X + 1j, Y, ValueError, ["Complex data not supported"]),
    "text": (X.astype(str).astype(object) + "?", Y, ValueError, ["X", "text", "numbers"]),
    "an array of text": (np.array([["a", "b"]] * 40), Y, ValueError, ["X", "text", "numbers"]),
    "a list with text": ([["a", 1]] * 40, Y, ValueError, ["X", "text", "numbers"]),
    "dates": (np.full((40, 2), "2020-01-01", dtype="M8[D]"), Y, (ValueError, TypeError), ["datetime64"]),
    "a ragged list": ([[1.0, 2.0]] * 39 + [[1.0]], Y, ValueError, ["rows of different lengths"]),
    "a masked array": (np.ma.array(X, mask=X > 9), Y, (ValueError, TypeError), ["mask"]),
    "labels of several types": (X, np.array([1, "a"] * 20, dtype=object), (ValueError, TypeError), ["label"]),
    "labels of bytes": (X, Y.astype("S1"), TypeError, ["bytes", "string"]),
}


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("name", BAD_DATA)
def test_bad_data(name, sampler):
    bad_X, bad_y, kind, words = BAD_DATA[name]
    text = message(kind, lambda: sampler().fit_resample(bad_X, bad_y))
    for word in words:
        assert word.replace("{sampler}", sampler.__name__) in text


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_a_numpy_matrix():
    text = message(TypeError, lambda: SMOTE().fit_resample(np.asmatrix(X), Y))
    assert "np.matrix" in text
    assert "asarray" in text


@pytest.mark.parametrize("name", ["NaN", "one dimension", "mismatched lengths", "one class", "continuous y", "text"])
def test_bad_data_reaches_the_function_and_the_pipeline_too(name):
    bad_X, bad_y, kind, words = BAD_DATA[name]
    chain = ResamplingPipeline([("smote", SMOTE()), ("tomek", TomekLinks())])
    for call in (lambda: tomek_links(bad_X, bad_y), lambda: chain.fit_resample(bad_X, bad_y)):
        text = message(kind, call)
        assert words[0] in text


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize(
    ("column", "words"),
    [
        (["red", "blue"] * 20, ["colour"]),
        (np.full(40, "2020-01-01", dtype="M8[s]"), ["colour"]),
        ([1.5, None] * 20, ["NaN", "colour"]),
    ],
    ids=["text", "dates", "missing"],
)
def test_a_column_that_is_no_number_is_named(sampler, column, words):
    pandas = optional("pandas")
    frame = pandas.DataFrame({"size": X[:, 0], "colour": column, "weight": X[:, 1]})
    text = message((ValueError, TypeError), lambda: sampler().fit_resample(frame, Y))
    assert words[-1] in text or words[0] in text
    assert "weight" not in text


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_nullable_column_with_a_missing_value_is_named(sampler):
    pandas = optional("pandas")
    frame = pandas.DataFrame({"size": X[:, 0], "count": pandas.array([1, None] * 20, dtype="Int64")})
    assert "count" in message((ValueError, TypeError), lambda: sampler().fit_resample(frame, Y))


def test_column_names_of_several_types():
    pandas = optional("pandas")
    frame = pandas.DataFrame(X, columns=["a", 1, "c"])
    assert "string" in message(TypeError, lambda: SMOTE().fit_resample(frame, Y))


def test_an_unknown_keyword():
    for sampler in SAMPLERS:
        text = message(TypeError, lambda sampler=sampler: sampler().fit_resample(X, Y, sample_weight=Y))
        assert "sample_weight" in text


# ---- too few rows ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "k"), [(1, 1), (3, 5), (5, 5), (10, 12)])
@pytest.mark.parametrize("rare", ["rare", 7])
def test_too_few_rows_names_the_class_its_size_k_and_the_remedy(rare, size, k):
    y = np.array([type(rare)(), rare])[labels(30, size)]
    data = datasets.make("gaussian", labels(30, size), 2)
    for sampler in (SMOTE(k_neighbors=k), SMOTETomek(smote=SMOTE(k_neighbors=k))):
        text = message(ValueError, lambda sampler=sampler: sampler.fit_resample(data, y))
        remedy = "lower k_neighbors" if size > 1 else "leave the class out"
        for word in (str(rare), str(size), f"k_neighbors={k}", str(k + 1), remedy):
            assert word in text
        assert "n_samples_fit" not in text, "k_neighbors is the user's parameter, n_neighbors is not"
        name = "smote__k_neighbors" if isinstance(sampler, SMOTETomek) else "k_neighbors"
        assert sampler.get_params()[name] == k, "it is never changed silently"


def test_of_several_classes_that_are_too_small_the_smallest_is_named_first():
    y = labels(30, 5, 2, 4)
    data = datasets.make("gaussian", y, 2)
    text = message(ValueError, lambda: SMOTETomek().fit_resample(data, y))
    assert text.startswith("Class 2 has 2 rows, and k_neighbors=5 needs at least 6 rows")
    assert "lower k_neighbors to 1 or less" in text
    assert text.endswith(" 2 more have too few.")
    SMOTETomek(smote=SMOTE(k_neighbors=1)).fit_resample(data, y)
    SMOTE(sampling_strategy={0: 40}).fit_resample(data, y)  # a class that does not grow needs no rows


def test_the_remedy_works():
    y = labels(30, 3)
    data = datasets.make("gaussian", y, 2)
    with pytest.raises(ValueError, match="lower k_neighbors to 2"):
        SMOTE(random_state=0).fit_resample(data, y)
    SMOTE(random_state=0, k_neighbors=2).fit_resample(data, y)


@pytest.mark.parametrize("n_neighbors", [1, 11])
def test_an_object_that_lists_too_few_or_too_many(n_neighbors):
    """1 is the row itself; 11 are more than the class has."""
    sampler = SMOTE(k_neighbors=NearestNeighbors(n_neighbors=n_neighbors))
    text = message(ValueError, lambda: sampler.fit_resample(X, Y))
    assert "neighbors" in text
    assert str(n_neighbors) in text


# ---- parameters -----------------------------------------------------------------------------------------------------

BAD_PARAMETERS = [
    (SMOTE, {"k_neighbors": 0}, ["k_neighbors", "SMOTE", "[1, inf)", "0"]),
    (SMOTE, {"k_neighbors": 5.0}, ["k_neighbors", "5.0"]),
    (SMOTE, {"k_neighbors": "many"}, ["k_neighbors", "'many'"]),
    (SMOTE, {"random_state": -1}, ["random_state", "-1"]),
    (SMOTE, {"random_state": "seed"}, ["random_state", "'seed'"]),
    (SMOTE, {"sampling_strategy": "larger"}, ["sampling_strategy", "'not majority'", "'larger'"]),
    (SMOTE, {"sampling_strategy": "majority"}, ["sampling_strategy", "'not majority'", "'majority'"]),
    (SMOTE, {"sampling_strategy": 1.5}, ["sampling_strategy", "(0.0, 1.0]", "1.5"]),
    (SMOTE, {"sampling_strategy": [1]}, ["sampling_strategy", "[1]"]),
    (TomekLinks, {"sampling_strategy": "minority"}, ["sampling_strategy", "'larger'", "'minority'"]),
    (TomekLinks, {"sampling_strategy": (1,)}, ["sampling_strategy", "(1,)"]),
    (TomekLinks, {"n_jobs": 1.5}, ["n_jobs", "1.5"]),
    (SMOTETomek, {"n_jobs": 0}, ["n_jobs == 0", "-1 for all cores"]),
    (SMOTETomek, {"remove": "minority"}, ["remove", "'both'", "'majority'", "'minority'"]),
    (
        SMOTETomek,
        {"smote": TomekLinks()},
        ["smote", "SMOTE'", "BorderlineSMOTE'", "ADASYN'", "SVMSMOTE'", "TomekLinks()"],
    ),
    (BorderlineSMOTE, {"kind": "borderline-3"}, ["kind", "'borderline-1'", "'borderline-2'", "'borderline-3'"]),
    (BorderlineSMOTE, {"m_neighbors": 0}, ["m_neighbors", "BorderlineSMOTE", "[1, inf)", "0"]),
    (ADASYN, {"n_neighbors": 0}, ["n_neighbors", "ADASYN", "[1, inf)", "0"]),
    (SVMSMOTE, {"out_step": 1.5}, ["out_step", "SVMSMOTE", "[0.0, 1.0]", "1.5"]),
    (SVMSMOTE, {"svm_estimator": "SVC"}, ["svm_estimator", "'fit'", "'predict'", "'SVC'"]),
    (SMOTETomek, {"tomek": SMOTE()}, ["tomek", "TomekLinks", "SMOTE()"]),
    (SMOTETomek, {"smote": "yes"}, ["smote", "'yes'"]),
    *[
        (sampler, parameters, words)
        for sampler in SAMPLERS
        for parameters, words in [
            ({"backend": "nearest"}, ["backend", "'sklearn'", "'kdtree'", "'xp'", "'faiss-cpu'", "'nearest'"]),
            ({"device": "gpu"}, ["device", "'cpu'", "'cuda'", "gpu"]),
            ({"device": "cuda:x"}, ["device", "cuda:x"]),
            ({"device": 0}, ["device", "0"]),
            ({"memory_limit": 0}, ["memory_limit", "0"]),
            ({"memory_limit": -5}, ["memory_limit", "-5"]),
            ({"memory_limit": "1GB"}, ["memory_limit", "'1GB'"]),
        ]
    ],
]


@pytest.mark.parametrize(("sampler", "parameters", "words"), BAD_PARAMETERS, ids=stable_id)
def test_bad_parameters(sampler, parameters, words):
    """Both `fit` and `fit_resample` check the parameters; the constructor does not."""
    made = sampler(**parameters)
    for method in (made.fit, made.fit_resample):
        text = message(ValueError, lambda method=method: method(X, Y))
        for word in words:
            assert word in text


def test_a_parameter_of_a_step_that_is_none():
    for name, step, made in (
        ("smote__k_neighbors", "smote", SMOTE()),
        ("tomek__sampling_strategy", "tomek", TomekLinks()),
    ):
        text = message(ValueError, lambda name=name: SMOTETomek().set_params(**{name: 3}))
        own = ", or set k_neighbors without smote__" if step == "smote" else ""
        assert text == f"{name} cannot be set, for {step} is None; give {step}={made!r} first, or with it{own}"
        sampler = SMOTETomek().set_params(**{step: made, name: 3})
        assert sampler.get_params()[name] == 3


BAD_STRATEGIES = [
    (SMOTE, {5: 40}, ["{5}", "not present", "Its classes: 0, 1."]),
    (SMOTE, {1: -4}, ["negative", "-4"]),
    (
        SMOTE,
        {1: 5},
        ["greater or equal to the original", "10 samples and 5 samples are asked. The class is 1: ask for 10 or more"],
    ),
    (SMOTE, 0.2, ["increase the ratio. It is 0.2, and the classes stand at 0.333 (10 : 30)"]),
    (SMOTE, lambda _: {7: 40}, ["{7}", "not present"]),
    (TomekLinks, [7], ["{7}", "not present"]),
    (TomekLinks, 0.5, ["methods do not let", "ratio", "a list of labels"]),
    (SMOTETomek, {5: 40}, ["{5}", "not present"]),
]


@pytest.mark.parametrize(("sampler", "strategy", "words"), BAD_STRATEGIES, ids=stable_id)
def test_strategies_that_do_not_fit_the_data(sampler, strategy, words):
    text = message(ValueError, lambda: sampler(sampling_strategy=strategy).fit_resample(X, Y))
    for word in words:
        assert word in text


def test_a_float_strategy_of_three_classes():
    y = labels(20, 12, 8)
    for sampler in (SMOTE, SMOTETomek):
        text = message(ValueError, lambda sampler=sampler: sampler(sampling_strategy=0.8).fit_resample(X, y))
        assert "float only when the type of target is binary" in text
        assert "dict" in text


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_an_unavailable_device(sampler):
    text = message(DeviceUnavailable, lambda: sampler(device="cuda:97").fit_resample(X, Y))
    for word in ("cuda:97", "device"):
        assert word in text
    assert issubclass(DeviceUnavailable, RuntimeError)


# ---- nothing is silently wrong --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_no_row_is_written_that_its_dtype_cannot_hold(dtype):
    """The difference of the largest and the least value of a dtype is beyond the dtype."""
    largest = np.finfo(dtype).max
    data = np.r_[np.zeros(20), np.resize([-largest, largest], 8)].astype(dtype)[:, None]
    text = message(ValueError, lambda: SMOTE(random_state=0, k_neighbors=7).fit_resample(data, labels(20, 8)))
    assert str(np.dtype(dtype)) in text


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_after_an_error_the_same_sampler_works(sampler):
    made = sampler()
    with pytest.raises(ValueError, match="NaN"):
        made.fit_resample(changed(X, 0, np.nan), Y)
    made.fit_resample(X, Y)
