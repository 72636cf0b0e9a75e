"""Make the data of the cases: each function takes a number of rows and a seed, and returns (X, y)."""

import csv
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

Data = tuple[np.ndarray, np.ndarray]
MakeData = Callable[..., Data]  # takes the number of rows and a seed
MakeSizedData = Callable[..., Data]  # takes the numbers of rows and features, and a seed


def centre(X: np.ndarray) -> np.ndarray:
    """Subtract the column means, and return float32."""
    return (X - X.mean(0)).astype(np.float32)


def draw_classification(n: int, d: int, seed: int, **options: Any) -> Data:
    """Call scikit-learn's `make_classification`, imported late."""
    from sklearn.datasets import make_classification

    return make_classification(n, d, random_state=seed, **options)


def make_blobs(n: int, d: int, seed: int = 0) -> Data:
    """Make data of high intrinsic dimension: up to ten informative features, and noise."""
    X, y = draw_classification(n, d, seed, n_informative=min(d, 10), n_redundant=0, weights=[0.95], class_sep=0.5)
    return centre(X), y


def make_correlated(n: int, d: int, seed: int = 0, *, majority: float = 0.95) -> Data:
    """Make data in five dimensions; the other features are linear in them."""
    k = min(d, 5)
    X, y = draw_classification(n, d, seed, n_informative=k, n_redundant=d - k, weights=[majority], class_sep=0.5)
    return centre(X), y


def make_surface(n: int, d: int, seed: int = 0) -> Data:
    """Make a three-dimensional surface, bent into d dimensions."""
    rng = np.random.default_rng(seed)
    Z, W, noise = rng.standard_normal((n, 3)), rng.standard_normal((3, d)), rng.standard_normal(n)
    return centre(np.tanh(Z @ W)), (Z[:, 0] + 0.5 * noise > 1.85).astype(int)


def make_three_classes(n: int, d: int, seed: int = 0) -> Data:
    """Make three classes, of which SMOTE enlarges two of different size."""
    shares = [20 / 26, 5 / 26, 1 / 26]
    shape = {"n_informative": 5, "n_redundant": d - 5, "n_classes": 3, "n_clusters_per_class": 1}
    X, y = draw_classification(n, d, seed, weights=shares, class_sep=0.5, **shape)
    return centre(X), y


def make_reproducer(n: int, d: int, seed: int = 0) -> Data:
    """Make the data with which imbalanced-learn's maintainers showed that it is slow; float64, not centred."""
    return draw_classification(n, d, seed, n_classes=3, weights=[0.05, 0.1, 0.85], n_informative=4)


def make_overlap(n: int, d: int, seed: int = 0) -> Data:
    """Make classes that share one dense cloud: links are everywhere, and bounds exclude few rows."""
    rng = np.random.default_rng(seed)
    return centre(rng.standard_normal((n, d))), (rng.random(n) < 0.05).astype(int)


def make_duplicates(n: int, d: int, seed: int = 0) -> Data:
    """Repeat every row about twice and flip one label in a hundred: ties, zero distances, duplicates across classes."""
    rng = np.random.default_rng(seed)
    X, y = make_correlated(n // 2, d, seed)
    rows, turned = rng.integers(0, len(X), n), rng.random(n) < 0.01
    return X[rows], y[rows] ^ turned


def make_onehot(n: int, d: int, seed: int = 0) -> Data:
    """Make five numeric features, and categories of five levels each as columns of zeros and ones."""
    rng = np.random.default_rng(seed)
    X, y = make_correlated(n, 5, seed)
    levels = rng.integers(0, 5, (n, (d - 5) // 5))
    columns = (levels[:, :, None] == np.arange(5)).reshape(n, -1)
    return np.hstack([X, columns.astype(np.float32)]), y


def make_mixed(n: int, seed: int = 0) -> tuple[Any, np.ndarray]:
    """Make a pandas frame of six numbers and eight categories of 2 to 16 levels; the first ones depend on the numbers."""
    import pandas

    rng = np.random.default_rng(seed)
    X, y = make_correlated(n, 6, seed)
    columns = {f"number{j}": X[:, j] for j in range(6)}
    for j, levels in enumerate([2, 3, 4, 5, 6, 8, 12, 16]):
        position = rng.random(n) if j > 3 else np.clip(0.5 + X[:, j] / 8 + 0.1 * rng.standard_normal(n), 0, 0.999)
        codes = (levels * position).astype(int)
        columns[f"category{j}"] = pandas.Categorical.from_codes(codes, [f"c{level}" for level in range(levels)])
    return pandas.DataFrame(columns), y


def make_breast_cancer(_: int, seed: int = 0) -> Data:
    """Load scikit-learn's breast cancer table and keep one malignant row in five: 43 beside 357 benign rows."""
    del seed
    from sklearn.datasets import load_breast_cancer

    X, y = load_breast_cancer(return_X_y=True)
    malignant = np.flatnonzero(y == 0)
    kept = np.sort(np.r_[np.flatnonzero(y == 1), malignant[::5]])
    return X[kept], 1 - y[kept]


def make_digits(_: int, seed: int = 0) -> Data:
    """Load scikit-learn's digits as eights against the rest: 174 beside 1 623 rows, integer grey values."""
    del seed
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return X, (y == 8).astype(int)


def read_csv(path: Path) -> Data:
    """Read a table of numbers whose last column is the target; a first line that is not numeric is the header.

    Raises
    ------
    ValueError
        If a cell other than the target is not a number.
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
    """Return a data function that reads a table from disk and ignores the requested number of rows."""
    return partial(_read, path)


def _read(path: Path, _: int, seed: int = 0) -> Data:
    del seed
    return read_csv(path)
