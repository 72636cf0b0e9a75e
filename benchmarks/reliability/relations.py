"""Metamorphic relations: changes of a table that change no answer, or change it in a way that is known exactly."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.reliability.child import run_cases
from benchmarks.reliability.outcome import IL, OURS, Outcome, Size, Trial
from benchmarks.reliability.subjects import are_same, make_sampler

HOLDS, VIOLATED, RAISED = "holds", "violated", "an error"
BACKENDS = ("faiss-cpu", "kdtree", "xp", "sklearn")
Table = tuple[np.ndarray, np.ndarray]


def make_gaussian(rng: np.random.Generator, rows: int, d: int) -> np.ndarray:
    """Draw normal rows, rounded to multiples of 1/1024, so that sums of such numbers are exact."""
    return np.rint(rng.normal(size=(rows, d)) * 1024) / 1024


def make_lattice(rng: np.random.Generator, rows: int, d: int) -> np.ndarray:
    """Draw points of a small lattice, with many equal distances."""
    return rng.integers(-2, 3, (rows, d)).astype(float)


def make_repeated(rng: np.random.Generator, rows: int, d: int) -> np.ndarray:
    """Draw rows of which many are repeated."""
    return make_gaussian(rng, rows, d)[rng.integers(0, rows // 2, rows)]


def make_one_point(rng: np.random.Generator, rows: int, d: int) -> np.ndarray:
    """Draw rows close to one point far from the origin, where cancellation is worst."""
    return 4096.0 + make_gaussian(rng, rows, d) / 256


KINDS = {"normal": make_gaussian, "lattice": make_lattice, "repeated": make_repeated, "far": make_one_point}


def find_kept(make: Callable[[str], Any], X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the sorted numbers of the rows that TomekLinks keeps."""
    sampler = make("TomekLinks")
    sampler.fit_resample(X, y)
    return np.sort(np.asarray(sampler.sample_indices_))


def resample(make: Callable[[str], Any], X: np.ndarray, y: np.ndarray) -> Table:
    """Return the rows and labels of SMOTETomek."""
    return make("SMOTETomek").fit_resample(X, y)


def check_order(make: Any, table: Table, rng: np.random.Generator) -> bool:
    """Permute the rows: the same rows are kept."""
    X, y = table
    order = rng.permutation(len(y))
    return are_same(np.sort(order[find_kept(make, X[order], y[order])]), find_kept(make, X, y))


def check_shift(make: Any, table: Table, rng: np.random.Generator) -> bool:
    """Add a power of two to a column: the same rows are kept."""
    X, y = table
    offset = np.zeros(X.shape[1])
    offset[rng.integers(X.shape[1])] = 2.0 ** rng.integers(8, 30)
    return are_same(find_kept(make, X + offset, y), find_kept(make, X, y))


def check_scale(make: Any, table: Table, rng: np.random.Generator) -> bool:
    """Multiply X by a power of two: the rows of the result are multiplied by it."""
    X, y = table
    exponent = int(rng.choice([-900, -480, -20, 1, 20, 480, 900]))
    rows, labels = resample(make, X, y)
    scaled, same_labels = resample(make, np.ldexp(X, exponent), y)
    return are_same(np.ldexp(scaled, -exponent), rows) and are_same(labels, same_labels)


def check_constant_columns(make: Any, table: Table, rng: np.random.Generator) -> bool:
    """Add a constant column twice: the other columns of the result are the same, and these two stay constant."""
    X, y = table
    value = float(rng.integers(-4, 5))
    rows, labels = resample(make, X, y)
    wider, same_labels = resample(make, np.column_stack([X, np.full((len(y), 2), value)]), y)
    return are_same(wider[:, :-2], rows) and bool(np.all(wider[:, -2:] == value)) and are_same(labels, same_labels)


def check_labels(make: Any, table: Table, rng: np.random.Generator) -> bool:
    """Give the classes other names in the same order: the rows are the same, with these names."""
    X, y = table
    names = np.sort(rng.choice(1000, 3, replace=False)) - 500
    rows, labels = resample(make, X, y)
    same_rows, other_labels = resample(make, X, names[y])
    return are_same(rows, same_rows) and are_same(names[labels], other_labels)


RELATIONS = {
    "permuted rows": check_order,
    "shifted by a power of two": check_shift,
    "scaled by a power of two": check_scale,
    "two constant columns more": check_constant_columns,
    "other names of classes": check_labels,
}


def run(size: Size) -> Iterator[Outcome]:
    """Check all relations with each search backend, and with imbalanced-learn."""
    for subject in (*(f"{OURS}, {backend}" for backend in BACKENDS[: size.backends]), IL):
        yield from run_cases(__name__, subject, size)


def list_cases(size: Size) -> list[str]:
    """Return relation, kind of data and seed of each case."""
    return [f"{name}; {kind}; {seed}" for name in RELATIONS for kind in KINDS for seed in range(size.seeds)]


def may_harm(_: str) -> bool:
    """No case writes outside its memory."""
    return False


def try_case(subject: str, case: str) -> str:
    """Check one relation on one table."""
    name, kind, seed = case.split("; ")
    rng = np.random.default_rng([int(seed), list(KINDS).index(kind)])
    y = rng.permutation(np.repeat([0, 1, 2], [40, 20, 12]))
    table = KINDS[kind](rng, len(y), int(rng.integers(1, 12))), y
    backend = {"backend": subject.rpartition(", ")[2]} if subject.startswith(OURS) else {}

    def make(sampler: str) -> Any:
        return make_sampler(subject, sampler, **backend)

    try:
        return HOLDS if RELATIONS[name](make, table, rng) else VIOLATED
    except Exception:
        return RAISED


TRIAL = Trial(
    "metamorphic relations",
    "Permuted rows, rows shifted or scaled by a power of two, two constant columns more, other names of classes; on normal rows, "
    "a lattice with equal distances, repeated rows, and rows far from the origin. The answer is the same, or changes as X did.",
    frozenset({HOLDS}),
    run,
)
