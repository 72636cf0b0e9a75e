"""What a run over blocks holds, writes and takes, before it begins."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gpu_smotetomek.blocks import BlockPlan, check_held_rows, count_held_bytes
from gpu_smotetomek.datasets.dataset import Dataset
from gpu_smotetomek.neighbors.scaled_rows import ScaledRows
from gpu_smotetomek.resampling import count_pairs
from gpu_smotetomek.resampling.step_seconds import estimate_cleaning, estimate_oversampling
from gpu_smotetomek.tables.free_memory import get_free_bytes

PASSES_OVER_FILES, SECONDS_PER_BYTE_READ = 6, 2e-9
ESTIMATE_ROWS = 20_000


@dataclass(frozen=True)
class RunEstimate:
    """Estimate of a run.

    Attributes
    ----------
    held_bytes : int
        Rows of all classes but the one in blocks, and their neighbours.
    result_bytes : int
        The result, uncompressed.
    pairs : int
        Pairs of rows that brute force compares; trees compare fewer.
    seconds : float
    """

    held_bytes: int
    result_bytes: int
    pairs: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.held_bytes / 1e9:,.2g} GB held, a result of {self.result_bytes / 1e9:,.2g} GB, "
            f"{self.pairs:.2g} pairs of rows, about {self.seconds:,.0f} s"
        )


def estimate_run(dataset: Dataset, plan: BlockPlan) -> RunEstimate:
    """Estimate a run from the numbers of rows and a sample of the first block."""
    before = plan.class_counts
    n_new = np.array([plan.n_synthetic.get(code, 0) for code in range(len(before))], np.int64)
    rows_out = int((before + n_new).sum())
    sample = np.ascontiguousarray(dataset.read_block(0)[:ESTIMATE_ROWS])
    scaled, selector = ScaledRows.from_matrix(sample, plan.ctx), plan.selector
    seconds = estimate_oversampling(scaled, before, n_new, selector)
    if plan.removal is not None:
        seconds += estimate_cleaning(scaled, before, before + n_new, selector)
    bytes_moved = PASSES_OVER_FILES * plan.n * dataset.row_bytes + rows_out * dataset.row_bytes
    return RunEstimate(
        held_bytes=count_held_bytes(plan),
        result_bytes=rows_out * dataset.row_bytes,
        pairs=count_pairs(before, before + n_new),
        seconds=seconds + bytes_moved * SECONDS_PER_BYTE_READ,
    )


def check_estimate(estimate: RunEstimate, plan: BlockPlan, folder: Path, max_hours: float) -> None:
    """Raise where the held rows or the result do not fit, or the run takes too long.

    Raises
    ------
    MemoryError
        If the held rows need more than the free memory.
    OSError
        If the result needs more than the free space of its disk.
    ValueError
        If the run is estimated to take more than `max_hours`.
    """
    check_held_rows(plan, get_free_bytes(), "here")
    space = shutil.disk_usage(folder).free
    if plan.dtypes is None and estimate.result_bytes > space:  # files of columns are compressed
        raise OSError(
            f"the result takes {estimate.result_bytes / 1e9:,.3g} GB, and {space / 1e9:,.3g} GB are free in {str(folder)!r}: "
            "make room there, or name another output"
        )
    hours = estimate.seconds / 3600
    if hours > max_hours:
        raise ValueError(
            f"about {estimate.pairs:.2g} pairs of rows take {hours:,.0f} hours here: sample the largest class, use a GPU, or "
            f"pass max_hours={int(hours) + 1}"
        )
