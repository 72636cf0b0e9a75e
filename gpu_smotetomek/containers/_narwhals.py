"""Frames and series of narwhals itself: the native object within is converted, and its result is wrapped again."""

import sys
from collections.abc import Callable
from typing import Any

import narwhals as nw

from ..typing import Integers


def is_wrapper(data: Any) -> bool:
    """Whether `data` is narwhals' wrapper of a frame or series whose rows are there."""
    return isinstance(data, (nw.DataFrame, nw.Series))


def unwrap(data: Any) -> Any:
    """Return the native frame or series within a wrapper; any other object unchanged."""
    return data.to_native() if is_wrapper(data) else data


def wrap(native: Any, like: Any) -> Any:
    """Return a native frame or series in a wrapper of the same version of narwhals' API as `like`."""
    versioned = sys.modules[type(like).__module__]  # narwhals.stable.v1 has a from_native of its own
    return getattr(versioned, "from_native", nw.from_native)(native, eager_only=True, allow_series=True)


class WrappedTable:
    """The table of a native frame; restored in a wrapper."""

    is_native = False

    def __init__(self, X: Any, table: Any) -> None:
        self._like, self._table = X, table
        self.matrix, self.dtypes = table.matrix, table.dtypes
        self.mixed_features = getattr(table, "mixed_features", None)

    def restore(self, kept_rows: Any, synthetic: Any, find_bases: Callable[[], Integers]) -> Any:
        """Return rows `kept_rows`, then `synthetic`, as the native table restores them."""
        return wrap(self._table.restore(kept_rows, synthetic, find_bases), self._like)


class WrappedLabels:
    """The labels of a native series or frame; restored in a wrapper."""

    def __init__(self, y: Any, labels: Any) -> None:
        self._like, self._labels, self.values = y, labels, labels.values

    def take(self, rows: Integers) -> Any:
        """Return the rows with these numbers."""
        return wrap(self._labels.take(rows), self._like)
