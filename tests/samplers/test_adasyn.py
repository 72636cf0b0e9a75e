"""ADASYN: the number of synthetic rows of each row, the rows, and the errors where there are none."""

import imblearn.over_sampling
import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors
from support import datasets, oracle
from support import oversampling_oracle as oracles
from support.datasets import labels

from gpu_smotetomek import ADASYN

DTYPES = [np.float16, np.float32, np.float64, np.longdouble, np.int8, np.uint8, np.int32, np.int64, bool]
X3, Y3 = datasets.blobs(120, 3, 0.6, 0.25, 0.15)


@pytest.mark.parametrize("data", [kind for kind in datasets.KINDS if kind != "constant"])
@pytest.mark.parametrize("sizes", [(60, 20), (20, 60), (40, 25, 15)])
def test_rows_are_the_oracles(sizes, data, backend):
    y = labels(*sizes)
    X = datasets.make(data, y, 4)
    oracle.assert_same(ADASYN(random_state=0, backend=backend).fit_resample(X, y), oracles.adasyn(X, y))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("data", ["gaussian", "lattice", "duplicated"])
def test_rows_of_every_dtype_are_the_oracles_and_keep_it(data, dtype):
    y = labels(50, 30, 16)
    X = datasets.make(data, y, 3, dtype=dtype)
    found = ADASYN(n_neighbors=3, random_state=3).fit_resample(X, y)
    oracle.assert_same(found, oracles.adasyn(X, y, k=3, random_state=3))


@pytest.mark.parametrize("k", [1, 2, 9, 35])
def test_any_number_of_neighbours(k, backend):
    X, y = datasets.blobs(90, 3, 0.6, 0.4)
    found = ADASYN(n_neighbors=k, random_state=0, sampling_strategy={1: 200}, backend=backend).fit_resample(X, y)
    oracle.assert_same(found, oracles.adasyn(X, y, k=k, n_synthetic={1: 164}))


@pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng])
def test_a_generator_is_shared_and_advances_over_classes_and_calls(make):
    ours, theirs = make(5), make(5)
    for _ in range(2):
        expected = oracles.adasyn(X3, Y3, random_state=theirs)
        oracle.assert_same(ADASYN(random_state=ours).fit_resample(X3, Y3), expected)
    assert ours.uniform() == theirs.uniform()


def test_an_object_finds_its_own_n_neighbors_self_included():
    searcher = NearestNeighbors(n_neighbors=5)
    sampler = ADASYN(n_neighbors=searcher, random_state=0)
    oracle.assert_same(sampler.fit_resample(X3, Y3), oracles.adasyn(X3, Y3, k=4))
    assert sampler.nn_.n_neighbors == 5
    assert not hasattr(searcher, "n_samples_fit_"), "the object given stays unfitted"


def test_rounding_may_change_the_number_of_rows():
    sampler = ADASYN(random_state=0)
    rows, _ = sampler.fit_resample(X3, Y3)
    theirs = imblearn.over_sampling.ADASYN(random_state=0)
    assert len(rows) == len(theirs.fit_resample(X3, Y3)[0]) == len(X3) + sampler.n_synthetic_
    assert sampler.sampling_strategy_ == theirs.sampling_strategy_ == {1: 42, 2: 54}
    assert sampler.n_synthetic_ != 96


def test_ties_are_in_the_order_of_row_numbers():
    """Imbalanced-learn's lists depend on its search; on a lattice the rows differ."""
    y = labels(60, 30)
    X = datasets.make("lattice", y, 3)
    found = ADASYN(random_state=0).fit_resample(X, y)
    oracle.assert_same(found, oracles.adasyn(X, y))
    theirs, _ = imblearn.over_sampling.ADASYN(random_state=0).fit_resample(X, y)
    assert theirs.shape != found[0].shape or (theirs != found[0]).any()


def both_errors(X, y, **parameters):
    """The types of imbalanced-learn's error and ours, and our message."""
    errors = []
    for sampler in (imblearn.over_sampling.ADASYN, ADASYN):
        with pytest.raises((ValueError, RuntimeError)) as caught:
            sampler(**parameters).fit_resample(X, y)
        errors.append(caught.value)
    return type(errors[0]), type(errors[1]), str(errors[1])


def test_no_row_near_another_class():
    y = labels(30, 10)
    X = datasets.make("gaussian", y, 2) + 1000.0 * y[:, None]
    theirs, ours, text = both_errors(X, np.array(["usual", "rare"])[y])
    assert theirs is ours is RuntimeError
    for word in ("'rare'", "5 nearest", "SMOTE", "n_neighbors", "sampling_strategy"):
        assert word in text


def test_so_few_new_rows_that_each_number_is_rounded_to_zero():
    X, y = datasets.blobs(100, 2, 0.5, 0.5, seed=1)
    theirs, ours, text = both_errors(X, y, sampling_strategy={1: 53})
    assert theirs is ours is ValueError
    assert text.startswith("No samples will be generated for class 1: its 3 new rows are spread over")


def test_more_neighbours_than_rows():
    X, y = datasets.blobs(9, 2, 0.6, 0.4)
    with pytest.raises(ValueError, match="n_neighbors=5 needs at least 6 rows in a class"):
        ADASYN().fit_resample(X, y)
    with (
        pytest.raises(ValueError, match="n_neighbors=9 needs at least 10 rows, and X has 9"),
        pytest.warns(UserWarning, match="n_neighbors=9"),
    ):
        ADASYN(n_neighbors=9, small_class="shrink").fit_resample(X, y)


def test_integers_that_float64_cannot_hold_are_refused():
    X, y = datasets.blobs(60, 2, 0.6, 0.4)
    with pytest.raises(ValueError, match=r"2\*\*53"):
        ADASYN(random_state=0).fit_resample(np.rint(X * 100).astype(np.int64) + 2**53, y)


def test_fitted_attributes(backend):
    sampler = ADASYN(random_state=0, backend=backend)
    assert sampler.fit(X3, Y3) is sampler
    sampler.fit_resample(X3, Y3)
    assert (sampler.backend_, sampler.device_) == (backend, "cpu")
    assert not hasattr(sampler, "nn_")
