"""What a call of `fit_resample` did: kept by the sampler, without the rows."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.resampling import Batch, Provenance
from gpu_smotetomek.typing import Integers, Labels


class Stopwatch:
    """Seconds of the stages of a call, which follow one another."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._start = time.perf_counter()

    def split(self, stage: str) -> None:
        """End a stage; the next one starts."""
        now = time.perf_counter()
        self.seconds[stage], self._start = now - self._start, now


@dataclass(frozen=True)
class CallRecord:
    """What a call did.

    Attributes
    ----------
    provenance : Provenance
        Where the rows of the result come from, and the records of the steps.
    classes : array (n_classes,)
        Labels, sorted.
    input_counts : int array (n_classes,)
        Rows of each class in the input.
    exponent : int
        Distances in scaled units times 2**exponent are those of X.
    n_features : int
        Features that distances are made of.
    device : str
        Device on which the work ran.
    n_threads : int
        Threads that might run at once.
    memory_limit : int
        Bytes of work space.
    seconds : mapping
        Seconds of the stages 'enter', 'resample' and 'restore'; those of each step are in its record.
    """

    provenance: Provenance
    classes: Labels
    input_counts: Integers
    exponent: int
    n_features: int
    device: str
    n_threads: int
    memory_limit: int
    seconds: Mapping[str, float]

    @classmethod
    def from_batch(
        cls, batch: Batch, input_counts: Integers, ctx: ExecutionContext, seconds: Mapping[str, float]
    ) -> CallRecord:
        """The record of the call that ended with this batch."""
        return cls(
            Provenance.from_batch(batch),
            batch.classes,
            input_counts,
            batch.scaled.exponent,
            batch.scaled.d,
            ctx.device,
            ctx.n_threads,
            ctx.memory_limit,
            seconds,
        )
