"""The right rows of the over-samplers beside SMOTE: brute force, written for reading, and nothing of the tested package.

Neighbours are by (distance, row number), as in `oracle`; draws are in the order of imbalanced-learn.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from support import oracle

Table = tuple[np.ndarray, np.ndarray]


def source(random_state: Any) -> Any:
    """The random source of a draw: an int starts afresh."""
    shared = isinstance(random_state, np.random.RandomState | np.random.Generator)
    return random_state if shared else np.random.RandomState(random_state)


def around(X: np.ndarray, y: np.ndarray, m: int) -> tuple[np.ndarray, np.ndarray]:
    """The m nearest rows (n, m) of each row, and how many of them are of other classes (n,)."""
    neighbors = oracle.kneighbors(X, m)
    return neighbors, (y[neighbors] != y[:, None]).sum(axis=1)


def in_class(X: np.ndarray, y: np.ndarray, label: Any, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of a class (n_class,), and the k nearest of them to each (n_class, k), all as row numbers of X."""
    rows = np.flatnonzero(y == label)
    return rows, rows[oracle.kneighbors(X[rows], k, oracle.exponent(X))]


def blocks(X: np.ndarray, y: np.ndarray, n_synthetic: Mapping[Any, int] | None, make: Any) -> Table:
    """X and y, then the rows that `make` makes for each class that is to grow, in sorted order."""
    rows, labels = [X], [y]
    for label, size in sorted((oracle.balanced(y) if n_synthetic is None else n_synthetic).items()):
        if size:
            made = make(label, size)
            rows.append(made)
            labels.append(np.full(len(made), label, dtype=y.dtype))
    return np.concatenate(rows), np.concatenate(labels)


def between(p: np.ndarray, q: np.ndarray, step: np.ndarray, factor: np.ndarray | None = None) -> np.ndarray:
    """Rows p + step · factor (q − p): the difference in the dtype of the rows, also after its product with the factor."""
    if p.dtype.kind != "f":
        wide = p.astype(np.float64), q.astype(np.float64)
        return np.rint(between(*wide, step, factor)).astype(p.dtype)
    difference = q - p
    if factor is not None:
        difference = (difference * factor[:, None]).astype(p.dtype)
    return (p + step[:, None] * difference).astype(p.dtype)


def danger(X: np.ndarray, y: np.ndarray, label: Any, m: int) -> np.ndarray:
    """Rows of a class of whose m neighbours at least half, but not all, are of other classes."""
    _, enemies = around(X, y, m)
    return np.flatnonzero((y == label) & (2 * enemies >= m) & (enemies < m))


def borderline_smote(
    X: np.ndarray,
    y: np.ndarray,
    *,
    kind: str = "borderline-1",
    k: int = 5,
    m: int = 10,
    random_state: Any = 0,
    n_synthetic: Mapping[Any, int] | None = None,
) -> Table:
    """BorderlineSMOTE."""

    def make(label: Any, size: int) -> np.ndarray:
        bases = danger(X, y, label, m)
        if not len(bases):
            return X[:0]
        if kind == "borderline-1":
            rows, lists = in_class(X, y, label, k)
            neighbors = lists[np.searchsorted(rows, bases)]
        else:
            neighbors = oracle.kneighbors(X, k)[bases]
        pick, step = oracle.draw(random_state, size, neighbors.size)
        p, q = bases[pick // k], neighbors[pick // k, pick % k]
        factor = np.ones(size)
        if kind == "borderline-2":
            is_enemy = y[q] != label
            factor[is_enemy] = source(random_state).uniform(0.0, 0.5, is_enemy.sum())
        return between(X[p], X[q], step, factor)

    return blocks(X, y, n_synthetic, make)
