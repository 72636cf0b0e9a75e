"""Words for classes with too few rows."""

import pytest

from gpu_smotetomek.resampling.class_sizes import describe_outcome


@pytest.mark.parametrize(
    ("n", "small_class", "words"),
    [
        (1, "shrink", "was over-sampled with copies of it"),
        (2, "shrink", "was over-sampled with 1 neighbor"),
        (3, "shrink", "was over-sampled with 2 neighbors"),
        (1, "skip", "was left as it is"),
        (3, "skip", "was left as it is"),
    ],
)
def test_outcomes(n, small_class, words):
    assert describe_outcome(n, small_class) == words
