"""Dispatch on array libraries: kind, namespace, device and dtype of an array, and copies to and from the host."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from enum import Enum
from typing import Any

import array_api_compat as compat
import numpy as np
from scipy import sparse

from gpu_smotetomek.arrays.cuda_probe import device_number
from gpu_smotetomek.arrays.lazy_rows import LazyRows
from gpu_smotetomek.typing import Array, Integers, Namespace


class ArrayKind(Enum):
    """Library and memory of an array, determined once when data enters a call."""

    NUMPY = "numpy"
    SPARSE = "scipy.sparse"
    CUPY = "cupy"
    TORCH_CPU = "torch on the CPU"
    TORCH_CUDA = "torch on a CUDA device"
    OTHER = "another library or device"

    @property
    def is_numpy_or_sparse(self) -> bool:
        """Whether NumPy and scipy work on it, on the host."""
        return self in HOST_KINDS

    @property
    def is_gpu(self) -> bool:
        """Whether it lies in the memory of an NVIDIA GPU."""
        return self in (ArrayKind.CUPY, ArrayKind.TORCH_CUDA)


HOST_KINDS = frozenset({ArrayKind.NUMPY, ArrayKind.SPARSE})
TORCH_KINDS = {"cpu": ArrayKind.TORCH_CPU, "cuda": ArrayKind.TORCH_CUDA}


def array_kind(X: Array) -> ArrayKind:
    """Return the kind of an array."""
    if isinstance(X, np.ndarray | LazyRows):
        return ArrayKind.NUMPY
    if is_sparse(X):
        return ArrayKind.SPARSE
    if is_cupy(X):
        return ArrayKind.CUPY
    return TORCH_KINDS.get(X.device.type, ArrayKind.OTHER) if is_torch(X) else ArrayKind.OTHER


def is_sparse(X: Array) -> bool:
    return bool(sparse.issparse(X))


def is_numpy_or_sparse(X: Array) -> bool:
    return isinstance(X, np.ndarray) or is_sparse(X) or isinstance(X, LazyRows)


def is_cupy(X: Array) -> bool:
    return bool(compat.is_cupy_array(X))


def is_torch(X: Array) -> bool:
    """Whether X is a torch tensor, on any device."""
    return bool(compat.is_torch_array(X))


def is_cuda(X: Array) -> bool:
    return array_kind(X).is_gpu


def supports_assignment(X: Array) -> bool:
    """Whether `X[rows] = values` works: the array API standard has no assignment by an array of indices."""
    return isinstance(X, np.ndarray) or is_cupy(X) or is_torch(X)


def namespace(X: Array) -> Namespace:
    """Return the array API functions of X's library; NumPy's for a sparse matrix."""
    if isinstance(X, np.ndarray) or is_numpy_or_sparse(X):  # most are of NumPy, and one check is faster than two calls
        return np
    return compat.array_namespace(X)


def get_device(X: Array) -> Any:
    """Return the device of X, as its library names it."""
    return "cpu" if is_numpy_or_sparse(X) else compat.device(X)


def device_name(X: Array) -> str:
    """Return 'cpu', 'cuda' or 'cuda:N', or another library's own name: the value of the fitted attribute `device_`."""
    device = get_device(X)
    return canonical_device(f"cuda:{device.id}" if is_cupy(X) else str(device))


def canonical_device(device: str) -> str:
    """Return 'cuda' for 'cuda:0', any other name unchanged: one name for the first CUDA device in every library."""
    return "cuda" if device == "cuda:0" else device


def use_cuda_device(name: str) -> AbstractContextManager[Any]:
    """Return a context in which the device 'cuda' or 'cuda:N' is CuPy's current one."""
    import cupy

    return cupy.cuda.Device(device_number(name))  # type: ignore[no-any-return]


def device_context(X: Array) -> AbstractContextManager[Any]:
    """Return a context in which the device of X is CuPy's current one, where CuPy allocates; the streams stay the caller's."""
    return X.device if is_cupy(X) else nullcontext()


def to_cuda(X: np.ndarray[Any, Any], name: str) -> Array:
    """Copy a NumPy array to the device 'cuda' or 'cuda:N', as a CuPy array."""
    import cupy

    with use_cuda_device(name):
        return cupy.asarray(X)


def to_numpy(values: Array) -> np.ndarray[Any, Any]:
    """Return the values as a NumPy array.

    Every copy to the host passes here: counts, row numbers, a small sample of rows, the result of X that came from the host, and
    rows for an estimator of the host that the caller gives.
    """
    if isinstance(values, np.ndarray):
        return values
    if is_cupy(values):
        return values.get()  # type: ignore[no-any-return]
    if is_torch(values):
        return values.detach().cpu().numpy()  # type: ignore[no-any-return]
    return np.from_dlpack(values.to_device(namespace(values).__array_namespace_info__().default_device()))


