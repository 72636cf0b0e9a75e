"""Float64 distances widened by the most that their rounding may have changed them."""

from __future__ import annotations

from gpu_smotetomek.neighbors.protocol import U64
from gpu_smotetomek.typing import Array

ABSOLUTE_SLACK = 2.0**-530  # of a comparison of distances, in scaled units


def widen_up(distance: Array, d: int) -> Array:
    """Raise a float64 distance by the most that its d differences, squares and sums, and those of a bound, may have lost."""
    return distance * (1 + 4 * (d + 8) * U64) + ABSOLUTE_SLACK


def widen_down(distance: Array, d: int) -> Array:
    """Lower a float64 distance by the most that its rounding, and that of a bound, may have added."""
    return distance * (1 - 4 * (d + 8) * U64) - ABSOLUTE_SLACK
