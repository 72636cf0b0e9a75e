"""Thread counts, and process-wide limits on the thread pools of BLAS and OpenMP."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import joblib
from threadpoolctl import ThreadpoolController


@dataclass
class SharedLimits:
    """Process-wide limits on BLAS and OpenMP pools, shared by overlapping calls; the last call to finish restores them.

    Attributes
    ----------
    calls : int
        Calls that hold a limit now.
    original_limits : dict
        For each set of loaded libraries, the limits that were found when it was first seen.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    calls: int = 0
    original_limits: dict[ThreadpoolController, Any] = field(default_factory=dict)

    @contextmanager
    def limit(self, **limits: Any) -> Iterator[None]:
        """Apply limits, as `threadpoolctl.ThreadpoolController.limit` takes them, inside the block."""
        with self.lock:
            controller = _controller()
            self.original_limits.setdefault(controller, controller.limit(**limits))
            self.calls += 1
        try:
            yield
        finally:
            with self.lock:
                self.calls -= 1
                while self.original_limits and not self.calls:
                    self.original_limits.popitem()[1].restore_original_limits()


shared_limits = SharedLimits()


def count_threads(n_jobs: int | None) -> int:
    """Number of threads for `n_jobs`, as joblib counts them; None means all cores that the process may use.

    Raises
    ------
    ValueError
        If `n_jobs` is 0.
    """
    if n_jobs == 0:
        raise ValueError("n_jobs == 0 has no meaning; give 1 thread or more, -1 for all cores, or None")
    return int(joblib.effective_n_jobs(-1 if n_jobs is None else n_jobs))


def usable_cores() -> int:
    """Number of cores that the process may use now."""
    return count_threads(None)


def _controller() -> ThreadpoolController:
    """The thread pools of all libraries that are loaded now."""
    return _controller_with(faiss="faiss" in sys.modules)


@cache
def _controller_with(*, faiss: bool) -> ThreadpoolController:
    """Inspect the loaded libraries; it takes milliseconds, so once before and once after FAISS brings its own."""
    del faiss
    return ThreadpoolController()
