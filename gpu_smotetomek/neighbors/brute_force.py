"""Distances in float64: those of the rows that were listed for a query, or all of them."""

from __future__ import annotations

import math

from gpu_smotetomek.arrays import cupy_kernels, dispatch, topk
from gpu_smotetomek.neighbors.scaled_rows import ScaledRows
from gpu_smotetomek.typing import Array

HOST_TILE = 64, 2048  # queries and rows of a tile of distances
DEVICE_TILE = 1024, 2**14  # on a GPU, where each step is a launch

Found = tuple[Array, Array]  # squares (m, k), rows (m, k)


def concat_blocks(parts: list[Found]) -> Found:
    """Lists of several blocks below each other."""
    if len(parts) == 1:
        return parts[0]
    xp = dispatch.namespace(parts[0][0])
    return xp.concat([D for D, _ in parts], axis=0), xp.concat([found for _, found in parts], axis=0)


def rerank(space: ScaledRows, queries: Array, listed: Array, k: int) -> Found:
    """The first k of the listed rows (m, w) by (float64 distance, row number); self is left out, and pads what is too short."""
    if cupy_kernels.supports_topk(space.X, int(space.X.shape[0]), k):
        return cupy_kernels.rerank(space.X, queries, listed, k, *space.scale)
    width = max(k, int(listed.shape[1]))
    blocks = space.work.blocks(int(queries.shape[0]), space.work.rows_per_block(64.0 * width)) or [slice(0, 0)]
    return concat_blocks([_rerank_block(space, queries[block], listed[block, :], k) for block in blocks])


def _rerank_block(space: ScaledRows, queries: Array, listed: Array, k: int) -> Found:
    xp, short = dispatch.namespace(listed), k - int(listed.shape[1])
    if short > 0:
        listed = xp.concat([listed, xp.broadcast_to(queries[:, None], (queries.shape[0], short))], axis=1)
    D = space.sq_distances(queries, listed)
    D = xp.where(listed == queries[:, None], xp.full_like(D, math.inf), D)
    return topk.sort_by_distance(D, listed, k)


def search_all(space: ScaledRows, rows: Array, queries: Array, k: int, *, shared: bool) -> Found:
    """The first k of all `rows` (n,), ascending, by (float64 distance, row number), infinitely far where there are fewer.

    `shared`: the work is worth all threads.
    """
    m, n, work = int(queries.shape[0]), int(rows.shape[0]), space.work
    if m and cupy_kernels.supports_topk(space.X, n, k):
        size = work.rows_per_block(64.0 * k * cupy_kernels.count_parts(space.X, m, n))
        return concat_blocks(
            work.map_blocks(
                "search", lambda block: _search_by_kernel(space, queries[block], rows, k), work.blocks(m, size)
            )
        )
    tile = DEVICE_TILE if dispatch.is_cuda(space.X) else HOST_TILE
    size = min(tile[0], work.rows_per_block(32.0 * min(tile[1], n)))
    width = min(tile[1], work.rows_per_block(32.0 * size + 8 * space.d))
    cut = work.balanced_blocks if shared else work.blocks
    return concat_blocks(
        work.map_blocks("search", lambda block: _search_tiles(space, rows, queries[block], k, width), cut(m, size))
    )


def _search_by_kernel(space: ScaledRows, queries: Array, rows: Array, k: int) -> Found:
    """`nearest` by a kernel, of the lists of its parts."""
    found = cupy_kernels.topk_by_part(space.X, queries, rows, k, *space.scale)
    return topk.sort_by_distance(*found, k) if found[0].shape[1] > k else found


def _search_tiles(space: ScaledRows, rows: Array, queries: Array, k: int, width: int) -> Found:
    """`nearest`, `width` rows at a time."""
    xp, squares, best = dispatch.namespace(queries), space.sq_distances_from(queries), list[Found]()
    for start in range(0, int(rows.shape[0]), width):
        some = rows[start : min(start + width, int(rows.shape[0]))]
        D = squares(some)
        D = xp.where(some[None, :] == queries[:, None], xp.full_like(D, math.inf), D)
        best.append(topk.stable_smallest(D, some, k))
        best = [topk.sort_by_distance(*topk.concat_lists(best), k)]
    D, found = best[0]
    found = xp.where(xp.isinf(D), queries[:, None], found)  # nobody: the query itself stands for it
    return (D, found) if D.shape[1] == k else rerank(space, queries, found, k)
