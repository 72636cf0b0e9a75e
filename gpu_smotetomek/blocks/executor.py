"""The three verbs by which the stages run over blocks, and their execution in one process."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol


class Executor(Protocol):
    """Runs pure functions of modules over items.

    A handle stands for a value: the value itself, or what the executor makes of it. Items and arguments are handles or values.
    """

    n_workers: int

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """A handle of function(*arguments)."""

    def map(self, function: Callable[..., Any], items: Sequence[Any], *arguments: Any) -> list[Any]:
        """A handle of function(item, *arguments) for each item."""

    def map_reduce(
        self, function: Callable[..., Any], merge: Callable[[list[Any]], Any], items: Sequence[Any], *arguments: Any
    ) -> Any:
        """A handle of merge([function(item, *arguments), …]); merge is associative, and neighbours stay in order."""

    def value(self, handle: Any) -> Any:
        """The value of a handle."""


@dataclass(frozen=True)
class LazyValue:
    """A handle of a value that is made each time it is used, and then forgotten."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()

    def make(self) -> Any:
        """The value."""
        return self.function(*map(resolve, self.arguments))


def resolve(handle: Any) -> Any:
    """The value of a handle of `LocalExecutor`."""
    return handle.make() if isinstance(handle, LazyValue) else handle


def merge_in_twos(merge: Callable[[list[Any]], Any], values: list[Any]) -> Any:
    """The merged value of values in order, by merges of neighbours of about the same size."""
    while len(values) > 1:
        values = [merge(values[start : start + 2]) for start in range(0, len(values), 2)]
    return merge(values)


class StageStore(Protocol):
    """Keeps the values of stages over the end of a process."""

    def load(self, name: str) -> Any:
        """The value; None where there is none."""

    def save(self, name: str, value: Any) -> None:
        """Keep a value, which is there as a whole or not at all."""


@dataclass
class LocalExecutor:
    """Runs the stages in this process, block after block; each block is read when it is used, and then forgotten.

    Parameters
    ----------
    store : StageStore or None
        Where values of finished stages are kept; a later run with the same store takes them over.
    on_item : callable or None
        Called after each item.
    save_seconds : float
        Time between two savings of a value that is merged from many items.

    Attributes
    ----------
    n_taken_over : int
        Items of an earlier run whose values were taken over.
    """

    store: StageStore | None = None
    on_item: Callable[[], None] | None = None
    save_seconds: float = 30.0
    n_workers: int = 1
    n_taken_over: int = field(default=0, init=False)
    _n_stages: int = field(default=0, init=False, repr=False)
    _last_saving: float = field(default_factory=time.monotonic, init=False, repr=False)

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """The value of function(*arguments)."""
        return self._keep(self._name_stage(function), lambda: function(*map(resolve, arguments)))

    def map(self, function: Callable[..., Any], items: Sequence[Any], *arguments: Any) -> list[Any]:
        """A handle for each item: made when it is used, where there are several and no store keeps them."""
        name = self._name_stage(function)
        if self.store is None:
            if len(items) == 1:
                return [self._run(function, items[0], arguments)]
            return [LazyValue(function, (item, *arguments)) for item in items]
        for number, item in enumerate(items):
            self._keep(f"{name}-{number:05d}", partial(self._run, function, item, arguments))
        return [LazyValue(self._load, (f"{name}-{number:05d}",)) for number in range(len(items))]

    def map_reduce(
        self, function: Callable[..., Any], merge: Callable[[list[Any]], Any], items: Sequence[Any], *arguments: Any
    ) -> Any:
        """The merged value of all items; values are merged in twos, so that few are alive at once."""
        name = self._name_stage(function)
        pending, start = list[tuple[int, Any]](), 0
        if self.store is not None and (saved := self.store.load(name)) is not None:
            start, pending = saved["n_done"], [(saved["n_done"], saved["value"])]
            self.n_taken_over += start
        for number in range(start, len(items)):
            pending.append((1, self._run(function, items[number], arguments)))
            while len(pending) > 1 and pending[-2][0] <= pending[-1][0]:
                (n_left, left), (n_right, right) = pending[-2:]
                pending[-2:] = [(n_left + n_right, merge([left, right]))]
            if self._saves_now(is_last=number + 1 == len(items)):
                pending = [(number + 1, merge([value for _, value in pending]))]
                self._save(name, number + 1, pending[0][1])
        return merge([value for _, value in pending])

    def value(self, handle: Any) -> Any:
        """The value of a handle."""
        return resolve(handle)

    def _run(self, function: Callable[..., Any], item: Any, arguments: tuple[Any, ...]) -> Any:
        value = function(resolve(item), *map(resolve, arguments))
        if self.on_item is not None:
            self.on_item()
        return value

    def _load(self, name: str) -> Any:
        assert self.store is not None
        return self.store.load(name)["value"]

    def _name_stage(self, function: Callable[..., Any]) -> str:
        """A name for the next stage; a run with the same arguments has the same stages in the same order."""
        self._n_stages += 1
        return f"{self._n_stages:02d}-{function.__name__}"

    def _keep(self, name: str, make: Callable[[], Any]) -> Any:
        """The value that the store has under a name, or a new one."""
        if self.store is not None and (saved := self.store.load(name)) is not None:
            self.n_taken_over += 1
            return saved["value"]
        value = make()
        self._save(name, 1, value)
        return value

    def _saves_now(self, *, is_last: bool) -> bool:
        return self.store is not None and (is_last or time.monotonic() - self._last_saving >= self.save_seconds)

    def _save(self, name: str, n_done: int, value: Any) -> None:
        if self.store is not None:
            self.store.save(name, {"n_done": n_done, "value": value})
            self._last_saving = time.monotonic()
