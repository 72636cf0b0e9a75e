"""The means of one call: backend, device, memory and threads, as the outermost object sets them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval

from gpu_smotetomek.arrays import cuda_probe, dispatch
from gpu_smotetomek.arrays.dispatch import ArrayKind
from gpu_smotetomek.errors import DeviceUnavailable
from gpu_smotetomek.execution import DEFAULT_MEMORY_LIMIT, ExecutionContext
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.threadpools import count_threads


@dataclass(frozen=True)
class Call:
    """Means of one call, as the outermost object sets them and its steps inherit them."""

    backend: str = "auto"
    device: str = "auto"
    memory_limit: int | None = None
    threads: int = 1
    kind: ArrayKind = ArrayKind.NUMPY
    lent: bool = False  # rows of torch are CuPy's meanwhile
    through: str | None = None  # the device that rows which stay on the host go through in blocks

    def inherited(self, step: Any, name: str) -> Call:
        """For a step: its own means where it names some, else these.

        Raises
        ------
        ValueError
            If it names a device that is not the one the data is on, or a backend that cannot search there.
        """
        device = getattr(step, "device", "auto")
        if dispatch.canonical_device(device) not in ("auto", self.device):
            raise ValueError(
                f"step {name!r} has device={device!r}, but the data is on {self.device!r}: the device of the outermost object "
                f"holds for all steps; give device={device!r} there"
            )
        means = replace(
            self,
            backend=self.backend if getattr(step, "backend", "auto") == "auto" else step.backend,
            memory_limit=self.memory_limit if getattr(step, "memory_limit", None) is None else step.memory_limit,
            threads=self.threads if getattr(step, "n_jobs", None) is None else count_threads(step.n_jobs),
        )
        means.engine()
        return means

    def work(self) -> ExecutionContext:
        limit = DEFAULT_MEMORY_LIMIT if self.memory_limit is None else int(self.memory_limit)
        return ExecutionContext(limit, self.threads, self.kind)

    def engine(self) -> SearchSelector:
        return SearchSelector(self.work(), self.backend, stream_device=self.through)


MOVE_TO_GPU_FROM_PAIRS = 1e9  # pairs of rows from which data on the host is worth the way to a GPU

EXECUTION_PARAMETERS: dict[str, list[Any]] = {
    "backend": [str],
    "device": [str],
    "memory_limit": [Interval(Integral, 1, None, closed="left"), None],
}


def resolve_device(device: str, X: Any, n_pairs: Callable[[], float]) -> str:
    """The device that the work runs on: where X is, unless it is on the host and another is asked for, or is worth the way.

    Parameters
    ----------
    device : str
    X : array
    n_pairs : callable
        Tells how many pairs of rows are to be looked at.

    Raises
    ------
    ValueError
        If the name is not one of a device, or X would have to leave its own.
    DeviceUnavailable
        If the device is not there.
    """
    at, asked = dispatch.device_name(X), dispatch.canonical_device(device)
    stays = reason_not_to_move(X)
    if asked == "auto":
        large = (
            4 * float(X.shape[0]) ** 2 >= MOVE_TO_GPU_FROM_PAIRS
        )  # no fewer than the pairs: the GPU is looked for only where it may matter
        worth = stays is None and large and cuda_probe.is_usable("cuda") and n_pairs() >= MOVE_TO_GPU_FROM_PAIRS
        return "cuda" if worth else at
    if asked == at:
        return at
    if asked != "cpu" and not (asked == "cuda" or (asked.startswith("cuda:") and asked[5:].isdigit())):
        raise ValueError(f"device={device!r} is no device; choose 'auto', 'cpu', 'cuda' or 'cuda:N'")
    if stays is not None:
        raise ValueError(f"device={device!r} was asked for, and {stays}; or give device='auto'")
    if not cuda_probe.is_usable(asked):
        raise DeviceUnavailable(
            f"device={device!r} was asked for and cannot be used. {cuda_probe.explain_unusable(asked)}"
        )
    return asked


def reason_not_to_move(X: Any) -> str | None:
    """Why a matrix is not moved to a GPU, and the remedy; None if it may be."""
    if not dispatch.is_numpy_or_sparse(X):
        return f"X is on {dispatch.device_name(X)!r}, from where nothing is moved unasked: move X there yourself"
    if dispatch.is_sparse(X):
        return "X is sparse: sparse matrices are searched on the host only, make it dense with X.toarray() if there is room"
    if X.dtype == np.longdouble:
        return "X is of longdouble, which no GPU has: convert it to float64"
    return None
