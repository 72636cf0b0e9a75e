"""Arithmetic without rounding: float64 values as Python integers, in which sums and products are exact."""

from fractions import Fraction
from typing import Any

import numpy as np

UNIT = 1074  # values are in units of 2⁻¹⁰⁷⁴, of which every float64 is a multiple; their products in units of 2⁻²¹⁴⁸


def integers(values: np.ndarray, unit: int = UNIT) -> np.ndarray:
    """Values in units of 2**-unit."""
    return np.vectorize(lambda value: int(Fraction(value) * 2**unit), otypes=[object])(np.asarray(values, np.float64))


def squares(Q: np.ndarray, X: np.ndarray) -> np.ndarray:
    """Squared distances (m, n) between rows, in units of 2⁻²¹⁴⁸."""
    return ((integers(Q)[:, None, :] - integers(X)[None, :, :]) ** 2).sum(axis=2)


def bound(backend: Any, a: np.ndarray, b: np.ndarray, exact: np.ndarray, *, n: int, d: int) -> np.ndarray:
    """A backend's bound on the error of squared distances whose exact values are given, in units of 2⁻²¹⁴⁸."""
    relative = Fraction(backend.relative_error(d=d, n=n))
    return integers(backend.error(a, b, d=d, n=n), 2 * UNIT) + exact * relative.numerator // relative.denominator
