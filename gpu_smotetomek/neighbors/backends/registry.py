"""The backends by name, and what is said of one that is unknown, missing, or elsewhere than the rows."""

from __future__ import annotations

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.errors import BackendUnavailable
from gpu_smotetomek.neighbors.backends.cuda.backend import Cuda
from gpu_smotetomek.neighbors.backends.faiss_cpu import FaissCpu
from gpu_smotetomek.neighbors.backends.faiss_gpu import FaissGpu
from gpu_smotetomek.neighbors.backends.kdtree import KDTree
from gpu_smotetomek.neighbors.backends.matmul import Matmul
from gpu_smotetomek.neighbors.backends.sklearn import Sklearn
from gpu_smotetomek.neighbors.protocol import Backend
from gpu_smotetomek.typing import Array

HOST_BACKENDS = {"faiss-cpu", "kdtree", "sklearn"}  # they search NumPy arrays
CUDA_BACKENDS = {"cuda", "faiss-gpu"}  # they search arrays of CUDA devices

BACKENDS: dict[str, Backend] = {}


def register(backend: Backend) -> None:
    """Make a backend available by its name.

    Raises
    ------
    TypeError
        If it lacks one of `build`, `error` and `unavailable`: without a proven error bound no answer can be certified.
    """
    missing = [verb for verb in ("build", "error", "unavailable") if not callable(getattr(backend, verb, None))]
    if missing:
        raise TypeError(
            f"backend {backend.name!r} has no {' and no '.join(missing)}; a backend proposes and proves its error"
        )
    BACKENDS[backend.name] = backend


for _backend in (FaissCpu(), KDTree(), Sklearn(), Matmul(), Cuda(), FaissGpu()):
    register(_backend)


def available() -> dict[str, str | None]:
    """For each backend None where it can run here, else why not and the remedy."""
    return {name: backend.unavailable() for name, backend in BACKENDS.items()}


def get_backend(name: str) -> Backend:
    """The backend of that name.

    Raises
    ------
    ValueError
        If there is none of that name.
    BackendUnavailable
        If it cannot run here.
    """
    if name not in BACKENDS:
        raise ValueError(f"backend={name!r} is not known; choose 'auto' or one of {', '.join(map(repr, BACKENDS))}")
    reason = BACKENDS[name].unavailable()
    if reason is not None:
        raise BackendUnavailable(f"backend={name!r} cannot be used here. {reason}")
    return BACKENDS[name]


def check_rows_on_cuda(name: str, X: Array) -> None:
    """Raise where a backend of CUDA devices is given rows that are elsewhere: none moves rows by itself.

    Raises
    ------
    ValueError
        With where the rows are and what to do.
    """
    if name in CUDA_BACKENDS and not dispatch.is_cupy(X):
        raise ValueError(
            f"backend={name!r} searches on a CUDA device, and X is {type(X).__module__.split('.')[0]} data on "
            f"{dispatch.device_name(X)}: pass device='cuda', a CuPy array or a CUDA tensor, or choose backend='auto'"
        )
