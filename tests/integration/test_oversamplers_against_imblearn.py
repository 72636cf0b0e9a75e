"""The over-samplers beside SMOTE: imbalanced-learn's rows, bit for bit, wherever no two distances are tied."""

import warnings

import imblearn.over_sampling
import imblearn.under_sampling
import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.svm import SVC
from support import datasets, oracle

import gpu_smotetomek

SIZES = {"two": (0.8, 0.2), "two, rare first": (0.2, 0.8), "three": (0.55, 0.25, 0.2), "four": (0.5, 0.2, 0.17, 0.13)}
CALLS = {
    "borderline-1": ("BorderlineSMOTE", {}),
    "borderline-2": ("BorderlineSMOTE", {"kind": "borderline-2"}),
    "borderline-1, k": ("BorderlineSMOTE", {"k_neighbors": 2, "m_neighbors": 5}),
    "borderline-2, k": ("BorderlineSMOTE", {"kind": "borderline-2", "k_neighbors": 9, "m_neighbors": 4}),
    "ADASYN": ("ADASYN", {}),
    "ADASYN, k": ("ADASYN", {"n_neighbors": 3}),
    "SVMSMOTE": ("SVMSMOTE", {}),
    "SVMSMOTE, k": ("SVMSMOTE", {"k_neighbors": 2, "m_neighbors": 6, "out_step": 0.8, "svm_estimator": SVC(C=0.3)}),
}
each_call = pytest.mark.parametrize("call", list(CALLS))


def make_pair(call, **parameters):
    """Our sampler and imbalanced-learn's."""
    name, own = CALLS[call]
    return tuple(getattr(module, name)(**own, **parameters) for module in (gpu_smotetomek, imblearn.over_sampling))


