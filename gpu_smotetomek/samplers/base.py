"""What all samplers share: enter once, run one step or several, leave once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from numbers import Integral
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin
from sklearn.utils import Tags
from sklearn.utils.validation import validate_data

from gpu_smotetomek.arrays import cuda_probe, dispatch, encoding, torch_interop
from gpu_smotetomek.containers import Table, Target, enter_X, enter_y
from gpu_smotetomek.execution import is_out_of_memory
from gpu_smotetomek.resampling import Batch, count_pairs, device_bytes, table_bytes
from gpu_smotetomek.samplers.imblearn_compat import ImblearnCompatible, SamplerEstimatorTags, make_sampler_tags
from gpu_smotetomek.samplers.settings import Call, resolve_device
from gpu_smotetomek.threadpools import count_threads
from gpu_smotetomek.typing import Array, Integers, Labels


class Sampler(ImblearnCompatible, OneToOneFeatureMixin, BaseEstimator, ABC):
    """A step that takes and gives a Batch, with scikit-learn's parameters and imbalanced-learn's `fit_resample`."""

    _estimator_type = "sampler"
    _parameter_constraints: dict[str, Any]
    _sample_indices = False

    def fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Resample a table and its target.

        Parameters
        ----------
        X : array-like, data frame or sparse matrix of shape (n_samples, n_features)
            Numbers without missing values. An array of CuPy or PyTorch stays on its device.
        y : array-like of shape (n_samples,)
            Class labels, or a one-hot indicator matrix; on the device of X, another, or the host.

        Returns
        -------
        X_resampled, y_resampled
            The same kinds of container, dtypes, names and devices; rows that are left as they came, then synthetic ones. In new
            memory, and without gradients.

        Raises
        ------
        ValueError
            If X or y cannot be resampled as the parameters ask; the message says what to do.
        DeviceUnavailable
            If the device asked for is not there.
        """
        self._validate_params()
        with self._enter(X, y) as (table, target, batch, call):
            batch = self._resample(batch, call)
            rows = restore_rows(table, batch, call)
        # labels may be on another device than rows, and of another library: they leave by means of their own
        return rows, target.restore(batch.kept_original_ids, *batch.label_runs(batch.n_originals))

    def fit(self, X: Any, y: Any) -> Self:
        """Check the data and resolve `sampling_strategy_`, without resampling; returns self."""
        self._validate_params()
        with self._enter(X, y) as (_, _, batch, _):
            self._resolve(batch)
        return self

    @contextmanager
    def _enter(self, X: Any, y: Any) -> Iterator[tuple[Table, Target, Batch, Call]]:
        """Data that has come in, on its device, which is CuPy's current one inside."""
        target = enter_y(y)
        with dispatch.device_context(X):
            table = enter_X(X, estimator=type(self).__name__)
        matrix = table.matrix
        rows, labels = int(matrix.shape[0]), len(target.labels)
        if rows != labels:
            raise ValueError(
                f"Found input variables with inconsistent numbers of samples: [{rows}, {labels}]: X has {rows} rows and y has "
                f"{labels} labels; give one label for each row."
            )
        validate_data(self, X=X, reset=True, skip_check_array=True)  # names and number of features
        sizes = cache(lambda: class_sizes(target.labels))
        self.device_ = resolve_device(self.device, matrix, lambda: self._estimate_pairs(sizes()))
        call = Call(self.backend, self.device_, self.memory_limit, count_threads(getattr(self, "n_jobs", None)))
        if self.device_ != dispatch.device_name(matrix):
            if device_bytes(matrix, self._max_rows_out(sizes()), call.work().memory_limit) <= cuda_probe.free_memory(
                self.device_
            ):
                matrix = cuda_probe.to_cuda(matrix, self.device_)
            else:
                call = replace(call, through=self.device_)
        call = replace(call, kind=dispatch.array_kind(matrix), lent=torch_interop.can_view_as_cupy(matrix))
        call.engine()  # an unknown or missing backend is told before any work
        with self._explain_memory_error(matrix, sizes), torch_interop.as_cupy(matrix) as there:
            yield table, target, Batch.from_input(there, target.labels, table.dtypes, call.work()), call

    @contextmanager
    def _explain_memory_error(self, X: Array, sizes: Callable[[], Integers]) -> Iterator[None]:
        """Where no smaller tile helps, say what is needed."""
        try:
            yield
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            needed = table_bytes(X, self._max_rows_out(sizes()))
            host = "" if self.device_ == "cpu" else ", or give device='cpu' and X on the host"
            raise MemoryError(
                f"out of memory on {self.device_!r}: {error}. {type(self).__name__} needs up to "
                f"{needed:,} bytes for X and its result, and work space: a smaller memory_limit, a "
                f"narrower dtype or fewer rows need less (SMOTETomek().plan(X, y) tells){host}"
            ) from error

    def _max_rows_out(self, sizes: Integers) -> int:
        """Rows at most that come out, of classes of these sizes, where no callable asks for more."""
        if self._sampling_type == "clean-sampling":
            return int(sizes.sum())
        strategy = getattr(self, "sampling_strategy", None)
        wanted = strategy.values() if isinstance(strategy, Mapping) else ()
        more = sum(int(size) for size in wanted if isinstance(size, Integral))
        return max(int(sizes.max() * len(sizes)), int(sizes.sum()) + more)

    def _estimate_pairs(self, sizes: Integers) -> float:
        """Pairs of rows to be looked at, about, with classes of these sizes."""
        return float(count_pairs(sizes, np.full_like(sizes, sizes.max())))

    @abstractmethod
    def _resolve(self, batch: Batch) -> None:
        """Set `sampling_strategy_`."""

    @abstractmethod
    def _resample(self, batch: Batch, call: Call) -> Batch:
        """The step: a Batch in, a Batch out, fitted attributes set."""

    def __sklearn_tags__(self) -> SamplerEstimatorTags:
        tags: Tags = super().__sklearn_tags__()
        return make_sampler_tags(tags, sample_indices=self._sample_indices)


def restore_rows(table: Table, batch: Batch, call: Call) -> Any:
    """The rows of a batch in the caller's container. A tensor is written by torch itself, in memory that torch knows."""
    kept, on_host = batch.kept_original_ids, dispatch.is_numpy_or_sparse(table.matrix)
    ready = batch.owns_rows and table.is_native and not call.lent
    rows = batch.X if ready else batch.X[len(kept) :, :]
    if not call.kind.is_numpy_or_sparse and on_host:
        rows = dispatch.to_numpy(rows)
    if call.lent:
        rows = torch_interop.to_torch(rows)
    return rows if ready else table.restore(np.asarray(kept) if on_host else kept, rows)


def class_sizes(labels: Labels) -> Integers:
    """Rows of each class."""
    classes, codes = encoding.unique_inverse(labels)
    return encoding.bincount(codes, len(classes))


def counts_by_label(batch: Batch, sizes: Integers | None = None) -> OrderedDict[Any, int]:
    """Labels that there are rows of, ascending, and their numbers: those of now, or the `sizes` of all classes."""
    sizes = batch.class_counts if sizes is None else sizes
    return OrderedDict((label, size) for label, size in zip(batch.classes, sizes.tolist(), strict=True) if size)


def strategy_labels(strategy: Any, batch: Batch) -> Labels:
    """What a strategy is given besides the counts: the labels of all rows, which only a callable looks at."""
    return batch.labels if callable(strategy) else batch.classes
