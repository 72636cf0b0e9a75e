"""Estimates of the seconds of the steps of a sampler, which weigh them in the progress of a call."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.resampling import Batch, estimate_cleaning, estimate_oversampling, estimate_restoring
from gpu_smotetomek.typing import Integers

if TYPE_CHECKING:
    from gpu_smotetomek.samplers.base import Sampler

RESTORE = "restore"
"""Name of the part after the last step."""


def estimate_parts(sampler: Sampler, batch: Batch, ctx: ExecutionContext) -> list[tuple[str, float]]:
    """Names and seconds of the steps of a sampler, in the order in which they run, and of restoring the result.

    Rows that cleaning removes are counted as if they stayed.
    """
    selector, originals, sizes = SearchSelector(ctx), batch.class_counts, batch.class_counts
    parts = []
    for name, step in flatten_steps(sampler._step_name, sampler):
        seconds, sizes = estimate_step(step, batch, originals, sizes, selector)
        parts.append((name, seconds))
    return [*parts, (RESTORE, estimate_restoring(batch.X, int(sizes.sum())))]


def flatten_steps(name: str, sampler: Any) -> list[tuple[str, Sampler]]:
    """Names and samplers of the steps in the order in which they run, those within steps included."""
    if not hasattr(sampler, "_list_steps"):
        return [(name, sampler)]
    return [part for inner, step in sampler._list_steps() for part in flatten_steps(inner, step)]


def estimate_step(
    step: Sampler, batch: Batch, originals: Integers, sizes: Integers, selector: SearchSelector
) -> tuple[float, Integers]:
    """Seconds of one step, and the sizes of the classes after it.

    Parameters
    ----------
    step : Sampler
    batch : Batch
        The input of the call.
    originals, sizes : int arrays (n_classes,)
        Rows of each class in the input, and before the step.
    selector : SearchSelector
    """
    n = int(sizes.sum())
    if step._sampling_type == "over-sampling":
        n_new = expect_growth(getattr(step, "sampling_strategy", "auto"), batch, sizes)
        if not step._reads_values:
            return estimate_restoring(batch.X, n + int(n_new.sum())), sizes + n_new
        seconds = estimate_oversampling(batch.scaled, sizes, n_new, selector)
        if step._searches_all_rows:
            seconds += selector.estimate(batch.scaled, n, max(1, int(sizes[n_new > 0].sum())))[1]
        return seconds + getattr(step, "_seconds_per_pair", 0.0) * n**2, sizes + n_new
    if not step._reads_values:
        return estimate_restoring(batch.X, n), sizes
    return estimate_cleaning(batch.scaled, originals, sizes, selector, all_pairs=step._searches_all_rows), sizes


def expect_growth(strategy: Any, batch: Batch, sizes: Integers) -> Integers:
    """About how many rows over-sampling adds to each class (n_classes,); a callable is taken for 'auto'."""
    largest, smallest = int(sizes.max()), int(sizes.argmin())
    if isinstance(strategy, Mapping):
        targets = np.array([strategy.get(label, 0) for label in batch.classes.tolist()], np.int64)
        return (targets - sizes).clip(0)
    share = float(strategy) if isinstance(strategy, Real) else 1.0
    n_new: Integers = np.maximum((share * largest - sizes).astype(np.int64), 0)
    if strategy == "minority":
        n_new[np.arange(len(sizes)) != smallest] = 0
    return n_new
