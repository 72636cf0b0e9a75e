"""The base class of all samplers: validate the input, enter it, resample, restore the caller's container."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin
from sklearn.utils import Tags
from sklearn.utils.validation import validate_data

from gpu_smotetomek.arrays import cuda_probe, dispatch, encoding, torch_interop
from gpu_smotetomek.containers import (
    Table,
    Target,
    enter_X,
    enter_y,
    feature_view,
    get_mixed_features,
    warn_if_reordered,
)
from gpu_smotetomek.execution import ExecutionContext, is_out_of_memory
from gpu_smotetomek.neighbors import SearchSelector, check_backend
from gpu_smotetomek.neighbors.limited_space import prepare_libraries
from gpu_smotetomek.progress import begin_step
from gpu_smotetomek.resampling import (
    Batch,
    OutputRows,
    SearchRecord,
    count_pairs,
    device_bytes,
    table_bytes,
)
from gpu_smotetomek.samplers.call_attributes import CallAttributes
from gpu_smotetomek.samplers.call_progress import follow_resampling, show_bar
from gpu_smotetomek.samplers.call_record import CallRecord
from gpu_smotetomek.samplers.column_roles import make_roles, simplify_features
from gpu_smotetomek.samplers.dominant_feature import warn_of_dominant_feature
from gpu_smotetomek.samplers.feature_scale import set_factors
from gpu_smotetomek.samplers.fit_callbacks import CallbackSupport
from gpu_smotetomek.samplers.imblearn_compat import ImblearnCompatible, SamplerEstimatorTags, make_sampler_tags
from gpu_smotetomek.samplers.one_call import fit_apart
from gpu_smotetomek.samplers.parameter_hints import ParameterHints
from gpu_smotetomek.samplers.parameter_types import RowLabels, Rows
from gpu_smotetomek.samplers.restore import restore_labels, restore_rows
from gpu_smotetomek.samplers.settings import make_context, resolve_device
from gpu_smotetomek.typing import Array, Integers

if TYPE_CHECKING:
    from gpu_smotetomek.samplers.prepared import PreparedResampler


class Sampler(
    CallAttributes, ParameterHints, ImblearnCompatible, CallbackSupport, OneToOneFeatureMixin, BaseEstimator, ABC
):
    """A step from Batch to Batch, with scikit-learn's parameters and imbalanced-learn's `fit_resample`."""

    _estimator_type = "sampler"
    _parameter_constraints: dict[str, Any]
    _sample_indices = False
    _searches_all_rows = False  # for all neighbours, as no search within or between classes does

    def fit_resample(self, X: Rows, y: RowLabels, *, progress: bool = False) -> tuple[Rows, RowLabels]:
        """Resample a table and its target.

        Parameters
        ----------
        X : array-like, data frame or sparse matrix of shape (n_samples, n_features), or array-like of shape (n_samples, ...)
            Numbers without missing values, except in columns that `passthrough` or `categorical_features` name. An array of CuPy
            or PyTorch stays on its device. Rows of more than one dimension, such as windows of a time series and images, are
            compared flattened, and come back in their shape.
        y : array-like of shape (n_samples,)
            Class labels, or a one-hot indicator matrix; on the device of X, on another one, or on the host.
        progress : bool, default=False
            Whether to show a bar, as `gpu_smotetomek.progress` does.

        Returns
        -------
        X_resampled : same container as X
            The kept rows as they came, then the synthetic rows; same dtypes, names and device, in new memory, without gradients.
            `EditedNearestNeighbours`, `SMOTEENN` and `RandomUnderSampler` give them class after class.
        y_resampled : same container as y
            The labels of these rows.

        Raises
        ------
        ValueError
            If X or y cannot be resampled with these parameters; the message says what to do.
        DeviceUnavailable
            If the requested device cannot be used.
        """
        self._validate_params()
        with show_bar(progress), fit_apart(self) as call:
            return call._fit_resample(X, y)

    def _fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        with follow_resampling(self, X, y) as stages:
            with self._enter(X, y) as (table, target, batch, ctx):
                stages.begin_steps(batch, ctx)
                initial = batch
                batch = self._run(self._step_name, batch, ctx)
                warn_of_dominant_feature(self, initial, batch)
                output = OutputRows.from_batch(batch)
                stages.begin_restoring()
                rows = restore_rows(table, batch, output, ctx)
                self._call = CallRecord.from_batch(batch, initial, ctx, stages.seconds)
            labels = restore_labels(target, batch, output)  # outside: they may be of another library than the rows
            stages.end()
        return rows, labels

    def fit(self, X: Any, y: Any) -> Self:
        """Check the data and resolve the sampling strategy, without resampling.

        Parameters
        ----------
        X : array-like, data frame or sparse matrix of shape (n_samples, n_features)
            As in `fit_resample`.
        y : array-like of shape (n_samples,)
            As in `fit_resample`.

        Returns
        -------
        self
            The sampler itself.
        """
        self._validate_params()
        with fit_apart(self) as call, call._enter(X, y) as (_, _, batch, _):
            call._resolve(batch)
        return self

    def prepare(self, X: Rows, y: RowLabels) -> PreparedResampler[Rows, RowLabels]:
        """Do the work of `fit_resample` that depends on no seed, so that resampling with many seeds takes less time.

        The sampler stays as it is: the work is done by a copy, with the parameters of now.

        Parameters
        ----------
        X : array-like, data frame or sparse matrix of shape (n_samples, n_features)
            As in `fit_resample`. It is held and not copied: it must not be changed while the result is in use.
        y : array-like of shape (n_samples,)
            As in `fit_resample`. It is held, too.

        Returns
        -------
        PreparedResampler
            Its `resample` takes a seed and returns what `fit_resample` returns for that seed.

        Raises
        ------
        ValueError
            If X or y cannot be resampled with these parameters and the seed 0, which is tried first.
        """
        from gpu_smotetomek.samplers.prepared import PreparedResampler

        return PreparedResampler(self, X, y)

    @contextmanager
    def _enter(self, X: Any, y: Any) -> Iterator[tuple[Table, Target, Batch, ExecutionContext]]:
        """Containers, batch and context of a call; inside, the device of the batch is CuPy's current one."""
        target = enter_y(y)
        with dispatch.device_context(X):
            roles = make_roles(self, adds_rows=self._adds_rows, reads_values=self._reads_values)
            table = enter_X(X, estimator=type(self).__name__, roles=roles)
        matrix = table.matrix
        n_rows, n_labels = int(matrix.shape[0]), len(target.labels)
        if n_rows != n_labels:
            raise ValueError(
                f"Found input variables with inconsistent numbers of samples: [{n_rows}, {n_labels}]: X has {n_rows} rows and "
                f"y has {n_labels} labels; give one label for each row."
            )
        warn_if_reordered(X, y)
        validate_data(self, X=feature_view(X, table), reset=True, skip_check_array=True)  # names and number of features
        classes, codes = encoding.unique_inverse(target.labels)
        sizes = encoding.bincount(codes, len(classes))
        self.device_ = resolve_device(self.device, matrix, lambda: self._estimate_pairs(sizes))
        ctx = make_context(self, self.device_)
        matrix, ctx = self._move(matrix, sizes, ctx)
        with self._explain_memory_error(matrix, sizes), torch_interop.as_cupy(matrix) as rows:
            ctx = replace(ctx, kind=dispatch.array_kind(rows), caller_kind=dispatch.array_kind(table.matrix))
            n_categories = self._set_features(table)
            factors = set_factors(self, rows, table, ctx)
            check_backend(ctx, rows, is_mixed=bool(n_categories))  # before any work
            prepare_libraries(ctx, rows)
            batch = Batch.from_input(rows, classes, codes, table.dtypes, ctx, n_categories, sizes, factors)
            yield table, target, batch, ctx

    def _set_features(self, table: Table) -> tuple[int, ...]:
        """The number of categories of each categorical feature; sets the fitted attributes that say which these are."""
        features = get_mixed_features(table)
        if features is None:
            for name in ("categorical_features_", "continuous_features_"):  # of an earlier call
                self.__dict__.pop(name, None)
            return ()
        self.categorical_features_ = np.array(features.categorical, np.int64)
        self.continuous_features_ = np.array(features.continuous, np.int64)
        return features.n_categories

    @property
    def _categorical_features(self) -> Any:
        """Which columns of X are categories: 'auto', a list, or None."""
        return simplify_features(getattr(self, "categorical_features", None))

    def _move(self, X: Array, sizes: Integers, ctx: ExecutionContext) -> tuple[Array, ExecutionContext]:
        """X on the device of the context; where X and its result do not fit there, X stays and the device streams its rows."""
        if ctx.device == dispatch.device_name(X):
            return X, ctx
        needed = device_bytes(X, self._max_rows_out(sizes), ctx.memory_limit, is_scaled=self._is_scaled)
        if needed <= cuda_probe.free_memory(ctx.device):
            return dispatch.to_cuda(X, ctx.device), ctx
        return X, replace(ctx, out_of_core_device=ctx.device)

    @contextmanager
    def _explain_memory_error(self, X: Array, sizes: Integers) -> Iterator[None]:
        """Say how much memory is needed, where no smaller block helps."""
        try:
            yield
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            needed = table_bytes(X, self._max_rows_out(sizes), is_scaled=self._is_scaled)
            host = "" if self.device_ == "cpu" else ", or give device='cpu' and X on the host"
            raise MemoryError(
                f"out of memory on {self.device_!r}: {error}. {type(self).__name__} needs up to "
                f"{needed:,} bytes for X and its result, and work space: a smaller memory_limit, a "
                f"narrower dtype or fewer rows need less (see SMOTETomek().plan(X, y)){host}"
            ) from error

    @property
    def _is_scaled(self) -> bool:
        """Whether distances are those of features that are multiplied first."""
        return getattr(self, "scale", None) is not None

    @property
    def _takes_categories(self) -> bool:
        """Whether the step works on rows whose last columns are codes of categories."""
        return False

    @property
    def _adds_rows(self) -> bool:
        """Whether rows may be added that are no copies of other rows."""
        return self._sampling_type not in ("clean-sampling", "under-sampling")

    @property
    def _reads_values(self) -> bool:
        """Whether the values of X matter, so that they must be finite numbers."""
        return True

    def _max_rows_out(self, sizes: Integers) -> int:
        """The most rows that can result from classes of these sizes, unless a callable requests more."""
        if self._sampling_type in ("clean-sampling", "under-sampling"):
            return int(sizes.sum())
        strategy = getattr(self, "sampling_strategy", None)
        totals = strategy.values() if isinstance(strategy, Mapping) else ()
        requested = sum(int(total) for total in totals if isinstance(total, Integral))
        return max(int(sizes.max() * len(sizes)), int(sizes.sum()) + requested)

    def _estimate_pairs(self, sizes: Integers) -> float:
        """About how many pairs of rows are compared, with classes of these sizes."""
        return float(count_pairs(sizes, np.full_like(sizes, sizes.max())))

    @abstractmethod
    def _resolve(self, batch: Batch) -> None:
        """Set `sampling_strategy_`."""

    @abstractmethod
    def _resample(self, batch: Batch, ctx: ExecutionContext) -> Batch:
        """Do the step on a batch, and set the fitted attributes."""

    @property
    def _step_name(self) -> str:
        """Name of the step in records where the caller gives none; empty for a sampler of several steps."""
        return type(self).__name__.lower()

    def _run(self, name: str, batch: Batch, ctx: ExecutionContext) -> Batch:
        """Do the step on a batch, and put its name and time into its records."""
        begin_step(name)
        start = time.perf_counter()
        resampled = self._resample(batch, ctx)
        seconds, n_before = time.perf_counter() - start, len(batch.history)
        records = [record.within(name, seconds) for record in resampled.history[n_before:]]
        return resampled.with_history((*batch.history, *records))

    def _record_search(self, selector: SearchSelector) -> SearchRecord:
        """Set the fitted attributes that describe the searches of a step."""
        self.backend_, self.device_ = selector.backend_, selector.ctx.device
        self.search_stages_ = dict(selector.statistics.settled_by_stage)
        self.certified_fraction_ = selector.certified_fraction
        return SearchRecord(self.backend_, self.search_stages_, self.certified_fraction_)

    def __sklearn_tags__(self) -> SamplerEstimatorTags:
        tags: Tags = super().__sklearn_tags__()
        return make_sampler_tags(tags, sample_indices=self._sample_indices)
