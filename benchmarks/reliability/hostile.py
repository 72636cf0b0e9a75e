"""Hostile inputs: each is refused by one message, or answered as the same table without its oddity."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from benchmarks.reliability import hostile_containers, hostile_parameters, hostile_values
from benchmarks.reliability.child import run_cases
from benchmarks.reliability.hostile_values import Hostile
from benchmarks.reliability.outcome import OURS, SUBJECTS, Outcome, Size, Trial
from benchmarks.reliability.subjects import MODULES, are_same, make_sampler, make_table, to_values

REFUSED, RIGHT = "refused by a message", "right rows"
WRONG, UNCLEAR = "silently wrong", "another error than of value or type"
CASES: dict[str, Callable[[Any, Any], Hostile]] = (
    hostile_values.CASES | hostile_containers.CASES | hostile_parameters.CASES
)


def run(size: Size) -> Iterator[Outcome]:
    """Run all cases on both sides, or in the quick form, where memory that the other side damages may take a minute, on ours."""
    for subject in SUBJECTS if size.samplers > 1 else (OURS,):
        yield from run_cases(__name__, subject, size)


def list_cases(size: Size) -> list[str]:
    """Return the cases, each with the name of a sampler."""
    names = list(MODULES)[-size.samplers :]
    return sorted((f"{name}: {case}" for name in names for case in CASES), key=may_harm, reverse=True)


def may_harm(case: str) -> bool:
    """Whether a case may write outside its memory."""
    return case.partition(": ")[2] in hostile_containers.SPARSE


def try_case(subject: str, case: str) -> str | None:
    """Return the result of one case, or None where the sampler has no such parameter."""
    name, _, case = case.partition(": ")
    hostile = CASES[case](*make_table())
    parameters = {
        key: value for key, value in hostile.parameters.items() if key in make_sampler(subject, name).get_params()
    }
    if hostile.parameters and not parameters:
        return None
    try:
        found = make_sampler(subject, name, **parameters).fit_resample(hostile.X, hostile.y)
    except (ValueError, TypeError) as error:
        return REFUSED if str(error).strip() else UNCLEAR
    except Exception:
        return UNCLEAR
    return RIGHT if is_right(found, hostile, partial(make_sampler, subject, name)) else WRONG


def is_right(found: tuple[Any, Any], hostile: Hostile, make: Callable[[], Any]) -> bool:
    """Whether the rows are those of the plain table, or the rows that no sampler makes are exactly rows that came."""
    if hostile.kept:
        came = set(map(tuple, to_values(hostile.X).tolist()))
        kept = to_values(found[0])[to_values(found[1]) == 0].tolist()
        return len(kept) > 0 and all(tuple(row) in came for row in kept)
    if hostile.plain is None:
        return False
    expected, expected_labels = map(to_values, make().fit_resample(*hostile.plain))
    if hostile.exponent:
        expected = np.ldexp(expected, hostile.exponent)
    rows, labels = to_values(found[0]), to_values(found[1])
    if rows.size != expected.size or labels.size != expected_labels.size:
        return False
    return are_same(rows.reshape(expected.shape), expected) and are_same(labels.ravel(), expected_labels.ravel())


TRIAL = Trial(
    "hostile inputs",
    "Wrong shapes, missing and infinite cells, odd dtypes and containers, damaged sparse matrices, senseless parameters. "
    "Each is refused by one message, or answered as the same table without its oddity.",
    frozenset({REFUSED, RIGHT}),
    run,
)
