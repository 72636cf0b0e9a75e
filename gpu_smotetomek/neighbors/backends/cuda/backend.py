"""Backend `cuda`: the kernels of `kernels/`, launched through CuPy on the device and the stream of the rows.

rows ──kd_order──> order ──pack──> tiles, squared norms ──compute_boxes──> boxes      once an index, and once a search for queries
tiles of rows × blocks of queries ──choose_seeds, nearest_…──> lists of each part ──merge_parts──> squared distances, row numbers

nearest_filtered searches where tensor cores help, and nearest_by_products searches all blocks that it did not finish.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from gpu_smotetomek.arrays import cuda_probe, dispatch, indexing
from gpu_smotetomek.arrays.cupy_kernels import BLOCKS_PER_PROCESSOR, MAX_GRID_Y
from gpu_smotetomek.arrays.dispatch import ArrayKind
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.kernels import launch
from gpu_smotetomek.kernels.constants import (
    BOX_GROUP,
    FRAGMENT_ROWS,
    MAX_K,
    QUERIES_PER_WARP,
    SEARCH_THREADS,
    TILE_ROWS,
)
from gpu_smotetomek.neighbors.backends.cuda import tensor_core_filter
from gpu_smotetomek.neighbors.backends.cuda.layout import PackedTiles
from gpu_smotetomek.neighbors.backends.cuda.ordering import kd_order
from gpu_smotetomek.neighbors.backends.matmul import MatmulIndex
from gpu_smotetomek.neighbors.protocol import TINY32, U32, Backend, Index, expanded_error, gamma
from gpu_smotetomek.typing import Array, NeighborLists

ORDER_ABOVE_ROWS = 16 * TILE_ROWS  # above this many rows a k-d order saves more than it costs


class Search(NamedTuple):
    """Arguments of a search, as `kernels/tile_scan.cu` declares them."""

    packed: Array
    sq_norms: Array
    low: Array
    high: Array
    tiles: np.int32
    tiles_per_part: np.int32
    queries: Array
    query_sq_norms: Array
    query_low: Array
    query_high: Array
    query_order: Array | None
    radius: Array | None
    seeds: Array
    d: np.int32
    k: np.int32


class CudaIndex:
    """Packed rows, and their float16 fragments after the first search that uses these.

    Attributes
    ----------
    use_filter : bool or None
        Whether tensor cores filter pairs if the device supports it; None: where it is worthwhile.
    counters : uint64 array (3,), or None
        Counts the tiles that blocks staged, the tiles that warps scored, and the pairs that passed the filter.
    abandoned : uint8 array (parts, blocks), or None
        Marks the blocks of the last search that abandoned the filter; None: it was not used.
    """

    use_filter: bool | None = None
    counters: Array | None = None
    abandoned: Array | None = None

    def __init__(self, X: Array, ctx: ExecutionContext) -> None:
        self.ctx, self.n = ctx, int(X.shape[0])
        self.tiles = PackedTiles.pack(X, kd_order(X, TILE_ROWS) if self.n > ORDER_ABOVE_ROWS else None)
        self.boxes = self.tiles.compute_boxes(TILE_ROWS)

    def refined(self) -> CudaDifferencesIndex:
        """The same rows, searched by differences."""
        return CudaDifferencesIndex(self)

    def search(self, queries: Array, k: int, radius: Array | None = None) -> NeighborLists:
        return self._search_long_lists(queries, k) if k > MAX_K else self.search_kernels(queries, k, radius)

    @cached_property
    def _matmul(self) -> MatmulIndex:
        return MatmulIndex(self.tiles.unpack(), self.ctx)

    @cached_property
    def _row_fragments(self) -> Array:
        return tensor_core_filter.pack_fp16(self.tiles, FRAGMENT_ROWS)

    def _search_long_lists(self, queries: Array, k: int) -> NeighborLists:
        """Lists that are too long for a kernel: tiles of a matrix product, on the same device."""
        sq_distances, slots = self._matmul.search(queries, k)
        order = self.tiles.order
        return NeighborLists(sq_distances, slots if order is None else indexing.take_1d(order, slots))

    def search_kernels(
        self, queries: Array, k: int, radius: Array | None, *, by_differences: bool = False
    ) -> NeighborLists:
        """Lists of at most MAX_K rows, by products or by differences."""
        xp, rows, m = dispatch.namespace(queries), self.tiles, int(queries.shape[0])
        is_ordered = rows.order is not None and m > QUERIES_PER_WARP
        packed = PackedTiles.pack(queries, kd_order(queries, QUERIES_PER_WARP) if is_ordered else None)
        tiles_per_part = self._tiles_per_part(packed.count)
        parts, warps = -(-rows.count // tiles_per_part), packed.count * TILE_ROWS // QUERIES_PER_WARP
        query_boxes, sizes = packed.compute_boxes(QUERIES_PER_WARP), (np.int32(rows.count), np.int32(tiles_per_part))
        seeds = xp.empty((parts * warps,), dtype=xp.int32)
        launch(
            "search", "choose_seeds", (warps, parts), (32,), *query_boxes, *self.boxes, *sizes, np.int32(rows.d), seeds
        )

        shape, grid = (parts, packed.count * TILE_ROWS, k), (packed.count, parts)
        part_lists = xp.empty(shape, dtype=xp.float32), xp.empty(shape, dtype=xp.int32)
        sq_norms = [zero_finite(tiles.sq_norms) if by_differences else tiles.sq_norms for tiles in (rows, packed)]
        search = Search(
            rows.packed, sq_norms[0], *self.boxes, *sizes, packed.packed, sq_norms[1], *query_boxes,
            packed.order, radius, seeds, np.int32(rows.d), np.int32(k),
        )  # fmt: skip
        if by_differences:
            launch("search", "nearest_by_differences", grid, (SEARCH_THREADS,), search, *part_lists, self.counters)
        else:
            self._launch_products(grid, packed, search, *part_lists, self.counters)
        lists = NeighborLists(xp.empty((m, k), dtype=xp.float32), xp.empty((m, k), dtype=xp.int64))
        lengths = np.int32(parts), np.int64(shape[1]), np.int32(k), np.int64(m)
        arguments = *part_lists, *lengths, packed.order, rows.order, *lists
        launch("search", "merge_parts", (-(-m // TILE_ROWS),), (TILE_ROWS,), *arguments)
        return lists

    def _launch_products(self, grid: tuple[int, int], queries: PackedTiles, *arguments: object) -> None:
        """Filter on tensor cores where that helps, and search the blocks that are left without it; the host reads nothing."""
        self.abandoned, use_filter = None, self.use_filter
        if use_filter is None:
            use_filter = tensor_core_filter.saves_time(self.tiles, queries.n)
        if use_filter and tensor_core_filter.is_supported(self.tiles):
            with suppress(MemoryError):  # without room for the fragments, all blocks are left
                fragments = self._row_fragments, tensor_core_filter.pack_fp16(queries, QUERIES_PER_WARP)
                abandoned = dispatch.namespace(queries.sq_norms).empty(grid[::-1], dtype=np.uint8)
                module = tensor_core_filter.module_name(queries.d)
                launch(module, "nearest_filtered", grid, (SEARCH_THREADS,), *arguments, abandoned, *fragments)
                self.abandoned = abandoned
        launch("search", "nearest_by_products", grid, (SEARCH_THREADS,), *arguments, self.abandoned)

    def _tiles_per_part(self, query_blocks: int) -> int:
        """Tiles of a part: where there are few blocks of queries, the rows are split until the device is busy."""
        groups = -(-self.tiles.count // BOX_GROUP)
        processors = int(dispatch.get_device(self.tiles.sq_norms).attributes["MultiProcessorCount"])
        return BOX_GROUP * -(-groups // min(groups, MAX_GRID_Y, -(-BLOCKS_PER_PROCESSOR * processors // query_blocks)))


@dataclass(frozen=True)
class CudaDifferencesIndex:
    """Rows of a `CudaIndex`, searched by differences."""

    index: CudaIndex

    def search(self, queries: Array, k: int, radius: Array | None = None) -> NeighborLists:
        if k > MAX_K:
            raise ValueError(f"differences list {MAX_K} rows at most, not {k}")
        return self.index.search_kernels(queries, k, radius, by_differences=True)


def zero_finite(sq_norms: Array) -> Array:
    """0 for each row, and infinity in slots without a row."""
    xp = dispatch.namespace(sq_norms)
    return xp.where(xp.isinf(sq_norms), sq_norms, xp.zeros_like(sq_norms))


class CudaDifferences(Backend):
    """The backend `cuda` by differences, for rows so near that squared norms in float32 cannot separate them."""

    name = "cuda"
    dtype = "float32"
    array_kinds = frozenset({ArrayKind.CUPY})
    max_k = MAX_K

    def unavailable(self) -> str | None:
        return cuda_probe.cuda_unavailable_reason()

    def build(self, X: Array, ctx: ExecutionContext) -> Index:
        return CudaIndex(X, ctx).refined()

    def relative_error(self, *, d: int, n: int) -> float:
        """A difference is rounded once, so its square errs by (1 + u)², and passes through at most d fused additions."""
        del n
        return gamma(d + 4, U32)

    def error(self, a: Array, b: Array, *, d: int, n: int) -> Array:
        """Bound on the loss of d fused additions to underflow, and on rows of skipped tiles, as in `Cuda`."""
        del n
        return 0 * (a + b) + 8 * d * TINY32


class Cuda(Backend):
    name = "cuda"
    dtype = "float32"
    array_kinds = frozenset({ArrayKind.CUPY})
    max_k = MAX_K  # longer lists come from the tiles of `xp`
    refinement: Backend | None = CudaDifferences()

    def unavailable(self) -> str | None:
        """Reason, and remedy, where CuPy, its compiler, the driver or a device is missing."""
        return cuda_probe.cuda_unavailable_reason()

    def build(self, X: Array, ctx: ExecutionContext) -> Index:
        return CudaIndex(X, ctx)

    def error(self, a: Array, b: Array, *, d: int, n: int) -> Array:
        """Bound for ‖x‖² − 2 (x·y − ‖y‖²/2) in float32, with one fused multiply-add per feature: at most d + 3 roundings.

        Squared norms are summed in float64, where each product is exact, and rounded to float32: one rounding, and less than
        another one for the sum. A score starts at −‖y‖²/2 and passes through d fused additions; doubling is exact; the last
        fused addition rounds once more. So ‖y‖² passes through d + 3 roundings, a product through d + 1, ‖x‖² through 3, and
        the error is at most γ_{d+3} (‖x‖² + ‖y‖² + 2 |x|·|y|), which `expanded_error` covers (Higham, 3.1), together with what
        d + 2 sums may lose to underflow.

        Rows of a skipped tile have no computed squared distance. They lie beyond the last listed row, up to d · 2⁻¹²⁶: see
        `reachable_tiles` in kernels/tile_scan.cu. Nor does a pair that the filter rejects: its float32 score would not exceed
        that of the last listed row, as kernels/fp16_fragments.cu proves. Lists longer than MAX_K come from `xp`: two roundings
        more.
        """
        del n
        return expanded_error(a, b, d + 2)
