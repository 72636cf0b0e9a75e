"""SMOTE: its synthetic rows, their neighbours and draws, and the order of the result."""

import threading
from collections import Counter

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import BaseEstimator
from sklearn.neighbors import NearestNeighbors
from support import datasets, oracle
from support.datasets import labels
from support.ids import stable_id

from gpu_smotetomek import SMOTE, SMOTETomek
from gpu_smotetomek.neighbors import available
from gpu_smotetomek.resampling import smote

DTYPES = [np.float16, np.float32, np.float64, np.longdouble, np.int8, np.uint8, np.int32, np.int64, bool]


# ---- the rows -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [1, 4, 18])
@pytest.mark.parametrize("sizes", [(60, 20), (20, 60)])
@pytest.mark.parametrize("kind", list(datasets.KINDS))
def test_rows_are_the_oracles(kind, sizes, d, backend):
    y = labels(*sizes)
    X = datasets.make(kind, y, d)
    oracle.assert_same(SMOTE(random_state=0, backend=backend).fit_resample(X, y), oracle.smote(X, y))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", ["gaussian", "lattice", "duplicated"])
def test_rows_of_every_dtype_are_the_oracles_and_keep_it(kind, dtype):
    y = labels(50, 16, 8)
    X = datasets.make(kind, y, 3, dtype=dtype)
    oracle.assert_same(SMOTE(random_state=3).fit_resample(X, y), oracle.smote(X, y, random_state=3))


@pytest.mark.parametrize("k", [1, 2, 7, 19])
def test_any_number_of_neighbours_up_to_all_others(k, backend):
    y = labels(60, 20)
    X = datasets.make("gaussian", y, 3)
    sampler = SMOTE(random_state=0, k_neighbors=k, backend=backend)
    oracle.assert_same(sampler.fit_resample(X, y), oracle.smote(X, y, k=k))


@pytest.mark.parametrize("form", [sp.csr_matrix, sp.csc_matrix, sp.csr_array, sp.csc_array])
def test_sparse_rows_are_those_of_the_dense_matrix(form, backend):
    y = labels(60, 20)
    X = datasets.make("gaussian", y, 12) * (np.random.RandomState(1).uniform(size=(80, 12)) < 0.3)
    X_new, y_new = SMOTE(random_state=0, backend=backend).fit_resample(form(X), y)
    assert type(X_new) is form
    expected, expected_labels = oracle.smote(X, y)
    np.testing.assert_array_equal(X_new.toarray(), expected)
    np.testing.assert_array_equal(y_new, expected_labels)


def test_two_points_by_hand():
    """With k = 1 two rows are each other's neighbour: new = base + gap * (neighbour - base)."""
    X, y = np.array([[0.0, 0.0], [10.0, 20.0], [50.0, 50.0], [60.0, 50.0], [50.0, 60.0]]), labels(2, 3)
    X_new, y_new = SMOTE(k_neighbors=1, random_state=8).fit_resample(X, y)
    rng = np.random.RandomState(8)
    (base,), (gap,) = rng.randint(0, 2, 1), rng.uniform(size=1)
    assert X_new[5].tolist() == (X[base] + gap * (X[1 - base] - X[base])).tolist()
    assert y_new.tolist() == [0, 0, 1, 1, 1, 0]


def test_a_row_with_more_duplicates_than_neighbours_is_copied():
    """Its neighbours are its copies, by row number and never itself: the synthetic rows are the point again."""
    X, y = np.r_[np.arange(20.0)[:, None], np.full((8, 1), 99.0)], labels(20, 8)
    X_new, _ = SMOTE(random_state=0).fit_resample(X, y)
    assert set(X_new[28:, 0]) == {99.0}


# ---- order and ownership --------------------------------------------------------------------------------------------


def test_originals_come_first_then_a_block_for_each_class_in_sorted_order():
    X, y = datasets.blobs(90, 3, 0.2, 0.5, 0.3)
    names = np.array(["zebra", "mule", "ant"])[y]
    X_new, y_new = SMOTE(random_state=0).fit_resample(X, names)
    np.testing.assert_array_equal(X_new[:90], X)
    np.testing.assert_array_equal(y_new[:90], names)
    blocks = y_new[90:]
    assert blocks.tolist() == sorted(blocks)
    assert Counter(y_new) == {"zebra": 45, "mule": 45, "ant": 45}


