"""How many rows repeat earlier ones, and how many of these have another label."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from gpu_smotetomek.inspection.columns import Column
from gpu_smotetomek.typing import Integers


def count_repeats(columns: Iterable[Column], codes: Integers) -> tuple[int, int]:
    """Count rows that equal an earlier one in all columns, and labels beyond the first in the sets of equal rows.

    Parameters
    ----------
    columns : iterable of Column
        The features; missing cells are equal to each other.
    codes : int array (n,)
        Codes of the classes of the rows.

    Returns
    -------
    int, int
        Repeated rows; contradictory labels.

    Examples
    --------
    >>> import numpy as np
    >>> from gpu_smotetomek.inspection.columns import read_columns
    >>> count_repeats(read_columns(np.array([[1, 2], [1, 2], [1, 2], [3, 2]])), np.array([0, 0, 1, 1]))
    (2, 1)
    """
    n = len(codes)
    groups, n_groups = np.zeros(n, np.int64), min(n, 1)
    for column in columns:
        if n_groups == n:  # no two rows are equal so far, whatever the other columns hold
            return 0, 0
        numbers = np.full(n, column.n_distinct, np.int64)
        numbers[column.is_given] = column.codes
        groups, n_groups = join(groups, numbers, column.n_distinct + 1)
    _, n_labelled = join(groups, codes, int(codes.max(initial=0)) + 1)
    return n - n_groups, n_labelled - n_groups


def join(groups: Integers, numbers: Integers, n_numbers: int) -> tuple[Integers, int]:
    """Groups (n,) of rows that are equal in two numbers (n,), and how many there are."""
    distinct, joined = np.unique(groups * n_numbers + numbers, return_inverse=True)
    return joined.reshape(-1), len(distinct)
