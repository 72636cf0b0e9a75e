"""The fitted attributes that say what the last call did."""

from __future__ import annotations

from typing import Any

from gpu_smotetomek.resampling import Provenance
from gpu_smotetomek.samplers.call_record import CallRecord
from gpu_smotetomek.samplers.reports import Report
from gpu_smotetomek.typing import Integers, Labels


class CallAttributes:
    """Mixin of what every sampler has after `fit_resample`; the report and the provenance are computed when they are read."""

    _call: CallRecord
    sampling_strategy_: dict[Any, int]
    device_: str
    n_features_in_: int
    feature_names_in_: Labels
    categorical_features_: Integers
    continuous_features_: Integers

    @property
    def provenance_(self) -> Provenance:
        """Origin of each row of the last result, and the removed rows."""
        if not hasattr(self, "_call"):
            raise AttributeError("provenance_ is there after fit_resample; in a chain, the outermost sampler has it")
        return self._call.provenance

    @property
    def report_(self) -> Report:
        """Report of the last call of `fit_resample`, in numbers and words."""
        return Report.from_sampler(self)  # type: ignore[arg-type]  # which is a Sampler
