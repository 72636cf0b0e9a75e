"""The progress of whole calls of each sampler, of chains, and of calls that make many."""

import sys

import numpy as np
import pytest
from support import datasets, oracle
from support.optional import optional

from gpu_smotetomek import (
    ADASYN,
    SMOTE,
    SMOTEENN,
    SMOTENC,
    SVMSMOTE,
    BorderlineSMOTE,
    EditedNearestNeighbours,
    RandomOverSampler,
    RandomUnderSampler,
    ResamplingPipeline,
    SMOTETomek,
    TomekLinks,
    progress,
    stability,
    tomek_links,
)
from gpu_smotetomek.progress import CallProgress, callbacks
from gpu_smotetomek.progress import bar as bars
from gpu_smotetomek.samplers.step_estimates import estimate_parts, expect_growth

X, Y = datasets.blobs(400, 4)
SAMPLERS = [
    SMOTE(random_state=0),
    BorderlineSMOTE(random_state=0),
    ADASYN(random_state=0),
    SVMSMOTE(random_state=0),
    SMOTENC([0], random_state=0),
    TomekLinks(),
    EditedNearestNeighbours(),
    RandomOverSampler(random_state=0),
    RandomUnderSampler(random_state=0),
    SMOTETomek(random_state=0),
    SMOTETomek(random_state=0, clean="both"),
    SMOTETomek(random_state=0, clean="before"),
    SMOTEENN(random_state=0),
    ResamplingPipeline([("first", SMOTETomek(random_state=0)), ("second", TomekLinks())]),
]
IDS = [f"{type(sampler).__name__}-{getattr(sampler, 'clean', '')}" for sampler in SAMPLERS]


@pytest.fixture(autouse=True)
def every_update(monkeypatch):
    """No update is left out."""
    monkeypatch.setattr(callbacks, "UPDATE_SECONDS", 0.0)


def rows_for(sampler) -> np.ndarray:
    """Rows that the sampler takes: `SMOTENC` needs a categorical column."""
    return np.column_stack([X[:, 0].round(), X[:, 1:]]) if isinstance(sampler, SMOTENC) else X


def watch(work) -> list[CallProgress]:
    """The states of a call, after the checks that hold for each: one call, never backwards, up to the end."""
    states: list[CallProgress] = []
    with progress(update=states.append):
        work()
    fractions = [state.fraction for state in states]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert all(fraction < 1 for fraction in fractions[:-1])
    assert len({state.call for state in states}) == 1
    return states


def list_names(states: list[CallProgress]) -> list[str]:
    """The steps in the order in which they ran."""
    names = [state.step for state in states if state.step]
    return [name for name, before in zip(names, ["", *names], strict=False) if name != before]


@pytest.mark.parametrize("sampler", SAMPLERS, ids=IDS)
def test_each_sampler_has_one_progress_and_the_same_rows(sampler):
    rows, results = rows_for(sampler), []
    expected = sampler.fit_resample(rows, Y)
    states = watch(lambda: results.append(sampler.fit_resample(rows, Y)))
    assert states[0].call == type(sampler).__name__
    oracle.assert_same(results[0], expected)


@pytest.mark.parametrize("sampler", SAMPLERS, ids=IDS)
def test_each_step_has_a_positive_estimate_under_the_name_with_which_it_runs(sampler):
    rows = rows_for(sampler)
    with sampler._enter(rows, Y) as (_, _, batch, ctx):
        parts = estimate_parts(sampler, batch, ctx)
    assert all(seconds > 0 for _, seconds in parts)
    ran = list_names(watch(lambda: sampler.fit_resample(rows, Y)))
    if isinstance(sampler, ResamplingPipeline):
        ran.remove("first")  # a chain within a chain begins with its first step
    assert [name for name in ran if name != "restore"] == [name for name, _ in parts[:-1]]


def test_the_steps_of_a_chain_follow_one_another():
    pipeline = SAMPLERS[-1]
    assert list_names(watch(lambda: pipeline.fit_resample(X, Y)))[:4] == ["first", "smote", "tomek", "second"]
    both = list_names(watch(lambda: SMOTETomek(clean="both").fit_resample(X, Y)))
    assert both[:3] == ["tomek_before", "smote", "tomek"]


def test_preparing_and_resampling_are_one_call_each():
    prepared = []
    states = watch(lambda: prepared.append(SMOTETomek().prepare(X, Y)))
    assert states[0].call == "prepare"
    assert watch(lambda: prepared[0].resample(3))[0].call == "SMOTETomek"


@pytest.mark.parametrize("seeds", [2, 9])
def test_all_seeds_of_stability_are_one_call(seeds):
    states = watch(lambda: stability(SMOTETomek(), X, Y, seeds=seeds))
    assert states[0].call == "stability"
    assert {f"seed {seed}" for seed in range(seeds)} <= {state.step for state in states}


def test_scores_of_stability_belong_to_the_same_call():
    neighbors = optional("sklearn.neighbors")
    states = watch(
        lambda: stability(SMOTETomek(), X, Y, seeds=2, cv=2, estimator=neighbors.KNeighborsClassifier(), scoring="f1")
    )
    assert states[0].call == "stability"
    before_seeds = [state.fraction for state in states if state.step == "plain"]
    assert before_seeds[-1] < 0.5


def test_tomek_links_has_a_progress():
    assert watch(lambda: tomek_links(X, Y))


def test_two_calls_in_a_block_have_a_progress_each():
    states: list[CallProgress] = []
    with progress(update=states.append):
        SMOTE().fit_resample(X, Y)
        TomekLinks().fit_resample(X, Y)
    assert [state.call for state in states if state.fraction == 1] == ["SMOTE", "TomekLinks"]


def test_a_call_that_fails_leaves_the_next_one_in_order():
    def work() -> None:
        with pytest.raises(ValueError, match="labels"):
            SMOTE().fit_resample(X, Y[:-1])

    states: list[CallProgress] = []
    with progress(update=states.append):
        work()
        SMOTE().fit_resample(X, Y)
    assert states[-1].fraction == 1


def test_the_parameter_progress_shows_a_bar(monkeypatch, capsys):
    drawn = []

    class Screen:
        def draw(self, state: CallProgress) -> None:
            drawn.append(state.call)

        def clear(self) -> None:
            drawn.append("cleared")

    monkeypatch.setattr(callbacks, "find_screen", Screen)
    monkeypatch.setattr(bars, "SHOW_AFTER_SECONDS", 0.0)
    monkeypatch.setattr(bars, "DRAW_EVERY_SECONDS", 0.0)
    expected = SMOTETomek(random_state=0).fit_resample(X, Y)
    assert drawn == []
    oracle.assert_same(SMOTETomek(random_state=0).fit_resample(X, Y, progress=True), expected)
    assert drawn[-1] == "cleared"
    assert set(drawn[:-1]) == {"SMOTETomek"}
    monkeypatch.undo()
    monkeypatch.setattr(sys, "stderr", sys.stdout)
    SMOTETomek(random_state=0).fit_resample(X, Y, progress=True)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("auto", [0, 60, 80]),
        ("minority", [0, 0, 80]),
        (0.5, [0, 10, 30]),
        ({1: 50, 0: 100}, [0, 10, 0]),
        (lambda y: {}, [0, 60, 80]),
    ],
)
def test_expected_growth(strategy, expected):
    y = np.repeat([0, 1, 2], [100, 40, 20])
    with SMOTE()._enter(np.zeros((160, 1)), y) as (_, _, batch, _):
        assert expect_growth(strategy, batch, batch.class_counts).tolist() == expected
