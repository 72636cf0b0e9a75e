"""Seconds of the steps of a call, estimated from the sizes of the classes.

They are the `seconds` of a plan and the weights of the progress; they never decide an answer. The constants were measured on one
idle core of 2023, on the cases of `benchmarks/cases.py`; `python -m benchmarks plan` compares estimates and truth.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from gpu_smotetomek.arrays import dispatch, sparse_rows
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.neighbors.scaled_rows import ScaledRows
from gpu_smotetomek.neighbors.selection import DEVICE_SPEED_IN_CORES
from gpu_smotetomek.typing import Array, Integers

USE_LINEAGE_ABOVE_PAIRS = 2**20  # up to so many pairs, searching is cheaper than computing lineage bounds
LINEAGE_SECONDS_PER_CLASS = 2e-3  # to bound and verify links of one class, whatever its size
LINEAGE_SECONDS_PER_CLASS_AND_ROW = 1e-6  # passes over the rows of all classes
LINEAGE_SEARCHES_OF_ORIGINALS = 2  # for candidate links, and to verify them

ENTRY_SECONDS, ENTRY_SECONDS_PER_VALUE = 1.5e-3, 1.5e-9  # checked and scaled
RESTORE_SECONDS, RESTORE_SECONDS_PER_ROW, RESTORE_SECONDS_PER_VALUE = 1e-4, 1e-8, 0.5e-9
OVERSAMPLING_SECONDS = 5e-4
OVERSAMPLING_SECONDS_PER_CLASS = 3.5e-4
OVERSAMPLING_SECONDS_PER_ROW = 2e-7  # drawn
WRITING_SECONDS_PER_VALUE = 7e-9  # of a synthetic row
WRITING_SECONDS_PER_ENTRY = 6e-8  # of a sparse synthetic row, which has those of both parents
CLEANING_SECONDS = 1.5e-3
CLEANING_SECONDS_PER_ROW = 4e-7  # bounded from the lineage, once for each class but one
CLEANING_SECONDS_PER_VALUE = 1.5e-8  # projected, and norms


def count_values(X: Array) -> float:
    """Values in a row: its features, or the mean of the stored entries of a sparse row."""
    return sparse_rows.mean_row_entries(X) if dispatch.is_sparse(X) else float(X.shape[1])


def count_pairs(before: Integers, after: Integers) -> int:
    """Pairs of an original and a row of a class with more originals, for class sizes before and after over-sampling."""
    order = np.argsort(before, kind="stable")
    later = after[order][::-1].cumsum()[::-1] - after[order]
    return int((before[order] * later).sum())


def estimate_entry(X: Array) -> float:
    """Seconds of checking the input and making a batch of it."""
    return ENTRY_SECONDS + float(X.shape[0]) * count_values(X) * ENTRY_SECONDS_PER_VALUE


def estimate_restoring(X: Array, n_rows: int) -> float:
    """Seconds of making the caller's container of the rows of the result."""
    return RESTORE_SECONDS + n_rows * (RESTORE_SECONDS_PER_ROW + count_values(X) * RESTORE_SECONDS_PER_VALUE)


def estimate_oversampling(scaled: ScaledRows, sizes: Integers, n_new: Integers, selector: SearchSelector) -> float:
    """Seconds of SMOTE.

    Parameters
    ----------
    scaled : ScaledRows
    sizes, n_new : int arrays (n_classes,)
        Rows of each class, and rows to add to it.
    selector : SearchSelector
    """
    if not n_new.any():
        return OVERSAMPLING_SECONDS
    grown = Counter(sizes[n_new > 0].tolist())
    searches = sum(n * selector.estimate(scaled, size, size)[1] for size, n in grown.items() if size)
    values = count_values(scaled.X)
    per_row = OVERSAMPLING_SECONDS_PER_ROW + values * WRITING_SECONDS_PER_VALUE
    if dispatch.is_sparse(scaled.X):
        per_row = OVERSAMPLING_SECONDS_PER_ROW + 2 * values * WRITING_SECONDS_PER_ENTRY
    passes = OVERSAMPLING_SECONDS_PER_CLASS * grown.total() + int(n_new.sum()) * per_row / speed_of_passes(selector)
    return OVERSAMPLING_SECONDS + searches + passes


def estimate_cleaning(
    scaled: ScaledRows, originals: Integers, sizes: Integers, selector: SearchSelector, *, all_pairs: bool = False
) -> float:
    """Seconds of finding the rows to remove.

    Parameters
    ----------
    scaled : ScaledRows
    originals, sizes : int arrays (n_classes,)
        Rows of each class that are no synthetic rows of SMOTE, and all rows of each class.
    selector : SearchSelector
    all_pairs : bool, default=False
        Whether each row is compared with all others, and not with rows of other classes only.
    """
    n, n_queries = int(sizes.sum()), max(1, int(sizes.sum() - sizes.max()))
    if selector.takes_products(scaled, n, n_queries):
        return CLEANING_SECONDS + selector.estimate(scaled, n, n_queries)[1]
    n_passes = 1
    if all_pairs:
        search = selector.estimate(scaled, n, max(1, int(originals.sum())))[1]  # bounds settle most synthetic rows
    elif uses_bounds(scaled, originals, sizes, selector):
        n_originals = int(originals.sum())
        n_searched = max(1, count_pairs(originals, sizes) // n_originals)
        search = selector.estimate_single_neighbor(scaled, n_originals, n_searched)
        n_passes = max(1, int(np.count_nonzero(sizes)) - 1)
    else:
        search = selector.estimate(scaled, n, n_queries)[1]
    per_row = n_passes * CLEANING_SECONDS_PER_ROW + count_values(scaled.X) * CLEANING_SECONDS_PER_VALUE
    return CLEANING_SECONDS + search + n * per_row / speed_of_passes(selector)


def uses_bounds(scaled: ScaledRows, originals: Integers, sizes: Integers, selector: SearchSelector) -> bool:
    """Whether links among classes of these sizes are found by lineage bounds, unless rows repeat."""
    n = int(sizes.sum())
    is_large = n * (n - int(sizes.max())) > USE_LINEAGE_ABOVE_PAIRS
    has_synthetic = int(originals.sum()) < n
    return is_large and has_synthetic and not scaled.is_mixed and bounds_pay(scaled, originals, sizes, selector)


def bounds_pay(scaled: ScaledRows, originals: Integers, sizes: Integers, selector: SearchSelector) -> bool:
    """Whether lineage bounds take less time than searches; they always do for two classes.

    Each class is compared with all later ones, which takes several passes over all rows. Bounds spare searches of synthetic rows
    only: originals are searched among the later classes, and again where their links are verified.

    Parameters
    ----------
    scaled : ScaledRows
    originals, sizes : int arrays (n_classes,)
        As in `estimate_cleaning`.
    selector : SearchSelector
    """
    n, n_classes = int(sizes.sum()), int(np.count_nonzero(sizes))
    if n_classes <= 2:
        return True
    n_queries = n - int(sizes.max())
    share = count_pairs(originals, sizes) / (float(n) * n_queries)
    passes = (n_classes - 1) * (
        LINEAGE_SECONDS_PER_CLASS + LINEAGE_SECONDS_PER_CLASS_AND_ROW * n / speed_of_passes(selector)
    )
    seconds = selector.estimate(scaled, n, n_queries)[1]
    return passes + LINEAGE_SEARCHES_OF_ORIGINALS * share * seconds < seconds


def speed_of_passes(selector: SearchSelector) -> float:
    """Speed of passes over the rows, in units of one core of the host."""
    return DEVICE_SPEED_IN_CORES if selector.ctx.uses_device else 1
