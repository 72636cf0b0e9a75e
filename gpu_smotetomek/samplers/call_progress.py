"""The stages of a call: their seconds for its record, its progress, and scikit-learn's callbacks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.progress import Meter, follow_call, progress
from gpu_smotetomek.resampling import Batch
from gpu_smotetomek.samplers.call_record import Stopwatch
from gpu_smotetomek.samplers.fit_callbacks import follow_with_callbacks
from gpu_smotetomek.samplers.step_estimates import RESTORE, estimate_parts

if TYPE_CHECKING:
    from gpu_smotetomek.samplers.base import Sampler


class Stages:
    """The stages of a call, which follow one another: 'enter', 'resample' and 'restore'.

    Parameters
    ----------
    sampler : Sampler
        The outermost sampler.
    meter : Meter or None
        The progress of the call, where it is followed.
    """

    def __init__(self, sampler: Sampler, meter: Meter | None) -> None:
        self._sampler, self._meter, self._stopwatch = sampler, meter, Stopwatch()

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds of each stage that has ended."""
        return self._stopwatch.seconds

    def begin_steps(self, batch: Batch, ctx: ExecutionContext) -> None:
        """End 'enter'; the steps follow."""
        self._stopwatch.split("enter")
        if self._meter is not None:
            self._meter.expect(estimate_parts(self._sampler, batch, ctx))

    def begin_restoring(self) -> None:
        """End 'resample'."""
        self._stopwatch.split("resample")
        if self._meter is not None:
            self._meter.begin_part(RESTORE)

    def end(self) -> None:
        """End 'restore'."""
        self._stopwatch.split("restore")


@contextmanager
def follow_resampling(sampler: Sampler, X: Any, y: Any) -> Iterator[Stages]:
    """The stages of a call of `fit_resample` with this input."""
    with follow_with_callbacks(sampler, X, y) as tasks:
        update = None if tasks is None else tasks.update
        with follow_call(type(sampler).__name__, update) as meter:
            yield Stages(sampler, meter)


@contextmanager
def follow_steps(sampler: Sampler, batch: Batch, ctx: ExecutionContext, factor: float = 1.0) -> Iterator[None]:
    """Follow the steps of a sampler on a batch that is there already; they take `factor` times the usual time."""
    with follow_call(type(sampler).__name__) as meter:
        if meter is not None:
            meter.expect((name, factor * seconds) for name, seconds in estimate_parts(sampler, batch, ctx))
        yield


def show_bar(shows_bar: bool) -> AbstractContextManager[None]:
    """A `progress` block with a bar, or none."""
    return progress() if shows_bar else nullcontext()
