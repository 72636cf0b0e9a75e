"""Resolve `min_samples` for given classes: the rows that cleaning leaves to each class at least."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import Any

import numpy as np

from gpu_smotetomek.errors import join_first
from gpu_smotetomek.samplers.parameter_types import Integer
from gpu_smotetomek.typing import Integers, Labels


def resolve_min_samples(min_samples: Integer | Mapping[Any, Any] | None, classes: Labels) -> Integers:
    """Find the number of rows that cleaning leaves to each class at least.

    Parameters
    ----------
    min_samples : int, mapping or None
        One number for all classes; or label to number, where a class that is left out may lose all rows; None is 0 for all.
    classes : array (n_classes,)
        Labels, sorted.

    Returns
    -------
    int64 array (n_classes,)
        Number of rows of each class.

    Raises
    ------
    ValueError
        If the mapping names a label that is no class, or a number is negative.
    TypeError
        If a number is no integer.

    Examples
    --------
    >>> import numpy as np
    >>> resolve_min_samples({"rare": 20}, np.array(["common", "rare"]))
    array([ 0, 20])
    """
    if isinstance(min_samples, bool):
        raise TypeError(
            f"min_samples={min_samples} is no number of rows; give an integer, or a mapping from label to one"
        )
    if not isinstance(min_samples, Mapping):
        return np.full(len(classes), min_samples or 0, np.int64)
    labels = classes.tolist()
    for label, number in min_samples.items():
        if label not in labels:
            raise ValueError(
                f"min_samples names the class {label!r}, which is not in y. Its classes: {join_first(list(map(repr, labels)))}"
            )
        if isinstance(number, bool) or not isinstance(number, Integral):
            raise TypeError(
                f"min_samples gives class {label!r} {number!r} ({type(number).__name__}); give a number of rows, an integer"
            )
        if number < 0:
            raise ValueError(f"min_samples gives class {label!r} {number} rows; give 0 or more")
    return np.array([min_samples.get(label, 0) for label in labels], np.int64)
