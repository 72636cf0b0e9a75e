"""The progress bar: one line on a terminal, or one output in a notebook, that a thread draws again several times a second."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass, field
from html import escape
from shutil import get_terminal_size
from types import TracebackType
from typing import Any, Protocol, TextIO

from gpu_smotetomek.progress.meter import CallProgress, Meter

SHOW_AFTER_SECONDS = 0.5
DRAW_EVERY_SECONDS = 0.2
BAR_WIDTH, MIN_BAR_WIDTH = 30, 5  # in characters
NARROW_TERMINAL = 40


class Screen(Protocol):
    """A place that shows a bar."""

    def draw(self, state: CallProgress) -> None:
        """Show a state in the place of the last one."""

    def clear(self) -> None:
        """Remove what is shown."""


@dataclass
class Terminal:
    """One line of a terminal, which a carriage return begins again."""

    stream: TextIO
    width: int = 80

    def draw(self, state: CallProgress) -> None:
        """Show a state in the place of the last one."""
        line = format_line(state, self.width - 1, self.stream.encoding or "ascii")
        self.stream.write(f"\r\x1b[K{line}")
        self.stream.flush()

    def clear(self) -> None:
        """Remove the line."""
        self.stream.write("\r\x1b[K")
        self.stream.flush()


@dataclass
class Notebook:
    """One output of a notebook cell, which is replaced.

    Parameters
    ----------
    display : callable
        `IPython.display.display`.
    """

    display: Callable[..., Any]
    handle: Any = None

    def draw(self, state: CallProgress) -> None:
        """Show a state in the place of the last one."""
        text = describe(state)
        html = f'<progress value="{state.fraction:.3f}" max="1"></progress> {escape(text)}'
        self._show({"text/plain": text, "text/html": html})

    def clear(self) -> None:
        """Make the output empty."""
        self._show({"text/plain": "", "text/html": ""})

    def _show(self, data: dict[str, str]) -> None:
        if self.handle is None:
            self.handle = self.display(data, raw=True, display_id=True)
        else:
            self.handle.update(data, raw=True)


def find_screen(stream: TextIO | None = None) -> Screen | None:
    """The notebook or the terminal that shows a bar; None where neither is there, such as in a pipe.

    Parameters
    ----------
    stream : text file or None, default=None
        The stream of the terminal; None: standard error.
    """
    stream = sys.stderr if stream is None else stream
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if shell is not None and hasattr(shell, "kernel"):
        from IPython.display import display  # type: ignore[import-not-found,unused-ignore]

        return Notebook(display)
    if stream is None or not stream.isatty() or os.environ.get("TERM") == "dumb":
        return None
    width = get_terminal_size().columns
    return Terminal(stream, width) if width >= NARROW_TERMINAL else None


def format_seconds_left(seconds: float) -> str:
    """Whole seconds as minutes and seconds, or hours, minutes and seconds.

    Examples
    --------
    >>> format_seconds_left(7.2), format_seconds_left(3725.0)
    ('0:08', '1:02:05')
    """
    whole = -int(-seconds // 1)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def describe(state: CallProgress) -> str:
    """The state as text, without a bar."""
    step = f" {state.step}" if state.step else ""
    left = "" if state.seconds_left is None else f", about {format_seconds_left(state.seconds_left)} left"
    return f"{state.fraction:4.0%} {state.call}{step}{left}"


def format_line(state: CallProgress, width: int, encoding: str) -> str:
    """A bar and the state as text, in at most `width` characters.

    Examples
    --------
    >>> format_line(CallProgress("SMOTETomek", "tomek", 0.5, 3.0, 3.0), 60, "ascii")
    '##########-----------  50% SMOTETomek tomek, about 0:03 left'
    """
    full, empty = ("█", "░") if encoding.lower().startswith("utf") else ("#", "-")
    text = describe(state)
    length = max(MIN_BAR_WIDTH, min(BAR_WIDTH, width - len(text) - 1))
    n_full = int(length * state.fraction)
    return f"{full * n_full}{empty * (length - n_full)} {text}"[:width]


@dataclass
class ProgressBar:
    """Shows a meter on a screen while a `with` statement runs.

    Nothing is shown in the first half second. A thread draws the bar, so that it shows the passing time while one long piece of
    work runs.

    Parameters
    ----------
    meter : Meter
    screen : Screen
    """

    meter: Meter
    screen: Screen
    _ended: threading.Event = field(default_factory=threading.Event)
    _drawing: threading.Lock = field(default_factory=threading.Lock)
    _is_shown: bool = False

    def __enter__(self) -> None:
        context = copy_context()  # that of a notebook cell says where its output goes
        self._thread = threading.Thread(target=context.run, args=(self._draw_repeatedly,), daemon=True)
        self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def clear(self) -> None:
        """Remove what is shown until it is drawn again."""
        with self._drawing:
            if self._is_shown:
                self.screen.clear()
                self._is_shown = False

    def end(self) -> None:
        """Remove what is shown, and draw no more."""
        self._ended.set()
        self._thread.join()
        self.clear()

    def _draw_repeatedly(self) -> None:
        pause = SHOW_AFTER_SECONDS
        while not self._ended.wait(pause):
            with self._drawing:
                self.screen.draw(self.meter.read())
                self._is_shown = True
            pause = DRAW_EVERY_SECONDS
