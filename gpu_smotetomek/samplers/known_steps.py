"""Steps that draw nothing, run once for data that stays as it is; and the seeds of those that draw."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.memo import recall_for
from gpu_smotetomek.resampling import Batch
from gpu_smotetomek.samplers.base import Sampler


def find_seeds(sampler: Sampler) -> list[str]:
    """Names of the parameters that seed a sampler and its steps, such as `random_state` and `smote__random_state`."""
    params = sampler.get_params(deep=True)
    owners = {"": sampler, **{f"{name}__": value for name, value in params.items() if isinstance(value, Sampler)}}
    return [f"{prefix}random_state" for prefix in owners if f"{prefix}random_state" in params]


def run_step(name: str, step: Sampler, batch: Batch, ctx: ExecutionContext) -> Batch:
    """The batch after a step of this name; what a step without draws makes of known rows is computed once, and known then.

    The fitted attributes of the step are those of the first call.
    """
    memo = ctx.memo
    if memo is None or memo.find(batch) is None or find_seeds(step):
        return step._resample(batch, ctx)

    def run() -> tuple[Batch, dict[str, Any]]:
        # a later step may overwrite the rows of a batch that owns them
        resampled = replace(step._resample(batch, ctx), owns_rows=False)
        memo.add(resampled)
        return resampled, dict(vars(step))

    resampled, attributes = recall_for(memo, batch, lambda: ("step", name, type(step)), run)
    step.__dict__.update(attributes)
    return resampled
