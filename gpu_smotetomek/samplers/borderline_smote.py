"""Borderline-SMOTE as a scikit-learn estimator."""

from __future__ import annotations

from typing import Any

import numpy as np

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.errors import join_first, warn_caller
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.resampling import (
    Batch,
    Neighborhoods,
    find_danger,
    find_growing_rows,
    oversample_borderline_across,
    oversample_borderline_within,
)
from gpu_smotetomek.samplers._sklearn import StrOptions
from gpu_smotetomek.samplers.neighbor_finder import NeighborFinder
from gpu_smotetomek.samplers.oversampler import NEIGHBORS, SMALL_CLASS, OverSampler
from gpu_smotetomek.samplers.parameter_types import (
    BackendWord,
    ColumnNames,
    DeviceWord,
    FillWord,
    KindWord,
    NeighborsOrSearch,
    OverSamplingStrategy,
    Scale,
    SeedOrGenerator,
    SmallClassWord,
)
from gpu_smotetomek.typing import Integers


class BorderlineSMOTE(OverSampler):
    """Over-sample by synthetic rows of those rows of a class that are near other classes.

    A row is in danger if, of its `m_neighbors` nearest rows, at least half but not all are of other classes (Han, Wang and
    Mao [1]_). Synthetic rows s = p + g (q − p), 0 ≤ g < 1, are of rows p in danger only. For the same seed the rows are those of
    imbalanced-learn 0.14, bit for bit, wherever no two distances are equal; rows at equal distances are in the order of their
    numbers.

    Parameters
    ----------
    sampling_strategy : float, str, mapping or callable, default='auto'
        As in `SMOTE`.
    random_state : int, RandomState, Generator or None, default=None
        As in `SMOTE`.
    k_neighbors : int or object with `kneighbors`, default=5
        Neighbours to draw q from. For an object, its own `n_neighbors` holds, which counts the row itself.
    m_neighbors : int or object with `kneighbors`, default=10
        Neighbours, of all classes, that show whether a row is in danger; an object as for `k_neighbors`.
    kind : {'borderline-1', 'borderline-2'}, default='borderline-1'
        'borderline-1' draws q from the neighbours of the same class. 'borderline-2' draws it from the neighbours of all classes,
        and goes at most half as far towards one of another class.
    small_class : {'error', 'shrink', 'skip'}, default='error'
        As in `SMOTE`; 'borderline-2' needs no more than one row of a class.
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
    passthrough_fill : {'missing', 'base'}, default='missing'
        As in `SMOTE`.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Number of synthetic rows of each class, by label, if the class has rows in danger. A class without them gets no synthetic
        row, and a warning names it.
    in_danger_indices : dict
        Rows in danger of each class that has any, by label; row numbers of X, ascending.
    n_synthetic_ : int
        Number of synthetic rows in total.
    backend_ : str
        As in `SMOTE`.
    device_ : str
        Device on which the work ran.
    search_stages_ : dict
        As in `SMOTE`.
    certified_fraction_ : float
        As in `SMOTE`.
    nn_k_ : object
        The fitted copy of `k_neighbors`, if that is an object.
    nn_m_ : object
        The fitted copy of `m_neighbors`, if that is an object.
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
    SMOTE : Interpolation between rows of one class.
    SVMSMOTE : Over-sampling of support vectors.
    ADASYN : Over-sampling that makes more rows where other classes are near.

    References
    ----------
    .. [1] Han, Wang, Mao, "Borderline-SMOTE: a new over-sampling method in imbalanced data sets learning", ICIC 2005, 878-887.

    Examples
    --------
    >>> import numpy as np
    >>> X, y = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [6.0]]), [0, 0, 1, 1, 1, 0, 0]
    >>> sampler = BorderlineSMOTE(k_neighbors=1, m_neighbors=2, random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> sampler.in_danger_indices[1], X_resampled[7:], y_resampled[7:]
    (array([2, 4]), array([[2.59284462]]), [1])
    """

    in_danger_indices: dict[Any, Integers]
    nn_k_: Any
    nn_m_: Any
    _imblearn_class = ("imblearn.over_sampling", "BorderlineSMOTE")
    _searches_all_rows = True
    _parameter_constraints = {
        **OverSampler._parameter_constraints,
        "k_neighbors": NEIGHBORS,
        "m_neighbors": NEIGHBORS,
        "kind": [StrOptions({"borderline-1", "borderline-2"})],
        "small_class": SMALL_CLASS,
    }

    def __init__(
        self,
        *,
        sampling_strategy: OverSamplingStrategy = "auto",
        random_state: SeedOrGenerator = None,
        k_neighbors: NeighborsOrSearch = 5,
        m_neighbors: NeighborsOrSearch = 10,
        kind: KindWord = "borderline-1",
        small_class: SmallClassWord = "error",
        n_jobs: int | None = None,
        backend: BackendWord = "auto",
        device: DeviceWord = "auto",
        memory_limit: int | None = None,
        scale: Scale | None = None,
        passthrough: ColumnNames | None = None,
        passthrough_fill: FillWord = "missing",
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.k_neighbors = k_neighbors
        self.m_neighbors = m_neighbors
        self.kind = kind
        self.small_class = small_class
        self.n_jobs = n_jobs
        self.backend = backend
        self.device = device
        self.memory_limit = memory_limit
        self.scale = scale
        self.passthrough = passthrough
        self.passthrough_fill = passthrough_fill

    def _oversample(self, batch: Batch, n_synthetic: dict[int, int], selector: SearchSelector) -> Batch:
        k_finder = self._make_finder("k_neighbors", "nn_k_", batch, selector)
        m_finder = self._make_finder("m_neighbors", "nn_m_", batch, selector)
        around = Neighborhoods.find(batch, find_growing_rows(batch, n_synthetic), m_finder.find_in_table)
        danger = find_danger(batch, around)
        self.in_danger_indices = {
            batch.classes[code]: np.sort(batch.places_of(rows)) for code, rows in danger.items() if len(rows)
        }
        n_synthetic = self._leave_out_safe_classes(batch, n_synthetic, danger)
        random, ctx = self._make_random_source(), selector.ctx
        if self.kind == "borderline-2":
            of_danger = self._find_neighbors_of_danger(batch, around, danger, k_finder)
            return oversample_borderline_across(batch, n_synthetic, of_danger, around, random, ctx)
        n_synthetic = self._treat_small_classes(batch, n_synthetic, k_finder)
        return oversample_borderline_within(batch, n_synthetic, danger, around, k_finder.find_in_class, random, ctx)

    @staticmethod
    def _leave_out_safe_classes(
        batch: Batch, n_synthetic: dict[int, int], danger: dict[int, Integers]
    ) -> dict[int, int]:
        """The rows to add to each class, 0 where no row is in danger, as in imbalanced-learn; and a warning."""
        safe = [code for code, size in n_synthetic.items() if size and not len(danger[code])]
        if safe:
            labels = join_first([repr(label) for label in batch.classes[safe].tolist()])
            warn_caller(
                f"No row of class {labels} is in danger, so BorderlineSMOTE adds none to it: of m_neighbors rows around one, at "
                "least half and not all must be of other classes. Change m_neighbors, or use SMOTE"
            )
        return {**n_synthetic, **dict.fromkeys(safe, 0)}

    @staticmethod
    def _find_neighbors_of_danger(
        batch: Batch, around: Neighborhoods, danger: dict[int, Integers], finder: NeighborFinder
    ) -> Neighborhoods:
        """The neighbours of any class of all rows in danger, from the lists around them where these are long enough."""
        rows = np.sort(np.concatenate([batch.codes[:0].astype(np.int64), *danger.values()]))
        if finder.k is not None and finder.k <= around.k and around.distances is not None:
            return around.take(batch, np.searchsorted(dispatch.to_numpy_int64(around.rows), rows), finder.k)
        return Neighborhoods.find(batch, dispatch.asarray_like(rows, batch.X), finder.find_in_table)
