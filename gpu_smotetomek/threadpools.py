"""Thread counts, and process-wide limits on the thread pools of BLAS and OpenMP."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import joblib
from joblib.parallel import get_active_backend
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads, _openmp_parallelism_enabled
from threadpoolctl import ThreadpoolController


@dataclass
class SharedLimits:
    """Process-wide limits on BLAS and OpenMP pools, shared by overlapping calls; the last call to finish restores them.

    Attributes
    ----------
    calls : int
        Calls that hold a limit now.
    original_limits : dict
        For each set of loaded libraries, the limits of BLAS that were found when it was first seen.
    is_forked : bool
        Whether the process was forked: several threads of GNU's OpenMP wait forever there if the parent process used them.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    calls: int = 0
    original_limits: dict[ThreadpoolController, Any] = field(default_factory=dict)
    is_forked: bool = False

    @contextmanager
    def limit(self, *, limits: int, user_api: str | None = None) -> Iterator[None]:
        """Apply a limit inside the block, on BLAS and OpenMP or on 'blas' only.

        BLAS has one number of threads for the process, OpenMP one for each thread of the process, which a BLAS that uses OpenMP
        changes, too: each call restores that of its own thread.
        """
        with self.lock:
            blas, openmp = _split_pools(_controller())
            of_this_thread = openmp.limit(limits=None)
            self.original_limits.setdefault(blas, blas.limit(limits=limits))
            self.calls += 1
        try:
            if user_api is None:
                openmp.limit(limits=limits)
            yield
        finally:
            with self.lock:
                self.calls -= 1
                while self.original_limits and not self.calls:
                    self.original_limits.popitem()[1].restore_original_limits()
                of_this_thread.restore_original_limits()

    def limit_scikit_learn(self) -> AbstractContextManager[None]:
        """Limit BLAS to one thread, where overlapping calls of scikit-learn would leave it, and OpenMP in a forked process."""
        return self.limit(limits=1) if self.is_forked else self.limit(limits=1, user_api="blas")

    def reset_after_fork(self) -> None:
        """Give back the limits of calls of the parent process, which never end in this one; its lock may be held forever."""
        self.lock, self.calls, self.is_forked = threading.Lock(), 0, True
        while self.original_limits:
            self.original_limits.popitem()[1].restore_original_limits()


shared_limits = SharedLimits()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=shared_limits.reset_after_fork)


def count_threads(n_jobs: int | None) -> int:
    """Number of threads for `n_jobs`: negative numbers count from all cores, and None follows the surroundings.

    For None, a number that `joblib.parallel_config` sets holds. Otherwise workers of joblib, Dask and multiprocessing have one
    thread, as their number already follows the cores. Other processes have as many as OpenMP may start: that is all cores, or
    fewer by `OMP_NUM_THREADS` or a limit of threadpoolctl.

    Raises
    ------
    ValueError
        If `n_jobs` is 0.
    """
    if n_jobs == 0:
        raise ValueError("n_jobs == 0 has no meaning; give 1 thread or more, -1 for all cores, or None")
    if n_jobs is not None:
        return int(n_jobs) if n_jobs > 0 else max(1, usable_cores() + 1 + int(n_jobs))
    if is_dask_worker():  # where joblib's number is that of the whole cluster
        return 1
    backend, configured_n_jobs = get_active_backend()
    if configured_n_jobs is not None:
        return count_threads(configured_n_jobs)
    if backend.nesting_level or multiprocessing.parent_process() is not None:
        return 1
    return min(usable_cores(), _openmp_threads())


def usable_cores() -> int:
    """Number of cores that the process may use now, by its affinity and its quota."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    return _count_cores(affinity, os.environ.get("LOKY_MAX_CPU_COUNT"))


@cache
def _count_cores(*changeable: object) -> int:
    """The cores as joblib counts them, which takes a twentieth of a millisecond; only the arguments change in a process."""
    del changeable
    return int(joblib.cpu_count())


def is_dask_worker() -> bool:
    """Whether a Dask worker runs the current thread."""
    distributed = sys.modules.get("distributed")  # loaded in every worker
    if distributed is None:
        return False
    try:
        distributed.get_worker()
    except ValueError:
        return False
    return True


def _openmp_threads() -> int:
    """Threads that scikit-learn's OpenMP may start from the current thread."""
    return int(_openmp_effective_n_threads(only_physical_cores=False)) if _openmp_parallelism_enabled() else sys.maxsize


def _controller() -> ThreadpoolController:
    """The thread pools of all libraries that are loaded now."""
    return _controller_with(faiss="faiss" in sys.modules)


@cache
def _controller_with(*, faiss: bool) -> ThreadpoolController:
    """Inspect the loaded libraries; it takes milliseconds, so once before and once after FAISS brings its own."""
    del faiss
    return ThreadpoolController()


@cache
def _split_pools(controller: ThreadpoolController) -> tuple[ThreadpoolController, ThreadpoolController]:
    """The pools of BLAS and those of OpenMP."""
    return controller.select(user_api="blas"), controller.select(user_api="openmp")
