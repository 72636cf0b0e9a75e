"""Draws of categories, compared with a plain count and with imbalanced-learn's way to draw."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import array_libraries

from gpu_smotetomek.arrays.categories import code_dtype, compact_codes, count_mismatches, find_most_frequent
from gpu_smotetomek.resampling.smotenc import draw_among_tied


@pytest.mark.parametrize("place", array_libraries.LIBRARIES.values(), ids=array_libraries.LIBRARIES.keys())
@given(seed=st.integers(0, 999), k=st.integers(1, 8), top=st.integers(1, 9))
def test_the_most_frequent_codes_are_those_of_a_count(place, seed, k, top):
    values = np.random.default_rng(seed).integers(0, top, (6, k)).astype(np.uint8)
    codes, n_tied = (array_libraries.host(part) for part in find_most_frequent(place(values)))
    for row, own, n in zip(values.tolist(), codes.tolist(), n_tied.tolist(), strict=True):
        counts = Counter(row)
        assert own[:n] == sorted(code for code in counts if counts[code] == max(counts.values()))


@given(seed=st.integers(0, 999), n_tied=st.lists(st.integers(1, 4), min_size=1, max_size=20))
def test_ties_are_drawn_as_imbalanced_learn_draws_them(seed, n_tied):
    """All pairs of a row and a tied category are shuffled, and the first pair of each row counts."""
    is_max = np.arange(4) < np.array(n_tied)[:, None]
    pairs = np.random.RandomState(seed).permutation(np.argwhere(is_max))
    rows, first = np.unique(pairs[:, 0], return_index=True)
    assert rows.tolist() == list(range(len(n_tied)))
    drawn = draw_among_tied(np.array(n_tied), np.random.RandomState(seed))
    np.testing.assert_array_equal(drawn, pairs[first, 1])


def test_ties_move_the_source_on_even_where_there_are_none():
    first, second = np.random.RandomState(0), np.random.RandomState(0)
    draw_among_tied(np.ones(5, np.int64), first)
    second.permutation(5)
    assert first.randint(1000) == second.randint(1000)


@pytest.mark.parametrize("place", array_libraries.LIBRARIES.values(), ids=array_libraries.LIBRARIES.keys())
def test_codes_are_compact_and_their_mismatches_counted(place):
    rng = np.random.default_rng(0)
    codes = np.stack([rng.integers(0, size, 50) for size in (2, 300, 40_000)], axis=1)
    X = place(np.hstack([rng.normal(size=(50, 2)), codes]))
    columns = compact_codes(X, (2, 300, 40_000))
    assert [str(column.dtype).rpartition(".")[2] for column in columns] == ["uint8", "int16", "int32"]
    for column, expected in zip(columns, codes.T, strict=True):
        np.testing.assert_array_equal(array_libraries.host(column), expected)
    counts = count_mismatches([c[:, None] for c in columns], [c[None, :] for c in columns])
    np.testing.assert_array_equal(array_libraries.host(counts), (codes[:, None] != codes[None]).sum(axis=2))


@pytest.mark.parametrize(
    ("n", "dtype"), [(1, "uint8"), (256, "uint8"), (257, "int16"), (2**15, "int16"), (2**15 + 1, "int32")]
)
def test_dtypes_hold_the_largest_code(n, dtype):
    assert code_dtype(n) == dtype
    assert np.iinfo(dtype).max >= n - 1
