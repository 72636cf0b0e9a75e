"""The fitted attributes that say what the last call did."""

from __future__ import annotations

from gpu_smotetomek.resampling import Provenance
from gpu_smotetomek.samplers.call_record import CallRecord
from gpu_smotetomek.samplers.reports import Report


class CallAttributes:
    """Mixin of what `fit_resample` records; it is computed when it is read."""

    _call: CallRecord

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
