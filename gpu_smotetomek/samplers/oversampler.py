"""The base class of the over-samplers: the number of new rows, the random source, the neighbours, classes with too few rows."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.resampling import Batch, ClassSizes, treat_small_classes
from gpu_smotetomek.samplers._sklearn import HasMethods, Interval, StrOptions
from gpu_smotetomek.samplers.base import Sampler
from gpu_smotetomek.samplers.column_roles import PASSTHROUGH_PARAMETERS
from gpu_smotetomek.samplers.feature_scale import SCALE
from gpu_smotetomek.samplers.label_counts import counts_by_label, sizes_by_code, strategy_labels
from gpu_smotetomek.samplers.neighbor_finder import NeighborFinder
from gpu_smotetomek.samplers.parameter_types import SmallClassWord
from gpu_smotetomek.samplers.sampling_strategy import resolve_oversampling
from gpu_smotetomek.samplers.settings import EXECUTION_PARAMETERS
from gpu_smotetomek.typing import Floats, Integers

OVERSAMPLING_PARAMETERS: dict[str, list[Any]] = {
    "sampling_strategy": [
        Interval(Real, 0, 1, closed="right"),
        StrOptions({"auto", "minority", "not minority", "not majority", "all"}),
        Mapping,
        callable,
    ],
    "random_state": ["random_state", np.random.Generator],
}
NEIGHBORS = [Interval(Integral, 1, None, closed="left"), HasMethods(["kneighbors", "kneighbors_graph"])]
SMALL_CLASS = [StrOptions({"error", "shrink", "skip"})]


class OverSampler(Sampler):
    """A sampler that appends synthetic rows of the classes that are to grow."""

    _sampling_type = "over-sampling"
    _parameter_constraints = {
        **OVERSAMPLING_PARAMETERS,
        "n_jobs": [Integral, None],
        **EXECUTION_PARAMETERS,
        **SCALE,
        **PASSTHROUGH_PARAMETERS,
    }

    sampling_strategy: Any
    random_state: Any
    small_class: SmallClassWord
    n_synthetic_: int
    scale_: Floats | None
    backend_: str
    search_stages_: dict[str, int]
    certified_fraction_: float

    @abstractmethod
    def _oversample(self, batch: Batch, n_synthetic: dict[int, int], selector: SearchSelector) -> Batch:
        """The batch with synthetic rows, of which `n_synthetic` gives the number by class code."""

    def _resolve(self, batch: Batch | ClassSizes) -> None:
        labels = strategy_labels(self.sampling_strategy, batch)
        self.sampling_strategy_ = resolve_oversampling(self.sampling_strategy, labels, counts_by_label(batch))

    def _estimate_pairs(self, sizes: Integers) -> float:
        return float(sizes.sum() - sizes.max()) * float(sizes.sum())

    def _resample(self, batch: Batch, ctx: ExecutionContext) -> Batch:
        self._resolve(batch)
        selector = SearchSelector(ctx)
        n_synthetic = sizes_by_code(batch, self.sampling_strategy_)
        resampled = self._oversample(batch, n_synthetic, selector)
        self.n_synthetic_ = len(resampled.codes) - len(batch.codes)
        return resampled.add_record(search=self._record_search(selector))

    def _make_random_source(self) -> Callable[[], np.random.RandomState | np.random.Generator]:
        state = self.random_state
        if isinstance(state, np.random.Generator):
            return lambda: state
        return lambda: check_random_state(state)  # an int starts afresh at each call, the other sources continue

    def _make_finder(self, name: str, fitted_name: str, batch: Batch, selector: SearchSelector) -> NeighborFinder:
        """The search that a parameter describes; an object is cloned and becomes the fitted attribute `fitted_name`."""
        value = getattr(self, name)
        if isinstance(value, Integral):
            return NeighborFinder(name, batch, selector, k=int(value))
        estimator = clone(value)
        setattr(self, fitted_name, estimator)
        return NeighborFinder(name, batch, selector, estimator=estimator, may_shrink=self.small_class == "shrink")

    def _treat_small_classes(self, batch: Batch, n_synthetic: dict[int, int], finder: NeighborFinder) -> dict[int, int]:
        """The rows to add to each class, without those that are left as they are; `sampling_strategy_` agrees."""
        k = finder.k if finder.k is not None else finder.declared_k
        if k is None or (finder.k is None and self.small_class == "error"):  # an object raises an error of its own
            return n_synthetic
        return self._apply_small_class(batch, n_synthetic, k, finder.name)

    def _apply_small_class(
        self, batch: Batch | ClassSizes, n_synthetic: dict[int, int], k: int, name: str
    ) -> dict[int, int]:
        """The same for the number k, which the parameter `name` gives."""
        treated = treat_small_classes(batch, n_synthetic, k, name, self.small_class)
        for code, size in n_synthetic.items():
            if size and not treated[code]:
                self.sampling_strategy_[batch.classes[code]] = 0
        return treated
