"""What all samplers share: enter once, run one step or several, leave once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin
from sklearn.utils import Tags, check_consistent_length
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import validate_data

from gpu_smotetomek import arrays
from gpu_smotetomek.containers import Table, Target, enter_X, enter_y
from gpu_smotetomek.errors import DeviceUnavailable
from gpu_smotetomek.neighbors import Engine
from gpu_smotetomek.resampling import Batch
from gpu_smotetomek.samplers.guest import Guest, SamplerEstimatorTags, sampler_tags
from gpu_smotetomek.work import Work


@dataclass(frozen=True)
class Call:
    """Means of one call, as the outermost object sets them and its steps inherit them."""

    backend: str = "auto"
    device: str = "auto"
    memory_limit: int | None = None
    n_jobs: int | None = None

    def inherited(self, step: Any, name: str) -> Call:
        """For a step: its own means where it names some, else these.

        Raises
        ------
        ValueError
            If it names a device that is not the one the data is on.
        """
        device = getattr(step, "device", "auto")
        if device not in ("auto", self.device):
            raise ValueError(
                f"step {name!r} has device={device!r}, but the data is on {self.device!r}: the device of the outermost object "
                f"holds for all steps; give device={device!r} there"
            )
        return replace(
            self,
            backend=self.backend if getattr(step, "backend", "auto") == "auto" else step.backend,
            memory_limit=self.memory_limit if getattr(step, "memory_limit", None) is None else step.memory_limit,
            n_jobs=self.n_jobs if getattr(step, "n_jobs", None) is None else step.n_jobs,
        )

    def work(self) -> Work:
        return Work.of(self.memory_limit, self.n_jobs)

    def engine(self) -> Engine:
        return Engine(self.work(), self.backend)


MEANS: dict[str, list[Any]] = {
    "backend": [str],
    "device": [str],
    "memory_limit": [Interval(Integral, 1, None, closed="left"), None],
}


class Sampler(Guest, OneToOneFeatureMixin, BaseEstimator, ABC):
    """A step that takes and gives a Batch, with scikit-learn's parameters and imbalanced-learn's `fit_resample`."""

    _estimator_type = "sampler"
    _parameter_constraints: dict[str, Any]
    _sample_indices = False

    def fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Resample a table and its target.

        Parameters
        ----------
        X : array-like, data frame or sparse matrix of shape (n_samples, n_features)
            Numbers without missing values.
        y : array-like of shape (n_samples,)
            Class labels, or a one-hot indicator matrix.

        Returns
        -------
        X_resampled, y_resampled
            The same kinds of container, dtypes and names; rows that are left as they came, then synthetic ones.

        Raises
        ------
        ValueError
            If X or y cannot be resampled as the parameters ask; the message says what to do.
        """
        self._validate_params()
        table, target, batch, call = self._enter(X, y)
        batch = self._resample(batch, call)
        kept = batch.ids[batch.ids < batch.n_input]
        return table.leave(kept, batch.X[len(kept) :, :]), target.leave(kept, batch.labels[len(kept) :])

    def fit(self, X: Any, y: Any) -> Self:
        """Check the data and resolve `sampling_strategy_`, without resampling; returns self."""
        self._validate_params()
        _, _, batch, _ = self._enter(X, y)
        self._resolve(batch)
        return self

    def _enter(self, X: Any, y: Any) -> tuple[Table, Target, Batch, Call]:
        target = enter_y(y)
        table = enter_X(X, estimator=type(self).__name__)
        check_consistent_length(table.matrix, target.labels)
        validate_data(self, X=X, reset=True, skip_check_array=True)  # names and number of features
        self.device_ = resolve_device(self.device, table.matrix)
        call = Call(self.backend, self.device_, self.memory_limit, getattr(self, "n_jobs", None))
        call.engine()  # an unknown or missing backend is told before any work
        return table, target, Batch.of(table.matrix, target.labels, table.dtypes, call.work()), call

    @abstractmethod
    def _resolve(self, batch: Batch) -> None:
        """Set `sampling_strategy_`."""

    @abstractmethod
    def _resample(self, batch: Batch, call: Call) -> Batch:
        """The step: a Batch in, a Batch out, fitted attributes set."""

    def __sklearn_tags__(self) -> SamplerEstimatorTags:
        tags: Tags = super().__sklearn_tags__()
        return sampler_tags(tags, sample_indices=self._sample_indices)


def resolve_device(device: str, X: Any) -> str:
    """The device that the work runs on: where X is, unless another is asked for.

    Raises
    ------
    ValueError
        If the name is not one of a device.
    DeviceUnavailable
        If it is not there.
    """
    at = arrays.device_name(X)
    if device in ("auto", at):
        return at
    if device != "cpu" and not (device == "cuda" or (device.startswith("cuda:") and device[5:].isdigit())):
        raise ValueError(f"device={device!r} is no device; choose 'auto', 'cpu', 'cuda' or 'cuda:N'")
    raise DeviceUnavailable(
        f"device={device!r} was asked for and the data is on {at!r}; this version searches on the CPU only: use device='auto'"
    )


def counts_of(batch: Batch) -> dict[Any, int]:
    """Labels and their numbers of rows."""
    return dict(zip(batch.classes, np.bincount(batch.codes, minlength=len(batch.classes)).tolist(), strict=True))
