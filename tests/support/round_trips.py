"""Round trips of matrices through the containers, and checks of what is refused."""

import numpy as np
import pytest

from gpu_smotetomek.containers import enter_X, enter_y

KEPT = np.array([0, 2])
NOTHING = np.empty(0, np.int64)
NUMBERS = ["f2", "f4", "f8", "g", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?"]


def round_trip(X, kept=KEPT, m=1):
    """Convert X and restore its rows `kept`, then `m` copies of the second row of the matrix."""
    table = enter_X(X)
    return table.restore(kept, table.matrix[[1] * m])


def assert_refused(message, X, error=ValueError, **kwargs):
    with pytest.raises(error, match=message):
        enter_X(X, **kwargs)


def assert_refused_y(message, y, error=ValueError):
    with pytest.raises(error, match=message):
        enter_y(y)


def mixed_columns(length=3):
    big = 2**60 + 1  # no float64
    columns = {
        "f8": np.array([0.5, 1.5, 2.5]),
        "f4": np.array([0.1, 1, 2], "f4"),
        "i8": np.array([big, 3, big]),
        "u1": np.array([255, 3, 0], "u1"),
        "bool": np.array([True, False, True]),
    }
    return {name: column[:length] for name, column in columns.items()}
