"""Edited nearest neighbours as a scikit-learn estimator."""

from __future__ import annotations

from numbers import Integral

import numpy as np

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.resampling import Batch, find_disagreeing_rows
from gpu_smotetomek.samplers._sklearn import Interval, StrOptions
from gpu_smotetomek.samplers.cleaner import CLEANING_PARAMETERS, Cleaner, Removal
from gpu_smotetomek.samplers.parameter_types import (
    BackendWord,
    CategoricalFeatures,
    CleaningStrategy,
    ColumnNames,
    DeviceWord,
    Integer,
    KindSelWord,
    Scale,
)
from gpu_smotetomek.typing import Integers


class EditedNearestNeighbours(Cleaner):
    """Clean by removing rows that disagree with their nearest rows.

    With `kind_sel="all"`, a row is kept if its `n_neighbors` nearest rows are all of its own class; with "mode", if its class is
    the most frequent one among them. Of equally frequent classes the first label counts (Wilson [1]_). Where rows are equally
    near, a row is kept only if it would be kept in every order of them, so that the order of the rows does not matter.
    The rows come out class after class, as in imbalanced-learn.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default='auto'
        Classes whose rows may be removed: 'majority', 'not minority' ('auto'), 'not majority', 'all', a list of labels (or a
        callable of y that returns one).
    n_neighbors : int, default=3
        Neighbours of a row, without the row itself.
    kind_sel : {'all', 'mode'}, default='all'
        'all': all neighbours must be of the row's class; 'mode': that class must be the most frequent.
    n_jobs : int or None, default=None
        As in `SMOTE`.
    backend : str, default='auto'
        As in `SMOTE`.
    device : str, default='auto'
        As in `SMOTE`.
    memory_limit : int or None, default=None
        Bytes of work space; None is 256 MiB.
    scale : {'standard', 'robust'}, array of shape (n_features,) or None, default=None
        As in `SMOTE`.
    passthrough : list of column names or None, default=None
        As in `SMOTE`.
    categorical_features : 'auto', array-like of columns or None, default=None
        As in `TomekLinks`.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        The classes whose rows may be removed.
    sample_indices_ : int64 array
        Rows that are left, class after class in the order of the labels, as they come out; ascending within a class.
    search_stages_ : dict
        As in `TomekLinks`; 'single neighbors' counts the rows for which single nearest rows of the own class and of the others
        sufficed.
    certified_fraction_ : float
        Share of the rows for which not all distances were computed in float64.
    backend_ : str
        Backend that served most queries; 'direct' if all distances were computed in float64.
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
        Number of features of X.
    report_ : Report
        What the last call of `fit_resample` did, in numbers and words: `Report <gpu_smotetomek.samplers.reports.Report>`.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if X has names that are all strings.

    See Also
    --------
    TomekLinks : Removal of Tomek links alone.
    SMOTEENN : Over-sampling, then removal of rows that disagree with their nearest rows.

    References
    ----------
    .. [1] Wilson, "Asymptotic properties of nearest neighbor rules using edited data", IEEE Transactions on Systems, Man, and
       Cybernetics 2 (1972) 408-421.

    Examples
    --------
    >>> cleaner = EditedNearestNeighbours(n_neighbors=1)
    >>> cleaner.fit_resample([[0.0], [1.0], [1.4], [9.0], [9.5]], ["a", "a", "b", "b", "b"])
    ([[0.0], [1.0], [9.0], [9.5]], ['a', 'a', 'b', 'b'])
    >>> cleaner.sample_indices_
    array([0, 1, 3, 4])
    """

    _imblearn_class = ("imblearn.under_sampling", "EditedNearestNeighbours")
    _searches_all_rows = True
    _reason = "disagrees with its neighbors"
    _parameter_constraints = {
        **CLEANING_PARAMETERS,
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "kind_sel": [StrOptions({"all", "mode"})],
    }

    def __init__(
        self,
        *,
        sampling_strategy: CleaningStrategy = "auto",
        n_neighbors: Integer = 3,
        kind_sel: KindSelWord = "all",
        n_jobs: int | None = None,
        backend: BackendWord = "auto",
        device: DeviceWord = "auto",
        memory_limit: int | None = None,
        scale: Scale | None = None,
        passthrough: ColumnNames | None = None,
        categorical_features: CategoricalFeatures | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.n_neighbors = n_neighbors
        self.kind_sel = kind_sel
        self.n_jobs = n_jobs
        self.backend = backend
        self.device = device
        self.memory_limit = memory_limit
        self.scale = scale
        self.passthrough = passthrough
        self.categorical_features = categorical_features

    def _estimate_pairs(self, sizes: Integers) -> float:
        return float(sizes.sum()) ** 2

    def _find_rows_to_drop(self, batch: Batch, selector: SearchSelector) -> Removal:
        is_targeted = self._mark_targeted(batch)
        return Removal(find_disagreeing_rows(batch, is_targeted, int(self.n_neighbors), self.kind_sel, selector))

    def _resample(self, batch: Batch, ctx: ExecutionContext) -> Batch:
        resampled = super()._resample(batch, ctx)
        self._ordered_codes = batch.ordered_codes
        return resampled.order_by_class()

    @property
    def sample_indices_(self) -> Integers:
        """Rows that are left, as they come out: computed on request, as they are as many as the rows."""
        left = super().sample_indices_
        return left[np.argsort(self._ordered_codes[left], kind="stable")]
