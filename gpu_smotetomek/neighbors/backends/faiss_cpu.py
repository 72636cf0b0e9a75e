"""Backend `faiss-cpu`: FAISS's exhaustive search on a host."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
import sklearn.neighbors  # noqa: F401  before FAISS: the other order doubles the time of scikit-learn's own search

from gpu_smotetomek.arrays.dispatch import ArrayKind
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.backends.leaf_tree import LeafTree, is_worthwhile
from gpu_smotetomek.neighbors.backends.matmul import THREADED_FROM_PAIRS
from gpu_smotetomek.neighbors.protocol import Backend, Index, expanded_error
from gpu_smotetomek.progress import suppress_progress
from gpu_smotetomek.typing import Array

FAISS_SETTINGS_LOCK = (
    threading.Lock()
)  # FAISS's settings belong to the process: one search at a time changes and restores them


def import_faiss() -> Any:
    import faiss

    return faiss


def faiss_unavailable_reason(package: str) -> str | None:
    """None where FAISS works, else why not and how to install it by `package`."""
    try:
        faiss = import_faiss()
    except ModuleNotFoundError as error:
        if error.name != "faiss":
            return f"FAISS does not load ({error}): pip install --force-reinstall {package}"
        return f"FAISS is not installed: pip install {package}"
    except Exception as error:  # faiss-gpu without its CUDA wheels raises RuntimeError
        return f"FAISS does not load ({error}): pip uninstall faiss-cpu faiss-gpu, then pip install {package}"
    if not hasattr(faiss, "knn"):
        return (
            f"FAISS is an empty shell (faiss-cpu and faiss-gpu share a folder): pip install --force-reinstall {package}"
        )
    return None


@contextmanager
def faiss_settings(threads: int) -> Iterator[Any]:
    """FAISS, whose searches begun here take `threads`; what was set before is set again after."""
    faiss = import_faiss()
    with FAISS_SETTINGS_LOCK:
        threshold, before = faiss.cvar.distance_compute_blas_threshold, faiss.omp_get_max_threads()
        faiss.cvar.distance_compute_blas_threshold = 1  # below it FAISS takes a scalar loop, many times slower
        faiss.omp_set_num_threads(threads)
        try:
            yield faiss
        finally:
            faiss.cvar.distance_compute_blas_threshold = threshold
            faiss.omp_set_num_threads(before)


class FaissCpuIndex:
    def __init__(self, X: Array, work: ExecutionContext) -> None:
        self.X, self.work = X, work

    @cached_property
    def leaf_tree(self) -> LeafTree:
        return LeafTree(self.X)

    def search(self, queries: Array, k: int, radius: Array | None = None) -> tuple[Array, Array]:
        """On threads of ours, each with one of FAISS's: its own would spin for a while after each call, on cores that we need."""
        near = radius is not None and is_worthwhile(len(self.X), k)
        cells = self.leaf_tree if near else None

        def search(block: slice) -> tuple[Array, Array]:
            faiss.omp_set_num_threads(1)  # of this thread
            if cells is None or radius is None:
                return faiss.knn(queries[block], self.X, k)  # type: ignore[no-any-return]
            return cells.search(queries[block], k, radius[block], faiss.knn)

        m, size = len(queries), self.work.rows_per_block(16.0 * self.X.shape[1] + 512)
        blocks = (
            self.work.balanced_blocks(m, size) if m * len(self.X) >= THREADED_FROM_PAIRS else self.work.blocks(m, size)
        )
        with faiss_settings(1) as faiss, self.work.single_threaded_blas(), suppress_progress():
            found = self.work.map_blocks("tiles", search, blocks)
        return np.concatenate([D for D, _ in found]), np.concatenate([rows for _, rows in found])


class FaissCpu(Backend):
    name = "faiss-cpu"
    dtype = "float32"
    array_kinds = frozenset({ArrayKind.NUMPY, ArrayKind.SPARSE})

    def unavailable(self) -> str | None:
        return faiss_unavailable_reason("faiss-cpu")

    def build(self, X: Array, work: ExecutionContext) -> Index:
        return FaissCpuIndex(X, work)

    def error(self, a: Array, b: Array, *, d: int, n: int) -> Array:
        """Norms and products in float32, by a matrix product or a fused kernel, or direct differences."""
        del n
        return expanded_error(a, b, d)
