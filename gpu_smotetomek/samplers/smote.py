"""SMOTE as a scikit-learn estimator."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state

from gpu_smotetomek.arrays import dispatch, indexing, matrices, torch_interop
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.resampling import Batch, check_class_sizes, class_neighbors, oversample
from gpu_smotetomek.samplers._sklearn import HasMethods, Interval, StrOptions
from gpu_smotetomek.samplers.base import Sampler, counts_by_label, strategy_labels
from gpu_smotetomek.samplers.column_roles import PASSTHROUGH_PARAMETERS
from gpu_smotetomek.samplers.sampling_strategy import resolve_oversampling
from gpu_smotetomek.samplers.settings import EXECUTION_PARAMETERS
from gpu_smotetomek.typing import Array, Integers

OVERSAMPLING_PARAMETERS: dict[str, list[Any]] = {
    "sampling_strategy": [
        Interval(Real, 0, 1, closed="right"),
        StrOptions({"auto", "minority", "not minority", "not majority", "all"}),
        Mapping,
        callable,
    ],
    "random_state": ["random_state", np.random.Generator],
}


class SMOTE(Sampler):
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
    n_features_in_ : int
        Number of features of X.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if X has names that are all strings.

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

    _imblearn_class = ("imblearn.over_sampling", "SMOTE")
    _sampling_type = "over-sampling"
    _parameter_constraints = {
        **OVERSAMPLING_PARAMETERS,
        "k_neighbors": [Interval(Integral, 1, None, closed="left"), HasMethods(["kneighbors", "kneighbors_graph"])],
        "n_jobs": [Integral, None],
        **EXECUTION_PARAMETERS,
        **PASSTHROUGH_PARAMETERS,
    }

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        k_neighbors: Any = 5,
        n_jobs: int | None = None,
        backend: str = "auto",
        device: str = "auto",
        memory_limit: int | None = None,
        passthrough: Any = None,
        passthrough_fill: str = "missing",
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.k_neighbors = k_neighbors
        self.n_jobs = n_jobs
        self.backend = backend
        self.device = device
        self.memory_limit = memory_limit
        self.passthrough = passthrough
        self.passthrough_fill = passthrough_fill

    def _resolve(self, batch: Batch) -> None:
        labels = strategy_labels(self.sampling_strategy, batch)
        self.sampling_strategy_: OrderedDict[Any, int] = resolve_oversampling(
            self.sampling_strategy, labels, counts_by_label(batch)
        )

    def _estimate_pairs(self, sizes: Integers) -> float:
        return float((np.sort(sizes)[:-1].astype(float) ** 2).sum())

    def _resample(self, batch: Batch, ctx: ExecutionContext) -> Batch:
        self._resolve(batch)
        selector = SearchSelector(ctx)
        n_synthetic = {int(np.searchsorted(batch.classes, label)): n for label, n in self.sampling_strategy_.items()}
        find_neighbors: Callable[[Array], tuple[Array, Array | None]]
        draw_early_k = None
        if isinstance(self.k_neighbors, Integral):
            k = int(self.k_neighbors)
            check_class_sizes(batch, n_synthetic, k)
            draw_early_k = k if isinstance(self.random_state, Integral) else None

            def find_neighbors(rows: Array) -> tuple[Array, Array | None]:
                return class_neighbors(batch, rows, k, selector)
        else:
            self.nn_k_ = clone(self.k_neighbors)

            def find_neighbors(rows: Array) -> tuple[Array, Array | None]:
                return neighbors_from_estimator(self.nn_k_, batch, rows, ctx), None

        resampled = oversample(batch, n_synthetic, find_neighbors, self._make_random_source(), ctx, draw_early_k)
        self._record_search(selector)
        self.n_synthetic_ = len(resampled.codes) - len(batch.codes)
        return resampled

    def _make_random_source(self) -> Callable[[], np.random.RandomState | np.random.Generator]:
        state = self.random_state
        if isinstance(state, np.random.Generator):
            return lambda: state
        return lambda: check_random_state(state)  # an int starts afresh at each call, the other sources continue


def neighbors_from_estimator(estimator: Any, batch: Batch, rows: Array, ctx: ExecutionContext) -> Array:
    """The neighbours (n_class, n_neighbors − 1), in its order, that a caller's estimator finds for `rows` among them.

    The row itself is dropped by its number, or the last column if the list lacks it. The estimator receives rows of the caller's
    library.
    """
    P = matrices.take_rows(batch.X, rows)
    P = torch_interop.to_torch(P) if ctx.views_torch else P
    if not dispatch.is_numpy_or_sparse(P) and type(estimator).__module__.startswith("sklearn."):
        raise ValueError(
            f"k_neighbors={estimator!r} of scikit-learn searches NumPy arrays, and X is none (it is on "
            f"{dispatch.device_name(P)!r}): give a number of neighbors, or an object that takes arrays of X's library"
        )
    found = dispatch.to_numpy(estimator.fit(P).kneighbors(P, return_distance=False)).astype(np.int64, copy=False)
    n, n_neighbors = found.shape
    if n_neighbors < 2:
        raise ValueError(
            "the k_neighbors object asks for n_neighbors=1, which is the row itself; give it n_neighbors=k + 1"
        )
    is_self = found == np.arange(n)[:, None]
    is_self[~is_self.any(axis=1), -1] = True
    first = is_self.argmax(axis=1)[:, None] == np.arange(n_neighbors)[None, :]
    positions = dispatch.asarray_like(found[~first].reshape(n, n_neighbors - 1), batch.X)
    return indexing.take_1d(rows, positions)
