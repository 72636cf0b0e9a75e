"""The data that is measured: each function takes a number of rows and gives (X, y). scikit-learn is imported late."""

import csv
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

Data = tuple[np.ndarray, np.ndarray]
MakeData = Callable[[int], Data]  # rows
MakeSizedData = Callable[..., Data]  # rows, d


def centre(X: np.ndarray) -> np.ndarray:
    """X less its column means, in float32."""
    return (X - X.mean(0)).astype(np.float32)


def draw_classification(n: int, d: int, **options: Any) -> Data:
    """scikit-learn's `make_classification`, as it comes."""
    from sklearn.datasets import make_classification

    return make_classification(n, d, random_state=0, **options)


def make_blobs(n: int, d: int) -> Data:
    """High intrinsic dimension: up to ten informative features and noise."""
    X, y = draw_classification(n, d, n_informative=min(d, 10), n_redundant=0, weights=[0.95], class_sep=0.5)
    return centre(X), y


def make_correlated(n: int, d: int, majority: float = 0.95) -> Data:
    """Five dimensions, the other features linear in them."""
    k = min(d, 5)
    X, y = draw_classification(n, d, n_informative=k, n_redundant=d - k, weights=[majority], class_sep=0.5)
    return centre(X), y


def make_surface(n: int, d: int) -> Data:
    """Three dimensions, bent into d."""
    rng = np.random.default_rng(0)
    Z, W, noise = rng.standard_normal((n, 3)), rng.standard_normal((3, d)), rng.standard_normal(n)
    return centre(np.tanh(Z @ W)), (Z[:, 0] + 0.5 * noise > 1.85).astype(int)


def make_three_classes(n: int, d: int) -> Data:
    """Two enlarged classes of different size."""
    shares = [20 / 26, 5 / 26, 1 / 26]
    shape = {"n_informative": 5, "n_redundant": d - 5, "n_classes": 3, "n_clusters_per_class": 1}
    X, y = draw_classification(n, d, weights=shares, class_sep=0.5, **shape)
    return centre(X), y


def make_reproducer(n: int, d: int) -> Data:
    """The data with which imbalanced-learn's maintainers showed its slowness; float64, not centred."""
    return draw_classification(n, d, n_classes=3, weights=[0.05, 0.1, 0.85], n_informative=4)


def make_overlap(n: int, d: int) -> Data:
    """Classes that share one dense cloud: links everywhere and bounds that rule out little."""
    rng = np.random.default_rng(0)
    return centre(rng.standard_normal((n, d))), (rng.random(n) < 0.05).astype(int)


def make_duplicates(n: int, d: int) -> Data:
    """Every row about twice, one label in a hundred turned: ties, distances of zero, duplicates across classes."""
    rng = np.random.default_rng(0)
    X, y = make_correlated(n // 2, d)
    rows, turned = rng.integers(0, len(X), n), rng.random(n) < 0.01
    return X[rows], y[rows] ^ turned


def make_onehot(n: int, d: int) -> Data:
    """Five numbers, and categories of five levels each in columns of zeros and ones."""
    rng = np.random.default_rng(0)
    X, y = make_correlated(n, 5)
    levels = rng.integers(0, 5, (n, (d - 5) // 5))
    columns = (levels[:, :, None] == np.arange(5)).reshape(n, -1)
    return np.hstack([X, columns.astype(np.float32)]), y


def make_breast_cancer(_: int) -> Data:
    """scikit-learn's breast cancer table with one malignant row in five kept: 43 among 357."""
    from sklearn.datasets import load_breast_cancer

    X, y = load_breast_cancer(return_X_y=True)
    malignant = np.flatnonzero(y == 0)
    kept = np.sort(np.r_[np.flatnonzero(y == 1), malignant[::5]])
    return X[kept], 1 - y[kept]


def make_digits(_: int) -> Data:
    """scikit-learn's digits, eights against the rest: 174 among 1 623, integer grey values."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return X, (y == 8).astype(int)


def read_csv(path: Path) -> Data:
    """A table of numbers whose last column is the target; a first line that is not numbers is taken for the header.

    Raises
    ------
    ValueError
        If a cell other than the target is no number.
    """
    with path.open(newline="") as file:
        lines = [line for line in csv.reader(file) if line]
    try:
        [float(cell) for cell in lines[0][:-1]]
    except ValueError:
        lines = lines[1:]
    X = np.array([line[:-1] for line in lines], dtype=np.float64)
    return X, np.unique([line[-1] for line in lines], return_inverse=True)[1]


def make_reader(path: Path) -> MakeData:
    """A table on disk as a data function; its number of rows is what it is."""
    return partial(_read, path)


def _read(path: Path, _: int) -> Data:
    return read_csv(path)
