"""Ids, dates and times among columns of whole numbers."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt

MIN_ROWS_OF_IDS = 20
MIN_REPEATS_EXPECTED = 10
"""Repeats that numbers drawn at random would have; where so many are expected and none is there, the numbers are ids."""

SPAN_OF_LONG_NUMBERS = 10**12
"""Numbers that span more are codes of a program, such as hashes, if none occurs twice."""

MIN_SHARE_OF_NAMED_IDS = 0.05
NAMES_OF_IDS = re.compile(r"(^|[_\W])(id|ids|uuid|guid)$|[a-z](Id|ID|Uuid|UUID)$", re.ASCII)
NAMES_OF_IDS_ALONE = {"id", "uuid", "guid", "index", "row", "rownames"}

DATE_FORMATS = {8: "yyyymmdd", 6: "yyyymm", 12: "yyyymmddhhmm", 14: "yyyymmddhhmmss"}
"""Dates as whole numbers, by their number of digits."""

MIN_DISTINCT_DATES, MIN_DISTINCT_TIMES = 5, 20
SECONDS_FROM, SECONDS_TO = 946_684_800, 2_208_988_800
"""The years 2000 to 2040 in seconds since 1970."""


def is_row_number(numbers: npt.NDArray[Any]) -> bool:
    """Whether whole numbers rise by one from row to row.

    Examples
    --------
    >>> import numpy as np
    >>> is_row_number(np.array([7, 8, 9])), is_row_number(np.array([7, 9, 8]))
    (True, False)
    """
    return len(numbers) > 2 and bool((np.diff(numbers) == 1).all())


def has_name_of_id(name: Any) -> bool:
    """Whether the name of a column says that it holds ids.

    Examples
    --------
    >>> [has_name_of_id(name) for name in ("customer_id", "customerId", "ID", "paid")]
    [True, True, True, False]
    """
    return isinstance(name, str) and (name.casefold() in NAMES_OF_IDS_ALONE or bool(NAMES_OF_IDS.search(name)))


def are_ids(numbers: npt.NDArray[Any], n_distinct: int, name: Any = None) -> bool:
    """Whether whole numbers are ids: none occurs twice, although random ones would repeat; or the name of the column says so.

    Of n numbers drawn from a span of s, about n² / 2s repeat another one.

    Examples
    --------
    >>> import numpy as np
    >>> shuffled = np.random.default_rng(0).permutation(100) + 1000
    >>> are_ids(shuffled, 100), are_ids(shuffled // 2, 50)
    (True, False)
    """
    n = len(numbers)
    if n < MIN_ROWS_OF_IDS:
        return False
    if has_name_of_id(name) and n_distinct > MIN_SHARE_OF_NAMED_IDS * n and n_distinct >= MIN_ROWS_OF_IDS:
        return True
    if n_distinct < n:
        return False
    span = int(numbers.max()) - int(numbers.min()) + 1
    return n * (n - 1) / 2 / span >= MIN_REPEATS_EXPECTED or span > SPAN_OF_LONG_NUMBERS


def find_date_format(numbers: npt.NDArray[Any]) -> str | None:
    """The format of whole numbers that all are dates of the years 1900 to 2100, such as 'yyyymmdd'; None if they are none.

    Examples
    --------
    >>> import numpy as np
    >>> find_date_format(np.array([20240228, 20240229, 20240301, 20240302, 20240303]))
    'yyyymmdd'
    >>> find_date_format(np.array([20240228, 20240229, 20240230, 20240301, 20240302])) is None
    True
    """
    if not len(numbers) or numbers.min() < 190_001 or numbers.max() > 99_999_999_999_999:
        return None
    dates = np.unique(numbers).astype(np.int64)
    digits = len(str(dates[0]))
    if len(dates) < MIN_DISTINCT_DATES or digits != len(str(dates[-1])) or digits not in DATE_FORMATS:
        return None
    clock = max(digits - 8, 0)
    times, days = dates % 10**clock, dates // 10**clock
    if digits == 6:
        days = days * 100 + 1
    return DATE_FORMATS[digits] if are_days(days) and are_clock_times(times, clock) else None


def are_days(days: npt.NDArray[np.int64]) -> bool:
    """Whether whole numbers (m,) of the form yyyymmdd all are days of the calendar."""
    year, month, day = days // 10_000, days // 100 % 100, days % 100
    if not ((year >= 1900) & (year <= 2100) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)).all():
        return False
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    in_month = ((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(np.int64)
    return bool((day <= in_month).all())


def are_clock_times(times: npt.NDArray[np.int64], digits: int) -> bool:
    """Whether whole numbers (m,) of the form hhmm or hhmmss, by their digits, all are times of a day."""
    hours, rest = times // 10 ** max(digits - 2, 0), times % 10 ** max(digits - 2, 0)
    minutes, seconds = rest // 10 ** max(digits - 4, 0), rest % 10 ** max(digits - 4, 0)
    return bool(((hours < 24) & (minutes < 60) & (seconds < 60)).all())


def are_seconds_since_1970(numbers: npt.NDArray[Any], n_distinct: int) -> bool:
    """Whether whole numbers all are seconds, or milliseconds, since 1970 of the years 2000 to 2040.

    Examples
    --------
    >>> import numpy as np
    >>> are_seconds_since_1970(np.arange(1_700_000_000, 1_700_090_000, 3_000), 30)
    True
    """
    if n_distinct < MIN_DISTINCT_TIMES:
        return False
    least, most = int(numbers.min()), int(numbers.max())
    return any(SECONDS_FROM * unit <= least and most <= SECONDS_TO * unit for unit in (1, 1000))
