"""SVMSMOTE: the rows of support vectors, the estimators that may be given, and where its rows go."""

import imblearn.over_sampling
import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import NearestNeighbors
from sklearn.svm import SVC
from support import array_libraries, datasets, oracle
from support import oversampling_oracle as oracles
from support.datasets import labels
from support.optional import optional

from gpu_smotetomek import SVMSMOTE, SMOTETomek

X3, Y3 = datasets.blobs(120, 3, 0.6, 0.25, 0.15)
DATA = ["gaussian", "lattice", "duplicated", "far_clusters", "offset"]


class FixedSupport(ClassifierMixin, BaseEstimator):
    """A machine whose support vectors are given, and which records the rows and labels that it got."""

    def __init__(self, rows):
        self.rows = rows

    def fit(self, X, y):
        self.X_, self.y_ = X, y
        self.support_ = np.array(self.rows)
        return self

    def predict(self, X):
        raise NotImplementedError


def support_of(X, y):
    return SVC(gamma="scale").fit(X, y).support_


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("sizes", [(60, 20), (20, 60), (40, 25, 15)])
def test_rows_are_the_oracles(sizes, data, backend):
    y = labels(*sizes)
    X = datasets.make(data, y, 4)
    found = SVMSMOTE(random_state=0, backend=backend).fit_resample(X, y)
    oracle.assert_same(found, oracles.svm_smote(X, y, support_of(X, y)))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble, np.int16, np.int64])
@pytest.mark.parametrize("data", ["gaussian", "lattice"])
def test_rows_of_every_dtype_are_the_oracles_and_keep_it(data, dtype):
    y = labels(50, 30, 16)
    X = datasets.make(data, y, 3, dtype=dtype)
    found = SVMSMOTE(k_neighbors=3, random_state=3).fit_resample(X, y)
    oracle.assert_same(found, oracles.svm_smote(X, y, support_of(X, y), k=3, random_state=3))


@pytest.mark.parametrize(("k", "m", "out_step"), [(1, 2, 0.5), (4, 4, 0.0), (9, 5, 1.0), (3, 40, 0.25)])
def test_any_numbers_of_neighbours_and_steps(k, m, out_step, backend):
    X, y = datasets.blobs(90, 3, 0.6, 0.4)
    sampler = SVMSMOTE(random_state=0, k_neighbors=k, m_neighbors=m, out_step=out_step, backend=backend)
    expected = oracles.svm_smote(X, y, support_of(X, y), k=k, m=m, out_step=out_step)
    oracle.assert_same(sampler.fit_resample(X, y), expected)


def test_a_generator_advances_over_classes_and_calls():
    ours, theirs = np.random.default_rng(5), np.random.default_rng(5)
    for _ in range(2):
        expected = oracles.svm_smote(X3, Y3, support_of(X3, Y3), random_state=theirs)
        oracle.assert_same(SVMSMOTE(random_state=ours).fit_resample(X3, Y3), expected)
    assert ours.uniform() == theirs.uniform()


def test_the_global_state_of_numpy_is_left_alone_by_a_generator():
    np.random.seed(3)  # noqa: NPY002
    SVMSMOTE(random_state=np.random.default_rng(0)).fit_resample(X3, Y3)
    assert np.random.uniform() == np.random.RandomState(3).uniform()  # noqa: NPY002


def test_objects_find_their_own_n_neighbors_self_included():
    k_searcher, m_searcher = NearestNeighbors(n_neighbors=4), NearestNeighbors(n_neighbors=8)
    sampler = SVMSMOTE(k_neighbors=k_searcher, m_neighbors=m_searcher, random_state=0)
    oracle.assert_same(sampler.fit_resample(X3, Y3), oracles.svm_smote(X3, Y3, support_of(X3, Y3), k=3, m=7))
    assert (sampler.nn_k_.n_neighbors, sampler.nn_m_.n_neighbors) == (4, 8)


def test_rows_are_between_or_beyond_by_hand():
    """Of class 1, row 5 is in danger with one enemy of two neighbours; row 8 is safe, and its rows are beyond it."""
    X, y = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [6.1], [7.3], [8.6]]), labels(5, 4)
    parameters = {"k_neighbors": 1, "m_neighbors": 2, "sampling_strategy": {1: 40}, "random_state": 0}
    between = SVMSMOTE(svm_estimator=FixedSupport([4, 5]), **parameters).fit_resample(X, y)[0][9:, 0]
    beyond = SVMSMOTE(svm_estimator=FixedSupport([4, 8]), **parameters).fit_resample(X, y)[0][9:, 0]
    assert ((between >= 5.0) & (between < 6.1)).all()
    assert ((beyond >= 8.6) & (beyond <= 8.6 + 0.5 * 1.3)).all()
    assert len(between) + len(beyond) == 36, "each makes its own share of the rows"
    both = SVMSMOTE(svm_estimator=FixedSupport([8, 5]), **parameters).fit_resample(X, y)[0][9:, 0]
    np.testing.assert_array_equal(both, np.r_[between, beyond])


