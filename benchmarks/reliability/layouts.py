"""Layouts of memory: the same values give the same bytes, and the input is not written to."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.reliability.child import run_cases
from benchmarks.reliability.outcome import SUBJECTS, Outcome, Size, Trial
from benchmarks.reliability.subjects import MODULES, hash_result, make_sampler, make_table

SAME, OTHER, WRITTEN, RAISED = "identical bytes", "other bytes", "input written to", "an error"


def make_every_second(X: np.ndarray) -> np.ndarray:
    """Return X as every second row and column of a larger array."""
    larger = np.full([2 * size for size in X.shape], 99, X.dtype)
    view = larger[tuple(slice(None, None, 2) for _ in X.shape)]
    view[...] = X
    return view


def make_reversed(X: np.ndarray) -> np.ndarray:
    """Return X as a view with negative strides."""
    backwards = tuple(slice(None, None, -1) for _ in X.shape)
    return X[backwards].copy()[backwards]


def make_unaligned(X: np.ndarray) -> np.ndarray:
    """Return X at an odd address."""
    memory = np.zeros(X.nbytes + 1, np.uint8)[1:]
    memory[:] = np.frombuffer(X.tobytes(), np.uint8)
    return memory.view(X.dtype).reshape(X.shape)


def make_read_only(X: np.ndarray) -> np.ndarray:
    """Return X as an array that must not be written to."""
    X = X.copy()
    X.flags.writeable = False
    return X


def make_column_of_table(X: np.ndarray) -> np.ndarray:
    """Return X as some columns of a wider array."""
    wider = np.concatenate([np.full_like(X, 99), X, np.full_like(X, 99)], axis=-1)
    return wider[..., X.shape[-1] : 2 * X.shape[-1]]


def make_record_field(X: np.ndarray) -> np.ndarray:
    """Return X as one field of an array of records."""
    records = np.zeros(X.shape, np.dtype([("pad", "i1"), ("value", X.dtype)]))
    records["value"] = X
    return records["value"]


LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "C": np.ascontiguousarray,
    "Fortran": np.asfortranarray,
    "every second row and column": make_every_second,
    "negative strides": make_reversed,
    "odd address": make_unaligned,
    "read-only": make_read_only,
    "part of wider rows": make_column_of_table,
    "field of records": make_record_field,
}
DTYPES = ("float64", "float32", "int64", "int16")


def run(size: Size) -> Iterator[Outcome]:
    """Run all layouts on both sides."""
    for subject in SUBJECTS:
        yield from run_cases(__name__, subject, size)


def list_cases(size: Size) -> list[str]:
    """Return sampler, dtype, and layouts of X and y of each case."""
    names, dtypes = list(MODULES)[-size.samplers :], DTYPES if size.samplers > 1 else DTYPES[:1]
    return [
        f"{name}; {dtype}; {layout}; {other}"
        for name in names
        for dtype in dtypes
        for layout in LAYOUTS
        for other in ("C", "every second row and column", "negative strides", "read-only")
    ]


def may_harm(_: str) -> bool:
    """No case writes outside its memory."""
    return False


def try_case(subject: str, case: str) -> str:
    """Compare the bytes of the result with those for plain arrays, and those of the input before and after."""
    name, dtype, layout, layout_of_y = case.split("; ")
    X, y = make_table(120, 4)
    X = (X * 100).astype(dtype)
    expected = hash_result(*make_sampler(subject, name).fit_resample(X.copy(), y.copy()))
    laid: tuple[Any, Any] = LAYOUTS[layout](X.copy()), LAYOUTS[layout_of_y](y.copy())
    before = hash_result(*(array if array.base is None else array.base for array in laid))
    try:
        found = make_sampler(subject, name).fit_resample(*laid)
    except Exception:
        return RAISED
    if before != hash_result(*(array if array.base is None else array.base for array in laid)):
        return WRITTEN
    return SAME if hash_result(*found) == expected else OTHER


TRIAL = Trial(
    "layouts of memory",
    "C and Fortran order, strides, negative strides, odd addresses, read-only arrays, parts of wider rows, fields of records. "
    "The bytes of the result are the same, and the input is as it was.",
    frozenset({SAME}),
    run,
)
