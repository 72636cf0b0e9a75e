"""Backend `kdtree`: scipy's tree on the principal axes; wins where the rows lie near few dimensions, however many features."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from scipy.spatial import cKDTree

from gpu_smotetomek.neighbors.protocol import U64, Index, gamma
from gpu_smotetomek.typing import Array

AXES_SAMPLE = 20_000  # rows whose covariance gives the axes: any orthogonal axes are right, good ones are fast
LEAF = 32


def principal_axes(X: Array) -> Array:
    """Orthogonal axes (d, d), the widest first; the identity where rounding left eigh's short of orthogonal."""
    d = X.shape[1]
    sample = X[:: max(1, len(X) // AXES_SAMPLE)]
    sample = sample - sample.mean(axis=0)
    covariance = sample.T @ sample
    if not np.isfinite(covariance).all():
        return np.eye(d)
    axes = np.ascontiguousarray(np.linalg.eigh(covariance)[1][:, ::-1])
    return axes if np.abs(axes.T @ axes - np.eye(d)).max() <= 8 * d * U64 else np.eye(d)


def spread(X: Array) -> bool:
    """Whether some axis spreads over so many scales that a sliding midpoint would cut off a few rows at a time."""
    sample = np.abs(X[:: max(1, len(X) // 1000)])
    top = sample.max(axis=0, initial=0.0)
    return bool((top > 2.0**7 * np.median(sample, axis=0))[top > 0].any())


class KDTreeIndex:
    def __init__(self, X: Array, threads: int) -> None:
        self.threads, self.axes = threads, principal_axes(X)
        rotated = X @ self.axes
        # an unbalanced tree builds fastest, but its depth, and so its time, has no bound on rows that spread over powers of two
        self.tree = cKDTree(rotated, leafsize=LEAF, balanced_tree=spread(rotated))

    def search(self, queries: Array, k: int) -> tuple[Array, Array]:
        distances, indices = self.tree.query(queries @ self.axes, k, workers=self.threads)
        shape = (len(queries), k)
        return distances.reshape(shape) ** 2, indices.reshape(shape).astype(np.int64, copy=False)


class KDTree:
    name = "kdtree"
    dtype: Final = "float64"

    def unavailable(self) -> str | None:
        return None

    def build(self, X: Array, *, threads: int, tile_bytes: int) -> Index:
        del tile_bytes  # a tree has none
        return KDTreeIndex(X, threads)

    def error(self, a: Array, b: Array, *, d: int, n: int) -> Array:
        """Of the rotation, of the tree's sums and of its pruning, relative to (a + b)².

        The axes R satisfy ‖RᵀR − I‖ ≤ r = 9 d² u (each entry is measured to be at most 8 d u, measuring errs by γ_d), so a
        rotated square is off by r. Each rotated row is off by γ_d ‖R‖_F ‖x‖ ≤ t ‖x‖ with t = 2 √d γ_d, which adds 2 t + t². A
        rooted and squared sum of d squares adds γ_{d+4}. The distance to a box changes once a level by a subtraction and an
        addition below the final distance, 2 roundings a level, and a tree of n rows has at most 2 n levels.
        """
        r, t = 9 * d * d * U64, 2 * math.sqrt(d) * gamma(d, U64)
        return 2 * (r + (2 * t + t * t) * (1 + r) + gamma(d + 4 + 4 * n, U64)) * (a + b) ** 2 + d * 2.0**-1020
