"""Arrays of other libraries (CuPy, PyTorch, any that speaks the array API standard), checked where they are.

scikit-learn's checks would turn a tensor on the CPU into a NumPy array without a word: it is shown shapes only, so that its
messages are those of this package.
"""

import math

import numpy as np
from sklearn.utils import assert_all_finite, check_array

from .. import arrays
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
        if not arrays.has_float64(X):
            raise ValueError(
                f"X is on {arrays.device_name(X)!r}, which has no float64, and {estimator} decides distances in float64: move "
                "X to another device, such as the CPU, first."
            )
        self.matrix = arrays.bare(X)
        _check_finite(self.matrix, estimator)

    def leave(self, kept: Integers | arrays.Rest, synthetic: Array) -> Array:
        """Rows `kept`, then `synthetic`, on the device."""
        return arrays.stacked(self.matrix, arrays.numbers_beside(kept, self.matrix), synthetic)


class DeviceLabels:
    """An array in, an array of the same library, device and dtype out; one column of labels comes back flat."""

    def __init__(self, y: Array) -> None:
        _refuse(y, "y", "resampling")
        y = arrays.bare(y)
        self._rows = y[:, 0] if tuple(y.shape[1:]) == (1,) else y
        with arrays.current(self._rows):
            columns = len(self._rows.shape) > 1
            self.values = _from_columns(self._rows) if columns else plain(arrays.to_host(self._rows))

    def leave(self, kept: Integers | arrays.Rest, rows: Integers, sizes: Integers) -> Array:
        """Rows `kept`, then each of `rows` as often as its size says: of the many there only one goes to the device."""
        with arrays.current(self._rows):
            mine = arrays.take(self._rows, arrays.numbers_beside(kept, self._rows))
            return arrays.repeated(mine, arrays.take(self._rows, arrays.beside(rows, self._rows)), sizes)


def _refuse(data: Array, name: str, estimator: str) -> None:
    if reason := arrays.refusal(data):
        raise TypeError(f"{name} ({type(data).__module__}.{type(data).__qualname__}) {reason}.")
    dtype = arrays.dtype_name(data)
    if dtype.startswith("complex"):
        raise ValueError(f"Complex data not supported\n{name} has dtype {dtype}.")
    if dtype not in arrays.NUMBERS:
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
    dtype = arrays.dtype_name(X)
    if dtype in arrays.FLOATS:
        least, largest = arrays.extremes(X)
        if not (math.isfinite(least) and math.isfinite(largest)):
            value = math.nan if math.isnan(largest) else math.inf
            try:
                assert_all_finite(np.array([value], dtype), estimator_name=estimator, input_name="X")
            except ValueError as error:
                refuse_values(str(error), arrays.not_finite(X), estimator)


def _from_columns(y: Array) -> Labels:
    """The class of each one-hot row; of the n × C entries the host sees two counts."""
    xp = arrays.namespace(y)
    values = xp.astype(y, xp.uint8) if y.dtype == xp.bool else y
    if len(y.shape) > 2 or not bool(xp.all((values == 0) | (values == 1))):
        return classes_of(np.broadcast_to(np.int8(2), y.shape))  # no labels: refuses the shape
    ones = xp.astype(values == 1, xp.int64)
    return columns_of(arrays.to_host(xp.sum(ones, axis=1)), arrays.to_host(xp.argmax(ones, axis=1)))
