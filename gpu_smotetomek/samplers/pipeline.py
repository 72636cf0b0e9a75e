"""Chains of samplers: the data enters once, runs through the steps on one device, and is restored once."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

from sklearn.base import clone
from sklearn.utils import Bunch

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.resampling import Batch
from gpu_smotetomek.samplers._sklearn import BaseComposition, VisualBlock
from gpu_smotetomek.samplers.base import Sampler
from gpu_smotetomek.samplers.column_roles import (
    PASSTHROUGH_PARAMETERS,
    agree_on_features,
    check_step_roles,
    check_takes_categories,
)
from gpu_smotetomek.samplers.feature_scale import SCALE, check_step_scale
from gpu_smotetomek.samplers.known_steps import run_step
from gpu_smotetomek.samplers.parameter_hints import explain_imblearn
from gpu_smotetomek.samplers.parameter_types import BackendWord, ColumnNames, DeviceWord, FillWord, Scale
from gpu_smotetomek.samplers.settings import EXECUTION_PARAMETERS, context_for_step
from gpu_smotetomek.typing import Floats, Integers


def run_steps(outermost: Sampler, steps: Sequence[tuple[str, Sampler]], batch: Batch, ctx: ExecutionContext) -> Batch:
    """The batch after all steps of `outermost`, each run in a context narrowed to its own parameters."""
    contexts, is_mixed = [], batch.scaled.is_mixed
    for name, step in steps:  # a conflict raises before any work
        step._validate_params()
        check_step_roles(outermost, name, step)
        check_step_scale(outermost, name, step)
        if is_mixed:
            check_takes_categories(name, step)
        contexts.append(context_for_step(ctx, name, step, batch.X, is_mixed=is_mixed))
    for (name, step), step_ctx in zip(steps, contexts, strict=True):
        step.n_features_in_ = outermost.n_features_in_
        if hasattr(step, "scale"):
            step.scale_ = outermost.scale_
        if is_mixed:
            step.categorical_features_ = outermost.categorical_features_
            step.continuous_features_ = outermost.continuous_features_
        batch = run_step(name, step, batch, step_ctx)
    return batch


def show_steps(steps: Sequence[tuple[str, Sampler]]) -> VisualBlock:
    """The steps of a chain one below the other, as a notebook shows those of scikit-learn's pipeline."""
    names = [f"{name}: {type(step).__name__}" for name, step in steps]
    samplers = [step for _, step in steps]
    return VisualBlock("serial", samplers, names=names, name_details=list(map(str, samplers)), dash_wrapped=False)


