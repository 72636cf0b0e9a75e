"""Arrays of other libraries (CuPy, PyTorch, any with the array API standard), checked on their device.

scikit-learn's checks would silently convert a tensor on the CPU to NumPy. They receive only the shape, so that their messages
are the same for all libraries.
"""

import math
from typing import Any

import numpy as np
from sklearn.utils import assert_all_finite

from gpu_smotetomek.arrays import dispatch, indexing, matrices, narrow_floats

from ..typing import Array, Integers, Labels
from ._checks import check_shape, raise_not_finite
from ._labels import decode_one_hot, extract_classes, normalize_labels
from ._shapes import ShapedRows, flatten_rows


class DeviceTable(ShapedRows):
    """An array; restored with the same library, device, dtype and row shape, without autograd.

    The order in memory is C, or `channels_last` for a tensor that has it. bfloat16 is computed as float32.
    """

    def __init__(self, X: Array, estimator: str) -> None:
        _check_library_and_dtype(X, "X", estimator)
        check_shape(X.shape, estimator)
        if not dispatch.has_float64(X):
            raise ValueError(
                f"X is on {dispatch.device_name(X)!r}, which has no float64, and {estimator} decides distances in float64: move "
                "X to another device, such as the CPU, first."
            )
        self._rows, self.row_shape = dispatch.detach(X), tuple(X.shape[1:])
        rows = flatten_rows(self._rows)
        self.matrix = narrow_floats.widen_bfloat16(rows)
        self.is_native = self.matrix is rows
        self.dtypes = None if self.is_native else (narrow_floats.BFLOAT16,) * int(rows.shape[1])
        _check_finite(self.matrix, estimator, self.row_shape)

    def restore(self, kept_rows: Integers | indexing.AllExcept, synthetic: Array, _: Any = None) -> Array:
        """Return rows `kept_rows`, then `synthetic`, on the device."""
        kept = indexing.indices_like(kept_rows, self._rows)
        return matrices.take_and_append(self._rows, kept, super().shape_rows(synthetic))

    def shape_rows(self, rows: Array) -> Array:
        """Return rows (m, d) in the shape and memory format of the caller's rows."""
        return matrices.with_memory_format(super().shape_rows(rows), like=self._rows)


class DeviceLabels:
    """An array; restored with the same library, device, dtype and shape of a row."""

    def __init__(self, y: Array) -> None:
        _check_library_and_dtype(y, "y", "resampling")
        y = dispatch.detach(y)
        self._rows = y
        with dispatch.device_context(y):
            column = y[:, 0] if tuple(y.shape[1:]) == (1,) else y
            one_hot = len(column.shape) > 1
            rows = narrow_floats.widen_bfloat16(column)
            self.values = _classes_from_one_hot(rows) if one_hot else normalize_labels(dispatch.to_numpy(rows))

    def restore(self, kept_rows: Integers | indexing.AllExcept, rows: Integers, counts: Integers) -> Array:
        """Return rows `kept_rows`, then each of `rows` repeated `counts` times; the repetition happens on the device."""
        with dispatch.device_context(self._rows):
            originals = matrices.take_dense_rows(self._rows, indexing.indices_like(kept_rows, self._rows))
            repeated = matrices.take_dense_rows(self._rows, dispatch.asarray_like(rows, self._rows))
            return matrices.append_repeated(originals, repeated, counts)


def _check_library_and_dtype(data: Array, name: str, estimator: str) -> None:
    if reason := dispatch.unsupported_reason(data):
        raise TypeError(f"{name} ({type(data).__module__}.{type(data).__qualname__}) {reason}.")
    dtype = dispatch.dtype_name(data)
    if dtype.startswith("complex"):
        raise ValueError(f"Complex data not supported\n{name} has dtype {dtype}.")
    if dtype not in dispatch.NUMERIC_DTYPES and not narrow_floats.has_bfloat16(data):
        raise ValueError(
            f"{name} has dtype {dtype}; {estimator} needs bool, integers of 8 to 64 bits, or floats of 16 to 64 bits: "
            "convert it to float32."
        )


def _check_finite(X: Array, estimator: str, row_shape: tuple[int, ...]) -> None:
    dtype = dispatch.dtype_name(X)
    if dtype in dispatch.FLOAT_DTYPES:
        least, largest = dispatch.min_max(X)
        if not (math.isfinite(least) and math.isfinite(largest)):
            value = math.nan if math.isnan(largest) else math.inf
            try:
                assert_all_finite(np.array([value], dtype), estimator_name=estimator, input_name="X")
            except ValueError as error:
                raise_not_finite(str(error), dispatch.nonfinite_columns(X), estimator, row_shape=row_shape)


def _classes_from_one_hot(y: Array) -> Labels:
    """Return the class of each one-hot row; only the number of ones and the column of each row are copied to the host."""
    xp = dispatch.namespace(y)
    values = xp.astype(y, xp.uint8) if y.dtype == xp.bool else y
    if len(y.shape) > 2 or not bool(xp.all((values == 0) | (values == 1))):
        return extract_classes(np.broadcast_to(np.int8(2), y.shape))  # raises for this shape
    ones = xp.astype(values == 1, xp.int64)
    return decode_one_hot(dispatch.to_numpy(xp.sum(ones, axis=1)), dispatch.to_numpy(xp.argmax(ones, axis=1)))
