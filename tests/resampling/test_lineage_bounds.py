"""Cleaning by descent: the links of the definition whatever the data and however wrong a backend may be; every rule is needed."""

import numpy as np
import pytest
from support import adversarial_backend, datasets, oracle
from support.adversarial_backend import AdversarialBackend
from support.array_libraries import copied, host, strict, torch

from gpu_smotetomek import SMOTE, SMOTETomek, TomekLinks
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import BACKENDS, SearchSelector
from gpu_smotetomek.neighbors.candidates import Candidates
from gpu_smotetomek.neighbors.protocol import expanded_error
from gpu_smotetomek.resampling import Batch, class_neighbors, oversample, tomek
from gpu_smotetomek.resampling import lineage_bounds as lineage
from gpu_smotetomek.resampling import link_verification as verify

SIZES = {
    "two classes": ((60, 15), {1: 120}),
    "three": ((60, 25, 10), {1: 60, 2: 60}),
    "beyond": ((50, 20, 9), {0: 60, 1: 70, 2: 99}),
}
KINDS = [
    datasets.gaussian,
    datasets.lattice,
    datasets.duplicated,
    datasets.lognormal,
    datasets.far_clusters,
    datasets.one_far_row,
    datasets.offset,
    datasets.tiny,
]


def coarse(random, y, d):
    """Float32 numbers with few digits for what tells the rows apart."""
    return (datasets.gaussian(random, y, d) * 0.01 + 1e3).astype("f4")


@pytest.fixture(autouse=True)
def _adversarial(monkeypatch):
    backend = AdversarialBackend(expanded_error, adversarial_backend.at_random)
    monkeypatch.setitem(BACKENDS, backend.name, backend)


def cases(seeds, kinds=KINDS, sizes=tuple(SIZES)):
    """Named data with the sizes that its classes are to have."""
    for seed in seeds:
        for kind in kinds:
            for name in sizes:
                counts, wanted = SIZES[name]
                random = np.random.RandomState(seed)
                y = datasets.labels(*counts)
                X = kind(random, y, int(random.choice([1, 2, 3, 8])))
                fits = 1e-30 < np.abs(X).max() < 1e30
                for values in (X, X.astype(np.float32)) if fits else (X,):
                    yield f"{kind.__name__} {name} {values.dtype} {seed}", values, y, wanted


def found_and_true(X, y, wanted, backend, k=3):
    with np.errstate(all="ignore"):
        sampler = SMOTETomek(
            smote=SMOTE(sampling_strategy=wanted, random_state=0, k_neighbors=k), tomek=TomekLinks(), backend=backend
        )
        sampler.fit_resample(X, y)
        enlarged, labels = sampler.smote_.fit_resample(X, y)
        return sampler.tomek_.links_, oracle.tomek_links(enlarged, labels, oracle.exponent(X))


@pytest.mark.usefixtures("thresholds")
@pytest.mark.parametrize("backend", ["auto", "adversarial", "kdtree", "xp"])
def test_links_are_those_of_the_definition(backend):
    links = 0
    for name, X, y, wanted in cases(range(2)):
        found, true = found_and_true(X, y, wanted, backend)
        np.testing.assert_array_equal(found, true, err_msg=name)
        links += len(true)
    assert links > 300


@pytest.mark.usefixtures("small_tables_use_bounds")
def test_descent_is_taken_where_the_parents_are_there(monkeypatch):
    taken = []
    monkeypatch.setattr(tomek, "links_by_search", lambda *_: taken.append("search") or np.empty((0, 2), np.int64))
    X, y = datasets.gaussian(np.random.RandomState(0), datasets.labels(60, 15), 2), datasets.labels(60, 15)
    SMOTETomek(random_state=0).fit_resample(X, y)
    assert not taken
    TomekLinks().fit_resample(X, y)
    assert taken == ["search"]


def test_a_few_rows_are_searched_as_they_are(monkeypatch):
    X, y = datasets.gaussian(np.random.RandomState(0), datasets.labels(400, 40), 2), datasets.labels(400, 40)

    def links(few):
        monkeypatch.setattr(tomek, "SEARCH_DIRECTLY_BELOW_PAIRS", few)
        sampler = SMOTETomek(random_state=0)
        sampler.fit_resample(X, y)
        return sampler.tomek_.links_, sampler.tomek_.roads_

    found, roads = links(800 * 400)
    by_descent, others = links(800 * 400 - 1)
    assert "bounds" not in roads
    assert others["bounds"] > 0
    assert len(found) > 0
    np.testing.assert_array_equal(found, by_descent)


