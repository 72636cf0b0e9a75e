"""The parameters that give columns of X other roles than that of a numeric feature: categories, and columns that only travel."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from gpu_smotetomek.containers import ColumnRoles
from gpu_smotetomek.samplers._sklearn import StrOptions

PASSTHROUGH_PARAMETERS: dict[str, list[Any]] = {
    "passthrough": [list, tuple, None],
    "passthrough_fill": [StrOptions({"missing", "base"})],
}
CATEGORICAL_FEATURES = ["array-like", StrOptions({"auto"})]


def make_roles(sampler: Any, *, adds_rows: bool, reads_values: bool) -> ColumnRoles:
    """The roles of the columns of X that the parameters of `sampler` give."""
    names, categorical = getattr(sampler, "passthrough", None), sampler._categorical_features
    fill = getattr(sampler, "passthrough_fill", "missing")
    return ColumnRoles(tuple(names or ()), categorical, fill, adds_rows, reads_values)


def simplify_features(spec: Any) -> Any:
    """The value of `categorical_features` as 'auto', a list, or None where it describes no column."""
    if spec is None or isinstance(spec, str):
        return spec
    entries = [entry.item() if isinstance(entry, np.generic) else entry for entry in spec]
    is_mask = all(isinstance(entry, bool) for entry in entries)
    return None if not entries or (is_mask and not any(entries)) else entries


def agree_on_features(steps: Iterable[tuple[str, Any]]) -> Any:
    """The categorical features of X for a chain of steps: what the steps say that say anything.

    Raises
    ------
    ValueError
        If two steps differ.
    """
    given = [(name, step._categorical_features) for name, step in steps if step._categorical_features is not None]
    for name, features in given[1:]:
        if features != given[0][1]:
            raise ValueError(
                f"step {given[0][0]!r} has categorical_features={given[0][1]!r}, and step {name!r} has {features!r}: they share "
                "one table and one metric, so give both the same, or leave it out of one of them"
            )
    return given[0][1] if given else None


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


def check_takes_categories(name: str, step: Any) -> None:
    """Raise if a step would treat codes of categories as numbers.

    Raises
    ------
    ValueError
        About such a step.
    """
    if not step._takes_categories:
        raise ValueError(
            f"step {name!r} ({type(step).__name__}) computes with numbers only, and X has categorical features: use SMOTENC to "
            "over-sample such a table, or leave categorical_features out"
        )
