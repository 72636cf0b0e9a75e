"""Tomek links as a function."""

from __future__ import annotations

from typing import Any

from gpu_smotetomek.samplers.parameter_types import (
    BackendWord,
    CategoricalFeatures,
    ColumnNames,
    DefinitionWord,
    DeviceWord,
    Scale,
)
from gpu_smotetomek.samplers.tomek import TomekLinks
from gpu_smotetomek.typing import Integers


def tomek_links(
    X: Any,
    y: Any,
    *,
    definition: DefinitionWord = "nearest neighbours",
    n_jobs: int | None = None,
    backend: BackendWord = "auto",
    device: DeviceWord = "auto",
    memory_limit: int | None = None,
    scale: Scale | None = None,
    passthrough: ColumnNames | None = None,
    categorical_features: CategoricalFeatures | None = None,
) -> Integers:
    """Find the Tomek links of a table.

    A Tomek link is a pair of rows of different classes, each strictly nearer to the other than to any third row.

    Parameters
    ----------
    X : array-like, data frame or sparse matrix of shape (n_samples, n_features)
        Numbers without missing values.
    y : array-like of shape (n_samples,)
        Class labels.
    definition : {'nearest neighbours', 'nearest enemies'}, default='nearest neighbours'
        As in `TomekLinks`.
    n_jobs : int or None, default=None
        As in `SMOTE`.
    backend : str, default='auto'
        As in `SMOTE`.
    device : str, default='auto'
        As in `SMOTE`.
    memory_limit : int or None, default=None
        Bytes of work space; None is 256 MiB.
    scale : {'standard', 'robust'}, array of shape (n_features,) or None, default=None
        As in `SMOTE`.
    passthrough : list of column names or None, default=None
        Columns of a frame that are not read.
    categorical_features : 'auto', array-like of columns or None, default=None
        As in `TomekLinks`.

    Returns
    -------
    int64 array of NumPy, of shape (n_links, 2)
        Row numbers of each link, i < j, ascending.

    Raises
    ------
    ValueError
        If X or y is not a table of numbers with at least two classes.

    See Also
    --------
    TomekLinks : Removal of Tomek links alone.
    explain_link : Why two rows are a link, or are none.

    Examples
    --------
    >>> tomek_links([[0.0], [1.0], [1.5], [9.0]], ["a", "a", "b", "b"])
    array([[1, 2]])
    """
    finder = TomekLinks(
        sampling_strategy="all",
        definition=definition,
        n_jobs=n_jobs,
        backend=backend,
        device=device,
        memory_limit=memory_limit,
        scale=scale,
        passthrough=passthrough,
        categorical_features=categorical_features,
    )
    finder.fit_resample(X, y)
    return finder.links_
