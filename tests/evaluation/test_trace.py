"""Removed rows and links by id, against a comparison of the rows themselves and links found again step by step."""

import numpy as np
import pytest

from gpu_smotetomek import (
    SMOTE,
    SMOTEENN,
    EditedNearestNeighbours,
    RandomOverSampler,
    RandomUnderSampler,
    ResamplingPipeline,
    SMOTETomek,
    TomekLinks,
    tomek_links,
)
from gpu_smotetomek.evaluation.trace import Trace, trace_rows


def make_data(seed, sizes=(120, 60, 40)):
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(sizes)), sizes)
    order = rng.permutation(len(y))
    return (rng.normal(size=(len(y), 2)) + 0.9 * y[:, None])[order], y[order]


def find_rows(rows, wanted):
    """Number in `rows` of each row in `wanted`, -1 where it is not there."""
    numbers = {row.tobytes(): number for number, row in enumerate(rows)}
    return np.array([numbers.get(row.tobytes(), -1) for row in wanted], np.int64)


SAMPLERS = {
    "SMOTETomek": SMOTETomek(random_state=0),
    "both": SMOTETomek(random_state=0, remove="both"),
    "SMOTEENN": SMOTEENN(random_state=0),
    "TomekLinks": TomekLinks(sampling_strategy="all"),
    "ENN": EditedNearestNeighbours(sampling_strategy="all"),
    "under": RandomUnderSampler(random_state=0),
    "SMOTE": SMOTE(random_state=0),
    "chain": ResamplingPipeline(
        [
            ("enn", EditedNearestNeighbours(kind_sel="mode")),
            ("under", RandomUnderSampler(random_state=0, sampling_strategy="majority")),
            ("both", SMOTETomek(random_state=0, remove="both")),
            ("again", TomekLinks(sampling_strategy="all")),
        ]
    ),
}


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("seed", range(3))
def test_removed_rows_are_those_that_the_result_lacks(name, seed):
    X, y = make_data(seed)
    sampler = SAMPLERS[name]
    found = find_rows(X, sampler.fit_resample(X, y)[0])
    trace = trace_rows(sampler.provenance_)
    np.testing.assert_array_equal(trace.removed, np.setdiff1d(np.arange(len(y)), found))
    assert trace.n_kept == len(np.unique(found[found >= 0]))
    assert len(trace.removed) or name == "SMOTE"
    assert (trace.links is None) == (name in ("SMOTEENN", "ENN", "under", "SMOTE"))


@pytest.mark.parametrize("seed", range(3))
def test_links_of_a_chain_are_those_of_its_steps_run_one_by_one(seed):
    """Ids go by value: rows of the input have their numbers, and the synthetic ones come after them in the order of SMOTE."""
    X, y = make_data(seed)
    chain = ResamplingPipeline(
        [
            ("first", TomekLinks(sampling_strategy="all")),
            ("smote", SMOTE(random_state=0)),
            ("last", TomekLinks(sampling_strategy="all")),
        ]
    )
    chain.fit_resample(X, y)
    trace = trace_rows(chain.provenance_)
    cleaned, y_cleaned = TomekLinks(sampling_strategy="all").fit_resample(X, y)
    grown, y_grown = SMOTE(random_state=0).fit_resample(cleaned, y_cleaned)
    ids = find_rows(X, grown)
    ids[ids < 0] = len(y) + np.arange(np.count_nonzero(ids < 0))
    expected = [tomek_links(X, y), np.sort(ids[tomek_links(grown, y_grown)], axis=1)]
    assert min(map(len, expected)) > 0
    np.testing.assert_array_equal(trace.links, np.concatenate(expected))
    among_input = {(i, j) for i, j in trace.links.tolist() if max(i, j) < len(y)}
    assert set(trace.links_among_input(len(y)).tolist()) == {i * len(y) + j for i, j in among_input}
    assert 0 < len(among_input) < len(trace.links)


def test_copies_and_repeated_rows_are_no_further_rows_of_the_input():
    X, y = make_data(0)
    sampler = RandomOverSampler(random_state=0)
    sampler.fit_resample(X, y)
    trace = trace_rows(sampler.provenance_)
    assert (trace.n_kept, len(trace.removed)) == (len(y), 0)
    sampler = RandomUnderSampler(random_state=0, replacement=True)
    rows = find_rows(X, sampler.fit_resample(X, y)[0])
    trace = trace_rows(sampler.provenance_)
    assert trace.n_kept == len(np.unique(rows)) < len(rows)
    np.testing.assert_array_equal(trace.removed, np.setdiff1d(np.arange(len(y)), rows))


def test_a_sampler_without_links():
    assert len(Trace(np.empty(0, np.int64), 5, None).links_among_input(5)) == 0
