"""SMOTE as a scikit-learn estimator."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.resampling import Batch, oversample
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


class SMOTE(OverSampler):
    """Over-sample by synthetic rows between a row and one of its nearest neighbours of the same class.

    A synthetic row is s = p + g (q − p), 0 ≤ g < 1, of a row p of the class and one q of its `k_neighbors` nearest
    neighbours (Chawla et al. [1]_). For the same seed the rows are those of imbalanced-learn 0.14, bit for bit.

    Parameters
    ----------
    sampling_strategy : float, str, mapping or callable, default='auto'
        Which classes grow, and to how many rows: a ratio to the majority (two classes only), 'minority', 'not minority',
        'not majority' ('auto'), 'all', or a mapping (or a callable of y that returns one) from label to number of rows.
    random_state : int, RandomState, Generator or None, default=None
        Source of the draws. An int starts afresh for each class, as in imbalanced-learn.
    k_neighbors : int or object with `kneighbors`, default=5
        Neighbours to draw from. For an object, its own `n_neighbors` holds, which counts the row itself.
    small_class : {'error', 'shrink', 'skip'}, default='error'
        What happens where a class that is over-sampled has no more than `k_neighbors` rows. 'shrink' uses as many neighbours as
        there are, and copies the numbers of a single row; 'skip' leaves the class as it is. Both give one warning, which names
        the classes.
    n_jobs : int or None, default=None
        Number of threads; -1 is all cores. None is the number of `joblib.parallel_config`, else one in a worker of
        joblib, Dask or multiprocessing, else all cores, or as many as `OMP_NUM_THREADS` or threadpoolctl allow.
    backend : str, default='auto'
        Neighbour search: 'auto', 'faiss-cpu', 'kdtree', 'sklearn', 'xp', 'sparse', 'cuda' or 'faiss-gpu'. It never changes
        the answer.
        'auto' chooses by device, size and intrinsic dimension of the data: 'cuda' for arrays on a GPU, else 'kdtree' or 'xp',
        and 'faiss-cpu', where it is installed, for single nearest rows if that saves about 0.02 s. Earlier calls have no
        influence.
    device : str, default='auto'
        'auto' is the device of X, except that for 10⁹ pairs of rows and more, NumPy arrays, lists and frames go to the GPU where
        CuPy can use one. 'cuda' or 'cuda:N' always moves them there. They come back as they came. An array on a device stays.
    memory_limit : int or None, default=None
        Bytes of work space; None is 256 MiB.
    scale : {'standard', 'robust'}, array of shape (n_features,) or None, default=None
        Factors that multiply the features before distances, so that no feature counts for more because of its unit: the inverse
        of each standard deviation, of each interquartile range, or these factors. Rows come out in their own units. Factors of
        categorical features are not used.
    passthrough : list of column names or None, default=None
        Columns of a frame that only travel with their rows: they are not read, may hold anything, and come back in their dtypes.
    passthrough_fill : {'missing', 'base'}, default='missing'
        Their cells in synthetic rows: missing values, or the cells of the base row.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Number of synthetic rows of each class, by label.
    n_synthetic_ : int
        Number of synthetic rows in total.
    backend_ : str
        Backend that served most queries; 'direct' if all distances were computed in float64.
    device_ : str
        Device on which the work ran.
    search_stages_ : dict
        Number of rows that each stage of the search settled: 'products' of few rows with many features, a certified 'list', a
        'longer list' or a 'finer list', 'equal rows', 'float64 leaves' within a radius, a 'float64 tree', or all distances in
        'float64'.
    certified_fraction_ : float
        Share of the rows for which not all distances were computed in float64.
    nn_k_ : object
        The fitted copy of `k_neighbors`, if that is an object.
    scale_ : float64 array of shape (n_features,), or None
        The factors, from the rows that came in; None without `scale`. Distances are those of ``X * scale_``.
    provenance_ : Provenance
        Where each row of the last result comes from, which rows were removed, and why.
    n_features_in_ : int
        Number of features of X: the product of its dimensions after the first.
    report_ : Report
        What the last call of `fit_resample` did, in numbers and words: `Report <gpu_smotetomek.samplers.reports.Report>`.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if X has names that are all strings.

    See Also
    --------
    SMOTETomek : Over-sampling, then removal of Tomek links.
    BorderlineSMOTE : Over-sampling of rows near other classes only.
    SMOTENC : Over-sampling of tables with categories.

    References
    ----------
    .. [1] Chawla, Bowyer, Hall, Kegelmeyer, "SMOTE: synthetic minority over-sampling technique", JAIR 16 (2002) 321-357.

    Examples
    --------
    >>> import numpy as np
    >>> X, y = np.array([[0.0], [1.0], [5.0], [6.0], [7.0]]), [1, 1, 0, 0, 0]
    >>> X_resampled, y_resampled = SMOTE(k_neighbors=1, random_state=0).fit_resample(X, y)
    >>> X_resampled[5:], y_resampled[5:]
    (array([[0.59284462]]), [1])
    """

    nn_k_: Any
    _imblearn_class = ("imblearn.over_sampling", "SMOTE")
    _parameter_constraints = {
        **OverSampler._parameter_constraints,
        "k_neighbors": NEIGHBORS,
        "small_class": SMALL_CLASS,
    }

    def __init__(
        self,
        *,
        sampling_strategy: OverSamplingStrategy = "auto",
        random_state: SeedOrGenerator = None,
        k_neighbors: NeighborsOrSearch = 5,
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
        self.small_class = small_class
        self.n_jobs = n_jobs
        self.backend = backend
        self.device = device
        self.memory_limit = memory_limit
        self.scale = scale
        self.passthrough = passthrough
        self.passthrough_fill = passthrough_fill

    def _estimate_pairs(self, sizes: Integers) -> float:
        return float((np.sort(sizes)[:-1].astype(float) ** 2).sum())

    def _oversample(self, batch: Batch, n_synthetic: dict[int, int], selector: SearchSelector) -> Batch:
        finder = self._make_finder("k_neighbors", "nn_k_", batch, selector)
        n_synthetic = self._treat_small_classes(batch, n_synthetic, finder)
        draws_early = finder.estimator is None and isinstance(self.random_state, Integral)
        return oversample(
            batch,
            n_synthetic,
            lambda rows: finder.find_in_class(rows, rows),
            self._make_random_source(),
            selector.ctx,
            finder.k if draws_early else None,
        )
