"""Progress of calls: a bar, or functions that receive it."""

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
    progress,
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
