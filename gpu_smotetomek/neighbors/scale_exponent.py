"""The power of two by which rows are multiplied before any distance."""

from __future__ import annotations

from typing import Any

import numpy as np

from gpu_smotetomek.arrays import matrices
from gpu_smotetomek.typing import Array


def scale_exponent(X: Array) -> int:
    """The exponent e such that X is multiplied by 2**e before any distance: 500 minus that of the largest half range.

    At this scale no squared difference overflows, and none within 2⁻⁹⁸⁵ of the largest one underflows to zero.

    Examples
    --------
    >>> import numpy as np
    >>> scale_exponent(np.array([[0.0], [3.0]]))
    499
    """
    return exponent_of_half_range(matrices.max_half_range(X))


def exponent_of_half_range(half_range: Any) -> int:
    """The exponent of a matrix from the largest half range of a feature.

    Examples
    --------
    >>> exponent_of_half_range(1.5)
    499
    """
    return 500 - int(np.frexp(half_range)[1]) if half_range else 0
