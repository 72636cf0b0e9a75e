"""Progress of calls: a bar, or functions that receive it.

`import gpu_smotetomek` loads this file, which therefore loads the others on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from gpu_smotetomek.progress.callbacks import (
        BlockProgress,
        Progress,
        Update,
        begin_step,
        clear_bar,
        count_blocks,
        end_bar,
        follow_blocks,
        follow_call,
        suppress_progress,
    )
    from gpu_smotetomek.progress.meter import CallProgress, Meter

__all__ = [
    "BlockProgress",
    "CallProgress",
    "Meter",
    "Progress",
    "Update",
    "begin_step",
    "clear_bar",
    "count_blocks",
    "end_bar",
    "follow_blocks",
    "follow_call",
    "progress",
    "suppress_progress",
]


def progress(callback: "Progress | None" = None, *, update: "Update | None" = None) -> "AbstractContextManager[None]":
    """Show the progress of the calls made inside, or pass it to a function.

    Without a function a bar is shown on a terminal, on standard error, or in a notebook; in a pipe or a file nothing is written.
    The bar covers the whole call: all steps of a pipeline, all seeds of `stability`. It never runs backwards, and it is removed
    when the call ends. Its weights are estimates of seconds as those of `plan`, corrected by the speed at which work is finished.

    Parameters
    ----------
    callback : callable or None, default=None
        Receives (label, done, total) after every finished block of work: the label of the work, such as 'search', the blocks
        done and their total.
    update : callable or None, default=None
        Receives a `CallProgress`: the finished fraction of the whole call, its present step, its seconds and an estimate of
        those that are left.

    See Also
    --------
    gpu_smotetomek.SMOTETomek.plan : Estimate the work of a call before it.

    Notes
    -----
    The functions run on the thread of the caller, and an exception that one raises ends the call. Calls of other threads are not
    followed.

    Examples
    --------
    >>> import numpy as np
    >>> from gpu_smotetomek import SMOTETomek, progress
    >>> X, y = np.random.default_rng(0).normal(size=(400, 4)), np.repeat([0, 1], [360, 40])
    >>> with progress():  # shows a bar, if standard error is a terminal
    ...     _ = SMOTETomek().fit_resample(X, y)
    >>> seen = []
    >>> with progress(update=seen.append):
    ...     _ = SMOTETomek().fit_resample(X, y)
    >>> fractions = [state.fraction for state in seen]
    >>> fractions == sorted(fractions), fractions[-1]
    (True, 1.0)
    """
    from gpu_smotetomek.progress.callbacks import watch_calls

    return watch_calls(callback, update)


def __getattr__(name: str) -> Any:
    """Load a name on first access."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = "meter" if name in ("CallProgress", "Meter") else "callbacks"
    globals()[name] = getattr(import_module(f"{__name__}.{module}"), name)
    return globals()[name]
