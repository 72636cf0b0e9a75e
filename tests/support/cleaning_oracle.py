"""The right answers of cleaning by links: both definitions, passes, and rows that a class keeps; brute force, for reading."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from support import oracle

Link = tuple[int, int]


def is_strictly_nearest(D: np.ndarray, i: int, j: int, others: np.ndarray) -> bool:
    """Whether row j is nearer to row i than every other row where the mask `others` is true."""
    return all(D[i, j] < D[i, z] for z in np.flatnonzero(others) if z not in (i, j))


def find_links(D: np.ndarray, y: np.ndarray, is_left: np.ndarray, definition: str) -> list[Link]:
    """Links among the rows that are left, by the definition word by word."""
    links = []
    for i in range(len(y)):
        for j in range(i + 1, len(y)):
            if y[i] == y[j] or not (is_left[i] and is_left[j]):
                continue
            of_i, of_j = is_left.copy(), is_left.copy()
            if definition == "nearest enemies":
                of_i &= y != y[i]
                of_j &= y != y[j]
            if is_strictly_nearest(D, i, j, of_i) and is_strictly_nearest(D, j, i, of_j):
                links.append((i, j))
    return links


def removed_classes(strategy: str, sizes: Mapping[Any, int]) -> Callable[[Any, Any], bool]:
    """Whether a row of one class in a link with a row of another is removed."""
    if strategy == "larger":
        return lambda own, other: sizes[own] >= sizes[other]
    if strategy == "all":
        return lambda own, other: True
    majority = max(sorted(sizes), key=lambda label: sizes[label])
    return lambda own, other: own == majority


def clean(
    X: np.ndarray,
    y: np.ndarray,
    strategy: str,
    *,
    definition: str = "nearest neighbours",
    repeat: bool = False,
    min_samples: Mapping[Any, int] | None = None,
    sizes: Mapping[Any, int] | None = None,
    D: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, int]:
    """Links of all passes (n_links, 2), ascending; rows that are left, ascending; number of passes."""
    D = oracle.sq_distance_matrix(X) if D is None else D
    is_removed = removed_classes(strategy, sizes or oracle.counts(y))
    is_left, found, n_passes = np.ones(len(y), bool), set[Link](), 0
    while True:
        n_passes += 1
        links = find_links(D, y, is_left, definition)
        found |= set(links)
        removed = []
        for label, size in oracle.counts(y[is_left]).items():
            ends = [(D[i, j], end) for i, j in links for end, other in ((i, j), (j, i))
                    if y[end] == label and is_removed(y[end], y[other])]  # fmt: skip
            surplus = max(0, size - (min_samples or {}).get(label, 0))
            removed += [end for _, end in sorted(ends)[:surplus]]
        is_left[removed] = False
        if not repeat or not removed or len(set(y[is_left])) < 2:
            break
    return np.array(sorted(found), np.int64).reshape(-1, 2), np.flatnonzero(is_left), n_passes
