"""Repeated rows and contradictory labels, against dictionaries of rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.optional import optional

pd = optional("pandas")

from gpu_smotetomek.inspection.columns import read_columns  # noqa: E402
from gpu_smotetomek.inspection.repeats import count_repeats  # noqa: E402


def count_slowly(frame, codes):
    """The same numbers by comparing texts of rows."""
    rows = [repr([None if pd.isna(cell) else cell for cell in row]) for row in frame.itertuples(index=False)]
    pairs = set(zip(rows, codes.tolist(), strict=True))
    return len(rows) - len(set(rows)), len(pairs) - len(set(rows))


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 4), st.integers(1, 3))
def test_against_dictionaries(seed, n, d, values):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({f"x{j}": rng.integers(0, values, n).astype(float) for j in range(d)})
    frame["x0"] = frame["x0"].where(rng.random(n) < 0.8)
    frame["text"] = rng.choice(["a", "b", None], n)
    codes = rng.integers(0, 2, n)
    assert count_repeats(read_columns(frame), codes) == count_slowly(frame, codes)


@pytest.mark.parametrize("d", [1, 3])
def test_rows_that_differ_end_the_count_early(d):
    X = np.arange(12.0).reshape(-1, 1) + np.zeros(d)
    assert count_repeats(read_columns(X), np.zeros(12, int)) == (0, 0)
