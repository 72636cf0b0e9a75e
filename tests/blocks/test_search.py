"""Calls over blocks: the bytes of one machine, whatever the cuts; and each rule of the stages is needed."""

import numpy as np
import pytest
from support.block_cases import CASES, BlockCase, fingerprint
from support.datasets import labels

from gpu_smotetomek import SMOTE, SMOTETomek, TomekLinks
from gpu_smotetomek.blocks import block_links, enemies, families, held_rows
from gpu_smotetomek.blocks import search as search_module

CUTS = {"one block": ([10**9], 1), "uneven": ([900, 17, 2500], 2), "many": ([211], 5)}


def one_machine(case, make=SMOTETomek, **more):
    X, y = make(random_state=case.seed(), **case.parameters, **more).fit_resample(case.X, case.y)
    return fingerprint(X, y)


@pytest.fixture(scope="module")
def reference():
    cache = {}

    def get(name):
        if name not in cache:
            cache[name] = one_machine(CASES[name]())
        return cache[name]

    return get


@pytest.mark.parametrize("cuts", CUTS)
@pytest.mark.parametrize("name", CASES)
def test_any_cuts_give_the_bytes_of_one_machine(name, cuts, reference, over_blocks):
    case, (sizes, n_parts) = CASES[name](), CUTS[cuts]
    X, y, _ = over_blocks(case, SMOTETomek(random_state=case.seed(), **case.parameters), sizes, n_parts=n_parts)
    assert fingerprint(X, y) == reference(name)


@pytest.mark.parametrize("name", ["duplicates", "four_equal_classes_and_a_small_one", "equal_classes", "mirrors"])
def test_links_of_an_input_alone(name, over_blocks):
    case = CASES[name]()
    sampler = TomekLinks(sampling_strategy="all")
    X, y = sampler.fit_resample(case.X, case.y)
    X_blocks, y_blocks, links = over_blocks(case, TomekLinks(sampling_strategy="all"), [700, 33])
    assert fingerprint(X_blocks, y_blocks) == fingerprint(X, y)
    assert (links.pairs == sampler.links_).all()
    assert len(links.pairs)


def test_smote_alone(over_blocks):
    case = CASES["three_classes"]()
    X, y = SMOTE(random_state=3).fit_resample(case.X, case.y)
    X_blocks, y_blocks, links = over_blocks(case, SMOTE(random_state=3), [1000])
    assert fingerprint(X_blocks, y_blocks) == fingerprint(X, y)
    assert not len(links.pairs)


@pytest.mark.parametrize("make", [lambda: np.random.default_rng(1), lambda: np.random.RandomState(1)])
def test_a_source_is_left_in_the_state_of_one_machine(make, over_blocks):
    case, first, second = CASES["three_classes"](), make(), make()
    SMOTETomek(random_state=first).fit_resample(case.X, case.y)
    over_blocks(case, SMOTETomek(random_state=second), [800])
    draws = [source.random(3) if hasattr(source, "integers") else source.random_sample(3) for source in (first, second)]
    assert (draws[0] == draws[1]).all()


def test_min_samples_keeps_the_same_rows(over_blocks):
    case = CASES["plane"]()
    cleaner = TomekLinks(sampling_strategy="all", min_samples=300)
    X, y = cleaner.fit_resample(case.X, case.y)
    X_blocks, y_blocks, links = over_blocks(case, TomekLinks(sampling_strategy="all", min_samples=300), [800])
    assert fingerprint(X_blocks, y_blocks) == fingerprint(X, y)
    assert len(np.unique(links.pairs)) > len(case.y) - len(y) > 0  # some ends stay


def test_backends_and_budgets_change_nothing(reference, over_blocks):
    case = CASES["bent_surface"]()
    for parameters in ({"backend": "xp"}, {"backend": "kdtree"}, {"memory_limit": 2**20}, {"n_jobs": 2}):
        X, y, _ = over_blocks(case, SMOTETomek(random_state=0, **parameters), [1700], n_parts=3)
        assert fingerprint(X, y) == reference("bent_surface")


def test_a_small_budget_makes_parts_and_ranges(over_blocks):
    rng = np.random.default_rng(0)
    y = labels(40_000, 300)
    case = BlockCase(rng.normal(size=(len(y), 2)) + y[:, None], y)
    X, y_blocks, _ = over_blocks(case, SMOTETomek(random_state=0, memory_limit=2**20), [9000])
    assert fingerprint(X, y_blocks) == one_machine(case)


def no_rule(*arguments):
    """A mask that rules nothing out."""
    return next(np.ones(value.m, bool) for value in arguments if isinstance(value, block_links.EndRows))


MUTANTS = {
    "third rows of the blocks": (block_links, "no_closer_block_row", lambda old: no_rule, ["plane"]),
    "relatives of the ends i": (
        block_links,
        "no_closer_family",
        lambda old: lambda *a: no_rule(*a) if a[4] == "i" else old(*a),
        ["plane", "bent_surface", "equal_classes", "three_classes"],
    ),
    "relatives of the ends j": (
        block_links,
        "no_closer_family",
        lambda old: lambda *a: no_rule(*a) if a[4] == "j" else old(*a),
        ["plane", "three_classes", "four_equal_classes_and_a_small_one"],
    ),
    "held rows without children": (
        block_links,
        "no_closer_childless",
        lambda old: no_rule,
        ["four_equal_classes_and_a_small_one", "one_of_three_grows"],
    ),
    "ties across blocks": (
        enemies,
        "merge_nearest",
        lambda old: lambda parts: old(parts)._replace(sq_second=np.full(len(old(parts).i), np.inf)),
        ["mirrors", "lattice"],
    ),
    "remaining synthetic rows": (
        families,
        "filter_part",
        lambda old: lambda part, distance, *a: old(part, np.full(len(distance), 1e300), *a),
        ["plane"],
    ),
    "the smallest of the lower bounds": (
        enemies,
        "least",
        lambda old: lambda parts: np.maximum.reduce(parts),
        ["plane"],
    ),
    "all masks": (block_links, "both_hold", lambda old: lambda masks: np.logical_or.reduce(masks), ["plane"]),
    "ranges of all blocks": (
        held_rows,
        "merge_looks",
        lambda old: (
            lambda looks: held_rows.FirstLook(
                looks[0].high * 0,
                looks[0].low * 0,
                *(getattr(old(looks), name) for name in ("numbers", "codes", "X", "sample")),
            )
        ),
        ["tiny_numbers"],
    ),
}


@pytest.mark.parametrize("rule", MUTANTS)
def test_each_rule_is_needed(rule, monkeypatch, reference, over_blocks):
    module, name, change, cases = MUTANTS[rule]
    assert getattr(search_module, module.__name__.rpartition(".")[2]) is module
    monkeypatch.setattr(module, name, change(getattr(module, name)))
    assert any(differs(CASES[case](), reference(case), over_blocks) for case in cases)


def differs(case, expected, over_blocks):
    sampler = SMOTETomek(random_state=case.seed(), **case.parameters)
    X, y, _ = over_blocks(case, sampler, [len(case.X) // 5 + 1], n_parts=2)
    return fingerprint(X, y) != expected
