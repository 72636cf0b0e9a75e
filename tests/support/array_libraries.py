"""Array libraries in tests: functions that convert a NumPy array to each library, and `host`, which converts it back."""

import importlib
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from support.optional import optional

from gpu_smotetomek.arrays import cuda_probe, dispatch


def copied(values: Any) -> np.ndarray:
    return np.array(values)


def read_only(values: Any) -> np.ndarray:
    values = np.array(values)
    values.flags.writeable = False
    return values


def csr(values: Any) -> Any:
    """Convert a matrix to CSR; other arrays stay NumPy's."""
    values = np.array(values)
    return sparse.csr_array(values) if values.ndim == 2 else values


def strict(values: Any) -> Any:
    return optional("array_api_strict").asarray(np.array(values))


def strict_device1(values: Any) -> Any:
    """Convert to a device of array-api-strict that, like a GPU, refuses to mix with arrays of other devices."""
    xp = optional("array_api_strict")
    return xp.asarray(np.array(values), device=xp.Device("device1"))


def torch(values: Any) -> Any:
    return optional("torch").asarray(np.array(values))


@cache
def _missing(name: str) -> str | None:
    """Why a library cannot use a GPU here; None where it can. No environment variable turns the skip into a failure."""
    try:
        works = importlib.import_module(name).cuda.is_available()
    except ImportError:
        return f"{name} is not installed"
    return None if works else f"{name} finds no GPU. {cuda_probe.explain_unusable('cuda')}"


def on_gpu(name: str) -> ModuleType:
    """Import the library; skip the test, with the reason, where the library has no GPU."""
    if reason := _missing(name):
        pytest.skip(reason)
    return importlib.import_module(name)


def cupy(values: Any) -> Any:
    return on_gpu("cupy").asarray(np.array(values))


def torch_cuda(values: Any) -> Any:
    return on_gpu("torch").asarray(np.array(values), device="cuda")


DEVICES = [strict_device1, torch, *(pytest.param(convert, marks=pytest.mark.gpu) for convert in (cupy, torch_cuda))]
LIBRARIES: dict[str, Callable[[Any], Any]] = {
    "numpy": copied,
    "numpy, read-only": read_only,
    "array-api-strict": strict,
    "array-api-strict, device1": strict_device1,
    "torch": torch,
}
SPARSE_CLASSES = [sparse.csr_array, sparse.csc_array, sparse.csr_matrix, sparse.csc_matrix]


def host(values: Any) -> np.ndarray:
    """Convert to NumPy without the package's own function."""
    if isinstance(values, np.ndarray):
        return values
    if sparse.issparse(values):
        return values.toarray()
    if hasattr(values, "get"):  # CuPy
        return values.get()
    if hasattr(values, "to_device"):  # array-api-strict
        return np.array(values.to_device(optional("array_api_strict").Device("CPU_DEVICE")))
    return values.cpu().numpy()


def assert_equal_like(result: Any, expected: Any, like: Any) -> None:
    """Assert that the result has the values and dtype of `expected`, and the library and device of `like`."""
    assert type(result) is type(like)
    assert dispatch.get_device(result) == dispatch.get_device(like)
    values, expected = host(result), np.asarray(expected)
    np.testing.assert_array_equal(values, expected)
    assert values.dtype == expected.dtype


def random_rows(n: int = 12, d: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d))
