"""Steps that draw nothing, run once for data that stays as it is; and the seeds of those that draw."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.memo import recall_for
from gpu_smotetomek.resampling import Batch
from gpu_smotetomek.samplers.adasyn import ADASYN
from gpu_smotetomek.samplers.base import Sampler
from gpu_smotetomek.samplers.borderline_smote import BorderlineSMOTE
from gpu_smotetomek.samplers.random_over_sampler import RandomOverSampler
from gpu_smotetomek.samplers.random_under_sampler import RandomUnderSampler
from gpu_smotetomek.samplers.smote import SMOTE


def find_seeds(sampler: Sampler) -> list[str]:
    """Names of the parameters that seed a sampler and its steps, such as `random_state` and `smote__random_state`."""
    params = sampler.get_params(deep=True)
    owners = {"": sampler, **{f"{name}__": value for name, value in params.items() if isinstance(value, Sampler)}}
    return [f"{prefix}random_state" for prefix in owners if f"{prefix}random_state" in params]


def has_fixed_size(sampler: Sampler) -> bool:
    """Whether the number of rows that a sampler returns for a table is the same for all seeds.

    It is where nothing is drawn, and where all drawn rows are counted by the strategy or by neighbours of known rows. Cleaning
    removes other rows for another seed. `SVMSMOTE` leaves out a share of the rows where one kind of support vector is missing.
    """
    if not find_seeds(sampler) or isinstance(sampler, (BorderlineSMOTE, ADASYN)):
        return True
    steps = [step for _, step in sampler.steps] if hasattr(sampler, "steps") else [sampler]
    return all(isinstance(step, (SMOTE, RandomOverSampler, RandomUnderSampler)) for step in steps)


def run_step(name: str, step: Sampler, batch: Batch, ctx: ExecutionContext) -> Batch:
    """The batch after a step of this name; what a step without draws makes of known rows is computed once, and known then.

    The fitted attributes of the step are those of the first call.
    """
    memo = ctx.memo
    if memo is None or memo.find(batch) is None or find_seeds(step):
        return step._run(name, batch, ctx)

    def run() -> tuple[Batch, dict[str, Any]]:
        # a later step may overwrite the rows of a batch that owns them
        resampled = replace(step._run(name, batch, ctx), owns_rows=False)
        memo.add(resampled)
        return resampled, dict(vars(step))

    resampled, attributes = recall_for(memo, batch, lambda: ("step", name, type(step)), run)
    step.__dict__.update(attributes)
    return resampled
