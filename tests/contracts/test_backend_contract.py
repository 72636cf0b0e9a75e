"""The contract of search backends: one class of tests, run for each backend that a factory makes."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest
from support import (
    adversarial_backend,
    array_libraries,
    datasets,
    exact_arithmetic,
    fake_cupy,
    fake_faiss,
    oracle,
    small_leaves,
)
from support.adversarial_backend import AdversarialBackend
from support.optional import optional, program

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import BACKENDS, ScaledRows
from gpu_smotetomek.neighbors.backends.cuda import out_of_core
from gpu_smotetomek.neighbors.backends.float64_leaves import Float64Leaves
from gpu_smotetomek.neighbors.exact import ExactSearch


class Case(NamedTuple):
    backend: Any
    place: Callable[[Any], Any]  # puts host values where the backend searches


def named(name: str, place: Callable[[Any], Any] = array_libraries.copied) -> Callable[[], Case]:
    return lambda: Case(BACKENDS[name], place)


def faiss() -> Case:
    optional("faiss")
    return Case(BACKENDS["faiss-cpu"], array_libraries.copied)


def adversarial(signs: adversarial_backend.Signs) -> Callable[[], Case]:
    return lambda: Case(AdversarialBackend(signs=signs), array_libraries.copied)


FACTORIES: dict[str, Callable[[], Case]] = {
    "faiss-cpu": faiss,
    "kdtree": named("kdtree"),
    "sklearn": named("sklearn"),
    **{f"xp, {library}": named("xp", place) for library, place in array_libraries.LIBRARIES.items()},
    "sparse": named("sparse", array_libraries.csr),
    "errs upward": adversarial(adversarial_backend.upward),
    "errs downward": adversarial(adversarial_backend.downward),
    "errs at random": adversarial(adversarial_backend.at_random),
    "errs to mislead": adversarial(adversarial_backend.misleading),
}


@pytest.fixture(
    params=[*FACTORIES, "faiss-cpu, in leaves", "xp, in leaves", "leaves", "cuda", "cuda, streamed", "faiss-gpu"]
)
def case(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    if request.param == "faiss-cpu, in leaves":
        small_leaves.use(monkeypatch)
        yield faiss()
        return
    if request.param in ("leaves", "xp, in leaves"):
        small_leaves.use(monkeypatch)
        yield Case(Float64Leaves() if request.param == "leaves" else BACKENDS["xp"], array_libraries.copied)
        return
    if request.param in FACTORIES:
        yield FACTORIES[request.param]()
        return
    program("g++")
    if request.param == "cuda, streamed":
        monkeypatch.setattr(out_of_core, "BLOCK_MEMORY_DIVISOR", 10**12)
        monkeypatch.setattr(out_of_core, "MIN_BLOCK_ROWS", 16)
        with fake_cupy.installed():
            yield Case(out_of_core.OutOfCoreCuda(), array_libraries.copied)
        return
    with (fake_faiss if request.param == "faiss-gpu" else fake_cupy).installed() as cupy:
        yield Case(BACKENDS[request.param], cupy.asarray)


def received_rows(kind: str, dtype: str) -> np.ndarray:
    """Rows as a backend receives them: centred, most norms near 1."""
    rng = np.random.default_rng(7)
    return {
        "unit": lambda: rng.normal(size=(90, 5)) / 2,
        "one feature": lambda: rng.normal(size=(90, 1)),
        "many features": lambda: rng.normal(size=(24, 48)) / 7,
        "far pair of clouds": lambda: 1e-4 * rng.normal(size=(90, 3)) + rng.choice([-1, 1], 90)[:, None],
        "copies": lambda: rng.normal(size=(7, 4))[rng.integers(0, 7, 90)],
        "all scales": lambda: rng.normal(size=(90, 3)) * 2.0 ** rng.integers(-148, 50, (90, 1)),
        "subnormal": lambda: rng.integers(-9, 9, (90, 3)) * 2.0**-149,
        "one row": lambda: rng.normal(size=(1, 3)),
    }[kind]().astype(dtype)


KINDS = ["unit", "one feature", "many features", "far pair of clouds", "copies", "all scales", "subnormal", "one row"]


class TestBackend:
    """The contract of gpu_smotetomek.neighbors.protocol."""

    def search(self, case: Case, X: np.ndarray, queries: np.ndarray, k: int, **limits: int) -> tuple:
        index = case.backend.build(case.place(X), ExecutionContext(**{"n_threads": 1, **limits}))
        sq_distances, indices = index.search(case.place(queries), k)
        return array_libraries.host(sq_distances), array_libraries.host(indices)

    def test_name_and_dtype_are_set_and_it_can_run(self, case):
        assert isinstance(case.backend.name, str)
        assert case.backend.dtype in ("float32", "float64")
        assert case.backend.unavailable() is None

    @pytest.mark.parametrize("k", [1, 9, 90])
    def test_lists_hold_k_rows_and_their_squared_distances(self, case, k):
        X = received_rows("unit", case.backend.dtype)
        sq_distances, indices = self.search(case, X, X[:11], k)
        assert sq_distances.shape == indices.shape == (len(X[:11]), k)
        assert sq_distances.dtype.kind == "f"
        assert indices.dtype == np.int64
        assert all(len(set(row)) == k and set(row) <= set(range(len(X))) for row in indices.tolist())

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("k", [1, 6])
    def test_no_squared_distance_errs_by_more_than_the_bound_listed_or_not(self, case, kind, k):
        X = received_rows(kind, case.backend.dtype)
        queries = np.concatenate([X[:4], X[:4] * 0.75]).astype(X.dtype)
        sq_distances, indices = self.search(case, X, queries, min(k, len(X)))
        exact = exact_arithmetic.squares(queries, X)
        a, b = (np.linalg.norm(rows.astype(np.float64), axis=1) * (1 + 2.0**-40) for rows in (queries, X))
        bound = exact_arithmetic.bound(case.backend, a[:, None], b[None], exact, d=X.shape[1], n=len(X))
        sq_distances, listed = (
            exact_arithmetic.integers(sq_distances, 2 * exact_arithmetic.UNIT),
            np.take_along_axis(exact, indices, axis=1),
        )
        assert (abs(sq_distances - listed) <= np.take_along_axis(bound, indices, axis=1)).all()
        largest = sq_distances.max(axis=1, keepdims=True)
        reachable = exact + bound
        np.put_along_axis(reachable, indices, largest, axis=1)
        assert (reachable >= largest).all()

    @pytest.mark.parametrize("kind", ["unit", "far pair of clouds", "copies", "all scales"])
    def test_what_a_radius_leaves_out_is_beyond_it(self, case, kind):
        X = received_rows(kind, case.backend.dtype)
        queries, k = X[:9], min(6, len(X))
        exact = exact_arithmetic.squares(queries, X)
        norms = np.linalg.norm(X.astype(np.float64), axis=1) * (1 + 2.0**-40)
        bound = exact_arithmetic.bound(case.backend, norms[:9, None], norms[None], exact, d=X.shape[1], n=len(X))
        radius = np.linspace(0.1, 1, len(queries)) * max(norms.max(), 2.0**-140)
        index = case.backend.build(case.place(X), ExecutionContext(n_threads=1))
        sq_distances, indices = (
            array_libraries.host(part) for part in index.search(case.place(queries), k, case.place(radius))
        )
        assert sq_distances.shape == indices.shape == (len(queries), k)
        assert (indices >= 0).all()
        assert (indices < len(X)).all()
        listed = np.isfinite(sq_distances)
        for query in range(len(queries)):
            rows = indices[query, listed[query]]
            assert len(set(rows.tolist())) == len(rows)
            last = sq_distances[query].max() if listed[query].all() else radius[query] ** 2
            others = np.setdiff1d(np.arange(len(X)), rows)
            assert (
                exact[query, others] + bound[query, others]
                >= exact_arithmetic.integers(last, 2 * exact_arithmetic.UNIT)
            ).all()

    def test_the_bound_grows_with_both_norms_with_features_and_with_rows(self, case):
        norms = np.concatenate([[0.0], 2.0 ** np.arange(-160, 60, 4)])
        for d in (1, 2, 30, 500):
            for n in (1, 1000, 10**7):
                bound = case.backend.error(norms[:, None], norms[None], d=d, n=n)
                assert (bound >= 0).all()
                assert (np.diff(bound, axis=0) >= 0).all()
                assert (np.diff(bound, axis=1) >= 0).all()
                assert (case.backend.error(norms[:, None], norms[None], d=d + 1, n=2 * n) >= bound).all()

    def test_the_bound_is_an_array_of_the_library_of_the_norms(self, case):
        norms = case.place(np.array([0.5, 1.0, 2.0]))
        bound = case.backend.error(norms, norms + norms, d=3, n=10)
        assert type(bound) is type(norms)
        np.testing.assert_array_equal(
            array_libraries.host(bound),
            case.backend.error(np.array([0.5, 1.0, 2.0]), np.array([1.0, 2.0, 4.0]), d=3, n=10),
        )

    def test_rows_and_queries_are_not_changed(self, case):
        X = received_rows("unit", case.backend.dtype)
        rows, queries = case.place(X), case.place(X[:9])
        case.backend.build(rows, ExecutionContext(n_threads=1)).search(queries, 3)
        np.testing.assert_array_equal(array_libraries.host(rows), X)
        np.testing.assert_array_equal(array_libraries.host(queries), X[:9])

    def test_indexes_are_independent(self, case):
        first, second = (
            received_rows("unit", case.backend.dtype),
            received_rows("unit", case.backend.dtype)[::-1].copy(),
        )
        indexes = [case.backend.build(case.place(X), ExecutionContext(n_threads=1)) for X in (first, second)]
        answers = [array_libraries.host(index.search(case.place(first[:5]), 1)[1]) for index in indexes]
        np.testing.assert_array_equal(answers[0][:, 0], np.arange(5))
        np.testing.assert_array_equal(answers[1][:, 0], len(first) - 1 - np.arange(5))

    @pytest.mark.parametrize(
        "limits",
        [{"memory_limit": 1}, {"memory_limit": 2**16}, {"n_threads": 2}, {"memory_limit": 2**16, "n_threads": 2}],
    )
    def test_budget_and_threads_change_no_list_of_well_separated_rows(self, case, limits):
        X = np.random.default_rng(0).permutation(np.arange(300.0) ** 2)[:, None].astype(case.backend.dtype) / 2**15
        expected = self.search(case, X, X[:40], 3)[1] if not isinstance(case.backend, AdversarialBackend) else None
        sq_distances, indices = self.search(case, X, X[:40], 3, **limits)
        assert sq_distances.shape == (40, 3)
        if expected is not None:
            np.testing.assert_array_equal(np.sort(indices, axis=1), np.sort(expected, axis=1))

    @pytest.mark.usefixtures("thresholds")
    @pytest.mark.parametrize("kind", ["gaussian", "lattice", "far_clusters", "one_far_row", "tiny"])
    def test_the_exact_layer_makes_its_lists_the_answer(self, case, kind):
        X = datasets.make(kind, datasets.labels(100, 20), 3)
        matrix, rows = case.place(X), case.place(np.arange(120))
        ctx = ExecutionContext(n_threads=1, kind=dispatch.array_kind(matrix))
        sq_distances, indices = ExactSearch(ScaledRows.from_matrix(matrix, ctx), rows, case.backend, ctx).kneighbors(
            rows, 3
        )
        np.testing.assert_array_equal(array_libraries.host(indices), oracle.kneighbors(X, 3))
        np.testing.assert_array_equal(
            array_libraries.host(sq_distances), np.sort(oracle.sq_distance_matrix(X), axis=1)[:, :3]
        )
