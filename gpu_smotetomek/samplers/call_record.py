"""Record of a call of `fit_resample`, which the sampler keeps without the rows."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gpu_smotetomek.arrays import dispatch, matrices
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.resampling import Batch, Lineage, Provenance
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
    """Record of what a call did.

    Attributes
    ----------
    provenance : Provenance
        Where the rows of the result come from, and the records of the steps.
    lineage : Lineage
        Parents of all synthetic rows, dropped ones included.
    classes : array (n_classes,)
        Labels, sorted.
    input_counts : int array (n_classes,)
        Rows of each class in the input.
    exponent : int
        Distances in scaled units are those of X times 2**exponent.
    n_features : int
        Features that distances are made of.
    dtypes : tuple of dtypes
        Those of the numeric features, where they differ; else that of all of them.
    is_mixed : bool
        Whether some features are categories.
    device : str
        Device on which the work ran.
    n_threads : int
        Threads that might run at once.
    memory_limit : int
        Bytes of work space.
    input_bytes : int
        Bytes of the features of the input.
    result_bytes : int
        Bytes of the features of the result.
    seconds : mapping
        Seconds of the stages 'enter', 'resample' and 'restore'; those of each step are in its record.
    """

    provenance: Provenance
    lineage: Lineage
    classes: Labels
    input_counts: Integers
    exponent: int
    n_features: int
    dtypes: tuple[np.dtype[Any], ...]
    is_mixed: bool
    device: str
    n_threads: int
    memory_limit: int
    input_bytes: int
    result_bytes: int
    seconds: Mapping[str, float]

    @classmethod
    def from_batch(
        cls, batch: Batch, initial: Batch, ctx: ExecutionContext, seconds: Mapping[str, float]
    ) -> CallRecord:
        """The record of the call that ended with this batch, and began with the initial one."""
        return cls(
            Provenance.from_batch(batch),
            batch.lineage,
            batch.classes,
            initial.class_counts,
            batch.scaled.exponent,
            batch.scaled.d,
            batch.dtypes or (dispatch.numpy_dtype(batch.X),),
            batch.scaled.is_mixed,
            ctx.device,
            ctx.n_threads,
            ctx.memory_limit,
            matrices.count_bytes(initial.X),
            matrices.count_bytes(batch.X),
            seconds,
        )
