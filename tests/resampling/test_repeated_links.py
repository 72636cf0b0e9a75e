"""Cleaning in passes, and the rows that a class keeps: by the oracle, and as passes by hand."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from support import cleaning_oracle, datasets, mixed_oracle, mixed_tables, oracle
from support.adversarial_backend import AdversarialBackend, at_random
from support.array_libraries import host, strict, strict_device1, torch
from support.datasets import labels

from gpu_smotetomek import SMOTE, RandomUnderSampler, ResamplingPipeline, SMOTETomek, TomekLinks
from gpu_smotetomek.neighbors import BACKENDS
from gpu_smotetomek.neighbors.protocol import expanded_error

DEFINITIONS = ["nearest neighbours", "nearest enemies"]
NO_LIMIT = {}  # "nearest enemies" in passes need a limit, or this
STRATEGIES = ["majority", "larger", "all"]
TABLES = {
    "two classes": datasets.blobs(90, 2, 0.6, 0.4),
    "three classes": datasets.blobs(90, 2, 0.5, 0.3, 0.2),
    "four classes": datasets.blobs(90, 2, 0.3, 0.3, 0.2, 0.2),
    "ties": (datasets.make("lattice", labels(50, 30), 3), np.random.RandomState(3).permutation(labels(50, 30))),
    "copies": (datasets.make("duplicated", labels(50, 30), 3), np.random.RandomState(3).permutation(labels(50, 30))),
}


def check(sampler, X, y, expected):
    links, left, n_passes = expected
    np.testing.assert_array_equal(sampler.links_, links)
    np.testing.assert_array_equal(sampler.sample_indices_, left)
    assert sampler.n_passes_ == n_passes


@pytest.mark.parametrize("definition", DEFINITIONS)
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("table", list(TABLES))
def test_passes_are_the_oracles(table, strategy, definition, backend):
    X, y = TABLES[table]
    sampler = TomekLinks(
        sampling_strategy=strategy, repeat=True, definition=definition, min_samples=NO_LIMIT, backend=backend
    )
    X_new, y_new = sampler.fit_resample(X, y)
    expected = cleaning_oracle.clean(X, y, strategy, repeat=True, definition=definition)
    assert expected[2] > 1, "more than one pass"
    check(sampler, X, y, expected)
    oracle.assert_same((X_new, y_new), (X[expected[1]], y[expected[1]]))


@pytest.mark.parametrize("definition", DEFINITIONS)
@pytest.mark.parametrize("repeat", [False, True])
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("table", list(TABLES))
def test_no_class_falls_below_min_samples(table, strategy, repeat, definition):
    X, y = TABLES[table]
    sizes = oracle.counts(y)
    for keep in ({label: size - 3 for label, size in sizes.items()}, {1: sizes[1] - 1}, {0: sizes[0] + 5}):
        sampler = TomekLinks(sampling_strategy=strategy, repeat=repeat, definition=definition, min_samples=keep)
        _, y_new = sampler.fit_resample(X, y)
        options = {"repeat": repeat, "definition": definition}
        check(sampler, X, y, cleaning_oracle.clean(X, y, strategy, min_samples=keep, **options))
        assert all(oracle.counts(y_new)[label] >= min(sizes[label], least) for label, least in keep.items())


def test_one_number_holds_for_all_classes():
    X, y = TABLES["three classes"]
    one, each = TomekLinks(sampling_strategy="all", min_samples=16), TomekLinks(sampling_strategy="all")
    each.set_params(min_samples={0: 16, 1: 16, 2: 16})
    oracle.assert_same(one.fit_resample(X, y), each.fit_resample(X, y))
    assert len(one.sample_indices_) > len(TomekLinks(sampling_strategy="all").fit_resample(X, y)[0])


def test_of_equally_wide_links_the_lower_rows_are_removed():
    """Three links, two of width 1 and one of width 2; the class 'a' may lose one row, then two."""
    X = np.array([[20.0], [22.0], [10.0], [11.0], [0.0], [1.0]])
    y = np.array(["a", "b"] * 3)
    left = {}
    for least in (3, 2, 1):
        sampler = TomekLinks(sampling_strategy=["a"], min_samples={"a": least})
        sampler.fit_resample(X, y)
        left[least] = sampler.sample_indices_.tolist()
        assert sampler.links_.tolist() == [[0, 1], [2, 3], [4, 5]], "links stay, whatever is removed"
    assert left == {3: [0, 1, 2, 3, 4, 5], 2: [0, 1, 3, 4, 5], 1: [0, 1, 3, 5]}


@pytest.mark.parametrize("strategy", [[0], [1], [0, 1], [0, 1, 2]], ids=str)
@pytest.mark.parametrize("definition", DEFINITIONS)
@pytest.mark.parametrize("seed", range(3))
def test_passes_equal_single_passes_by_hand(seed, definition, strategy):
    X, y = datasets.blobs(600, 3, 0.5, 0.3, 0.2, seed=seed)
    least = 60 if definition == "nearest enemies" else None
    sampler = TomekLinks(sampling_strategy=strategy, repeat=True, definition=definition, min_samples=least)
    result = sampler.fit_resample(X, y)
    rows, links, n_passes = np.arange(len(y)), [], 0
    while True:
        single = TomekLinks(sampling_strategy=strategy, definition=definition, min_samples=least)
        single.fit_resample(X[rows], y[rows])
        links.append(rows[single.links_])
        n_passes += 1
        if len(single.sample_indices_) == len(rows):
            break
        rows = rows[single.sample_indices_]
    assert sampler.n_passes_ == n_passes > 2
    oracle.assert_same(result, (X[rows], y[rows]))
    np.testing.assert_array_equal(sampler.links_, np.unique(np.concatenate(links), axis=0))


POINTS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 4), st.integers(0, 3)), min_size=2, max_size=24)


@given(
    rows=POINTS.filter(lambda rows: len({row[2] for row in rows}) > 1),
    strategy=st.sampled_from(STRATEGIES),
    definition=st.sampled_from(DEFINITIONS),
    least=st.integers(0, 4),
)
def test_passes_over_any_few_points(rows, strategy, definition, least):
    table = np.array(rows)
    X, y = table[:, :2].astype(float), table[:, 2]
    keep = dict.fromkeys(oracle.counts(y), least)
    sampler = TomekLinks(sampling_strategy=strategy, repeat=True, definition=definition, min_samples=keep)
    sampler.fit_resample(X, y)
    options = {"repeat": True, "definition": definition, "min_samples": keep}
    check(sampler, X, y, cleaning_oracle.clean(X, y, strategy, **options))


def test_passes_end_when_one_class_is_left():
    X, y = np.array([[0.0], [1.0], [2.5], [3.0]]), np.array([0, 1, 1, 0])
    sampler = TomekLinks(sampling_strategy=[1], repeat=True)
    assert sampler.fit_resample(X, y)[1].tolist() == [0, 0]
    everything = TomekLinks(sampling_strategy="all", repeat=True)
    assert len(everything.fit_resample(X, y)[0]) == 0
    assert everything.links_.tolist() == [[0, 1], [2, 3]] == sampler.links_.tolist()
    assert everything.n_passes_ == sampler.n_passes_ == 1


def test_names_of_classes_are_resolved_once():
    """The class 1 is the smaller one at first, and the larger one after the first pass; it loses no row."""
    X = np.array([[0.0], [1.0], [10.0], [11.0], [20.0], [21.0], [1.4], [30.0], [31.5]])
    y = np.array([0, 1, 0, 1, 0, 1, 0, 0, 1])
    for strategy in ("larger", "majority"):
        sampler = TomekLinks(sampling_strategy=strategy, repeat=True)
        _, y_new = sampler.fit_resample(X, y)
        assert oracle.counts(y_new)[1] == 4
        assert sampler.n_passes_ > 1


@pytest.mark.usefixtures("thresholds")
@pytest.mark.parametrize("remove", ["majority", "both"])
@pytest.mark.parametrize("sizes", [(0.8, 0.2), (0.5, 0.3, 0.2), (0.4, 0.3, 0.2, 0.1)], ids=str)
@pytest.mark.parametrize("seed", range(4))
def test_passes_after_over_sampling(seed, sizes, remove, backend):
    """The lineage bounds of the first pass, and what later passes take from it, lose no link."""
    X, y = datasets.blobs(110, 2, *sizes, seed=seed)
    cleaner = TomekLinks(sampling_strategy="larger" if remove == "majority" else "all", repeat=True)
    sampler = SMOTETomek(random_state=seed, tomek=cleaner, backend=backend)
    sampler.fit_resample(X, y)
    X_over, y_over = oracle.smote(X, y, random_state=seed)
    expected = cleaning_oracle.clean(
        X_over,
        y_over,
        cleaner.sampling_strategy,
        repeat=True,
        sizes=oracle.counts(y),
        D=oracle.sq_distance_matrix(X_over, oracle.exponent(X)),
    )
    check(sampler.tomek_, X_over, y_over, expected)
    assert expected[2] > 1


@pytest.mark.usefixtures("small_tables_use_bounds")
@pytest.mark.parametrize("kind", ["gaussian", "duplicated", "lattice", "far_clusters", "lognormal"])
@pytest.mark.parametrize("definition", DEFINITIONS)
def test_passes_over_a_backend_that_errs_as_much_as_it_may(kind, definition, monkeypatch):
    backend = AdversarialBackend(expanded_error, at_random)
    monkeypatch.setitem(BACKENDS, backend.name, backend)
    n_passes = []
    for seed, sizes in product(range(2), [(50, 20), (36, 18, 10)]):
        y = np.random.RandomState(seed).permutation(labels(*sizes))
        X = datasets.make(kind, y, 2, seed=seed)
        cleaner = TomekLinks(repeat=True, sampling_strategy="all", definition=definition, min_samples=20)
        sampler = SMOTETomek(random_state=seed, tomek=cleaner, backend=backend.name)
        sampler.fit_resample(X, y)
        X_over, y_over = oracle.smote(X, y, random_state=seed)
        options = {"repeat": True, "definition": definition, "min_samples": dict.fromkeys(oracle.counts(y), 20)}
        D = oracle.sq_distance_matrix(X_over, oracle.exponent(X))
        check(sampler.tomek_, X_over, y_over, cleaning_oracle.clean(X_over, y_over, "all", D=D, **options))
        n_passes.append(sampler.tomek_.n_passes_)
    assert max(n_passes) > 1


@pytest.mark.parametrize("convert", [strict, strict_device1, torch])
@pytest.mark.parametrize("definition", DEFINITIONS)
def test_every_array_library(convert, definition):
    X, y = datasets.blobs(300, 3, 0.5, 0.3, 0.2)
    options = {"repeat": True, "definition": definition, "min_samples": {0: 135}}
    expected = TomekLinks(**options)
    rows, classes = expected.fit_resample(X, y)
    sampler = TomekLinks(**options)
    result = sampler.fit_resample(convert(X), convert(y))
    oracle.assert_same(tuple(map(host, result)), (rows, classes))
    np.testing.assert_array_equal(sampler.links_, expected.links_)
    assert (sampler.n_passes_, oracle.counts(classes)[0]) == (expected.n_passes_, 135)


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_the_stand_in_for_cupy(cupy, definition):
    X, y = datasets.blobs(300, 3, 0.5, 0.3, 0.2)
    options = {"repeat": True, "definition": definition, "min_samples": {0: 135}}
    expected, sampler = TomekLinks(**options), TomekLinks(**options)
    kept = expected.fit_resample(X, y)
    result = sampler.fit_resample(cupy.asarray(X), cupy.asarray(y))
    oracle.assert_same(tuple(values.get() for values in result), kept)
    np.testing.assert_array_equal(sampler.links_, expected.links_)


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_sparse_rows(definition):
    X, y = datasets.blobs(150, 12, 0.6, 0.4)
    X = np.where(np.random.RandomState(1).uniform(size=X.shape) < 0.3, X, 0)
    dense, thin = (TomekLinks(repeat=True, definition=definition, min_samples=30) for _ in range(2))
    rows, classes = dense.fit_resample(X, y)
    result, _ = thin.fit_resample(sparse.csr_array(X), y)
    oracle.assert_same((result.toarray(), y[thin.sample_indices_]), (rows, classes))
    assert dense.n_passes_ > 1


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_tables_with_categories(definition):
    frame, y = mixed_tables.make((60, 25, 15))
    numbers, categories = mixed_tables.split(frame)
    D = mixed_oracle.sq_distance_matrix(numbers, categories, mixed_oracle.constant(numbers, y))
    keep = {"class 1": 20}
    sampler = TomekLinks(
        sampling_strategy="all",
        repeat=True,
        min_samples=keep,
        definition=definition,
        categorical_features=mixed_tables.CATEGORICAL,
    )
    sampler.fit_resample(frame, y)
    options = {"repeat": True, "definition": definition, "min_samples": keep}
    check(sampler, numbers, y, cleaning_oracle.clean(numbers, y, "all", D=D, **options))


def test_rows_in_another_order():
    """After a RandomUnderSampler rows are numbered as they came out, and ties of widths go by these numbers."""
    X, y = datasets.make("lattice", labels(60, 30), 2), np.random.RandomState(3).permutation(labels(60, 30))
    for least, repeat in product((18, 24), (False, True)):
        cleaner = TomekLinks(sampling_strategy="all", repeat=repeat, min_samples=least)
        chain = ResamplingPipeline([("u", RandomUnderSampler(random_state=0)), ("t", cleaner)])
        result = chain.fit_resample(X, y)
        by_hand = TomekLinks(sampling_strategy="all", repeat=repeat, min_samples=least)
        oracle.assert_same(result, by_hand.fit_resample(*RandomUnderSampler(random_state=0).fit_resample(X, y)))
        np.testing.assert_array_equal(chain.named_steps_["t"].links_, by_hand.links_)


def test_equally_wide_links_in_another_order():
    """Pairs of width 1, far apart: which of them are removed depends on the order of the rows alone."""
    X = (100.0 * np.arange(40)[:, None] + [[0.0, 1.0]]).reshape(-1, 1)
    y = np.tile([0, 1], 40)
    shrink = RandomUnderSampler(sampling_strategy={0: 30, 1: 36}, random_state=0)
    cleaner = TomekLinks(sampling_strategy=[0], min_samples={0: 20})
    chain = ResamplingPipeline([("u", shrink), ("t", cleaner)])
    result = chain.fit_resample(X, y)
    oracle.assert_same(result, cleaner.fit_resample(*shrink.fit_resample(X, y)))
    kept = cleaner.sample_indices_
    np.testing.assert_array_equal(chain.named_steps_["t"].sample_indices_, kept)
    assert len(cleaner.links_) > 10
    assert 66 - len(kept) == 10


def test_the_batch_before_is_not_overwritten():
    """After over-sampling, memory belongs to the batch alone; passes must not compact it before the last one."""
    X, y = datasets.blobs(400, 2, 0.7, 0.3)
    over = SMOTE(random_state=0).fit_resample(X, y)
    cleaner = TomekLinks(sampling_strategy="all", repeat=True)
    alone = cleaner.fit_resample(*over)
    assert cleaner.n_passes_ > 2
    chain = ResamplingPipeline([("s", SMOTE(random_state=0)), ("t", TomekLinks(sampling_strategy="all", repeat=True))])
    oracle.assert_same(chain.fit_resample(X, y), alone)
