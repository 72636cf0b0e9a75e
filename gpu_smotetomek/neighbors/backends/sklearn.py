"""Backend `sklearn`: scikit-learn's brute-force search of NumPy rows; always available."""

from __future__ import annotations

import numpy as np

from gpu_smotetomek.arrays.dispatch import HOST_KINDS
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.protocol import Backend, Index, expanded_error
from gpu_smotetomek.threadpools import shared_limits
from gpu_smotetomek.typing import Array, NeighborLists


class SklearnIndex:
    def __init__(self, X: Array) -> None:
        from sklearn.neighbors import NearestNeighbors  # here, as it takes a tenth of a second

        self.neighbors = NearestNeighbors(algorithm="brute").fit(X)

    def search(self, queries: Array, k: int, radius: Array | None = None) -> NeighborLists:
        del radius  # brute force computes every distance
        with shared_limits.limit_scikit_learn():
            distances, indices = self.neighbors.kneighbors(queries, k)
        return NeighborLists(distances.astype(np.float64) ** 2, indices.astype(np.int64, copy=False))


class Sklearn(Backend):
    name = "sklearn"
    dtype = "float32"
    array_kinds = HOST_KINDS

    def build(self, X: Array, ctx: ExecutionContext) -> Index:
        del ctx  # scikit-learn uses OpenMP's threads and chooses its own blocks
        return SklearnIndex(X)

    def error(self, a: Array, b: Array, *, d: int, n: int) -> Array:
        """Products in float64 and a distance rounded to float32 stay well within the bound of float32 products."""
        del n
        return expanded_error(a, b, d)