def assert_same(ours, theirs, X, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of classes without a row in danger
        (rows, labels), (expected, expected_labels) = ours.fit_resample(X, y), theirs.fit_resample(X, y)
    assert type(rows) is type(expected)
    assert isinstance(ours, type(theirs))
    if sp.issparse(rows):
        rows, expected = rows.toarray(), expected.toarray()
    oracle.assert_same((rows, labels), (expected, expected_labels))
    assert len(rows) > len(y), "something was made"


@each_call
@pytest.mark.parametrize("sizes", list(SIZES))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("d", [2, 5, 16, 40])
def test_rows_are_theirs(d, dtype, sizes, call):
    X, y = datasets.blobs(160, d, *SIZES[sizes], seed=d, dtype=dtype)
    assert_same(*make_pair(call, random_state=d), X, y)


@each_call
@pytest.mark.parametrize("seed", [*range(20), 12345, 2**32 - 1])
def test_int_seeds(seed, call):
    X, y = datasets.blobs(150, 3, *SIZES["three"], seed=seed % 1000)
    assert_same(*make_pair(call, random_state=seed), X, y)


@each_call
@pytest.mark.parametrize("sizes", list(SIZES))
def test_a_shared_random_state_advances_alike(sizes, call):
    X, y = datasets.blobs(150, 3, *SIZES[sizes])
    a, b = np.random.RandomState(9), np.random.RandomState(9)
    ours, theirs = make_pair(call, random_state=a)[0], make_pair(call, random_state=b)[1]
    for _ in range(3):
        assert_same(ours, theirs, X, y)
    assert a.get_state()[2] == b.get_state()[2]
    assert a.uniform() == b.uniform()


@each_call
def test_none_draws_from_the_same_global_state(call):
    X, y = datasets.blobs(150, 3, *SIZES["three"])
    results = []
    for sampler in make_pair(call):
        np.random.seed(4)  # noqa: NPY002
        results.append(sampler.fit_resample(X, y))
    oracle.assert_same(*results)


@each_call
@pytest.mark.parametrize(("dtype", "offset"), [(np.int16, 0), (np.int64, 0), (np.uint16, 30000)])
def test_integers_are_theirs_rounded_to_the_nearest(dtype, offset, call):
    """Imbalanced-learn cuts fractions off, and refuses integers for one kind: its rows of the same floats are the reference."""
    X, y = datasets.blobs(150, 6, *SIZES["three"])
    X = np.rint(X * 3000 + offset)  # so large that no distances are tied
    ours, theirs = make_pair(call, random_state=1)
    rows, labels = ours.fit_resample(X.astype(dtype), y)
    expected, expected_labels = theirs.fit_resample(X, y)
    oracle.assert_same((rows, labels), (np.rint(expected).astype(dtype), expected_labels))


@each_call
@pytest.mark.parametrize("form", [sp.csr_array, sp.csc_array, sp.csr_matrix, sp.csc_matrix])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sparse_rows_are_theirs(dtype, form, call):
    if "borderline-2" in call and issubclass(form, sp.spmatrix):
        pytest.skip("imbalanced-learn multiplies matrices here, and raises")
    X, y = datasets.blobs(120, 24, *SIZES["three"], dtype=dtype)
    assert_same(*make_pair(call, random_state=0), form(X), y)


@each_call
@pytest.mark.parametrize("form", [sp.csr_array, sp.csc_array])
@pytest.mark.parametrize("seed", range(3))
def test_wide_sparse_rows_are_theirs(seed, form, call):
    rng = np.random.default_rng(seed)
    lengths = sp.diags_array(rng.uniform(0.5, 2, 120))  # rows without a common feature are at different distances
    X, y = lengths @ datasets.text(120, 400, 16, seed=seed), rng.permutation(datasets.labels(70, 30, 20))
    X.indices, X.indptr = X.indices.astype(np.int32), X.indptr.astype(np.int32)  # which SVC requires
    ours, theirs = make_pair(call, random_state=seed)
    assert_same(ours, theirs, form(X), y)


@each_call
@pytest.mark.parametrize("words", [["rare", "usual", "some"], ["usual", "rare", "some"]])
def test_labels_of_text(words, call):
    X, y = datasets.blobs(150, 3, *SIZES["three"])
    assert_same(*make_pair(call, random_state=0), X, np.array(words)[y])


OVER = ["auto", "minority", "not minority", "not majority", "all", {1: 60}, {0: 130, 2: 60}]


@each_call
@pytest.mark.parametrize("strategy", OVER, ids=str)
def test_oversampling_strategies(strategy, call):
    X, y = datasets.blobs(150, 3, *SIZES["three"])
    ours, theirs = make_pair(call, random_state=0, sampling_strategy=strategy)
    assert_same(ours, theirs, X, y)
    assert ours.sampling_strategy_ == theirs.sampling_strategy_


@each_call
def test_every_backend_gives_their_rows(call, backend):
    X, y = datasets.blobs(600, 4)
    ours, theirs = make_pair(call, random_state=0)
    assert_same(ours.set_params(backend=backend), theirs, X, y)


def test_fitted_attributes_have_their_names():
    X, y = datasets.blobs(150, 3, *SIZES["four"])
    ours, theirs = make_pair("borderline-1", random_state=0)
    assert_same(ours, theirs, X, y)
    assert ours.in_danger_indices.keys() == theirs.in_danger_indices.keys()
    for label, rows in theirs.in_danger_indices.items():
        np.testing.assert_array_equal(ours.in_danger_indices[label], rows)


@each_call
@pytest.mark.parametrize("seed", range(4))
def test_cleaning_after_them_is_theirs(seed, call):
    X, y = datasets.blobs(200, 4, *SIZES["three"], seed=seed)
    ours, theirs = make_pair(call, random_state=seed)
    found = gpu_smotetomek.SMOTETomek(smote=ours, remove="both").fit_resample(X, y)
    cleaner = imblearn.under_sampling.TomekLinks(sampling_strategy="all")
    oracle.assert_same(found, cleaner.fit_resample(*theirs.fit_resample(X, y)))
