"""Estimates of seconds beside seconds that were measured once, and what they depend on. No test measures time."""

import numpy as np
import pytest
from scipy import sparse
from support import datasets

from benchmarks.cases import CASES
from gpu_smotetomek import SMOTEENN, SMOTETomek
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import BACKENDS, SearchSelector
from gpu_smotetomek.resampling import Batch
from gpu_smotetomek.resampling.step_seconds import (
    USE_LINEAGE_ABOVE_PAIRS,
    count_pairs,
    count_values,
    estimate_cleaning,
    estimate_oversampling,
    uses_bounds,
)
from gpu_smotetomek.resampling.tomek import lineage_pays

# seconds on one core by `python -m benchmarks plan --rows 20000`; a case that has more rows is cut to so many
MEASURED = {
    "correlated-50000x30": 0.044,
    "blobs-30000x63": 0.079,
    "surface-1000000x30": 0.056,
    "reproducer-1000000x10": 0.124,
    "blobs-20000x4": 0.041,
    "three-classes-52000x30": 0.111,
    "small-500x10": 0.004,
    "numbers-2000x20": 0.007,
    "numbers-10000x15": 0.034,
    "census-48842x17": 0.097,
    "fraud-100000x30": 0.119,
    "five-classes-60000x12": 0.176,
    "overlapping-100000x3": 0.055,
    "one-hot-20000x120": 0.33,
    "positions-500000x2": 0.058,
    "sensors-1000000x4": 0.03,
    "text-5000x20000": 0.167,
    "wide-115x20000": 0.029,
    "200-classes-2400x20": 0.125,
    "1000-classes-12000x20": 1.218,
    "onehot-50000x30": 0.069,
    "duplicates-50000x30": 0.067,
}


def make_selector(n_threads: int = 1, backend: str = "auto") -> SearchSelector:
    return SearchSelector(ExecutionContext(n_threads=n_threads, backend=backend))


def make_batch(X, y) -> Batch:
    with SMOTETomek(device="cpu")._enter(X, y) as (_, _, batch, _):
        return batch


@pytest.mark.skipif(BACKENDS["faiss-cpu"].unavailable() is not None, reason="was measured with FAISS")
@pytest.mark.parametrize("name", MEASURED)
def test_plans_are_within_a_factor_of_three_of_the_measured_seconds(name):
    case = next(case for case in CASES if case.name == name)
    X, y = case.make(min(case.rows, 20_000) if case.sized else case.rows, seed=0)
    seconds = SMOTETomek(random_state=0, n_jobs=1, device="cpu").plan(X, y).seconds
    assert MEASURED[name] / 3 <= seconds <= MEASURED[name] * 3


def test_whether_bounds_are_used_is_estimated_as_it_is_decided():
    for n_classes in (2, 3, 12):
        y = np.repeat(np.arange(n_classes), [1500] + [300] * (n_classes - 1))
        X = np.random.default_rng(0).normal(size=(len(y), 10))
        sampler = SMOTETomek(random_state=0, device="cpu")
        with sampler._enter(X, y) as (_, _, batch, ctx):
            originals, selector = batch.class_counts, SearchSelector(ctx)
            grown = sampler._make_smote()._run("smote", batch, ctx)
            sizes = grown.class_counts
            assert int(sizes.sum()) * int(sizes.sum() - sizes.max()) > USE_LINEAGE_ABOVE_PAIRS
            assert uses_bounds(batch.scaled, originals, sizes, selector) is lineage_pays(grown, selector)


def test_few_rows_and_rows_of_the_input_alone_are_searched():
    batch, selector = make_batch(*datasets.blobs(20_000, 3)), make_selector()
    small, sizes = np.array([100, 50]), batch.class_counts
    assert not uses_bounds(batch.scaled, small, small * 2, selector)
    assert not uses_bounds(batch.scaled, sizes, sizes, selector)
    assert uses_bounds(batch.scaled, sizes, np.full_like(sizes, sizes.max()), selector)


@pytest.mark.parametrize("n_new", [[0, 0], [0, 100], [0, 10_000]])
def test_more_new_rows_take_more_seconds(n_new):
    batch, selector = make_batch(*datasets.blobs(2_000, 3)), make_selector()
    seconds = estimate_oversampling(batch.scaled, batch.class_counts, np.array(n_new), selector)
    more = estimate_oversampling(batch.scaled, batch.class_counts, np.array(n_new) * 2 + [0, 1], selector)
    assert 0 < seconds < more


def test_many_small_classes_take_longer_than_one_class_of_as_many_rows():
    X = np.random.default_rng(0).normal(size=(3_000, 5))
    one, many = (
        make_batch(X, np.r_[np.zeros(1_000), labels]) for labels in (np.ones(2_000), 1 + np.arange(2_000) % 200)
    )
    seconds = []
    for batch in (one, many):
        n_new = np.where(batch.class_counts == 1_000, 0, 10)
        seconds.append(estimate_oversampling(batch.scaled, batch.class_counts, n_new, make_selector()))
    assert seconds[1] > 5 * seconds[0]


def test_threads_share_the_search_and_not_the_passes_over_the_rows():
    X, y = datasets.blobs(20_000, 8)
    batch = make_batch(X, y)
    sizes = np.full_like(batch.class_counts, batch.class_counts.max())
    one, four = (estimate_cleaning(batch.scaled, batch.class_counts, sizes, make_selector(n, "xp")) for n in (1, 4))
    assert one / 4 < four < one


def test_comparing_all_pairs_takes_longer():
    X, y = datasets.blobs(5_000, 8)
    assert (
        SMOTEENN(n_jobs=1, device="cpu").plan(X, y).seconds > 2 * SMOTETomek(n_jobs=1, device="cpu").plan(X, y).seconds
    )


def test_stored_entries_of_sparse_rows_are_counted_and_not_features():
    X = sparse.random(500, 40_000, density=1e-3, format="csr", random_state=0)
    y = np.repeat([0, 1], [400, 100])
    assert count_values(X) == pytest.approx(40, rel=0.01)
    assert count_values(np.zeros((5, 7))) == 7
    assert SMOTETomek(n_jobs=1).plan(X, y).seconds < 0.2


def test_pairs_are_counted_from_the_smaller_class():
    assert count_pairs(np.array([10, 4]), np.array([10, 10])) == 40
    assert count_pairs(np.array([5, 3, 2]), np.array([5, 5, 5])) == 2 * 10 + 3 * 5
