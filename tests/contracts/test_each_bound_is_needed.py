"""Each bound is needed: with any one of them too tight, some answer is wrong on data that the bound is there for."""

import math
from typing import Any

import numpy as np
import pytest
from support import datasets, mixed_oracle, oracle
from support.adversarial_backend import AdversarialBackend, ExactBackend, at_random, hide_nearest
from support.lineage_cases import coarse, links_and_oracle, make_cases
from support.optional import optional

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import BACKENDS, ScaledRows, candidates, rounding
from gpu_smotetomek.neighbors.backends import mixed
from gpu_smotetomek.neighbors.backends.mixed import MixedProducts
from gpu_smotetomek.neighbors.candidates import CandidateSearch
from gpu_smotetomek.neighbors.exact import ExactSearch
from gpu_smotetomek.neighbors.projection import OUTLIER_UNITS, Projection
from gpu_smotetomek.neighbors.protocol import expanded_error
from gpu_smotetomek.neighbors.scaled_mixed import ScaledMixed
from gpu_smotetomek.resampling.lineage_bounds import LineageBounds, RowBounds
from gpu_smotetomek.resampling.link_verification import FamilyIndex

pytestmark = pytest.mark.usefixtures("small_tables_use_bounds")

# ---- lineage bounds -------------------------------------------------------------------------------------------------


def scale_result(factor):
    return lambda method: lambda *arguments: method(*arguments) * factor


def scale_both_results(factor):
    return lambda attribute: property(lambda self: RowBounds(*(bound * factor for bound in attribute.func(self))))


def scale_reach(factor):
    """Scale the reach of the originals that have children; −1 stands for no child."""
    return lambda attribute: property(
        lambda self: np.where(attribute.func(self) < 0, -1, attribute.func(self) * factor)
    )


def no_children(method):
    return lambda self, children, *rest: children[:0]


def no_parents(method):
    return lambda self, *rest: iter(())


LINEAGE_BOUNDS = {  # the attribute, its replacement, and the data, sizes and first seed that it matters for
    "enemy bound by Stewart's theorem": (
        (LineageBounds, "enemy_lower_bound", scale_result(1.1)),
        (datasets.gaussian, "two classes", 6),
    ),
    "distance to a row of the same class": (
        (LineageBounds, "same_class_upper_bound", scale_both_results(0.9)),
        (datasets.duplicated, "three", 0),
    ),
    "reach of the children": ((LineageBounds, "child_reach", scale_reach(0.9)), (datasets.gaussian, "beyond", 0)),
    "search radius around the parent": (
        (LineageBounds, "search_radius", scale_result(0.9)),
        (datasets.duplicated, "beyond", 0),
    ),
    "rounding slack of synthetic rows": (
        (LineageBounds, "rounding_slack", scale_result(0.0)),
        (coarse, "two classes", 0),
    ),
    "distance of rows that are not returned": (
        (CandidateSearch, "_lower_bound", scale_result(1.1)),
        (datasets.gaussian, "three", 0),
    ),
    "children at the matching distance": (
        (FamilyIndex, "_at_matching_distance", no_children),
        (datasets.gaussian, "three", 0),
    ),
    "far-reaching parents": (
        (FamilyIndex, "_far_reaching_parents", no_parents),
        (datasets.lognormal, "beyond", 1),
    ),
}


@pytest.mark.parametrize("bound", LINEAGE_BOUNDS)
def test_links_need_each_lineage_bound(bound, monkeypatch):
    (owner, name, replace), (kind, sizes, seed) = LINEAGE_BOUNDS[bound]
    backend = AdversarialBackend(expanded_error, at_random)
    monkeypatch.setitem(BACKENDS, backend.name, backend)

    def all_links_are_right() -> bool:
        answers = [links_and_oracle(case, backend.name) for case in make_cases(range(seed, seed + 3), [kind], [sizes])]
        return all(np.array_equal(links, expected) for links, expected in answers)

    assert all_links_are_right()
    monkeypatch.setattr(owner, name, replace(vars(owner)[name]))
    assert not all_links_are_right()


# ---- errors of a backend --------------------------------------------------------------------------------------------


def count_wrong(X: np.ndarray, backend: Any, k: int = 1) -> int:
    """Rows whose k nearest rows are not those of brute force in float64."""
    ctx, rows = ExecutionContext(n_threads=1), np.arange(len(X))
    _, indices = ExactSearch(ScaledRows.from_matrix(X, ctx), rows, backend, ctx).kneighbors(rows, k)
    return int((indices != oracle.kneighbors(X, k)).any(axis=1).sum())


