"""`clean` of SMOTETomek and SMOTEENN: before over-sampling, after it, or both; bit for bit a chain of the steps."""

import numpy as np
import pytest
from scipy import sparse
from support import datasets, mixed_tables, oracle
from support.array_libraries import host, strict, torch

from gpu_smotetomek import (
    SMOTE,
    SMOTEENN,
    SMOTENC,
    EditedNearestNeighbours,
    ResamplingPipeline,
    SMOTETomek,
    TomekLinks,
)

ORDERS = {"after": "gc", "before": "cg", "both": "cgc"}
SIZES = [(0.8, 0.2), (0.5, 0.3, 0.2), (0.4, 0.3, 0.2, 0.1)]
CHAINS = {
    "majority": (SMOTETomek, {}, TomekLinks(sampling_strategy="larger")),
    "both ends": (SMOTETomek, {"remove": "both"}, TomekLinks(sampling_strategy="all")),
    "SMOTEENN": (SMOTEENN, {}, EditedNearestNeighbours(sampling_strategy="all")),
    "passes": (SMOTETomek, {"tomek": TomekLinks(repeat=True)}, TomekLinks(repeat=True)),
}


def make(chain, clean):
    """The sampler with `clean`, and the pipeline of its steps in that order."""
    kind, parameters, cleaner = CHAINS[chain]
    steps = {"g": SMOTE(random_state=0), "c": cleaner}
    names = enumerate(ORDERS[clean])
    pipeline = ResamplingPipeline([(f"step{place}", steps[letter]) for place, letter in names])
    return kind(random_state=0, clean=clean, **parameters), pipeline


@pytest.mark.usefixtures("thresholds")
@pytest.mark.parametrize("chain", list(CHAINS))
@pytest.mark.parametrize("clean", list(ORDERS))
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_rows_are_those_of_the_pipeline(sizes, clean, chain):
    X, y = datasets.blobs(300, 3, *sizes)
    X[:, 0] += 1.5 * y
    sampler, pipeline = make(chain, clean)
    oracle.assert_same(sampler.fit_resample(X, y), pipeline.fit_resample(X, y))
    fitted = {"g": ["smote_"], "c": ["enn_" if chain == "SMOTEENN" else "tomek_"]}
    names = {"c": [*([fitted["c"][0][:-1] + "_before_"] if clean == "both" else []), *fitted["c"]], "g": fitted["g"]}
    for letter, (_, step) in zip(ORDERS[clean], pipeline.steps_, strict=True):
        attribute = names[letter].pop(0)
        assert dict(getattr(sampler, attribute).sampling_strategy_) == dict(step.sampling_strategy_)
        if letter == "c":
            np.testing.assert_array_equal(getattr(sampler, attribute).sample_indices_, step.sample_indices_)
    assert hasattr(sampler, "tomek_before_") == (clean == "both" and chain != "SMOTEENN")
    assert sampler.backend_ == pipeline.steps_[-1 if clean != "before" else 0][1].backend_


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("clean", ["before", "both"])
@pytest.mark.parametrize("remove", ["majority", "both"])
def test_rows_are_those_of_the_steps_by_hand(remove, clean, seed):
    """Each call by itself; the last one is given the class that was larger before over-sampling by its label."""
    X, y = datasets.blobs(200, 2, 0.7, 0.3, seed=seed)
    sampler = SMOTETomek(random_state=seed, remove=remove, clean=clean)
    result = sampler.fit_resample(X, y)
    first = TomekLinks(sampling_strategy="all" if remove == "both" else "larger").fit_resample(X, y)
    expected = SMOTE(random_state=seed).fit_resample(*first)
    if clean == "both":
        expected = TomekLinks(sampling_strategy="all" if remove == "both" else [0]).fit_resample(*expected)
    oracle.assert_same(result, expected)
    assert len(first[0]) < len(X)


def test_the_majority_is_that_of_the_table_which_a_step_receives():
    """The first cleaning makes class 1 the larger one; SMOTE then adds rows of class 0, and class 1 loses rows."""
    X = np.concatenate([np.arange(10) * 10.0, np.arange(5) * 10.0 + 1, 1000 + np.arange(4) * 0.1])[:, None]
    y = np.repeat([0, 1], [10, 9])
    sampler = SMOTETomek(smote=SMOTE(k_neighbors=2, random_state=0), clean="both")
    sampler.fit_resample(X, y)
    assert list(sampler.tomek_before_.sampling_strategy_) == [0]
    assert dict(sampler.sampling_strategy_) == {0: 4}
    assert list(sampler.tomek_.sampling_strategy_) == [1]


def test_attributes_of_an_earlier_call_do_not_stay():
    X, y = datasets.blobs(200, 2)
    sampler = SMOTETomek(random_state=0, clean="both")
    sampler.fit_resample(X, y)
    assert sampler.tomek_before_ is not sampler.tomek_
    sampler.set_params(clean="after").fit_resample(X, y)
    assert not hasattr(sampler, "tomek_before_")


def test_parameters_of_the_cleaner_hold_for_both():
    X, y = datasets.blobs(200, 2)
    sampler = SMOTETomek(random_state=0, tomek=TomekLinks(), clean="both")
    sampler.set_params(tomek__min_samples={0: 168}).fit_resample(X, y)
    assert sampler.tomek_before_.min_samples == sampler.tomek_.min_samples == {0: 168}
    assert len(sampler.tomek_before_.sample_indices_) == 200 - 2
    with pytest.raises(ValueError, match="The 'clean' parameter of SMOTETomek"):
        SMOTETomek(clean="never").fit_resample(X, y)


@pytest.mark.parametrize("convert", [strict, torch, sparse.csr_array], ids=lambda convert: convert.__name__)
@pytest.mark.parametrize("clean", ["before", "both"])
def test_other_containers(clean, convert):
    X, y = datasets.blobs(200, 3)
    sampler = SMOTETomek(random_state=0, clean=clean)
    expected = sampler.fit_resample(X, y)
    rows, _ = sampler.fit_resample(convert(X), y)
    oracle.assert_same((host(rows),), expected[:1])


@pytest.mark.parametrize("clean", list(ORDERS))
def test_tables_with_categories(clean):
    frame, y = mixed_tables.make((90, 30))
    smote = SMOTENC(mixed_tables.CATEGORICAL, random_state=0)
    sampler = SMOTETomek(smote=smote, clean=clean)
    steps = {"g": smote, "c": TomekLinks(sampling_strategy="larger")}
    pipeline = ResamplingPipeline([(f"step{place}", steps[letter]) for place, letter in enumerate(ORDERS[clean])])
    (rows, classes), (expected, labels) = sampler.fit_resample(frame, y), pipeline.fit_resample(frame, y)
    assert rows.equals(expected)
    np.testing.assert_array_equal(classes, labels)


def test_plans():
    X, y = datasets.blobs(400, 4)
    plans = {clean: SMOTETomek(device="cpu", clean=clean).plan(X, y) for clean in ORDERS}
    assert len({plan.rows_out for plan in plans.values()}) == 1
    assert plans["both"].pairs == plans["before"].pairs + plans["after"].pairs
    assert plans["before"].pairs == 60 * 340
    assert plans["before"].seconds <= plans["both"].seconds
