"""The constant of the metric of mixed tables: what a category that differs adds to the squared distance of the numbers.

It is the square of the median of the standard deviations of the numeric features within a class (Chawla, Bowyer, Hall,
Kegelmeyer, "SMOTE: synthetic minority over-sampling technique", JAIR 16 (2002), section 6.1).
"""

from __future__ import annotations

import math

import numpy as np

from gpu_smotetomek.arrays import dispatch, encoding, matrices
from gpu_smotetomek.arrays.pairwise_sums import add_in_pairs
from gpu_smotetomek.neighbors.scaled_csr import powers_of_two
from gpu_smotetomek.neighbors.scaled_mixed import ScaledMixed
from gpu_smotetomek.typing import Array, Integers

DEVIATION_EXPONENT = -40  # deviations are squared at this scale: a sum of squares in scaled units could overflow


def class_mismatch(scaled: ScaledMixed, rows: Array) -> float:
    """The squared median (scaled units) of the standard deviations of the numeric features of `rows`; 0 of one row."""
    numbers, factors = scaled.numbers, powers_of_two(scaled.exponent)
    deviations = []
    for feature in range(numbers.d):
        with np.errstate(over="ignore", invalid="ignore"):  # a feature that overflows is constant
            values = matrices.float64_columns(numbers.X[:, feature : feature + 1], rows, factors)[0, :]
            deviations.append(standard_deviation(values))
    median = float(np.median(deviations))
    return median * median


def unscale_median(scaled: ScaledMixed, mismatch: float) -> float:
    """The median of the standard deviations, in the units of the caller, from its square in scaled units."""
    return math.ldexp(math.sqrt(mismatch), -scaled.exponent)


def smallest_class(codes: Integers, n_classes: int) -> int:
    """The class with the fewest rows, of those that have any; the first of equals."""
    sizes = encoding.bincount(codes, n_classes)
    return int(np.where(sizes > 0, sizes, len(codes) + 1).argmin())


def standard_deviation(values: Array) -> float:
    """The standard deviation of values (n,), n at least 1, over n.

    The values are sorted and added in pairs, so that neither their order nor the library changes a bit. A constant has exactly 0.

    Examples
    --------
    >>> import numpy as np
    >>> standard_deviation(np.array([3.0, 1.0, 1.0, 3.0])), standard_deviation(np.array([0.1, 0.1, 0.1]))
    (1.0, 0.0)
    """
    xp, n = dispatch.namespace(values), int(values.shape[0])
    values = xp.sort(values)
    if bool(values[0] == values[-1]):
        return 0.0
    values = (values - values[0]) * 2.0**DEVIATION_EXPONENT
    deviations = values - float(add_in_pairs(values)) / n
    return math.sqrt(float(add_in_pairs(deviations * deviations)) / n) * 2.0**-DEVIATION_EXPONENT
