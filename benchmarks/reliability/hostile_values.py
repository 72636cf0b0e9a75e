"""Hostile values and shapes of X and y."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Hostile:
    """A hostile input.

    Attributes
    ----------
    X, y : Any
        What the sampler gets.
    plain : tuple or None
        The same table without its oddity, whose rows are right.
    exponent : int
        The rows are right if they are those of `plain`, times this power of two.
    kept : bool
        The rows of the frequent class are right if each is, exactly, a row of X. Without `plain` and this no row is right.
    parameters : mapping
        Parameters of the sampler.
    """

    X: Any
    y: Any
    plain: tuple[Any, Any] | None = None
    exponent: int = 0
    kept: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)


Make = Callable[[np.ndarray, np.ndarray], Hostile]


def set_cell(value: Any, dtype: Any = None) -> Make:
    """Return a maker that puts a value into one cell of X."""

    def make(X: np.ndarray, y: np.ndarray) -> Hostile:
        X = X.astype(dtype or X.dtype)
        X[7, 1] = value
        return Hostile(X, y, kept=isinstance(value, int))

    return make


def set_label(value: Any) -> Make:
    """Return a maker that puts a value into one label, beside labels of its kind."""

    def make(X: np.ndarray, y: np.ndarray) -> Hostile:
        labels = y.astype(object if isinstance(value, str | None) else float)
        labels[7] = value
        return Hostile(X, labels)

    return make


def change_rows(change: Callable[[np.ndarray], Any], plain: Callable[[np.ndarray], Any] | None = None) -> Make:
    """Return a maker that changes X as a whole; `plain` makes the right table of it."""
    return lambda X, y: Hostile(change(X), y, (plain(X), y) if plain else None)


def change_labels(change: Callable[[np.ndarray], Any], plain: Callable[[np.ndarray], Any] | None = None) -> Make:
    """Return a maker that changes y as a whole; `plain` makes the right labels of it."""
    return lambda X, y: Hostile(X, change(y), (X, plain(y)) if plain else None)


def scale(exponent: int, dtype: Any = np.float64) -> Make:
    """Return a maker that multiplies X by a power of two."""

    def make(X: np.ndarray, y: np.ndarray) -> Hostile:
        X = (X / 2).astype(dtype)
        return Hostile(np.ldexp(X, exponent), y, (X, y), exponent)

    return make


def to_integers(X: np.ndarray) -> np.ndarray:
    """Return whole numbers from X."""
    return np.rint(X * 100).astype(np.int64)


def to_int8(X: np.ndarray) -> np.ndarray:
    """Return whole numbers of int8 from its one end to the other."""
    return (X * 60).clip(-128, 127).astype(np.int8)


def to_uint64(y: np.ndarray) -> np.ndarray:
    """Return labels beyond int64."""
    return y.astype(np.uint64) + np.uint64(2**63)


def same(values: np.ndarray) -> np.ndarray:
    """Return the values."""
    return values


CELLS = {
    "NaN in X": set_cell(np.nan),
    "infinity in X": set_cell(np.inf),
    "minus infinity in X": set_cell(-np.inf),
    "NaN in float32": set_cell(np.nan, np.float32),
    "NaN in float16": set_cell(np.nan, np.float16),
    "infinity in float16": set_cell(np.inf, np.float16),
    "None in an object array": set_cell(None, object),
    "text in an object array": set_cell("one", object),
    "empty text in an object array": set_cell("", object),
    "a list in an object array": set_cell([1], object),
    "a dictionary in an object array": set_cell({}, object),
    "an object without a value": set_cell(object(), object),
    "complex number in an object array": set_cell(1j, object),
    "an integer of 80 bits in an object array": set_cell(2**80 + 1, object),
    "an integer of 2000 bits in an object array": set_cell(2**2000, object),
    "NaN in an object array": set_cell(float("nan"), object),
    "a complex number": set_cell(1j, complex),
    "NaT": change_rows(lambda X: np.where(X > 0, np.datetime64("NaT"), np.datetime64("2020-01-01"))),
}
SHAPES = {
    "X of one dimension": change_rows(lambda X: X[:, 0]),
    "X of three dimensions": change_rows(lambda X: X[:, :, None], same),
    "X of no dimension": change_rows(lambda _: np.float64(3)),
    "X without rows": change_rows(lambda X: X[:0]),
    "X without columns": change_rows(lambda X: X[:, :0]),
    "X and y without rows": lambda X, y: Hostile(X[:0], y[:0]),
    "X with a row less": change_rows(lambda X: X[1:]),
    "X with a row more": change_rows(lambda X: np.vstack([X, X[:1]])),
    "X transposed": change_rows(lambda X: X.T),
    "X with one row": lambda X, y: Hostile(X[:1], y[:1]),
    "y without rows": change_labels(lambda y: y[:0]),
    "y of one class": change_labels(np.zeros_like),
    "y as a column": change_labels(lambda y: y[:, None], same),
    "y as a row": change_labels(lambda y: y[None]),
    "y of two columns of numbers": change_labels(lambda y: np.column_stack([y, y])),
    "y of three dimensions": change_labels(lambda y: y[:, None, None]),
    "y of no dimension": change_labels(lambda _: np.int64(1)),
    "y is None": change_labels(lambda _: None),
    "X is None": change_rows(lambda _: None),
    "X is text": change_rows(lambda _: "table.csv"),
    "rows of different lengths": change_rows(lambda X: [list(row[: 1 + i % 3]) for i, row in enumerate(X)]),
}
LABELS = {
    "NaN in y": set_label(np.nan),
    "infinity in y": set_label(np.inf),
    "None in y": set_label(None),
    "text among numbers in y": set_label("one"),
    "y of continuous numbers": change_labels(lambda y: y + np.linspace(0.01, 0.5, len(y))),
    "y of complex numbers": change_labels(lambda y: y.astype(complex) + 1j),
    "a class with one row": lambda X, y: Hostile(X, np.where(np.arange(len(y)) == 7, 2, y)),
    "y of objects without an order": change_labels(lambda y: np.array([{"a": 1}] * len(y), object)),
    "y of tuples": change_labels(lambda y: [(int(label), 0) for label in y]),
    "labels beyond float64": change_labels(lambda y: y + 2**53, lambda y: y + 2**53),
    "labels of uint64": change_labels(
        lambda y: y.astype(np.uint64) + np.uint64(2**63), lambda y: y.astype(np.uint64) + np.uint64(2**63)
    ),
    "labels of bytes": change_labels(lambda y: np.where(y == 1, b"yes", b"no")),
}
NUMBERS = {
    "Booleans": change_rows(lambda X: X > 0, lambda X: X > 0),
    "integers beyond float64": lambda X, y: Hostile(to_integers(X) + 2**60 + 1, y, kept=True),
    "unsigned integers beyond int64": lambda X, y: Hostile(
        to_integers(X).astype(np.uint64) + np.uint64(2**63), y, kept=True
    ),
    "int8 whose differences overflow": change_rows(to_int8, lambda X: to_int8(X).astype(np.int64)),
    "values of 1e300": scale(996),
    "values of 1e-300": scale(-996),
    "subnormal values": lambda X, y: Hostile(to_integers(X) * 5e-324, y, kept=True),
    "float16 near its largest value": scale(14, np.float16),
    "float32 near its largest value": scale(126, np.float32),
    "long doubles": lambda X, y: Hostile(X.astype(np.longdouble) + np.longdouble(2) ** -60, y, kept=True),
    "the other byte order": change_rows(lambda X: X.astype(X.dtype.newbyteorder()), same),
    "fractions": lambda X, y: Hostile(np.vectorize(lambda x: Fraction(float(x)), otypes=[object])(X), y, kept=True),
    "text of numbers": change_rows(lambda X: X.astype(str)),
    "bytes of numbers": change_rows(lambda X: X.astype("S")),
    "dates": lambda X, y: Hostile(to_integers(X).astype("M8[s]"), y, kept=True),
    "times": lambda X, y: Hostile(to_integers(X).astype("m8[s]"), y, kept=True),
    "void cells": change_rows(lambda X: X.astype("V8")),
}
CASES: dict[str, Make] = CELLS | SHAPES | LABELS | NUMBERS
