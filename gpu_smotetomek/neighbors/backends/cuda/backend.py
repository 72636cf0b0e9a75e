"""Backend `cuda`: the fused kernels of `kernels/`, started through CuPy on the device and the stream of the rows.

rows ──halved──> order ──pack──> tiles, norms ──boxes──> boxes        once an index; the same for the queries of a search
tiles of rows × blocks of queries ──seeds, nearest──> lists of parts ──merge──> squares, row numbers
                                        └ filtered, where tensor cores help: nearest does what it gives up
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gpu_smotetomek.arrays import cuda_probe, dispatch, indexing
from gpu_smotetomek.arrays.dispatch import ArrayKind
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.kernels import launch
from gpu_smotetomek.neighbors.backends.cuda import tensor_core_filter as tensor
from gpu_smotetomek.neighbors.backends.cuda.layout import OWN, TILE, Tiles
from gpu_smotetomek.neighbors.backends.cuda.ordering import halved
from gpu_smotetomek.neighbors.backends.matmul import MatmulIndex
from gpu_smotetomek.neighbors.protocol import TINY32, U32, Backend, Index, expanded_error, gamma
from gpu_smotetomek.typing import Array

LISTED, THREADS = 16, 256  # as in kernels/packed_layout.cu
GROUP = 32  # tiles whose boxes a warp looks at at once; a part of the rows is a whole number of them
HALVED = 16  # tiles of rows from which it pays to sort them
FULL = 4  # blocks for each multiprocessor that keep a device busy to the end


class CudaIndex:
    """Rows in tiles, and in halves once a search wants them.

    Attributes
    ----------
    filtered : bool or None
        Whether tensor cores filter, where they can; None: where it pays.
    visited : uint64 array (3,), or None
        Counts the tiles that blocks staged and that warps multiplied, and the pairs that passed the filter.
    gave_up : uint8 array (parts, blocks), or None
        Which blocks of the last search gave the filter up; None: there was none.
    """

    filtered: bool | None = None
    visited: Array | None = None
    gave_up: Array | None = None

    def __init__(self, X: Array, work: ExecutionContext) -> None:
        self.work, self.n = work, int(X.shape[0])
        self.tiles = Tiles.of(X, halved(X, TILE) if self.n > HALVED * TILE else None)
        self.boxes = self.tiles.boxes(TILE)

    def refined(self) -> FinerIndex:
        """The same rows, searched by differences."""
        return FinerIndex(self)

    def search(self, queries: Array, k: int, radius: Array | None = None) -> tuple[Array, Array]:
        return self._longer(queries, k) if k > LISTED else self._lists(queries, k, radius)

    @cached_property
    def _product(self) -> MatmulIndex:
        return MatmulIndex(self.tiles.rows(), self.work)

    @cached_property
    def _halves(self) -> Array:
        return tensor.halves(self.tiles, tensor.WIDTH)

    def _longer(self, queries: Array, k: int) -> tuple[Array, Array]:
        """Lists that no kernel holds: tiles of a matrix product, on the same device."""
        D, places = self._product.search(queries, k)
        return D, places if self.tiles.order is None else indexing.take_flat(self.tiles.order, places)

    def _lists(self, queries: Array, k: int, radius: Array | None, *, apart: bool = False) -> tuple[Array, Array]:
        xp, tiles, m = dispatch.namespace(queries), self.tiles, int(queries.shape[0])
        asked = Tiles.of(queries, halved(queries, OWN) if tiles.order is not None and m > OWN else None)
        part = self._part(asked.count)
        parts, sizes = -(-tiles.count // part), (np.int32(tiles.count), np.int32(part))
        around, d = asked.boxes(OWN), np.int32(tiles.d)
        warps = asked.count * TILE // OWN
        seed = xp.empty((parts * warps,), dtype=xp.int32)
        launch("search", "seeds", (warps, parts), (32,), *around, *self.boxes, *sizes, d, seed)

        lists = asked.count * TILE
        squares = xp.empty((parts, lists, k), dtype=xp.float32)
        places = xp.empty((parts, lists, k), dtype=xp.int32)
        norms = [zeroed(part.norms) if apart else part.norms for part in (tiles, asked)]
        searched = (tiles.packed, norms[0], *self.boxes, *sizes)
        asking = (asked.packed, norms[1], *around, asked.order, radius, seed)
        given = (*searched, *asking, d, np.int32(k), squares, places, self.visited)
        if apart:
            launch("search", "nearest_apart", (asked.count, parts), (THREADS,), *given)
        else:
            self._search((asked.count, parts), asked, *given)
        D, rows = xp.empty((m, k), dtype=xp.float32), xp.empty((m, k), dtype=xp.int64)
        found = (squares, places, np.int32(parts), np.int64(lists), np.int32(k), np.int64(m), asked.order, tiles.order)
        launch("search", "merge", (-(-m // TILE),), (TILE,), *found, D, rows)
        return D, rows

    def _search(self, grid: tuple[int, int], asked: Tiles, *given: object) -> None:
        """Lists by `filtered`, where tensor cores help, and by `nearest` what is left, without a word from the device."""
        self.gave_up = None
        if tensor.able(self.tiles) and (tensor.pays(self.tiles, asked.n) if self.filtered is None else self.filtered):
            with suppress(MemoryError):  # where there is no room for halves, `nearest` does it all
                halves = self._halves, tensor.halves(asked, OWN)
                gave_up = dispatch.namespace(asked.norms).empty(grid[::-1], dtype=np.uint8)
                launch(tensor.module(asked.d), "filtered", grid, (THREADS,), *given, gave_up, *halves)
                self.gave_up = gave_up
        launch("search", "nearest", grid, (THREADS,), *given, self.gave_up)

    def _part(self, blocks: int) -> int:
        """Tiles of a part: where blocks of queries are few, the rows are split until the device is full."""
        groups = -(-self.tiles.count // GROUP)
        processors = int(dispatch.get_device(self.tiles.norms).attributes["MultiProcessorCount"])
        return GROUP * -(-groups // min(groups, 65535, -(-FULL * processors // blocks)))


@dataclass(frozen=True)
class FinerIndex:
    """Rows of another index, searched by differences."""

    index: CudaIndex

    def search(self, queries: Array, k: int, radius: Array | None = None) -> tuple[Array, Array]:
        if k > LISTED:
            raise ValueError(f"differences list {LISTED} rows at most, not {k}")
        return self.index._lists(queries, k, radius, apart=True)


def zeroed(norms: Array) -> Array:
    """0 for each norm, and infinity where there is no row."""
    xp = dispatch.namespace(norms)
    return xp.where(xp.isinf(norms), norms, xp.zeros_like(norms))


class Finer(Backend):
    """The backend `cuda` by differences, for nearest rows that squares of norms in float32 do not tell apart."""

    name = "cuda"
    dtype = "float32"
    array_kinds = frozenset({ArrayKind.CUPY})
    max_k = LISTED

    def unavailable(self) -> str | None:
        """As of `Cuda`."""
        return cuda_probe.cuda_unavailable_reason()

    def build(self, X: Array, work: ExecutionContext) -> Index:
        return CudaIndex(X, work).refined()

    def relative_error(self, *, d: int, n: int) -> float:
        """A difference is rounded once, so its square errs by (1 + u)², and passes through d fused additions at most."""
        del n
        return gamma(d + 4, U32)

    def error(self, a: Array, b: Array, *, d: int, n: int) -> Array:
        """What d fused additions may lose to underflow, and tiles that were skipped, as in `Cuda`."""
        del n
        return 0 * (a + b) + 8 * d * TINY32


class Cuda(Backend):
    name = "cuda"
    dtype = "float32"
    array_kinds = frozenset({ArrayKind.CUPY})
    max_k = LISTED  # longer lists come from the `xp` tiles
    refinement: Backend | None = Finer()

    def unavailable(self) -> str | None:
        """What was found of CuPy, its compiler, the driver and the devices, and what to do about it."""
        return cuda_probe.cuda_unavailable_reason()

    def build(self, X: Array, work: ExecutionContext) -> Index:
        return CudaIndex(X, work)

    def error(self, a: Array, b: Array, *, d: int, n: int) -> Array:
        """Of ‖x‖² − 2 (x·y − ‖y‖²/2) in float32, one fused multiply-add a feature; d + 3 roundings at most.

        Squares of norms are summed in float64, where each product is exact, and rounded to float32: one rounding, and less
        than another for the sum. A score starts at −‖y‖²/2 and passes through d fused additions; doubling is exact; the last
        fused addition rounds once more. So ‖y‖² passes through d + 3 roundings, a product through d + 1, ‖x‖² through 3, and
        the error is at most γ_{d+3} (‖x‖² + ‖y‖² + 2 |x|·|y|), which `expanded_error` covers (Higham, 3.1), with what d + 2
        sums may lose to underflow. Rows of a tile that was skipped have no computed square; they lie beyond the last one
        listed but for d · 2⁻¹²⁶, as `needed` in kernels/tile_scan.cu says. Nor has a pair that tensor cores turned away: its score in
        float32 would not have been above the last one listed, as kernels/fp16_fragments.cu proves. Lists beyond 16 are those of `xp`:
        two roundings more.
        """
        del n
        return expanded_error(a, b, d + 2)
