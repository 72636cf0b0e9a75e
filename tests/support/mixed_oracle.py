"""The right answers for tables of numbers and categories: brute force, written for reading, without the package under test.

The squared distance of two rows is that of their numbers plus a constant for each category that differs.
"""

from fractions import Fraction

import numpy as np
from support import oracle


def deviation_squares(numbers: np.ndarray) -> list[Fraction]:
    """The exact variance of each column, over n."""
    variances = []
    for column in numbers.T:
        values = [Fraction(float(value)) for value in column]
        mean = sum(values) / len(values)
        variances.append(sum((value - mean) ** 2 for value in values) / len(values))
    return variances


def median_deviation(numbers: np.ndarray) -> float:
    """The median of the standard deviations of the columns."""
    return float(np.median([float(variance) ** 0.5 for variance in deviation_squares(numbers)]))


def smallest_class(y: np.ndarray) -> object:
    """The label with the fewest rows, the first of equals."""
    labels, counts = np.unique(y, return_counts=True)
    return labels[counts.argmin()]


def constant(numbers: np.ndarray, y: np.ndarray) -> float:
    """What a category that differs adds to a squared distance, for a whole table."""
    return median_deviation(numbers[y == smallest_class(y)]) ** 2


def sq_distance_matrix(numbers: np.ndarray, categories: np.ndarray, added: float) -> np.ndarray:
    """(n, n) squared distances, infinite from a row to itself; product and sum are rounded one after the other."""
    D = oracle.squares(numbers[:, None], numbers[None])
    differs = np.array([[np.sum(a != b) for b in categories] for a in categories], float)
    D = D + differs * added
    np.fill_diagonal(D, np.inf)
    return D


def kneighbors(numbers: np.ndarray, categories: np.ndarray, added: float, k: int) -> np.ndarray:
    """(n, k) row numbers of the k nearest other rows, by (distance, row number)."""
    return np.argsort(sq_distance_matrix(numbers, categories, added), axis=1, kind="stable")[:, :k]


def tomek_links(numbers: np.ndarray, categories: np.ndarray, y: np.ndarray, added: float) -> np.ndarray:
    """(n_links, 2) pairs i < j, ascending: rows of two classes, with every third row farther from either of them."""
    D = sq_distance_matrix(numbers, categories, added)
    links = []
    for i in range(len(D)):
        j = int(D[i].argmin())
        alone = (D[i] == D[i, j]).sum() == 1 and (D[j] == D[i, j]).sum() == 1
        if i < j and D[j].argmin() == i and alone and y[i] != y[j]:
            links.append((i, j))
    return np.array(links, np.int64).reshape(-1, 2)
