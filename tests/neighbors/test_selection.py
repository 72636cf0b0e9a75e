"""The choice of a backend, the errors where none can serve, and FAISS's settings after a search."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from support import array_libraries
from support.optional import optional

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.errors import BackendUnavailable
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import (
    BACKENDS,
    Backend,
    ScaledRows,
    SearchSelector,
    available,
    check_backend,
    register,
    selection,
)
from gpu_smotetomek.neighbors.backends import faiss_cpu, registry

NAMES = ["faiss-cpu", "kdtree", "sklearn", "xp"]
CTX = ExecutionContext(n_threads=1)


def table(n: int, d: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(n, d))


def scaled_rows(X: Any) -> ScaledRows:
    return ScaledRows.from_matrix(X, CTX)


# ---- names ----------------------------------------------------------------------------------------------------------


def test_all_backends_are_registered_by_name():
    assert set(NAMES) <= set(BACKENDS)
    assert all(BACKENDS[name].name == name for name in BACKENDS)
    assert set(available()) == set(BACKENDS)
    assert all(available()[name] is None for name in ("kdtree", "sklearn", "xp"))


@pytest.mark.parametrize("name", ["kdtree", "sklearn", "xp"])
def test_a_backend_that_is_named_serves(name):
    for d in (2, 20):
        search = SearchSelector(replace(CTX, backend=name)).make_search(scaled_rows(table(30, d)), np.arange(30), 30)
        assert search.backend is BACKENDS[name]


@pytest.mark.parametrize("name", ["", "Auto", "faiss", "gpu"])
def test_the_error_for_an_unknown_name_lists_the_known_ones(name):
    with pytest.raises(
        ValueError, match=f"backend={name!r} is not known; choose 'auto' or one of 'faiss-cpu', 'kdtree'"
    ):
        check_backend(replace(CTX, backend=name), table(2, 2))


# ---- auto -----------------------------------------------------------------------------------------------------------


def chosen(X: Any, n: int, n_queries: int) -> str:
    """Name of the backend that 'auto' chooses; 'direct' for none."""
    ctx = replace(CTX, kind=dispatch.array_kind(X))
    search = SearchSelector(ctx).make_search(scaled_rows(X), np.arange(n), n_queries)
    return search.backend.name if search.backend else "direct"


@pytest.fixture
def with_faiss(monkeypatch):
    monkeypatch.setattr(type(BACKENDS["faiss-cpu"]), "unavailable", lambda self: None)


@pytest.fixture
def without_faiss(monkeypatch):
    monkeypatch.setattr(type(BACKENDS["faiss-cpu"]), "unavailable", lambda self: "it is not here")


@pytest.mark.usefixtures("with_faiss")
def test_auto_computes_all_distances_of_small_tables():
    X = table(50, 10)
    assert chosen(X, 50, 50) == "direct"
    most = int(selection.BRUTE_FORCE_UP_TO_WORK / (50 * (10 + selection.SELECTION_COST_FEATURES)))
    assert chosen(X, 50, most) == "direct"
    assert chosen(X, 50, most + 1) != "direct"


@pytest.mark.usefixtures("with_faiss")
def test_auto_goes_by_the_dimension_of_the_rows():
    assert chosen(table(20_000, 2), 20_000, 10**9) == "kdtree"
    assert (
        chosen(table(20_000, 2) @ np.ones((2, 40)), 20_000, 10**9) == "kdtree"
    )  # one dimension, whatever the features
    assert chosen(table(600, 8), 600, 10**9) == "xp"
    assert chosen(table(600, 40), 600, 10**9) == "xp"
    tall = sparse.csr_array(table(20_000, 2))
    assert chosen(tall, 20_000, 10**9) == "xp"  # no tree of rows that are not at hand at once


def chosen_for_few_queries(X: Any, n: int, n_queries: int, backend: str = "auto") -> str | None:
    """Name of the backend that serves single nearest rows and few queries, where it is another."""
    selector = SearchSelector(replace(CTX, backend=backend))
    search = selector.make_search(scaled_rows(X), np.arange(n), n_queries)
    return search.single_neighbor_backend.name if search.single_neighbor_backend else None


@pytest.mark.usefixtures("with_faiss")
def test_auto_takes_faiss_for_single_nearest_rows_where_that_pays():
    X = table(20_000, 8)
    assert chosen_for_few_queries(X, 20_000, 20_000) == "faiss-cpu"
    assert chosen_for_few_queries(X, 20_000, 100) is None
    assert chosen_for_few_queries(X, 20_000, 20_000, backend="xp") is None
    assert chosen_for_few_queries(table(20_000, 40), 20_000, 20_000) is None  # its kernel is for few features


@pytest.mark.usefixtures("without_faiss")
def test_auto_does_without_faiss():
    assert chosen_for_few_queries(table(20_000, 8), 20_000, 20_000) is None
    assert chosen(table(600, 8), 600, 10**9) == "xp"
    assert chosen(table(20_000, 2), 20_000, 10**9) == "kdtree"


@pytest.mark.usefixtures("with_faiss")
@pytest.mark.parametrize("place", [array_libraries.strict, array_libraries.strict_device1, array_libraries.torch])
def test_auto_stays_in_the_callers_library(place):
    X = place(table(50, 2))
    assert chosen(X, 50, 10**9) == "xp"


# ---- unavailable ----------------------------------------------------------------------------------------------------


def not_installed() -> None:
    raise ModuleNotFoundError("No module named 'faiss'", name="faiss")


def without_cuda_library() -> None:
    raise ImportError("libcudart.so.12: cannot open")


def without_own_module() -> None:
    raise ModuleNotFoundError("No module named 'faiss.swigfaiss'", name="faiss.swigfaiss")


def broken() -> None:
    raise RuntimeError("libcublas.so.12: cannot open")


@pytest.mark.parametrize(
    ("load", "reason"),
    [
        (not_installed, "FAISS is not installed: pip install faiss-cpu"),
        (broken, r"FAISS does not load \(libcublas.so.12: cannot open\): pip uninstall .*, then pip install faiss-cpu"),
        (
            without_cuda_library,
            r"FAISS does not load \(libcudart.so.12: cannot open\): pip uninstall .*, then pip install faiss-cpu",
        ),
        (
            without_own_module,
            r"FAISS does not load \(No module .*swigfaiss'\): pip install --force-reinstall faiss-cpu",
        ),
        (SimpleNamespace, "FAISS is an empty shell .*: pip install --force-reinstall faiss-cpu"),
    ],
)
def test_the_error_where_faiss_cannot_run_has_the_reason_and_the_remedy(load, reason, monkeypatch):
    monkeypatch.setattr(faiss_cpu, "import_faiss", load)
    with pytest.raises(BackendUnavailable, match=f"backend='faiss-cpu' cannot be used here. {reason}") as raised:
        check_backend(replace(CTX, backend="faiss-cpu"), table(2, 2))
    assert isinstance(raised.value, ImportError)
    assert available()["faiss-cpu"] is not None
    check_backend(CTX, table(2, 2))  # 'auto' does without it


# ---- register -------------------------------------------------------------------------------------------------------


class Complete(Backend):
    name, dtype = "complete", "float32"

    def build(self, X: Any, ctx: ExecutionContext) -> Any:
        return BACKENDS["xp"].build(X, ctx)

    def error(self, a: Any, b: Any, *, d: int, n: int) -> Any:
        return BACKENDS["xp"].error(a, b, d=d, n=n)


@pytest.mark.parametrize("method", ["build", "error"])
def test_a_backend_without_a_required_method_cannot_be_made(method):
    Partial = type("Partial", (Complete,), {method: getattr(Backend, method)})
    with pytest.raises(TypeError, match=f"abstract method '?{method}"):
        Partial()


class LooksLikeABackend:
    name, dtype, build, error = "lookalike", "float32", Complete.build, Complete.error


@pytest.mark.parametrize(
    "value", [LooksLikeABackend(), Complete, "xp", None], ids=["lookalike", "class", "name", "None"]
)
def test_what_is_no_backend_is_refused(value, monkeypatch):
    monkeypatch.setattr(registry, "BACKENDS", BACKENDS.copy())
    with pytest.raises(
        TypeError, match=r"is no search backend; derive its class from gpu_smotetomek\.neighbors\.Backend"
    ):
        register(value)
    assert registry.BACKENDS == BACKENDS


def test_a_registered_backend_serves_by_its_name(monkeypatch):
    monkeypatch.setattr(registry, "BACKENDS", BACKENDS.copy())
    backend = Complete()
    register(backend)
    assert available()["complete"] is None
    selector = SearchSelector(replace(CTX, backend="complete"))
    search = selector.make_search(scaled_rows(table(40, 3)), np.arange(40), 40)
    assert search.backend is backend
    search.kneighbors(np.arange(40), 2)
    assert selector.statistics.queries_by_backend == {"complete": 40}


# ---- what was used --------------------------------------------------------------------------------------------------


def test_a_selector_counts_queries_by_backend_and_by_stage():
    selector, rows, scaled = SearchSelector(replace(CTX, backend="xp")), np.arange(60), scaled_rows(table(60, 3))
    assert selector.backend_ == "xp"
    selector.make_search(scaled, rows, 60).kneighbors(rows, 2)
    selector.make_search(scaled, rows, 10).kneighbors(rows[:10], 2)
    assert selector.statistics.queries_by_backend == {"xp": 70}
    stages = selector.statistics.settled_by_stage
    assert stages["list"] == sum(stages.values()) == 70


@pytest.mark.usefixtures("without_faiss")
def test_auto_names_the_backend_of_most_queries():
    selector, scaled = SearchSelector(CTX), scaled_rows(table(20_000, 2))
    assert selector.backend_ == "direct"
    selector.make_search(scaled, np.arange(60), 60).kneighbors(np.arange(60), 2)
    assert (selector.backend_, selector.statistics.queries_by_backend) == ("direct", {"direct": 60})
    selector.make_search(scaled, np.arange(20_000), 10**9).kneighbors(np.arange(1000), 2)
    assert (selector.backend_, selector.statistics.queries_by_backend["kdtree"]) == ("kdtree", 1000)


def test_a_single_nearest_row_counts_for_the_backend_that_found_it():
    optional("faiss")
    X = np.random.default_rng(0).normal(size=(20_000, 12)).astype(np.float32)
    selector = SearchSelector(CTX)
    search = selector.make_search(scaled_rows(X), np.arange(15_000), 5_000)
    assert search.single_neighbor_backend is BACKENDS["faiss-cpu"]
    search.nearest_lower_bound(np.arange(15_000, 20_000), np.full(5_000, np.inf))
    assert selector.statistics.queries_by_backend == {"faiss-cpu": 5_000}


def test_selectors_share_no_counts():
    first, second = SearchSelector(CTX), SearchSelector(CTX)
    first.make_search(scaled_rows(table(9, 2)), np.arange(9), 9).kneighbors(np.arange(9), 1)
    assert first.statistics.queries_by_backend
    assert not second.statistics.queries_by_backend


# ---- FAISS's settings -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fails", [False, True])
def test_faiss_settings_are_the_callers_again(fails, monkeypatch):
    faiss = optional("faiss")
    seen = {}

    def knn(queries: Any, X: Any, k: int) -> Any:
        seen.update(threshold=faiss.cvar.distance_compute_blas_threshold, threads=faiss.omp_get_max_threads())
        if fails:
            raise RuntimeError("out of luck")
        return whole(queries, X, k)

    whole = faiss.knn
    monkeypatch.setattr(faiss, "knn", knn)
    threshold, threads = faiss.cvar.distance_compute_blas_threshold, faiss.omp_get_max_threads()
    faiss.cvar.distance_compute_blas_threshold = 12_345
    faiss.omp_set_num_threads(2)
    try:
        X = table(30, 3).astype(np.float32)
        index = BACKENDS["faiss-cpu"].build(X, CTX)
        if fails:
            with pytest.raises(RuntimeError, match="out of luck"):
                index.search(X, 2)
        else:
            assert index.search(X, 2)[1][:, 0].tolist() == list(range(30))
        assert seen["threads"] == 1
        assert faiss.cvar.distance_compute_blas_threshold == 12_345
        assert faiss.omp_get_max_threads() == 2
        assert faiss_cpu.FAISS_SETTINGS_LOCK.acquire(blocking=False)
        faiss_cpu.FAISS_SETTINGS_LOCK.release()
    finally:
        faiss.cvar.distance_compute_blas_threshold = threshold
        faiss.omp_set_num_threads(threads)


def test_faiss_is_imported_late_and_after_scikit_learn(fresh_python):
    optional("faiss")
    printed = fresh_python("""
import sys
order = []

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name in ("faiss", "sklearn.neighbors"):
            order.append(name)

sys.meta_path.insert(0, Watch())
import gpu_smotetomek
assert "faiss" not in sys.modules
from gpu_smotetomek.neighbors import available
available()
print(*order)
""")
    assert printed.split() == ["sklearn.neighbors", "faiss"]
