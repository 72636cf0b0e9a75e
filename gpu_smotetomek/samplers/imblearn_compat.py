"""Compatibility with imbalanced-learn: its isinstance checks and tags accept the samplers, without an import of it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from sklearn.utils import InputTags, Tags


@dataclass(slots=True)
class SamplerTags:
    """Tags of a sampler: whether it has `sample_indices_` after fitting."""

    sample_indices: bool = False


@dataclass(slots=True)
class SamplerInputTags(InputTags):
    """scikit-learn's input tags, and whether data frames are accepted."""

    dataframe: bool = True


@dataclass(slots=True)
class SamplerEstimatorTags(Tags):
    """scikit-learn's tags, and the two more that imbalanced-learn's checks read."""

    input_tags: SamplerInputTags = field(default_factory=SamplerInputTags)
    sampler_tags: SamplerTags | None = None


def make_sampler_tags(tags: Tags, *, sample_indices: bool) -> SamplerEstimatorTags:
    """Turn scikit-learn's default `tags` into those of a sampler of dense and sparse tables."""
    values = {entry.name: getattr(tags, entry.name) for entry in fields(tags)}
    values.update(
        estimator_type="sampler",
        transformer_tags=None,
        input_tags=SamplerInputTags(two_d_array=True, three_d_array=True, sparse=True, dataframe=True),
        sampler_tags=SamplerTags(sample_indices=sample_indices),
    )
    values["target_tags"].required = True
    return SamplerEstimatorTags(**values)


class ImblearnCompatible:
    """Mixin that registers a sampler as a virtual subclass of imbalanced-learn's class on the first isinstance check.

    `isinstance` reads `__class__`, so the check also works for objects made before imbalanced-learn was imported, cloned or
    unpickled.
    """

    _imblearn_class: ClassVar[tuple[str, str]]

    @property
    def __class__(self) -> Any:
        kind = type(self)
        imblearn_class = getattr(sys.modules.get(kind._imblearn_class[0]), kind._imblearn_class[1], None)
        if imblearn_class is not None and not issubclass(kind, imblearn_class):
            imblearn_class.register(kind)
        return kind

    @__class__.setter
    def __class__(self, kind: type) -> None:
        object.__setattr__(self, "__class__", kind)
