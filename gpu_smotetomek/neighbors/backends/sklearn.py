"""Backend `sklearn`: scikit-learn's brute-force search; always there on a host."""

from __future__ import annotations

import numpy as np
from sklearn.neighbors import NearestNeighbors

from gpu_smotetomek.arrays.dispatch import ArrayKind
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.protocol import Backend, Index, expanded_error
from gpu_smotetomek.typing import Array


class SklearnIndex:
    def __init__(self, X: Array) -> None:
        self.finder = NearestNeighbors(algorithm="brute").fit(X)

    def search(self, queries: Array, k: int, radius: Array | None = None) -> tuple[Array, Array]:
        del radius  # brute force looks at every row
        distances, indices = self.finder.kneighbors(queries, k)
        return distances.astype(np.float64) ** 2, indices.astype(np.int64, copy=False)


class Sklearn(Backend):
    name = "sklearn"
    dtype = "float32"
    array_kinds = frozenset({ArrayKind.NUMPY, ArrayKind.SPARSE})

    def build(self, X: Array, work: ExecutionContext) -> Index:
        del work  # OpenMP's threads, and blocks of its own
        return SklearnIndex(X)

    def error(self, a: Array, b: Array, *, d: int, n: int) -> Array:
        """Products in float64 and a distance rounded to float32 stay well within the bound of float32 products."""
        del n
        return expanded_error(a, b, d)
