"""Brute force in float64: distances to the candidates of a query, or to all rows."""

from __future__ import annotations

import math

from gpu_smotetomek.arrays import cupy_kernels, dispatch, topk
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.scaled_rows import ScaledRows
from gpu_smotetomek.typing import Array, NeighborLists

HOST_TILE = 64, 2048  # queries and rows of a tile of distances
THREADED_FROM_FLOAT64_WORK = 4e6  # pairs times features; less is done in the time that threads need to start
THREADED_FROM_ENTRIES = 2**16  # of lists to rerank
DEVICE_TILE = 1024, 2**14  # on a GPU, where each step is a kernel launch


def rerank(scaled: ScaledRows, queries: Array, candidates: Array, k: int, ctx: ExecutionContext) -> NeighborLists:
    """The first k of the candidates (m, w) of each query by (float64 distance, row number).

    A query is not its own neighbour; its number, at an infinite distance, fills a list that is too short.
    """
    if not scaled.is_mixed and cupy_kernels.supports_topk(scaled.X, int(scaled.X.shape[0]), k):
        return cupy_kernels.rerank(scaled.X, queries, candidates, k, *scaled.kernel_scale)
    width = max(k, int(candidates.shape[1]))
    m, size = int(queries.shape[0]), ctx.rows_per_block(64.0 * width)
    blocks = (ctx.balanced_blocks if m * width >= THREADED_FROM_ENTRIES else ctx.blocks)(m, size) or [slice(0, 0)]

    def rerank_block(block: slice) -> NeighborLists:
        return _rerank_block(scaled, queries[block], candidates[block, :], k, ctx)

    return topk.concat_lists(ctx.map_blocks("distances", rerank_block, blocks), axis=0)


def _rerank_block(
    scaled: ScaledRows, queries: Array, candidates: Array, k: int, ctx: ExecutionContext
) -> NeighborLists:
    xp, missing = dispatch.namespace(candidates), k - int(candidates.shape[1])
    if missing > 0:
        fill = xp.broadcast_to(queries[:, None], (queries.shape[0], missing))
        candidates = xp.concat([candidates, fill], axis=1)
    sq_distances = scaled.sq_distances(queries, candidates, ctx)
    sq_distances = xp.where(candidates == queries[:, None], xp.full_like(sq_distances, math.inf), sq_distances)
    return topk.sort_by_distance(sq_distances, candidates, k)


def search_all(
    scaled: ScaledRows, rows: Array, queries: Array, k: int, ctx: ExecutionContext, *, balanced: bool
) -> NeighborLists:
    """The first k of all `rows` (n,), ascending, by (float64 distance, row number).

    An infinite distance stands for each row that is missing. With `balanced`, the blocks are cut so that all threads work.
    """
    m, n = int(queries.shape[0]), int(rows.shape[0])
    if m and not scaled.is_mixed and cupy_kernels.supports_topk(scaled.X, n, k):
        size = ctx.rows_per_block(64.0 * k * cupy_kernels.count_parts(scaled.X, m, n))

        def search_by_kernel(block: slice) -> NeighborLists:
            lists = cupy_kernels.topk_by_part(scaled.X, queries[block], rows, k, *scaled.kernel_scale)
            return topk.sort_by_distance(*lists, k) if lists.indices.shape[1] > k else lists

        return topk.concat_lists(ctx.map_blocks("search", search_by_kernel, ctx.blocks(m, size)), axis=0)
    most_queries, most_rows = DEVICE_TILE if ctx.kind.is_gpu else HOST_TILE
    size = min(most_queries, ctx.rows_per_block(32.0 * min(most_rows, n)))
    width = min(most_rows, ctx.rows_per_block(32.0 * size + 8 * scaled.d))
    blocks = (ctx.balanced_blocks if balanced else ctx.blocks)(m, size)

    def search_block(block: slice) -> NeighborLists:
        return _search_tiles(scaled, rows, queries[block], k, width, ctx)

    threaded = float(m) * n * scaled.d >= THREADED_FROM_FLOAT64_WORK
    return topk.concat_lists(ctx.map_blocks("search", search_block, blocks, threaded=threaded), axis=0)


def _search_tiles(
    scaled: ScaledRows, rows: Array, queries: Array, k: int, width: int, ctx: ExecutionContext
) -> NeighborLists:
    """`search_all` of one block of queries, `width` rows at a time."""
    xp, sq_distances_to, best = (
        dispatch.namespace(queries),
        scaled.sq_distances_from(queries),
        list[NeighborLists](),
    )
    for start in range(0, int(rows.shape[0]), width):
        tile = rows[start : min(start + width, int(rows.shape[0]))]
        sq_distances = sq_distances_to(tile)
        sq_distances = xp.where(tile[None, :] == queries[:, None], xp.full_like(sq_distances, math.inf), sq_distances)
        best.append(topk.stable_smallest(sq_distances, tile, k))
        best = [topk.sort_by_distance(*topk.concat_lists(best), k)]
    sq_distances, indices = best[0]
    indices = xp.where(xp.isinf(sq_distances), queries[:, None], indices)
    lists = NeighborLists(sq_distances, indices)
    return lists if sq_distances.shape[1] == k else rerank(scaled, queries, indices, k, ctx)
