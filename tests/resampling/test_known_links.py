"""Links with new synthetic rows by lists that are known: every way to settle a row, hard data, and each rule is needed."""

from functools import partial

import numpy as np
import pytest
from support import array_libraries, datasets

from gpu_smotetomek import SMOTE, ResamplingPipeline, SMOTETomek, TomekLinks
from gpu_smotetomek.neighbors.exact import ExactSearch
from gpu_smotetomek.resampling import known_family, known_links, known_originals
from gpu_smotetomek.resampling.link_verification import FamilyIndex

pytestmark = pytest.mark.usefixtures("small_tables_use_bounds")
KINDS = [kind for kind in datasets.KINDS if kind not in ("few_points", "constant")]  # of which groups are searched


@pytest.fixture(params=[(2, 2, 0), (5, 3, 2), (5, 40, 0), (64, 64, 5000)], ids=str)
def lengths(request, monkeypatch):
    """Lists that are too short for most rows, and the shipped ones."""
    enemies, relatives, far = request.param
    monkeypatch.setattr(known_originals, "NEAR_ENEMIES_PER_PARENT", enemies)
    monkeypatch.setattr(known_originals, "NEAR_PARENTS_PER_PARENT", relatives)
    monkeypatch.setattr(known_family, "FAR_PARENTS_PER_END", far)


@pytest.fixture
def n_known(monkeypatch):
    """A list that gets an entry for each search that takes the known lists."""
    found, find = [], known_links.KnownLinks.find
    monkeypatch.setattr(known_links.KnownLinks, "find", lambda links: found.append(1) or find(links))
    return found


def count_wrong(sampler, X, y, seeds):
    """Number of seeds for which a prepared table gives other rows than a fresh one."""
    prepared, wrong = sampler.prepare(X, y), 0
    for seed in seeds:
        sampler.set_params(random_state=seed)
        expected, found = sampler.fit_resample(X, y)[0], prepared.resample(seed)[0]
        wrong += not np.array_equal(*(array_libraries.host(rows) for rows in (expected, found)))
    return wrong


@pytest.mark.parametrize("dtype", ["f4", "f8", "i4"])
@pytest.mark.parametrize("kind", KINDS)
def test_hard_rows(kind, dtype, lengths, n_known):
    for d in (2, 6):
        y = datasets.labels(140, 45)
        X = datasets.make(kind, y, d, dtype=dtype, seed=d)
        assert count_wrong(SMOTETomek(remove="both"), X, y, range(5)) == 0
    assert n_known


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("sampling_strategy", [0.4, {1: 50}, "auto"])
def test_few_children(k, sampling_strategy, lengths, n_known):
    """Most links of the input stay, and many parents have no child."""
    sampler = SMOTETomek(smote=SMOTE(k_neighbors=k, sampling_strategy=sampling_strategy), remove="both")
    for seed in range(3):
        X, y = datasets.blobs(180, 3, 0.75, 0.25, seed=seed)
        sampler.smote.set_params(random_state=None)
        prepared = sampler.prepare(X, y)
        for random_state in range(4):
            sampler.smote.set_params(random_state=random_state)
            np.testing.assert_array_equal(prepared.resample(random_state)[0], sampler.fit_resample(X, y)[0])
    assert n_known


def test_no_enemy_and_one_enemy(lengths):
    for n_enemies in (12, 13):
        y = datasets.labels(n_enemies, 11)
        X = datasets.make("gaussian", y, 2)
        X[y == 0] += 100
        X[0] = X[-1] + 1e-3
        assert count_wrong(SMOTETomek(remove="both"), X, y, range(5)) == 0


@pytest.mark.parametrize("convert", [array_libraries.torch, array_libraries.strict_device1, array_libraries.csr])
def test_array_libraries(convert, lengths, n_known):
    X, y = datasets.blobs(150, 3, 0.7, 0.3, dtype="f4")
    X[np.abs(X) < 0.1] = 0
    assert count_wrong(SMOTETomek(remove="both"), convert(X), y, range(3)) == 0
    assert n_known


def test_a_gpu(cupy, lengths, n_known):
    X, y = datasets.blobs(150, 3, 0.7, 0.3, dtype="f4")
    assert count_wrong(SMOTETomek(remove="both"), cupy.asarray(X), y, range(3)) == 0
    assert n_known


