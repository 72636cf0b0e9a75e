"""Jaccard indices against counting by hand and against Python's sets."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gpu_smotetomek.evaluation.overlap import compute_overlap, take_pairs


def test_by_hand():
    sets = [np.array(rows, np.int64) for rows in ([1, 2, 3, 4], [3, 4, 5], [], [9], [])]
    expected = np.eye(5)
    expected[0, 1] = expected[1, 0] = 2 / 5  # 3 and 4, of 1 to 5
    expected[[2, 2, 4, 4], [2, 4, 2, 4]] = np.nan  # empty: no member to share
    np.testing.assert_array_equal(compute_overlap(sets), expected)
    np.testing.assert_array_equal(take_pairs(compute_overlap(sets[:3])), [2 / 5, 0, 0])


@given(st.lists(st.frozensets(st.integers(0, 8)), min_size=1, max_size=4))
def test_as_python_counts(sets):
    overlap = compute_overlap([np.array(sorted(rows), np.int64) for rows in sets])
    for i, first in enumerate(sets):
        for j, second in enumerate(sets):
            expected = len(first & second) / len(first | second) if first | second else np.nan
            np.testing.assert_equal(overlap[i, j], expected)
