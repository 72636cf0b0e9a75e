"""Ids, dates and times among whole numbers."""

import numpy as np
import pytest

from gpu_smotetomek.inspection.whole_numbers import (
    are_ids,
    are_seconds_since_1970,
    find_date_format,
    has_name_of_id,
    is_row_number,
)

RNG = np.random.default_rng(0)
DAYS = np.datetime64("2019-01-01") + RNG.integers(0, 2000, 300)


def as_numbers(times, digits):
    """Times as whole numbers of so many digits."""
    return np.array([int("".join(c for c in str(time) if c.isdigit())[:digits]) for time in times.tolist()])


def count_distinct(numbers):
    return len(np.unique(numbers))


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        (RNG.permutation(1000), True),
        (RNG.permutation(100_000)[:2000], True),  # 20 repeats were expected
        (RNG.permutation(10**8)[:100], False),  # none was expected: incomes in cents
        (RNG.integers(0, 2**60, 50), True),  # hashes
        (RNG.integers(0, 500, 1000), False),
        (np.arange(15), False),  # too few rows
    ],
)
def test_numbers_without_repeats_are_ids_where_random_ones_would_repeat(numbers, expected):
    assert are_ids(numbers, count_distinct(numbers)) is expected


def test_the_name_of_a_column_counts():
    numbers = RNG.integers(0, 300, 1000)  # customers with several rows each
    assert are_ids(numbers, count_distinct(numbers), "customer_id")
    assert not are_ids(numbers, count_distinct(numbers), "paid")
    assert not are_ids(numbers % 4, 4, "type_id")
    names = [
        "id",
        "ID",
        "user_id",
        "userId",
        "user-id",
        "uuid",
        "paid",
        "idle",
        "acid",
        "valid",
        "grid",
        "humid",
        3,
        None,
    ]
    assert [name for name in names if has_name_of_id(name)] == names[:6]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        (as_numbers(DAYS, 8), "yyyymmdd"),
        (as_numbers(DAYS, 6), "yyyymm"),
        (as_numbers(DAYS.astype("M8[s]") + RNG.integers(0, 86_400, 300), 12), "yyyymmddhhmm"),
        (as_numbers(DAYS.astype("M8[s]") + RNG.integers(0, 86_400, 300), 14), "yyyymmddhhmmss"),
        (np.append(as_numbers(DAYS, 8), 20_230_229), None),  # no leap year
        (np.append(as_numbers(DAYS, 8), 20_231_301), None),
        (np.append(as_numbers(DAYS, 8), 18_991_231), None),
        (np.append(as_numbers(DAYS, 8), 202_301), None),  # two formats
        (as_numbers(DAYS, 8)[:1].repeat(50), None),  # too few different ones
        (RNG.integers(20_000_000, 21_000_000, 300), None),
        (np.array([], int), None),
        (RNG.integers(-5, 5, 30), None),
        (np.append(as_numbers(DAYS.astype("M8[s]"), 12), 202_301_012_460), None),
    ],
)
def test_dates(numbers, expected):
    assert find_date_format(numbers) == expected


def test_leap_days_are_dates():
    numbers = np.array([20_000_229, 20_200_229, 20_240_229, 20_240_131, 20_240_430])
    assert find_date_format(numbers) == "yyyymmdd"
    assert find_date_format(numbers.astype(float)) == "yyyymmdd"
    assert find_date_format(np.append(numbers, 21_000_229)) is None  # 2100 is no leap year
    assert find_date_format(np.append(numbers, 20_240_431)) is None


def test_times():
    seconds = (DAYS.astype("M8[s]") + 5).astype(np.int64)
    distinct = count_distinct(seconds)
    assert are_seconds_since_1970(seconds, distinct)
    assert are_seconds_since_1970(seconds * 1000, distinct)
    assert not are_seconds_since_1970(seconds * 10, distinct)
    assert not are_seconds_since_1970(seconds[:5], 5)
    assert not are_seconds_since_1970(np.append(seconds, 7), distinct)


def test_row_numbers():
    assert is_row_number(np.arange(5, 9))
    assert not is_row_number(np.arange(2))
    assert not is_row_number(np.array([1, 2, 3, 5]))
