"""Make data that looks like users' tables; each function takes the numbers of rows and features, and a seed."""

from typing import Any

import numpy as np
from scipy import sparse

Data = tuple[Any, np.ndarray]  # rows as an array or a CSR matrix, and a class for each


def choose_classes(score: np.ndarray, shares: list[float]) -> np.ndarray:
    """Return a class for each row: class 0 where the score is least, in these shares; the last class gets the rest."""
    order, stops = np.argsort(score, kind="stable"), (np.cumsum(shares)[:-1] * len(score)).astype(int)
    y = np.empty(len(score), np.int64)
    y[order] = np.repeat(np.arange(len(shares)), np.diff(stops, prepend=0, append=len(score)))
    return y


def make_numbers(n: int, d: int, seed: int = 0) -> Data:
    """Make correlated numbers of float64, one row in ten positive."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, d)) @ rng.standard_normal((d, d)) / np.sqrt(d)
    return X, choose_classes(X[:, 0] + 0.5 * X[:, 1] + 0.4 * rng.standard_normal(n), [0.9, 0.1])


def make_census(n: int, d: int, seed: int = 0) -> Data:
    """Make integers with heavy tails beside one-hot columns of groups of four; 24 % positive."""
    rng = np.random.default_rng(seed)
    age, hours = rng.integers(17, 91, n), np.clip(rng.normal(40, 12, n), 1, 99).round()
    weight, years = rng.lognormal(12, 0.5, n).round(), rng.integers(1, 17, n)
    gain = (rng.random(n) < 0.08) * rng.lognormal(8, 1.2, n).round()
    levels = rng.integers(0, 4, (n, (d - 5) // 4))
    one_hot = (levels[:, :, None] == np.arange(4)).reshape(n, -1)
    score = years / 4 + age / 30 + hours / 20 + gain / 5000 + rng.standard_normal(n) + levels[:, 0]
    X = np.column_stack([age, weight, years, gain, hours, one_hot]).astype(np.int64)
    return X, choose_classes(score, [0.76, 0.24])


def make_fraud(n: int, d: int, seed: int = 0, *, positive: float = 0.0068) -> Data:
    """Make rows of heavy tails, near ten dimensions, dense in the middle; few positive rows, most of them inside the crowd."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < positive).astype(np.int64)
    factors = rng.standard_normal((n, 10)) * rng.lognormal(0, 1, (n, 1))
    factors[:, :3] += (y * rng.exponential(1, n))[:, None]
    X = factors @ rng.standard_normal((10, d)) / np.sqrt(10) + 0.02 * rng.standard_t(3, (n, d))
    return X, y


def make_five_classes(n: int, d: int, seed: int = 0) -> Data:
    """Make five classes of 60, 20, 10, 7 and 3 %, each with a centre of its own."""
    rng = np.random.default_rng(seed)
    y = rng.choice(5, n, p=[0.6, 0.2, 0.1, 0.07, 0.03])
    return rng.standard_normal((n, d)) + 1.2 * rng.standard_normal((5, d))[y], y


def make_many_classes(n: int, d: int, seed: int = 0, *, n_classes: int = 200) -> Data:
    """Make as many classes as requested, of 6 to 18 rows each where there are twelve rows for every class."""
    rng = np.random.default_rng(seed)
    sizes = rng.multinomial(n - 6 * n_classes, np.full(n_classes, 1 / n_classes)) + 6
    y = rng.permutation(np.repeat(np.arange(n_classes), sizes))
    return rng.standard_normal((n, d)) + rng.standard_normal((n_classes, d))[y], y