@pytest.mark.parametrize("y", [labels(20, 10), labels(15, 15)], ids=["imbalanced", "balanced"])
def test_input_is_neither_changed_nor_aliased(y):
    X = datasets.make("gaussian", y, 3)
    before = X.copy(), y.copy()
    X_new, y_new = SMOTE(random_state=0).fit_resample(X, y)
    assert not np.shares_memory(X, X_new)
    assert not np.shares_memory(y, y_new)
    X_new[:], y_new[:] = 0, 0
    oracle.assert_same((X, y), before)


@pytest.mark.parametrize("dtype", ["i1", "u2", "i8", "f4", "f8", "?", "<U1"])
def test_targets_keep_their_dtype(dtype):
    y = labels(20, 10).astype(dtype)
    _, y_new = SMOTE(random_state=0).fit_resample(datasets.make("gaussian", labels(20, 10), 2), y)
    assert y_new.dtype == y.dtype
    assert Counter(y_new) == {y[0]: 20, y[-1]: 20}


def test_targets_of_text_objects_stay_objects():
    y = np.array(["frequent", "rare"], dtype=object)[labels(20, 10)]
    _, y_new = SMOTE(random_state=0).fit_resample(datasets.make("gaussian", labels(20, 10), 2), y)
    assert y_new.dtype == object
    assert Counter(y_new) == {"frequent": 20, "rare": 20}


# ---- draws ----------------------------------------------------------------------------------------------------------

X3, Y3 = datasets.blobs(120, 3, 0.6, 0.25, 0.15)


@pytest.mark.parametrize("seed", [0, 42, 2**32 - 1, np.int64(7)])
def test_an_int_seed_gives_the_same_rows_every_time(seed):
    sampler = SMOTE(random_state=seed)
    first, second = sampler.fit_resample(X3, Y3), sampler.fit_resample(X3, Y3)
    oracle.assert_same(first, second)
    oracle.assert_same(first, oracle.smote(X3, Y3, random_state=seed))


def test_other_seeds_give_other_rows():
    a, b = (SMOTE(random_state=seed).fit_resample(X3, Y3)[0] for seed in (0, 1))
    assert not (a[len(X3) :] == b[len(X3) :]).any()


@pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng])
def test_a_generator_is_shared_and_advances_over_classes_and_calls(make):
    ours, theirs = make(5), make(5)
    for _ in range(2):
        expected = oracle.smote(X3, Y3, random_state=theirs)
        oracle.assert_same(SMOTE(random_state=ours).fit_resample(X3, Y3), expected)
    assert ours.uniform() == theirs.uniform()


def test_draws_in_the_background_are_the_same(monkeypatch):
    y = labels(50, 16, 8)
    X = datasets.make("gaussian", y, 3)
    expected = SMOTE(random_state=3).fit_resample(X, y)
    monkeypatch.setattr(smote, "DRAW_IN_BACKGROUND_FROM", 1)
    oracle.assert_same(SMOTE(random_state=3).fit_resample(X, y), expected)


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize(
    "make", [lambda: 3, lambda: np.random.default_rng(3), lambda: None], ids=["int", "Generator", "None"]
)
def test_only_an_int_seed_is_drawn_on_another_thread(make, n_jobs, monkeypatch):
    y, threads = labels(50, 16), []
    monkeypatch.setattr(smote, "DRAW_IN_BACKGROUND_FROM", 1)
    draw = smote.draw
    monkeypatch.setattr(smote, "draw", lambda *more: threads.append(threading.get_ident()) or draw(*more))
    SMOTETomek(random_state=make(), n_jobs=n_jobs).fit_resample(datasets.make("gaussian", y, 3), y)
    assert (threads == [threading.get_ident()]) is (make() != 3 or n_jobs == 1)


def test_none_draws_from_numpys_global_state():
    np.random.seed(11)  # noqa: NPY002
    result = SMOTE().fit_resample(X3, Y3)
    oracle.assert_same(result, oracle.smote(X3, Y3, random_state=np.random.RandomState(11)))