def test_rows_that_a_cleaner_dropped_before(lengths, n_known):
    X, y = datasets.blobs(200, 2, 0.6, 0.4)
    steps = [("t", TomekLinks(sampling_strategy="all")), ("s", SMOTE()), ("u", TomekLinks(sampling_strategy="all"))]
    pipeline = ResamplingPipeline(steps)
    prepared = pipeline.prepare(X, y)
    for seed in range(5):
        pipeline.set_params(s__random_state=seed)
        np.testing.assert_array_equal(prepared.resample(seed)[0], pipeline.fit_resample(X, y)[0])
    assert n_known


def test_other_tables_are_searched_as_ever(n_known):
    """More than two classes, or two that grow."""
    X, y = datasets.blobs(200, 2, 0.5, 0.3, 0.2)
    assert count_wrong(SMOTETomek(remove="both"), X, y, range(3)) == 0
    X, y = datasets.blobs(200, 2, 0.5, 0.5)
    assert count_wrong(SMOTETomek(sampling_strategy={0: 150, 1: 150}, remove="both"), X, y, range(3)) == 0
    assert not n_known


def test_nothing_is_indexed_again(monkeypatch):
    X, y = datasets.blobs(1500, 3, 0.9, 0.1)
    prepared = SMOTETomek(remove="both", backend="kdtree").prepare(X, y)
    built = []
    monkeypatch.setattr("gpu_smotetomek.neighbors.backends.kdtree.cKDTree", lambda *args, **_: built.append(args))
    prepared.resample(1)
    assert not built


# ---- each rule is needed --------------------------------------------------------------------------------------------


Ring = known_family.Ring


def make_narrow_ring(owner, inner, outer):
    """A ring whose width is a share of what it should be."""
    return Ring(owner, inner, inner + 0.3 * (outer - inner))


SPOILS = {
    "rings of enemies": lambda patch: patch.setattr(known_links, "Ring", make_narrow_ring),
    "rings around ends": lambda patch: patch.setattr(known_family, "Ring", make_narrow_ring),
    "coverage": lambda patch: patch.setattr(
        known_family.Ring, "is_within", lambda ring, *_: np.ones(len(ring.owner), bool)
    ),
    "enemies of ends": lambda patch: patch.setattr(
        known_links.KnownLinks, "_no_closer_enemy", lambda _, links: np.ones(len(links.i), bool)
    ),
    "listed parents": lambda patch: patch.setattr(
        known_family.KnownFamily, "no_closer_listed_relative", lambda _, links: np.ones(len(links.i), bool)
    ),
    "unlisted parents": lambda patch: patch.setattr(
        FamilyIndex, "no_closer_relative", lambda _, links: np.ones(len(links.i), bool)
    ),
    "first filter": lambda patch: patch.setattr(known_links, "QUICK_RADII", 0.5),
    "axes": lambda patch: patch.setattr(known_links, "FILTER_MARGIN", 0.3),
    "links of the input": lambda patch: patch.setattr(
        known_links.KnownLinks, "_drop_parents_with_near_child", lambda links, _: links.known.links.take(np.arange(0))
    ),
}


@pytest.mark.parametrize("rule", SPOILS)
def test_without_a_rule_links_are_wrong(rule, monkeypatch):
    monkeypatch.setattr(known_originals, "NEAR_ENEMIES_PER_PARENT", 3)
    monkeypatch.setattr(known_originals, "NEAR_PARENTS_PER_PARENT", 3)
    tables = [datasets.blobs(260, d, 0.75, 0.25, seed=seed) for seed in range(4) for d in (1, 2, 3)]
    sampler = partial(SMOTETomek, sampling_strategy=0.6, remove="both")
    SPOILS[rule](monkeypatch)
    assert sum(count_wrong(sampler(), X, y, range(4)) for X, y in tables) > 0


def test_rows_are_searched_where_lists_are_short(monkeypatch):
    X, y = datasets.blobs(300, 3, 0.75, 0.25)
    queries, kneighbors = [], ExactSearch.kneighbors
    monkeypatch.setattr(
        ExactSearch, "kneighbors", lambda self, rows, *rest: queries.append(len(rows)) or kneighbors(self, rows, *rest)
    )
    counts = []
    for length in (2, 64):
        for name in ("NEAR_ENEMIES_PER_PARENT", "NEAR_PARENTS_PER_PARENT"):
            monkeypatch.setattr(known_originals, name, length)
        prepared = SMOTETomek(remove="both").prepare(X, y)
        queries.clear()
        prepared.resample(0)
        counts.append(sum(queries))
    assert counts[0] > counts[1]