def to_numpy_int64(rows: Array) -> Integers:
    return to_numpy(rows).astype(np.int64, copy=False)


def wait_for(X: Array) -> None:
    """Wait until the work on the device of a CuPy array is done, whatever stream it is on; return at once for other arrays."""
    if is_cupy(X):
        X.device.synchronize()


def asarray_like(values: np.ndarray[Any, Any], X: Array) -> Array:
    """Return NumPy values as an array of X's library, on X's device."""
    if is_numpy_or_sparse(X):
        return values
    return namespace(X).asarray(values if values.flags.writeable else values.copy(), device=get_device(X))


def move_like(values: Array, X: Array) -> Array:
    """Return the values of an array of any library in X's library and on X's device; `values` itself if it is there."""
    is_there = array_kind(values) is array_kind(X) and get_device(values) == get_device(X)
    return values if is_there and namespace(values) is namespace(X) else asarray_like(to_numpy(values), X)


def detach(X: Array) -> Array:
    """Return the array without autograd, so that results have no gradient history.

    A torch tensor whose sign is a pending flag is copied, because other libraries do not see the flag.
    """
    return X.detach().resolve_neg() if is_torch(X) else X


FLOAT_DTYPES = {f"float{bits}" for bits in (16, 32, 64)}
NUMERIC_DTYPES = {"bool", *FLOAT_DTYPES} | {f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)}


def dtype_name(X: Array) -> str:
    """Return NumPy's name of the dtype of an array: torch.float32 and array_api_strict.float32 are 'float32'."""
    return str(X.dtype).rpartition(".")[2]


def numpy_dtype(X: Array) -> np.dtype[Any]:
    """Return the NumPy dtype of the entries of X."""
    return X.dtype if is_numpy_or_sparse(X) else to_numpy(X[:0, :]).dtype  # type: ignore[no-any-return]


def as_float64(values: Array) -> Array:
    xp = namespace(values)
    return values if values.dtype == xp.float64 else xp.astype(values, xp.float64)


def promote_to_float64(values: Array) -> Array:
    """Return the values in float64; longdouble stays."""
    return values if isinstance(values, np.ndarray) and values.dtype == np.longdouble else as_float64(values)


def has_float64(X: Array) -> bool:
    """Whether the device of X computes in float64, which every distance needs."""
    if isinstance(X, np.ndarray) or is_cupy(X):
        return True
    info = namespace(X).__array_namespace_info__()
    return "float64" in info.dtypes(device=get_device(X), kind="real floating")


def is_foreign_array(data: Any) -> bool:
    """Whether `data` is an array of another library than NumPy."""
    return not isinstance(data, np.ndarray | np.generic) and bool(compat.is_array_api_obj(data))


def unsupported_reason(X: Array) -> str | None:
    """Why an array cannot be resampled in its library, and the remedy; None if it can."""
    if compat.is_dask_array(X):
        return "is lazy: gpu_smotetomek.dask has SMOTE, TomekLinks and SMOTETomek for it, or call .compute() first"
    if compat.is_ndonnx_array(X):
        return "is lazy, and resampling needs its rows: call .unwrap_numpy() first"
    if compat.is_pydata_sparse_array(X):
        return "is sparse: call .todense(), or .to_scipy_sparse() for a matrix that stays sparse, first"
    if compat.is_jax_array(X):  # its compiled CPU code flushes subnormal numbers to 0 without a warning
        return "is JAX's, which takes numbers below 2**-1022 for 0, so that no answer would be exact: call np.asarray first"
    if is_torch(X):
        if X.is_nested or str(X.layout) != "torch.strided":
            return "is sparse or nested: call .to_dense() or .to_padded_tensor() first"
        if X.device.type == "meta":
            return "is on the device 'meta', where there are no values"
    return None


def min_max(X: Array) -> tuple[float, float]:
    """Return the least and the largest entry, both NaN if X holds a NaN, without a temporary of the size of X."""
    xp = namespace(X)
    return float(xp.min(X)), float(xp.max(X))


def nonfinite_columns(X: Array) -> list[int]:
    """Return the numbers of the columns that hold NaN or infinity; 2 d numbers are copied to the host."""
    xp = namespace(X)
    extremes = np.stack([to_numpy(xp.min(X, axis=0)), to_numpy(xp.max(X, axis=0))])
    columns: list[int] = np.flatnonzero(~np.isfinite(extremes).all(axis=0)).tolist()
    return columns
