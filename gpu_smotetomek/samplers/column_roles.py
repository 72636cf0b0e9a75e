"""The parameters `passthrough` and `passthrough_fill`: columns that travel with their rows and are not read."""

from __future__ import annotations

from typing import Any

from gpu_smotetomek.containers import ColumnRoles
from gpu_smotetomek.samplers._sklearn import StrOptions

PASSTHROUGH_PARAMETERS: dict[str, list[Any]] = {
    "passthrough": [list, tuple, None],
    "passthrough_fill": [StrOptions({"missing", "base"})],
}


def make_roles(sampler: Any, *, adds_rows: bool, reads_values: bool) -> ColumnRoles:
    """The roles of the columns of X that the parameters of `sampler` give."""
    names = getattr(sampler, "passthrough", None)
    return ColumnRoles(tuple(names or ()), getattr(sampler, "passthrough_fill", "missing"), adds_rows, reads_values)


def check_step_roles(outermost: Any, name: str, step: Any) -> None:
    """Raise if a step of a chain gives columns another role than the outermost object, which alone receives the columns.

    Raises
    ------
    ValueError
        If the step sets `passthrough` or `passthrough_fill` to another value.
    """
    for parameter, default in (("passthrough", None), ("passthrough_fill", "missing")):
        own, given = getattr(step, parameter, default), getattr(outermost, parameter, default)
        if own != default and own != given:
            raise ValueError(
                f"step {name!r} has {parameter}={own!r}, and {type(outermost).__name__} has {parameter}={given!r}: that of the "
                f"outermost object holds for all steps; give {parameter}={own!r} there, and leave it out of the step"
            )
