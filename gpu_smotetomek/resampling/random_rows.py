"""Rows drawn at random on the host, with imbalanced-learn's draws, and copied or dropped on the device of the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from gpu_smotetomek.arrays import dispatch, matrices
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.resampling.lineage import Lineage
from gpu_smotetomek.typing import Array, Integers

RandomState = np.random.RandomState | np.random.Generator


def draw_kept_places(batch: Batch, totals: Mapping[int, int], random: RandomState, *, replacement: bool) -> Integers:
    """Places of the rows that stay, class after class: all rows of a class, or as many as `totals` gives for its code, drawn.

    Examples
    --------
    >>> import numpy as np
    >>> X, codes = np.zeros((5, 0)), np.array([1, 0, 0, 0, 1])
    >>> batch = Batch.from_input(X, np.arange(2), codes, None, ExecutionContext())
    >>> draw_kept_places(batch, {0: 2}, np.random.RandomState(0), replacement=False)
    array([3, 2, 0, 4])
    """
    kept = [np.empty(0, np.int64)]
    for code in np.flatnonzero(batch.class_counts).tolist():
        places = np.flatnonzero(batch.ordered_codes == code)
        if code in totals:
            places = places[random.choice(len(places), size=totals[code], replace=replacement)]
        kept.append(places)
    return np.concatenate(kept)


def draw_copied_places(batch: Batch, n_new: Mapping[int, int], random: RandomState) -> Integers:
    """Places of the rows to copy: as many as `n_new` gives for the code of a class, drawn from it, class after class.

    Examples
    --------
    >>> import numpy as np
    >>> X, codes = np.zeros((5, 0)), np.array([1, 0, 0, 0, 1])
    >>> batch = Batch.from_input(X, np.arange(2), codes, None, ExecutionContext())
    >>> draw_copied_places(batch, {1: 1}, np.random.RandomState(0))
    array([0])
    """
    drawn = [np.empty(0, np.int64)]
    for code, size in sorted(n_new.items()):
        drawn.append(random.choice(np.flatnonzero(batch.ordered_codes == code), size=size, replace=True))
    return np.concatenate(drawn)


def keep_places(batch: Batch, places: Integers, ctx: ExecutionContext) -> Batch:
    """The batch of the rows at these places, in this order; a row that occurs again is a copy of its first occurrence."""
    distinct, first, counts = np.unique(batch.rows_at(places), return_index=True, return_counts=True)
    is_dropped = np.ones(len(batch.codes), bool)
    is_dropped[distinct] = False
    again = np.delete(np.arange(len(places)), first)
    order = np.empty(len(places), np.int64)
    order[first], order[again] = np.arange(len(distinct)), np.arange(len(distinct), len(places))
    initial_class_counts = batch.initial_class_counts
    repeated = np.searchsorted(distinct, batch.rows_at(places)[again])
    batch = replace(batch, order=None).drop(np.flatnonzero(is_dropped), ctx)
    if (counts > 1).any():
        batch = replace(append_copies(batch, repeated), initial_class_counts=initial_class_counts)
    return replace(batch, order=None if (order == np.arange(len(order))).all() else order)


def append_copies(batch: Batch, rows: Integers) -> Batch:
    """The batch with copies of these rows at its end, with the same values and the same parents.

    A copy of a row of the input lies at gap 0 between that row and itself, so its distances are bounded as those of any
    synthetic row.
    """
    rows_like = dispatch.asarray_like(rows, batch.X)
    X = matrices.concat_rows([batch.X, matrices.take_rows(batch.X, rows_like)])
    lineage = copy_parents(batch, rows_like)
    appended = batch.append(X, batch.codes[rows], lineage, batch.first_neighbor_distance)
    return replace(appended, has_copies=True)


def copy_parents(batch: Batch, rows: Array) -> Lineage:
    """The lineage of copies of these rows: a synthetic row's own, and for a row of the input the row itself at gap 0."""
    ids, n = batch.row_ids(rows), batch.n_input
    xp = dispatch.namespace(ids)
    zeros = dispatch.asarray_like(np.zeros(int(rows.shape[0])), ids)
    itself = Lineage(ids, ids, zeros, zeros)
    if not batch.lineage.n_synthetic:
        return itself
    is_original = ids < n
    own = batch.lineage.take(xp.where(is_original, xp.zeros_like(ids), ids - n))
    return itself.select_where(is_original, own)
