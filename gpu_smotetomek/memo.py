"""Results that several calls on the same rows share, because they depend on no seed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Memo:
    """Results by key, each computed once, for data that stays as it is.

    Only results of known data may be kept: `find` says whether an object is such data. What is computed from known data alone,
    without draws, is known too. Several threads may use a memo; one computes, the others wait.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._data: list[Any] = []
        self._results: dict[Hashable, Any] = {}

    def add(self, data: Any) -> None:
        """Make an object known."""
        with self._lock:
            self._data.append(data)

    def find(self, data: Any) -> int | None:
        """The number of a known object; None for any other one, even if it is equal."""
        return next((number for number, other in enumerate(self._data) if data is other), None)

    def find_if(self, is_wanted: Callable[[Any], bool]) -> Any:
        """The first known object for which the condition holds; None where there is none."""
        return next((data for data in self._data if is_wanted(data)), None)

    def recall(self, key: Hashable, compute: Callable[[], T]) -> T:
        """The result of the first call with this key; `compute` makes it."""
        with self._lock:
            if key not in self._results:
                self._results[key] = compute()
            result: T = self._results[key]
            return result

    def __getstate__(self) -> dict[str, Any]:
        with self._lock:  # another thread may add a result
            return {"_data": list(self._data), "_results": dict(self._results)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.RLock()


def recall_for(
    memo: Memo | None, data: Any, make_key: Callable[[], tuple[Hashable, ...]], compute: Callable[[], T]
) -> T:
    """The result of `compute`, from the memo where the data are known to one; the key holds for these data."""
    number = None if memo is None else memo.find(data)
    if memo is None or number is None:
        return compute()
    return memo.recall((number, *make_key()), compute)
