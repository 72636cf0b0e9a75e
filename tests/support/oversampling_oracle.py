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


def adasyn(
    X: np.ndarray,
    y: np.ndarray,
    *,
    k: int = 5,
    random_state: Any = 0,
    n_synthetic: Mapping[Any, int] | None = None,
) -> Table:
    """ADASYN, whose random source goes on from class to class."""
    random = source(random_state)

    def make(label: Any, size: int) -> np.ndarray:
        rows, lists = in_class(X, y, label, k)
        share = around(X, y, k)[1][rows] / k
        counts = np.rint(share / share.sum() * size).astype(int)
        base = np.repeat(np.arange(len(rows)), counts)
        if isinstance(random, np.random.Generator):
            column, step = random.integers(0, k, len(base)), random.random(len(base))
        else:
            column, step = random.choice(k, len(base)), random.uniform(size=len(base))
        return between(X[rows[base]], X[lists[base, column]], step)

    return blocks(X, y, n_synthetic, make)


def svm_smote(
    X: np.ndarray,
    y: np.ndarray,
    support: np.ndarray,
    *,
    k: int = 5,
    m: int = 10,
    out_step: float = 0.5,
    random_state: Any = 0,
    n_synthetic: Mapping[Any, int] | None = None,
) -> Table:
    """SVMSMOTE for the given support vectors of all classes, which the fits of a machine did not draw for."""
    shares = source(random_state)
    enemies = around(X, y, m)[1]

    def make(label: Any, size: int) -> np.ndarray:
        rows, lists = in_class(X, y, label, k)
        vectors = [row for row in support if y[row] == label and enemies[row] < m]
        n_between = int(shares.beta(10, 10) * (size + 1))
        made = [X[:0]]
        for bases, number, largest in (
            ([row for row in vectors if 2 * enemies[row] >= m], n_between, 1.0),
            ([row for row in vectors if 2 * enemies[row] < m], size - n_between, -out_step),
        ):
            if bases:
                neighbors = lists[np.searchsorted(rows, bases)]
                pick, gap = oracle.draw(random_state, number, neighbors.size)
                made.append(between(X[np.array(bases)[pick // k]], X[neighbors[pick // k, pick % k]], largest * gap))
        return np.concatenate(made)

    return blocks(X, y, n_synthetic, make)