def test_classes_of_one_size_get_the_same_draws_from_an_int_seed():
    """Every class starts from an int seed, as in imbalanced-learn, whose rows are reproduced; a RandomState continues."""
    y = labels(40, 10, 10)
    X = datasets.make("gaussian", y, 2)
    X[y == 2] = X[y == 1] + 1024.0
    shift = SMOTE(random_state=0).fit_resample(X, y)[0][60:].reshape(2, 30, 2)
    np.testing.assert_allclose(shift[1] - shift[0], 1024.0, rtol=1e-12)
    shift = SMOTE(random_state=np.random.RandomState(0)).fit_resample(X, y)[0][60:].reshape(2, 30, 2)
    assert (np.abs(shift[1] - shift[0] - 1024.0) > 1e-6).all()


# ---- how many -------------------------------------------------------------------------------------------------------

SIZES = {0: 72, 1: 30, 2: 18}


@pytest.mark.parametrize(
    ("strategy", "new"),
    [
        ("auto", {1: 42, 2: 54}),
        ("not majority", {1: 42, 2: 54}),
        ("all", {0: 0, 1: 42, 2: 54}),
        ("minority", {2: 54}),
        ("not minority", {0: 0, 1: 42}),
        ({1: 40, 2: 18}, {1: 10, 2: 0}),
        ({0: 100, 2: 60}, {0: 28, 2: 42}),
        ({}, {}),
        (lambda y: {2: (y == 1).sum()}, {2: 12}),
    ],
    ids=stable_id,
)
def test_counts_are_what_the_strategy_says(strategy, new):
    sampler = SMOTE(sampling_strategy=strategy, random_state=0)
    X_new, y_new = sampler.fit_resample(X3, Y3)
    assert dict(sampler.sampling_strategy_) == new
    assert list(sampler.sampling_strategy_) == sorted(new)
    assert sampler.n_synthetic_ == sum(new.values())
    assert Counter(y_new) == {label: size + new.get(label, 0) for label, size in SIZES.items()}
    oracle.assert_same((X_new, y_new), oracle.smote(X3, Y3, n_synthetic=new))


@pytest.mark.parametrize(("ratio", "total"), [(0.29, 29), (0.57, 57), (0.5, 50), (1.0, 100), (0.333, 33), (0.299, 29)])
def test_a_float_is_the_ratio_of_the_classes_afterwards(ratio, total):
    """round(r * n) where that is an integer but for rounding (0.29 * 100 is 28.999...), else the floor."""
    y = labels(100, 20)
    _, y_new = SMOTE(sampling_strategy=ratio, random_state=0).fit_resample(datasets.make("gaussian", y, 2), y)
    assert Counter(y_new) == {0: 100, 1: total}


def test_a_class_that_is_not_targeted_may_have_any_size():
    y = labels(30, 12, 1)
    _, y_new = SMOTE(sampling_strategy={1: 30}, random_state=0).fit_resample(datasets.make("gaussian", y, 2), y)
    assert Counter(y_new) == {0: 30, 1: 30, 2: 1}


def test_balanced_data_passes_through():
    y = labels(9, 9)
    X = datasets.make("gaussian", y, 2)
    sampler = SMOTE()
    oracle.assert_same(sampler.fit_resample(X, y), (X, y))
    assert sampler.n_synthetic_ == 0


# ---- an object as k_neighbors ---------------------------------------------------------------------------------------


class FixedNeighbors(BaseEstimator):
    """A neighbour search that returns `rows`, whatever the data."""

    def __init__(self, rows):
        self.rows = rows
        self.n_neighbors = len(rows[0])

    def fit(self, X, y=None):
        self.n_samples_fit_ = len(X)
        return self

    def kneighbors(self, X=None, n_neighbors=None, return_distance=True):
        rows = np.array(self.rows)
        return (np.arange(rows.shape[1]) + np.zeros(rows.shape), rows) if return_distance else rows

    def kneighbors_graph(self, X=None, n_neighbors=None, mode="connectivity"):
        raise NotImplementedError


