"""Chains of samplers: the data enters once, runs through the steps on one device, and leaves once."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral
from typing import Any

from sklearn.base import clone
from sklearn.utils import Bunch
from sklearn.utils.metaestimators import _BaseComposition

from gpu_smotetomek.resampling import Batch
from gpu_smotetomek.samplers.base import Sampler
from gpu_smotetomek.samplers.settings import EXECUTION_PARAMETERS, Call
from gpu_smotetomek.typing import Integers


def run_steps(steps: Iterable[tuple[str, Sampler]], batch: Batch, call: Call) -> Batch:
    """The batch after all steps, each with the means that it inherits."""
    for step, means in [
        (step, call.inherited(step, name)) for name, step in steps
    ]:  # a conflict is found before any work
        step._validate_params()
        step.n_features_in_ = int(batch.X.shape[1])
        batch = step._resample(batch, means)
    return batch


class ResamplingPipeline(_BaseComposition, Sampler):
    """Samplers one after another, in any order, with the data on one device from the first to the last.

    Equal to the steps done one after another, except that cleaning after over-sampling knows the class sizes from before: its
    'majority' is the class that was larger then.

    Parameters
    ----------
    steps : list of (str, sampler)
        Names and samplers of this package; parameters are reached as `name__parameter`.
    n_jobs, backend, memory_limit
        As in `TomekLinks`; a step that leaves its own at the default inherits them.
    device : str, default='auto'
        Holds for all steps; a step that names another is an error.

    Attributes
    ----------
    steps_ : list of (str, sampler)
        The fitted copies of the steps.
    named_steps_ : Bunch
        The same by name.
    backend_, device_, n_features_in_, feature_names_in_
        As in `SMOTE`; `backend_` is that of the last step.

    Examples
    --------
    >>> import numpy as np
    >>> from gpu_smotetomek import SMOTE, ResamplingPipeline, TomekLinks
    >>> X = np.random.default_rng(0).normal(size=(40, 2))
    >>> y = np.repeat([0, 1], [30, 10])
    >>> clean_first = ResamplingPipeline([("tomek", TomekLinks()), ("smote", SMOTE(random_state=0))])
    >>> X_resampled, y_resampled = clean_first.set_params(smote__k_neighbors=3).fit_resample(X, y)
    >>> np.unique(y_resampled, return_counts=True)[1].tolist()
    [26, 26]
    """

    _imblearn_class = ("imblearn.base", "SamplerMixin")
    _sampling_type = "bypass"
    _parameter_constraints = {"steps": [list, tuple], "n_jobs": [Integral, None], **EXECUTION_PARAMETERS}

    def __init__(
        self,
        steps: Any,
        *,
        n_jobs: int | None = None,
        backend: str = "auto",
        device: str = "auto",
        memory_limit: int | None = None,
    ) -> None:
        self.steps = steps
        self.n_jobs = n_jobs
        self.backend = backend
        self.device = device
        self.memory_limit = memory_limit

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters, those of the steps included."""
        return self._get_params("steps", deep=deep)  # type: ignore[no-any-return]

    def set_params(self, **parameters: Any) -> ResamplingPipeline:
        """Set parameters, those of the steps as `name__parameter`, or a whole step by its name."""
        self._set_params("steps", **parameters)
        return self

    def _check_steps(self) -> list[tuple[str, Sampler]]:
        if not self.steps:
            raise ValueError("steps is empty; give at least one (name, sampler)")
        for entry in self.steps:
            if not (isinstance(entry, tuple | list) and len(entry) == 2 and isinstance(entry[1], Sampler)):
                raise TypeError(f"each step is a pair (name, sampler of gpu_smotetomek); got {entry!r}")
        self._validate_names([name for name, _ in self.steps])
        return [(name, step) for name, step in self.steps]

    def _max_rows_out(self, sizes: Integers) -> int:
        return max(step._max_rows_out(sizes) for _, step in self._check_steps())

    def _resolve(self, batch: Batch) -> None:
        for _, step in self._check_steps():
            step._validate_params()
        clone(self.steps[0][1])._resolve(batch)  # what comes later depends on what this one leaves

    def _resample(self, batch: Batch, call: Call) -> Batch:
        self.steps_ = [(name, clone(step)) for name, step in self._check_steps()]
        self.named_steps_ = Bunch(**dict(self.steps_))
        batch = run_steps(self.steps_, batch, call)
        self.backend_, self.device_ = self.steps_[-1][1].backend_, call.device
        return batch
