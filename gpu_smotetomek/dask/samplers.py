"""SMOTE, Tomek links and SMOTETomek for dask collections, as scikit-learn estimators."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from gpu_smotetomek import samplers
from gpu_smotetomek.dask.resampling import resample_table
from gpu_smotetomek.dask.tables import enter_collections
from gpu_smotetomek.samplers.parameter_types import (
    BackendWord,
    DeviceWord,
    Integer,
    LinkCleaningStrategy,
    OverSamplingStrategy,
    RemoveWord,
    SeedOrGenerator,
    SmallClassWord,
)
from gpu_smotetomek.typing import Integers


class DaskSampler(BaseEstimator):
    """A sampler whose work over blocks follows the parameters of a sampler of one machine."""

    sampling_strategy_: dict[Any, int]
    n_features_in_: int
    _plain_class: type[samplers.SMOTE] | type[samplers.TomekLinks] | type[samplers.SMOTETomek]

    def fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Resample dask collections.

        Labels are counted and links found in this call, on the current client or scheduler; the rows of the result are computed
        when it is. Its first blocks are those of X without the rows that are removed, then come the synthetic rows.

        Parameters
        ----------
        X : dask array of shape (n, d), or dask DataFrame
            Finite numbers, in blocks of NumPy arrays or pandas frames; chunk sizes may be unknown.
        y : dask array of shape (n,), or dask Series
            Class labels, of the same kind of collection. A Series has the index of X, partition by partition.

        Returns
        -------
        X_resampled : dask array or DataFrame
            The rows, with known chunk sizes; a frame has a fresh index and known divisions.
        y_resampled : dask array or Series
            Their labels, in the same blocks.

        Raises
        ------
        TypeError
            If a collection is of another kind, or has blocks of another library.
        ValueError
            If blocks do not match, values are missing or infinite, or a parameter is wrong.
        """
        name = type(self).__name__
        table = enter_collections(X, y, name)
        plain = self._plain_class(n_jobs=1, **self.get_params(deep=False))  # a task has one thread
        result = resample_table(table, plain, name)
        step = result.steps.tomek if result.steps.smote is None else result.steps.smote
        assert step is not None
        self.sampling_strategy_ = step.sampling_strategy_
        self.n_features_in_ = table.example.shape[1]
        if table.names is not None and all(isinstance(column, str) for column in table.names):
            self.feature_names_in_ = np.array(table.names, object)
        if result.steps.tomek is not None:
            self.links_ = result.links.pairs
        return result.X, result.y


