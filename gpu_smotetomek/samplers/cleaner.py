"""The base class of the cleaners: which classes may lose rows, and which rows are left."""

from __future__ import annotations

from abc import abstractmethod
from collections import OrderedDict
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
import numpy.typing as npt

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.resampling import Batch, ClassSizes
from gpu_smotetomek.samplers._sklearn import Interval, StrOptions
from gpu_smotetomek.samplers.base import Sampler
from gpu_smotetomek.samplers.column_roles import CATEGORICAL_FEATURES, PASSTHROUGH_PARAMETERS
from gpu_smotetomek.samplers.feature_scale import SCALE
from gpu_smotetomek.samplers.label_counts import counts_by_label, strategy_labels
from gpu_smotetomek.samplers.sampling_strategy import resolve_cleaning
from gpu_smotetomek.samplers.settings import EXECUTION_PARAMETERS
from gpu_smotetomek.typing import Floats, Integers

CLEANING_PARAMETERS: dict[str, list[Any]] = {
    "sampling_strategy": [
        Interval(Real, 0, 1, closed="right"),
        StrOptions({"auto", "majority", "not minority", "not majority", "all"}),
        list,
        callable,
    ],
    "n_jobs": [Integral, None],
    **EXECUTION_PARAMETERS,
    **SCALE,
    "passthrough": PASSTHROUGH_PARAMETERS["passthrough"],
    "categorical_features": [*CATEGORICAL_FEATURES, None],
}


@dataclass(frozen=True)
class Removal:
    """Rows that a cleaner removes.

    Attributes
    ----------
    rows : int64 array (r,)
        The rows, ascending.
    links : int64 array (n_links, 2), or None
        Rows of the links that are the reason; None where there are no links.
    partners : int64 array (r,), or None
        For each removed row, the other row of the link that is the reason; None where there are no links.
    """

    rows: Integers
    links: Integers | None = None
    partners: Integers | None = None

    def get_ids(self, batch: Batch) -> dict[str, Integers]:
        """The ids of these rows of a batch, as fields of a `StepRecord`."""
        ids = {"removed_ids": batch.row_ids(self.rows)}
        if self.links is not None and self.partners is not None:
            ids |= {"partner_ids": batch.row_ids(self.partners), "links": batch.row_ids(self.links)}
            ids["link_codes"] = batch.codes[self.links]
        return ids


class Cleaner(Sampler):
    """A step that removes rows which it finds by their neighbours."""

    _sampling_type = "clean-sampling"
    _sample_indices = True
    _reason: str
    """Why rows are removed, for the record of the step."""
    sampling_strategy: Any
    scale_: Floats | None
    backend_: str
    search_stages_: dict[str, int]
    certified_fraction_: float

    @property
    def _takes_categories(self) -> bool:
        return True

    def _resolve(self, batch: Batch | ClassSizes) -> None:
        """Set `sampling_strategy_`; class names mean what they meant before the first over-sampler."""
        present, initial = counts_by_label(batch), batch.initial_class_counts
        counts = None if initial is None else counts_by_label(batch, initial)
        strategy = self._strategy(present if counts is None else counts, present)
        self.sampling_strategy_ = resolve_cleaning(strategy, strategy_labels(strategy, batch), counts, present)

    def _strategy(self, initial: OrderedDict[Any, int], present: OrderedDict[Any, int]) -> Any:
        """The strategy to resolve, for the sizes of the classes before the first over-sampler and now."""
        del initial, present
        return self.sampling_strategy

    def _resample(self, batch: Batch, ctx: ExecutionContext) -> Batch:
        self._resolve(batch)
        selector = SearchSelector(ctx)
        removal = self._find_rows_to_drop(batch, selector)
        search = self._record_search(selector)
        self._n_rows, self._dropped_rows = len(batch.codes), batch.places_of(removal.rows)
        return batch.drop(removal.rows, ctx).add_record(self._reason, search=search, **removal.get_ids(batch))

    @abstractmethod
    def _find_rows_to_drop(self, batch: Batch, selector: SearchSelector) -> Removal:
        """Rows of the classes in `sampling_strategy_` that are removed."""

    def _mark_targeted(self, batch: Batch | ClassSizes) -> npt.NDArray[np.bool_]:
        """Mask (n_classes,) of the classes in `sampling_strategy_`."""
        return np.array([label in self.sampling_strategy_ for label in batch.classes.tolist()], bool)

    @property
    def sample_indices_(self) -> Integers:
        """Rows that are left, ascending: computed on request, as they are as many as the rows."""
        if not hasattr(self, "_dropped_rows"):
            raise AttributeError("sample_indices_ is there once rows were cleaned by fit_resample")
        return np.delete(np.arange(self._n_rows), self._dropped_rows)
