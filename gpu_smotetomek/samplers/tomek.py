"""Tomek links as a scikit-learn estimator."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from numbers import Integral
from typing import Any

import numpy as np

from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.resampling import Batch, ClassSizes, RemovalRule, clean_links, sort_pairs
from gpu_smotetomek.samplers._sklearn import Interval, StrOptions
from gpu_smotetomek.samplers.cleaner import CLEANING_PARAMETERS, Cleaner, Removal
from gpu_smotetomek.samplers.min_samples import resolve_min_samples
from gpu_smotetomek.samplers.parameter_types import (
    BackendWord,
    CategoricalFeatures,
    ColumnNames,
    DefinitionWord,
    DeviceWord,
    Integer,
    LinkCleaningStrategy,
    Scale,
)
from gpu_smotetomek.typing import Integers

DEFINITIONS = ("nearest neighbours", "nearest enemies")


class TomekLinks(Cleaner):
    """Clean by removing rows in Tomek links.

    A Tomek link is a pair of rows of different classes, each strictly nearer to the other than to any third row [1]_. The
    links are those of float64 distances, whatever the backend, the order of the rows or the number of threads.

    Parameters
    ----------
    sampling_strategy : str, list or callable, default='auto'
        Classes whose rows may be removed: 'majority', 'not minority' ('auto'), 'not majority', 'all', a list of labels (or a
        callable of y that returns one); or 'larger': of each link, the end whose class is larger, both if equally large.
        Names are resolved once, on the sizes of the classes before the first pass.
    repeat : bool, default=False
        Whether links are found again among the rows that are left, in passes, until a pass removes no row. With 'nearest
        enemies' the passes end only when a class has no rows left to lose, so `min_samples` must be given.
    min_samples : int, mapping from label to int or None, default=None
        Rows that cleaning leaves to each class at least, or to each class that the mapping names. Of a class that would fall
        below, a pass removes the rows of the narrowest links; of equally wide links, those with the lower row numbers. The
        other rows of these links are removed or kept as without this parameter.
    definition : {'nearest neighbours', 'nearest enemies'}, default='nearest neighbours'
        Which pairs of rows of different classes are links. 'nearest neighbours': each row is strictly the nearest of all rows to
        the other. 'nearest enemies': only rows of other classes count, so that there are more links.
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
        As in `SMOTE`; no row is synthetic here, so there is nothing to fill.
    categorical_features : 'auto', array-like of columns or None, default=None
        Columns that are categories, as in `SMOTENC`. The squared distance of two rows is then that of the numeric features plus,
        for each category that differs, the square of the median standard deviation of the numeric features in the smallest class
        (the first label of equals). None is no column, or those of the over-sampler before it in a chain.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        The classes whose rows may be removed.
    sample_indices_ : int64 array
        Rows that are left, ascending.
    links_ : int64 array of shape (n_links, 2)
        Rows of each link, i < j, ascending: the links of all passes, by the row numbers of the input, whatever is removed.
    n_passes_ : int
        Number of passes; with `repeat`, the last one removes no row, unless only one class is left.
    search_stages_ : dict
        As in `SMOTE`; after over-sampling, where there are more than about a thousand rows, also the number of rows that the
        'bounds' of their lineage saved from a search.
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
        Number of features of X: the product of its dimensions after the first.
    report_ : Report
        What the last call of `fit_resample` did, in numbers and words: `Report <gpu_smotetomek.samplers.reports.Report>`.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if X has names that are all strings.

    See Also
    --------
    tomek_links : The links alone, as row numbers.
    explain_link : Why two rows are a link, or are none.
    SMOTETomek : Over-sampling, then removal of Tomek links.
    EditedNearestNeighbours : Removal of rows that disagree with their nearest rows.

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

    links_: Integers
    n_passes_: int
    _imblearn_class = ("imblearn.under_sampling", "TomekLinks")
    _parameter_constraints = {
        **CLEANING_PARAMETERS,
        "sampling_strategy": [*CLEANING_PARAMETERS["sampling_strategy"], StrOptions({"larger"})],
        "repeat": ["boolean"],
        "min_samples": [Interval(Integral, 1, None, closed="left"), Mapping, None],
        "definition": [StrOptions(set(DEFINITIONS))],
    }

    def __init__(
        self,
        *,
        sampling_strategy: LinkCleaningStrategy = "auto",
        repeat: bool = False,
        min_samples: Integer | Mapping[Any, Any] | None = None,
        definition: DefinitionWord = "nearest neighbours",
        n_jobs: int | None = None,
        backend: BackendWord = "auto",
        device: DeviceWord = "auto",
        memory_limit: int | None = None,
        scale: Scale | None = None,
        passthrough: ColumnNames | None = None,
        categorical_features: CategoricalFeatures | None = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.repeat = repeat
        self.min_samples = min_samples
        self.definition = definition
        self.n_jobs = n_jobs
        self.backend = backend
        self.device = device
        self.memory_limit = memory_limit
        self.scale = scale
        self.passthrough = passthrough
        self.categorical_features = categorical_features

    def _strategy(self, initial: OrderedDict[Any, int], present: OrderedDict[Any, int]) -> Any:
        if not self._removes_larger_ends:
            return self.sampling_strategy
        smallest = min(initial.values())
        is_single = list(initial.values()).count(smallest) == 1
        # an earlier cleaning may have emptied a class
        return [label for label in present if initial[label] > smallest or not is_single]

    @property
    def _reason(self) -> str:  # type: ignore[override]
        return "Tomek link" if self.definition == "nearest neighbours" else "pair of nearest enemies"

    @property
    def _removes_larger_ends(self) -> bool:
        return isinstance(self.sampling_strategy, str) and self.sampling_strategy == "larger"

    def _estimate_pairs(self, sizes: Integers) -> float:
        return float(sizes.sum() - sizes.max()) * float(sizes.sum())

    def _resolve(self, batch: Batch | ClassSizes) -> None:
        super()._resolve(batch)
        resolve_min_samples(self.min_samples, batch.classes)  # which raises
        if self.repeat and self.definition == "nearest enemies" and self.min_samples is None:
            raise ValueError(
                "repeat=True with definition='nearest enemies' would remove rows until a class is empty: the two nearest rows "
                "of different classes are always a link. Give min_samples, the rows that a class keeps ({} for none)"
            )

    def _find_rows_to_drop(self, batch: Batch, selector: SearchSelector) -> Removal:
        of_enemies = self.definition == "nearest enemies"
        cleaning = clean_links(
            batch, selector, self._removal_rule(batch), of_enemies=of_enemies, repeat=bool(self.repeat)
        )
        links, self.n_passes_ = cleaning.links, cleaning.n_passes
        self.links_ = links if batch.order is None else sort_pairs(batch.places_of(links))
        return Removal(cleaning.ends.rows, links, cleaning.ends.partners)

    def _removal_rule(self, batch: Batch | ClassSizes) -> RemovalRule:
        min_rows = resolve_min_samples(self.min_samples, batch.classes)
        if not self._removes_larger_ends:
            return RemovalRule(self._mark_targeted(batch), np.zeros_like(min_rows), min_rows)
        initial = batch.initial_class_counts
        sizes = batch.class_counts if initial is None else initial
        return RemovalRule(np.ones(len(sizes), bool), sizes, min_rows)

    @staticmethod
    def is_tomek(y: Any, nn_index: Any, class_type: Any) -> Any:
        """Mark the rows of some classes whose nearest row is of another class and has them as its own nearest row.

        Parameters
        ----------
        y : array of shape (n,)
            Labels.
        nn_index : int array of shape (n,)
            Nearest other row of each row.
        class_type : container of labels
            Classes whose rows are marked.

        Returns
        -------
        bool array of shape (n,)
            True for the marked rows.

        Examples
        --------
        >>> TomekLinks.is_tomek([0, 0, 1], [1, 2, 1], [0])
        array([False,  True, False])
        """
        y, nearest = np.asarray(y), np.asarray(nn_index)
        is_targeted = np.isin(y, [label for label in np.unique(y) if label in class_type])
        return is_targeted & (y[nearest] != y) & (nearest[nearest] == np.arange(len(y)))
