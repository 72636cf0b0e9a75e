"""Parameters without a sense."""

from typing import Any

import numpy as np

from benchmarks.reliability.hostile_values import Hostile, Make


def give(name: str, value: Any) -> Make:
    """Return a maker of a parameter."""
    return lambda X, y: Hostile(X, y, parameters={name: value})


VALUES: dict[str, list[Any]] = {
    "k_neighbors": [0, -1, 2.5, np.nan, np.inf, "5", 10**9, 2**64, [5]],
    "sampling_strategy": [
        "", "all of them", "auto\n", 0.0, -0.5, 1.5, np.nan, np.inf, 10**9, {1: -5}, {1: 2}, {7: 100}, {1: 40.5},
        {1: np.nan}, {"1": 40}, {1: None}, [7], [[1]], lambda _: {1: -1}, lambda _: None, object(),
    ],
    "random_state": [-1, 2**32, 1.5, "seed", np.nan, [0]],
    "n_jobs": ["two", 1.5, np.nan],
}  # fmt: skip
CASES: dict[str, Make] = {
    f"{name} = {value!r}".partition(" at 0x")[0] + f" ({number})": give(name, value)
    for name, values in VALUES.items()
    for number, value in enumerate(values)
}
