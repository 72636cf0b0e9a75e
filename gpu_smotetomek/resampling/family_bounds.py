"""Bounds from the lineage for edited neighbours: distances to the k-th row of the own class, and to enemies of originals."""

from __future__ import annotations

import math

from gpu_smotetomek.arrays import dispatch, indexing, matrices
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.neighbors.rounding import widen_down
from gpu_smotetomek.neighbors.scaled_rows import THREADED_FROM_BLOCKS
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.resampling.lineage_bounds import BYTES_PER_SYNTHETIC_ROW, DISTANCE_CAP, LineageBounds
from gpu_smotetomek.typing import Array

SIBLINGS_PER_SIDE = 3  # children of the same parent before and after a synthetic row, with which it is compared
GROUPS_BY_SEGMENT = 4  # of parents with segments of similar lengths


def kth_relative_sq_distance(batch: Batch, bounds: LineageBounds, k: int) -> Array:
    """Squared distance (m,) of each synthetic row to the k-th nearest of some relatives, in scaled units.

    The relatives are its nearer parent and the next children of that parent, in the order of their other parents and of their
    positions. All are of the row's class, so that the k-th nearest row of its class is at most as far. Infinite where there are
    fewer relatives.
    """
    ctx, m, n = bounds.ctx, bounds.n_synthetic, bounds.n_originals
    order = _sibling_order(bounds)

    def block_kth(block: slice) -> Array:
        first = max(block.start - SIBLINGS_PER_SIDE, 0)
        positions = order[first : min(block.stop + SIBLINGS_PER_SIDE, m)]  # the block, and the rows next to it
        inner, rows = slice(block.start - first, block.stop - first), n + positions
        xp, parent = dispatch.namespace(rows), bounds.nearer_parent(positions)
        relatives = xp.stack([parent, *_shifted_siblings(parent, rows)], axis=1)[inner, :]
        rows = rows[inner]
        sq_distances = batch.scaled.sq_distances(rows, relatives, ctx)
        infinite = xp.full_like(sq_distances, math.inf)
        sq_distances = xp.where(relatives == rows[:, None], infinite, sq_distances)
        width = int(relatives.shape[1])
        return xp.sort(sq_distances, axis=1)[:, k - 1] if k <= width else infinite[:, 0]

    bytes_per_row = 64.0 * (2 * SIBLINGS_PER_SIDE + 1)
    parts = ctx.map_rows("bounds", block_kth, m, bytes_per_row, threaded_from=THREADED_FROM_BLOCKS)
    return indexing.inverse_permute(dispatch.namespace(order).concat(parts), order)


def _sibling_order(bounds: LineageBounds) -> Array:
    """Order of the synthetic rows: by nearer parent, then by the other parent, and from the nearer parent on."""

    def sort_key(block: slice) -> Array:
        gap, base, neighbor = bounds.gap[block], bounds.base[block], bounds.neighbor[block]
        xp = dispatch.namespace(gap)
        is_base = gap < 0.5
        nearer, farther = xp.where(is_base, base, neighbor), xp.where(is_base, neighbor, base)
        first_key = dispatch.as_float64(nearer) * bounds.n_originals + dispatch.as_float64(farther)
        return first_key + xp.minimum(gap, 1 - gap)

    xp = dispatch.namespace(bounds.gap)
    keys = bounds.ctx.map_rows("bounds", sort_key, bounds.n_synthetic, BYTES_PER_SYNTHETIC_ROW)
    return xp.argsort(xp.concat(keys), stable=False)


def _shifted_siblings(parent: Array, rows: Array) -> list[Array]:
    """For each row, those before and after it that have the same parent; the row itself where there is none."""
    xp, m, siblings = dispatch.namespace(rows), int(rows.shape[0]), list[Array]()
    for step in range(1, min(SIBLINGS_PER_SIDE, m - 1) + 1):
        is_sibling = parent[step:] == parent[:-step]
        after = xp.where(is_sibling, rows[step:], rows[:-step])
        before = xp.where(is_sibling, rows[:-step], rows[step:])
        siblings += [xp.concat([after, rows[m - step :]]), xp.concat([rows[:step], before])]
    return siblings


