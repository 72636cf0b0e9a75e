"""The same rows as imbalanced-learn, bit for bit, for the same random_state, wherever no two distances are tied."""

import imblearn.combine
import imblearn.over_sampling
import imblearn.under_sampling
import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.neighbors import NearestNeighbors
from support import datasets, oracle
from support.ids import stable_id

from gpu_smotetomek import SMOTE, SMOTEENN, EditedNearestNeighbours, SMOTETomek, TomekLinks

pytestmark = pytest.mark.usefixtures("thresholds")

SIZES = {"two": (0.85, 0.15), "two, rare first": (0.15, 0.85), "three": (0.6, 0.25, 0.15), "four": (0.4, 0.3, 0.2, 0.1)}
FORMS = [sp.csr_matrix, sp.csc_matrix, sp.csr_array, sp.csc_array]


def assert_same(ours, theirs):
    """Two (X, y), sparse or dense."""
    assert type(ours[0]) is type(theirs[0])
    (X, y), (X_theirs, y_theirs) = ours, theirs
    if sp.issparse(X):
        X, X_theirs = X.toarray(), X_theirs.toarray()
    oracle.assert_same((X, y), (X_theirs, y_theirs))


def make_pairs(seed):
    """Our samplers and imbalanced-learn's, by name."""
    return {
        "SMOTE": (SMOTE(random_state=seed), imblearn.over_sampling.SMOTE(random_state=seed)),
        "TomekLinks": (TomekLinks(), imblearn.under_sampling.TomekLinks()),
        "SMOTETomek": (
            SMOTETomek(random_state=seed, remove="both"),
            imblearn.combine.SMOTETomek(random_state=seed),
        ),
        "EditedNearestNeighbours": (EditedNearestNeighbours(), imblearn.under_sampling.EditedNearestNeighbours()),
        "ENN of all classes, mode": (
            EditedNearestNeighbours(sampling_strategy="all", n_neighbors=4, kind_sel="mode"),
            imblearn.under_sampling.EditedNearestNeighbours(sampling_strategy="all", n_neighbors=4, kind_sel="mode"),
        ),
        "SMOTEENN": (SMOTEENN(random_state=seed), imblearn.combine.SMOTEENN(random_state=seed)),
    }


