"""The base class of `SMOTETomek` and `SMOTEENN`, which over-sample, then clean."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, Self

from sklearn.base import clone

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.resampling import Batch, Plan, estimate_chain
from gpu_smotetomek.samplers._sklearn import StrOptions, VisualBlock
from gpu_smotetomek.samplers.adasyn import ADASYN
from gpu_smotetomek.samplers.base import Sampler
from gpu_smotetomek.samplers.borderline_smote import BorderlineSMOTE
from gpu_smotetomek.samplers.column_roles import agree_on_features, check_takes_categories
from gpu_smotetomek.samplers.label_counts import counts_by_label, strategy_labels
from gpu_smotetomek.samplers.one_call import fit_apart
from gpu_smotetomek.samplers.oversampler import OverSampler
from gpu_smotetomek.samplers.pipeline import run_steps, show_steps
from gpu_smotetomek.samplers.sampling_strategy import resolve_oversampling
from gpu_smotetomek.samplers.smote import SMOTE
from gpu_smotetomek.samplers.smotenc import SMOTENC
from gpu_smotetomek.samplers.svm_smote import SVMSMOTE
from gpu_smotetomek.typing import Integers

OVERSAMPLERS = (SMOTE, SMOTENC, BorderlineSMOTE, ADASYN, SVMSMOTE)
"""The classes that the parameter `smote` takes."""
CLEAN = [StrOptions({"after", "before", "both"})]


class OversampleThenClean(Sampler):
    """A chain of an over-sampler and a cleaner, in either order or with a cleaner on both sides.

    The parameters `smote` and that of the cleaner hold them, or None for the default ones.
    """

    _sampling_type = "over-sampling"
    _cleaner_name: ClassVar[str]
    """Name of the parameter of the cleaner."""
    _cleaner_class: ClassVar[type[Sampler]]
    _cleaner_compares_all_pairs: ClassVar[bool] = False

    sampling_strategy: Any
    random_state: Any
    smote: Any
    small_class: str
    clean: str
    n_jobs: int | None

    def set_params(self, **params: Any) -> Self:
        """Set parameters; those of a given step are reached as `step__parameter`, such as `smote__k_neighbors`.

        Parameters
        ----------
        **params : dict
            Values by name.

        Returns
        -------
        self
            The sampler itself.

        Raises
        ------
        ValueError
            If a parameter belongs to a step that is None.
        """
        steps = {"smote": "SMOTE", self._cleaner_name: self._cleaner_class.__name__}
        for name in params:
            step, nested, _ = name.partition("__")
            if nested and step in steps and params.get(step, getattr(self, step)) is None:
                raise ValueError(
                    f"{name} cannot be set, for {step} is None; give {step}={steps[step]}() first, or with it"
                )
        super().set_params(**params)
        return self

    def plan(self, X: Any, y: Any) -> Plan:
        """Estimate the work of `fit_resample`, without doing it.

        Parameters
        ----------
        X : array-like, data frame or sparse matrix of shape (n_samples, n_features)
            As in `fit_resample`.
        y : array-like of shape (n_samples,)
            As in `fit_resample`.

        Returns
        -------
        Plan
            Rows, pairs, bytes of work space, seconds, backend and device. Rows that cleaning removes are counted too.

        Raises
        ------
        ValueError
            If X or y cannot be resampled.
        """
        self._validate_params()
        with fit_apart(self) as call, call._enter(X, y) as (_, _, batch, ctx):
            smote = call._make_smote()
            if batch.scaled.is_mixed:
                check_takes_categories("smote", smote)
            smote._resolve(batch)
            all_pairs = self._cleaner_compares_all_pairs
            return estimate_chain(batch, smote.sampling_strategy_, ctx, clean=self.clean, all_pairs=all_pairs)

    @property
    def _categorical_features(self) -> Any:
        steps = {name: getattr(self, name) for name in ("smote", self._cleaner_name)}
        return agree_on_features((name, step) for name, step in steps.items() if step is not None)

    @property
    def _step_name(self) -> str:
        return ""

    @property
    def _takes_categories(self) -> bool:
        return True

    def _max_rows_out(self, sizes: Integers) -> int:
        return super()._max_rows_out(sizes) if self.smote is None else int(self.smote._max_rows_out(sizes))

    def _sk_visual_block_(self) -> VisualBlock:
        cleaner = getattr(self, self._cleaner_name)
        if self.smote is None and cleaner is None:
            return VisualBlock("single", self, names=type(self).__name__, name_details=str(self))
        smote = self._make_smote() if self.smote is None else self.smote
        return show_steps([("smote", smote), (self._cleaner_name, cleaner or self._make_cleaner())])

    def _validate_estimator(self) -> None:
        """Make the steps; the name is that of imbalanced-learn."""
        self.smote_ = self._make_smote()
        setattr(self, f"{self._cleaner_name}_", self._make_cleaner())
        self.__dict__.pop(self._cleaner_before, None)  # of an earlier call
        if self.clean == "both":
            setattr(self, self._cleaner_before, self._make_cleaner())

    @property
    def _cleaner_before(self) -> str:
        """Name of the fitted attribute of the first of two cleaners."""
        return f"{self._cleaner_name}_before_"

    def _make_smote(self) -> OverSampler:
        if self.smote is None:
            return SMOTE(
                sampling_strategy=self.sampling_strategy,
                random_state=self.random_state,
                small_class=self.small_class,
                n_jobs=self.n_jobs,
            )
        if self.small_class != "error":
            raise ValueError(
                f"small_class={self.small_class!r} holds for the SMOTE made here, and smote={self.smote!r} has its own: leave "
                "small_class out, or give it to that"
            )
        return clone(self.smote)  # type: ignore[no-any-return]

    @abstractmethod
    def _make_cleaner(self) -> Sampler:
        """The cleaner: a copy of the given one, or the default one."""

    def _resolve(self, batch: Batch) -> None:
        self._make_smote()  # both raise if parameters conflict
        self._make_cleaner()
        labels = strategy_labels(self.sampling_strategy, batch)
        self.sampling_strategy_ = resolve_oversampling(self.sampling_strategy, labels, counts_by_label(batch))

    def _resample(self, batch: Batch, ctx: ExecutionContext) -> Batch:
        if self.smote is not None:  # which resolves a strategy of its own; this one is checked all the same
            self._resolve(batch)
        self._validate_estimator()
        cleaner = getattr(self, f"{self._cleaner_name}_")
        grow, clean = ("smote", self.smote_), (self._cleaner_name, cleaner)
        first = (f"{self._cleaner_name}_before", getattr(self, self._cleaner_before, cleaner))
        steps = {"after": [grow, clean], "before": [clean, grow], "both": [first, grow, clean]}[self.clean]
        batch = run_steps(self, steps, batch, ctx)
        self.sampling_strategy_ = self.smote_.sampling_strategy_
        self.backend_, self.device_ = cleaner.backend_, ctx.device
        return batch
