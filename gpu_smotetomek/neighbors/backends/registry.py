"""The registered backends by name, and the errors for a backend that is unknown, unavailable or unable to search an array."""

from __future__ import annotations

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.arrays.dispatch import ArrayKind
from gpu_smotetomek.errors import BackendUnavailable, suggest
from gpu_smotetomek.neighbors.backends.cuda.backend import Cuda
from gpu_smotetomek.neighbors.backends.faiss_cpu import FaissCpu
from gpu_smotetomek.neighbors.backends.faiss_gpu import FaissGpu
from gpu_smotetomek.neighbors.backends.kdtree import KDTree
from gpu_smotetomek.neighbors.backends.matmul import Matmul
from gpu_smotetomek.neighbors.backends.sklearn import Sklearn
from gpu_smotetomek.neighbors.backends.sparse import SparseProducts
from gpu_smotetomek.neighbors.protocol import Backend
from gpu_smotetomek.typing import Array

BACKENDS: dict[str, Backend] = {
    backend.name: backend
    for backend in (FaissCpu(), KDTree(), Sklearn(), Matmul(), SparseProducts(), Cuda(), FaissGpu())
}


def register(backend: Backend) -> None:
    """Add a backend, which its name then selects.

    Raises
    ------
    TypeError
        If it is not a `Backend`: without a proven error bound no answer can be certified.
    """
    if not isinstance(backend, Backend):
        raise TypeError(
            f"{backend!r} is no search backend; derive its class from gpu_smotetomek.neighbors.Backend, which asks for `build` "
            "and for `error`, a proven bound on the error of its squared distances"
        )
    BACKENDS[backend.name] = backend


def available() -> dict[str, str | None]:
    """Return, for the name of each backend, None if it can run here, else the reason and the remedy."""
    return {name: backend.unavailable() for name, backend in BACKENDS.items()}


def get_backend(name: str) -> Backend:
    """Return the backend of this name.

    Raises
    ------
    ValueError
        If no backend has this name.
    BackendUnavailable
        If it cannot run here.
    """
    if name not in BACKENDS:
        hint = suggest(name, ["auto", *BACKENDS])
        raise ValueError(
            f"backend={name!r} is not known; choose 'auto' or one of {', '.join(map(repr, BACKENDS))}"
            f"{'; ' if hint else ''}{hint}"
        )
    reason = BACKENDS[name].unavailable()
    if reason is not None:
        raise BackendUnavailable(f"backend={name!r} cannot be used here. {reason}")
    return BACKENDS[name]


def check_array_kind(backend: Backend, X: Array) -> None:
    """Raise if a backend cannot search arrays of the kind of X: no backend moves rows to another device.

    Raises
    ------
    ValueError
        The message names the library and device of X and the remedy.
    """
    if dispatch.array_kind(X) in backend.array_kinds:
        return
    if ArrayKind.NUMPY in backend.array_kinds:
        raise ValueError(
            f"backend={backend.name!r} searches NumPy arrays on the host, and the rows are in an array of another library or "
            "on a device, from where nothing is copied unasked: use backend='auto' or 'xp', or convert X to NumPy first"
        )
    if ArrayKind.SPARSE in backend.array_kinds:
        raise ValueError(
            f"backend={backend.name!r} searches SciPy's sparse matrices, and X is none: use backend='auto' or 'xp', or convert X "
            "with scipy.sparse.csr_array first"
        )
    raise ValueError(
        f"backend={backend.name!r} searches on a CUDA device, and X is {type(X).__module__.split('.')[0]} data on "
        f"{dispatch.device_name(X)}: pass device='cuda', a CuPy array or a CUDA tensor, or choose backend='auto'"
    )