def make_overlapping(n: int, d: int, seed: int = 0) -> Data:
    """Make classes that share one dense cloud, one row in ten positive."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)), (rng.random(n) < 0.1).astype(np.int64)


def make_one_hot(n: int, d: int, seed: int = 0) -> Data:
    """Make one-hot groups of twelve columns, one row in ten positive."""
    rng = np.random.default_rng(seed)
    levels = rng.integers(0, 12, (n, d // 12))
    X = (levels[:, :, None] == np.arange(12)).reshape(n, -1).astype(np.float64)
    return X, choose_classes(levels[:, 0] + levels[:, 1] + 4 * rng.standard_normal(n), [0.9, 0.1])


def make_positions(n: int, d: int, seed: int = 0) -> Data:
    """Make positions around 200 places; a row in ten is positive, more often at some places."""
    rng = np.random.default_rng(seed)
    places, risk = rng.uniform(-10, 10, (200, d)), rng.beta(0.5, 4.5, 200)
    place = rng.integers(0, 200, n)
    X = places[place] + rng.standard_normal((n, d)) * rng.gamma(2, 0.15, 200)[place][:, None]
    return X, (rng.random(n) < risk[place]).astype(np.int64)


def make_sensors(n: int, d: int, seed: int = 0) -> Data:
    """Make slow series of d sensors; a row in twenty is positive, where the first sensor is high."""
    rng = np.random.default_rng(seed)
    time = np.arange(n) / n
    waves = np.sin(2 * np.pi * (time[:, None] * rng.integers(20, 400, d) + rng.random(d)))
    X = (waves + 0.4 * rng.standard_normal((n, d))).astype(np.float32)
    return X, choose_classes(X[:, 0] + 0.5 * X[:, 1] + 0.3 * rng.standard_normal(n), [0.95, 0.05])


def make_images(n: int, d: int, seed: int = 0) -> Data:
    """Make grey values of smooth square images with a bright stroke; one row in ten positive."""
    rng = np.random.default_rng(seed)
    side, y = round(d**0.5), (rng.random(n) < 0.1).astype(np.int64)
    axis = np.arange(side)
    centre, width = rng.uniform(0.25, 0.75, (n, 2)) * side, rng.uniform(1.5, 3.5, (n, 2))
    centre[:, 0] += 2 * y
    rows, columns = (np.exp(-(((axis - centre[:, [i]]) / width[:, [i]]) ** 2) / 2).astype(np.float32) for i in range(2))
    X = 255 * rows[:, :, None] * columns[:, None, :] + rng.gamma(1, 4, (n, side, side))
    return np.clip(X, 0, 255).reshape(n, -1).astype(np.float32), y


def make_embeddings(n: int, d: int, seed: int = 0) -> Data:
    """Make rows of unit length around a hundred topics; one row in ten positive, more often for some topics."""
    rng = np.random.default_rng(seed)
    topics, risk, topic = rng.standard_normal((100, d)), rng.beta(0.5, 4.5, 100), rng.integers(0, 100, n)
    X = topics[topic] + (rng.standard_normal((n, 24)) @ rng.standard_normal((24, d)) / 4 + rng.standard_normal((n, d)))
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    return X.astype(np.float32), (rng.random(n) < risk[topic]).astype(np.int64)


def make_text(n: int, d: int, seed: int = 0, *, words: int = 80) -> Data:
    """Make TF-IDF rows in CSR with about `words` stored values each, of unit length; one row in ten positive."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.1).astype(np.int64)
    frequency = 1 / np.arange(10, d + 10)
    by_class = [frequency, frequency * rng.lognormal(0, 0.7, d)]
    rows, columns = np.repeat(np.arange(n), words * 9 // 8), np.empty(n * (words * 9 // 8), np.int64)
    for label, weights in enumerate(by_class):
        of_class = y[rows] == label
        columns[of_class] = rng.choice(d, int(of_class.sum()), p=weights / weights.sum())
    counts = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(n, d))
    counts.sum_duplicates()
    counts.data = 1 + np.log(counts.data)
    weighted = counts @ sparse.diags(np.log(n / (1 + counts.getnnz(axis=0))) + 1)
    lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1))).ravel()
    return sparse.csr_matrix(sparse.diags(1 / lengths) @ weighted), y


def make_few_values(n: int, d: int, seed: int = 0, *, levels: int = 5) -> Data:
    """Make features of a few integer values each; one row in ten positive."""
    rng = np.random.default_rng(seed)
    X = rng.integers(0, levels, (n, d)).astype(np.float64)
    return X, choose_classes(X.sum(axis=1) + levels * rng.standard_normal(n), [0.9, 0.1])


def make_wide(n: int, d: int, seed: int = 0) -> Data:
    """Make few rows of very many columns in 20 factors and noise, as microarrays are; three rows in ten positive."""
    rng = np.random.default_rng(seed)
    factors = rng.standard_normal((n, 20))
    X = factors @ rng.standard_normal((20, d)) + rng.standard_normal((n, d))
    return X.astype(np.float32), choose_classes(factors[:, 0] + 0.3 * rng.standard_normal(n), [0.7, 0.3])
