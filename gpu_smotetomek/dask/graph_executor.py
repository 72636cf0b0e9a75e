"""The verbs of the stages as tasks of a Dask graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from numbers import Number
from typing import Any

import dask
from dask import delayed
from dask.base import get_scheduler, tokenize
from dask.delayed import Delayed
from dask.system import CPU_COUNT

from gpu_smotetomek import __version__
from gpu_smotetomek.tables.free_memory import get_free_bytes

FAN_IN = 8  # values that one merge takes


@dataclass
class GraphExecutor:
    """Makes a task of each function call; handles are `Delayed`.

    The key of a task is the name of the function and a hash of function, arguments and version of this package. So equal keys
    are equal values, in one call and over calls.

    Parameters
    ----------
    n_workers : int
        Tasks that run at a time: the searches within a class are cut for so many.
    """

    n_workers: int = 1
    _constants: dict[int, tuple[Any, Delayed]] = field(default_factory=dict, init=False, repr=False)

    def run(self, function: Callable[..., Any], *arguments: Any) -> Delayed:
        """A task function(*arguments)."""
        inputs = [self._enter(argument) for argument in arguments]
        key = f"{function.__name__}-{tokenize(function.__module__, function.__qualname__, __version__, inputs)}"
        return delayed(function, pure=True, traverse=False)(*inputs, dask_key_name=key)

    def map(self, function: Callable[..., Any], items: Sequence[Any], *arguments: Any) -> list[Delayed]:
        """A task function(item, *arguments) for each item."""
        return [self.run(function, item, *arguments) for item in items]

    def map_reduce(
        self, function: Callable[..., Any], merge: Callable[[list[Any]], Any], items: Sequence[Any], *arguments: Any
    ) -> Delayed:
        """A task of the merged value of all items; neighbours are merged in a tree."""
        level = self.map(function, items, *arguments)
        while len(level) > 1:
            groups = [level[start : start + FAN_IN] for start in range(0, len(level), FAN_IN)]
            level = [self.run(merge, group) if len(group) > 1 else group[0] for group in groups]
        return level[0]

    def value(self, handle: Any) -> Any:
        """Compute the value of a handle."""
        return dask.compute(handle)[0]

    def _enter(self, argument: Any) -> Any:
        """An argument of a task: an object with contents is a task of its own, which is in the graph once."""
        if argument is None or isinstance(argument, (Delayed, str, Number)):
            return argument
        if isinstance(argument, list) and all(isinstance(item, Delayed) for item in argument):
            return argument
        if id(argument) not in self._constants:
            key = f"{type(argument).__name__}-{tokenize(argument, __version__)}"
            self._constants[id(argument)] = argument, delayed(argument, pure=True, traverse=False, name=key)
        return self._constants[id(argument)][1]


def count_workers() -> int:
    """Threads of the current client's workers, or of this process where there is no client."""
    client = getattr(get_scheduler(), "__self__", None)
    if client is not None and hasattr(client, "nthreads"):
        return max(1, sum(map(int, client.nthreads().values())))
    return int(dask.config.get("num_workers", None) or CPU_COUNT)


def find_worker_memory() -> int | None:
    """Memory of the smallest worker of the current client, or what is free in this process; None where nothing limits it."""
    client = getattr(get_scheduler(), "__self__", None)
    if client is None or not hasattr(client, "nthreads"):
        return get_free_bytes()
    limits = client.run(read_memory_limit).values()
    return min((int(limit) for limit in limits if limit), default=None)


def read_memory_limit(dask_worker: Any) -> int | None:
    """The memory limit of a worker."""
    limit: int | None = dask_worker.memory_manager.memory_limit
    return limit
