"""Whether a row agrees with its k nearest rows, in every order of rows that are equally near."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from gpu_smotetomek.arrays import dispatch, indexing
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.typing import Array

Rule = Literal["all", "mode"]
"""'all': all k nearest rows are of the row's class. 'mode': no class is more frequent among them, and none with a lower code
as frequent."""


def agrees_by_list(own: Array, neighbor_codes: Array, rule: Rule) -> Array:
    """Whether rows of classes `own` (m,) agree with their neighbours of classes `neighbor_codes` (m, k); a mask (m,).

    Examples
    --------
    >>> import numpy as np
    >>> agrees_by_list(np.array([0, 1]), np.array([[0, 1, 0], [1, 0, 0]]), "mode")
    array([ True, False])
    """
    xp = dispatch.namespace(neighbor_codes)
    is_own = neighbor_codes == own[:, None]
    if rule == "all":
        return xp.all(is_own, axis=1)
    n_own, agrees = count_by_row(is_own), indexing.all_true(own)
    for column in range(int(neighbor_codes.shape[1])):
        other = neighbor_codes[:, column]
        n_other = count_by_row(neighbor_codes == other[:, None])
        agrees = agrees & ~_outvotes(other, n_other, own, n_own)
    return agrees


def _outvotes(other: Array, n_other: Array, own: Array, n_own: Array) -> Array:
    """Whether class `other` is the mode rather than class `own`: the lower code wins ties."""
    return (other != own) & ((n_other > n_own) | ((n_other == n_own) & (other < own)))


@dataclass(frozen=True)
class ClassCounts:
    """Rows of one class around each query, each at most k: strictly nearer than its k-th neighbour, and as near."""

    nearer: Array
    tied: Array


def agrees_in_every_order(
    batch: Batch, queries: Array, sq_kth_distance: Array, k: int, rule: Rule, selector: SearchSelector
) -> Array:
    """Whether rows agree with their k nearest rows whichever of the equally near rows are counted; a mask (m,).

    Parameters
    ----------
    batch : Batch
    queries : int64 array (m,)
        Rows.
    sq_kth_distance : float64 array (m,)
        Squared distance of each to its k-th nearest row, in scaled units.
    k : int
    rule : {'all', 'mode'}
    selector : SearchSelector
    """
    present = np.flatnonzero(batch.class_counts).tolist()
    counts = [(code, _count_class(batch, code, (queries, sq_kth_distance), k, selector)) for code in present]
    own = indexing.take_1d(dispatch.asarray_like(batch.codes, queries), queries)
    return _withstands(own, counts, k, rule)


def _count_class(
    batch: Batch, code: int, queries: tuple[Array, Array], k: int, selector: SearchSelector
) -> ClassCounts:
    """Counts of the rows of a class around queries and their squared k-th distances."""
    (rows, sq_kth_distance), members = queries, batch.class_rows(code)
    search = selector.make_search(batch.scaled, members, int(rows.shape[0]))
    sq_distances = search.kneighbors(rows, min(k, int(members.shape[0]))).sq_distances
    nearer, tied = sq_distances < sq_kth_distance[:, None], sq_distances == sq_kth_distance[:, None]
    return ClassCounts(count_by_row(nearer), count_by_row(tied))


def _withstands(own: Array, counts: list[tuple[int, ClassCounts]], k: int, rule: Rule) -> Array:
    """Whether each row agrees even if as few of its own class are counted as the order of equally near rows allows.

    Let t of the k places be left to equally near rows. Against an enemy class, first its own tied rows take places, then those
    of other enemies, and rows of the query's class take the rest.
    """
    xp = dispatch.namespace(own)
    zero = xp.zeros_like(own, dtype=xp.int64)
    total = ClassCounts(zero + sum(c.nearer for _, c in counts), zero + sum(c.tied for _, c in counts))
    of_own = ClassCounts(
        zero + sum(xp.where(own == code, c.nearer, zero) for code, c in counts),
        zero + sum(xp.where(own == code, c.tied, zero) for code, c in counts),
    )
    places, enemies_tied = k - total.nearer, total.tied - of_own.tied
    left_to_own = of_own.nearer + indexing.clip(places - enemies_tied, 0, None)
    if rule == "all":
        return left_to_own >= k
    agrees = indexing.all_true(own)
    for code, c in counts:
        taken = xp.minimum(places, c.tied)
        agrees = agrees & ~_outvotes(xp.full_like(own, code), c.nearer + taken, own, left_to_own)
    return agrees


def count_by_row(mask: Array) -> Array:
    """Number of true entries (m,) in each row of a mask (m, k)."""
    xp = dispatch.namespace(mask)
    return xp.sum(xp.astype(mask, xp.int64), axis=1)
