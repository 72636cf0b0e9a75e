"""Labels as NumPy arrays: text or numbers, none missing, one class a row."""

from typing import Any

import numpy as np
from sklearn.utils import assert_all_finite, column_or_1d
from sklearn.utils.multiclass import check_classification_targets, is_multilabel, type_of_target

from gpu_smotetomek.arrays import encoding

from ..typing import Integers, Labels

MISSING = "Input y contains NaN.\nEvery row needs a class: drop the rows without one, or name a class for them."


def normalize_labels(values: Labels) -> Labels:
    """Convert objects that are numbers to numbers, and keep text; raise for missing values and for text mixed with numbers."""
    if values.dtype.kind in "fc" and np.isnan(values).any():
        raise ValueError(MISSING)
    if values.dtype.kind in "fc":
        assert_all_finite(values, input_name="y")
    if values.dtype.kind in "mM" and np.isnat(values).any():
        raise ValueError(MISSING)
    if values.dtype.kind == "T":  # NumPy's StringDType, which scikit-learn does not support
        values = values.astype(object)
    if values.dtype != object:
        return values
    others = [value for value in values.flat if not isinstance(value, str)]
    if any(is_missing(value) for value in others):
        raise ValueError(MISSING)
    if not others:
        return values
    if len(others) < values.size:
        raise ValueError(
            f"y mixes text with other labels, {others[0]!r} ({type(others[0]).__name__}) among them: "
            "make all of them text, or all numbers."
        )
    return np.asarray(others).reshape(values.shape)


def is_missing(value: Any) -> bool:
    return value is None or type(value).__name__ in {"NAType", "NaTType"} or bool(value != value)


def extract_classes(values: Labels) -> Labels:
    """Return the class of each row: the labels unchanged, or for one-hot rows the number of the column that holds the 1."""
    if (values.ndim == 1 and values.dtype.kind in "OU") or encoding.has_small_integer_range(values):
        return values  # scikit-learn needs two seconds to check a million strings
    _check_not_continuous(values)
    check_classification_targets(values)
    if values.ndim < 2 or not is_multilabel(values) or not np.isin(values, (0, 1)).all():
        return np.asarray(column_or_1d(values))
    return decode_one_hot(np.count_nonzero(values, axis=1), values.argmax(axis=1))


def _check_not_continuous(values: Labels) -> None:
    """Raise, with scikit-learn's message and a remedy, if labels are numbers with fractions."""
    if values.dtype.kind != "f" or values.ndim > 2 or (values == np.floor(values)).all():
        return
    exchanged = ", or exchange X and y if they are in each other's place" if values.shape[1:] > (1,) else ""
    first = values[values != np.floor(values)][0].item()
    raise ValueError(
        f"Unknown label type: {type_of_target(values, input_name='y')}. y holds numbers with fractions, {first!r} among them, "
        "like a regression target, and resampling needs classes: give the column of classes, or cut the numbers into classes "
        f"(numpy.digitize){exchanged}."
    )


def decode_one_hot(ones: Integers, columns: Integers) -> Integers:
    """Return `columns` (n,), the column of the 1 in each one-hot row, if the counts `ones` (n,) are all 1; else raise."""
    if (ones > 1).any():
        raise ValueError(
            f"y has {np.count_nonzero(ones > 1)} rows of several classes, the first is row {np.argmax(ones > 1)}. "
            "Multilabel and multioutput targets are not supported."
        )
    if (ones == 0).any():
        raise ValueError(
            f"y has {np.count_nonzero(ones == 0)} rows of no class, the first is row {np.argmin(ones)}: "
            "each row of a one-hot target holds exactly one 1."
        )
    return columns.astype(np.int64, copy=False)
