"""Standard deviations and interquartile ranges of the features of a matrix, dense or sparse, on its own device.

Values are divided by a power of two first, so that no square overflows. A feature has spread 0 where its spread is within the
rounding of its largest value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gpu_smotetomek.arrays import dispatch, matrices
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.typing import Array, Floats, Integers

HOST_VALUES_OF_BLOCK = 2**17
DEVICE_VALUES_OF_BLOCK = 2**24
ROUNDING_OF_SPREAD = 2.0**-48  # of the largest value: a smaller spread is that of rounding
LEAST_EXPONENT, LARGEST_EXPONENT = -1000, 16000  # whose powers of two, and their inverses, are numbers


@dataclass(frozen=True)
class FeatureRanges:
    """Sizes of the values of each feature.

    Attributes
    ----------
    largest : float64 array (d,), on the host
        Largest size of a value.
    is_constant : bool array (d,), on the host
    exponents : int array (d,), on the host
        Values divided by 2**exponent are at most 1 in size.
    """

    largest: Floats
    is_constant: np.ndarray[tuple[int], np.dtype[np.bool_]]
    exponents: Integers

    @classmethod
    def from_matrix(cls, X: Array) -> FeatureRanges:
        """The ranges of a matrix (n, d), n at least 1."""
        high, low = (dispatch.to_numpy(values) for values in matrices.feature_ranges(X))
        largest = np.maximum(np.abs(high), np.abs(low))
        exponents = np.clip(np.frexp(largest)[1], LEAST_EXPONENT, LARGEST_EXPONENT)
        with np.errstate(over="ignore"):  # longdouble beyond float64
            return cls(np.asarray(largest, np.float64), np.asarray(high == low), exponents)

    def spread_in_units(self, spread: Floats) -> Floats:
        """A spread (d,) of values that were divided, in their own units; 0 where it is that of rounding."""
        is_noise = self.is_constant | (spread <= ROUNDING_OF_SPREAD * np.ldexp(self.largest, -self.exponents))
        with np.errstate(over="ignore"):
            return np.where(is_noise, 0.0, np.ldexp(spread, self.exponents))


def standard_deviations(X: Array, ranges: FeatureRanges, ctx: ExecutionContext) -> Floats:
    """Standard deviations (d,) of the features of X (n, d), over n, on the host.

    Blocks are merged by the formula of Chan, Golub and LeVeque, "Algorithms for computing the sample variance", The American
    Statistician 37 (1983) 242-247. Neither threads nor `memory_limit` change a bit.
    """
    n, unit = int(X.shape[0]), unit_of(X, ranges)
    if dispatch.is_sparse(X):
        return ranges.spread_in_units(sparse_deviations(X, unit))
    xp, per_block = dispatch.namespace(X), values_of_block(X)
    blocks = ctx.blocks(n, max(1, per_block // int(X.shape[1])))

    def describe(block: slice) -> tuple[int, Array, Array]:
        values = dispatch.promote_to_float64(X[block, :]) * unit
        size, mean = block.stop - block.start, xp.mean(values, axis=0)
        values = values - mean
        error = xp.sum(values, axis=0)  # of the mean, times the size
        return size, mean + error / size, xp.sum(values * values, axis=0) - error * error / size

    (count, mean, squares), *parts = ctx.map_blocks("scale", describe, blocks)
    for size, other_mean, other_squares in parts:
        step = other_mean - mean
        squares = squares + other_squares + step * step * (count * size / (count + size))
        mean = mean + step * (size / (count + size))
        count += size
    return ranges.spread_in_units(np.asarray(dispatch.to_numpy(xp.sqrt(xp.clip(squares / n, 0, None))), np.float64))


def sparse_deviations(X: Array, unit: Floats) -> Floats:
    """Standard deviations (d,) of the features of CSR rows times `unit` (d,)."""
    n, d = (int(length) for length in X.shape)
    values = X.data * unit[X.indices]
    stored = np.bincount(X.indices, minlength=d)
    mean = np.bincount(X.indices, values, minlength=d) / n
    squares = np.bincount(X.indices, (values - mean[X.indices]) ** 2, minlength=d)
    return np.asarray(np.sqrt((squares + (n - stored) * mean**2) / n))


def interquartile_ranges(X: Array, ranges: FeatureRanges, ctx: ExecutionContext) -> Floats:
    """Differences (d,) between the third and the first quartile of the features of X (n, d), on the host.

    Quartiles are interpolated linearly, as `numpy.quantile` does by default.
    """
    n, d = (int(length) for length in X.shape)
    unit = unit_of(X, ranges)
    columns = X.tocsc() if dispatch.is_sparse(X) else X

    def find_range(block: slice) -> float:
        j = block.start
        if dispatch.is_sparse(columns):
            values = columns.data[columns.indptr[j] : columns.indptr[j + 1]] * unit[j]
            return quartile_range_with_zeros(np.asarray(values, np.float64), n)
        return quartile_range(dispatch.promote_to_float64(columns[:, j]) * unit[j])

    features = [slice(j, j + 1) for j in range(d)]
    spread = ctx.map_blocks("scale", find_range, features)
    return ranges.spread_in_units(np.array(spread, np.float64))


def quartile_range(values: Array) -> float:
    """Third minus first quartile of values (n,).

    Examples
    --------
    >>> import numpy as np
    >>> quartile_range(np.array([4.0, 0.0, 1.0, 3.0, 2.0]))
    2.0
    """
    xp, n = dispatch.namespace(values), int(values.shape[0])
    places = [quarter * (n - 1) / 4 for quarter in (1, 3)]
    around = [(int(place), min(int(place) + 1, n - 1)) for place in places]
    if isinstance(values, np.ndarray):
        values = np.partition(values, sorted({place for pair in around for place in pair}))
    else:
        values = xp.sort(values)
    first, third = (
        float(values[low]) + (place - low) * (float(values[high]) - float(values[low]))
        for place, (low, high) in zip(places, around, strict=True)
    )
    return third - first


def quartile_range_with_zeros(stored: Floats, n: int) -> float:
    """The same for n values that are zero where they are not stored."""
    if 4 * len(stored) < n - 4:  # both quartiles are zeros
        return 0.0
    return quartile_range(np.concatenate([stored, np.zeros(n - len(stored))]))


def values_of_block(X: Array) -> int:
    """Values of a block whose temporaries fit into the cache of the host, or that keep a device busy."""
    return HOST_VALUES_OF_BLOCK if dispatch.is_numpy_or_sparse(X) else DEVICE_VALUES_OF_BLOCK


def unit_of(X: Array, ranges: FeatureRanges) -> Array:
    """Powers of two (d,) that multiply the features, on the device of X, so that no value is above 1 in size."""
    wide = np.longdouble if dispatch.numpy_dtype(X) == np.longdouble else np.float64
    return dispatch.asarray_like(np.ldexp(np.ones(len(ranges.exponents), wide), -ranges.exponents), X)