def tight_clusters(d: int, rows: int, width: float) -> np.ndarray:
    """Clusters of a few rows about points of norm near 1: a list of candidates is longer than a cluster."""
    rng = np.random.default_rng(0)
    return np.repeat(rng.normal(size=(60, d)), rows, axis=0) + width * rng.normal(size=(60 * rows, d))


@pytest.mark.parametrize("name", ["xp", "faiss-cpu"])
def test_without_the_error_of_float32_answers_are_wrong(name, monkeypatch):
    if name == "faiss-cpu":
        optional("faiss")
    X, backend = tight_clusters(8, 6, 3e-4), BACKENDS[name]
    assert count_wrong(X, backend) == 0
    monkeypatch.setattr(type(backend), "error", lambda self, a, b, *, d, n: 0 * (a + b))
    assert count_wrong(X, backend) > 0


def no_error(backend: Any, a: np.ndarray, T: np.ndarray, d: int, n: int) -> np.ndarray:
    return np.sqrt(np.maximum(T, 0))


def error_at_the_query_norm(backend: Any, a: np.ndarray, T: np.ndarray, d: int, n: int) -> np.ndarray:
    return np.sqrt(np.maximum(T - backend.error(a, a, d=d, n=n), 0))


def error_at_the_least_norm(backend: Any, a: np.ndarray, T: np.ndarray, d: int, n: int) -> np.ndarray:
    return np.sqrt(np.maximum(T - backend.error(a, np.abs(a - np.sqrt(np.maximum(T, 0))), d=d, n=n), 0))


def half_the_error(backend: Any, a: np.ndarray, T: np.ndarray, d: int, n: int) -> np.ndarray:
    return np.sqrt(np.maximum(T - backend.error(a, a + np.sqrt(np.maximum(T, 0)), d=d, n=n) / 2, 0))


def ring() -> np.ndarray:
    """A row in the middle, and rows around it whose distances grow by a thousandth."""
    directions = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])  # the middle is the median
    distances = 1 + 1e-3 * np.arange(41)
    return np.concatenate([np.zeros((1, 2)), distances[:, None] * directions[np.arange(41) % 4]])


def nearest_row_outward() -> np.ndarray:
    """The row nearest to the one at 1 is farther from the centre than it; its other candidates are nearer to the centre."""
    return np.concatenate([[1.0, 1.99, 0.005], np.linspace(-1e-3, 0, 60), [-1.0, -2.0] * 20])[:, None]


@pytest.mark.parametrize(
    ("lower_bound", "make", "share"),
    [
        (no_error, ring, 0.01),
        (error_at_the_query_norm, ring, 0.01),
        (error_at_the_least_norm, nearest_row_outward, 0.1),
        (half_the_error, ring, 0.0065),
    ],
)
def test_rows_that_are_not_returned_need_the_whole_error_at_the_largest_norm(lower_bound, make, share, monkeypatch):
    X, backend = make(), AdversarialBackend(lambda a, b, d: share * b**2 + 0 * a, hide_nearest, "float64")
    assert count_wrong(X, backend) == 0
    monkeypatch.setattr(candidates, "unreturned_lower_bound", lower_bound)
    assert count_wrong(X, backend) > 0


# ---- rounding and underflow -----------------------------------------------------------------------------------------


def test_without_the_rounding_of_float32_rows_answers_are_wrong(monkeypatch):
    X, backend = tight_clusters(3, 12, 2.0**-25), ExactBackend("float32")
    assert count_wrong(X, backend) == 0
    monkeypatch.setattr(candidates, "U32", candidates.U32 / 8)
    assert count_wrong(X, backend) > 0


def test_without_the_rounding_of_float64_rows_answers_are_wrong(monkeypatch):
    X, backend = tight_clusters(8, 12, 2.0**-53), ExactBackend("float64")
    assert count_wrong(X, backend) == 0
    monkeypatch.setattr(candidates, "U64", 0.0)
    monkeypatch.setattr(Projection, "rotation_error", lambda self, d: 0.0)
    assert count_wrong(X, backend) > 0


def test_without_the_underflow_of_rows_answers_are_wrong(monkeypatch):
    rng = np.random.default_rng(5)
    X = np.concatenate([np.repeat([-1.0, 1.0], 60), np.rint(rng.normal(size=41) * 64) * 2.0**-154])[:, None]
    X[140] = 0  # the median
    assert count_wrong(X, ExactBackend("float32")) == 0
    monkeypatch.setattr(candidates, "TINY32", 0.0)
    assert count_wrong(X, ExactBackend("float32")) > 0


