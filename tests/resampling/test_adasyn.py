"""The number of synthetic rows that ADASYN allots to each row."""

import numpy as np
from support import datasets

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.resampling import Batch, Neighborhoods, allot_new_rows


def allot(is_enemy, size):
    """Numbers for the rows of class 1, which are rows 6 and up of a table, from the enemies among their neighbours."""
    is_enemy = np.array(is_enemy, bool)
    y = datasets.labels(6, len(is_enemy))
    batch = Batch.from_input(np.arange(float(len(y)))[:, None], np.arange(2), y, None, ExecutionContext())
    around = Neighborhoods(np.flatnonzero(y), np.zeros(is_enemy.shape, int), None, is_enemy, is_enemy.sum(axis=1))
    return allot_new_rows(batch, {0: 0, 1: size}, around)[1].tolist()


def test_numbers_are_in_proportion_to_the_enemies():
    is_enemy = [[0, 0, 0], [0, 1, 0], [1, 0, 1], [1, 1, 1]]
    assert allot(is_enemy, 12) == [0, 2, 4, 6]
    assert allot(is_enemy, 60) == [0, 10, 20, 30]


def test_each_number_is_rounded_and_halves_to_even():
    assert allot([[1], [1], [1]], 4) == [1, 1, 1]
    assert allot([[1], [1]], 3) == [2, 2]
    assert allot([[1], [1]], 5) == [2, 2]
