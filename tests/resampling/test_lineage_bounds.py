"""Tomek links through lineage bounds: those of the definition, for any data and however much a backend errs within its bound."""

import math

import numpy as np
import pytest
from support import datasets, oracle
from support.adversarial_backend import AdversarialBackend, at_random
from support.array_libraries import copied, host, strict, torch
from support.lineage_cases import Case, links_and_oracle, make_cases
from support.optional import optional

from gpu_smotetomek import SMOTE, SMOTETomek, TomekLinks
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import BACKENDS, SearchSelector, axis_tree, exact, products
from gpu_smotetomek.neighbors.protocol import expanded_error
from gpu_smotetomek.resampling import Batch, candidate_links, class_neighbors, lineage_bounds, oversample, tomek
from gpu_smotetomek.resampling.link_verification import FamilyIndex

pytestmark = pytest.mark.filterwarnings("ignore::gpu_smotetomek.errors.DominantFeatureWarning")


@pytest.mark.usefixtures("thresholds")
@pytest.mark.parametrize("backend", ["auto", "adversarial", "kdtree", "xp"])
def test_links_are_those_of_the_definition(backend, monkeypatch):
    monkeypatch.setitem(BACKENDS, "adversarial", AdversarialBackend(expanded_error, at_random))
    n_links = 0
    for case in make_cases(range(2)):
        links, expected = links_and_oracle(case, backend)
        np.testing.assert_array_equal(links, expected, err_msg=case.name)
        n_links += len(expected)
    assert n_links > 300


@pytest.mark.usefixtures("thresholds")
def test_links_after_neighbors_found_without_distances(monkeypatch):
    """Products order the neighbours of few wide rows without their distances; bounds compute those of the parents."""
    monkeypatch.setattr(products, "LEAST_PRODUCT_FEATURES", 1)
    y, ctx = datasets.labels(200, 40), ExecutionContext(n_threads=1)
    batch = Batch.from_input(datasets.make("gaussian", y, 6), np.arange(2), y, None, ctx)
    neighbors, distances = class_neighbors(batch, np.arange(200, 240), 5, SearchSelector(ctx))
    assert distances is None
    oversampled = oversample(batch, {1: 160}, lambda _: (neighbors, None), lambda: np.random.RandomState(0), ctx)
    lineage = oversampled.lineage
    assert np.isnan(lineage.parent_distance).all()
    bounds = lineage_bounds.LineageBounds.from_batch(oversampled, ctx)
    expected = np.sqrt(oracle.sq_distance_matrix(batch.X)[lineage.base, lineage.neighbor])
    np.testing.assert_array_equal(bounds.parent_distance, expected)
    links = tomek.find_links(oversampled, SearchSelector(ctx))
    e = oversampled.scaled.exponent
    np.testing.assert_array_equal(links, oracle.tomek_links(oversampled.X, oversampled.codes, e))
    assert len(links) > 0


@pytest.mark.usefixtures("small_tables_use_bounds")
def test_bounds_serve_where_all_parents_are_known(monkeypatch):
    searches, none = [], tomek.FoundLinks(np.empty((0, 2), np.int64))
    monkeypatch.setattr(tomek, "links_by_search", lambda *_: searches.append("search") or none)
    X, y = datasets.gaussian(np.random.RandomState(0), datasets.labels(60, 15), 2), datasets.labels(60, 15)
    SMOTETomek(random_state=0).fit_resample(X, y)
    assert not searches
    TomekLinks().fit_resample(X, y)
    assert searches == ["search"]


@pytest.mark.usefixtures("small_tables_use_bounds")
@pytest.mark.parametrize(("seconds", "uses_family"), [(0.0, True), (math.inf, False)])
def test_links_are_verified_through_the_lineage_or_by_a_tree(seconds, uses_family, monkeypatch):
    n_family, n_links, check = 0, 0, FamilyIndex.no_closer_relative

    def count(self, links):
        nonlocal n_family
        n_family += 1
        return check(self, links)

    monkeypatch.setattr(FamilyIndex, "no_closer_relative", count)
    monkeypatch.setattr(tomek, "FAMILY_SECONDS_PER_LINK", seconds)
    for case in make_cases(range(3)):
        links, expected = links_and_oracle(case, "kdtree")
        np.testing.assert_array_equal(links, expected, err_msg=case.name)
        n_links += len(expected)
    assert n_links > 300
    assert bool(n_family) == uses_family


@pytest.mark.usefixtures("small_tables_use_bounds")
@pytest.mark.parametrize("axes", [0, 10])
def test_children_are_searched_directly_or_through_their_parents(axes, monkeypatch):
    n_direct, n_links, search = 0, 0, candidate_links.search_directly

    def count(*arguments):
        nonlocal n_direct
        n_direct += 1
        return search(*arguments)

    monkeypatch.setattr(candidate_links, "search_directly", count)
    monkeypatch.setattr(candidate_links, "DIRECT_UP_TO_AXES", axes)
    for case in make_cases(range(3)):
        links, expected = links_and_oracle(case, "kdtree")
        np.testing.assert_array_equal(links, expected, err_msg=case.name)
        n_links += len(expected)
    assert n_links > 300
    assert bool(n_direct) == bool(axes)


