"""Progress callbacks: a caller can watch the tiles that a call finishes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Progress = Callable[[str, int, int], None]


_callback: ContextVar[Progress | None] = ContextVar("watcher", default=None)


@contextmanager
def progress(callback: Progress) -> Iterator[None]:
    """Tell `callback(stage, done, total)` of every finished tile of the calls made inside.

    Examples
    --------
    >>> from gpu_smotetomek import TomekLinks
    >>> from gpu_smotetomek.progress import progress
    >>> stages = set()
    >>> with progress(lambda stage, done, total: stages.add(stage)):
    ...     _ = TomekLinks(backend="xp").fit_resample([[0.0], [1.0], [3.0], [4.0]], [0, 1, 1, 1])
    >>> sorted(stages)
    ['centre', 'distances', 'search', 'tiles']
    """
    token = _callback.set(callback)
    try:
        yield
    finally:
        _callback.reset(token)


@contextmanager
def suppress_progress() -> Iterator[None]:
    """Nobody is told of the tiles done inside: where a lock is held, no caller's code may run."""
    token = _callback.set(None)
    try:
        yield
    finally:
        _callback.reset(token)
