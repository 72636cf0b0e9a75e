"""Edited nearest neighbours: find the rows that disagree with their k nearest rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from gpu_smotetomek.arrays import dispatch, indexing
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.resampling.agreement import Rule, agrees_by_list, agrees_in_every_order
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.resampling.class_agreement import ClassAgreement
from gpu_smotetomek.resampling.family_bounds import kth_relative_sq_distance
from gpu_smotetomek.resampling.lineage_bounds import LineageBounds
from gpu_smotetomek.typing import Array, Integers

COMPARE_CLASSES_FROM_ROWS = 4096
COMPARE_CLASSES_UP_TO = 8  # classes: each is a search of its own among all others


def find_disagreeing_rows(
    batch: Batch, is_targeted: npt.NDArray[np.bool_], k: int, rule: Rule, selector: SearchSelector
) -> Integers:
    """Rows of the targeted classes that disagree with their k nearest rows, ascending, on the host.

    Where rows are equally near, a row agrees only if it does so in every order of them: the answer does not depend on the order
    of the rows.

    Parameters
    ----------
    batch : Batch
    is_targeted : bool array (n_classes,)
        Classes whose rows are examined.
    k : int
        Number of neighbours.
    rule : {'all', 'mode'}
        See `agreement.Rule`.
    selector : SearchSelector

    Raises
    ------
    ValueError
        If there are no k other rows.
    """
    check_enough_rows(batch, k)
    queries = np.flatnonzero(is_targeted[batch.codes])
    if not len(queries):
        return queries
    left = dispatch.asarray_like(queries, batch.X)
    n_own = k if rule == "all" else k // 2 + 1  # so many own rows nearer than any enemy suffice
    if compares_classes(batch, selector):
        left = find_outnumbered_rows(batch, is_targeted, n_own, selector)
        if rule == "all":
            selector.statistics.settled_by_stage["list"] += int(left.shape[0])
            return dispatch.to_numpy_int64(left)
    elif is_large(batch):
        left = drop_kept_synthetic(batch, left, is_targeted, n_own, selector)
    agrees = search_agreement(batch, left, k, rule, selector)
    return dispatch.to_numpy_int64(indexing.take_1d(left, indexing.flatnonzero(~agrees)))


def check_enough_rows(batch: Batch, k: int) -> None:
    """Raise if a row has no k other rows."""
    if len(batch.codes) <= k:
        raise ValueError(
            f"Expected n_neighbors < n_samples: n_neighbors={k} needs at least {k + 1} rows, and there are "
            f"{len(batch.codes)}: lower n_neighbors, or give more rows"
        )


def search_agreement(batch: Batch, queries: Array, k: int, rule: Rule, selector: SearchSelector) -> Array:
    """Whether rows agree with their k nearest rows, by searching these among all rows; a mask (m,)."""
    n, xp = len(batch.codes), dispatch.namespace(queries)
    rows = xp.arange(n, dtype=xp.int64, device=dispatch.get_device(queries))
    search = selector.make_search(batch.scaled, rows, int(queries.shape[0]), only_lists=True)
    lists = search.kneighbors(queries, k + 1)
    codes = dispatch.asarray_like(batch.codes, queries)
    own, sq_kth_distance = indexing.take_1d(codes, queries), lists.sq_distances[:, k - 1]
    agrees = agrees_by_list(own, indexing.take_1d(codes, lists.indices[:, :k]), rule)
    tied = indexing.flatnonzero(agrees & (sq_kth_distance == lists.sq_distances[:, k]))
    if not tied.shape[0]:
        return agrees
    of_tied = indexing.take_1d(queries, tied), indexing.take_1d(sq_kth_distance, tied)
    return indexing.scatter_set(agrees, tied, agrees_in_every_order(batch, *of_tied, k, rule, selector))


def compares_classes(batch: Batch, selector: SearchSelector) -> bool:
    """Whether searching each class and its enemies apart takes less time than lists of the nearest of all rows.

    A tree makes lists of the nearest of all rows faster.
    """
    n = len(batch.codes)
    if batch.scaled.is_mixed or not is_large(batch):
        return False
    return selector.estimate(batch.scaled, n, n)[0] not in ("kdtree", "direct")


def is_large(batch: Batch) -> bool:
    """Whether there are so many rows, and so few classes, that bounds for each class may pay."""
    n_classes = int(np.count_nonzero(batch.class_counts))
    return len(batch.codes) >= COMPARE_CLASSES_FROM_ROWS and 2 <= n_classes <= COMPARE_CLASSES_UP_TO


def drop_kept_synthetic(
    batch: Batch, rows: Array, is_targeted: npt.NDArray[np.bool_], k: int, selector: SearchSelector
) -> Array:
    """The rows without synthetic ones whose lineage shows k own rows nearer than any enemy."""
    bounds = LineageBounds.from_batch(batch, selector.ctx)
    if bounds is None:
        return rows
    xp, codes = dispatch.namespace(rows), dispatch.asarray_like(batch.codes, rows)
    kth_relative, kept = kth_relative_sq_distance(batch, bounds, k), [rows[:0]]
    for code in np.flatnonzero(is_targeted & (batch.class_counts > 0)).tolist():
        enemies = indexing.flatnonzero(codes != code)
        search = ClassAgreement(batch, batch.class_rows(code), enemies, k, selector)
        kept.append(search.kept_synthetic(bounds, kth_relative))
    is_kept = indexing.mask_from_indices(codes, kept)
    selector.statistics.settled_by_stage["bounds"] += indexing.count_nonzero(is_kept)
    return xp.take(rows, indexing.flatnonzero(~indexing.take_1d(is_kept, rows)))


def find_outnumbered_rows(batch: Batch, is_targeted: npt.NDArray[np.bool_], k: int, selector: SearchSelector) -> Array:
    """Rows of the targeted classes without k rows of their class that are strictly nearer than their nearest enemy, ascending."""
    xp, codes = dispatch.namespace(batch.X), dispatch.asarray_like(batch.codes, batch.X)
    bounds, settled = LineageBounds.from_batch(batch, selector.ctx), selector.statistics.settled_by_stage
    inner = SearchSelector(selector.ctx, replace(selector.statistics, settled_by_stage=Counter()))
    kth_relative = None if bounds is None else kth_relative_sq_distance(batch, bounds, k)
    is_left = xp.zeros(len(batch.codes), dtype=xp.bool, device=dispatch.get_device(batch.X))
    for code in np.flatnonzero(is_targeted & (batch.class_counts > 0)).tolist():
        own, enemies = batch.class_rows(code), indexing.flatnonzero(codes != code)
        search = ClassAgreement(batch, own, enemies, k, inner)
        is_pending = codes == code
        if bounds is not None and kth_relative is not None:
            kept = search.kept_by_bounds(bounds, kth_relative)
            settled["bounds"] += int(kept.shape[0])
            is_pending = is_pending & ~indexing.mask_from_indices(is_left, [kept])
        pending = indexing.flatnonzero(is_pending)
        agrees, n_listed = search.search(pending)
        lost = xp.take(pending, indexing.flatnonzero(~agrees))
        settled["single neighbors"] += int(pending.shape[0]) - n_listed
        settled["list"] += n_listed - int(lost.shape[0])
        is_left = is_left | indexing.mask_from_indices(is_left, [lost])
    return indexing.flatnonzero(is_left)
