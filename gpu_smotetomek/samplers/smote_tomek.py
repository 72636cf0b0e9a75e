"""SMOTE, then Tomek links, as one scikit-learn estimator."""

from __future__ import annotations

from numbers import Integral

from sklearn.base import clone

from gpu_smotetomek.samplers._sklearn import StrOptions
from gpu_smotetomek.samplers.column_roles import PASSTHROUGH_PARAMETERS
from gpu_smotetomek.samplers.feature_scale import SCALE
from gpu_smotetomek.samplers.oversample_then_clean import CLEAN, OVERSAMPLERS, OversampleThenClean
from gpu_smotetomek.samplers.oversampler import NEIGHBORS, OVERSAMPLING_PARAMETERS, SMALL_CLASS, OverSampler
from gpu_smotetomek.samplers.parameter_types import (
    BackendWord,
    CleanWord,
    ColumnNames,
    DeviceWord,
    FillWord,
    LinkCleaningStrategy,
    NeighborsOrSearch,
    OverSamplingStrategy,
    RemoveWord,
    Scale,
    SeedOrGenerator,
    SmallClassWord,
)
from gpu_smotetomek.samplers.settings import EXECUTION_PARAMETERS
from gpu_smotetomek.samplers.tomek import TomekLinks


class SMOTETomek(OversampleThenClean):
    """Over-sample by SMOTE, then clean the Tomek links that result.

    SMOTE fills the minority class. Then the majority row of each Tomek link is removed, that is the row of the class that was
    larger before SMOTE: the minority is larger and the boundary cleaner. (Batista, Prati and Monard [1]_ removed both rows:
    `remove="both"`.)

    Parameters
    ----------
    sampling_strategy : float, str, mapping or callable, default='auto'
        As in `SMOTE`; for the SMOTE made here, not for one that is given.
    random_state : int, RandomState, Generator or None, default=None
        As in `SMOTE`; for the SMOTE made here, not for one that is given.
    smote : SMOTE, SMOTENC, BorderlineSMOTE, ADASYN, SVMSMOTE or None, default=None
        The over-sampler; None makes a `SMOTE`. `SMOTENC` makes both steps go by numbers and categories.
    k_neighbors : int, object with `kneighbors` or None, default=None
        As in `SMOTE`, and None is its default; for the SMOTE made here, so that it is an error to give it beside `smote`.
    small_class : {'error', 'shrink', 'skip'}, default='error'
        As in `SMOTE`; for the SMOTE made here, so that it is an error to give it beside `smote`.
    tomek : TomekLinks or None, default=None
        The cleaner, which alone decides what is removed; None makes one that follows `remove`.
    n_jobs : int or None, default=None
        As in `SMOTE`; both steps inherit it.
    remove : {'majority', 'both'}, default='majority'
        Rows of a link that are removed: the majority row, or both as in imbalanced-learn.
    clean : {'after', 'before', 'both'}, default='after'
        Whether links are cleaned after over-sampling, before it, or both. Class names of a cleaning before it go by the sizes of
        the input; those of a cleaning after it by the sizes that the over-sampler found.
    backend : str, default='auto'
        As in `SMOTE`; both steps inherit it.
    device : str, default='auto'
        As in `SMOTE`; it holds for both steps.
    memory_limit : int or None, default=None
        As in `SMOTE`; both steps inherit it.
    scale : {'standard', 'robust'}, array of shape (n_features,) or None, default=None
        As in `SMOTE`; it holds for both steps.
    passthrough : list of column names or None, default=None
        As in `SMOTE`; it holds for both steps.
    passthrough_fill : {'missing', 'base'}, default='missing'
        As in `SMOTE`; it holds for both steps.

    Attributes
    ----------
    smote_ : SMOTE, SMOTENC, BorderlineSMOTE, ADASYN or SVMSMOTE
        The fitted over-sampler.
    tomek_ : TomekLinks
        The fitted cleaner; with `clean="both"`, that after over-sampling.
    tomek_before_ : TomekLinks
        With `clean="both"`, the fitted cleaner before over-sampling.
    sampling_strategy_ : OrderedDict
        Number of synthetic rows of each class, by label.
    backend_ : str
        Backend that served most queries of the search for links; 'direct' if all distances were computed in float64.
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
    SMOTE : Interpolation between rows of one class.
    TomekLinks : Removal of Tomek links alone.
    SMOTEENN : Over-sampling, then removal of rows that disagree with their nearest rows.
    ResamplingPipeline : Samplers in any order.
    sklearn.model_selection.TunedThresholdClassifierCV : A moved threshold instead of resampling.

    References
    ----------
    .. [1] Batista, Prati, Monard, "A study of the behavior of several methods for balancing machine learning training data",
       SIGKDD Explorations 6 (2004) 20-29.

    Examples
    --------
    >>> import numpy as np
    >>> from gpu_smotetomek import SMOTETomek
    >>> X = np.random.default_rng(0).normal(size=(60, 2))
    >>> y = np.repeat(["sick", "well"], [10, 50])
    >>> sampler = SMOTETomek(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> [label.item() for label in np.unique(y_resampled)], np.unique(y_resampled, return_counts=True)[1].tolist()
    (['sick', 'well'], [50, 43])
    """

    tomek_: TomekLinks
    tomek_before_: TomekLinks
    _imblearn_class = ("imblearn.combine", "SMOTETomek")
    _cleaner_name = "tomek"
    _cleaner_class = TomekLinks
    _parameter_constraints = {
        **OVERSAMPLING_PARAMETERS,
        "smote": [*OVERSAMPLERS, None],
        "k_neighbors": [*NEIGHBORS, None],
        "small_class": SMALL_CLASS,
        "tomek": [TomekLinks, None],
        "n_jobs": [Integral, None],
        "remove": [StrOptions({"majority", "both"})],
        "clean": CLEAN,
        **EXECUTION_PARAMETERS,
        **SCALE,
        **PASSTHROUGH_PARAMETERS,
    }

    def __init__(
        self,
        *,
        sampling_strategy: OverSamplingStrategy = "auto",
        random_state: SeedOrGenerator = None,
        smote: OverSampler | None = None,
        k_neighbors: NeighborsOrSearch | None = None,
        small_class: SmallClassWord = "error",
        tomek: TomekLinks | None = None,
        n_jobs: int | None = None,
        remove: RemoveWord = "majority",
        clean: CleanWord = "after",
        backend: BackendWord = "auto",
        device: DeviceWord = "auto",
        memory_limit: int | None = None,
        scale: Scale | None = None,
        passthrough: ColumnNames | None = None,
        passthrough_fill: FillWord = "missing",
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state
        self.smote = smote
        self.k_neighbors = k_neighbors
        self.small_class = small_class
        self.tomek = tomek
        self.n_jobs = n_jobs
        self.remove = remove
        self.clean = clean
        self.backend = backend
        self.device = device
        self.memory_limit = memory_limit
        self.scale = scale
        self.passthrough = passthrough
        self.passthrough_fill = passthrough_fill

    def _make_cleaner(self) -> TomekLinks:
        if self.tomek is None:
            strategy: LinkCleaningStrategy = "all" if self.remove == "both" else "larger"
            return TomekLinks(sampling_strategy=strategy, n_jobs=self.n_jobs)
        if self.remove != "majority":
            raise ValueError(
                f"remove={self.remove!r} and tomek={self.tomek!r} both say what is removed; leave remove out, or give tomek=None"
            )
        return clone(self.tomek)  # type: ignore[no-any-return]
