"""Draws in ranges: the numbers of one draw, and the state after it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpu_smotetomek.blocks.draws import SourceState, cut_draws
from gpu_smotetomek.resampling.smote import draw

SOURCES = {
    "int": lambda seed: seed,
    "RandomState": np.random.RandomState,
    "RandomState of PCG64": lambda seed: np.random.RandomState(np.random.PCG64(seed)),
    "Generator": np.random.default_rng,
    "Generator of MT19937": lambda seed: np.random.Generator(np.random.MT19937(seed)),
    "Generator of Philox": lambda seed: np.random.Generator(np.random.Philox(seed)),
}


def state_of(source):
    return str(SourceState.of_source(source).state)


@pytest.mark.parametrize("kind", SOURCES)
@given(
    st.integers(0, 99),
    st.integers(1, 60),
    st.lists(st.sampled_from([2, 9, 1000, 2**20, 2**33]), min_size=1, max_size=3),
)
def test_ranges_have_the_numbers_of_whole_draws(kind, seed, size, sizes):
    whole, cut = SOURCES[kind](seed), SOURCES[kind](seed)
    totals = {code: 50 + 7 * code for code in range(len(sizes))}
    ranges = cut_draws(cut, totals, np.array(sizes), 1, size)
    for code, total in totals.items():
        source = np.random.RandomState(whole) if kind == "int" else whole
        picks, gaps = draw(source, sizes[code], 1, total)
        parts = [part.draw(sizes[code]) for part in ranges if part.code == code]
        assert (np.concatenate([own for own, _ in parts]) == picks).all()
        assert (np.concatenate([own for _, own in parts]) == gaps).all()
    if kind != "int":
        assert state_of(whole) == state_of(cut)


def test_ranges_number_all_synthetic_rows_in_order():
    ranges = cut_draws(0, {1: 10, 4: 3}, np.array([9, 9, 9, 9, 9]), 5, 4)
    assert [(part.code, part.first, part.n_rows) for part in ranges] == [(1, 0, 4), (1, 4, 4), (1, 8, 2), (4, 10, 3)]


def test_a_class_of_few_rows_has_as_many_neighbors_as_other_rows():
    (part,) = cut_draws(0, {0: 500}, np.array([3]), 5, 1000)
    assert part.draw(3 * 2)[0].max() == 5
    assert (part.draw(3 * 2)[0] == draw(np.random.RandomState(0), 3, 2, 500)[0]).all()
