"""The warning about a feature that makes up nearly all of the distances, where the features have no scale."""

import pickle
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from support import datasets, fake_cupy
from support.optional import optional

from gpu_smotetomek import (
    ADASYN,
    SMOTE,
    SMOTEENN,
    SMOTENC,
    BorderlineSMOTE,
    EditedNearestNeighbours,
    RandomOverSampler,
    ResamplingPipeline,
    SMOTETomek,
    TomekLinks,
)
from gpu_smotetomek.arrays.pairwise_sums import add_in_pairs
from gpu_smotetomek.errors import DominantFeatureWarning
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.resampling import Batch
from gpu_smotetomek.samplers import dominant_feature

WARNS = {
    "SMOTE": SMOTE(random_state=0),
    "borderline": BorderlineSMOTE(random_state=0),
    "ADASYN": ADASYN(random_state=0),
    "SMOTETomek": SMOTETomek(random_state=0),
    "SMOTEENN": SMOTEENN(random_state=0),
    "TomekLinks": TomekLinks(),
    "pipeline": ResamplingPipeline([("t", TomekLinks()), ("s", SMOTE(random_state=0))]),
}


def make_wide(times=1e4, n=400):
    X, y = datasets.blobs(n, 4, 0.75, 0.25)
    X[:, 2] *= times
    return X, y


def catch(sampler, X, y):
    """Messages of the warnings of a call."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        clone(sampler).fit_resample(X, y)
    return [str(warning.message) for warning in caught]


@pytest.mark.parametrize("name", list(WARNS))
def test_one_warning_names_the_feature_and_the_remedies(name):
    X, y = make_wide()
    (message,) = catch(WARNS[name], X, y)
    assert message.startswith("feature 2 makes up ")
    assert "of the squared distances between neighbours" in message
    assert (
        "give scale='standard' or scale='robust'; or, if the units are meant as they are, scale=numpy.ones(4)"
        in message
    )
    for scale in ("standard", "robust", np.ones(4)):  # each remedy works
        assert catch(clone(WARNS[name]).set_params(scale=scale), X, y) == []


def test_a_frame_names_the_column():
    pd = optional("pandas")
    X, y = make_wide()
    frame = pd.DataFrame(X, columns=["age", "height", "income", "weight"])
    (message,) = catch(SMOTETomek(random_state=0), frame, y)
    assert message.startswith("'income' makes up ")
    with_id = frame.assign(number=np.arange(len(y)))[["number", *frame.columns]]
    assert catch(SMOTETomek(random_state=0, passthrough=["number"], passthrough_fill="base"), with_id, y) == [message]


def test_categories_before_it_count_in_its_number():
    X, y = make_wide()
    codes = np.column_stack([np.arange(len(y)) % 3, X])
    (message,) = catch(SMOTENC([0], random_state=0), codes, y)
    assert message.startswith("feature 3 makes up ")
    assert "scale=numpy.ones(5)" in message


def test_processes_can_exchange_the_warning():
    warning = DominantFeatureWarning("feature 2 makes up 99%", "give scale='standard'")
    other = pickle.loads(pickle.dumps(warning))
    assert str(other) == str(warning) == "feature 2 makes up 99%: give scale='standard'"
    assert other.finding == warning.finding


@pytest.mark.parametrize(
    "kind",
    [
        "equal scales",
        "one feature",
        "constants",
        "rare flag",
        "few rows",
        "one-hot",
        "sparse",
        "integers",
        "no distances",
    ],
)
def test_no_warning(kind):
    X, y = make_wide()
    rng, sampler = np.random.default_rng(0), SMOTETomek(random_state=0)
    if kind == "equal scales":
        X[:, 2] /= 1e4
    elif kind == "one feature":
        X = X[:, 2:3]
    elif kind == "constants":
        X[:, [0, 1, 3]] = 1
    elif kind == "rare flag":  # neighbours agree in it, since it counts
        X = np.column_stack([X[:, 0], rng.random(len(y)) < 0.3])
    elif kind == "few rows":
        X, y = np.vstack([X[y == 0], X[y == 1][:11]]), np.repeat([0, 1], [int((y == 0).sum()), 11])
    elif kind == "one-hot":
        X = np.column_stack([X[:, 0], np.eye(5)[rng.integers(0, 5, len(y))]])
    elif kind == "sparse":
        X = sp.random(len(y), 400, density=0.01, random_state=0, format="csr")
        X.data[X.indices == 0] *= 1e6
    elif kind == "integers":
        X = rng.integers(0, 5, (len(y), 3))
    else:
        sampler = RandomOverSampler(random_state=0)
    assert catch(sampler, X, y) == []


def test_prepared_tables_warn_once():
    X, y = make_wide()
    with pytest.warns(UserWarning, match="feature 2 makes up") as caught:
        prepared = SMOTETomek().prepare(X, y)
    assert len(caught) == 1
    prepared.resample(1)  # warnings are errors


def test_rows_on_a_device_are_sampled():
    """A few hundred rows are copied to the host, whatever the number of rows."""
    X, y = make_wide(n=4000)
    with fake_cupy.installed() as cupy, pytest.warns(UserWarning, match="feature 2 makes up"):
        SMOTE(random_state=0).fit_resample(cupy.asarray(X), y)


def test_cleaners_without_links_say_nothing():
    X, y = make_wide()
    assert catch(EditedNearestNeighbours(), X, y) == []


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.longdouble])
@pytest.mark.parametrize("order", ["C", "F"])
def test_sums_in_blocks_of_features_have_the_bits_of_whole_rows(dtype, order, monkeypatch):
    monkeypatch.setattr(dominant_feature, "FEATURES_PER_BLOCK", 3)
    rng = np.random.default_rng(0)
    X = np.asarray(rng.normal(size=(50, 10)) * 1e4, dtype=dtype, order=order)
    batch = Batch.from_input(X, np.arange(2), np.arange(50) % 2, None, ExecutionContext(n_threads=1))
    for m in (1, 2, 37):
        first, second = rng.integers(0, 50, (2, m))
        sums = dominant_feature.sum_square_differences(batch, first, second)
        squares = dominant_feature.square_differences(batch, first, second)
        np.testing.assert_array_equal(sums, add_in_pairs(squares))
