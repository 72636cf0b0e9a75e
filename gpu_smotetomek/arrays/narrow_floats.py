"""float16 and bfloat16: float64 values rounded to them once, where a library would round to float32 first."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gpu_smotetomek.arrays.dispatch import dtype_name, is_torch, namespace
from gpu_smotetomek.typing import Array

BFLOAT16 = np.dtype(np.float32, metadata={"stored": "bfloat16"})
"""Dtype of columns that the caller stores as bfloat16, which NumPy lacks: computed as float32, rounded to bfloat16."""


class FloatFormat(NamedTuple):
    """A binary format: stored bits of the significand, and exponent of the least normal number."""

    significand_bits: int
    min_exponent: int

    @property
    def unit_roundoff(self) -> float:
        """Largest relative error of a rounding to normal numbers."""
        return 2.0 ** -(self.significand_bits + 1)

    @property
    def exponent_of_half_subnormal(self) -> int:
        """Exponent of half the least subnormal number: the largest error of a rounding to subnormal numbers."""
        return self.min_exponent - self.significand_bits - 1


FORMAT_OF_BFLOAT16, FORMAT_OF_FLOAT16 = FloatFormat(7, -126), FloatFormat(10, -14)
FLOAT64_BITS = 52  # stored bits of the significand


def is_bfloat16(dtype: np.dtype[Any]) -> bool:
    """Whether the dtype is `BFLOAT16`, which compares equal to float32."""
    return dtype.metadata is not None and dtype.metadata == BFLOAT16.metadata


def has_bfloat16(X: Array) -> bool:
    """Whether X is a torch tensor of bfloat16."""
    return is_torch(X) and dtype_name(X) == "bfloat16"


def widen_bfloat16(X: Array) -> Array:
    """Return a tensor of bfloat16 as float32, which is exact, and any other array unchanged."""
    return X.float() if has_bfloat16(X) else X


def float_format(dtype: np.dtype[Any]) -> FloatFormat:
    """Return the format of a float dtype of NumPy, or of `BFLOAT16`."""
    info = np.finfo(dtype)
    return FORMAT_OF_BFLOAT16 if is_bfloat16(dtype) else FloatFormat(int(info.nmant), int(info.minexp))


def round_to_format(values: Array, form: FloatFormat) -> Array:
    """Return float64 values rounded to a narrower format, ties to even, still as float64.

    Works on the bits, because two roundings would move values next to the middle of two numbers. Values beyond the largest number
    of the format keep their exponent; a later cast makes them infinite. Arrays of NumPy, CuPy and torch have the bits.

    Examples
    --------
    >>> values = np.array([1 + 2**-8 + 2**-40, 1 + 2**-8])
    >>> (round_to_format(values, FORMAT_OF_BFLOAT16) - 1).tolist()  # in steps of 2**-7
    [0.0078125, 0.0]
    """
    xp, dropped = namespace(values), FLOAT64_BITS - form.significand_bits
    bits = values.view(xp.int64)
    is_odd = (bits >> dropped) & 1
    kept = (bits + (2 ** (dropped - 1) - 1) + is_odd) & -(2**dropped)
    # subnormal numbers have a fixed step, which is the unit in the last place of this number
    aligner = 1.5 * 2.0 ** (form.min_exponent - form.significand_bits + FLOAT64_BITS)
    size = xp.abs(values)
    subnormal = xp.copysign((size + aligner) - aligner, values)
    return xp.where(size < 2.0**form.min_exponent, subnormal, kept.view(xp.float64))
