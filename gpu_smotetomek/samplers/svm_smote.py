"""SVM-SMOTE as a scikit-learn estimator."""

from __future__ import annotations

from functools import partial
from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import clone

from gpu_smotetomek.arrays import dispatch, sparse_rows, torch_interop
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.memo import recall_for
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.resampling import Batch, Neighborhoods, oversample_svm
from gpu_smotetomek.samplers._sklearn import HasMethods, Interval
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
from gpu_smotetomek.typing import Array, Integers


class SVMSMOTE(OverSampler):
    """Over-sample by synthetic rows of the support vectors of a support vector machine.

    Support vectors of the class that are near other classes get rows between them and their neighbours in the class. The other
    support vectors get rows beyond them, seen from their neighbours, so that the class grows outwards (Nguyen, Cooper and
    Kamei [1]_). For the same seed the rows are those of imbalanced-learn 0.14, bit for bit, wherever no two distances are equal;
    rows at equal distances are in the order of their numbers.

    The support vector machine costs more than everything else: scikit-learn's SVC runs on one core of the host, in a time that
    grows with the square of the number of rows or faster. It is fitted once, on all rows and classes.

    `fit_resample` raises ValueError where all support vectors of a class are noise, and where a value beyond a support vector is
    beyond the dtype of its column; RuntimeError where the estimator has no `support_`.

    Parameters
    ----------
    sampling_strategy : float, str, mapping or callable, default='auto'
        As in `SMOTE`.
    random_state : int, RandomState, Generator or None, default=None
        As in `SMOTE`; also of the estimator made for `svm_estimator=None`.
    k_neighbors : int or object with `kneighbors`, default=5
        Neighbours in the class to draw from. For an object, its own `n_neighbors` holds, which counts the row itself.
    m_neighbors : int or object with `kneighbors`, default=10
        Neighbours, of all classes, of a support vector. If all are of other classes, it is noise and gets no row; if at least
        half are, it is near other classes. An object as for `k_neighbors`.
    svm_estimator : estimator with `support_`, or None, default=None
        The support vector machine; None is ``sklearn.svm.SVC(gamma="scale")``. That is refused where X is on a device or in
        another library than NumPy, as its rows would have to be copied to the host. An estimator of scikit-learn that is given
        says that they may be. Any other estimator, such as ``cuml.svm.SVC()``, gets rows of X's library, on its device, and
        labels as a NumPy array.
    out_step : float, default=0.5
        Largest step, from 0 to 1, of the rows beyond a support vector, in units of the distance to its neighbour.
    small_class : {'error', 'shrink', 'skip'}, default='error'
        As in `SMOTE`.
    n_jobs : int or None, default=None
        As in `SMOTE`, for the neighbours.
    backend : str, default='auto'
        As in `SMOTE`.
    device : str, default='auto'
        As in `SMOTE`; the support vector machine of scikit-learn stays on the host.
    memory_limit : int or None, default=None
        Bytes of work space, without that of the support vector machine; None is 256 MiB.
    scale : {'standard', 'robust'}, array of shape (n_features,) or None, default=None
        As in `SMOTE`.
    passthrough : list of column names or None, default=None
        As in `SMOTE`.
    passthrough_fill : {'missing', 'base'}, default='missing'
        As in `SMOTE`.

    Attributes
    ----------
    sampling_strategy_ : OrderedDict
        Number of rows that each class was to get, by label. Fewer are made where all support vectors of a class are near other
        classes, or none is.
    n_synthetic_ : int
        Number of synthetic rows in total.
    svm_estimator_ : estimator
        The fitted support vector machine, if a class was to grow.
    backend_ : str
        As in `SMOTE`.
    device_ : str
        Device on which the neighbours were found.
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
    BorderlineSMOTE : Over-sampling of rows near other classes only.

    References
    ----------
    .. [1] Nguyen, Cooper, Kamei, "Borderline over-sampling for imbalanced data classification", International Journal of
       Knowledge Engineering and Soft Data Paradigms 3 (2011) 4-21.

    Examples
    --------
    >>> import numpy as np
    >>> X, y = np.random.default_rng(0).normal(size=(100, 2)), np.repeat(["usual", "rare"], [80, 20])
    >>> X[80:] += 2
    >>> sampler = SVMSMOTE(random_state=0)
    >>> X_resampled, y_resampled = sampler.fit_resample(X, y)
    >>> X_resampled.shape, len(sampler.svm_estimator_.support_)
    ((160, 2), 31)
    """

    svm_estimator_: Any
    nn_k_: Any
    nn_m_: Any
    _imblearn_class = ("imblearn.over_sampling", "SVMSMOTE")
    _searches_all_rows = True
    _seconds_per_pair = 3e-8  # of fitting a support vector machine, where classes overlap
    _parameter_constraints = {
        **OverSampler._parameter_constraints,
        "k_neighbors": NEIGHBORS,
        "m_neighbors": NEIGHBORS,
        "svm_estimator": [HasMethods(["fit", "predict"]), None],
        "out_step": [Interval(Real, 0, 1, closed="both")],
        "small_class": SMALL_CLASS,
    }

    def __init__(
        self,
        *,
        sampling_strategy: OverSamplingStrategy = "auto",
        random_state: SeedOrGenerator = None,
        k_neighbors: NeighborsOrSearch = 5,
        m_neighbors: NeighborsOrSearch = 10,
        svm_estimator: Any = None,
        out_step: float = 0.5,
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
        self.svm_estimator = svm_estimator
        self.out_step = out_step
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
        n_synthetic = self._treat_small_classes(batch, n_synthetic, k_finder)
        support = self._find_support(batch, selector.ctx) if any(n_synthetic.values()) else np.empty(0, np.int64)
        growing = [code for code, size in n_synthetic.items() if size]
        queries = np.unique(support[np.isin(batch.codes[support], growing)])
        around = Neighborhoods.find(batch, dispatch.asarray_like(queries, batch.X), m_finder.find_in_table)
        return oversample_svm(
            batch,
            n_synthetic,
            support,
            around,
            k_finder.find_in_class,
            self._make_random_source(),
            selector.ctx,
            out_step=float(self.out_step),
            draws_seeds=len(growing) > 1 and self._shares_random_state(),
        )

    def _shares_random_state(self) -> bool:
        """Whether the fitted estimator draws its seed from the random source of the sampler, which goes on."""
        state = self.random_state
        is_source = state is None or isinstance(state, np.random.RandomState)
        return (
            is_source
            and runs_on_host(self.svm_estimator_)
            and self.svm_estimator_.get_params()["random_state"] is state
        )

    def _find_support(self, batch: Batch, ctx: ExecutionContext) -> Integers:
        """Rows of the support vectors, in the order of the fitted estimator.

        Raises
        ------
        RuntimeError
            If the estimator has no `support_`.
        """
        # the seed changes the probabilities of an SVC, and these are not used
        fit = partial(self._fit_svm, batch, ctx)
        self.svm_estimator_ = recall_for(ctx.memo, batch, lambda: ("support vectors",), fit)
        if not hasattr(self.svm_estimator_, "support_"):
            raise RuntimeError(
                f"svm_estimator={self.svm_estimator!r} has no support_, the row numbers of its support vectors, once it is "
                "fitted: give a support vector machine such as sklearn.svm.SVC() or cuml.svm.SVC()"
            )
        return batch.rows_at(dispatch.to_numpy_int64(self.svm_estimator_.support_))

    def _fit_svm(self, batch: Batch, ctx: ExecutionContext) -> Any:
        """The fitted copy of the estimator, or the default one."""
        if self.svm_estimator is None:
            from sklearn.svm import SVC  # takes a tenth of a second

            # which SVC does not take; no answer depends on it
            has_no_seed = isinstance(self.random_state, np.random.Generator)
            estimator = SVC(gamma="scale", random_state=0 if has_no_seed else self.random_state)
        else:
            estimator = clone(self.svm_estimator)
        estimator.fit(self._take_rows_for_svm(estimator, batch, ctx), batch.labels)
        return estimator

    def _take_rows_for_svm(self, estimator: Any, batch: Batch, ctx: ExecutionContext) -> Array:
        """All rows as the estimator takes them: in the caller's library, or on the host for one of scikit-learn."""
        X = batch.take_compared_rows()
        if dispatch.is_numpy_or_sparse(X):
            return sparse_rows.narrow_indices(X) if dispatch.is_sparse(X) else X
        if not runs_on_host(estimator):
            return torch_interop.to_torch(X) if ctx.views_torch else X
        if self.svm_estimator is None and not ctx.caller_kind.is_numpy_or_sparse:
            raise ValueError(
                "svm_estimator=None is scikit-learn's SVC, which takes rows on the host as NumPy arrays, and X is none (it is on "
                f"{dispatch.device_name(batch.X)!r}): give svm_estimator=sklearn.svm.SVC() to have the rows copied there, or an "
                "estimator that takes arrays of X's library, such as cuml.svm.SVC()"
            )
        return dispatch.to_numpy(X)


def runs_on_host(estimator: Any) -> bool:
    """Whether an estimator is one of scikit-learn's support vector machines, or derived from one."""
    return any(kind.__module__.startswith("sklearn.svm") for kind in type(estimator).__mro__)