def test_support_vectors_are_drawn_in_the_order_of_the_estimator():
    order = np.random.RandomState(0).permutation(120)
    sampler = SVMSMOTE(svm_estimator=FixedSupport(order.tolist()), random_state=0)
    oracle.assert_same(sampler.fit_resample(X3, Y3), oracles.svm_smote(X3, Y3, order))


def test_ties_are_in_the_order_of_row_numbers():
    """Imbalanced-learn's lists depend on its search; on a lattice the rows differ."""
    y = labels(60, 30)
    X = datasets.make("lattice", y, 3)
    found = SVMSMOTE(random_state=0).fit_resample(X, y)
    oracle.assert_same(found, oracles.svm_smote(X, y, support_of(X, y)))
    theirs, _ = imblearn.over_sampling.SVMSMOTE(random_state=0).fit_resample(X, y)
    assert theirs.shape != found[0].shape or (theirs != found[0]).any()


# ---- the estimator --------------------------------------------------------------------------------------------------


def test_the_machine_is_fitted_once_on_all_rows_and_labels():
    machine = SVC(C=3.0, kernel="linear", class_weight={"rare": 5.0})
    names = np.array(["usual", "some", "rare"])[Y3]
    sampler = SVMSMOTE(svm_estimator=machine, random_state=0)
    found = sampler.fit_resample(X3, names)
    assert not hasattr(machine, "support_"), "the estimator given stays unfitted"
    assert sampler.svm_estimator_.classes_.tolist() == ["rare", "some", "usual"]
    theirs = imblearn.over_sampling.SVMSMOTE(svm_estimator=machine, random_state=0).fit_resample(X3, names)
    oracle.assert_same(found, theirs)


def test_no_machine_is_fitted_where_nothing_grows():
    sampler = SVMSMOTE(svm_estimator=FixedSupport([0]), sampling_strategy={})
    oracle.assert_same(sampler.fit_resample(X3, Y3), (X3, Y3))
    assert not hasattr(sampler, "svm_estimator_")


def test_an_estimator_without_support_vectors():
    for sampler in (imblearn.over_sampling.SVMSMOTE, SVMSMOTE):
        with pytest.raises(RuntimeError, match="support_") as caught:
            sampler(svm_estimator=LogisticRegression()).fit_resample(X3, Y3)
    assert "sklearn.svm.SVC()" in str(caught.value)


def test_all_support_vectors_are_noise():
    X, y = np.r_[np.arange(20.0), np.arange(6) + 30.0][:, None], labels(20, 6)
    X[20:] = np.array([1.4, 4.4, 8.4, 11.4, 14.4, 17.4])[:, None]
    for sampler in (imblearn.over_sampling.SVMSMOTE, SVMSMOTE):
        with pytest.raises(ValueError, match=r"^All support vectors") as caught:
            sampler(m_neighbors=2).fit_resample(X, np.array(["usual", "rare"])[y])
    for word in ("'rare'", "6 in number", "the 2 rows nearest", "m_neighbors", "sampling_strategy"):
        assert word in str(caught.value)


@pytest.mark.parametrize("place", [array_libraries.strict, array_libraries.strict_device1, array_libraries.torch])
def test_rows_of_other_libraries_are_copied_to_the_host_only_for_a_machine_that_is_given(place):
    expected = SVMSMOTE(random_state=0).fit_resample(X3, Y3)
    for sampler in (SVMSMOTE(random_state=0), SMOTETomek(smote=SVMSMOTE(random_state=0))):
        with pytest.raises(
            ValueError, match=r"give svm_estimator=sklearn\.svm\.SVC\(\) to have the rows copied"
        ) as caught:
            sampler.fit_resample(place(X3), Y3)
    assert "cuml.svm.SVC()" in str(caught.value)
    found = SVMSMOTE(random_state=0, svm_estimator=SVC()).fit_resample(place(X3), place(Y3))
    np.testing.assert_array_equal(array_libraries.host(found[0]), expected[0])
    np.testing.assert_array_equal(array_libraries.host(found[1]), expected[1])


