"""Progress of calls: a bar, a function that receives the progress of the whole call, or one for each finished block."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from typing import TypeVar

from gpu_smotetomek.progress.bar import ProgressBar, find_screen
from gpu_smotetomek.progress.meter import CallProgress, Meter, Tally

WAIT_SECONDS = 0.2  # between updates while no block finishes
UPDATE_SECONDS = 0.05  # least time between two calls of a function that receives the progress

T = TypeVar("T")
Progress = Callable[[str, int, int], None]
"""Receives the label of the work, the blocks done and their total."""
Update = Callable[[CallProgress], object]
"""Receives how far a call is."""


@dataclass
class Watch:
    """The functions and the bar that follow the calls of a thread.

    Attributes
    ----------
    callback : callable or None
        Receives each finished block.
    updates : tuple of callables
        Each receives the progress of the call.
    shows_bar : bool
        Whether a bar is shown.
    meter : Meter or None
        The progress of the call that runs; None while none does, and where only blocks are followed.
    bar : ProgressBar or None
        The bar of that call; None where none can be drawn.
    last_update : float
        Time of the last calls of `updates`.
    """

    callback: Progress | None = None
    updates: tuple[Update, ...] = ()
    shows_bar: bool = False
    meter: Meter | None = None
    bar: ProgressBar | None = None
    last_update: float = 0.0

    @property
    def follows_calls(self) -> bool:
        """Whether the progress of whole calls is of use."""
        return bool(self.updates) or self.shows_bar

    def send(self, *, at_once: bool = False) -> None:
        """Call all `updates`, unless that was done a moment ago; with `at_once`, in any case."""
        if not self.updates or self.meter is None:
            return
        seconds = time.perf_counter()
        if at_once or seconds - self.last_update >= UPDATE_SECONDS:
            self.last_update = seconds
            state = self.meter.read()
            for update in self.updates:
                update(state)


_watch: ContextVar[Watch | None] = ContextVar("progress_watch", default=None)


def follow_blocks(label: str, total: int) -> BlockProgress | None:
    """The reports of `total` blocks of work; None outside of a `progress` block."""
    watch = _watch.get()
    return None if watch is None else BlockProgress(watch, label, total)


def begin_step(name: str) -> None:
    """Begin the next step of the call that is followed; nothing follows where the name is empty."""
    watch = _watch.get()
    if watch is not None and watch.meter is not None and name:
        watch.meter.begin_part(name)
        watch.send(at_once=True)


@contextmanager
def watch_calls(callback: Progress | None, update: Update | None) -> Iterator[None]:
    """`progress`, whose parameters these are."""
    updates = () if update is None else (update,)
    outer, shows_bar = _watch.get(), callback is None and update is None
    if shows_bar and outer is not None and outer.shows_bar and outer.meter is not None:
        yield  # within a call whose bar is shown
        return
    token = _watch.set(Watch(callback, updates, shows_bar=shows_bar))
    try:
        yield
    finally:
        _watch.reset(token)


@contextmanager
def suppress_progress() -> Iterator[None]:
    """Suppress the functions that receive the progress: user code must not run while a lock is held. Blocks are still counted."""
    watch = _watch.get()
    with count_blocks(None if watch is None else watch.meter):
        yield


@contextmanager
def count_blocks(meter: Meter | None) -> Iterator[None]:
    """Count blocks on this thread for a meter, without calls of functions."""
    token = _watch.set(None if meter is None else Watch(meter=meter))
    try:
        yield
    finally:
        _watch.reset(token)


@contextmanager
def follow_call(name: str, update: Update | None = None) -> Iterator[Meter | None]:
    """Follow a call, or a call within a call.

    Parameters
    ----------
    name : str
        Name of the call.
    update : callable or None, default=None
        Receives the progress too, where the call is the outermost one.

    Yields
    ------
    Meter or None
        Takes the parts of the call; None where the progress is not followed.
    """
    watch = _watch.get()
    if watch is not None and watch.meter is not None:
        with _follow_inner(watch.meter, name) as inner:
            yield inner
    elif update is not None or (watch is not None and watch.follows_calls):
        with _follow_outermost(watch or Watch(), name, () if update is None else (update,)) as meter:
            yield meter
    else:
        yield None


@contextmanager
def _follow_inner(meter: Meter, name: str) -> Iterator[Meter | None]:
    if not meter.is_of_this_thread:  # the context was copied to another thread, whose call runs beside the followed one
        yield None
        return
    meter.open_span(name)
    try:
        yield meter
    finally:
        meter.close_span()


@contextmanager
def _follow_outermost(watch: Watch, name: str, updates: tuple[Update, ...]) -> Iterator[Meter]:
    meter, screen = Meter(name), find_screen() if watch.shows_bar else None
    bar = None if screen is None else ProgressBar(meter, screen)
    watch = replace(watch, updates=(*watch.updates, *updates), meter=meter, bar=bar, last_update=0.0)
    token = _watch.set(watch)
    try:
        with nullcontext() if bar is None else bar:
            yield meter
        meter.close_span()
        watch.send(at_once=True)
    finally:
        _watch.reset(token)


def clear_bar() -> None:
    """Remove the bar for a moment, before a line is printed."""
    watch = _watch.get()
    if watch is not None and watch.bar is not None:
        watch.bar.clear()


def end_bar() -> None:
    """Remove the bar for good, before the result of a command is printed."""
    watch = _watch.get()
    if watch is not None and watch.bar is not None:
        watch.bar.end()


@dataclass
class BlockProgress:
    """Reports the blocks of one piece of work.

    Parameters
    ----------
    watch : Watch
    label : str
        Name of the work.
    total : int
        Number of blocks.
    """

    watch: Watch
    label: str
    total: int
    done: int = 0
    tally: Tally | None = field(init=False)

    def __post_init__(self) -> None:
        self.tally = None if self.watch.meter is None else self.watch.meter.begin_blocks(self.total)

    def run(self, function: Callable[[], T]) -> T:
        """Run a block, on any thread, and count it."""
        meter, tally = self.watch.meter, self.tally
        if meter is None or tally is None:
            return function()
        meter.begin_block(tally)
        result = function()
        meter.end_block(tally)
        return result

    def report(self) -> None:
        """Report one more finished block to the functions, on the thread of the caller."""
        self.done += 1
        if self.watch.callback is not None:
            self.watch.callback(self.label, self.done, self.total)
        self.watch.send()

    def report_each(self, finished: SimpleQueue[bool]) -> None:
        """Report all blocks as they finish on other threads; end early if one failed.

        Parameters
        ----------
        finished : SimpleQueue of bool
            An entry for each block: whether it finished.
        """
        while self.done < self.total:
            try:
                if not finished.get(timeout=WAIT_SECONDS if self.watch.updates else None):
                    return
                self.report()
            except Empty:
                self.watch.send()
