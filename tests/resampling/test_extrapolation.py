"""Limits of the dtypes that extrapolated values must fit into."""

import numpy as np
import pytest

from gpu_smotetomek.resampling.extrapolation import find_limits


@pytest.mark.parametrize(
    ("dtype", "limits"),
    [
        ("bool", (0, 1)),
        ("int8", (-128, 127)),
        ("uint16", (0, 65535)),
        ("int64", (-(2**63), 2**63 - 1)),
        ("float16", (-65504, 65504)),
        ("float64", (-1.7976931348623157e308, 1.7976931348623157e308)),
    ],
)
def test_limits(dtype, limits):
    assert find_limits(np.dtype(dtype)) == limits