@pytest.mark.usefixtures("small_tables_use_bounds")
@pytest.mark.parametrize("longest", [0, 2, 4096])
def test_children_are_searched_on_few_axes(longest, monkeypatch):
    """Lists that are too long are searched; a radius that is too short loses links."""
    for name in ("LIST_SECONDS_PER_PAIR", "MOST_PAIRS_PER_QUERY"):
        monkeypatch.setattr(axis_tree, name, math.inf)
    monkeypatch.setattr(candidate_links, "LONGEST_AXIS_LIST", longest)
    monkeypatch.setattr(SearchSelector, "_is_small", lambda *_: False)
    monkeypatch.setattr(SearchSelector, "_seconds_of_tree", lambda *_: math.inf)
    searches, search = [], candidate_links.search_on_axes
    monkeypatch.setattr(candidate_links, "search_on_axes", lambda *arguments: searches.append(0) or search(*arguments))
    n_links = 0
    for case in make_cases(range(3)):
        links, expected = links_and_oracle(case, "auto")
        np.testing.assert_array_equal(links, expected, err_msg=case.name)
        n_links += len(expected)
    assert n_links > 300
    assert len(searches) > 30
    monkeypatch.setattr(axis_tree.AxisTree, "_reach", lambda self, radius: radius * 0.5)
    answers = [links_and_oracle(case, "auto") for case in make_cases(range(3))]
    assert not all(np.array_equal(links, expected) for links, expected in answers)


@pytest.mark.usefixtures("small_tables_use_bounds")
def test_few_children_are_searched_without_lists_of_their_parents(monkeypatch):
    monkeypatch.setattr(candidate_links, "LIST_PARENTS_ABOVE_PAIRS", math.inf)
    monkeypatch.setattr(candidate_links, "search_from_parents", None)
    n_links = 0
    for case in make_cases(range(3)):
        links, expected = links_and_oracle(case, "xp")
        np.testing.assert_array_equal(links, expected, err_msg=case.name)
        n_links += len(expected)
    assert n_links > 300


def test_links_of_small_tables_are_searched_directly(monkeypatch):
    X, y = datasets.gaussian(np.random.RandomState(0), datasets.labels(400, 40), 2), datasets.labels(400, 40)

    def links_and_stages(threshold):
        monkeypatch.setattr(tomek, "USE_LINEAGE_ABOVE_PAIRS", threshold)
        sampler = SMOTETomek(random_state=0)
        sampler.fit_resample(X, y)
        return sampler.tomek_.links_, sampler.tomek_.search_stages_

    links, stages = links_and_stages(800 * 400)
    links_by_bounds, stages_of_bounds = links_and_stages(800 * 400 - 1)
    assert "bounds" not in stages
    assert stages_of_bounds["bounds"] > 0
    assert len(links) > 0
    np.testing.assert_array_equal(links, links_by_bounds)


@pytest.mark.usefixtures("small_tables_use_bounds")
@pytest.mark.parametrize("place", [copied, strict, torch])
@pytest.mark.parametrize("grid", [4, 30])
def test_few_distinct_rows_are_searched_instead(place, grid, monkeypatch):
    """Of 4 × 4 points all links are searched; 30 × 30 points are too many, and the lineage serves."""
    monkeypatch.setattr(exact, "LARGE_SEARCH_WORK", 1.0)
    rng = np.random.default_rng(0)
    y = datasets.labels(500, 200)
    X = rng.integers(0, grid, (700, 2)).astype(float)
    X[:4] = X[500:504] = grid + 3.0 * np.arange(4)[:, None]  # rows of two classes at one point: links
    X[504] = X[0]  # unless there is a third
    sampler = SMOTETomek(random_state=0)
    X_all, y_all = SMOTE(random_state=0).fit_resample(X, y)
    sampler.fit_resample(place(X), place(y))
    np.testing.assert_array_equal(sampler.tomek_.links_, oracle.tomek_links(X_all, y_all, oracle.exponent(X)))
    assert len(sampler.tomek_.links_) > 0
    assert ("bounds" in sampler.tomek_.search_stages_) == (grid == 30)


@pytest.mark.parametrize(("sizes", "pays"), [((12, 11, 10) * 20, False), ((6000, 600, 60), True), ((9, 0, 7), True)])
def test_bounds_serve_many_classes_where_they_save_more_than_they_cost(sizes, pays):
    y = datasets.labels(*sizes)
    batch = Batch.from_input(datasets.make("gaussian", y, 5), np.arange(len(sizes)), y, None, ExecutionContext())
    selector, largest = SearchSelector(ExecutionContext(n_threads=2)), max(sizes)
    n_synthetic = {code: largest - size for code, size in enumerate(sizes) if size}

    def find_neighbors(rows):
        return class_neighbors(batch, rows, 3, selector)

    oversampled = oversample(batch, n_synthetic, find_neighbors, lambda: np.random.RandomState(0), selector.ctx)
    assert tomek.lineage_pays(oversampled, selector) is pays


