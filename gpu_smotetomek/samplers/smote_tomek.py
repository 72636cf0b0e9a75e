"""SMOTE, then Tomek links, as one scikit-learn estimator."""

from __future__ import annotations

from numbers import Integral
from typing import Any

from sklearn.base import clone

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.resampling import Batch, Plan, estimate_work
from gpu_smotetomek.samplers._sklearn import StrOptions
from gpu_smotetomek.samplers.base import Sampler, counts_by_label, strategy_labels
from gpu_smotetomek.samplers.column_roles import PASSTHROUGH_PARAMETERS, agree_on_features, check_takes_categories
from gpu_smotetomek.samplers.pipeline import run_steps
from gpu_smotetomek.samplers.sampling_strategy import resolve_oversampling
from gpu_smotetomek.samplers.settings import EXECUTION_PARAMETERS
from gpu_smotetomek.samplers.smote import OVERSAMPLING_PARAMETERS, SMOTE
from gpu_smotetomek.samplers.tomek import TomekLinks
from gpu_smotetomek.typing import Integers


class SMOTETomek(Sampler):
    """Over-sample by SMOTE, then clean the Tomek links that result.

    SMOTE fills the minority class. Then the majority row of each Tomek link is removed, that is the row of the class that was
    larger before SMOTE: the minority is larger and the boundary cleaner. (Batista, Prati and Monard [1]_ removed both rows:
    `remove="both"`.)

    Parameters
    ----------
    sampling_strategy : float, str, mapping or callable, default='auto'
        As in `SMOTE`; for the SMOTE made here, not for one that is given.
    random_state : int, RandomState, Generator or None, default=None
        As in `SMOTE`; for the SMOTE made here, not for one that is given.
    smote : SMOTE or None, default=None
        The over-sampler; None makes one. `SMOTENC` makes both steps go by numbers and categories.
    tomek : TomekLinks or None, default=None
        The cleaner, which alone decides what is removed; None makes one that follows `remove`.
    n_jobs : int or None, default=None
        As in `SMOTE`; both steps inherit it.
    remove : {'majority', 'both'}, default='majority'
        Rows of a link that are removed: the majority row, or both as in imbalanced-learn.
    backend : str, default='auto'
        As in `SMOTE`; both steps inherit it.
    device : str, default='auto'
        As in `SMOTE`; it holds for both steps.
    memory_limit : int or None, default=None
        As in `SMOTE`; both steps inherit it.
    passthrough : list of column names or None, default=None
        As in `SMOTE`; it holds for both steps.
    passthrough_fill : {'missing', 'base'}, default='missing'
        As in `SMOTE`; it holds for both steps.

    Attributes
    ----------
    smote_ : SMOTE
        The fitted over-sampler.
    tomek_ : TomekLinks
        The fitted cleaner.
    sampling_strategy_ : OrderedDict
        Number of synthetic rows of each class, by label.
    backend_ : str
        Backend that served most queries of the search for links; 'direct' if all distances were computed in float64.
    device_ : str
        Device on which the work ran.
    categorical_features_ : int64 array
        Numbers of the categorical features, where X has some.
    continuous_features_ : int64 array
        Numbers of the numeric features, where X has categorical ones.
    n_features_in_ : int
        Number of features of X.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if X has names that are all strings.

    References
    ----------
    .. [1] Batista, Prati, Monard, "A study of the behavior of several methods for balancing machine learning training data",
       SIGKDD Explorations 6 (2004) 20-29.

    Examples
    --------
    >>> import numpy as np
    >>> from gpu_smotetomek import SMOTETomek
    >>> X = np.random.default_rng(0).normal(size=(60, 2))
    >>> y = np.repeat(["sick", "well"], [10, 50])
    >>> sampler = SMOTETomek(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> [label.item() for label in np.unique(y_resampled)], np.unique(y_resampled, return_counts=True)[1].tolist()
    (['sick', 'well'], [50, 43])
    """

    _imblearn_class = ("imblearn.combine", "SMOTETomek")
    _sampling_type = "over-sampling"
    _parameter_constraints = {
        **OVERSAMPLING_PARAMETERS,
        "smote": [SMOTE, None],
        "tomek": [TomekLinks, None],
        "n_jobs": [Integral, None],
        "remove": [StrOptions({"majority", "both"})],
        **EXECUTION_PARAMETERS,
        **PASSTHROUGH_PARAMETERS,
    }

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        smote: SMOTE | None = None,
        tomek: TomekLinks | None = None,
        n_jobs: int | None = None,
        remove: str = "majority",
        backend: str = "auto",
        device: str = "auto",
        memory_limit: int | None = None,
        passthrough: Any = None,
        passthrough_fill: str = "missing",
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.smote = smote
        self.tomek = tomek
        self.n_jobs = n_jobs
        self.remove = remove
        self.backend = backend
        self.device = device
        self.memory_limit = memory_limit
        self.passthrough = passthrough
        self.passthrough_fill = passthrough_fill

    def set_params(self, **params: Any) -> SMOTETomek:
        """Set parameters; those of a given step are reached as `smote__parameter` or `tomek__parameter`.

        Parameters
        ----------
        **params : dict
            Values by name.

        Returns
        -------
        SMOTETomek
            The sampler itself.

        Raises
        ------
        ValueError
            If a parameter belongs to a step that is None.
        """
        for name in params:
            step, nested, _ = name.partition("__")
            if nested and step in ("smote", "tomek") and params.get(step, getattr(self, step)) is None:
                kind = {"smote": "SMOTE", "tomek": "TomekLinks"}[step]
                raise ValueError(f"{name} cannot be set, for {step} is None; give {step}={kind}() first, or with it")
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
            Rows, pairs, bytes of work space, seconds, backend and device.

        Raises
        ------
        ValueError
            If X or y cannot be resampled.
        """
        self._validate_params()
        with self._enter(X, y) as (_, _, batch, ctx):
            smote = self._make_smote()
            if batch.scaled.is_mixed:
                check_takes_categories("smote", smote)
            smote._resolve(batch)
            return estimate_work(batch, smote.sampling_strategy_, ctx)

    @property
    def _categorical_features(self) -> Any:
        steps = {"smote": self.smote, "tomek": self.tomek}
        return agree_on_features((name, step) for name, step in steps.items() if step is not None)

    @property
    def _takes_categories(self) -> bool:
        return True

    def _max_rows_out(self, sizes: Integers) -> int:
        return super()._max_rows_out(sizes) if self.smote is None else self.smote._max_rows_out(sizes)

    def _validate_estimator(self) -> None:
        """Make the steps, `smote_` and `tomek_`; the name is that of imbalanced-learn."""
        self.smote_, self.tomek_ = self._make_smote(), self._make_tomek()

    def _make_smote(self) -> SMOTE:
        if self.smote is not None:
            return clone(self.smote)  # type: ignore[no-any-return]
        return SMOTE(sampling_strategy=self.sampling_strategy, random_state=self.random_state, n_jobs=self.n_jobs)

    def _make_tomek(self) -> TomekLinks:
        if self.tomek is None:
            strategy = "all" if self.remove == "both" else "larger"
            return TomekLinks(sampling_strategy=strategy, n_jobs=self.n_jobs)
        if self.remove != "majority":
            raise ValueError(
                f"remove={self.remove!r} and tomek={self.tomek!r} both say what is removed; leave remove out, or give tomek=None"
            )
        return clone(self.tomek)  # type: ignore[no-any-return]

    def _resolve(self, batch: Batch) -> None:
        self._make_tomek()  # raises if `remove` and `tomek` conflict
        labels = strategy_labels(self.sampling_strategy, batch)
        self.sampling_strategy_ = resolve_oversampling(self.sampling_strategy, labels, counts_by_label(batch))

    def _resample(self, batch: Batch, ctx: ExecutionContext) -> Batch:
        if self.smote is not None:  # which resolves a strategy of its own; this one is checked all the same
            self._resolve(batch)
        self._validate_estimator()
        batch = run_steps(self, [("smote", self.smote_), ("tomek", self.tomek_)], batch, ctx)
        self.sampling_strategy_ = self.smote_.sampling_strategy_
        self.backend_, self.device_ = self.tomek_.backend_, ctx.device
        return batch