def longest_segment(bounds: LineageBounds) -> Array:
    """Length (n,) of the longest segment at each original, in scaled units; 0 where there is none."""
    shortest = dispatch.namespace(bounds.gap).zeros_like(bounds.first_neighbor_distance)
    for parents in (bounds.base, bounds.neighbor):
        shortest = indexing.scatter_min(shortest, parents, -bounds.parent_distance)
    return -shortest


def enemy_distance_of_originals(
    bounds: LineageBounds, batch: Batch, rows: Array, enemies: Array, selector: SearchSelector
) -> Array:
    """Lower bound (m,) on the distance of rows to their nearest enemy, synthetic enemies included, in scaled units.

    A point s between enemies p and q at the gap g has, by Stewart's theorem, d(x, s)² = (1 − g) d(x, p)² + g d(x, q)² −
    g (1 − g) L². As g (1 − g) is at most ¼, d(x, s)² is at least the smaller of d(x, p)² − L²/4 and d(x, q)² − L²/4. So it is
    at least the minimum of d(x, o)² − L(o)²/4 over all original enemies o, where L(o) is the longest segment at o. The enemies
    are searched in groups of similar L, each with its longest. A stored row is off its point by the slack.

    Parameters
    ----------
    bounds : LineageBounds
    batch : Batch
    rows : int64 array (m,)
        Originals of one class.
    enemies : int64 array
        The originals of the other classes, ascending.
    selector : SearchSelector
    """
    xp, error = dispatch.namespace(rows), 4 * bounds.relative_error
    least = xp.full_like(dispatch.as_float64(rows), DISTANCE_CAP**2)
    if not enemies.shape[0]:
        return xp.sqrt(least)
    unlimited = xp.full_like(least, DISTANCE_CAP)
    for group, length in _group_by_segment(bounds, enemies):
        search = selector.make_search(batch.scaled, group, int(rows.shape[0]))
        distance = indexing.clip(search.nearest_lower_bound(rows, unlimited), 0, DISTANCE_CAP)
        sq_bound = distance * distance * (1 - error) - length * length * (0.25 * (1 + error))
        least = xp.minimum(least, sq_bound)
    distance = xp.sqrt(indexing.clip(least, 0, None)) - largest_slack(bounds)
    return indexing.clip(widen_down(distance, bounds.d), 0, None)


def largest_slack(bounds: LineageBounds) -> float:
    """The largest slack of a synthetic row."""

    def block_largest(block: slice) -> float:
        return float(dispatch.namespace(bounds.gap).max(bounds.rounding_slack(block)))

    return max(bounds.ctx.map_rows("bounds", block_largest, bounds.n_synthetic, BYTES_PER_SYNTHETIC_ROW))


def _group_by_segment(bounds: LineageBounds, rows: Array) -> list[tuple[Array, float]]:
    """Rows without segments, and groups of the others by the length of their longest segment; with the longest of each."""
    xp, lengths = dispatch.namespace(rows), longest_segment(bounds)
    lengths = matrices.take_dense_rows(lengths, rows)
    plain, parents = indexing.flatnonzero(lengths <= 0), indexing.flatnonzero(lengths > 0)
    groups = [(xp.take(rows, plain), 0.0)] if plain.shape[0] else []
    order = xp.take(parents, xp.argsort(xp.take(lengths, parents), stable=True))
    n = int(order.shape[0])
    size = max(1, -(-n // GROUPS_BY_SEGMENT))
    for start in range(0, n, size):
        part = order[start : min(start + size, n)]
        groups.append((xp.sort(xp.take(rows, part)), float(xp.max(xp.take(lengths, part)))))
    return groups
