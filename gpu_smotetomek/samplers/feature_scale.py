"""The parameter `scale`: factors that multiply the features before distances, while rows stay in their own units."""

from __future__ import annotations

from typing import Any

import numpy as np

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.containers import Table, get_mixed_features
from gpu_smotetomek.errors import join_first
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.resampling import find_factors
from gpu_smotetomek.samplers._sklearn import StrOptions
from gpu_smotetomek.samplers.column_names import find_column_names, name_columns
from gpu_smotetomek.typing import Array, Floats, Integers

SCALE: dict[str, list[Any]] = {"scale": [StrOptions({"standard", "robust"}), "array-like", None]}


def set_factors(sampler: Any, X: Array, table: Table, ctx: ExecutionContext) -> Floats | None:
    """The factors (d,) of the columns of X, or None; sets `scale_`, those of the features in the caller's order.

    Raises
    ------
    ValueError
        If `scale` is an array of another length, or of other numbers than factors.
    """
    if not hasattr(sampler, "scale"):  # a sampler without distances
        return None
    sampler.scale_ = None
    if sampler.scale is None:
        return None
    scale, places = sampler.scale, places_of_columns(table, int(X.shape[1]))
    d_numeric = int(X.shape[1]) - count_categorical(table)
    if not isinstance(scale, str):
        names = find_column_names(sampler, len(places))
        check_names(scale, None if names is None else [names[column] for column in np.argsort(places)])
        scale = check_factors(scale, len(places), getattr(table, "row_shape", ()))[places][:d_numeric]
    factors = np.ones(len(places))
    if d_numeric:
        columns = name_columns(sampler, len(places))
        numbers = X if d_numeric == len(places) else X[:, :d_numeric]  # a slice of a sparse matrix is a copy
        factors[:d_numeric] = find_factors(numbers, scale, columns, ctx)
    sampler.scale_ = np.empty(len(places))
    sampler.scale_[places] = factors
    return factors


def places_of_columns(table: Table, d: int) -> Integers:
    """Number of the feature in the caller's order (d,), for each column of the matrix of a table."""
    features = get_mixed_features(table)
    if features is None:
        return np.arange(d)
    columns = np.array([*features.continuous, *features.categorical])
    return np.argsort(np.argsort(columns))


def count_categorical(table: Table) -> int:
    """Number of categorical features of a table."""
    features = get_mixed_features(table)
    return 0 if features is None else len(features.categorical)


def check_names(scale: Any, names: list[str] | None) -> None:
    """Raise if a parameter that is a series has other names, or names in another order, than the features.

    Raises
    ------
    ValueError
        About such a series.
    """
    index = getattr(scale, "index", None)
    own = [] if index is None or callable(index) else list(index)
    if names is not None and all(isinstance(name, str) for name in own) and own not in ([], names):
        raise ValueError(
            f"scale has factors of {join_first(list(map(repr, own)))}, and the features are "
            f"{join_first(list(map(repr, names)))}: give the factors in the order of the features"
        )


def check_factors(scale: Any, d: int, row_shape: tuple[int, ...] = ()) -> Floats:
    """The factors (d,) of a parameter, in float64 on the host; it may have the shape of a row, too.

    Raises
    ------
    ValueError
        If it has another shape, holds a number that is negative or not finite, or no positive one.
    """
    try:
        factors = to_host(scale)
        is_numeric = factors.dtype.kind in "biufO"  # objects such as fractions are converted
        factors = np.array(factors, dtype=np.float64 if is_numeric else None)
    except (TypeError, ValueError):
        is_numeric = False
    if not is_numeric:
        raise ValueError(
            f"scale={scale!r} is no array of numbers: give 'standard', 'robust' or a factor for each feature"
        )
    if factors.shape not in ((d,), row_shape):
        given = f"{len(factors)} factors" if factors.ndim == 1 else f"the shape {factors.shape}"
        shape = f", in rows of shape {row_shape}" if len(row_shape) > 1 else ""
        raise ValueError(f"scale has {given}, and X has {d} features{shape}: give one factor for each feature")
    if not (np.isfinite(factors) & (factors >= 0)).all() or not factors.any():
        raise ValueError(
            "scale is to hold finite factors, none below 0 and some above; 0 leaves a feature out of distances"
        )
    return factors.reshape(-1)


def to_host(scale: Any) -> np.ndarray[Any, Any]:
    """The parameter as a NumPy array; an array of another library may be on a device."""
    return dispatch.to_numpy(scale) if dispatch.is_foreign_array(scale) else np.asarray(scale)


def check_step_scale(outermost: Any, name: str, step: Any) -> None:
    """Raise if a step of a chain has another scale than the outermost object, whose scale holds for all steps.

    Raises
    ------
    ValueError
        About such a step.
    """
    own, given = getattr(step, "scale", None), getattr(outermost, "scale", None)
    if own is None or is_same_scale(own, given):
        return
    raise ValueError(
        f"step {name!r} has scale={own!r}, and {type(outermost).__name__} has scale={given!r}: all steps share one table, and "
        "the scale of the outermost object holds for all of them; give it there, and leave it out of the step"
    )


def is_same_scale(own: Any, other: Any) -> bool:
    """Whether two values of the parameter are equal."""
    if isinstance(own, str) or isinstance(other, str) or other is None:
        return isinstance(own, str) and isinstance(other, str) and own == other
    return np.array_equal(to_host(own), to_host(other))
