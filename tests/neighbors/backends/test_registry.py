"""The registered backends by name, what can be registered, and the errors where a backend is unknown or cannot run."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from support.search_cases import CTX, scaled_rows, table

from gpu_smotetomek.errors import BackendUnavailable
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import BACKENDS, Backend, SearchSelector, available, check_backend, register
from gpu_smotetomek.neighbors.backends import faiss_cpu, registry

NAMES = ["faiss-cpu", "kdtree", "sklearn", "xp"]


# ---- names ----------------------------------------------------------------------------------------------------------


def test_all_backends_are_registered_by_name():
    assert set(NAMES) <= set(BACKENDS)
    assert all(BACKENDS[name].name == name for name in BACKENDS)
    assert set(available()) == set(BACKENDS)
    assert all(available()[name] is None for name in ("kdtree", "sklearn", "xp"))


@pytest.mark.parametrize("name", ["", "Auto", "faiss", "gpu"])
def test_the_error_for_an_unknown_name_lists_the_known_ones(name):
    with pytest.raises(
        ValueError, match=f"backend={name!r} is not known; choose 'auto' or one of 'faiss-cpu', 'kdtree'"
    ):
        check_backend(replace(CTX, backend=name), table(2, 2))


def test_the_backend_for_sparse_rows_takes_no_others():
    with pytest.raises(ValueError, match="backend='sparse' searches SciPy's sparse matrices, and X is none"):
        check_backend(replace(CTX, backend="sparse"), table(2, 2))


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
