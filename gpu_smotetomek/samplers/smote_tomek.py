"""SMOTE, then Tomek links, as one scikit-learn estimator."""

from __future__ import annotations

from numbers import Integral
from typing import Any

from sklearn.base import clone
from sklearn.utils._param_validation import StrOptions

from gpu_smotetomek.resampling import Batch, Plan, estimate_work
from gpu_smotetomek.samplers.base import Sampler, counts_by_label, strategy_labels
from gpu_smotetomek.samplers.pipeline import run_steps
from gpu_smotetomek.samplers.sampling_strategy import resolve_oversampling
from gpu_smotetomek.samplers.settings import EXECUTION_PARAMETERS, Call
from gpu_smotetomek.samplers.smote import OVERSAMPLING_PARAMETERS, SMOTE
from gpu_smotetomek.samplers.tomek import TomekLinks
from gpu_smotetomek.typing import Integers


class SMOTETomek(Sampler):
    """Over-sampling by SMOTE, then cleaning of the Tomek links that result.

    SMOTE fills the minority class, then of each Tomek link the majority row is removed, the one of the class that was larger
    before SMOTE: a larger minority and a cleaner boundary (Batista, Prati and Monard [1]_ removed both rows: `remove="both"`).

    Parameters
    ----------
    sampling_strategy, random_state
        As in `SMOTE`; they go to the SMOTE made here, not to one that is given.
    smote : SMOTE or None, default=None
        The over-sampler; None makes one.
    tomek : TomekLinks or None, default=None
        The cleaner; it decides alone what is removed. None makes one as `remove` says.
    n_jobs : int or None, default=None
        Threads of both steps; None is all cores that the process may use.
    remove : {'majority', 'both'}, default='majority'
        Rows of a link that go: the majority one, or both as in imbalanced-learn.
    backend, device, memory_limit
        As in `SMOTE`; both steps inherit them.

    Attributes
    ----------
    smote_, tomek_ : SMOTE, TomekLinks
        The fitted steps.
    sampling_strategy_ : OrderedDict
        Synthetic rows of each class, by label.
    backend_, device_ : str
        What served the search for links; a backend, or 'direct' where all distances were taken in float64.
    n_features_in_, feature_names_in_
        As in scikit-learn.

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

    def set_params(self, **parameters: Any) -> SMOTETomek:
        """Set parameters, those of a step that was given as `smote__parameter` or `tomek__parameter`."""
        for name in parameters:
            step, nested, _ = name.partition("__")
            if nested and step in ("smote", "tomek") and parameters.get(step, getattr(self, step)) is None:
                made = {"smote": "SMOTE", "tomek": "TomekLinks"}[step]
                raise ValueError(f"{name} cannot be set, for {step} is None; give {step}={made}() first, or with it")
        super().set_params(**parameters)
        return self

    def plan(self, X: Any, y: Any) -> Plan:
        """What `fit_resample` would do, before any of it is done.

        Parameters
        ----------
        X, y
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
        with self._enter(X, y) as (_, _, batch, call):
            smote = SMOTE(sampling_strategy=self.sampling_strategy) if self.smote is None else clone(self.smote)
            smote._resolve(batch)
            return estimate_work(batch, smote.sampling_strategy_, call.engine(), call.device)

    def _max_rows_out(self, sizes: Integers) -> int:
        return super()._max_rows_out(sizes) if self.smote is None else self.smote._max_rows_out(sizes)

    def _validate_estimator(self) -> None:
        """Make the steps, `smote_` and `tomek_`."""
        self._check_remove()
        made = SMOTE(sampling_strategy=self.sampling_strategy, random_state=self.random_state)
        self.smote_ = made if self.smote is None else clone(self.smote)
        strategy = "all" if self.remove == "both" else "larger"
        self.tomek_ = TomekLinks(sampling_strategy=strategy) if self.tomek is None else clone(self.tomek)

    def _check_remove(self) -> None:
        if self.tomek is not None and self.remove != "majority":
            raise ValueError(
                f"remove={self.remove!r} and tomek={self.tomek!r} both say what is removed; leave remove out, or give tomek=None"
            )

    def _resolve(self, batch: Batch) -> None:
        self._check_remove()
        self.sampling_strategy_ = resolve_oversampling(
            self.sampling_strategy, strategy_labels(self.sampling_strategy, batch), counts_by_label(batch)
        )

    def _resample(self, batch: Batch, call: Call) -> Batch:
        self._resolve(batch)
        self._validate_estimator()
        batch = run_steps([("smote", self.smote_), ("tomek", self.tomek_)], batch, call)
        self.sampling_strategy_ = self.smote_.sampling_strategy_
        self.backend_, self.device_ = self.tomek_.backend_, call.device
        return batch
