"""A search backend whose squared distances err by as much as the bound that it states: what is proven must stand against it."""

from collections.abc import Callable
from typing import Any

import numpy as np
from support import oracle

from gpu_smotetomek.arrays.dispatch import ArrayKind
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import Backend
from gpu_smotetomek.typing import NeighborLists

Signs = Callable[[np.ndarray], np.ndarray]
"""For exact squared distances (m, n): the share of the bound, −1 to 1, by which each of them errs."""


def upward(sq_distances: np.ndarray) -> np.ndarray:
    return np.ones_like(sq_distances)


def downward(sq_distances: np.ndarray) -> np.ndarray:
    return -np.ones_like(sq_distances)


def at_random(sq_distances: np.ndarray) -> np.ndarray:
    return np.random.default_rng(sq_distances.shape[1]).uniform(-1, 1, sq_distances.shape)


def ranks(sq_distances: np.ndarray) -> np.ndarray:
    """Rank of each row, by its distance from the query."""
    return np.argsort(np.argsort(sq_distances, axis=1), axis=1)


def misleading(sq_distances: np.ndarray) -> np.ndarray:
    """The nearest third of the rows seems as far, and all others as near, as the bound allows."""
    return np.where(ranks(sq_distances) < sq_distances.shape[1] // 3, 1.0, -1.0)


def hide_nearest(sq_distances: np.ndarray) -> np.ndarray:
    """The nearest other row seems as far as the bound allows; the query itself has rank 0."""
    return np.where(ranks(sq_distances) == 1, 1.0, 0.0)


class AdversarialBackend(Backend):
    """An exhaustive search in float64 whose squared distances err by a share of its bound.

    Parameters
    ----------
    bound : callable
        Absolute bound on the error, from the norms a and b and the number of features.
    signs : Signs
        By which share of the bound each squared distance errs.
    dtype : {'float32', 'float64'}
        Dtype of the rows that it takes.
    relative : float
        Its relative error; no distance errs by it.
    """

    name = "adversarial"
    array_kinds = frozenset({ArrayKind.NUMPY, ArrayKind.SPARSE})

    def __init__(
        self,
        bound: Callable[[Any, Any, int], Any] = lambda a, b, d: 1e-3 * (a + b) ** 2,
        signs: Signs = misleading,
        dtype: Any = "float32",
        relative: float = 0.0,
    ) -> None:
        self.bound, self.signs, self.dtype, self.relative = bound, signs, dtype, relative

    def build(self, X: np.ndarray, ctx: ExecutionContext) -> "AdversarialIndex":
        return AdversarialIndex(self, X.astype(np.float64))

    def error(self, a: Any, b: Any, *, d: int, n: int) -> Any:
        return self.bound(a, b, d)

    def relative_error(self, *, d: int, n: int) -> float:
        return self.relative


class ExactBackend(AdversarialBackend):
    """A backend that does not err: what remains is the rounding of the rows that it receives."""

    name = "exact"

    def __init__(self, dtype: Any, relative: float = 0.0) -> None:
        super().__init__(lambda a, b, d: 0 * (a + b), np.zeros_like, dtype, relative)


class AdversarialIndex:
    def __init__(self, backend: AdversarialBackend, X: np.ndarray) -> None:
        self.backend, self.X = backend, X

    def search(self, queries: np.ndarray, k: int, radius: np.ndarray | None = None) -> NeighborLists:
        queries = queries.astype(np.float64)
        sq_distances = oracle.squares(queries[:, None], self.X[None])
        a, b = np.linalg.norm(queries, axis=1)[:, None], np.linalg.norm(self.X, axis=1)[None]
        bound = self.backend.error(a, b, d=queries.shape[1], n=len(self.X)) * (1 - 1e-9)  # norms are rounded here
        sq_distances = sq_distances + self.backend.signs(sq_distances) * bound
        nearest = np.argsort(sq_distances, axis=1, kind="stable")[:, :k][:, ::-1]  # the contract promises no order
        return NeighborLists(np.take_along_axis(sq_distances, nearest, axis=1), nearest)
