"""The door between array libraries: which one, which device, and the one way to the host."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from enum import Enum
from typing import Any

import array_api_compat as compat
import numpy as np
from scipy import sparse

from gpu_smotetomek.typing import Array, Integers, Namespace


class ArrayKind(Enum):
    """Library and place of an array, found once when data enters a call."""

    NUMPY = "numpy"
    SPARSE = "scipy.sparse"
    CUPY = "cupy"
    TORCH_CPU = "torch on the CPU"
    TORCH_CUDA = "torch on a CUDA device"
    OTHER = "another library or device"

    @property
    def is_numpy_or_sparse(self) -> bool:
        """Whether NumPy and scipy work on it, on the host."""
        return self in (ArrayKind.NUMPY, ArrayKind.SPARSE)

    @property
    def is_gpu(self) -> bool:
        """Whether it lies in the memory of an NVIDIA GPU."""
        return self in (ArrayKind.CUPY, ArrayKind.TORCH_CUDA)


def array_kind(X: Array) -> ArrayKind:
    """The kind of an array."""
    if isinstance(X, np.ndarray):
        return ArrayKind.NUMPY
    if is_sparse(X):
        return ArrayKind.SPARSE
    if compat.is_cupy_array(X):
        return ArrayKind.CUPY
    if compat.is_torch_array(X) and X.device.type in ("cpu", "cuda"):
        return ArrayKind.TORCH_CUDA if X.device.type == "cuda" else ArrayKind.TORCH_CPU
    return ArrayKind.OTHER


def is_sparse(X: Array) -> bool:
    return bool(sparse.issparse(X))


def namespace(X: Array) -> Namespace:
    """The functions of X's library; a sparse matrix lives among NumPy's, which are the standard's own since NumPy 2."""
    if isinstance(X, np.ndarray) or is_sparse(X):
        return np
    return compat.array_namespace(X)


def get_device(X: Array) -> Any:
    return "cpu" if is_numpy_or_sparse(X) else compat.device(X)


def device_name(X: Array) -> str:
    """'cpu', 'cuda' or 'cuda:N': what the fitted attribute `device_` says."""
    device = get_device(X)
    if compat.is_cupy_array(X):
        return canonical_device(f"cuda:{device.id}")
    return canonical_device(str(device))


def canonical_device(device: str) -> str:
    """The first CUDA device is 'cuda' in every library."""
    return "cuda" if device == "cuda:0" else device


def is_cuda(X: Array) -> bool:
    """Whether X lives on an NVIDIA GPU: a CuPy array, or a torch tensor on CUDA."""
    return bool(compat.is_cupy_array(X) or (compat.is_torch_array(X) and X.device.type == "cuda"))


def is_cupy(X: Array) -> bool:
    """Whether X is CuPy's, on which our kernels work."""
    return bool(compat.is_cupy_array(X))


def is_numpy_or_sparse(X: Array) -> bool:
    return isinstance(X, np.ndarray) or is_sparse(X)


def to_numpy(values: Array) -> np.ndarray[Any, Any]:
    """The one way from a device to the host: class counts, link counts and row numbers, never rows."""
    if isinstance(values, np.ndarray):
        return values
    if compat.is_cupy_array(values):
        return values.get()  # type: ignore[no-any-return]
    if compat.is_torch_array(values):
        return values.detach().cpu().numpy()  # type: ignore[no-any-return]
    return np.from_dlpack(values.to_device(namespace(values).__array_namespace_info__().default_device()))


def asarray_like(values: np.ndarray[Any, Any], X: Array) -> Array:
    """Host values placed beside X, on its device and in its library."""
    if is_numpy_or_sparse(X):
        return values
    return namespace(X).asarray(values if values.flags.writeable else values.copy(), device=get_device(X))


def numpy_dtype(X: Array) -> np.dtype[Any]:
    """The NumPy dtype of X's entries."""
    return X.dtype if is_numpy_or_sparse(X) else to_numpy(X[:0, :]).dtype  # type: ignore[no-any-return]


def as_float64(values: Array) -> Array:
    xp = namespace(values)
    return values if values.dtype == xp.float64 else xp.astype(values, xp.float64)


def promote_to_float64(values: Array) -> Array:
    """Floats in float64; longdouble stays."""
    return values if isinstance(values, np.ndarray) and values.dtype == np.longdouble else as_float64(values)


def to_numpy_int64(rows: Array) -> Integers:
    return to_numpy(rows).astype(np.int64, copy=False)


FLOAT_DTYPES = {f"float{bits}" for bits in (16, 32, 64)}
NUMERIC_DTYPES = {"bool", *FLOAT_DTYPES} | {f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)}


def is_foreign_array(data: Any) -> bool:
    """Whether `data` is an array of another library than NumPy."""
    return not isinstance(data, np.ndarray | np.generic) and bool(compat.is_array_api_obj(data))


def dtype_name(X: Array) -> str:
    """NumPy's name for the dtype of an array: torch.float32 and array_api_strict.float32 are 'float32'."""
    return str(X.dtype).rpartition(".")[2]


def unsupported_reason(X: Array) -> str | None:
    """Why an array cannot be worked on where it is, and the remedy; None if it can."""
    if compat.is_dask_array(X):
        return "is lazy, and resampling needs its rows: call .compute() first"
    if compat.is_ndonnx_array(X):
        return "is lazy, and resampling needs its rows: call .unwrap_numpy() first"
    if compat.is_pydata_sparse_array(X):
        return "is sparse: call .todense(), or .to_scipy_sparse() for a matrix that stays sparse, first"
    if compat.is_jax_array(X):  # the CPU's compiled code does, and says nothing of it
        return "is JAX's, which takes numbers below 2**-1022 for 0, so that no answer would be exact: call np.asarray first"
    if compat.is_torch_array(X):
        if X.is_nested or str(X.layout) != "torch.strided":
            return "is sparse or nested: call .to_dense() or .to_padded_tensor() first"
        if X.device.type == "meta":
            return "is on the device 'meta', where there are no values"
    return None


def has_float64(X: Array) -> bool:
    """Whether the device of X computes in float64, which decides every distance."""
    if isinstance(X, np.ndarray) or compat.is_cupy_array(X):
        return True
    info = namespace(X).__array_namespace_info__()
    return "float64" in info.dtypes(device=get_device(X), kind="real floating")


def detach(X: Array) -> Array:
    """The array without autograd: what is computed from it has no history, and asks for no gradient.

    A tensor that is only marked as the negative of what it holds is copied: other libraries would not see the mark.
    """
    return X.detach().resolve_neg() if compat.is_torch_array(X) else X


def min_max(X: Array) -> tuple[float, float]:
    """The least and the largest entry; both NaN where there is one. Nothing of the size of X is allocated."""
    xp = namespace(X)
    return float(xp.min(X)), float(xp.max(X))


def nonfinite_columns(X: Array) -> list[int]:
    """Numbers of the columns that hold NaN or infinity; 2 d numbers come to the host."""
    xp = namespace(X)
    ends = np.stack([to_numpy(xp.min(X, axis=0)), to_numpy(xp.max(X, axis=0))])
    columns: list[int] = np.flatnonzero(~np.isfinite(ends).all(axis=0)).tolist()
    return columns


def device_context(X: Array) -> AbstractContextManager[Any]:
    """CuPy allocates on its current device: that of X, inside. Streams are the caller's current ones."""
    return X.device if compat.is_cupy_array(X) else nullcontext()
