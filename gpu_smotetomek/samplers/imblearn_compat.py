"""Being accepted where imbalanced-learn's own classes are asked for, without importing it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from sklearn.utils import InputTags, Tags


@dataclass(slots=True)
class SamplerTags:
    """Whether `sample_indices_` is there after fitting."""

    sample_indices: bool = False


@dataclass(slots=True)
class SamplerInputTags(InputTags):
    dataframe: bool = True


@dataclass(slots=True)
class SamplerEstimatorTags(Tags):
    """scikit-learn's tags with the two that imbalanced-learn's checks read."""

    input_tags: SamplerInputTags = field(default_factory=SamplerInputTags)
    sampler_tags: SamplerTags | None = None


def make_sampler_tags(tags: Tags, *, sample_indices: bool) -> SamplerEstimatorTags:
    """scikit-learn's default `tags` as those of a sampler of dense and sparse tables."""
    known = {entry.name: getattr(tags, entry.name) for entry in fields(tags)}
    known.update(
        estimator_type="sampler",
        transformer_tags=None,
        input_tags=SamplerInputTags(two_d_array=True, sparse=True, dataframe=True),
        sampler_tags=SamplerTags(sample_indices=sample_indices),
    )
    known["target_tags"].required = True
    return SamplerEstimatorTags(**known)


class ImblearnCompatible:
    """Registers with its twin class of imbalanced-learn the moment somebody asks for its class after that was imported.

    `isinstance` reads `__class__`, so this serves objects built before imbalanced-learn was imported too, after clone and
    pickle as well.
    """

    _imblearn_class: ClassVar[tuple[str, str]]

    @property
    def __class__(self) -> Any:
        kind = type(self)
        twin = getattr(sys.modules.get(kind._imblearn_class[0]), kind._imblearn_class[1], None)
        if twin is not None and not issubclass(kind, twin):
            twin.register(kind)
        return kind

    @__class__.setter
    def __class__(self, kind: type) -> None:
        object.__setattr__(self, "__class__", kind)
