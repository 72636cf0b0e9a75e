"""The thresholds that tests run with: the shipped ones, unless a test asks for lower ones."""

import pytest
from support import datasets

from gpu_smotetomek import SMOTETomek
from gpu_smotetomek.neighbors import projection
from gpu_smotetomek.resampling import tomek


def in_force() -> tuple[int, int]:
    return projection.FIND_AXES_FROM_ROWS, tomek.USE_LINEAGE_ABOVE_PAIRS


def uses_bounds(*shares: float, n: int) -> bool:
    """Whether lineage bounds settled rows of a table of n rows."""
    sampler = SMOTETomek(random_state=0)
    sampler.fit_resample(*datasets.blobs(n, 3, *shares))
    return "bounds" in sampler.tomek_.search_stages_


def test_tests_run_with_the_shipped_thresholds():
    assert in_force() == (2500, 2**20)
    assert not uses_bounds(n=200)
    assert uses_bounds(n=1000)


@pytest.mark.usefixtures("small_tables_use_bounds")
def test_a_test_may_ask_for_bounds_on_small_tables():
    assert in_force() == (0, 0)
    assert uses_bounds(n=200)


def test_both_thresholds_are_tried_where_a_test_asks_for_both(thresholds):
    assert in_force() == {"shipped": (2500, 2**20), "lowered": (0, 0)}[thresholds]