class SMOTE(DaskSampler):
    """Over-sample a dask collection by synthetic rows between a row and one of its nearest neighbours of the same class.

    The rows are those of `gpu_smotetomek.SMOTE` for the same seed, whatever the chunks and the workers are.

    Parameters
    ----------
    sampling_strategy : float, str, mapping or callable, default='auto'
        As in `gpu_smotetomek.SMOTE`.
    random_state : int, RandomState, Generator or None, default=None
        As in `gpu_smotetomek.SMOTE`; the source is read once, in the call.
    k_neighbors : int, default=5
        Neighbours to draw from.
    small_class : {'error', 'shrink', 'skip'}, default='error'
        As in `gpu_smotetomek.SMOTE`.
    backend : str, default='auto'
        As in `gpu_smotetomek.SMOTE`.
    device : str, default='auto'
        'auto' is the CPU. 'cuda' searches on the GPU of each worker.
    memory_limit : int or None, default=None
        Bytes of work space of a task; None is 256 MiB.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Number of synthetic rows of each class, by label.
    n_features_in_ : int
        Number of features of X.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if X has names that are all strings.

    Examples
    --------
    >>> import dask.array as da
    >>> X, y = da.from_array([[0.0], [1.0], [5.0], [6.0], [7.0]], chunks=3), da.from_array([1, 1, 0, 0, 0], chunks=3)
    >>> X_resampled, y_resampled = SMOTE(k_neighbors=1, random_state=0).fit_resample(X, y)
    >>> X_resampled.chunks[0], X_resampled[5:].compute()
    ((3, 2, 1), array([[0.59284462]]))
    """

    _plain_class = samplers.SMOTE

    def __init__(
        self,
        *,
        sampling_strategy: OverSamplingStrategy = "auto",
        random_state: SeedOrGenerator = None,
        k_neighbors: int = 5,
        small_class: SmallClassWord = "error",
        backend: BackendWord = "auto",
        device: DeviceWord = "auto",
        memory_limit: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.k_neighbors = k_neighbors
        self.small_class = small_class
        self.backend = backend
        self.device = device
        self.memory_limit = memory_limit


class TomekLinks(DaskSampler):
    """Clean a dask collection by removing rows in Tomek links.

    The links are those of `gpu_smotetomek.TomekLinks`, whatever the chunks and the workers are.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default='auto'
        As in `gpu_smotetomek.TomekLinks`.
    min_samples : int, mapping from label to int or None, default=None
        As in `gpu_smotetomek.TomekLinks`.
    backend : str, default='auto'
        As in `gpu_smotetomek.SMOTE`.
    device : str, default='auto'
        As in `gpu_smotetomek.dask.SMOTE`.
    memory_limit : int or None, default=None
        Bytes of work space of a task; None is 256 MiB.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        The classes whose rows may be removed.
    links_ : int64 array of shape (n_links, 2)
        Rows of each link, i < j, ascending, by the row numbers of the input.
    n_features_in_ : int
        Number of features of X.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if X has names that are all strings.

    Examples
    --------
    >>> import dask.array as da
    >>> X, y = da.from_array([[0.0], [1.0], [1.5], [9.0]], chunks=2), da.from_array(["a", "a", "b", "b"], chunks=2)
    >>> cleaner = TomekLinks()
    >>> X_resampled, y_resampled = cleaner.fit_resample(X, y)
    >>> cleaner.links_, y_resampled.compute().tolist()
    (array([[1, 2]]), ['a', 'a', 'b'])
    """

    links_: Integers
    _plain_class = samplers.TomekLinks

    def __init__(
        self,
        *,
        sampling_strategy: LinkCleaningStrategy = "auto",
        min_samples: Integer | dict[Any, int] | None = None,
        backend: BackendWord = "auto",
        device: DeviceWord = "auto",
        memory_limit: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.min_samples = min_samples
        self.backend = backend
        self.device = device
        self.memory_limit = memory_limit


class SMOTETomek(DaskSampler):
    """Over-sample a dask collection by SMOTE, then clean the Tomek links that result.

    The rows are those of `gpu_smotetomek.SMOTETomek` for the same seed, whatever the chunks and the workers are.

    Parameters
    ----------
    sampling_strategy : float, str, mapping or callable, default='auto'
        As in `gpu_smotetomek.SMOTE`.
    random_state : int, RandomState, Generator or None, default=None
        As in `gpu_smotetomek.dask.SMOTE`.
    smote : gpu_smotetomek.SMOTE or None, default=None
        The over-sampler; None makes one.
    k_neighbors : int or None, default=None
        Neighbours to draw from; None is 5. It is an error to give it beside `smote`.
    small_class : {'error', 'shrink', 'skip'}, default='error'
        As in `gpu_smotetomek.SMOTE`; it is an error to give it beside `smote`.
    tomek : gpu_smotetomek.TomekLinks or None, default=None
        The cleaner, which alone decides what is removed; None makes one that follows `remove`.
    remove : {'majority', 'both'}, default='majority'
        Rows of a link that are removed: the majority row, or both.
    backend : str, default='auto'
        As in `gpu_smotetomek.SMOTE`.
    device : str, default='auto'
        As in `gpu_smotetomek.dask.SMOTE`.
    memory_limit : int or None, default=None
        Bytes of work space of a task; None is 256 MiB.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Number of synthetic rows of each class, by label.
    links_ : int64 array of shape (n_links, 2)
        Rows of each link, i < j, ascending: rows of the input by their numbers, then the synthetic rows.
    n_features_in_ : int
        Number of features of X.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if X has names that are all strings.

    Examples
    --------
    >>> import dask.array as da
    >>> import numpy as np
    >>> X = da.from_array(np.random.default_rng(0).normal(size=(60, 2)), chunks=(20, 2))
    >>> y = da.from_array(np.repeat(["sick", "well"], [10, 50]), chunks=20)
    >>> X_resampled, y_resampled = SMOTETomek(random_state=0).fit_resample(X, y)
    >>> np.unique(y_resampled.compute(), return_counts=True)[1].tolist()
    [50, 43]
    """

    links_: Integers
    _plain_class = samplers.SMOTETomek

    def __init__(
        self,
        *,
        sampling_strategy: OverSamplingStrategy = "auto",
        random_state: SeedOrGenerator = None,
        smote: samplers.SMOTE | None = None,
        k_neighbors: int | None = None,
        small_class: SmallClassWord = "error",
        tomek: samplers.TomekLinks | None = None,
        remove: RemoveWord = "majority",
        backend: BackendWord = "auto",
        device: DeviceWord = "auto",
        memory_limit: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.smote = smote
        self.k_neighbors = k_neighbors
        self.small_class = small_class
        self.tomek = tomek
        self.remove = remove
        self.backend = backend
        self.device = device
        self.memory_limit = memory_limit