@pytest.mark.parametrize("place", [array_libraries.strict_device1, array_libraries.torch])
def test_a_machine_of_another_library_gets_its_arrays(place):
    rows = support_of(X3, Y3)
    sampler = SVMSMOTE(random_state=0, svm_estimator=FixedSupport(rows.tolist()))
    found, _ = sampler.fit_resample(place(X3), Y3)
    assert type(sampler.svm_estimator_.X_) is type(place(X3))
    assert isinstance(sampler.svm_estimator_.y_, np.ndarray)
    np.testing.assert_array_equal(array_libraries.host(found), SVMSMOTE(random_state=0).fit_resample(X3, Y3)[0])


# ---- values that a dtype cannot hold --------------------------------------------------------------------------------

RANGE_Y = labels(6, 4)
RANGE_X = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [60.0], [70.0], [85.0], [100.0]])


def extrapolate(X, out_step):
    machine = FixedSupport([9])
    strategy = {"k_neighbors": 1, "m_neighbors": 2, "sampling_strategy": {1: 60}, "random_state": 0}
    return SVMSMOTE(svm_estimator=machine, out_step=out_step, **strategy).fit_resample(X, RANGE_Y)


@pytest.mark.parametrize("place", [np.asarray, sp.csr_array, array_libraries.torch, array_libraries.strict])
@pytest.mark.parametrize(("dtype", "shift"), [(np.int8, 26), (np.uint8, 154), (np.int16, 2**15 - 102)])
def test_integers_beyond_their_dtype_are_refused(dtype, shift, place):
    """Imbalanced-learn lets them wrap around."""
    X = np.c_[np.zeros(10), RANGE_X + shift].astype(dtype)
    with pytest.raises(
        ValueError, match=f"SVMSMOTE extrapolates column 1 beyond the values of {np.dtype(dtype)}: lower"
    ):
        extrapolate(place(X), 1.0)
    X[:, 1] -= 40
    rows, _ = extrapolate(place(X), 1.0)
    rows = array_libraries.host(rows)
    assert rows.dtype == dtype
    assert rows[10:, 1].min() >= X[9, 1]
    assert rows[10:, 1].max() > X[9, 1]


@pytest.mark.parametrize("place", [np.asarray, sp.csr_array, array_libraries.torch])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_beyond_their_dtype_are_refused(dtype, place):
    X = (RANGE_X / 100 * np.finfo(dtype).max).astype(dtype)
    with pytest.raises(ValueError, match="beyond the values of"):
        extrapolate(place(X), 1.0)
    rows, _ = extrapolate(place(X / 2), 1.0)
    assert np.isfinite(array_libraries.host(rows)).all()


def test_booleans_extrapolate_by_half_a_step_at_most():
    X = np.c_[RANGE_X > 6, RANGE_X > 90]
    rows, _ = extrapolate(X, 0.5)
    assert rows.dtype == bool
    with pytest.raises(ValueError, match="beyond the values of bool"):
        extrapolate(X, 1.0)


def test_columns_of_a_frame_have_their_own_range():
    frame = optional("pandas").DataFrame({"a": RANGE_X[:, 0], "b": (RANGE_X[:, 0] + 26).astype(np.int8)})
    with pytest.raises(ValueError, match="column 1 beyond the values of int8"):
        extrapolate(frame, 1.0)
    rows, _ = extrapolate(frame.assign(b=frame["b"] - 40), 1.0)
    assert rows.dtypes.tolist() == [np.float64, np.int8]


def test_fitted_attributes(backend):
    sampler = SVMSMOTE(random_state=0, backend=backend)
    assert sampler.fit(X3, Y3) is sampler
    assert not hasattr(sampler, "svm_estimator_")
    rows, _ = sampler.fit_resample(X3, Y3)
    assert sampler.n_synthetic_ == len(rows) - len(X3)
    assert (sampler.backend_, sampler.device_) == (backend, "cpu")


def test_sparse_rows_with_indices_of_64_bits():
    """The machine of scikit-learn refuses them, and so does imbalanced-learn."""
    X = sp.csr_array(X3)
    expected = SVMSMOTE(random_state=0).fit_resample(X, Y3)[0].toarray()
    X.indices, X.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    np.testing.assert_array_equal(SVMSMOTE(random_state=0).fit_resample(X, Y3)[0].toarray(), expected)
    assert X.indices.dtype == np.int64
