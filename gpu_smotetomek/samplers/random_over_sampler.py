"""Random over-sampling as a scikit-learn estimator."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.resampling import Batch, append_copies, append_perturbed, draw_copied_places
from gpu_smotetomek.samplers._sklearn import Interval
from gpu_smotetomek.samplers.column_roles import PASSTHROUGH_PARAMETERS
from gpu_smotetomek.samplers.label_counts import counts_by_label, sizes_by_code, strategy_labels
from gpu_smotetomek.samplers.oversampler import OVERSAMPLING_PARAMETERS
from gpu_smotetomek.samplers.parameter_types import ColumnNames, FillWord, OverSamplingStrategy, SeedOrGenerator
from gpu_smotetomek.samplers.random_sampler import RandomSampler
from gpu_smotetomek.samplers.sampling_strategy import resolve_oversampling
from gpu_smotetomek.samplers.settings import EXECUTION_PARAMETERS
from gpu_smotetomek.typing import Integers


class RandomOverSampler(RandomSampler):
    """Over-sample by copies of rows drawn at random, with or without noise.

    Without `shrinkage` no value is read: columns may hold anything, and X may be any container. Copies keep every cell. For the
    same seed the rows are those of imbalanced-learn 0.14, bit for bit. With `shrinkage`, X must hold numbers, and normal noise is
    added to the copies (a smoothed bootstrap, ROSE [1]_).

    Parameters
    ----------
    sampling_strategy : float, str, mapping or callable, default='auto'
        As in `SMOTE`.
    random_state : int, RandomState, Generator or None, default=None
        Source of the draws, which runs on from class to class, as in imbalanced-learn.
    shrinkage : float, mapping or None, default=None
        Noise in units of the bandwidth that suits normal data: one factor, or one for each class that grows; None adds none. Sums
        are rounded once, to the nearest value that the dtype of their column holds.
    memory_limit : int or None, default=None
        Bytes of work space for the noise; None is 256 MiB.
    passthrough : list of column names or None, default=None
        As in `SMOTE`. Without `shrinkage` there is no need for it.
    passthrough_fill : {'missing', 'base'}, default='missing'
        As in `SMOTE`, for rows with noise.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Number of new rows of each class, by label.
    sample_indices_ : int64 array
        Rows of X from which those of the result are drawn: all of X, then the drawn ones.
    shrinkage_ : dict or None
        The factor of each class that grows.
    device_ : str
        Device on which the work ran.
    provenance_ : Provenance
        As in `SMOTE`.
    n_features_in_ : int
        Number of features of X.
    report_ : Report
        What the last call of `fit_resample` did, in numbers and words: `Report <gpu_smotetomek.samplers.reports.Report>`.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if X has names that are all strings.

    See Also
    --------
    SMOTE : Interpolation between rows of one class.
    RandomUnderSampler : Removal of rows at random.

    References
    ----------
    .. [1] Menardi, Torelli, "Training and assessing classification rules with imbalanced data", Data Mining and Knowledge
       Discovery 28 (2014) 92-122.

    Examples
    --------
    >>> X, y = [["Rome", 1], ["Oslo", None], ["Lima", 3]], ["a", "b", "b"]
    >>> RandomOverSampler(random_state=0).fit_resample(X, y)
    ([['Rome', 1], ['Oslo', None], ['Lima', 3], ['Rome', 1]], ['a', 'b', 'b', 'a'])
    """

    sample_indices_: Integers
    shrinkage_: dict[Any, float] | None
    _imblearn_class = ("imblearn.over_sampling", "RandomOverSampler")
    _sampling_type = "over-sampling"
    _parameter_constraints = {
        **OVERSAMPLING_PARAMETERS,
        "shrinkage": [Interval(Real, 0, None, closed="left"), Mapping, None],
        "memory_limit": EXECUTION_PARAMETERS["memory_limit"],
        **PASSTHROUGH_PARAMETERS,
    }

    def __init__(
        self,
        *,
        sampling_strategy: OverSamplingStrategy = "auto",
        random_state: SeedOrGenerator = None,
        shrinkage: float | Mapping[Any, Any] | None = None,
        memory_limit: int | None = None,
        passthrough: ColumnNames | None = None,
        passthrough_fill: FillWord = "missing",
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.shrinkage = shrinkage
        self.memory_limit = memory_limit
        self.passthrough = passthrough
        self.passthrough_fill = passthrough_fill

    @property
    def _adds_rows(self) -> bool:
        return self.shrinkage is not None

    @property
    def _reads_values(self) -> bool:
        return self.shrinkage is not None

    def _resolve(self, batch: Batch) -> None:
        labels = strategy_labels(self.sampling_strategy, batch)
        self.sampling_strategy_ = resolve_oversampling(self.sampling_strategy, labels, counts_by_label(batch))
        self.shrinkage_ = self._resolve_shrinkage()

    def _resolve_shrinkage(self) -> dict[Any, float] | None:
        """The factor of each class that grows; None if no noise is added."""
        if self.shrinkage is None:
            return None
        if not isinstance(self.shrinkage, Mapping):
            return dict.fromkeys(self.sampling_strategy_, self.shrinkage)
        if missing := self.sampling_strategy_.keys() - self.shrinkage.keys():
            raise ValueError(
                f"`shrinkage` should contain a shrinkage factor for each class that will be resampled. The missing classes are: "
                f"{missing!r}"
            )
        for label, factor in self.shrinkage.items():
            if not (isinstance(factor, Real) and float(factor) >= 0):
                raise ValueError(f"The shrinkage factor needs to be >= 0. Got {factor!r} for class {label!r}.")
        return dict(self.shrinkage)

    def _resample(self, batch: Batch, ctx: ExecutionContext) -> Batch:
        self._resolve(batch)
        n_new = sizes_by_code(batch, self.sampling_strategy_)
        random = self._make_random_source()
        if self.shrinkage_ is None:
            drawn = draw_copied_places(batch, n_new, random)
            resampled = append_copies(batch, batch.rows_at(drawn))
        else:
            factors = {code: self.shrinkage_[batch.classes[code]] for code in n_new}
            resampled, drawn = append_perturbed(batch, factors, n_new, random, ctx)
        self.sample_indices_ = np.concatenate([np.arange(len(batch.codes)), drawn])
        self.device_ = ctx.device
        return resampled.add_record()
