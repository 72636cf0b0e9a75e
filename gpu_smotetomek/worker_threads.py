"""Worker threads of a call."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from typing import TypeVar

from gpu_smotetomek.address_space import get_free_address_space

MAX_POOL_THREADS = 2**10  # an upper end only: threads start on demand, at most n_threads at a time
ADDRESS_SPACE_OF_THREAD = 128 * 2**20
"""Bytes of a thread with the stack, the arena of malloc and the buffer of BLAS; without its buffer OpenBLAS ends the process."""

T = TypeVar("T")
_thread = threading.local()


def in_worker_thread() -> bool:
    """Whether the current thread belongs to the pool of an execution context."""
    return getattr(_thread, "is_worker", False)


def pop_or_none(items: deque[T]) -> T | None:
    """Remove and return the first item; None if another thread took the last one."""
    try:
        return items.popleft()
    except IndexError:
        return None


class ThreadPool:
    """The worker threads of one call; they start on demand and end with this object. A pickled copy starts its own."""

    def __getstate__(self) -> None:
        return None

    @cached_property
    def executor(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(MAX_POOL_THREADS, initializer=lambda: setattr(_thread, "is_worker", True))

    def _has_room(self) -> bool:
        """Whether a limit on the address space leaves room for another thread, beside those that have just started."""
        free = get_free_address_space()
        return free is None or free >= ADDRESS_SPACE_OF_THREAD * (1 + len(self.executor._threads))

    def submit(self, function: Callable[..., T], *arguments: object) -> Future[T] | None:
        """Run a function on another thread; None, and it is not run, where the system or its limits start no more threads."""
        if not self._has_room():
            return None
        future = Future[T]()

        def run() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(function(*arguments))
                except BaseException as error:
                    future.set_exception(error)

        try:
            self.executor.submit(run)
        except RuntimeError:  # the executor keeps `run`, which does nothing once the future is cancelled
            if future.cancel():
                return None
        return future
