"""The constant of the metric: the squared median of exact standard deviations, whatever the order, the library or the unit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import array_libraries, mixed_oracle

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.scaled_mixed import ScaledMixed
from gpu_smotetomek.resampling import Batch
from gpu_smotetomek.resampling.mixed_metric import class_mismatch, smallest_class, standard_deviation, unscale_median

CTX = ExecutionContext(n_threads=1)


def scale(numbers, place=array_libraries.copied):
    X = np.hstack([numbers, np.zeros((len(numbers), 1), numbers.dtype)])
    return ScaledMixed.from_mixed_matrix(place(X), (1,), CTX)


@given(n=st.integers(1, 40), seed=st.integers(0, 999), offset=st.sampled_from([0.0, 1e6, -1e12]))
def test_the_deviation_is_exact_up_to_rounding(n, seed, offset):
    values = np.random.default_rng(seed).normal(size=n) + offset
    exact = float(mixed_oracle.deviation_squares(values[:, None])[0]) ** 0.5
    assert standard_deviation(values) == pytest.approx(exact, rel=1e-13)


@given(n=st.integers(2, 50), seed=st.integers(0, 999))
def test_the_order_of_rows_changes_no_bit(n, seed):
    rng = np.random.default_rng(seed)
    numbers = rng.lognormal(size=(n, 3))
    scaled, shuffled = (scale(rows) for rows in (numbers, numbers[rng.permutation(n)]))
    assert class_mismatch(scaled, np.arange(n)) == class_mismatch(shuffled, np.arange(n))


@pytest.mark.parametrize("place", array_libraries.LIBRARIES.values(), ids=array_libraries.LIBRARIES.keys())
def test_every_library_gives_the_same_bits(place):
    numbers = np.random.default_rng(0).lognormal(size=(1001, 4))
    rows = np.arange(0, 1001, 2)
    assert class_mismatch(scale(numbers, place), place(rows)) == class_mismatch(scale(numbers), rows)


@pytest.mark.parametrize("factor", [1e-300, 1e-20, 1.0, 1e300])
@pytest.mark.parametrize("p", [1, 2, 5])
def test_the_median_is_in_the_units_of_the_caller(factor, p):
    numbers = np.random.default_rng(p).normal(size=(30, p))
    scaled = scale(numbers * factor)
    median = unscale_median(scaled, class_mismatch(scaled, np.arange(30)))
    assert median == pytest.approx(mixed_oracle.median_deviation(numbers) * factor, rel=1e-12)


def test_constant_features_have_no_deviation():
    numbers = np.full((20, 3), 0.1)
    numbers[:, 2] = np.arange(20)
    assert class_mismatch(scale(numbers), np.arange(20)) == 0
    assert class_mismatch(scale(np.full((20, 1), 1e308)), np.arange(20)) == 0
    assert class_mismatch(scale(np.arange(20.0)[:, None]), np.array([3])) == 0  # of one row


def test_a_table_has_the_constant_of_its_smallest_class():
    rng = np.random.default_rng(0)
    numbers, codes = rng.normal(size=(30, 2)), rng.integers(0, 2, (30, 1))
    y = np.array([0] * 12 + [1] * 9 + [2] * 9)
    batch = Batch.from_input(np.hstack([numbers, codes]), np.arange(3), y, None, CTX, (2,))
    assert batch.mixed.mismatch == class_mismatch(batch.mixed, np.flatnonzero(y == 1))
    median = unscale_median(batch.mixed, batch.mixed.mismatch)
    assert median**2 == pytest.approx(mixed_oracle.constant(numbers, y), rel=1e-12)
    assert smallest_class(np.array([2, 2, 1]), 4) == 1
