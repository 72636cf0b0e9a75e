"""Tables for the benchmark of quality: patients whose true probabilities are known, and real tables with a rare class."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit

LAYOUT = """DIR holds tables as .csv or .parquet, one a file. All columns but the target are numbers without missing values.
The target is the column named `target`, or the last one; its rarest value is the positive class, all other values are the
negative one. A CSV file may lack the line of names. At least ten rows are positive."""
TARGET = "target"
FEWEST_POSITIVE_ROWS = 10  # five folds leave eight of them for training, and SMOTE needs six
SUFFIXES = (".csv", ".parquet")


@dataclass(frozen=True)
class Sample:
    """Rows, classes (1 is the rare one) and, where the law is known, the probability of class 1 for each row."""

    X: np.ndarray
    y: np.ndarray
    p: np.ndarray | None = None


@dataclass(frozen=True)
class QualityTable:
    """A table of the benchmark.

    Attributes
    ----------
    name : str
        What it is called.
    load : callable
        Returns a Sample; of a law it takes the number of rows and a seed.
    is_law : bool
        Whether new rows can be drawn, so that a fresh test sample takes the place of folds.
    """

    name: str
    load: Callable[..., Sample]
    is_law: bool = False


def draw_patients(n: int, seed: int) -> Sample:
    """Draw patients of whom one in twenty has a disease, by a law whose probabilities are known.

    Three measurements are standard normal, the first two correlated. Typical cases are high in the first two. About one case in
    three is atypical: the third measurement is high and the first one is not, and at most 45 % of such patients are ill, so that
    these cases stand among healthy rows.
    """
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, 3))
    X[:, 1] = 0.5 * X[:, 0] + np.sqrt(0.75) * X[:, 1]
    typical = expit(2.2 * (X[:, 0] + X[:, 1]) - 7.6)
    atypical = 0.45 * expit(5 * (X[:, 2] - 1.75)) * expit(-4 * (X[:, 0] - 0.6))
    p = 1 - (1 - typical) * (1 - atypical)
    return Sample(X, (rng.random(n) < p).astype(np.int64), p)


def make_rare(X: np.ndarray, y: np.ndarray, n_positive: int) -> Sample:
    """Keep `n_positive` positive rows, drawn with a fixed seed, and all negative ones, in their order."""
    positive = np.random.default_rng(0).choice(np.flatnonzero(y == 1), n_positive, replace=False)
    rows = np.sort(np.r_[np.flatnonzero(y == 0), positive])
    return Sample(np.asarray(X[rows], np.float64), y[rows].astype(np.int64))


def load_bundled(name: str, label: int, n_positive: int) -> Sample:
    """Load a table of scikit-learn as one class against the rest, and make that class rare."""
    from sklearn import datasets

    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    return make_rare(X, y == label, n_positive)


def load_diabetes() -> Sample:
    """Load scikit-learn's diabetes table; the tenth with the worst progression is the rare class."""
    from sklearn import datasets

    X, progression = datasets.load_diabetes(return_X_y=True)
    return Sample(X, (progression > np.quantile(progression, 0.9)).astype(np.int64))


TABLES = [
    QualityTable("patients", draw_patients, is_law=True),
    QualityTable("breast cancer", partial(load_bundled, "breast_cancer", 0, 25)),
    QualityTable("diabetes, worst tenth", load_diabetes),
    QualityTable("digits, 8 or not", partial(load_bundled, "digits", 8, 60)),
    QualityTable("wine, third or not", partial(load_bundled, "wine", 2, 14)),
]


def find_tables(folder: Path | None) -> list[QualityTable]:
    """Return the tables in a folder by name; none without a folder.

    Raises
    ------
    ValueError
        If the folder has none.
    """
    if folder is None:
        return []
    paths = sorted(path for path in folder.glob("*") if path.suffix in SUFFIXES)
    if not paths:
        raise ValueError(f"{folder} holds no file that ends in {' or '.join(SUFFIXES)}")
    return [QualityTable(path.stem, partial(load_file, path)) for path in paths]


def load_file(path: Path) -> Sample:
    """Load a CSV or Parquet table; its rarest class is 1.

    Raises
    ------
    ValueError
        If a cell is no number, there is one class only, or its rarest class has too few rows.
    """
    columns = read_parquet(path) if path.suffix == ".parquet" else read_csv_columns(path)
    target = TARGET if TARGET in columns else list(columns)[-1]
    labels = np.asarray(columns.pop(target)).astype(str)
    try:
        X = np.column_stack([np.asarray(column, np.float64) for column in columns.values()])
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path.name}: a column beside the target {target!r} is not of numbers: {error}") from error
    if not np.isfinite(X).all():
        raise ValueError(f"{path.name}: a cell is missing or infinite; drop or fill such rows first")
    classes, sizes = np.unique(labels, return_counts=True)
    if len(classes) < 2 or sizes.min() < FEWEST_POSITIVE_ROWS:
        raise ValueError(
            f"{path.name}: target {target!r} has {dict(zip(classes.tolist(), sizes.tolist(), strict=True))}; the benchmark needs "
            f"two classes or more, and {FEWEST_POSITIVE_ROWS} rows of the rarest"
        )
    return Sample(X, (labels == classes[sizes.argmin()]).astype(np.int64))


def read_csv_columns(path: Path) -> dict[str, list[str]]:
    """Read the columns of a CSV file by name; where the first line is of numbers, the names are numbers too."""
    with path.open(newline="") as file:
        lines = [line for line in csv.reader(file) if line]
    has_names = not all(map(is_number, lines[0][:-1]))
    names = lines[0] if has_names else [str(number) for number in range(len(lines[0]))]
    return dict(zip(names, map(list, zip(*lines[has_names:], strict=True)), strict=True))


def is_number(cell: str) -> bool:
    """Return whether a cell of text is a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def read_parquet(path: Path) -> dict[str, Any]:
    """Read the columns of a Parquet file by name."""
    import polars

    return {column.name: column.to_numpy() for column in polars.read_parquet(path)}
