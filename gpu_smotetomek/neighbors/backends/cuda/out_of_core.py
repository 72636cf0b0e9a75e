"""Rows of the host that are more than a device holds go through it in blocks: the lists of all blocks make those of all rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gpu_smotetomek.arrays import cuda_probe, dispatch, topk
from gpu_smotetomek.arrays.dispatch import ArrayKind
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.backends.cuda.backend import Cuda, CudaIndex
from gpu_smotetomek.neighbors.protocol import Index
from gpu_smotetomek.typing import Array, Floats, Integers

QUERIES = 2**16  # that are on the device at once
SHARE = 3  # a block of rows takes one part of so many of what is free, and the lists and the sorts of both the rest
LEAST = 2**14  # rows of a block; less is tried only where memory ends

Lists = tuple[Floats, Integers]


@dataclass(frozen=True)
class Streamed(Cuda):
    """The backend `cuda` for NumPy rows: each block of them is uploaded, searched by all queries, and forgotten.

    Parameters
    ----------
    device : str
        'cuda' or 'cuda:N'.
    """

    device: str = "cuda"
    needs_all_queries = True  # each search uploads all rows
    array_kinds = frozenset({ArrayKind.NUMPY})
    refinement = None

    def build(self, X: Array, work: ExecutionContext) -> Index:
        return StreamedIndex(X, work, self.device)


class StreamedIndex:
    def __init__(self, X: Array, work: ExecutionContext, device: str) -> None:
        self.X, self.work, self.device = X, work, device
        self.on_device = replace(work, n_threads=1, kind=ArrayKind.CUPY)  # keeps in mind what had room

    @property
    def block(self) -> int:
        """Rows of a block, by what is free now: its float32 rows twice, in halves once, and numbers and keys to sort them."""
        a_row = 10 * int(self.X.shape[1]) + 64
        return max(LEAST, cuda_probe.free_memory(self.device) // SHARE // a_row)

    def search(self, queries: Array, k: int, radius: Array | None = None) -> tuple[Array, Array]:
        n, best = len(self.X), list[Lists]()

        def merge(block: slice) -> None:
            found = beyond_left_out(self._searched(block, queries, k, radius), radius)
            best[:] = [topk.smallest_of([*best, found], k)]

        with dispatch.cuda_device(self.device):
            self.on_device.map_blocks("rows on the device", merge, self.work.blocks(n, self.block), threaded=False)
        return best[0]

    def _searched(self, rows: slice, queries: Array, k: int, radius: Array | None) -> Lists:
        """Lists of a block of rows, in the numbers of all."""
        index = CudaIndex(dispatch.to_cuda(self.X[rows], self.device), self.on_device)
        parts = []
        for some in self.on_device.blocks(len(queries), QUERIES):
            within = None if radius is None else dispatch.to_cuda(radius[some], self.device)
            asked = dispatch.to_cuda(queries[some], self.device)
            parts.append([dispatch.to_numpy(part) for part in index.search(asked, min(k, index.n), within)])
        D, found = (np.concatenate(part) for part in zip(*parts, strict=True))
        return D, found + rows.start


def beyond_left_out(lists: Lists, radius: Array | None) -> Lists:
    """Lists in which an infinity stands for what is beyond the radius, as it does for what another block left out for that."""
    if radius is None:
        return lists
    beyond = lists[0] > (radius * radius)[:, None]
    return np.where(beyond, np.float32(np.inf), lists[0]), lists[1]
