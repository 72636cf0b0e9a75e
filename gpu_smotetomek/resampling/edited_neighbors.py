"""Edited nearest neighbours: find the rows that disagree with their k nearest rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gpu_smotetomek.arrays import dispatch, indexing
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.resampling.agreement import Rule, agrees_by_list, agrees_in_every_order
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.typing import Array, Integers


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
    agrees = search_agreement(batch, dispatch.asarray_like(queries, batch.X), k, rule, selector)
    return queries[~dispatch.to_numpy(agrees)]


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
    lists = selector.make_search(batch.scaled, rows, int(queries.shape[0])).kneighbors(queries, k + 1)
    codes = dispatch.asarray_like(batch.codes, queries)
    own, sq_kth_distance = indexing.take_1d(codes, queries), lists.sq_distances[:, k - 1]
    agrees = agrees_by_list(own, indexing.take_1d(codes, lists.indices[:, :k]), rule)
    tied = indexing.flatnonzero(agrees & (sq_kth_distance == lists.sq_distances[:, k]))
    if not tied.shape[0]:
        return agrees
    of_tied = indexing.take_1d(queries, tied), indexing.take_1d(sq_kth_distance, tied)
    return indexing.scatter_set(agrees, tied, agrees_in_every_order(batch, *of_tied, k, rule, selector))
