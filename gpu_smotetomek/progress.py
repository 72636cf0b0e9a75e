"""Progress callbacks: a caller can follow the blocks that a call finishes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Progress = Callable[[str, int, int], None]
"""Receives the label of the work, the blocks done and their total."""

_callback: ContextVar[Progress | None] = ContextVar("progress_callback", default=None)


def current_callback() -> Progress | None:
    """The callback of the innermost `progress` block; None outside of one."""
    return _callback.get()


@contextmanager
def progress(callback: Progress) -> Iterator[None]:
    """Call `callback(label, done, total)` after every finished block of the calls made inside.

    Examples
    --------
    >>> from gpu_smotetomek import TomekLinks
    >>> from gpu_smotetomek.progress import progress
    >>> labels = set()
    >>> with progress(lambda label, done, total: labels.add(label)):
    ...     _ = TomekLinks(backend="xp").fit_resample([[0.0], [1.0], [3.0], [4.0]], [0, 1, 1, 1])
    >>> sorted(labels)
    ['distances', 'project', 'search', 'tiles']
    """
    token = _callback.set(callback)
    try:
        yield
    finally:
        _callback.reset(token)


@contextmanager
def suppress_progress() -> Iterator[None]:
    """Suppress progress callbacks: user code must not run while a lock is held."""
    token = _callback.set(None)
    try:
        yield
    finally:
        _callback.reset(token)