@pytest.mark.parametrize("k", [1, 5])
def test_an_object_finds_its_own_n_neighbors_self_included(k):
    searcher = NearestNeighbors(n_neighbors=k + 1)
    sampler = SMOTE(random_state=0, k_neighbors=searcher)
    oracle.assert_same(sampler.fit_resample(X3, Y3), oracle.smote(X3, Y3, k=k))
    assert sampler.nn_k_ is not searcher, "the object given stays unfitted"
    assert not hasattr(searcher, "n_samples_fit_")
    assert sampler.nn_k_.n_neighbors == k + 1
    assert sampler.nn_k_.n_samples_fit_ == (Y3 == 2).sum(), "fitted on the last class"


def test_a_number_sets_no_nn_k():
    assert not hasattr(SMOTE(random_state=0).fit(X3, Y3), "nn_k_")


def test_self_is_dropped_by_row_number_or_the_last_column_where_it_is_lacking():
    """Rows 0 and 1 list themselves, second and first; rows 2 and 3 do not. The object's order is kept."""
    X, y = np.r_[np.eye(4), 9 + np.eye(4), 9 - np.eye(4)], labels(4, 8)
    searcher = FixedNeighbors([[3, 0, 1], [1, 2, 0], [3, 0, 1], [0, 1, 2]])
    neighbors = np.array([[3, 1], [2, 0], [3, 0], [0, 1]])
    X_new, _ = SMOTE(random_state=2, k_neighbors=searcher).fit_resample(X, y)
    rng = np.random.RandomState(2)
    pick, gap = rng.randint(0, 8, 4), rng.uniform(size=4)
    expected = oracle.interpolate(X[pick // 2], X[neighbors[pick // 2, pick % 2]], gap)
    np.testing.assert_array_equal(X_new[12:], expected)


# ---- integers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64])
def test_integers_stay_between_their_parents(dtype):
    """No difference wraps around, at either end of the range of the dtype (below 2**53)."""
    limits = np.iinfo(dtype)
    ends = [max(limits.min, 1 - 2**53), min(limits.max, 2**53 - 1)]
    X = np.r_[np.zeros(20), np.resize(ends, 8)].astype(dtype)[:, None]
    X_new, _ = SMOTE(random_state=0, k_neighbors=7).fit_resample(X, labels(20, 8))
    oracle.assert_same((X_new,), (oracle.smote(X, labels(20, 8), k=7)[0],))
    assert len(np.unique(X_new[28:])) > 2


@pytest.mark.parametrize("value", [2**53 + 2, -(2**53) - 2])
def test_integers_that_float64_cannot_hold_are_refused(value):
    y = labels(20, 8)
    X = datasets.make("lattice", y, 2, dtype=np.int64)
    X[23, 1] = value
    with pytest.raises(ValueError, match=r"2\*\*53"):
        SMOTE(random_state=0).fit_resample(X, y)


def test_large_integers_of_rows_that_are_not_interpolated_are_copied_untouched():
    y = labels(20, 8)
    X = datasets.make("lattice", y, 2, dtype=np.int64)
    X[3, 1] = 2**60 + 1
    oracle.assert_same(SMOTE(random_state=0).fit_resample(X, y), oracle.smote(X, y))


# ---- fitted attributes ----------------------------------------------------------------------------------------------


def test_fitted_attributes(backend):
    sampler = SMOTE(random_state=0, backend=backend)
    assert sampler.fit(X3, Y3) is sampler
    assert sampler.n_features_in_ == 3
    assert not hasattr(sampler, "feature_names_in_")
    sampler.fit_resample(X3, Y3)
    assert sampler.backend_ == backend
    assert sampler.device_ == "cpu"
    assert not hasattr(sampler, "sample_indices_")
    assert sampler.get_feature_names_out().tolist() == ["x0", "x1", "x2"]


def test_auto_names_the_backend_that_it_chose():
    sampler = SMOTE(random_state=0)
    sampler.fit_resample(X3, Y3)
    assert sampler.backend_ in {*available(), "direct"}, "direct: all distances were taken in float64"
    assert sampler.get_params()["backend"] == "auto"
