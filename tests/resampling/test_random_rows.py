"""Copies and random order in a batch: links by lineage bounds are those of the definition, and rows keep their ids."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import array_libraries, datasets, lineage_cases, oracle

from gpu_smotetomek import SMOTE, RandomOverSampler, RandomUnderSampler, ResamplingPipeline, TomekLinks
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.resampling import Batch, OutputRows, append_copies, find_base_rows, keep_places
from gpu_smotetomek.resampling.lineage_bounds import LineageBounds

CTX = ExecutionContext(n_threads=1)
SIZES = {"two": ((60, 15), {1: 40}, {1: 90}), "three": ((60, 25, 10), {1: 40, 2: 30}, {0: 70, 1: 60, 2: 60})}
CHAINS = {  # steps by name; whether every parent is a row of the input, so that bounds are used
    "copy": (lambda few, many, seed: [copy(few, seed)], True),
    "grow, copy": (lambda few, many, seed: [grow(few, seed), copy(many, seed)], True),
    "copy, grow": (lambda few, many, seed: [copy(few, seed), grow(many, seed)], False),
    "grow, shrink": (lambda few, many, seed: [grow(many, seed), shrink(seed, replacement=False)], True),
    "grow, draw": (lambda few, many, seed: [grow(many, seed), shrink(seed, replacement=True)], True),
    "shrink, grow": (lambda few, many, seed: [shrink(seed, replacement=False), grow(few, seed)], True),
    "noise": (lambda few, many, seed: [copy(few, seed, shrinkage=1.0)], False),
    "grow, noise": (lambda few, many, seed: [grow(few, seed), copy(many, seed, shrinkage=1.0)], False),
}


def grow(totals, seed):
    return SMOTE(sampling_strategy=totals, k_neighbors=3, random_state=seed)


def copy(totals, seed, **given):
    return RandomOverSampler(sampling_strategy=totals, random_state=seed, **given)


def shrink(seed, *, replacement):
    return RandomUnderSampler(sampling_strategy={0: 50}, random_state=seed, replacement=replacement)


@pytest.fixture
def bounded(monkeypatch, small_tables_use_bounds):
    """A list of whether each search for links had lineage bounds."""
    found, from_batch = [], LineageBounds.from_batch

    def record(batch, ctx):
        bounds = from_batch(batch, ctx)
        found.append(bounds is not None)
        return bounds

    monkeypatch.setattr(LineageBounds, "from_batch", record)
    return found


@pytest.mark.parametrize("backend", ["xp", "kdtree"])
@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("kind", lineage_cases.KINDS)
def test_links_are_those_of_the_definition(kind, name, backend, bounded):
    make_steps, has_bounds = CHAINS[name]
    n_links = 0
    for seed, size in enumerate(SIZES):
        counts, few, many = SIZES[size]
        random = np.random.RandomState(seed)
        y = datasets.labels(*counts)
        X = kind(random, y, int(random.choice([1, 2, 3, 8])))
        if "shrink" in name or "draw" in name:  # the class that shrinks has no children, so no parent is dropped
            few, many = ({label: total for label, total in totals.items() if label} for totals in (few, many))
        steps = [(f"step{i}", step) for i, step in enumerate(make_steps(few, many, seed))]
        finder = ("t", TomekLinks(sampling_strategy="all"))
        with np.errstate(all="ignore"):
            chained = ResamplingPipeline([*steps, finder], backend=backend)
            chained.fit_resample(X, y)
            X_over, y_over = ResamplingPipeline(steps).fit_resample(X, y)
        exponent = oracle.exponent(X_over if "noise" in name else X)
        expected = oracle.tomek_links(X_over, y_over, exponent)
        np.testing.assert_array_equal(chained.named_steps_["t"].links_, expected)
        n_links += len(expected)
    assert bounded == [has_bounds] * len(SIZES)
    assert n_links or kind in (datasets.lattice, datasets.far_clusters)


@pytest.mark.usefixtures("small_tables_use_bounds")
def test_copies_and_their_originals_are_not_searched():
    y = datasets.labels(60, 15)
    X = datasets.gaussian(np.random.RandomState(0), y, 3)
    chained = ResamplingPipeline([("o", copy({1: 50}, 0)), ("t", TomekLinks())])
    chained.fit_resample(X, y)
    with_copy = np.unique(chained.named_steps_["o"].sample_indices_[75:])
    stages = chained.named_steps_["t"].search_stages_
    assert stages["bounds"] >= 35 + len(with_copy) > 45
    assert sum(stages.values()) == 50


@pytest.mark.parametrize("place", [array_libraries.copied, array_libraries.strict_device1, array_libraries.torch])
@given(data=st.data())
def test_any_rows_in_any_order(place, data):
    """A batch follows the row numbers of the input that the test carries along."""
    n = data.draw(st.integers(2, 10))
    codes = np.arange(n) % 2
    big = 2**60 + np.arange(n)[:, None]
    batch = Batch.from_input(place(big), np.arange(2), codes, None, CTX)
    rows = np.arange(n)  # of the input, in the order of the result
    for _ in range(data.draw(st.integers(1, 4))):
        places = np.array(data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=1, max_size=12)))
        step = data.draw(st.sampled_from(["keep", "copy", "drop"]))
        if step == "keep":
            batch, rows = keep_places(batch, places, CTX), rows[places]
        elif step == "copy":
            batch, rows = append_copies(batch, batch.rows_at(places)), np.append(rows, rows[places])
        else:
            dropped = np.unique(places)[: len(rows) - 1]
            batch, rows = batch.drop(np.sort(batch.rows_at(dropped)), CTX), np.delete(rows, dropped)
        np.testing.assert_array_equal(batch.ordered_codes, codes[rows])
        X = array_libraries.host(batch.X)
        np.testing.assert_array_equal(X[batch.rows_at(np.arange(len(rows))), 0], big[rows, 0])
        np.testing.assert_array_equal(batch.places_of(batch.rows_at(np.arange(len(rows)))), np.arange(len(rows)))
        output = OutputRows.from_batch(batch)
        found = np.asarray(output.of_input)
        assert len(find_base_rows(batch, output.synthetic)) == 0
        np.testing.assert_array_equal(found if output.order is None else found[output.order], rows)


def test_copies_of_synthetic_rows_are_no_rows_of_the_input():
    X, y = datasets.gaussian(np.random.RandomState(0), datasets.labels(20, 8), 2), datasets.labels(20, 8)
    grown = ResamplingPipeline([("s", grow({1: 12}, 0)), ("o", copy({1: 40}, 1))])
    out, _ = grown.fit_resample(X, y)
    source = grown.named_steps_["o"].sample_indices_
    np.testing.assert_array_equal(
        out, SMOTE(sampling_strategy={1: 12}, k_neighbors=3, random_state=0).fit_resample(X, y)[0][source]
    )
    assert (source[32:] >= 28).any()
    assert (source[32:] < 28).any()
