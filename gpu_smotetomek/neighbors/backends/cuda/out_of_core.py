"""Out-of-core search: host rows that do not fit on the GPU are uploaded in blocks, and the lists of all blocks are merged."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gpu_smotetomek.arrays import cuda_probe, dispatch, topk
from gpu_smotetomek.arrays.dispatch import ArrayKind
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.backends.cuda.backend import Cuda, CudaIndex
from gpu_smotetomek.neighbors.protocol import Index
from gpu_smotetomek.typing import Array, NeighborLists

QUERIES_PER_UPLOAD = 2**16
BLOCK_MEMORY_DIVISOR = 3  # a block of rows takes a third of the free memory; lists and sorts share the rest
MIN_BLOCK_ROWS = 2**14  # smaller blocks are tried only where memory runs out


@dataclass(frozen=True)
class OutOfCoreCuda(Cuda):
    """The backend `cuda` for NumPy rows: each block of rows is uploaded, searched for all queries, and freed.

    Parameters
    ----------
    device : str
        'cuda' or 'cuda:N'.
    """

    device: str = "cuda"
    needs_all_queries = True  # each search uploads all rows
    array_kinds = frozenset({ArrayKind.NUMPY})
    refinement = None

    def build(self, X: Array, ctx: ExecutionContext) -> Index:
        return OutOfCoreIndex(X, ctx, self.device)


class OutOfCoreIndex:
    def __init__(self, X: Array, ctx: ExecutionContext, device: str) -> None:
        self.X, self.device = X, device
        self.device_ctx = replace(ctx, n_threads=1, kind=ArrayKind.CUPY)  # remembers the sizes that fitted

    @property
    def block_rows(self) -> int:
        """Rows of a block that the free memory holds: twice in float32, once in float16, and with the keys of their sort."""
        bytes_per_row = 10 * int(self.X.shape[1]) + 64
        return max(MIN_BLOCK_ROWS, cuda_probe.free_memory(self.device) // BLOCK_MEMORY_DIVISOR // bytes_per_row)

    def search(self, queries: Array, k: int, radius: Array | None = None) -> NeighborLists:
        merged = list[NeighborLists]()

        def search(block: slice) -> None:
            lists = mask_beyond_radius(self._search_block(block, queries, k, radius), radius)
            merged[:] = [NeighborLists(*topk.smallest_of([*merged, lists], k))]

        with dispatch.use_cuda_device(self.device):
            blocks = self.device_ctx.blocks(len(self.X), self.block_rows)
            self.device_ctx.map_blocks("rows on the device", search, blocks, threaded=False)
        return merged[0]

    def _search_block(self, rows: slice, queries: Array, k: int, radius: Array | None) -> NeighborLists:
        """Lists of a block of rows, with row numbers of X."""
        index = CudaIndex(dispatch.to_cuda(self.X[rows], self.device), self.device_ctx)
        parts = []
        for part in self.device_ctx.blocks(len(queries), QUERIES_PER_UPLOAD):
            part_radius = None if radius is None else dispatch.to_cuda(radius[part], self.device)
            part_queries = dispatch.to_cuda(queries[part], self.device)
            lists = index.search(part_queries, min(k, index.n), part_radius)
            parts.append([dispatch.to_numpy(values) for values in lists])
        sq_distances, indices = (np.concatenate(values) for values in zip(*parts, strict=True))
        return NeighborLists(sq_distances, indices + rows.start)


def mask_beyond_radius(lists: NeighborLists, radius: Array | None) -> NeighborLists:
    """Lists with an infinite squared distance for every row beyond the radius: another block may have left such rows out."""
    if radius is None:
        return lists
    is_beyond = lists.sq_distances > (radius * radius)[:, None]
    return lists._replace(sq_distances=np.where(is_beyond, np.float32(np.inf), lists.sq_distances))
