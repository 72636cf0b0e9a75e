"""Squared distances, norms and matrix products; float64 distances have the same bits in every library."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gpu_smotetomek.arrays.dispatch import as_float64, is_cupy, is_torch, namespace
from gpu_smotetomek.typing import Array, Floats

REDUCE_UP_TO_PAIRS = 1024  # for more pairs, a call of NumPy for each feature costs little beside its work
REDUCE_BYTES = 2**18  # squared differences of a block of features, which stay in the cache


def sq_distances(A: Array, B: Array) -> Array:
    """Return squared Euclidean distances between columns: the sum over the first axis of (A - B)²; the other axes broadcast.

    Differences are taken directly in float64 and added in the order of the features, with separate multiplications and
    additions: every block, thread and device gets the same bits. `sum`, `einsum` and fused multiply-adds give other bits.
    """
    if isinstance(A, np.ndarray):
        shape = np.broadcast_shapes(A.shape[1:], B.shape[1:])
        if 0 < math.prod(shape) <= REDUCE_UP_TO_PAIRS:
            return _reduce_sq_differences(A, B, shape)
        total = np.zeros(shape)
        difference = np.empty_like(total)
        for a, b in zip(A, B, strict=True):
            np.subtract(a, b, out=difference)
            np.multiply(difference, difference, out=difference)
            np.add(total, difference, out=total)
        return total
    result: Array = 0.0
    for feature in range(A.shape[0]):
        difference = A[feature, ...] - B[feature, ...]
        result = result + difference * difference
    return result


def _reduce_sq_differences(A: Floats, B: Floats, shape: tuple[int, ...]) -> Floats:
    """Return `sq_distances` of few pairs, many features at a time: a call of NumPy for each feature would take longer.

    A reduction along the first axis adds one row after another to the sum. Along contiguous numbers, as those of a single pair
    are, NumPy adds in another order, but `accumulate` keeps it.
    """
    d, n_pairs = len(A), math.prod(shape)
    size = max(1, REDUCE_BYTES // (8 * n_pairs))
    squares = np.zeros((min(d, size) + 1, *shape))  # the first row holds the sum so far
    flat = squares.reshape(len(squares), -1)
    for start in range(0, d, size):
        block = slice(start, min(d, start + size))
        stop = block.stop - start + 1
        np.subtract(A[block], B[block], out=squares[1:stop])
        np.multiply(squares[1:stop], squares[1:stop], out=squares[1:stop])
        flat[0] = np.add.reduce(flat[:stop], axis=0) if n_pairs > 1 else np.add.accumulate(flat[:stop], axis=0)[-1]
    total: Floats = squares[0].copy()
    return total


def row_norms(X: Array) -> Array:
    """Return the Euclidean norms (m,) of rows, in float64, rounded up."""
    if isinstance(X, np.ndarray):
        return np.sqrt(np.einsum("ij,ij->i", X, X, dtype=np.float64)) * (1 + 2.0**-40)
    xp, X = namespace(X), as_float64(X)
    return xp.sqrt(xp.sum(X * X, axis=1)) * (1 + 2.0**-40)


def column_norms(columns: Array) -> Array:
    """Return the Euclidean norms (m,) of float64 columns (d, m), rounded up."""
    with np.errstate(over="ignore"):  # infinity is an upper bound, too
        return namespace(columns).sqrt(sq_distances(columns, columns * 0)) * (1 + 2.0**-40)


def sq_norms(X: Array) -> Array:
    """Return the squared norms (m,) of rows in their own dtype, summed in float64: two roundings."""
    if isinstance(X, np.ndarray):
        return np.einsum("ij,ij->i", X, X, dtype=np.float64).astype(X.dtype)
    xp = namespace(X)
    return xp.astype(xp.sum(X * X, axis=1, dtype=xp.float64), X.dtype)


def append_norms(X: Array, factor: int, *, norm_last: bool) -> Array:
    """Return rows (m, d + 2): `factor` times X, then 1 and the squared norm, or the squared norm and 1."""
    norms = sq_norms(X)
    if isinstance(X, np.ndarray):
        out = np.empty((len(X), X.shape[1] + 2), X.dtype)
        np.multiply(X, X.dtype.type(factor), out=out[:, :-2])
        out[:, -1 if norm_last else -2], out[:, -2 if norm_last else -1] = norms, 1
        return out
    xp = namespace(X)
    extra = [norms[:, None], xp.ones_like(X[:, :1])]
    return xp.concat([X * factor, *(reversed(extra) if norm_last else extra)], axis=1)


@dataclass
class FullPrecision:
    """Torch's precision of float32 products, which is that of the process: the last of overlapping calls restores it.

    Attributes
    ----------
    calls : int
        Calls that need the full precision now.
    setting : str
        The precision from before the first of them.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    calls: int = 0
    setting: str = "highest"

    @contextmanager
    def hold(self, like: Array) -> Iterator[None]:
        """Compute products in float32 inside the block, as no bound is proven for fewer digits; no change but for torch."""
        if not is_torch(like):
            yield
            return
        import torch

        with self.lock:
            if not self.calls:
                self.setting = torch.get_float32_matmul_precision()
                torch.set_float32_matmul_precision("highest")
            self.calls += 1
        try:
            yield
        finally:
            with self.lock:
                self.calls -= 1
                if not self.calls:
                    torch.set_float32_matmul_precision(self.setting)

    def reset_after_fork(self) -> None:
        """End the products of other threads of the parent process; its lock may be held forever."""
        self.lock = threading.Lock()
        if self.calls:
            import torch

            self.calls = 0
            torch.set_float32_matmul_precision(self.setting)


full_precision = FullPrecision()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=full_precision.reset_after_fork)


def allocate_tile(like: Array, size: int) -> np.ndarray[Any, Any] | None:
    """Allocate a buffer of `size` numbers of the dtype of `like` for NumPy; None for other libraries, which pool memory."""
    return np.empty(size, like.dtype) if isinstance(like, np.ndarray) else None


def matmul_transposed(A: Array, B: Array, out: np.ndarray[Any, Any] | None) -> Array:
    """Return A Bᵀ; NumPy writes it into the start of a buffer, since fresh memory pages cost as much as the product."""
    if out is not None:
        m, n = A.shape[0], B.shape[0]
        return np.matmul(A, B.T, out=out[: m * n].reshape(m, n))
    xp, dtype = namespace(A), A.dtype
    if is_cupy(A) and os.environ.get("CUPY_TF32", "0") not in ("", "0"):
        A, B = as_float64(A), as_float64(B)  # CuPy has no public switch that disables TF32 for one product
    with full_precision.hold(A):
        return xp.astype(A @ xp.matrix_transpose(B), dtype, copy=False)
