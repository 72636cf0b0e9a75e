"""`Meter`: how far a call is, as one fraction over all its parts.

The fraction is the time that has passed, divided by that time and the estimate of what is left. The estimate starts from the
seconds that the parts are expected to take, and follows the rate at which blocks of work are finished.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

UNFINISHED_AT_MOST = 0.999  # the fraction is 1 only at the end of the call
NESTED_SHARE = 0.9  # of what is left of a block: the most that blocks within it fill
TRUST_SHARE, TRUST_SECONDS = (
    0.25,
    0.2,
)  # of the estimates: so much time must pass before the measured speed outweighs them

Clock = Callable[[], float]


@dataclass(frozen=True)
class CallProgress:
    """How far a call is.

    Attributes
    ----------
    call : str
        Name of the call, such as 'SMOTETomek'.
    step : str
        Name of the step that runs now, such as 'tomek'.
    fraction : float
        Finished part of the call, from 0 to 1; it never falls.
    seconds : float
        Time since the start of the call.
    seconds_left : float or None
        Estimate of the time until the end; None before there is one.

    Examples
    --------
    >>> from gpu_smotetomek import TomekLinks, progress
    >>> states = []
    >>> with progress(update=states.append):
    ...     _ = TomekLinks().fit_resample([[0.0], [1.0], [3.0], [4.0]], [0, 1, 1, 1])
    >>> states[-1].call, states[-1].fraction, states[-1].seconds_left
    ('TomekLinks', 1.0, 0.0)
    """

    call: str
    step: str
    fraction: float
    seconds: float
    seconds_left: float | None


def expect_rest(estimate: float, passed: float) -> float:
    """Time until the end of a part that has run for `passed` seconds.

    It falls with the time until half of the estimate, and then ever more slowly: the part may take longer than estimated.

    Examples
    --------
    >>> [expect_rest(8.0, passed) for passed in (0.0, 2.0, 4.0, 8.0, 16.0)]
    [8.0, 6.0, 4.0, 2.0, 1.0]
    """
    return estimate - passed if 2 * passed <= estimate else estimate**2 / (4 * passed)


@dataclass
class Tally:
    """Finished blocks of one piece of work, with parts of the blocks that run."""

    total: int
    start: float
    last: float
    done: int = 0
    filled: dict[int, float] = field(default_factory=dict)  # by thread: the finished part of its block

    @property
    def fraction(self) -> float:
        return min(1.0, (self.done + sum(self.filled.values())) / max(1, self.total))

    def seconds_left(self, now: float) -> float:
        """Time until the last block at the rate so far, less the time since the last report; 0 before a first one."""
        fraction = self.fraction
        if not fraction:
            return 0.0
        return max(0.0, (self.last - self.start) * (1 - fraction) / fraction - (now - self.last))


@dataclass
class Span:
    """The parts of a call, or of a call within a call.

    Estimates are seconds, or shares of unknown seconds, of which the time that has passed shows how long one lasts.
    """

    call: str
    is_in_seconds: bool
    start: float
    is_planned: bool = False  # whether the parts are known
    parts: deque[tuple[str, float]] = field(default_factory=deque)
    step: str = ""
    estimate: float = 0.0
    spent: float = 0.0  # in earlier parts
    finished: float = 0.0  # estimates of earlier parts

    def begin_part(self, step: str, now: float) -> None:
        """End the part that runs. Begin the next part of this name; where there is none, one without an estimate."""
        self.spent, self.finished = self.spent + now - self.start, self.finished + self.estimate
        self.start, self.step, self.estimate = now, step, 0.0
        if any(name == step for name, _ in self.parts):
            while (part := self.parts.popleft())[0] != step:
                pass
            self.estimate = part[1]

    def seconds_left(self, now: float, inner: float | None, by_rate: float) -> float | None:
        """Time until the end of the last part; None before there is an estimate.

        Parameters
        ----------
        now : float
        inner : float or None
            Estimate of what is left of a call that runs within this part; None where there is none.
        by_rate : float
            The same of the blocks that run.
        """
        has_estimate = self.is_planned and (self.is_in_seconds or self.finished > 0)
        if inner is None and not has_estimate:
            return None
        later, passed = sum(estimate for _, estimate in self.parts), now - self.start
        trust = 0.0
        if self.is_in_seconds:
            trust = TRUST_SECONDS + TRUST_SHARE * (self.finished + self.estimate + later)
        if inner is None:
            slowness = (self.spent + trust) / (self.finished + trust) if self.finished + trust else 0.0
            inner = max(by_rate, expect_rest(self.estimate * slowness, passed))
        begun = self.finished + self.estimate + trust
        slowness = (self.spent + passed + inner + trust) / begun if begun else 0.0
        return inner + slowness * later


class Meter:
    """The progress of one call, with all calls within it.

    Parameters
    ----------
    call : str
        Name of the outermost call.
    clock : callable
        Returns seconds.
    """

    def __init__(self, call: str, clock: Clock = time.perf_counter) -> None:
        self.clock, self._thread = clock, threading.get_ident()
        self._lock = threading.Lock()
        self._start = clock()
        self._spans = [Span(call, True, self._start)]
        self._tally: Tally | None = None
        self._largest = 0.0

    @property
    def is_of_this_thread(self) -> bool:
        """Whether the call runs on the present thread."""
        return threading.get_ident() == self._thread

    def open_span(self, call: str) -> None:
        """Begin a call within the present part."""
        with self._lock:
            self._spans.append(Span(call, True, self.clock()))
            self._tally = None

    def close_span(self) -> None:
        """End the innermost call."""
        with self._lock:
            self._tally = None
            if len(self._spans) > 1:
                self._spans.pop()
            else:
                self._largest = 1.0

    def expect(self, parts: Iterable[tuple[str, float]], *, in_seconds: bool = True) -> None:
        """Set the parts of the innermost call that follow the present one, each with its estimate."""
        with self._lock:
            span = self._spans[-1]
            span.parts, span.is_in_seconds, span.is_planned = deque(parts), in_seconds, True

    def begin_part(self, step: str) -> None:
        """End the present part of the innermost call, and begin the next one of this name."""
        with self._lock:
            self._spans[-1].begin_part(step, self.clock())
            self._tally = None

    def begin_blocks(self, total: int) -> Tally | None:
        """Begin work of `total` blocks on this thread; None where a worker thread begins it outside of a block."""
        thread, now = threading.get_ident(), self.clock()
        with self._lock:
            if self._tally is not None and thread in self._tally.filled:
                return Tally(total, now, now)
            if thread != self._thread:
                return None
            self._tally = Tally(total, now, now)
            return self._tally

    def begin_block(self, tally: Tally | None) -> None:
        """Begin a block on this thread; the blocks of work within it fill it."""
        if tally is not None:
            with self._lock:
                if tally is self._tally:
                    tally.filled[threading.get_ident()] = 0.0

    def end_block(self, tally: Tally | None) -> None:
        """End a block on this thread."""
        if tally is None:
            return
        thread = threading.get_ident()
        with self._lock:
            now = self.clock()
            tally.done, tally.last = tally.done + 1, now
            outermost = self._tally
            if tally is outermost:
                tally.filled.pop(thread, None)
            elif outermost is not None and thread in outermost.filled:
                left = max(1, tally.total - tally.done + 1)
                outermost.filled[thread] += (1 - outermost.filled[thread]) * NESTED_SHARE / left
                outermost.last = now

    def read(self) -> CallProgress:
        """How far the call is now."""
        with self._lock:
            now = self.clock()
            by_rate = self._tally.seconds_left(now) if self._tally is not None else 0.0
            left: float | None = None
            for span in reversed(self._spans):
                left = span.seconds_left(now, left, by_rate)
            outermost, seconds = self._spans[0], now - self._start
            if self._largest == 1.0:
                left = 0.0
            elif left is not None:
                self._largest = max(
                    self._largest, min(UNFINISHED_AT_MOST, seconds / (seconds + left) if seconds else 0.0)
                )
            step = next((span.step for span in reversed(self._spans) if span.step), "")
            return CallProgress(outermost.call, step, self._largest, seconds, left)
