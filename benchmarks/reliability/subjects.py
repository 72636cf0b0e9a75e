"""Samplers of this package and of imbalanced-learn by name, and small tables for them."""

import hashlib
import importlib
from typing import Any

import numpy as np

from benchmarks.reliability.outcome import OURS

MODULES = {"SMOTE": "over_sampling", "TomekLinks": "under_sampling", "SMOTETomek": "combine"}
DRAW = {"SMOTE", "SMOTETomek"}


def make_sampler(subject: str, name: str, **parameters: Any) -> Any:
    """Make a sampler; those that draw get the seed 0 unless another is given."""
    module = "gpu_smotetomek" if subject.startswith(OURS) else f"imblearn.{MODULES[name]}"
    seed = {"random_state": 0} if name in DRAW else {}
    return getattr(importlib.import_module(module), name)(**seed | parameters)


def make_table(rows: int = 60, d: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Make rows of two classes that overlap, in a random order; a quarter is of the rare class."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(rows) % 4 == 0).astype(int)
    return rng.normal(size=(rows, d)) + 0.5 * y[:, None], y


def to_values(container: Any) -> np.ndarray:
    """Return the values of an array, sparse matrix or frame as an array."""
    if hasattr(container, "toarray"):
        return np.asarray(container.toarray())
    return np.asarray(container.to_numpy() if hasattr(container, "to_numpy") else container)


def are_same(left: Any, right: Any) -> bool:
    """Whether two containers have the same shape and equal values."""
    a, b = to_values(left), to_values(right)
    return a.shape == b.shape and bool(np.all(a == b))


def hash_result(*containers: Any) -> str:
    """Return a hash of dtypes, shapes and bytes."""
    digest = hashlib.sha256()
    for container in containers:
        values = np.ascontiguousarray(to_values(container))
        digest.update(f"{values.dtype.str}{values.shape}".encode() + values.tobytes())
    return digest.hexdigest()
