"""Array libraries that stand beside NumPy in the tests: each places a NumPy array in its own kind, and `host` brings it back."""

import importlib
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from support.optional import optional

from gpu_smotetomek.arrays import cuda_probe


def copied(values: Any) -> np.ndarray:
    return np.array(values)


def read_only(values: Any) -> np.ndarray:
    values = np.array(values)
    values.flags.writeable = False
    return values


def strict(values: Any) -> Any:
    return optional("array_api_strict").asarray(np.array(values))


def strict_device1(values: Any) -> Any:
    """A device that refuses to meet arrays of another one: as a GPU would."""
    xp = optional("array_api_strict")
    return xp.asarray(np.array(values), device=xp.Device("device1"))


def torch(values: Any) -> Any:
    return optional("torch").asarray(np.array(values))


@cache
def _missing(name: str) -> str | None:
    """Why a library cannot work on a GPU here; None where it can. No environment variable makes a GPU a promise."""
    try:
        works = importlib.import_module(name).cuda.is_available()
    except ImportError:
        return f"{name} is not installed"
    return None if works else f"{name} finds no GPU. {cuda_probe.explain_unusable('cuda')}"


def on_gpu(name: str) -> ModuleType:
    """The library; without a GPU for it the test is skipped, with the reason."""
    if reason := _missing(name):
        pytest.skip(reason)
    return importlib.import_module(name)


def cupy(values: Any) -> Any:
    return on_gpu("cupy").asarray(np.array(values))


def torch_cuda(values: Any) -> Any:
    return on_gpu("torch").asarray(np.array(values), device="cuda")


DEVICES = [strict_device1, torch, *(pytest.param(place, marks=pytest.mark.gpu) for place in (cupy, torch_cuda))]


LIBRARIES: dict[str, Callable[[Any], Any]] = {
    "numpy": copied,
    "numpy, read-only": read_only,
    "array-api-strict": strict,
    "array-api-strict, device1": strict_device1,
    "torch": torch,
}


def host(values: Any) -> np.ndarray:
    """Back to NumPy, without the package's own door."""
    if isinstance(values, np.ndarray):
        return values
    if hasattr(values, "get"):  # CuPy
        return values.get()
    if hasattr(values, "to_device"):  # array-api-strict
        return np.array(values.to_device(optional("array_api_strict").Device("CPU_DEVICE")))
    return values.get() if hasattr(values, "get") else values.cpu().numpy()
