"""SMOTENC as a scikit-learn estimator: SMOTE of tables with numbers and categories."""

from __future__ import annotations

from functools import partial
from numbers import Integral
from typing import Any

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.memo import recall_for
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.resampling import Batch, ClassSizes, class_mismatch, oversample_mixed, unscale_median
from gpu_smotetomek.samplers._sklearn import Interval
from gpu_smotetomek.samplers.column_roles import CATEGORICAL_FEATURES
from gpu_smotetomek.samplers.imblearn_compat import SamplerEstimatorTags
from gpu_smotetomek.samplers.parameter_types import (
    BackendWord,
    CategoricalFeatures,
    ColumnNames,
    DeviceWord,
    FillWord,
    Integer,
    OverSamplingStrategy,
    Scale,
    SeedOrGenerator,
    SmallClassWord,
)
from gpu_smotetomek.samplers.smote import SMOTE
from gpu_smotetomek.typing import Array


class SMOTENC(SMOTE):
    """Over-sample tables with numbers and categories, by synthetic rows between a row and one of its nearest neighbours.

    Numbers are interpolated as in `SMOTE`. Each category is the most frequent one among the `k_neighbors` nearest neighbours of
    the base row; where several are equally frequent, one of them is drawn. The squared distance of two rows is that of their
    numbers plus m² for each category that differs, where m is the median of the standard deviations of the numeric features in
    the class (Chawla et al. [1]_). For the same seed the rows are those of imbalanced-learn 0.14, where no two distances are
    nearly equal. No category becomes a column of its own, so that columns may have any number of categories.

    Parameters
    ----------
    categorical_features : 'auto' or array-like of columns
        Columns that are categories: their names, their numbers, or a mask of all columns. 'auto' takes the columns of a frame
        whose dtype is categorical, text or boolean. A missing value there is a category of its own.
    categorical_encoder : None, default=None
        For the signature of imbalanced-learn: there is no encoder, so only None is accepted.
    sampling_strategy : float, str, mapping or callable, default='auto'
        As in `SMOTE`.
    random_state : int, RandomState, Generator or None, default=None
        As in `SMOTE`. It also draws among categories that are equally frequent, from an int afresh.
    k_neighbors : int, default=5
        Neighbours to draw from.
    small_class : {'error', 'shrink', 'skip'}, default='error'
        As in `SMOTE`.
    n_jobs : int or None, default=None
        As in `SMOTE`.
    backend : str, default='auto'
        Neighbour search: 'auto', 'xp' or 'kdtree'. It never changes the answer.
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
    categorical_features_ : int64 array
        Numbers of the categorical features.
    continuous_features_ : int64 array
        Numbers of the numeric features.
    median_std_ : dict
        The median of the standard deviations, by label of the classes that grew.
    sampling_strategy_ : OrderedDict
        Number of synthetic rows of each class, by label.
    n_synthetic_ : int
        Number of synthetic rows in total.
    backend_ : str
        Backend that served most queries; 'direct' if all distances were computed in float64.
    device_ : str
        Device on which the work ran.
    search_stages_ : dict
        As in `SMOTE`.
    certified_fraction_ : float
        Share of the rows for which not all distances were computed in float64.
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
    SMOTETomek : Over-sampling, then removal of Tomek links.

    References
    ----------
    .. [1] Chawla, Bowyer, Hall, Kegelmeyer, "SMOTE: synthetic minority over-sampling technique", JAIR 16 (2002) 321-357.

    Examples
    --------
    >>> X = [[1.0, "red"], [2.0, "red"], [3.0, "blue"], [7.0, "blue"], [8.0, "blue"], [9.0, "red"], [9.5, "red"]]
    >>> y = ["rare", "rare", "rare", "common", "common", "common", "common"]
    >>> X_resampled, y_resampled = SMOTENC([1], k_neighbors=2, random_state=0).fit_resample(X, y)
    >>> X_resampled[7:], y_resampled[7:]
    ([[2.407155381774982, 'red']], ['rare'])
    """

    median_std_: dict[Any, float]
    _imblearn_class = ("imblearn.over_sampling", "SMOTENC")
    _parameter_constraints = {
        **SMOTE._parameter_constraints,
        "k_neighbors": [Interval(Integral, 1, None, closed="left")],
        "categorical_features": CATEGORICAL_FEATURES,
        "categorical_encoder": [None],
    }

    def __init__(
        self,
        categorical_features: CategoricalFeatures,
        *,
        categorical_encoder: None = None,
        sampling_strategy: OverSamplingStrategy = "auto",
        random_state: SeedOrGenerator = None,
        k_neighbors: Integer = 5,
        small_class: SmallClassWord = "error",
        n_jobs: int | None = None,
        backend: BackendWord = "auto",
        device: DeviceWord = "auto",
        memory_limit: int | None = None,
        scale: Scale | None = None,
        passthrough: ColumnNames | None = None,
        passthrough_fill: FillWord = "missing",
    ) -> None:
        super().__init__(
            sampling_strategy=sampling_strategy,
            random_state=random_state,
            k_neighbors=k_neighbors,
            small_class=small_class,
            n_jobs=n_jobs,
            backend=backend,
            device=device,
            memory_limit=memory_limit,
            scale=scale,
            passthrough=passthrough,
            passthrough_fill=passthrough_fill,
        )
        self.categorical_features = categorical_features
        self.categorical_encoder = categorical_encoder

    @property
    def _takes_categories(self) -> bool:
        return True

    def _resolve(self, batch: Batch | ClassSizes) -> None:
        if isinstance(batch, ClassSizes) or not batch.scaled.is_mixed:
            raise ValueError(
                "SMOTENC is not designed to work only with numerical features. It requires some categorical features, and "
                f"categorical_features={self.categorical_features!r} finds none in X: use SMOTE for numbers alone."
            )
        super()._resolve(batch)

    def _oversample(self, batch: Batch, n_synthetic: dict[int, int], selector: SearchSelector) -> Batch:
        k = int(self.k_neighbors)  # type: ignore[arg-type]  # no object here
        n_synthetic = self._apply_small_class(batch, n_synthetic, k, "k_neighbors")
        self.median_std_ = {}

        def find_neighbors(code: int, rows: Array) -> tuple[Array, Array]:
            mismatch = class_mismatch(batch.mixed, rows)
            label = batch.get_label(code)
            self.median_std_[label] = unscale_median(batch.mixed, mismatch)
            n, xp = int(rows.shape[0]), dispatch.namespace(rows)
            if n == 1:  # which small_class lets through to be copied
                return rows[:, None], xp.zeros((1, 1), dtype=xp.float64, device=dispatch.get_device(rows))
            search = selector.make_search(batch.mixed.with_mismatch(mismatch), rows, n)
            find = partial(search.kneighbors, rows, min(k, n - 1))
            sq_distances, neighbors = recall_for(selector.ctx.memo, batch, lambda: ("neighbors", code, k), find)
            return neighbors, xp.sqrt(sq_distances)

        return oversample_mixed(batch, n_synthetic, find_neighbors, self._make_random_source(), selector.ctx)

    def __sklearn_tags__(self) -> SamplerEstimatorTags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        tags.input_tags.string = True
        return tags
