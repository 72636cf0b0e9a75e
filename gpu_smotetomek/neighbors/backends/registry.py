"""The backends by name, and the errors for a backend that is unknown, unavailable or unable to search an array."""

from __future__ import annotations

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.arrays.dispatch import ArrayKind
from gpu_smotetomek.errors import BackendUnavailable
from gpu_smotetomek.neighbors.backends.cuda.backend import Cuda
from gpu_smotetomek.neighbors.backends.faiss_cpu import FaissCpu
from gpu_smotetomek.neighbors.backends.faiss_gpu import FaissGpu
from gpu_smotetomek.neighbors.backends.kdtree import KDTree
from gpu_smotetomek.neighbors.backends.matmul import Matmul
from gpu_smotetomek.neighbors.backends.sklearn import Sklearn
from gpu_smotetomek.neighbors.protocol import Backend
from gpu_smotetomek.typing import Array

BACKENDS: dict[str, Backend] = {}


def register(backend: Backend) -> None:
    """Make a backend available by its name.

    Raises
    ------
    TypeError
        If it is no `Backend`: without a proven error bound no answer can be certified.
    """
    if not isinstance(backend, Backend):
        raise TypeError(
            f"{backend!r} is no search backend; derive its class from gpu_smotetomek.neighbors.Backend, which asks for `build` "
            "and for `error`, a proven bound on the error of its squared distances"
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


def check_array_kind(backend: Backend, X: Array) -> None:
    """Raise if a backend cannot search the kind of array that X is: no backend moves rows by itself.

    Raises
    ------
    ValueError
        With the place of the rows and what to do.
    """
    if dispatch.array_kind(X) in backend.array_kinds:
        return
    if ArrayKind.NUMPY in backend.array_kinds:
        raise ValueError(
            f"backend={backend.name!r} searches NumPy arrays on the host, and the rows are in an array of another library or "
            "on a device, from where nothing is copied unasked: use backend='auto' or 'xp', or convert X to NumPy first"
        )
    raise ValueError(
        f"backend={backend.name!r} searches on a CUDA device, and X is {type(X).__module__.split('.')[0]} data on "
        f"{dispatch.device_name(X)}: pass device='cuda', a CuPy array or a CUDA tensor, or choose backend='auto'"
    )
