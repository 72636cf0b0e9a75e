"""ADASYN as a scikit-learn estimator."""

from __future__ import annotations

from typing import Any

from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.resampling import Batch, Neighborhoods, allot_new_rows, find_growing_rows, oversample_adasyn
from gpu_smotetomek.samplers.oversampler import NEIGHBORS, SMALL_CLASS, OverSampler
from gpu_smotetomek.samplers.parameter_types import (
    BackendWord,
    ColumnNames,
    DeviceWord,
    FillWord,
    NeighborsOrSearch,
    OverSamplingStrategy,
    Scale,
    SeedOrGenerator,
    SmallClassWord,
)
from gpu_smotetomek.typing import Integers


class ADASYN(OverSampler):
    """Over-sample by synthetic rows, most of them of those rows of a class that have most rows of other classes around them.

    A row gets synthetic rows in proportion to the number of rows of other classes among its `n_neighbors` nearest ones, rounded
    to an integer (He et al. [1]_). They are s = p + g (q − p), 0 ≤ g < 1, of the row p and one q of its nearest neighbours of the
    same class. For the same seed the rows are those of imbalanced-learn 0.14, bit for bit, wherever no two distances are equal;
    rows at equal distances are in the order of their numbers.

    `fit_resample` raises RuntimeError where no row of a class has a row of another class among its neighbours, and ValueError
    where all its numbers of synthetic rows are rounded to 0.

    Parameters
    ----------
    sampling_strategy : float, str, mapping or callable, default='auto'
        As in `SMOTE`; rounding changes the numbers by a few rows.
    random_state : int, RandomState, Generator or None, default=None
        Source of the draws. An int starts once in a call, not for each class as in `SMOTE`; so it does in imbalanced-learn.
    n_neighbors : int or object with `kneighbors`, default=5
        Neighbours, of all classes to count those of other classes, and of the same class to draw q from. For an object, its own
        `n_neighbors` holds, which counts the row itself.
    small_class : {'error', 'shrink', 'skip'}, default='error'
        As in `SMOTE`.
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
        Number of rows that each class was to get, by label, before rounding.
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
    nn_ : object
        The fitted copy of `n_neighbors`, if that is an object.
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
    BorderlineSMOTE : Over-sampling of rows near other classes only.

    References
    ----------
    .. [1] He, Bai, Garcia, Li, "ADASYN: adaptive synthetic sampling approach for imbalanced learning", IJCNN 2008, 1322-1328.

    Examples
    --------
    >>> import numpy as np
    >>> X, y = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [6.0]]), [0, 0, 0, 1, 1, 1, 0]
    >>> X_resampled, y_resampled = ADASYN(n_neighbors=1, random_state=0).fit_resample(X, y)
    >>> X_resampled[7:], y_resampled[7:]
    (array([[3.5488135]]), [1])
    """

    nn_: Any
    _imblearn_class = ("imblearn.over_sampling", "ADASYN")
    _searches_all_rows = True
    _parameter_constraints = {
        **OverSampler._parameter_constraints,
        "n_neighbors": NEIGHBORS,
        "small_class": SMALL_CLASS,
    }

    def __init__(
        self,
        *,
        sampling_strategy: OverSamplingStrategy = "auto",
        random_state: SeedOrGenerator = None,
        n_neighbors: NeighborsOrSearch = 5,
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
        self.n_neighbors = n_neighbors
        self.small_class = small_class
        self.n_jobs = n_jobs
        self.backend = backend
        self.device = device
        self.memory_limit = memory_limit
        self.scale = scale
        self.passthrough = passthrough
        self.passthrough_fill = passthrough_fill

    def _max_rows_out(self, sizes: Integers) -> int:
        return super()._max_rows_out(sizes) + int(sizes.sum()) // 2  # each row's number is rounded

    def _oversample(self, batch: Batch, n_synthetic: dict[int, int], selector: SearchSelector) -> Batch:
        finder = self._make_finder("n_neighbors", "nn_", batch, selector)
        n_synthetic = self._treat_small_classes(batch, n_synthetic, finder)
        around = Neighborhoods.find(batch, find_growing_rows(batch, n_synthetic), finder.find_in_table)
        allotted = allot_new_rows(batch, n_synthetic, around)
        random = self._make_random_source()
        return oversample_adasyn(batch, allotted, around, finder.find_in_class, random, selector.ctx)
