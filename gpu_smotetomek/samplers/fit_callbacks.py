"""scikit-learn's callbacks, where the installed version has them (from 1.9): a call is a task of a hundred equal parts.

The mixin gives each sampler the method `set_callbacks`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self, TypeVar

from gpu_smotetomek.progress import CallProgress

if TYPE_CHECKING:
    from gpu_smotetomek.samplers.base import Sampler

    class CallbackSupport:
        """scikit-learn's mixin of estimators that take callbacks; empty where there is none."""

        def set_callbacks(self, *callbacks: Any) -> Self:
            """Set the callbacks of later calls."""

    Method = TypeVar("Method", bound=Callable[..., Any])

    def with_callbacks(method: Method) -> Method:
        """Tear callbacks down at the end of a method."""
        return method
else:
    try:
        from sklearn.callback import CallbackSupportMixin as CallbackSupport
        from sklearn.callback import with_callbacks
    except ImportError:

        class CallbackSupport:
            """Stands for scikit-learn's mixin of estimators that take callbacks."""

        def with_callbacks(method: Any) -> Any:
            """The method as it is."""
            return method


N_TASKS = 100


class FitTasks:
    """The tasks that the callbacks of a sampler see during one call.

    The root task has `N_TASKS` equal parts of the progress, so that a bar that counts them shows the progress.

    Parameters
    ----------
    sampler : Sampler
        Has callbacks.
    X, y : any
        The input of the call, which callbacks may read.
    """

    def __init__(self, sampler: Any, X: Any, y: Any) -> None:
        self._sampler, self._done = sampler, 0
        self._root = sampler._init_callback_context(task_name="fit_resample", max_subtasks=N_TASKS)
        self._root.call_on_fit_task_begin(estimator=sampler, X=X, y=y)
        self._begin_task()

    def update(self, state: CallProgress) -> None:
        """End the tasks that are finished, and begin the next one."""
        while self._done < min(N_TASKS - 1, int(state.fraction * N_TASKS)):
            self._task.call_on_fit_task_end(estimator=self._sampler)
            self._done += 1
            self._begin_task()

    def end(self) -> None:
        """End all tasks."""
        self.update(CallProgress("", "", 1.0, 0.0, 0.0))
        self._task.call_on_fit_task_end(estimator=self._sampler)
        self._root.call_on_fit_task_end(estimator=self._sampler)

    def _begin_task(self) -> None:
        self._task = self._root.subcontext(task_name="part of the work")
        self._task.call_on_fit_task_begin(estimator=self._sampler)


@contextmanager
def follow_with_callbacks(sampler: Sampler, X: Any, y: Any) -> Iterator[FitTasks | None]:
    """The tasks of a call; None where the sampler has no callbacks."""
    if "_skl_callbacks" not in sampler.__dict__:
        yield None
        return
    try:
        tasks = FitTasks(sampler, X, y)
        yield tasks
        tasks.end()
    finally:
        tear_down(sampler)


@with_callbacks
def tear_down(sampler: Sampler) -> None:
    """End the callbacks of a call, which scikit-learn does at the end of a method that it decorates."""
