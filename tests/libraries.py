"""Array libraries that stand beside NumPy in the tests: each places a NumPy array in its own kind, and `host` brings it back."""

from collections.abc import Callable
from typing import Any

import numpy as np
from optional import optional


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
    return values.numpy()
