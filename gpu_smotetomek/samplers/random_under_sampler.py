"""Random under-sampling as a scikit-learn estimator."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real

import numpy as np

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.resampling import Batch, draw_kept_places, keep_places
from gpu_smotetomek.samplers._sklearn import Interval, StrOptions
from gpu_smotetomek.samplers.label_counts import counts_by_label, sizes_by_code, strategy_labels
from gpu_smotetomek.samplers.parameter_types import SeedOrGenerator, UnderSamplingStrategy
from gpu_smotetomek.samplers.random_sampler import RandomSampler
from gpu_smotetomek.samplers.undersampling_strategy import resolve_undersampling
from gpu_smotetomek.typing import Integers


class RandomUnderSampler(RandomSampler):
    """Under-sample by keeping rows drawn at random.

    No value is read: columns may hold anything, and X may be any container. For the same seed the rows and their order are
    those of imbalanced-learn 0.14: class after class, and the rows of a class that shrinks as they were drawn.

    Parameters
    ----------
    sampling_strategy : float, str, mapping or callable, default='auto'
        Which classes shrink, and to how many rows: a ratio of the smaller class to the larger one (two classes only), 'majority',
        'not minority' ('auto'), 'not majority' or 'all', to the size of the smallest class; or a mapping (or a callable of y that
        returns one) from label to number of rows.
    random_state : int, RandomState, Generator or None, default=None
        Source of the draws, which runs on from class to class.
    replacement : bool, default=False
        Whether a row may be drawn several times.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Number of rows of each class that shrinks, by label.
    sample_indices_ : int64 array
        Rows of X that were kept, in the order of the result.
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
    RandomOverSampler : Copies of rows, drawn at random.
    TomekLinks : Removal of Tomek links alone.

    Examples
    --------
    >>> X, y = [["Rome", 1], ["Oslo", None], ["Lima", 3]], ["a", "b", "b"]
    >>> RandomUnderSampler(random_state=0).fit_resample(X, y)
    ([['Rome', 1], ['Lima', 3]], ['a', 'b'])
    """

    sample_indices_: Integers
    _imblearn_class = ("imblearn.under_sampling", "RandomUnderSampler")
    _sampling_type = "under-sampling"
    _parameter_constraints = {
        "sampling_strategy": [
            Interval(Real, 0, 1, closed="right"),
            StrOptions({"auto", "majority", "not minority", "not majority", "all"}),
            Mapping,
            callable,
        ],
        "random_state": ["random_state", np.random.Generator],
        "replacement": ["boolean"],
    }

    def __init__(
        self,
        *,
        sampling_strategy: UnderSamplingStrategy = "auto",
        random_state: SeedOrGenerator = None,
        replacement: bool = False,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.replacement = replacement

    @property
    def _reads_values(self) -> bool:
        return False

    def _resolve(self, batch: Batch) -> None:
        labels = strategy_labels(self.sampling_strategy, batch)
        self.sampling_strategy_ = resolve_undersampling(self.sampling_strategy, labels, counts_by_label(batch))

    def _resample(self, batch: Batch, ctx: ExecutionContext) -> Batch:
        self._resolve(batch)
        totals = sizes_by_code(batch, self.sampling_strategy_)
        self.sample_indices_ = draw_kept_places(batch, totals, self._make_random_source(), replacement=self.replacement)
        self.device_ = ctx.device
        resampled = keep_places(batch, self.sample_indices_, ctx)
        removed_ids = resampled.dropped_ids
        if not batch.is_complete:
            removed_ids = np.setdiff1d(removed_ids, batch.dropped_ids, assume_unique=True)
        return resampled.add_record("not drawn", removed_ids=removed_ids)
