"""Rows that are hard for the bounds of the candidates."""

import numpy as np


def hard_rows(kind: str) -> np.ndarray:
    rng = np.random.default_rng(5)
    planes = np.linalg.qr(rng.normal(size=(12, 12)))[0]
    return {
        "offset": lambda: rng.normal(size=(40, 3)) + 1e8,
        "one unit apart": lambda: (
            np.repeat(rng.normal(size=(5, 4)), 8, axis=0) + rng.integers(-3, 4, (40, 4)) * 2.0**-53
        ),
        "below float32": lambda: (
            np.repeat(rng.normal(size=(5, 4)), 8, axis=0) + rng.integers(-3, 4, (40, 4)) * 2.0**-26
        ),
        "subnormal candidates": lambda: rng.normal(size=(40, 2)) * 2.0 ** rng.choice([0, -150], (40, 1), p=[0.8, 0.2]),
        "subnormal": lambda: rng.normal(size=(40, 3)) * 1e-310,
        "far": lambda: rng.normal(size=(40, 3)) * 2.0 ** rng.integers(0, 49, (40, 1)),
        "a plane": lambda: rng.normal(size=(40, 2)) @ planes[:2],
        "near a plane": lambda: rng.normal(size=(40, 2)) @ planes[:2] + 1e-6 * rng.normal(size=(40, 12)),
        "far from a plane": lambda: np.concatenate(
            [rng.normal(size=(32, 2)) @ planes[:2], 2.0**46 * planes[5] + np.arange(8)[:, None] * 2.0**-5 * planes[0]]
        ),
    }[kind]()
