"""Small generated data sets with names; each is hard for some search, dtype or shortcut."""

from collections.abc import Callable

import numpy as np
from scipy import sparse

Table = tuple[np.ndarray, np.ndarray]


def labels(*sizes: int) -> np.ndarray:
    """Label c, sizes[c] times, for each c: labels(60, 15) is 60 zeros and 15 ones."""
    return np.repeat(np.arange(len(sizes)), sizes)


def gaussian(rng: np.random.RandomState, y: np.ndarray, d: int) -> np.ndarray:
    """One cloud for each class, overlapping, without ties."""
    return rng.normal(size=(len(y), d)) + 0.5 * y[:, None]


def lattice(rng: np.random.RandomState, y: np.ndarray, d: int) -> np.ndarray:
    """Small integers: many distances are equal, and exact."""
    return rng.randint(0, 5, (len(y), d)).astype(float)


def duplicated(rng: np.random.RandomState, y: np.ndarray, d: int) -> np.ndarray:
    """A third of the rows are copies of others, within a class and across classes."""
    X = gaussian(rng, y, d)
    copies = rng.choice(len(y), len(y) // 3, replace=False)
    X[copies] = X[rng.randint(0, len(y), len(copies))]
    return X


def few_points(rng: np.random.RandomState, y: np.ndarray, d: int) -> np.ndarray:
    """Every row is one of six points, so that a row has more duplicates than neighbours asked for."""
    return rng.normal(size=(6, d))[rng.randint(0, 6, len(y))]


def permuted(rng: np.random.RandomState, y: np.ndarray, d: int) -> np.ndarray:
    """Groups of four rows: a point, and three rows whose distances from it differ by the order of summation only."""
    step = rng.randint(-(2**30), 2**30, d) / 2**30
    centres = 2.0**10 * rng.randint(0, 64, (len(y), d))
    X = np.empty((len(y), d))
    for position, row in enumerate(rng.permutation(len(y))):
        X[row] = centres[position // 4] + (rng.permutation(step) if position % 4 else 0)
    return X


def lognormal(rng: np.random.RandomState, y: np.ndarray, d: int) -> np.ndarray:
    """Positive, over twenty orders of magnitude."""
    return np.exp(5 * rng.normal(size=(len(y), d)))


def far_clusters(rng: np.random.RandomState, y: np.ndarray, d: int) -> np.ndarray:
    """Unit clouds 1e7 apart, within which float32 has no digits left."""
    return gaussian(rng, y, d) + 1e7 * rng.randint(0, 4, len(y))[:, None]


def one_far_row(rng: np.random.RandomState, y: np.ndarray, d: int) -> np.ndarray:
    """One row of the first class at 1e20."""
    X = gaussian(rng, y, d)
    X[0] = 1e20
    return X


def one_row_at_1e300(rng: np.random.RandomState, y: np.ndarray, d: int) -> np.ndarray:
    """One row of the first class whose squared norm overflows."""
    X = gaussian(rng, y, d)
    X[0] = 1e300
    return X


def offset(rng: np.random.RandomState, y: np.ndarray, d: int) -> np.ndarray:
    """Far from the origin: the expanded form of the squared distance has no digits left."""
    return gaussian(rng, y, d) + 1e8


def tiny(rng: np.random.RandomState, y: np.ndarray, d: int) -> np.ndarray:
    """Subnormal numbers: squares underflow."""
    return gaussian(rng, y, d) * 1e-310


def constant(rng: np.random.RandomState, y: np.ndarray, d: int) -> np.ndarray:
    """All rows are the same point: every distance is 0."""
    return np.full((len(y), d), 3.25)


KINDS: dict[str, Callable[[np.random.RandomState, np.ndarray, int], np.ndarray]] = {
    kind.__name__: kind
    for kind in (
        gaussian,
        lattice,
        duplicated,
        few_points,
        permuted,
        lognormal,
        far_clusters,
        one_far_row,
        one_row_at_1e300,
        offset,
        tiny,
        constant,
    )
}

LARGEST = {np.dtype(np.float16): 1e4, np.dtype(np.float32): 1e30}


def make(kind: str, y: np.ndarray, d: int, *, dtype: object = np.float64, seed: int = 0) -> np.ndarray:
    """Rows of the kind for the labels y; values beyond the range of dtype are clipped."""
    dtype = np.dtype(dtype)
    X = KINDS[kind](np.random.RandomState(seed), y, d)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return np.rint(np.clip(X * 8, max(limits.min, -(2**50)), min(limits.max, 2**50))).astype(dtype)
    if dtype.kind == "b":
        return np.median(X, axis=0) < X
    if kind in ("one_far_row", "one_row_at_1e300", "lognormal", "far_clusters", "offset") and dtype in LARGEST:
        X = np.clip(X, -LARGEST[dtype], LARGEST[dtype])
    return X.astype(dtype)


def blobs(n: int = 200, d: int = 4, *sizes: float, seed: int = 0, dtype: object = np.float64) -> Table:
    """Shuffled rows without ties, n of them, in classes of the given shares (0.85 and 0.15 if none)."""
    shares = np.array(sizes or (0.85, 0.15))
    parts = np.floor(n * shares / shares.sum()).astype(int)
    parts[0] += n - parts.sum()
    rng = np.random.RandomState(seed)
    y = rng.permutation(labels(*parts))
    return gaussian(rng, y, d).astype(dtype), y


def text(n: int, d: int, words: int, seed: int = 0) -> sparse.csr_array:
    """Rows of about so many positive numbers of unit length, few features in most rows, most features in few rows."""
    rng, weights = np.random.default_rng(seed), 1 / np.arange(5, d + 5)
    rows, columns = np.repeat(np.arange(n), words), rng.choice(d, n * words, p=weights / weights.sum())
    X = sparse.csr_array((rng.random(n * words) + 0.1, (rows, columns)), shape=(n, d))
    X.sum_duplicates()
    X.data /= np.repeat(np.sqrt((X * X).sum(axis=1)), np.diff(X.indptr))
    return X


def published() -> Table:
    """The data of imbalanced-learn's user guide, with classes of 64, 262 and 4674 rows."""
    from sklearn.datasets import make_classification

    return make_classification(
        n_samples=5000,
        n_features=2,
        n_informative=2,
        n_redundant=0,
        n_repeated=0,
        n_classes=3,
        n_clusters_per_class=1,
        weights=[0.01, 0.05, 0.94],
        class_sep=0.8,
        random_state=0,
    )
