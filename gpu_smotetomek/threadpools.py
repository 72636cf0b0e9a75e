"""Process-wide limits on the thread pools of BLAS and OpenMP, and the threads that a call may use."""

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
    """Thread pools of libraries, which belong to the process: held for calls that overlap, given back after the last of them.

    What was found first is given back, and of libraries that were loaded meanwhile what was found then.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    calls: int = 0
    original_limits: dict[ThreadpoolController, Any] = field(default_factory=dict)

    @contextmanager
    def limit(self, **limits: Any) -> Iterator[None]:
        with self.lock:
            pools = _controller()
            self.original_limits.setdefault(pools, pools.limit(**limits))
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
    """Threads that `n_jobs` stands for: as in joblib, but None means all cores that the process may use."""
    if n_jobs == 0:
        raise ValueError("n_jobs == 0 has no meaning; give 1 thread or more, -1 for all cores, or None")
    return int(joblib.effective_n_jobs(-1 if n_jobs is None else n_jobs))


def _controller() -> ThreadpoolController:
    """The thread pools of the libraries that are loaded."""
    return _controller_with(faiss="faiss" in sys.modules)


@cache
def _controller_with(*, faiss: bool) -> ThreadpoolController:
    """Looking through the loaded libraries takes milliseconds, so it is done once, and again after FAISS brought its own."""
    del faiss
    return ThreadpoolController()
