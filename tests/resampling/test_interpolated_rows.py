"""Synthetic rows that are computed when they are taken have the bits of those that are written."""

import numpy as np
import pytest

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.resampling import Lineage
from gpu_smotetomek.resampling.interpolated_rows import InterpolatedRows
from gpu_smotetomek.resampling.interpolation import append_synthetic


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble, np.int16, np.uint8, bool])
@pytest.mark.parametrize("d", [1, 3, 2000])
def test_the_bits_of_written_rows(dtype, d):
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(40, d)) * 50 + 100).astype(dtype)
    m = 300
    lineage = Lineage(rng.integers(0, 40, m), rng.integers(0, 40, m), rng.random(m), np.ones(m))
    written = append_synthetic(X, (lineage.base, lineage.neighbor, lineage.gap), None, ExecutionContext())[40:]
    order = rng.permutation(m)
    rows = InterpolatedRows(X, lineage, None)
    assert rows.shape == (m, d)
    assert rows.take(order).dtype == written.dtype
    assert (rows.take(order) == written[order]).all()


def test_columns_of_their_own_dtypes():
    rng = np.random.default_rng(1)
    X = np.stack([rng.integers(0, 9, 30), rng.normal(size=30)], axis=1)
    lineage = Lineage(rng.integers(0, 30, 50), rng.integers(0, 30, 50), rng.random(50), np.ones(50))
    dtypes = (np.dtype(np.int8), np.dtype(np.float32))
    written = append_synthetic(X, (lineage.base, lineage.neighbor, lineage.gap), dtypes, ExecutionContext())[30:]
    assert (InterpolatedRows(X, lineage, dtypes).take(np.arange(50)) == written).all()
