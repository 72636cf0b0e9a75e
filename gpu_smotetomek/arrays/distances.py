"""Squares, norms and products, with the same bits everywhere where bits matter."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import array_api_compat as compat
import numpy as np

from gpu_smotetomek.arrays.dispatch import as_float64, namespace
from gpu_smotetomek.typing import Array


def sq_distances(A: Array, B: Array) -> Array:
    """Squared Euclidean distances between columns: sum over the first axis of (A - B)², the other axes broadcast.

    Direct differences in float64, features in order, a separate multiply and add: the same bits in every block, thread
    and device. `sum`, `einsum` and fused multiply-adds give other bits.
    """
    if isinstance(A, np.ndarray):
        total = np.zeros(np.broadcast_shapes(A.shape[1:], B.shape[1:]))
        difference = np.empty_like(total)
        for a, b in zip(A, B, strict=True):
            np.subtract(a, b, out=difference)
            np.multiply(difference, difference, out=difference)
            np.add(total, difference, out=total)
        return total
    summed: Array = 0.0
    for feature in range(A.shape[0]):
        difference = A[feature, ...] - B[feature, ...]
        summed = summed + difference * difference
    return summed


def row_norms(x: Array) -> Array:
    """Euclidean norms (m,) of rows, in float64, rounded up."""
    if isinstance(x, np.ndarray):
        squared = np.einsum("ij,ij->i", x, x, dtype=np.float64)
        return np.sqrt(squared) * (1 + 2.0**-40)
    xp, x = namespace(x), as_float64(x)
    return xp.sqrt(xp.sum(x * x, axis=1)) * (1 + 2.0**-40)


def column_norms(columns: Array) -> Array:
    """Euclidean norms (m,) of float64 columns (d, m), rounded up."""
    return namespace(columns).sqrt(sq_distances(columns, columns * 0)) * (1 + 2.0**-40)


def sq_norms(x: Array) -> Array:
    """Squared norms (m,) of rows in their own dtype, summed in float64: two roundings."""
    if isinstance(x, np.ndarray):
        return np.einsum("ij,ij->i", x, x, dtype=np.float64).astype(x.dtype)
    xp = namespace(x)
    return xp.astype(xp.sum(x * x, axis=1, dtype=xp.float64), x.dtype)


def append_norms(x: Array, factor: int, *, norm_last: bool) -> Array:
    """Rows (m, d + 2): `factor` times x, then 1 and ‖x‖², or ‖x‖² and 1."""
    norm = sq_norms(x)
    if isinstance(x, np.ndarray):
        out = np.empty((len(x), x.shape[1] + 2), x.dtype)
        np.multiply(x, x.dtype.type(factor), out=out[:, :-2])
        out[:, -1 if norm_last else -2], out[:, -2 if norm_last else -1] = norm, 1
        return out
    xp = namespace(x)
    ends = [norm[:, None], xp.ones_like(x[:, :1])]
    return xp.concat([x * factor, *(reversed(ends) if norm_last else ends)], axis=1)


@contextmanager
def full_precision(like: Array) -> Iterator[None]:
    """Float32 products in float32: torch may be told to take fewer digits, for which no bound is proven."""
    if not compat.is_torch_array(like):
        yield
        return
    import torch

    wanted = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(wanted)


def allocate_tile(like: Array, size: int) -> np.ndarray[Any, Any] | None:
    """Room for `size` numbers of the dtype of `like` on the host; None elsewhere, where a library keeps pools of its own."""
    return np.empty(size, like.dtype) if isinstance(like, np.ndarray) else None


def matmul_transposed(A: Array, B: Array, out: np.ndarray[Any, Any] | None) -> Array:
    """A Bᵀ, on the host into the beginning of a buffer: fresh pages would cost as much as the product."""
    if out is None:
        xp, dtype = namespace(A), A.dtype
        if compat.is_cupy_array(A) and os.environ.get("CUPY_TF32", "0") not in ("", "0"):
            A, B = as_float64(A), as_float64(B)  # CuPy has no public way to say no to TF32 for one product
        with full_precision(A):
            return xp.astype(A @ xp.matrix_transpose(B), dtype, copy=False)
    m, n = A.shape[0], B.shape[0]
    return np.matmul(A, B.T, out=out[: m * n].reshape(m, n))
