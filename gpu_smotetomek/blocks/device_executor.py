"""Execution of the stages on several GPUs of one machine, with one thread for each."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from gpu_smotetomek.blocks.executor import LazyValue, merge_in_twos, resolve
from gpu_smotetomek.blocks.plan import BlockPlan
from gpu_smotetomek.worker_threads import pop_or_none


@dataclass(frozen=True)
class DeviceExecutor:
    """Runs the stages in this process; each device takes one item after another, and searches it in its memory.

    Parameters
    ----------
    devices : sequence of str
        'cuda' or 'cuda:N', once each.
    on_item : callable or None
        Called after each item, on the thread of a device.
    """

    devices: Sequence[str]
    on_item: Callable[[], None] | None = None

    @property
    def n_workers(self) -> int:
        """Number of devices."""
        return len(self.devices)

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """The value of function(*arguments), on the first device."""
        return function(*move_plans(arguments, self.devices[0]))

    def map(self, function: Callable[..., Any], items: Sequence[Any], *arguments: Any) -> list[Any]:
        """A handle for each item: made when it is used, where there are several."""
        if len(items) == 1:
            return [self._run_item(function, items[0], arguments, self.devices[0])]
        return [LazyValue(function, (item, *arguments)) for item in items]

    def map_reduce(
        self, function: Callable[..., Any], merge: Callable[[list[Any]], Any], items: Sequence[Any], *arguments: Any
    ) -> Any:
        """The merged value of all items; an error on one device ends the work of all."""
        pending, values = deque(enumerate(items)), [None] * len(items)

        def run_pending(device: str) -> None:
            try:
                while (item := pop_or_none(pending)) is not None:
                    values[item[0]] = self._run_item(function, item[1], arguments, device)
            except BaseException:
                pending.clear()
                raise

        with ThreadPoolExecutor(len(self.devices)) as pool:
            futures = [pool.submit(run_pending, device) for device in self.devices]
            try:
                for future in futures:
                    future.result()
            finally:
                pending.clear()  # an interrupted call starts no more items
        return merge_in_twos(merge, values)

    def value(self, handle: Any) -> Any:
        """The value of a handle."""
        return resolve(handle)

    def _run_item(self, function: Callable[..., Any], item: Any, arguments: tuple[Any, ...], device: str) -> Any:
        value = function(resolve(item), *move_plans(arguments, device))
        if self.on_item is not None:
            self.on_item()
        return value


def move_plans(arguments: Sequence[Any], device: str) -> list[Any]:
    """The values of handles, where a plan is that of a device."""
    return [
        replace(argument, device=device) if isinstance(argument, BlockPlan) else resolve(argument)
        for argument in arguments
    ]
