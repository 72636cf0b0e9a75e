"""Columns that are no features as they are."""

import numpy as np
import pytest
from support.optional import optional

pd = optional("pandas")

from gpu_smotetomek.inspection.columns import read_columns  # noqa: E402
from gpu_smotetomek.inspection.findings import find_columns_to_correct  # noqa: E402

N = 300
RNG = np.random.default_rng(0)
CODES = np.repeat([0, 1], [250, 50])
NOISE = RNG.normal(size=N)
DAYS = np.datetime64("2021-01-01") + RNG.integers(0, 900, N)


def find(values, codes=CODES, name="column", categorical=()):
    """Kind and fact of the finding about a column; None where there is none."""
    found = list(find_columns_to_correct(read_columns(pd.DataFrame({name: values})), codes, categorical))
    assert len(found) <= 1
    return (found[0].kind, found[0].fact) if found else None


@pytest.mark.parametrize(
    ("values", "kind", "fact"),
    [
        (np.arange(N) + 7, "id", "numbers the rows"),
        (RNG.permutation(N) + 1000, "id", "300 different whole numbers in 300 rows"),
        (RNG.permutation(N) + 1000.0, "id", "300 different whole numbers in 300 rows"),
        ([int(str(day).replace("-", "")) for day in DAYS], "date", "dates as yyyymmdd, 2021"),
        ((DAYS.astype("M8[s]")).astype(np.int64), "time", "seconds or milliseconds since 1970"),
        (RNG.integers(0, 4, N), "codes", "4 different whole numbers"),
        (RNG.random(N) < 0.5, "codes", "truth values"),
        (np.full(N, 7.5), "constant", "7.5 in all rows"),
        (["same"] * N, "constant", "same in all rows"),
        ([None] * N, "constant", "no value at all"),
        (CODES * 3 + 1, "target", "one value for each class"),
        (np.where(CODES, "bad", "good"), "target", "one value for each class"),
        (CODES * 2 + RNG.integers(0, 2, N), "target", "each value in one class only"),
        (NOISE + 100 * CODES, "target", "a limit separates the classes"),
        (NOISE - 100 * CODES, "target", "a limit separates the classes"),
        (RNG.choice(["a", "b c d"], N), "category", "2 different texts"),
        ([f"says {i} words" for i in range(N)], "text", "300 different texts"),
        ([f"u{i:x}" for i in range(N)], "id", "300 different texts in 300 rows"),
        ([f"{i:05}" for i in range(N)], "id", "300 different texts in 300 rows"),
        (list(map(str, DAYS)), "date", "dates, such as 20"),
        (pd.Series(DAYS), "date", "dates, such as 20"),
        ([*map(str, NOISE[1:]), "oops"], "digits", "but 'oops'"),
    ],
)
def test_each_kind_of_column(values, kind, fact):
    found = find(values)
    assert found is not None
    assert found[0] == kind
    assert fact in found[1]


@pytest.mark.parametrize(
    "values",
    [
        NOISE,
        NOISE + CODES,
        RNG.integers(0, 10**7, N),  # incomes: all different by accident
        RNG.integers(0, 90, N),
        RNG.integers(0, 4, N) + 0.5,
        RNG.integers(0, 4, N).astype(float),  # measured to whole units
        np.where(RNG.random(N) < 0.1, np.nan, 7.0) + 0 * NOISE + RNG.integers(0, 90, N),
    ],
)
def test_features_are_no_findings(values):
    assert find(values) is None


def test_a_constant_with_missing_cells_is_a_mark():
    assert find(np.where(NOISE > 0, np.nan, 7.5)) is None


def test_few_rows_are_no_evidence_of_a_copy():
    assert find(np.r_[NOISE[1:], 1e9], codes=np.repeat([0, 1], [N - 1, 1])) is None
    assert find(CODES.astype(float), codes=np.zeros(N, int)) is None


def test_missing_cells_stay_apart():
    ids = pd.Series(RNG.permutation(N) + 1000).astype("Int64").where(NOISE < 1)
    assert find(ids)[0] == "id"
    assert find(ids.astype(float))[0] == "id"


def test_what_is_right_for_categories_is_no_finding():
    codes, words, ids = RNG.integers(0, 4, N), RNG.choice(["a", "b"], N), [f"u{i}" for i in range(N)]
    for values, found in ((codes, None), (words, None), (ids, "id"), (["x"] * N, "constant")):
        result = find(values, categorical=["column"])
        assert (result and result[0]) == found
