"""Rows that disagree with their neighbours: those of the definition, whatever finds them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import datasets, mixed_oracle, oracle
from support.adversarial_backend import AdversarialBackend, at_random, misleading
from support.lineage_cases import KINDS, SIZES, Case, coarse, make_cases

from gpu_smotetomek import SMOTE, SMOTEENN, EditedNearestNeighbours
from gpu_smotetomek.neighbors import BACKENDS
from gpu_smotetomek.neighbors.protocol import expanded_error
from gpu_smotetomek.resampling import class_agreement, edited_neighbors, family_bounds
from gpu_smotetomek.resampling.lineage_bounds import LineageBounds

pytestmark = pytest.mark.filterwarnings("ignore::gpu_smotetomek.errors.DominantFeatureWarning")

RULES = ["all", "mode"]
EXPECTED: dict[tuple[str, int, str], np.ndarray] = {}  # the oracle's rows, by case, k and rule: they take longest


def find_rows(case: Case, backend: str, k: int, rule: str) -> tuple[np.ndarray, np.ndarray]:
    """The rows that SMOTEENN removes, and those of the definition among the same rows."""
    smote = SMOTE(sampling_strategy=case.sampling_strategy, random_state=0, k_neighbors=3)
    cleaner = EditedNearestNeighbours(sampling_strategy="all", n_neighbors=k, kind_sel=rule)
    with np.errstate(all="ignore"):
        sampler = SMOTEENN(smote=smote, enn=cleaner, backend=backend)
        sampler.fit_resample(case.X, case.y)
        X_over, y_over = sampler.smote_.fit_resample(case.X, case.y)
    removed = np.setdiff1d(np.arange(len(X_over)), sampler.enn_.sample_indices_)
    key = case.name, k, rule
    if key not in EXPECTED:
        EXPECTED[key] = oracle.disagreeing_rows(X_over, y_over, k, rule, oracle.exponent(case.X))
    return removed, EXPECTED[key]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("k", [1, 3, 4])
@pytest.mark.parametrize("kind", [*KINDS, coarse], ids=lambda kind: kind.__name__)
def test_rows_after_oversampling_are_the_oracles(kind, k, rule, thresholds, monkeypatch):
    backend = AdversarialBackend(expanded_error, at_random)
    monkeypatch.setitem(BACKENDS, backend.name, backend)
    for case in make_cases([k], [kind]):
        for name in ("auto", backend.name):
            found, expected = find_rows(case, name, k, rule)
            np.testing.assert_array_equal(found, expected, err_msg=f"{case.name} {name}")


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("kind", [*KINDS, coarse], ids=lambda kind: kind.__name__)
def test_synthetic_rows_that_bounds_spare_a_list(kind, rule, monkeypatch):
    spare_lists(monkeypatch)
    for case in make_cases([0], [kind]):
        found, expected = find_rows(case, "kdtree", 3, rule)
        np.testing.assert_array_equal(found, expected, err_msg=case.name)


def spare_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let bounds settle synthetic rows, and lists of all rows the others, in small tables too."""
    monkeypatch.setattr(edited_neighbors, "is_large", lambda _: True)
    monkeypatch.setattr(edited_neighbors, "compares_classes", lambda *_: False)


def test_without_the_distance_of_relatives_rows_that_are_spared_are_wrong(monkeypatch):
    spare_lists(monkeypatch)
    spoiled = first_relative(edited_neighbors.kth_relative_sq_distance)
    monkeypatch.setattr(edited_neighbors, "kth_relative_sq_distance", spoiled)
    answers = [find_rows(case, "kdtree", 3, "all") for case in make_cases(range(3), [datasets.gaussian])]
    assert not all(np.array_equal(found, expected) for found, expected in answers)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("sizes", [(60, 20), (40, 30, 20), (30, 25, 15, 10)], ids=str)
@pytest.mark.parametrize("kind", list(datasets.KINDS))
def test_rows_of_a_table_are_the_oracles(kind, sizes, rule, thresholds, backend):
    y = np.random.RandomState(0).permutation(datasets.labels(*sizes))
    X = datasets.make(kind, y, 3)
    for k in (1, 3, 4):
        sampler = EditedNearestNeighbours(sampling_strategy="all", n_neighbors=k, kind_sel=rule, backend=backend)
        sampler.fit_resample(X, y)
        removed = np.setdiff1d(np.arange(len(y)), sampler.sample_indices_)
        np.testing.assert_array_equal(removed, oracle.disagreeing_rows(X, y, k, rule))


@pytest.mark.usefixtures("small_tables_use_bounds")
@given(seed=st.integers(0, 10**6), k=st.integers(1, 6), rule=st.sampled_from(RULES), d=st.integers(1, 4))
def test_integer_rows_in_any_order(seed, k, rule, d):
    """Many distances are equal: the answer depends neither on the order of the rows nor on what finds it."""
    rng = np.random.RandomState(seed)
    y = rng.randint(0, rng.randint(2, 5), 40)
    y[:2] = 0, 1
    X, order = rng.randint(0, 4, (40, d)), rng.permutation(40)
    sampler = EditedNearestNeighbours(sampling_strategy="all", n_neighbors=k, kind_sel=rule)
    sampler.fit_resample(X, y)
    left = np.sort(sampler.sample_indices_)
    np.testing.assert_array_equal(np.setdiff1d(np.arange(40), left), oracle.disagreeing_rows(X, y, k, rule))
    sampler.fit_resample(X[order], y[order])
    np.testing.assert_array_equal(np.sort(order[sampler.sample_indices_]), left)


