"""SMOTE as a scikit-learn estimator."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

from gpu_smotetomek.arrays import dispatch, matrices, torch_interop
from gpu_smotetomek.resampling import Batch, check_class_sizes, class_neighbors, oversample
from gpu_smotetomek.samplers.base import Sampler, counts_by_label, strategy_labels
from gpu_smotetomek.samplers.sampling_strategy import resolve_oversampling
from gpu_smotetomek.samplers.settings import EXECUTION_PARAMETERS, Call
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
    """Over-sampling by synthetic rows between a row and one of its nearest neighbours of the same class.

    A synthetic row is s = p + g (q − p), 0 ≤ g < 1, of a row p of the class and one q of its `k_neighbors` nearest
    neighbours (Chawla et al. [1]_). For the same seed the rows are those of imbalanced-learn 0.14, bit for bit.

    Parameters
    ----------
    sampling_strategy : float, str, mapping or callable, default='auto'
        Which classes grow, and to how many rows: a ratio to the majority (two classes only), 'minority', 'not minority',
        'not majority' ('auto'), 'all', or a mapping (or a callable of y that gives one) from label to wanted number of rows.
    random_state : int, RandomState, Generator or None, default=None
        Source of the draws. An int starts afresh for each class, as in imbalanced-learn.
    k_neighbors : int or object with `kneighbors`, default=5
        Neighbours to draw from. An object is asked for its own `n_neighbors`, which counts the row itself.
    backend : str, default='auto'
        Neighbour search: 'auto', 'faiss-cpu', 'kdtree', 'sklearn', 'xp' or 'cuda'. It never changes the answer.
    device : str, default='auto'
        'auto' is where X is; but for 10⁹ pairs of rows and more, NumPy arrays, lists and frames go to the GPU where CuPy can use
        one. 'cuda' or 'cuda:N' moves them there in any case. They come back as they came. An array that is on a device stays.
    memory_limit : int or None, default=None
        Bytes of work space; None is 256 MB.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Synthetic rows of each class, by label.
    n_synthetic_ : int
        Synthetic rows in all.
    backend_, device_ : str
        What served: a backend, or 'direct' where all distances were taken in float64.
    roads_ : dict
        Rows that were settled by a certified 'list', a 'longer list' or a 'finer list', as 'equal rows', by a 'float64 tree', or
        by all their distances ('float64').
    certified_fraction_ : float
        Share of the rows for which not all distances were taken.
    nn_k_ : object
        The fitted copy of `k_neighbors`, where that is an object.
    n_features_in_, feature_names_in_
        As in scikit-learn.

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
        **EXECUTION_PARAMETERS,
    }

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        random_state: Any = None,
        k_neighbors: Any = 5,
        backend: str = "auto",
        device: str = "auto",
        memory_limit: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.k_neighbors = k_neighbors
        self.backend = backend
        self.device = device
        self.memory_limit = memory_limit

    def _resolve(self, batch: Batch) -> None:
        self.sampling_strategy_: OrderedDict[Any, int] = resolve_oversampling(
            self.sampling_strategy, strategy_labels(self.sampling_strategy, batch), counts_by_label(batch)
        )

    def _estimate_pairs(self, sizes: Integers) -> float:
        return float((np.sort(sizes)[:-1].astype(float) ** 2).sum())

    def _resample(self, batch: Batch, call: Call) -> Batch:
        self._resolve(batch)
        engine = call.engine()
        wanted = {int(np.searchsorted(batch.classes, label)): size for label, size in self.sampling_strategy_.items()}
        if isinstance(self.k_neighbors, Integral):
            k = int(self.k_neighbors)
            check_class_sizes(batch, wanted, k)
            alone = k if isinstance(self.random_state, Integral) else None
            grown = oversample(
                batch, wanted, lambda rows: class_neighbors(batch, rows, k, engine), self._source(), engine.work, alone
            )
        else:
            self.nn_k_ = clone(self.k_neighbors)

            def found(rows: Array) -> tuple[Array, None]:
                return neighbors_from_estimator(self.nn_k_, batch, rows, lent=call.lent), None

            grown = oversample(batch, wanted, found, self._source(), engine.work)
        self.backend_, self.device_ = engine.backend_, call.device
        self.roads_, self.certified_fraction_ = dict(engine.settled_by_stage), engine.certified_fraction
        self.n_synthetic_ = len(grown.codes) - len(batch.codes)
        return grown

    def _source(self) -> Callable[[], np.random.RandomState | np.random.Generator]:
        state = self.random_state
        if isinstance(state, np.random.Generator):
            return lambda: state
        return lambda: check_random_state(state)  # an int starts afresh at each call, the others go on


def neighbors_from_estimator(finder: Any, batch: Batch, rows: Array, *, lent: bool = False) -> Array:
    """Positions among `rows` of the neighbours that a caller's own object finds, (n_class, n_neighbors − 1), in its order.

    The row itself is dropped by its number, or the last column where the list lacks it. The object sees rows of the caller's
    library: tensors where they are lent.
    """
    P = matrices.take_rows(batch.X, rows)
    P = torch_interop.to_torch(P) if lent else P
    if not dispatch.is_numpy_or_sparse(P) and type(finder).__module__.startswith("sklearn."):
        raise ValueError(
            f"k_neighbors={finder!r} of scikit-learn searches NumPy arrays, and X is none (it is on {dispatch.device_name(P)!r}): "
            "give a number of neighbors, or an object that takes arrays of X's library"
        )
    found = dispatch.to_numpy(finder.fit(P).kneighbors(P, return_distance=False)).astype(np.int64, copy=False)
    n, listed = found.shape
    if listed < 2:
        raise ValueError(
            "the k_neighbors object asks for n_neighbors=1, which is the row itself; give it n_neighbors=k + 1"
        )
    own = found == np.arange(n)[:, None]
    own[~own.any(axis=1), -1] = True
    first = own.argmax(axis=1)[:, None] == np.arange(listed)[None, :]
    return dispatch.asarray_like(found[~first].reshape(n, listed - 1), batch.X)
