"""Parameters of a sampler for rows that come in blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from gpu_smotetomek.blocks import BlockParameters
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import check_backend
from gpu_smotetomek.resampling import ClassSizes, RemovalRule, count_pairs
from gpu_smotetomek.samplers.base import Sampler
from gpu_smotetomek.samplers.label_counts import sizes_by_code
from gpu_smotetomek.samplers.oversampler import OverSampler
from gpu_smotetomek.samplers.settings import check_memory_limit, resolve_device
from gpu_smotetomek.samplers.smote import SMOTE
from gpu_smotetomek.samplers.smote_tomek import SMOTETomek
from gpu_smotetomek.samplers.tomek import TomekLinks
from gpu_smotetomek.typing import Integers, Labels

BLOCKWISE_SAMPLERS = (SMOTE, TomekLinks, SMOTETomek)
"""The classes that work on rows in blocks."""


@dataclass(frozen=True)
class BlockwiseSteps:
    """The fitted steps of a sampler for rows in blocks, and the parameters of the search.

    Attributes
    ----------
    parameters : BlockParameters
    smote : SMOTE or None
        With `sampling_strategy_`.
    tomek : TomekLinks or None
        With `sampling_strategy_`.
    """

    parameters: BlockParameters
    smote: SMOTE | None
    tomek: TomekLinks | None


def resolve_blockwise(sampler: Sampler, classes: Labels, class_counts: Integers) -> BlockwiseSteps:
    """Resolve the parameters of a sampler for an input of which labels and numbers of rows are known.

    Parameters
    ----------
    sampler : SMOTE, TomekLinks or SMOTETomek
        It stays as it is; a random source among its parameters is advanced by the draws.
    classes : array (n_classes,)
        Labels, sorted.
    class_counts : int array (n_classes,)
        Rows of each class.

    Raises
    ------
    ValueError
        If a parameter is wrong, or does not work over blocks.
    TypeError
        If the sampler is of another class.
    """
    if type(sampler) not in BLOCKWISE_SAMPLERS:
        raise TypeError(
            f"{type(sampler).__name__} needs all rows at once, and these come in blocks: give SMOTE, TomekLinks or SMOTETomek, "
            "or resample a table that fits into memory"
        )
    sampler._validate_params()
    check_memory_limit(sampler.memory_limit)
    smote, tomek = split_steps(sampler)
    for step in (sampler, smote, tomek):
        check_parameters(step)
    sizes = ClassSizes(classes, class_counts)
    n_synthetic = {} if smote is None else resolve_new_rows(smote, sizes)
    removal = None if tomek is None else resolve_removal(tomek, sizes, n_synthetic)
    device = resolve_block_device(sampler, class_counts, n_synthetic)
    ctx = ExecutionContext(
        device=device, backend=sampler.backend, out_of_core_device=None if device == "cpu" else device
    )
    check_backend(ctx, np.empty((0, 1)))
    parameters = BlockParameters(
        n_synthetic=n_synthetic,
        k_neighbors=1 if smote is None else int(smote.k_neighbors),  # type: ignore[arg-type]
        random_state=None if smote is None else smote.random_state,
        removal=removal,
        backend=sampler.backend,
        device=device,
        memory_limit=sampler.memory_limit,
        n_jobs=sampler.n_jobs,
    )
    return BlockwiseSteps(parameters, smote, tomek)


def resolve_block_device(sampler: Any, class_counts: Integers, n_synthetic: dict[int, int]) -> str:
    """The device that searches, as for one table of the host with as many rows; the rows stay on the host."""
    like = np.broadcast_to(0.0, (int(class_counts.sum()), 1))
    after = class_counts + np.array([n_synthetic.get(code, 0) for code in range(len(class_counts))])
    return resolve_device(sampler.device, like, lambda: float(count_pairs(class_counts, after)))


def split_steps(sampler: Any) -> tuple[SMOTE | None, TomekLinks | None]:
    """The over-sampler and the cleaner of a sampler, as copies."""
    if isinstance(sampler, SMOTETomek):
        if sampler.clean != "after":
            raise ValueError(
                f"clean={sampler.clean!r} needs all rows at once, and these come in blocks: give clean='after'"
            )
        return check_smote(sampler._make_smote()), sampler._make_cleaner()
    if isinstance(sampler, SMOTE):
        return SMOTE(**sampler.get_params(deep=False)), None
    return None, TomekLinks(**sampler.get_params(deep=False))


def check_smote(smote: OverSampler) -> SMOTE:
    """Raise unless an over-sampler is a `SMOTE`."""
    if type(smote) is not SMOTE:
        raise ValueError(
            f"smote={type(smote).__name__}() needs all rows at once, and these come in blocks: give a SMOTE, or leave smote out"
        )
    return smote


def check_parameters(step: Any) -> None:
    """Raise if a parameter of a step needs all rows at once."""
    refused: dict[str, tuple[str, Callable[[Any], bool]]] = {
        "k_neighbors": ("an object that searches", lambda value: value is not None and not isinstance(value, Integral)),
        "scale": ("statistics of all rows", lambda value: value is not None),
        "repeat": ("a search of all rows in each pass", bool),
        "definition": ("all rows of other classes", lambda value: value != "nearest neighbours"),
        "categorical_features": ("the categories of all rows", lambda value: value is not None),
    }
    for name, (needed, is_refused) in refused.items():
        if hasattr(step, name) and is_refused(getattr(step, name)):
            raise ValueError(
                f"{name}={getattr(step, name)!r} needs {needed}, and rows come in blocks: leave {name} out, or resample a table "
                "that fits into memory"
            )


def resolve_new_rows(smote: SMOTE, sizes: ClassSizes) -> dict[int, int]:
    """Rows to add to each class, by code."""
    smote._resolve(sizes)
    n_synthetic = sizes_by_code(sizes, smote.sampling_strategy_)
    return smote._apply_small_class(sizes, n_synthetic, int(smote.k_neighbors), "k_neighbors")  # type: ignore[arg-type]


def resolve_removal(tomek: TomekLinks, sizes: ClassSizes, n_synthetic: dict[int, int]) -> RemovalRule:
    """Which ends of links are removed, where classes were over-sampled before."""
    before = sizes.class_counts
    if n_synthetic:
        after = before + np.array([n_synthetic.get(code, 0) for code in range(len(before))])
        sizes = ClassSizes(sizes.classes, after, before)
    tomek._resolve(sizes)
    return tomek._removal_rule(sizes)
