"""Rows that are held and do not fit are refused, with both sizes."""

import numpy as np
import pytest

from gpu_smotetomek.blocks import BlockParameters, check_held_rows, count_held_bytes, plan_blocks


def make_plan():
    parameters = BlockParameters({1: 500}, k_neighbors=5, random_state=0)
    return plan_blocks([1100], np.array(["common", "rare"]), np.array([1000, 100]), 30, "float32", None, parameters)


def test_bytes_of_rows_and_neighbors():
    assert count_held_bytes(make_plan()) == 100 * (30 * 4 + 5 * 12 + 16)


@pytest.mark.parametrize("free", [None, 19_600, 10**12])
def test_rows_that_fit(free):
    check_held_rows(make_plan(), free, "here")


def test_rows_that_do_not_fit():
    with pytest.raises(
        MemoryError, match=r"class common stays in blocks.*100 × 30.* 1\.96e-05 GB, and 1\.96e-05 GB .*use float32"
    ):
        check_held_rows(make_plan(), 19_599, "here")
