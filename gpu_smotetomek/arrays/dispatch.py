"""The door between array libraries: which one, which device, and the one way to the host."""

from __future__ import annotations

from typing import Any

import array_api_compat as compat
import numpy as np
from scipy import sparse

from gpu_smotetomek.typing import Array, Integers, Namespace


def is_sparse(X: Array) -> bool:
    return bool(sparse.issparse(X))


def namespace(X: Array) -> Namespace:
    """The functions of X's library; a sparse matrix lives among NumPy's, which are the standard's own since NumPy 2."""
    if isinstance(X, np.ndarray) or is_sparse(X):
        return np
    return compat.array_namespace(X)


def device_of(X: Array) -> Any:
    return "cpu" if on_host(X) else compat.device(X)


def device_name(X: Array) -> str:
    """'cpu', 'cuda' or 'cuda:N': what the fitted attribute `device_` says."""
    device = device_of(X)
    if compat.is_cupy_array(X):
        return canonical(f"cuda:{device.id}")
    return canonical(str(device))


def canonical(device: str) -> str:
    """The first CUDA device is 'cuda' in every library."""
    return "cuda" if device == "cuda:0" else device


def on_cuda(X: Array) -> bool:
    """Whether X lives on an NVIDIA GPU: a CuPy array, or a torch tensor on CUDA."""
    return bool(compat.is_cupy_array(X) or (compat.is_torch_array(X) and X.device.type == "cuda"))


def in_cupy(X: Array) -> bool:
    """Whether X is CuPy's, on which our kernels work."""
    return bool(compat.is_cupy_array(X))


def on_host(X: Array) -> bool:
    return isinstance(X, np.ndarray) or is_sparse(X)


def to_host(values: Array) -> np.ndarray[Any, Any]:
    """The one way from a device to the host: class counts, link counts and row numbers, never rows."""
    if isinstance(values, np.ndarray):
        return values
    if compat.is_cupy_array(values):
        return values.get()  # type: ignore[no-any-return]
    if compat.is_torch_array(values):
        return values.detach().cpu().numpy()  # type: ignore[no-any-return]
    return np.from_dlpack(values.to_device(namespace(values).__array_namespace_info__().default_device()))


def beside(values: np.ndarray[Any, Any], X: Array) -> Array:
    """Host values placed beside X, on its device and in its library."""
    if on_host(X):
        return values
    return namespace(X).asarray(values if values.flags.writeable else values.copy(), device=device_of(X))


def numpy_dtype(X: Array) -> np.dtype[Any]:
    """The NumPy dtype of X's entries."""
    return X.dtype if on_host(X) else to_host(X[:0, :]).dtype  # type: ignore[no-any-return]


def in_float64(values: Array) -> Array:
    xp = namespace(values)
    return values if values.dtype == xp.float64 else xp.astype(values, xp.float64)


def at_least_float64(values: Array) -> Array:
    """Floats in float64; longdouble stays."""
    return values if isinstance(values, np.ndarray) and values.dtype == np.longdouble else in_float64(values)


def host_rows(rows: Array) -> Integers:
    return to_host(rows).astype(np.int64, copy=False)