def test_without_the_underflow_of_squared_distances_ties_go_to_the_wrong_row(monkeypatch):
    X = np.random.default_rng(0).normal(size=(60, 2)) * 1e-20
    X[50] = 1e300
    assert count_wrong(X, BACKENDS["xp"], 3) == 0
    monkeypatch.setattr(rounding, "ABSOLUTE_SLACK", 0.0)
    assert count_wrong(X, BACKENDS["xp"], 3) > 0


# ---- outlying rows --------------------------------------------------------------------------------------------------

NEAR_ROWS = np.repeat([-1.0, 0.0, 1.0], [22, 1, 18])  # their median is 0 and their unit 1


def test_the_units_of_these_tests_are_those_of_the_package():
    X = np.concatenate([NEAR_ROWS, [OUTLIER_UNITS] * 3])[:, None]
    scaled = ScaledRows.from_matrix(X, ExecutionContext(n_threads=1))
    assert math.ldexp(scaled.projection.unit, -scaled.exponent) == 1
    assert scaled.projection.centre == [0]


def override_lower_bound(monkeypatch: pytest.MonkeyPatch, **overrides: Any) -> None:
    lower_bound = CandidateSearch._lower_bound

    def overridden(self: Any, a: Any, rotation_error: Any, largest: Any, outliers: Any, any_outlier: bool) -> Any:
        arguments = {"outliers": outliers, "any_outlier": any_outlier, **overrides}
        return lower_bound(self, a, rotation_error, largest, **arguments)

    monkeypatch.setattr(CandidateSearch, "_lower_bound", overridden)


def test_without_regard_to_outlying_rows_a_large_query_misses_one(monkeypatch):
    """Outlying rows are stored at the centre, so lists miss the one that is nearest to a row just within the limit."""
    X = np.concatenate([NEAR_ROWS, np.array([0.9, 0.5, 1.1]) * OUTLIER_UNITS])[:, None]
    assert count_wrong(X, ExactBackend("float32")) == 0
    override_lower_bound(monkeypatch, any_outlier=False)
    assert count_wrong(X, ExactBackend("float32")) > 0


def test_an_outlying_query_is_not_answered_from_the_centre(monkeypatch):
    edge = OUTLIER_UNITS + 2.0**26  # float32 rounds what is below it down to the limit
    X = np.concatenate([NEAR_ROWS, [edge - 0.25, edge + 0.25, edge + 1.0]])[:, None]
    assert count_wrong(X, ExactBackend("float32")) == 0
    override_lower_bound(monkeypatch, outliers=None)
    assert count_wrong(X, ExactBackend("float32")) > 0


# ---- categories -----------------------------------------------------------------------------------------------------


def count_wrong_mixed(numbers: np.ndarray, codes: np.ndarray, added: float, backend: str, k: int = 2) -> int:
    """Rows whose k nearest rows, by numbers and categories, are not those of brute force in float64."""
    ctx, rows = ExecutionContext(n_threads=1), np.arange(len(numbers))
    scaled = ScaledMixed.from_mixed_matrix(np.hstack([numbers, codes]), tuple(codes.max(axis=0) + 1), ctx)
    constant = float(np.ldexp(added, 2 * scaled.exponent))
    scaled = scaled.with_mismatch(constant)
    search = ExactSearch(scaled, rows, MixedProducts.for_rows(scaled) if backend == "xp" else BACKENDS[backend], ctx)
    found = search.kneighbors(rows, k).indices
    expected = mixed_oracle.kneighbors(np.ldexp(numbers, scaled.exponent), codes, constant, k)
    return int((found != expected).any(axis=1).sum())


def random_codes(n: int, *sizes: int) -> np.ndarray:
    return np.stack([np.random.default_rng(1).integers(0, size, n) for size in sizes], axis=1)


def test_mixed_rows_that_are_far_by_numbers_alone_need_their_bound(monkeypatch):
    numbers = np.random.default_rng(0).normal(size=(300, 3))
    codes = random_codes(300, 2)
    assert count_wrong_mixed(numbers, codes, 0.1, "kdtree") == 0
    lower_bound = CandidateSearch._lower_bound
    monkeypatch.setattr(CandidateSearch, "_lower_bound", lambda *arguments: lower_bound(*arguments) * 1.1)
    assert count_wrong_mixed(numbers, codes, 0.1, "kdtree") > 0


def test_mixed_rows_need_the_error_of_float32_products(monkeypatch):
    numbers = tight_clusters(8, 6, 3e-4)
    codes = np.repeat(random_codes(60, 3), 6, axis=0)
    assert count_wrong_mixed(numbers, codes, 1.0, "xp", 1) == 0
    monkeypatch.setattr(mixed, "expanded_error", lambda a, b, d: 0 * (a + b))
    assert count_wrong_mixed(numbers, codes, 1.0, "xp", 1) > 0
