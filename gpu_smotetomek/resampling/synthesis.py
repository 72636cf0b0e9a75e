"""New rows of a class: their parents, drawn but not yet written, and the batch to which they are appended."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.resampling.interpolation import append_synthetic, check_overflow
from gpu_smotetomek.resampling.lineage import Lineage
from gpu_smotetomek.typing import Array, Floats, Integers

RandomSource = Callable[[], np.random.RandomState | np.random.Generator]
"""Returns the random source of a class: a fresh one each time if the seed is an int, as in imbalanced-learn."""


@dataclass(frozen=True)
class NewRows:
    """Synthetic rows of one class.

    Attributes
    ----------
    code : int
        Their class.
    lineage : Lineage
        Parents as row numbers.
    """

    code: int
    lineage: Lineage


def lineage_from_draws(
    rows: Array, neighbors: Array, neighbor_distances: Array | None, picks: Integers, gaps: Floats
) -> Lineage:
    """The drawn parents, as row numbers, among the neighbours (m, k) of `rows` (m,); a pick is position · k + column."""
    xp, k, picked = dispatch.namespace(neighbors), int(neighbors.shape[1]), dispatch.asarray_like(picks, neighbors)
    base = xp.take(rows, picked // k)
    neighbor = xp.take(xp.reshape(neighbors, (-1,)), picked)
    if neighbor_distances is None:
        parent_distance = xp.full_like(dispatch.asarray_like(gaps, neighbors), math.nan)
    else:
        parent_distance = xp.take(xp.reshape(neighbor_distances, (-1,)), picked)
    return Lineage(base, neighbor, dispatch.asarray_like(gaps, neighbors), parent_distance)


def append_new_rows(
    batch: Batch, parts: Sequence[NewRows], first_neighbor_distance: Array | None, ctx: ExecutionContext
) -> Batch:
    """The batch with the rows of all parts, written one part after another.

    Raises
    ------
    ValueError
        If a value is beyond the dtype of the rows.
    """
    if not parts:
        return batch.append(batch.X, batch.codes[:0], Lineage.empty(batch.X), first_neighbor_distance)
    lineage = Lineage.concat([part.lineage for part in parts])
    X = append_synthetic(batch.X, (lineage.base, lineage.neighbor, lineage.gap), batch.dtypes, ctx, lineage.factor)
    check_overflow(X[len(batch.codes) :, :], batch.exponent_of_rows)
    codes = [np.full(part.lineage.n_synthetic, part.code, batch.codes.dtype) for part in parts]
    lineage = replace(lineage, base=batch.row_ids(lineage.base), neighbor=batch.row_ids(lineage.neighbor))
    return batch.append(X, np.concatenate(codes), lineage, first_neighbor_distance)