def times(factor):
    return lambda function: lambda *arguments: function(*arguments) * factor


def shrunk(function):
    return property(lambda self: tuple(bound * 0.9 for bound in function.func(self)))


def shorter(function):
    return property(lambda self: np.where(function.func(self) < 0, -1, function.func(self) * 0.9))


RULES = {  # what is changed, and the data on which it matters
    "Stewart's bound a tenth too large": (
        lineage.LineageBounds,
        "enemy_lower_bound",
        times(1.1),
        datasets.gaussian,
        "two classes",
        6,
    ),
    "the row's own class a tenth too near": (
        lineage.LineageBounds,
        "same_class_upper_bound",
        shrunk,
        datasets.duplicated,
        "three",
        0,
    ),
    "reach a tenth too short": (lineage.LineageBounds, "child_reach", shorter, datasets.gaussian, "beyond", 0),
    "the ball around the parent a tenth too small": (
        lineage.LineageBounds,
        "search_radius",
        times(0.9),
        datasets.duplicated,
        "beyond",
        0,
    ),
    "no slack": (lineage.LineageBounds, "rounding_slack", times(0.0), coarse, "two classes", 0),
    "what was not returned a tenth too far": (Candidates, "_lower_bound", times(1.1), datasets.gaussian, "three", 0),
    "no children looked at": (
        verify.FamilyIndex,
        "_at_matching_distance",
        lambda _: lambda self, children, *rest: children[:0],
        datasets.gaussian,
        "three",
        0,
    ),
    "no parents from afar": (
        verify.FamilyIndex,
        "_far_reaching_parents",
        lambda _: lambda self, *rest: iter(()),
        datasets.lognormal,
        "beyond",
        1,
    ),
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.usefixtures("small_tables_use_bounds")
def test_every_rule_is_needed(rule, monkeypatch):
    holder, name, change, kind, sizes, seed = RULES[rule]

    def all_right() -> bool:
        data = cases(range(seed, seed + 3), [kind], sizes=[sizes])
        answers = [found_and_true(X, y, wanted, "adversarial") for _, X, y, wanted in data]
        return all(np.array_equal(found, true) for found, true in answers)

    assert all_right()
    monkeypatch.setattr(holder, name, change(vars(holder)[name]))
    assert not all_right()


@pytest.mark.parametrize("place", [copied, strict, torch])
def test_bounds_do_not_depend_on_the_blocks(place, monkeypatch):
    """Segments go on from block to block: each block looks at the row before it and the one after."""
    y = datasets.labels(200, 40)
    X = place(datasets.make("gaussian", y, 3))
    work = ExecutionContext(n_threads=1)
    batch = Batch.from_input(X, y, None, work)
    engine = SearchSelector(work)
    grown = oversample(
        batch, {1: 160}, lambda rows: class_neighbors(batch, rows, 3, engine), lambda: np.random.RandomState(0), work
    )
    whole = lineage.LineageBounds.from_batch(grown)
    expected = [host(part) for part in (*whole.same_class_upper_bound, whole.child_reach, whole.enemy_radius)]
    for size in (1, 7, 159):
        monkeypatch.setattr(ExecutionContext, "rows_in_cache", lambda self, _, size=size: size)
        parted = lineage.LineageBounds.from_batch(grown)
        assert len(parted.blocks) > 1
        for part, one in zip(
            (*parted.same_class_upper_bound, parted.child_reach, parted.enemy_radius), expected, strict=True
        ):
            np.testing.assert_array_equal(host(part), one)
        monkeypatch.undo()


@pytest.mark.usefixtures("thresholds")
@pytest.mark.parametrize("backend", ["auto", "kdtree", "xp"])
def test_a_row_between_two_enemies_is_in_no_link(backend):
    X = np.array([[0.0], [64.0], [-1.0], [1.0], [500.0], [510.0], [530.0], [560.0]])
    found, true = found_and_true(X, np.array([1, 1, 0, 0, 0, 0, 0, 0]), {1: 6}, backend, k=1)
    np.testing.assert_array_equal(found, true)
    assert 0 not in found