NAMES = ["SMOTE", "TomekLinks", "SMOTETomek", "EditedNearestNeighbours", "ENN of all classes, mode", "SMOTEENN"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("sizes", list(SIZES))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("d", [2, 3, 8, 16, 33, 64])
def test_rows_are_theirs(d, dtype, sizes, name):
    X, y = datasets.blobs(120, d, *SIZES[sizes], seed=d, dtype=dtype)
    ours, theirs = make_pairs(seed=d)[name]
    assert_same(ours.fit_resample(X, y), theirs.fit_resample(X, y))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("d", [3, 24])
def test_sparse_rows_are_theirs(d, dtype, form, name):
    X, y = datasets.blobs(120, d, *SIZES["three"], seed=d, dtype=dtype)
    ours, theirs = make_pairs(seed=d)[name]
    assert_same(ours.fit_resample(form(X), y), theirs.fit_resample(form(X), y))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_wide_sparse_rows_are_theirs(seed, dtype, form, name):
    rng = np.random.default_rng(seed)
    lengths = sp.diags_array(rng.uniform(0.5, 2, 120))  # rows without a common feature are at different distances
    X, y = (
        (lengths @ datasets.text(120, 400, 16, seed=seed)).astype(dtype),
        rng.permutation(datasets.labels(80, 30, 10)),
    )
    ours, theirs = make_pairs(seed)[name]
    result, expected = ours.fit_resample(form(X), y), theirs.fit_resample(form(X), y)
    assert_same(result, expected)
    if name != "TomekLinks":
        assert result[0].nnz == expected[0].nnz


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("d", [4, 20])
def test_every_backend_gives_their_rows(d, name, backend):
    X, y = datasets.blobs(600, d)
    ours, theirs = make_pairs(seed=0)[name]
    assert_same(ours.set_params(backend=backend).fit_resample(X, y), theirs.fit_resample(X, y))


@pytest.mark.parametrize("seed", [0, 1, 12345, 2**32 - 1])
@pytest.mark.parametrize("name", ["SMOTE", "SMOTETomek"])
def test_int_seeds(name, seed):
    X, y = datasets.blobs(150, 3, *SIZES["three"])
    ours, theirs = make_pairs(seed)[name]
    assert_same(ours.fit_resample(X, y), theirs.fit_resample(X, y))


@pytest.mark.parametrize("name", ["SMOTE", "SMOTETomek"])
def test_a_shared_random_state_advances_alike(name):
    X, y = datasets.blobs(150, 3, *SIZES["three"])
    a, b = np.random.RandomState(9), np.random.RandomState(9)
    ours, theirs = make_pairs(a)[name][0], make_pairs(b)[name][1]
    for _ in range(3):
        assert_same(ours.fit_resample(X, y), theirs.fit_resample(X, y))
    assert a.get_state()[2] == b.get_state()[2]


@pytest.mark.parametrize("name", ["SMOTE", "SMOTETomek"])
def test_none_draws_from_the_same_global_state(name):
    X, y = datasets.blobs(150, 3)
    results = []
    for sampler in make_pairs(None)[name]:
        np.random.seed(4)  # noqa: NPY002
        results.append(sampler.fit_resample(X, y))
    assert_same(*results)


OVER = {
    "binary": ["auto", "minority", "not minority", "not majority", "all", 0.5, 1.0, {1: 100}, {0: 140, 1: 30}, {}],
    "three": ["auto", "minority", "not minority", "not majority", "all", {1: 60}, {0: 130, 2: 30}, lambda _: {2: 50}],
}
CLEAN = {
    "binary": ["auto", "majority", "not minority", "not majority", "all", [0], [1], [0, 1], []],
    "three": ["auto", "majority", "not minority", "not majority", "all", [2], [0, 2], []],
}


@pytest.mark.parametrize(("classes", "strategy"), [(c, s) for c in OVER for s in OVER[c]], ids=stable_id)
@pytest.mark.parametrize("name", ["SMOTE", "SMOTETomek"])
def test_oversampling_strategies(name, classes, strategy):
    X, y = datasets.blobs(150, 3, *SIZES["two" if classes == "binary" else "three"])
    ours, theirs = make_pairs(seed=0)[name]
    for sampler in (ours, theirs):
        sampler.set_params(sampling_strategy=strategy)
    assert_same(ours.fit_resample(X, y), theirs.fit_resample(X, y))
    if name == "SMOTE":
        assert ours.sampling_strategy_ == theirs.sampling_strategy_


@pytest.mark.parametrize(("classes", "strategy"), [(c, s) for c in CLEAN for s in CLEAN[c]], ids=str)
def test_cleaning_strategies(classes, strategy):
    X, y = datasets.blobs(150, 2, *SIZES["two" if classes == "binary" else "three"])
    ours = TomekLinks(sampling_strategy=strategy)
    theirs = imblearn.under_sampling.TomekLinks(sampling_strategy=strategy)
    assert_same(ours.fit_resample(X, y), theirs.fit_resample(X, y))
    assert ours.sample_indices_.tolist() == theirs.sample_indices_.tolist()
    assert list(ours.sampling_strategy_) == list(theirs.sampling_strategy_)


@pytest.mark.parametrize("n", [10, 11, 100, 101])
def test_tomek_links_of_balanced_rows(n):
    X, y = datasets.blobs(n, 2, 0.5, 0.5)
    assert_same(TomekLinks().fit_resample(X, y), imblearn.under_sampling.TomekLinks().fit_resample(X, y))


@pytest.mark.parametrize("k", [1, 3, 10, NearestNeighbors(n_neighbors=4), NearestNeighbors(n_neighbors=2)], ids=str)
def test_numbers_and_objects_as_k_neighbors(k):
    X, y = datasets.blobs(150, 3)
    ours, theirs = make_pairs(seed=0)["SMOTE"]
    for sampler in (ours, theirs):
        sampler.set_params(k_neighbors=k)
    assert_same(ours.fit_resample(X, y), theirs.fit_resample(X, y))


@pytest.mark.parametrize("words", [["rare", "usual"], ["usual", "rare"]])
@pytest.mark.parametrize("name", [name for name in NAMES if "mode" not in name])  # where imbalanced-learn fails
def test_labels_of_text(name, words):
    X, y = datasets.blobs(150, 3)
    ours, theirs = make_pairs(seed=0)[name]
    y = np.array(words)[y]
    assert_same(ours.fit_resample(X, y), theirs.fit_resample(X, y))


def test_both_accept_each_others_samplers_in_smotetomek():
    X, y = datasets.blobs(150, 3)
    theirs = imblearn.combine.SMOTETomek(random_state=0).fit_resample(X, y)
    outer = imblearn.combine.SMOTETomek(smote=SMOTE(random_state=0), tomek=TomekLinks(sampling_strategy="all"))
    assert_same(outer.fit_resample(X, y), theirs)


def test_the_published_figures_and_every_row_behind_them():
    X, y = datasets.published()
    ours, theirs = make_pairs(seed=0)["SMOTETomek"]
    result = ours.fit_resample(X, y)
    assert_same(result, theirs.fit_resample(X, y))
    assert np.bincount(result[1]).tolist() == [4499, 4566, 4413]