@pytest.mark.usefixtures("small_tables_use_bounds")
@pytest.mark.parametrize("rule", RULES)
def test_distances_far_beyond_the_width_of_a_feature(rule, backend):
    """In many features, rows are many times as far apart as the widest feature is wide."""
    rng = np.random.RandomState(0)
    X, y = rng.choice([-0.999, 0.999], size=(260, 1024)), (rng.random_sample(260) < 0.05).astype(int)
    sampler = EditedNearestNeighbours(sampling_strategy="all", n_neighbors=2, kind_sel=rule, backend=backend)
    sampler.fit_resample(X, y)
    removed = np.setdiff1d(np.arange(260), sampler.sample_indices_)
    np.testing.assert_array_equal(removed, oracle.disagreeing_rows(X, y, 2, rule))


@pytest.mark.usefixtures("small_tables_use_bounds")
def test_a_synthetic_enemy_is_as_near_as_it_is_stored():
    """Rounded to integers, it is nearer than the segment of its parents."""
    X, y = np.array([[3, -2, 0], [5, -1, 1], [0, 0, 0], [5, 1, 0]]), np.array([0, 0, 1, 1])
    smote = SMOTE(sampling_strategy={1: 22}, k_neighbors=1, random_state=0)
    cleaner = EditedNearestNeighbours(sampling_strategy=[0], n_neighbors=1)
    sampler = SMOTEENN(smote=smote, enn=cleaner, backend="xp")
    sampler.fit_resample(X, y)
    assert 0 not in sampler.enn_.sample_indices_


@pytest.mark.parametrize("rule", RULES)
def test_stages_count_each_examined_row_once(rule, thresholds):
    y = np.random.RandomState(0).permutation(datasets.labels(150, 60, 20))
    X = datasets.make("gaussian", y, 3)
    sampler = EditedNearestNeighbours(sampling_strategy="all", kind_sel=rule, backend="xp")
    sampler.fit_resample(X, y)
    assert sum(sampler.search_stages_.values()) == len(y)
    sampler = SMOTEENN(random_state=0, backend="xp")
    sampler.fit_resample(X, y)
    assert sum(sampler.enn_.search_stages_.values()) == 450


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("k", [1, 3, 4])
def test_rows_of_numbers_and_categories_are_the_oracles(k, rule, thresholds):
    rng = np.random.RandomState(k)
    y = rng.permutation(datasets.labels(70, 30, 20))
    numbers, categories = rng.randint(0, 6, (120, 2)).astype(float), rng.randint(0, 3, (120, 2))
    sampler = EditedNearestNeighbours(
        sampling_strategy="all", n_neighbors=k, kind_sel=rule, categorical_features=[2, 3]
    )
    sampler.fit_resample(np.hstack([numbers, categories]), y)
    D = mixed_oracle.sq_distance_matrix(numbers, categories, mixed_oracle.constant(numbers, y))
    removed = np.setdiff1d(np.arange(120), sampler.sample_indices_)
    np.testing.assert_array_equal(removed, oracle.find_disagreeing(D, y, k, rule))


# ---- each bound is needed -------------------------------------------------------------------------------------------


def scale(factor: float) -> Any:
    return lambda function: lambda *arguments: function(*arguments) * factor


def first_relative(function: Any) -> Any:
    return lambda batch, bounds, k: function(batch, bounds, 1)


def without_segments(function: Any) -> Any:
    return lambda bounds: 0 * function(bounds)


def without_slack(method: Any) -> Any:
    return lambda self, positions: 0 * method(self, positions)


def without_open_parts(method: Any) -> Any:
    def count(self: Any, *arguments: Any) -> Any:
        n_nearer, is_open = method(self, *arguments)
        return n_nearer, [mask & False for mask in is_open]

    return count


@pytest.mark.parametrize(
    ("owner", "name", "spoil", "kind"),
    [
        pytest.param(
            edited_neighbors, "kth_relative_sq_distance", first_relative, datasets.gaussian, id="k-th relative"
        ),
        pytest.param(
            class_agreement, "enemy_distance_of_originals", scale(1.2), datasets.gaussian, id="enemy distance"
        ),
        pytest.param(family_bounds, "longest_segment", without_segments, datasets.gaussian, id="longest segment"),
        pytest.param(LineageBounds, "rounding_slack", without_slack, coarse, id="slack"),
        pytest.param(LineageBounds, "enemy_lower_bound", scale(1.2), datasets.gaussian, id="Stewart's bound"),
        pytest.param(
            class_agreement.ClassAgreement, "_count_parts", without_open_parts, datasets.gaussian, id="open parts"
        ),
    ],
)
@pytest.mark.usefixtures("small_tables_use_bounds")
def test_without_a_bound_rows_are_wrong(owner, name, spoil, kind, monkeypatch):
    backend = AdversarialBackend(expanded_error, misleading)
    monkeypatch.setitem(BACKENDS, backend.name, backend)

    def count_wrong() -> int:
        answers = [find_rows(case, backend.name, 3, "all") for case in make_cases(range(6), [kind], SIZES)]
        return sum(not np.array_equal(found, expected) for found, expected in answers)

    assert count_wrong() == 0
    monkeypatch.setattr(owner, name, spoil(vars(owner)[name]))
    assert count_wrong() > 0
