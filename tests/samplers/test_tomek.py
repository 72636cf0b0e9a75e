"""Tomek links: the pairs, the rows that are removed, and the fitted attributes."""

import numpy as np
import pytest
import scipy.sparse as sp
from support import datasets, oracle
from support.datasets import labels

from gpu_smotetomek import TomekLinks, tomek_links

DTYPES = [np.float16, np.float32, np.float64, np.longdouble, np.int8, np.uint8, np.int64, bool]
STRATEGIES = ["auto", "majority", "not minority", "not majority", "all", "larger"]


# ---- which pairs ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("points", "classes", "links"),
    [
        ("0 1 9", "a b a", [[0, 1]]),
        ("0 1 9", "a a b", []),  # the nearest two are of one class
        ("0 1 1.5 9", "a b b a", []),  # 1 is nearer to 1.5 than to 0
        ("-1 0 1", "b a b", []),  # a tie: neither is nearer than the other
        ("0 0 9", "a b a", [[0, 1]]),  # a lone pair of duplicates
        ("0 0 0 9", "a a b a", []),  # three rows at one point: which two would it be?
        ("0 0 0 9", "a b c a", []),
        ("0 0 5 5 9", "a b b a a", [[0, 1], [2, 3]]),
        ("9 5 0 1 5.5", "a b c a c", [[1, 4], [2, 3]]),  # any two classes, in ascending order
        ("0 1", "a b", [[0, 1]]),
        ("3 3", "a b", [[0, 1]]),
        ("0 2 4 6", "a b a b", []),  # evenly spaced
        ("1e300 0 1", "a a b", [[1, 2]]),  # beside a row whose square is no float64
        ("-1.7e308 1.7e308 1e300 1.1e300", "a a a b", [[2, 3]]),  # the range is no float64
        ("1e-310 3e-310 1e-309", "a b a", [[0, 1]]),  # differences whose square is no float64
        ("100000000 100000001 100000003", "a b a", [[0, 1]]),
    ],
)
def test_links_of_points_on_a_line(points, classes, links, backend):
    X = np.array(points.split(), dtype=float)[:, None]
    y = np.array(classes.split())
    assert tomek_links(X, y, backend=backend).tolist() == links
    assert oracle.tomek_links(X, y).tolist() == links


@pytest.mark.parametrize(
    ("other", "links"),
    [
        ([-0.1, -0.2, -0.5], []),  # the same squares in the same order: a tie
        ([-0.5, -0.2, -0.1], [[0, 1]]),  # in another order: 0.30000000000000004, where the first row has 0.3
    ],
)
def test_a_tie_is_an_equality_of_bits_features_added_in_order(other, links, backend):
    X, y = np.array([[0.0, 0.0, 0.0], [0.1, 0.2, 0.5], other]), np.array([0, 1, 1])
    assert tomek_links(X, y, backend=backend).tolist() == links
    assert oracle.tomek_links(X, y).tolist() == links


@pytest.mark.parametrize("d", [1, 3, 18])
@pytest.mark.parametrize("sizes", [(60, 20), (40, 20, 20)])
@pytest.mark.parametrize("kind", list(datasets.KINDS))
def test_links_are_the_oracles(kind, sizes, d, backend):
    y = labels(*sizes)
    X = datasets.make(kind, y, d)
    np.testing.assert_array_equal(tomek_links(X, y, backend=backend), oracle.tomek_links(X, y))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", ["gaussian", "lattice", "duplicated"])
def test_links_of_every_dtype_are_the_oracles(kind, dtype):
    y = labels(60, 20)
    X = datasets.make(kind, y, 4, dtype=dtype)
    np.testing.assert_array_equal(tomek_links(X, y), oracle.tomek_links(X, y))


@pytest.mark.parametrize("form", [sp.csr_matrix, sp.csc_matrix, sp.csr_array, sp.csc_array])
def test_links_of_sparse_rows_are_those_of_the_dense_matrix(form, backend):
    y = labels(60, 20)
    X = datasets.make("gaussian", y, 12) * (np.random.RandomState(1).uniform(size=(80, 12)) < 0.3)
    links = oracle.tomek_links(X, y)
    assert len(links) > 0
    np.testing.assert_array_equal(tomek_links(form(X), y, backend=backend), links)


def test_the_function_gives_int64_pairs_even_if_there_are_none():
    X = np.array([[0.0], [1.0], [10.0], [11.0]])
    for y in (labels(2, 2), np.array([0, 1, 1, 0])):
        links = tomek_links(X, y)
        assert links.dtype == np.int64
        assert links.shape == (len(links), 2)
    assert links.tolist() == [[0, 1], [2, 3]]


@pytest.mark.parametrize("n_jobs", [None, 1, 2, -1, -2, np.int64(1)])
def test_threads_change_nothing(n_jobs, backend):
    X, y = datasets.blobs(300, 5)
    np.testing.assert_array_equal(tomek_links(X, y, n_jobs=n_jobs, backend=backend), oracle.tomek_links(X, y))


# ---- which rows are removed -----------------------------------------------------------------------------------------

