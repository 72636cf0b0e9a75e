"""The base class of the random samplers: one source of draws for all classes, and data that stays on its device."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from gpu_smotetomek.samplers.base import Sampler
from gpu_smotetomek.samplers.imblearn_compat import SamplerEstimatorTags
from gpu_smotetomek.typing import Integers


class RandomSampler(Sampler):
    """A sampler that draws rows at random and searches nothing."""

    random_state: Any
    _sample_indices = True
    device = "auto"  # rows are taken where they are

    @property
    def _takes_categories(self) -> bool:
        """Whether codes of categories are copied as they are: noise would change them."""
        return not self._reads_values

    def _estimate_pairs(self, sizes: Integers) -> float:
        return 0.0 * len(sizes)

    def _make_random_source(self) -> np.random.RandomState | np.random.Generator:
        state = self.random_state
        return state if isinstance(state, np.random.Generator) else check_random_state(state)

    def __sklearn_tags__(self) -> SamplerEstimatorTags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = tags.input_tags.string = not self._reads_values
        return tags