class ResamplingPipeline(BaseComposition, Sampler):
    """Run samplers one after another, in any order, with the data on one device from the first to the last.

    The result equals that of the steps run one by one, except that cleaning after over-sampling goes by the class sizes from
    before over-sampling: its 'majority' is the class that was larger then. With categorical features, the distances of cleaning
    go by the smallest class of the input, too. Equally near rows are ordered by their numbers in the input, not by the order
    that a random under-sampler gives them. A step that leaves `categorical_features` at None takes those of the others.

    Parameters
    ----------
    steps : list of (str, sampler)
        Names and samplers of this package; their parameters are reached as `name__parameter`.
    n_jobs : int or None, default=None
        As in `SMOTE`; steps that leave theirs at None inherit it.
    backend : str, default='auto'
        As in `SMOTE`; steps that leave theirs at 'auto' inherit it.
    device : str, default='auto'
        Holds for all steps; a step that names another device is an error.
    memory_limit : int or None, default=None
        As in `SMOTE`; steps that leave theirs at None inherit it.
    scale : {'standard', 'robust'}, array of shape (n_features,) or None, default=None
        As in `SMOTE`; it holds for all steps, with the factors of the rows that came in.
    passthrough : list of column names or None, default=None
        As in `SMOTE`. It holds for all steps; a step that names other columns is an error.
    passthrough_fill : {'missing', 'base'}, default='missing'
        As in `SMOTE`, for all steps.

    Attributes
    ----------
    steps_ : list of (str, sampler)
        The fitted copies of the steps.
    named_steps_ : Bunch
        The fitted copies by name.
    sampling_strategy_ : OrderedDict
        That of the first step.
    backend_ : str
        Backend of the last step that searches; 'none' if no step does.
    device_ : str
        Device on which the work ran.
    categorical_features_ : int64 array
        Numbers of the categorical features, where X has some.
    continuous_features_ : int64 array
        Numbers of the numeric features, where X has categorical ones.
    scale_ : float64 array of shape (n_features,), or None
        As in `SMOTE`.
    provenance_ : Provenance
        As in `SMOTE`.
    n_features_in_ : int
        Number of features of X: the product of its dimensions after the first.
    report_ : Report
        What the last call of `fit_resample` did, in numbers and words: `Report <gpu_smotetomek.samplers.reports.Report>`.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if X has names that are all strings.

    See Also
    --------
    SMOTETomek : Over-sampling, then removal of Tomek links.
    SMOTEENN : Over-sampling, then removal of rows that disagree with their nearest rows.
    sklearn.pipeline.Pipeline : Steps that keep the number of rows.

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

    steps_: list[tuple[str, Sampler]]
    named_steps_: Bunch
    scale_: Floats | None
    backend_: str
    _imblearn_class = ("imblearn.base", "SamplerMixin")
    _sampling_type = "bypass"
    _parameter_constraints = {
        "steps": [list, tuple],
        "n_jobs": [Integral, None],
        **EXECUTION_PARAMETERS,
        **SCALE,
        **PASSTHROUGH_PARAMETERS,
    }

    def __init__(
        self,
        steps: Any,
        *,
        n_jobs: int | None = None,
        backend: BackendWord = "auto",
        device: DeviceWord = "auto",
        memory_limit: int | None = None,
        scale: Scale | None = None,
        passthrough: ColumnNames | None = None,
        passthrough_fill: FillWord = "missing",
    ) -> None:
        self.steps = steps
        self.n_jobs = n_jobs
        self.backend = backend
        self.device = device
        self.memory_limit = memory_limit
        self.scale = scale
        self.passthrough = passthrough
        self.passthrough_fill = passthrough_fill

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Get the parameters.

        Parameters
        ----------
        deep : bool, default=True
            Whether to include those of the steps.

        Returns
        -------
        dict
            Values by name.
        """
        return self._get_params("steps", deep=deep)  # type: ignore[no-any-return]

    def set_params(self, **params: Any) -> ResamplingPipeline:
        """Set parameters, those of the steps as `name__parameter`, or a whole step by its name.

        Parameters
        ----------
        **params : dict
            Values by name.

        Returns
        -------
        ResamplingPipeline
            The pipeline itself.
        """
        self._set_params("steps", **params)
        return self

    def _sk_visual_block_(self) -> VisualBlock:
        return show_steps(self._check_steps())  # scikit-learn shows a pipeline with wrong steps by its parameters

    def _check_steps(self) -> list[tuple[str, Sampler]]:
        if not self.steps:
            raise ValueError("steps is empty; give at least one (name, sampler)")
        for entry in self.steps:
            is_pair = isinstance(entry, tuple | list) and len(entry) == 2
            if not (is_pair and isinstance(entry[1], Sampler)):
                hint = explain_imblearn(entry[1]) if is_pair else ""
                raise TypeError(
                    f"each step is a pair (name, sampler of gpu_smotetomek); got {entry!r}. {hint}".rstrip(". ")
                )
        self._validate_names([name for name, _ in self.steps])
        return [(name, step) for name, step in self.steps]

    @property
    def _categorical_features(self) -> Any:
        return agree_on_features(self._check_steps())

    @property
    def _takes_categories(self) -> bool:
        return True

    @property
    def _step_name(self) -> str:
        return ""

    @property
    def _adds_rows(self) -> bool:
        return any(step._adds_rows for _, step in self._check_steps())

    @property
    def _reads_values(self) -> bool:
        return any(step._reads_values for _, step in self._check_steps())

    def _estimate_pairs(self, sizes: Integers) -> float:
        return super()._estimate_pairs(sizes) if self._reads_values else 0.0

    def _max_rows_out(self, sizes: Integers) -> int:
        return max(step._max_rows_out(sizes) for _, step in self._check_steps())

    def _list_steps(self) -> list[tuple[str, Sampler]]:
        return self._check_steps()

    def _resolve(self, batch: Batch) -> None:
        for _, step in self._check_steps():
            step._validate_params()
        first = clone(self.steps[0][1])  # later steps depend on what the first one leaves
        first._resolve(batch)
        self.sampling_strategy_ = first.sampling_strategy_

    def _resample(self, batch: Batch, ctx: ExecutionContext) -> Batch:
        self.steps_ = [(name, clone(step)) for name, step in self._check_steps()]
        self.named_steps_ = Bunch(**dict(self.steps_))
        batch = run_steps(self, self.steps_, batch, ctx)
        self.sampling_strategy_ = self.steps_[0][1].sampling_strategy_
        self.backend_ = next((step.backend_ for _, step in reversed(self.steps_) if hasattr(step, "backend_")), "none")
        self.device_ = ctx.device
        return batch
