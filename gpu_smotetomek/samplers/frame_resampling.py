"""The function `resample`: one frame in, one balanced frame out."""

from __future__ import annotations

from typing import Any

from gpu_smotetomek.containers import divide_frame, enter_frame
from gpu_smotetomek.samplers.base import Sampler
from gpu_smotetomek.samplers.parameter_hints import explain_imblearn
from gpu_smotetomek.samplers.parameter_types import (
    CategoricalFeatures,
    ColumnNames,
    FillWord,
    OverSamplingStrategy,
    Rows,
    Scale,
    SeedOrGenerator,
)
from gpu_smotetomek.samplers.smote_tomek import SMOTETomek
from gpu_smotetomek.samplers.smotenc import SMOTENC

DEFAULT_WORDS = {"sampling_strategy": "auto", "passthrough_fill": "missing"}


def resample(
    frame: Rows,
    target: Any,
    sampler: Sampler | None = None,
    *,
    sampling_strategy: OverSamplingStrategy = "auto",
    random_state: SeedOrGenerator = None,
    scale: Scale | None = None,
    categorical_features: CategoricalFeatures | None = None,
    passthrough: ColumnNames | None = None,
    passthrough_fill: FillWord = "missing",
) -> Rows:
    """Balance a frame that holds features and target.

    Parameters
    ----------
    frame : pandas, polars, narwhals or cuDF DataFrame or PyArrow Table
        The table; the index of a pandas frame is not kept.
    target : column name
        The column of the class labels.
    sampler : Sampler or None, default=None
        A sampler or pipeline of this package, which is fitted. None is `SMOTETomek` with the parameters below, which must
        not be given beside a sampler.
    sampling_strategy : float, str, mapping or callable, default='auto'
        As in `SMOTE`.
    random_state : int, RandomState, Generator or None, default=None
        As in `SMOTE`.
    scale : {'standard', 'robust'}, array of shape (n_features,) or None, default=None
        As in `SMOTE`.
    categorical_features : 'auto', array-like of columns or None, default=None
        As in `SMOTENC`, for the columns without the target; None is a table of numbers.
    passthrough : list of column names or None, default=None
        As in `SMOTE`.
    passthrough_fill : {'missing', 'base'}, default='missing'
        As in `SMOTE`.

    Returns
    -------
    same container as `frame`
        The same columns in the same order and dtypes. Rows come out as from `fit_resample`: shuffle them before a split by
        position.

    Raises
    ------
    ValueError
        If there is no such column, a parameter is given beside a sampler, or the table cannot be resampled.
    TypeError
        If `frame` is no frame, or `sampler` no sampler.

    Examples
    --------
    >>> import polars as pl
    >>> frame = pl.DataFrame({"late": ["no"] * 9 + ["yes"] * 7, "income": range(16), "rent": range(0, 48, 3)})
    >>> balanced = resample(frame, "late", random_state=0)
    >>> balanced.columns, balanced["late"].to_list().count("yes")
    (['late', 'income', 'rent'], 9)
    """
    given: dict[str, Any] = {
        "sampling_strategy": sampling_strategy,
        "random_state": random_state,
        "scale": scale,
        "categorical_features": categorical_features,
        "passthrough": passthrough,
        "passthrough_fill": passthrough_fill,
    }
    if sampler is None:
        sampler = make_default(**given)
    else:
        check_alone(sampler, given)
    X, y, join = divide_frame(frame, target, enter_frame)
    balanced: Rows = join(*sampler.fit_resample(X, y))
    return balanced


def make_default(categorical_features: CategoricalFeatures | None, **parameters: Any) -> SMOTETomek:
    """The sampler of a call that gives none."""
    if categorical_features is None:
        return SMOTETomek(**parameters)
    travelling = {name: parameters.pop(name) for name in ("scale", "passthrough", "passthrough_fill")}
    return SMOTETomek(smote=SMOTENC(categorical_features, **parameters), **travelling)


def check_alone(sampler: Any, given: dict[str, Any]) -> None:
    """Raise if `sampler` is none of this package, or another parameter than its default is given beside it."""
    if not isinstance(sampler, Sampler):
        raise TypeError(
            f"sampler is {sampler!r} ({type(sampler).__name__}): give a sampler of gpu_smotetomek, such as SMOTE(), or leave it "
            f"out. {explain_imblearn(sampler)}".rstrip()
        )
    for name, value in given.items():
        if not (value is None or (isinstance(value, str) and value == DEFAULT_WORDS.get(name))):
            raise ValueError(
                f"{name} holds for the SMOTETomek made here, and sampler={sampler!r} has parameters of its own: leave {name} "
                "out, or give it to that"
            )