X3, Y3 = datasets.blobs(200, 2, 0.5, 0.3, 0.2)
LINKS = oracle.tomek_links(X3, Y3)


@pytest.mark.parametrize(
    ("strategy", "classes"),
    [
        ("auto", [0, 1]),
        ("not minority", [0, 1]),
        ("majority", [0]),
        ("not majority", [1, 2]),
        ("all", [0, 1, 2]),
        ([2], [2]),
        ([2, 0], [0, 2]),
        ([], []),
    ],
    ids=str,
)
def test_a_strategy_names_the_classes_that_lose_rows(strategy, classes):
    sampler = TomekLinks(sampling_strategy=strategy)
    X_new, y_new = sampler.fit_resample(X3, Y3)
    kept = oracle.kept_by_class(Y3, LINKS, classes)
    assert list(sampler.sampling_strategy_) == classes
    assert sampler.sample_indices_.tolist() == kept.tolist()
    oracle.assert_same((X_new, y_new), (X3[kept], Y3[kept]))


@pytest.mark.parametrize("sizes", [(0.8, 0.2), (0.2, 0.8), (0.5, 0.5), (0.5, 0.3, 0.2), (0.4, 0.4, 0.2)], ids=str)
def test_larger_drops_the_end_whose_class_is_larger_and_both_if_equal(sizes):
    X, y = datasets.blobs(200, 2, *sizes)
    sampler = TomekLinks(sampling_strategy="larger")
    sampler.fit_resample(X, y)
    expected = oracle.kept_larger(y, oracle.tomek_links(X, y), oracle.counts(y))
    assert sampler.sample_indices_.tolist() == expected.tolist()
    assert len(expected) < len(y)


def test_larger_is_a_strategy_of_its_own_with_three_classes():
    """Between the two smaller classes it drops the larger one; 'majority' drops neither, 'all' both."""
    X, y = np.array([[0.0], [1.0], [50.0], [60.0], [70.0], [80.0]]), np.array([1, 2, 0, 0, 0, 1])
    kept = {}
    for strategy in STRATEGIES:
        sampler = TomekLinks(sampling_strategy=strategy)
        sampler.fit_resample(X, y)
        kept[strategy] = [row for row in (0, 1) if row in sampler.sample_indices_]
    assert kept["larger"] == [1]
    assert kept["majority"] == [0, 1]
    assert kept["all"] == []


@pytest.mark.parametrize(
    ("strategy", "loses"),
    [
        ("auto", [1]),
        ("not minority", [1]),
        ("not majority", [1]),
        ("majority", [0]),
        ("all", [0, 1]),
        ("larger", [0, 1]),
    ],
)
def test_equal_counts_are_resolved_as_imbalanced_learn_does(strategy, loses):
    """The smallest label is then both the majority and the minority; 'larger' finds no larger one and drops both."""
    X, y = datasets.blobs(200, 2, 0.5, 0.5)
    sampler = TomekLinks(sampling_strategy=strategy)
    sampler.fit_resample(X, y)
    dropped = np.setdiff1d(np.arange(200), sampler.sample_indices_)
    assert sorted(set(y[dropped])) == loses


def test_all_rows_may_be_removed():
    X, y = np.array([[0.0, 1.0], [1.0, 1.0]], dtype=np.float32), np.array(["a", "b"])
    X_new, y_new = TomekLinks(sampling_strategy="all").fit_resample(X, y)
    oracle.assert_same((X_new, y_new), (X[:0], y[:0]))


# ---- fitted attributes ----------------------------------------------------------------------------------------------


def test_fitted_attributes(backend):
    sampler = TomekLinks(backend=backend)
    assert sampler.fit(X3, Y3) is sampler
    assert list(sampler.sampling_strategy_) == [0, 1]
    assert not hasattr(sampler, "sample_indices_")
    sampler.fit_resample(X3, Y3)
    assert sampler.sample_indices_.dtype == np.int64
    assert sampler.links_.dtype == np.int64
    np.testing.assert_array_equal(sampler.links_, LINKS)
    assert sampler.n_features_in_ == 2
    assert sampler.backend_ == backend
    assert sampler.device_ == "cpu"


def test_links_are_kept_whatever_is_removed():
    sampler = TomekLinks(sampling_strategy=[])
    X_new, _ = sampler.fit_resample(X3, Y3)
    np.testing.assert_array_equal(sampler.links_, LINKS)
    np.testing.assert_array_equal(X_new, X3)


def test_input_is_neither_changed_nor_aliased():
    before = X3.copy(), Y3.copy()
    X_new, y_new = TomekLinks(sampling_strategy=[]).fit_resample(X3, Y3)
    X_new[:], y_new[:] = 0, 0
    oracle.assert_same((X3, Y3), before)


@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
def test_integers_that_float64_cannot_hold_are_copied_untouched(dtype):
    X = np.array([[0, 2**60 + 1], [1, 2**60 + 1], [90, 3], [80, 5]], dtype=dtype)
    X_new, _ = TomekLinks(sampling_strategy=[]).fit_resample(X, labels(2, 2))
    oracle.assert_same((X_new,), (X,))
