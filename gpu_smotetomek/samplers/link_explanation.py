"""Explain a pair of rows of a table in any container."""

from __future__ import annotations

from operator import index
from typing import Any

from gpu_smotetomek.resampling import LinkExplanation, explain_pair
from gpu_smotetomek.samplers.parameter_types import CategoricalFeatures, ColumnNames, DefinitionWord, DeviceWord, Scale
from gpu_smotetomek.samplers.tomek import TomekLinks


def explain_link(
    X: Any,
    y: Any,
    i: int,
    j: int | None = None,
    *,
    definition: DefinitionWord = "nearest neighbours",
    device: DeviceWord = "auto",
    memory_limit: int | None = None,
    scale: Scale | None = None,
    passthrough: ColumnNames | None = None,
    categorical_features: CategoricalFeatures | None = None,
) -> LinkExplanation:
    """Explain why a pair of rows is a Tomek link, or is none.

    The distances of these rows to all rows are computed; no other pair is compared.

    Parameters
    ----------
    X : array-like, data frame or sparse matrix of shape (n_samples, n_features)
        Numbers without missing values.
    y : array-like of shape (n_samples,)
        Class labels.
    i : int
        Row number of one end.
    j : int or None, default=None
        Row number of the other end. None is the nearest enemy of i: no other row can be in a link with i.
    definition : {'nearest neighbours', 'nearest enemies'}, default='nearest neighbours'
        As in `TomekLinks`.
    device : str, default='auto'
        As in `SMOTE`.
    memory_limit : int or None, default=None
        Bytes of work space; None is 256 MiB.
    scale : {'standard', 'robust'}, array of shape (n_features,) or None, default=None
        As in `SMOTE`. The rows that an over-sampler returned take its `scale_`; distances are those of ``X * scale_``.
    passthrough : list of column names or None, default=None
        Columns of a frame that are not read.
    categorical_features : 'auto', array-like of columns or None, default=None
        As in `TomekLinks`.

    Returns
    -------
    LinkExplanation
        Labels, distances, nearest rows and the third row that breaks the link; `str` gives them in words.

    Raises
    ------
    IndexError
        If i or j is no row of X.
    ValueError
        If i and j are the same row, or X or y is not a table of numbers with at least two classes.

    See Also
    --------
    tomek_links : The links alone, as row numbers.

    Examples
    --------
    >>> print(explain_link([[0.0], [1.0], [1.5], [9.0]], ["a", "a", "b", "b"], 1, 2))
    Row 1 ('a') and row 2 ('b') are a Tomek link: their distance is 0.5.
    No row is as near to row 1 as row 2: the next is row 0 ('a') at 1.
    No row is as near to row 2 as row 1: the next is row 0 ('a') at 1.5.
    """
    finder = TomekLinks(
        sampling_strategy="all",
        definition=definition,
        device=device,
        memory_limit=memory_limit,
        scale=scale,
        passthrough=passthrough,
        categorical_features=categorical_features,
    )
    finder._validate_params()
    with finder._enter(X, y) as (_, _, batch, ctx):
        finder._resolve(batch)
        n = len(batch.codes)
        i, j = check_row("i", i, n), None if j is None else check_row("j", j, n)
        if i == j:
            raise ValueError(f"i and j are both row {i}; a link is a pair of two rows")
        return explain_pair(batch, i, j, definition, ctx)


def check_row(name: str, row: Any, n: int) -> int:
    """Return a row number as an int; raise if there is no such row among n rows."""
    try:
        number = index(row)
    except TypeError as error:
        raise TypeError(f"{name}={row!r} is no row number; give an integer from 0 to {n - 1}") from error
    if not 0 <= number < n:
        raise IndexError(f"{name}={number} is no row of X; give a number from 0 to {n - 1}")
    return number
