"""Arrays of other libraries (CuPy, PyTorch, any that speaks the array API standard), checked where they are.

scikit-learn's checks would turn a tensor on the CPU into a NumPy array without a word: it is shown shapes only, so that its
messages are those of this package.
"""

import math

import numpy as np
from sklearn.utils import assert_all_finite, check_array

from gpu_smotetomek.arrays import dispatch, indexing, matrices

from ..typing import Array, Integers, Labels
from ._checks import refuse_values
from ._labels import classes_of, columns_of, plain


class DeviceTable:
    """An array in, an array of the same library, device and dtype out, in C order, without autograd."""

    dtypes = None
    plain = True

    def __init__(self, X: Array, estimator: str) -> None:
        _refuse(X, "X", estimator)
        _check_shape(X.shape, estimator)
        if not dispatch.has_float64(X):
            raise ValueError(
                f"X is on {dispatch.device_name(X)!r}, which has no float64, and {estimator} decides distances in float64: move "
                "X to another device, such as the CPU, first."
            )
        self.matrix = dispatch.detach(X)
        _check_finite(self.matrix, estimator)

    def leave(self, kept: Integers | indexing.AllExcept, synthetic: Array) -> Array:
        """Rows `kept`, then `synthetic`, on the device."""
        return matrices.take_and_append(self.matrix, indexing.indices_like(kept, self.matrix), synthetic)


class DeviceLabels:
    """An array in, an array of the same library, device and dtype out; one column of labels comes back flat."""

    def __init__(self, y: Array) -> None:
        _refuse(y, "y", "resampling")
        y = dispatch.detach(y)
        self._rows = y[:, 0] if tuple(y.shape[1:]) == (1,) else y
        with dispatch.device_context(self._rows):
            columns = len(self._rows.shape) > 1
            self.values = _from_columns(self._rows) if columns else plain(dispatch.to_numpy(self._rows))

    def leave(self, kept: Integers | indexing.AllExcept, rows: Integers, sizes: Integers) -> Array:
        """Rows `kept`, then each of `rows` as often as its size says: of the many there only one goes to the device."""
        with dispatch.device_context(self._rows):
            mine = matrices.take_dense_rows(self._rows, indexing.indices_like(kept, self._rows))
            return matrices.append_repeated(
                mine, matrices.take_dense_rows(self._rows, dispatch.asarray_like(rows, self._rows)), sizes
            )


def _refuse(data: Array, name: str, estimator: str) -> None:
    if reason := dispatch.unsupported_reason(data):
        raise TypeError(f"{name} ({type(data).__module__}.{type(data).__qualname__}) {reason}.")
    dtype = dispatch.dtype_name(data)
    if dtype.startswith("complex"):
        raise ValueError(f"Complex data not supported\n{name} has dtype {dtype}.")
    if dtype not in dispatch.NUMERIC_DTYPES:
        raise ValueError(
            f"{name} has dtype {dtype}; {estimator} needs numbers that NumPy has too: convert it to float32."
        )


def _check_shape(shape: tuple[int, ...], estimator: str) -> None:
    if len(shape) < 2:
        came = f"1D array instead: shape {tuple(shape)}" if shape else "scalar array instead"
        raise ValueError(
            f"Expected 2D array, got {came}.\nReshape your data either using array.reshape(-1, 1) if your data has a single "
            "feature or array.reshape(1, -1) if it contains a single sample."
        )
    check_array(np.broadcast_to(np.int8(0), shape), estimator=estimator, input_name="X")  # one byte, whatever the shape


def _check_finite(X: Array, estimator: str) -> None:
    dtype = dispatch.dtype_name(X)
    if dtype in dispatch.FLOAT_DTYPES:
        least, largest = dispatch.min_max(X)
        if not (math.isfinite(least) and math.isfinite(largest)):
            value = math.nan if math.isnan(largest) else math.inf
            try:
                assert_all_finite(np.array([value], dtype), estimator_name=estimator, input_name="X")
            except ValueError as error:
                refuse_values(str(error), dispatch.nonfinite_columns(X), estimator)


def _from_columns(y: Array) -> Labels:
    """The class of each one-hot row; of the n × C entries the host sees two counts."""
    xp = dispatch.namespace(y)
    values = xp.astype(y, xp.uint8) if y.dtype == xp.bool else y
    if len(y.shape) > 2 or not bool(xp.all((values == 0) | (values == 1))):
        return classes_of(np.broadcast_to(np.int8(2), y.shape))  # no labels: refuses the shape
    ones = xp.astype(values == 1, xp.int64)
    return columns_of(dispatch.to_numpy(xp.sum(ones, axis=1)), dispatch.to_numpy(xp.argmax(ones, axis=1)))
