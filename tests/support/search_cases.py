"""Small tables of normal rows, and the context in which the tests of the backends search them."""

from typing import Any

import numpy as np

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import ScaledRows

CTX = ExecutionContext(n_threads=1)


def table(n: int, d: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(n, d))


def scaled_rows(X: Any) -> ScaledRows:
    return ScaledRows.from_matrix(X, CTX)