def test_links_of_many_classes_do_not_depend_on_bounds(monkeypatch):
    X, y = np.random.default_rng(0).normal(size=(640, 4)), np.random.default_rng(1).integers(0, 40, 640)
    monkeypatch.setattr(tomek, "USE_LINEAGE_ABOVE_PAIRS", 0)

    def links_and_stages():
        sampler = SMOTETomek(random_state=0)
        sampler.fit_resample(X, y)
        return sampler.tomek_.links_, sampler.tomek_.search_stages_

    links, stages = links_and_stages()
    monkeypatch.setattr(tomek, "lineage_pays", lambda *_: True)
    links_by_bounds, stages_of_bounds = links_and_stages()
    assert "bounds" not in stages
    assert stages_of_bounds["bounds"] > 0
    assert len(links) > 0
    np.testing.assert_array_equal(links, links_by_bounds)


@pytest.mark.parametrize("place", [copied, strict, torch])
def test_bounds_do_not_depend_on_the_blocks(place, monkeypatch):
    """A segment may go on from block to block: each block also reads the row before it and the row after it."""
    y = datasets.labels(200, 40)
    X = place(datasets.make("gaussian", y, 3))
    ctx = ExecutionContext(n_threads=1)
    batch = Batch.from_input(X, np.arange(2), y, None, ctx)

    def find_neighbors(rows):
        return class_neighbors(batch, rows, 3, SearchSelector(ctx))

    oversampled = oversample(batch, {1: 160}, find_neighbors, lambda: np.random.RandomState(0), ctx)

    def bounds_in_blocks():
        bounds = lineage_bounds.LineageBounds.from_batch(oversampled, ctx)
        values = (*bounds.same_class_upper_bound, bounds.child_reach, bounds.enemy_radius)
        return [host(part) for part in values]

    expected, blocks = bounds_in_blocks(), []
    bounds_of_block = lineage_bounds.LineageBounds._segment_neighbor_bounds

    def record(self, order, block):
        blocks.append(block)
        return bounds_of_block(self, order, block)

    monkeypatch.setattr(lineage_bounds.LineageBounds, "_segment_neighbor_bounds", record)
    for size in (1, 7, 159):
        with monkeypatch.context() as patch:
            patch.setattr(ExecutionContext, "rows_in_cache", lambda self, _, size=size: size)
            values = bounds_in_blocks()
        assert len(blocks) > 1
        blocks.clear()
        for part, expected_part in zip(values, expected, strict=True):
            np.testing.assert_array_equal(part, expected_part)


@pytest.mark.usefixtures("thresholds")
@pytest.mark.parametrize("backend", ["auto", "kdtree", "xp"])
def test_a_row_between_two_enemies_is_in_no_link(backend):
    X = np.array([[0.0], [64.0], [-1.0], [1.0], [500.0], [510.0], [530.0], [560.0]])
    links, expected = links_and_oracle(Case("tie", X, np.array([1, 1, 0, 0, 0, 0, 0, 0]), {1: 6}), backend, k=1)
    np.testing.assert_array_equal(links, expected)
    assert 0 not in links


@pytest.mark.usefixtures("thresholds")
def test_integers_beside_subnormal_floats_have_no_bound_but_links():
    """Half an integer is infinite in the scaled units of subnormal numbers, so every row is searched."""
    pl = optional("polars")
    y = datasets.labels(60, 20)
    values = datasets.make("gaussian", y, 2)
    scale = 2.0**-1060
    frame = pl.DataFrame({"count": np.zeros(80, np.int64), "a": values[:, 0] * scale, "b": values[:, 1] * scale})
    sampler = SMOTETomek(random_state=0)
    rows = sampler.fit_resample(frame, y)[0].drop("count").to_numpy()
    same = SMOTETomek(random_state=0)
    np.testing.assert_array_equal(rows, same.fit_resample(frame.drop("count").to_numpy(), y)[0])
    np.testing.assert_array_equal(sampler.tomek_.links_, same.tomek_.links_)


@pytest.mark.usefixtures("small_tables_use_bounds")
@pytest.mark.parametrize("backend", ["xp", "kdtree"])
def test_one_value_far_above_all_others_leaves_the_radii_finite(backend):
    X, y = np.random.default_rng(0).normal(size=(300, 3)) * 2.0**-540, datasets.labels(220, 80)
    X[3, 0] = 1e300
    oracle.assert_same(SMOTETomek(random_state=0, backend=backend).fit_resample(X, y), oracle.smote_tomek(X, y))
