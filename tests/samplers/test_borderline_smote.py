"""BorderlineSMOTE: which rows are in danger, the rows between them and their neighbours, and what is said where none is."""

import warnings
from collections import Counter

import imblearn.over_sampling
import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors
from support import datasets, oracle
from support import oversampling_oracle as oracles
from support.datasets import labels

from gpu_smotetomek import SMOTE, BorderlineSMOTE, ResamplingPipeline, TomekLinks

KINDS = ["borderline-1", "borderline-2"]
DTYPES = [np.float16, np.float32, np.float64, np.longdouble, np.int8, np.uint8, np.int32, np.int64, bool]
X3, Y3 = datasets.blobs(120, 3, 0.6, 0.25, 0.15)

each_kind = pytest.mark.parametrize("kind", KINDS)


def resample(X, y, **parameters):
    """Rows, also where some class has no row in danger."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return BorderlineSMOTE(**{"random_state": 0, **parameters}).fit_resample(X, y)


# ---- the rows -------------------------------------------------------------------------------------------------------


@each_kind
@pytest.mark.parametrize("data", list(datasets.KINDS))
@pytest.mark.parametrize("sizes", [(60, 20), (20, 60), (40, 25, 15)])
def test_rows_are_the_oracles(sizes, data, kind, backend):
    y = labels(*sizes)
    X = datasets.make(data, y, 4)
    oracle.assert_same(resample(X, y, kind=kind, backend=backend), oracles.borderline_smote(X, y, kind=kind))


@each_kind
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("data", ["gaussian", "lattice", "duplicated"])
def test_rows_of_every_dtype_are_the_oracles_and_keep_it(data, dtype, kind):
    y = labels(50, 30, 16)
    X = datasets.make(data, y, 3, dtype=dtype)
    expected = oracles.borderline_smote(X, y, kind=kind, k=3, random_state=3)
    oracle.assert_same(resample(X, y, kind=kind, k_neighbors=3, random_state=3), expected)


@each_kind
@pytest.mark.parametrize(("k", "m"), [(1, 2), (1, 3), (4, 4), (9, 4), (3, 40)])
def test_any_numbers_of_neighbours(k, m, kind, backend):
    X, y = datasets.blobs(90, 3, 0.6, 0.4)
    found = resample(X, y, kind=kind, k_neighbors=k, m_neighbors=m, backend=backend)
    oracle.assert_same(found, oracles.borderline_smote(X, y, kind=kind, k=k, m=m))
    assert len(found[0]) == 108


@each_kind
@pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng])
def test_a_generator_is_shared_and_advances_over_classes_and_calls(make, kind):
    ours, theirs = make(5), make(5)
    for _ in range(2):
        expected = oracles.borderline_smote(X3, Y3, kind=kind, random_state=theirs)
        oracle.assert_same(BorderlineSMOTE(kind=kind, random_state=ours).fit_resample(X3, Y3), expected)
    assert ours.uniform() == theirs.uniform()


@each_kind
def test_an_object_finds_its_own_n_neighbors_self_included(kind):
    k_searcher, m_searcher = NearestNeighbors(n_neighbors=4), NearestNeighbors(n_neighbors=8)
    sampler = BorderlineSMOTE(kind=kind, k_neighbors=k_searcher, m_neighbors=m_searcher, random_state=0)
    oracle.assert_same(sampler.fit_resample(X3, Y3), oracles.borderline_smote(X3, Y3, kind=kind, k=3, m=7))
    assert (sampler.nn_k_.n_neighbors, sampler.nn_m_.n_neighbors) == (4, 8)
    assert not hasattr(k_searcher, "n_samples_fit_"), "the object given stays unfitted"
    assert sampler.nn_m_.n_samples_fit_ == len(X3)


@each_kind
def test_chains_continue_with_rows_that_are_left(kind):
    """The rows are those of the calls one by one: what was made is used, and what was dropped is not."""
    first, clean = SMOTE(random_state=0, sampling_strategy={1: 40}), TomekLinks(sampling_strategy="all")
    last = BorderlineSMOTE(random_state=1, kind=kind, k_neighbors=3)
    chain = ResamplingPipeline([("first", first), ("clean", clean), ("last", last)])
    found = chain.fit_resample(X3, Y3)
    table = clean.fit_resample(*first.fit_resample(X3, Y3))
    oracle.assert_same(found, last.fit_resample(*table))
    assert chain.named_steps_["last"].in_danger_indices.keys() == last.in_danger_indices.keys()


# ---- danger ---------------------------------------------------------------------------------------------------------


def test_danger_by_hand():
    """With m = 2: one or both neighbours of rows 2 and 4 are enemies; row 3 is safe, and row 8 is noise."""
    X, y = (
        np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [6.0], [9.0], [9.9], [11.0]]),
        [0, 0, 1, 1, 1, 0, 0, 0, 1, 0],
    )
    sampler = BorderlineSMOTE(k_neighbors=1, m_neighbors=2, random_state=0)
    rows, _ = sampler.fit_resample(X, y)
    assert {label: indices.tolist() for label, indices in sampler.in_danger_indices.items()} == {1: [2, 4]}
    assert ((rows[10:] >= 2) & (rows[10:] <= 4)).all()


@pytest.mark.parametrize("m", [1, 2, 3, 7, 10])
@pytest.mark.parametrize("seed", range(5))
def test_rows_in_danger_are_those_of_the_definition(seed, m):
    X, y = datasets.blobs(150, 2, 0.5, 0.3, 0.2, seed=seed)
    sampler = BorderlineSMOTE(random_state=0, m_neighbors=m, kind="borderline-2")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        sampler.fit_resample(X, y)
    expected = {label: oracles.danger(X, y, label, m).tolist() for label in (1, 2)}
    found = {label: rows.tolist() for label, rows in sampler.in_danger_indices.items()}
    assert found == {label: rows for label, rows in expected.items() if rows}


def test_a_class_without_rows_in_danger_stays_as_it_is_and_is_named():
    """As in imbalanced-learn, which says nothing."""
    X, y = datasets.blobs(120, 2, 0.6, 0.25, 0.15)
    X[y == 1] += 1000.0
    names = np.array(["usual", "far", "rare"])[y]
    with pytest.warns(UserWarning, match="^No row of class 'far' is in danger") as caught:
        found = BorderlineSMOTE(random_state=0).fit_resample(X, names)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    theirs = imblearn.over_sampling.BorderlineSMOTE(random_state=0).fit_resample(X, names)
    oracle.assert_same(found, theirs)
    assert Counter(found[1]) == {"usual": 72, "far": 30, "rare": 72}


@pytest.mark.parametrize(("friend_first", "in_danger"), [(False, [3]), (True, [0, 2])])
def test_ties_are_in_the_order_of_row_numbers(friend_first, in_danger):
    """Row 0 has an enemy at 1, and at 2 a friend and an enemy: with m = 2 the lower number decides whether it is noise.

    Imbalanced-learn's trees list the enemy both times here, whatever the numbers.
    """
    places, own = (2.0, -2.0), (1, 0)
    X = np.r_[0.0, 1.0, places[:: 1 if friend_first else -1], 50.0 + 10 * np.arange(60) * np.resize([-1, 1], 60)][
        :, None
    ]
    y = np.r_[1, 0, own[:: 1 if friend_first else -1], np.zeros(60, int)]
    samplers = BorderlineSMOTE, imblearn.over_sampling.BorderlineSMOTE
    ours, theirs = (sampler(k_neighbors=1, m_neighbors=2, random_state=0) for sampler in samplers)
    oracle.assert_same(ours.fit_resample(X, y), oracles.borderline_smote(X, y, k=1, m=2))
    theirs.fit_resample(X, y)
    assert ours.in_danger_indices[1].tolist() == in_danger
    assert theirs.in_danger_indices[1].tolist() == in_danger[-1:]


# ---- errors ---------------------------------------------------------------------------------------------------------


def test_more_neighbours_than_rows():
    X, y = datasets.blobs(9, 2, 0.6, 0.4)
    with pytest.raises(
        ValueError, match=r"m_neighbors=10 needs at least 11 rows, and X has 9: lower m_neighbors to 8 or less"
    ):
        BorderlineSMOTE(k_neighbors=1).fit_resample(X, y)
    with pytest.raises(ValueError, match=r"k_neighbors=9 needs at least 10 rows, and X has 9"):
        BorderlineSMOTE(k_neighbors=9, m_neighbors=3, kind="borderline-2").fit_resample(X, y)


def test_a_small_class_is_an_error_only_where_its_neighbours_are_drawn():
    X, y = datasets.blobs(60, 2, 0.9, 0.1, seed=1)
    with pytest.raises(ValueError, match=r"^Class 1 has 6 rows, and k_neighbors=6 needs at least 7 rows"):
        BorderlineSMOTE(k_neighbors=6, random_state=0).fit_resample(X, y)
    kind = "borderline-2"
    oracle.assert_same(
        BorderlineSMOTE(k_neighbors=6, kind=kind, random_state=0).fit_resample(X, y),
        oracles.borderline_smote(X, y, k=6, kind=kind),
    )


@each_kind
def test_integers_that_float64_cannot_hold_are_refused(kind):
    X, y = datasets.blobs(60, 2, 0.6, 0.4)
    X = np.rint(X * 100).astype(np.int64) + 2**53
    with pytest.raises(ValueError, match=r"2\*\*53"):
        BorderlineSMOTE(kind=kind, random_state=0).fit_resample(X, y)


@each_kind
def test_fitted_attributes(kind, backend):
    sampler = BorderlineSMOTE(random_state=0, kind=kind, backend=backend)
    assert sampler.fit(X3, Y3) is sampler
    assert not hasattr(sampler, "in_danger_indices")
    rows, _ = sampler.fit_resample(X3, Y3)
    assert sampler.n_synthetic_ == len(rows) - len(X3) == sum(sampler.sampling_strategy_.values())
    assert (sampler.backend_, sampler.device_) == (backend, "cpu")
    assert not hasattr(sampler, "nn_k_")
    assert not hasattr(sampler, "nn_m_")
