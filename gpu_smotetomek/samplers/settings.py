"""The execution parameters of a sampler (backend, device, memory, threads) and the execution context that they make."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import Any

import numpy as np

from gpu_smotetomek.arrays import cuda_probe, dispatch
from gpu_smotetomek.errors import DeviceUnavailable, suggest
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import check_backend
from gpu_smotetomek.samplers._sklearn import Interval
from gpu_smotetomek.typing import Array

MOVE_TO_GPU_FROM_PAIRS = 1e9  # pairs of rows from which moving data of the host to a GPU pays

MIN_MEMORY_LIMIT = 2**20
"""Least bytes of work space: with less, blocks of rows are so small that the work takes hundreds of times as long."""

EXECUTION_PARAMETERS: dict[str, list[Any]] = {
    "backend": [str],
    "device": [str],
    "memory_limit": [Interval(Integral, 1, None, closed="left"), None],
}


def make_context(sampler: Any, device: str) -> ExecutionContext:
    """The context of a call of `sampler`, whose work runs on `device`."""
    return ExecutionContext(device=device).narrow(**_own_parameters(sampler))


def context_for_step(
    ctx: ExecutionContext, name: str, step: Any, X: Array, *, is_mixed: bool = False
) -> ExecutionContext:
    """Narrow a context to the parameters that a step of a chain sets itself.

    Raises
    ------
    ValueError
        If the step names another device than that of the data, or a backend that cannot search X.
    BackendUnavailable
        If its backend cannot run here.
    """
    device = getattr(step, "device", "auto")
    if dispatch.canonical_device(device) not in ("auto", ctx.device):
        raise ValueError(
            f"step {name!r} has device={device!r}, but the data is on {ctx.device!r}: the device of the outermost object "
            f"holds for all steps; give device={device!r} there"
        )
    ctx = ctx.narrow(**_own_parameters(step))
    check_backend(ctx, X, is_mixed=is_mixed)
    return ctx


def _own_parameters(sampler: Any) -> dict[str, Any]:
    defaults = {"backend": "auto", "memory_limit": None, "n_jobs": None}
    check_memory_limit(getattr(sampler, "memory_limit", None))
    return {name: getattr(sampler, name, default) for name, default in defaults.items()}


def check_memory_limit(memory_limit: int | None) -> None:
    """Raise if there is less work space than a search needs to be of use.

    Raises
    ------
    ValueError
        With the least value.
    """
    if memory_limit is not None and memory_limit < MIN_MEMORY_LIMIT:
        raise ValueError(
            f"memory_limit={memory_limit} is a number of bytes, and {MIN_MEMORY_LIMIT:,} (1 MiB) is the least, as less makes the "
            f"work take hundreds of times as long; give memory_limit={MIN_MEMORY_LIMIT} or more, or None for 256 MiB"
        )


def resolve_device(device: str, X: Array, count_pairs: Callable[[], float]) -> str:
    """The device on which the work runs: that of X, or another one if it is requested or pays.

    Parameters
    ----------
    device : str
        'auto', 'cpu', 'cuda' or 'cuda:N'.
    X : array
    count_pairs : callable
        Returns the number of pairs of rows to compare.

    Raises
    ------
    ValueError
        If `device` is no device, or X would have to leave its own.
    DeviceUnavailable
        If the device cannot be used.
    """
    current, requested = dispatch.device_name(X), dispatch.canonical_device(device)
    reason = reason_not_to_move(X)
    if requested == "auto":
        # the number of rows bounds that of the pairs, so a GPU is looked for only where it may pay
        may_pay = reason is None and 4 * float(X.shape[0]) ** 2 >= MOVE_TO_GPU_FROM_PAIRS
        pays = may_pay and cuda_probe.is_usable("cuda") and count_pairs() >= MOVE_TO_GPU_FROM_PAIRS
        return "cuda" if pays else current
    if requested == current:
        return current
    is_cuda = requested == "cuda" or (requested.startswith("cuda:") and requested[5:].isdigit())
    if requested != "cpu" and not is_cuda:
        hint = suggest(device.lower().replace("gpu", "cuda"), ["auto", "cpu", "cuda"])
        raise ValueError(
            f"device={device!r} is no device; choose 'auto', 'cpu', 'cuda' or 'cuda:N'{'; ' if hint else ''}{hint}"
        )
    if reason is not None:
        raise ValueError(f"device={device!r} was asked for, and {reason}; or give device='auto'")
    if not cuda_probe.is_usable(requested):
        raise DeviceUnavailable(
            f"device={device!r} was asked for and cannot be used. {cuda_probe.explain_unusable(requested)}"
        )
    return requested


def reason_not_to_move(X: Array) -> str | None:
    """Why a matrix is not moved to a GPU, with the remedy; None if it may be moved."""
    if not dispatch.is_numpy_or_sparse(X):
        return f"X is on {dispatch.device_name(X)!r}, from where nothing is moved unasked: move X there yourself"
    if dispatch.is_sparse(X):
        return "X is sparse: sparse matrices are searched on the host only, make it dense with X.toarray() if there is room"
    if X.dtype == np.longdouble:
        return "X is of longdouble, which no GPU has: convert it to float64"
    return None
