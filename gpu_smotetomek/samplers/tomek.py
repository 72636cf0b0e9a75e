"""Tomek links as a scikit-learn estimator, and as a function."""

from __future__ import annotations

from collections import OrderedDict
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions

from gpu_smotetomek.resampling import Batch, find_links, larger_class_ends
from gpu_smotetomek.samplers.base import Sampler, counts_by_label, strategy_labels
from gpu_smotetomek.samplers.sampling_strategy import resolve_cleaning
from gpu_smotetomek.samplers.settings import EXECUTION_PARAMETERS, Call
from gpu_smotetomek.typing import Integers


class TomekLinks(Sampler):
    """Cleaning by removal of rows in Tomek links.

    A Tomek link is a pair of rows of different classes, each strictly nearer to the other than to any third row [1]_. The
    links are those of float64 distances, whatever the backend, the order of the rows or the number of threads.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default='auto'
        Classes whose rows may be removed: 'majority', 'not minority' ('auto'), 'not majority', 'all', a list of labels (or a
        callable of y that gives one); or 'larger': of each link, the end whose class is larger, both if equally large.
    n_jobs : int or None, default=None
        Threads; None is all cores that the process may use.
    backend, device, memory_limit
        As in `SMOTE`.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        The classes whose rows may be removed.
    sample_indices_ : int64 array
        Rows that are left, ascending.
    links_ : int64 array of shape (n_links, 2)
        Rows of each link, i < j, ascending.
    roads_ : dict
        As in `SMOTE`; after over-sampling, where there are more than about a thousand rows, also those that the 'bounds' of
        their descent kept from being searched.
    certified_fraction_, backend_, device_, n_features_in_, feature_names_in_
        As in `SMOTE`.

    References
    ----------
    .. [1] Tomek, "Two modifications of CNN", IEEE Transactions on Systems, Man, and Cybernetics 6 (1976) 769-772.

    Examples
    --------
    >>> cleaner = TomekLinks()
    >>> cleaner.fit_resample([[0.0], [1.0], [1.5], [9.0]], ["a", "a", "b", "b"])
    ([[0.0], [1.0], [9.0]], ['a', 'a', 'b'])
    >>> cleaner.links_
    array([[1, 2]])
    """

    _imblearn_class = ("imblearn.under_sampling", "TomekLinks")
    _sampling_type = "clean-sampling"
    _sample_indices = True
    _parameter_constraints = {
        "sampling_strategy": [
            Interval(Real, 0, 1, closed="right"),
            StrOptions({"auto", "majority", "not minority", "not majority", "all", "larger"}),
            list,
            callable,
        ],
        "n_jobs": [Integral, None],
        **EXECUTION_PARAMETERS,
    }

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        n_jobs: int | None = None,
        backend: str = "auto",
        device: str = "auto",
        memory_limit: int | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.n_jobs = n_jobs
        self.backend = backend
        self.device = device
        self.memory_limit = memory_limit

    def _resolve(self, batch: Batch) -> None:
        """Class names mean what they meant before the first over-sampler, where one came before."""
        present = counts_by_label(batch)
        counts = None if batch.initial_class_counts is None else counts_by_label(batch, batch.initial_class_counts)
        if isinstance(self.sampling_strategy, str) and self.sampling_strategy == "larger":
            sizes = counts or present
            smallest = min(sizes.values())
            single = list(sizes.values()).count(smallest) == 1
            # cleaning may have emptied a class since
            strategy = [label for label in present if sizes[label] > smallest or not single]
        else:
            strategy = self.sampling_strategy
        self.sampling_strategy_: OrderedDict[Any, int] = resolve_cleaning(
            strategy, strategy_labels(strategy, batch), counts, present
        )

    def _estimate_pairs(self, sizes: Integers) -> float:
        return float(sizes.sum() - sizes.max()) * float(sizes.sum())

    def _resample(self, batch: Batch, call: Call) -> Batch:
        self._resolve(batch)
        engine = call.engine()
        self.links_ = find_links(batch, engine)
        self.backend_, self.device_ = engine.backend_, call.device
        self.roads_, self.certified_fraction_ = dict(engine.settled_by_stage), engine.certified_fraction
        self._rows, self._dropped_rows = len(batch.codes), self._rows_to_drop(batch)
        return batch.drop(self._dropped_rows)

    @property
    def sample_indices_(self) -> Integers:
        """Numbers of the rows that were kept, ascending: made when asked for, since they are as many as the rows."""
        if not hasattr(self, "_dropped_rows"):
            raise AttributeError("sample_indices_ is there once rows were cleaned by fit_resample")
        return np.delete(np.arange(self._rows), self._dropped_rows)

    def _rows_to_drop(self, batch: Batch) -> Integers:
        if isinstance(self.sampling_strategy, str) and self.sampling_strategy == "larger":
            return larger_class_ends(
                self.links_,
                batch.codes,
                batch.class_counts if batch.initial_class_counts is None else batch.initial_class_counts,
            )
        targeted = np.isin(batch.classes, list(self.sampling_strategy_))
        ends = self.links_.ravel()
        return np.sort(ends[targeted[batch.codes[ends]]])

    @staticmethod
    def is_tomek(y: Any, nn_index: Any, class_type: Any) -> Any:
        """Mask of the rows of the classes `class_type` whose nearest row is of another class and has them as its own nearest.

        Parameters
        ----------
        y : array of shape (n,)
        nn_index : int array of shape (n,)
            Nearest other row of each.
        class_type : container of labels

        Examples
        --------
        >>> TomekLinks.is_tomek([0, 0, 1], [1, 2, 1], [0])
        array([False,  True, False])
        """
        y, nearest = np.asarray(y), np.asarray(nn_index)
        wanted = np.isin(y, [label for label in np.unique(y) if label in class_type])
        return wanted & (y[nearest] != y) & (nearest[nearest] == np.arange(len(y)))


def tomek_links(
    X: Any,
    y: Any,
    *,
    n_jobs: int | None = None,
    backend: str = "auto",
    device: str = "auto",
    memory_limit: int | None = None,
) -> Integers:
    """Tomek links of a table: pairs of rows of different classes, each strictly nearer to the other than to any third row.

    Parameters
    ----------
    X : array-like, data frame or sparse matrix of shape (n_samples, n_features)
    y : array-like of shape (n_samples,)
    n_jobs, backend, device, memory_limit
        As in `TomekLinks`.

    Returns
    -------
    int64 array of NumPy, of shape (n_links, 2)
        Row numbers of each link, i < j, ascending.

    Raises
    ------
    ValueError
        If X or y is not a table of numbers with at least two classes.

    Examples
    --------
    >>> tomek_links([[0.0], [1.0], [1.5], [9.0]], ["a", "a", "b", "b"])
    array([[1, 2]])
    """
    finder = TomekLinks(
        sampling_strategy="all", n_jobs=n_jobs, backend=backend, device=device, memory_limit=memory_limit
    )
    finder.fit_resample(X, y)
    return finder.links_
