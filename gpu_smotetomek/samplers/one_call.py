"""The fitted attributes of one whole call, whatever other threads do with the same sampler."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np

ERROR_STATE: dict[str, Any] = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}
"""NumPy's default treatment of floating-point errors, in place of that of the caller."""

T = TypeVar("T")


@contextmanager
def fit_apart(sampler: T) -> Iterator[T]:
    """A copy of a sampler to fit in its place, which shares the parameters.

    At the end all attributes of the copy become those of the sampler by one assignment. So several threads may call one sampler:
    each call uses attributes of its own, and the sampler has those of one whole call. After an error it is as it was before.
    """
    copy = object.__new__(type(sampler))
    copy.__dict__.update(sampler.__dict__)
    with np.errstate(**ERROR_STATE):
        yield copy
    sampler.__dict__ = copy.__dict__
