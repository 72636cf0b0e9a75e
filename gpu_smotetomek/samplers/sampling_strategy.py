"""Resolve `sampling_strategy` for given labels: the rows to add to each class, or the classes that may lose rows."""

import math
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from numbers import Integral, Real
from typing import Any

from gpu_smotetomek.arrays import encoding
from gpu_smotetomek.errors import join_first, suggest
from gpu_smotetomek.typing import Labels

Counts = OrderedDict[Any, int]


def resolve_oversampling(strategy: Any, y: Labels, present: Counts | None = None) -> Counts:
    """Find the number of rows to add to each class.

    Parameters
    ----------
    strategy : str, float, mapping or callable
        'auto' ('not majority'), 'minority', 'not minority', 'not majority' or 'all': those classes grow to the size of
        the largest. A float in (0, 1]: the smaller of two classes grows to that share of the larger. A mapping: total of each
        class that it names. A callable of `y` that returns such a mapping.
    y : ndarray of shape (n_samples,)
        Labels.
    present : OrderedDict, optional
        Counts of `y`, ascending by label, where they are known: `y` then serves a callable only.

    Returns
    -------
    OrderedDict
        Label, as in ``np.unique(y)``, to number of new rows, ascending by label.

    Raises
    ------
    ValueError
        If there are fewer than two classes, or `y` cannot satisfy the strategy.
    TypeError
        If the strategy is of another type, or a total is no integer.

    Examples
    --------
    >>> import numpy as np
    >>> y = np.array(["common"] * 100 + ["rare"] * 10)
    >>> list(resolve_oversampling(0.29, y).values())
    [19]
    """
    counts = check_two_classes(count_labels(y) if present is None else present)
    if isinstance(strategy, str):
        if strategy == "majority":
            raise ValueError("'sampling_strategy'='majority' cannot be used with over-sampler.")
        targets = find_classes_by_name(strategy, counts, auto="not majority", refused="majority")
        largest = max(counts.values())
        return OrderedDict((label, largest - counts[label]) for label in counts if label in targets)
    if isinstance(strategy, Real):
        return _new_rows_by_ratio(float(strategy), counts)
    return _new_rows_by_total(find_totals(strategy, y), counts)


def resolve_cleaning(
    strategy: Any, y: Labels, counts: Mapping[Any, int] | None = None, present: Counts | None = None
) -> Counts:
    """Find the classes that may lose rows.

    Parameters
    ----------
    strategy : str, list or callable
        'auto' ('not minority'), 'majority', 'not minority', 'not majority' or 'all'; a list of labels; or a callable
        of `y` that returns a list of labels or a mapping whose keys are labels.
    y : ndarray of shape (n_samples,)
        Labels.
    counts : mapping, optional
        Class counts that give names their meaning, those before over-sampling: a balanced `y` has no majority of its
        own. If they are all equal, every name means all classes. Default: the counts of `y`; the first label wins ties.
    present : OrderedDict, optional
        As in `resolve_oversampling`.

    Returns
    -------
    OrderedDict
        Label, as in ``np.unique(y)``, to the size of the smallest class, ascending by label. Only the keys matter.

    Raises
    ------
    ValueError
        If there are fewer than two classes, or the strategy names no class of `y` or does not suit cleaning.
    TypeError
        If the strategy is of another type.

    Examples
    --------
    >>> import numpy as np
    >>> balanced = np.array(["common", "rare"] * 50)
    >>> [str(label) for label in resolve_cleaning("majority", balanced, counts={"common": 10, "rare": 50})]
    ['rare']
    """
    present = check_two_classes(count_labels(y) if present is None else present)
    if isinstance(strategy, str):
        if strategy == "minority":
            raise ValueError("'sampling_strategy'='minority' cannot be used with under-sampler and clean-sampler.")
        targets = find_classes_by_name(
            strategy, present if counts is None else counts, auto="not minority", refused="minority"
        )
        if counts is not None and len(set(counts.values())) == 1:
            targets = set(present)
    elif isinstance(strategy, Mapping):
        raise ValueError(
            "'sampling_strategy' as a dict for cleaning methods is not supported. "
            "Please give a list of the classes to be targeted by the sampling."
        )
    elif isinstance(strategy, Real):
        _check_range(float(strategy))
        raise ValueError(  # imbalanced-learn's sentence, and the "not" that it lacks
            "'clean-sampling' methods do not let the user specify the sampling ratio. They remove what they find: "
            "give the classes that may lose rows, as a name such as 'majority' or a list of labels."
        )
    else:
        named = strategy(y) if callable(strategy) else strategy
        if isinstance(named, Mapping):  # of a callable, written for another kind of sampler
            check_totals(named, present)
        targets = _classes_by_list(named, present)
    return OrderedDict.fromkeys((label for label in present if label in targets), min(present.values()))


def find_totals(strategy: Any, y: Labels) -> Mapping[Any, Any]:
    """The total of each class that a mapping, or a callable of `y`, gives; raise for a strategy of another type."""
    if isinstance(strategy, Mapping):
        return strategy
    if isinstance(strategy, list):
        raise ValueError("'sampling_strategy' cannot be a list for samplers which are not cleaning methods.")
    if not callable(strategy):
        raise TypeError(f"sampling_strategy must be a str, float, mapping or callable, got {_describe(strategy)}.")
    totals = strategy(y)
    if not isinstance(totals, Mapping):
        raise TypeError(f"sampling_strategy(y) must return a mapping from label to total, got {_describe(totals)}.")
    return totals


def count_labels(y: Labels) -> Counts:
    """Rows of each label of `y`, ascending by label."""
    if y.dtype == object:  # np.unique sorts a million Python strings in a second, counting takes 0.05 s
        return OrderedDict(sorted(Counter(y.tolist()).items()))
    labels, codes = encoding.unique_inverse(y)
    return OrderedDict(zip(labels, encoding.bincount(codes, len(labels)).tolist(), strict=True))


def check_two_classes(counts: Counts) -> Counts:
    """Return the counts; raise if there are fewer than two classes."""
    if len(counts) < 2:
        raise ValueError(f"The target 'y' needs to have more than 1 class. Got {len(counts)} class instead")
    return counts


def find_classes_by_name(name: str, counts: Mapping[Any, int], *, auto: str, refused: str) -> set[Any]:
    """The classes that a name means; `auto` is what 'auto' stands for, and `refused` a name that is not allowed."""
    labels = sorted(counts)  # max and min return the first of equals, so ties go to the first label
    majority, minority = max(labels, key=counts.__getitem__), min(labels, key=counts.__getitem__)
    targets_by_name = {
        "majority": {majority},
        "minority": {minority},
        "not majority": {*labels} - {majority},
        "not minority": {*labels} - {minority},
        "all": {*labels},
    }
    del targets_by_name[refused]
    targets_by_name["auto"] = targets_by_name[auto]
    if name not in targets_by_name:
        raise ValueError(
            f"When 'sampling_strategy' is a string, it needs to be one of {sorted(targets_by_name)}. Got '{name}' instead."
            f"{suggest(name, targets_by_name).replace('did', ' Did')}"
        )
    return targets_by_name[name]


def _check_present(labels: set[Any], counts: Counts) -> None:
    if unknown := labels - set(counts):
        raise ValueError(
            f"The {unknown} target class is/are not present in the data. Its classes: {_format_classes(counts)}."
            f"{_suggest_classes(unknown, counts)}"
        )


def _classes_by_list(labels: Any, counts: Counts) -> set[Any]:
    if isinstance(labels, (str, bytes)) or not isinstance(labels, Iterable):
        raise TypeError(
            f"sampling_strategy must be a str, a list of labels, or a callable that returns one, got {_describe(labels)}."
        )
    targets = set(labels)
    _check_present(targets, counts)
    return targets


def check_totals(totals: Mapping[Any, Any], counts: Counts) -> None:
    """Raise if a total is no integer or is negative, or its class has no rows."""
    _check_present(set(totals), counts)
    for label, total in totals.items():
        if not isinstance(total, Integral):
            raise TypeError(f"sampling_strategy must give class {label!r} an integer total, got {_describe(total)}.")
    if any(total < 0 for total in totals.values()):
        raise ValueError(
            "The number of samples in a class cannot be negative."
            f"'sampling_strategy' contains some negative value: {totals}"
        )


def _new_rows_by_total(totals: Mapping[Any, Any], counts: Counts) -> Counts:
    check_totals(totals, counts)
    for label, total in totals.items():
        if total < counts[label]:
            raise ValueError(
                "With over-sampling methods, the number of samples in a class should be greater or equal to the "
                f"original number of samples. Originally, there is {counts[label]} samples and {total} samples are "
                f"asked. The class is {label!r}: ask for {counts[label]} or more, or leave it out."
            )
    return OrderedDict((label, int(totals[label]) - counts[label]) for label in counts if label in totals)


def floor_total(total: float) -> int:
    """The whole number of rows that a product or quotient of float64 means."""
    # 0.29 * 100 is 28.999999999999996 in float64, but means 29
    return round(total) if abs(total - round(total)) <= 1e-12 * total else math.floor(total)


def _new_rows_by_ratio(ratio: float, counts: Counts) -> Counts:
    check_ratio(ratio, counts)
    majority = max(counts, key=counts.__getitem__)
    (minority,) = counts.keys() - {majority}
    grown = floor_total(ratio * counts[majority])
    if grown <= counts[minority]:
        raise ValueError(
            "The specified ratio required to remove samples from the minority class while trying to "
            f"generate new samples. Please increase the ratio. It is {ratio:g}, and the classes stand at "
            f"{counts[minority] / counts[majority]:.3g} ({counts[minority]} : {counts[majority]}) already."
        )
    return OrderedDict({minority: grown - counts[minority]})


def check_ratio(ratio: float, counts: Counts) -> None:
    """Raise if a ratio is outside (0, 1], or there are not two classes."""
    _check_range(ratio)
    if len(counts) != 2:
        raise ValueError(
            '"sampling_strategy" can be a float only when the type of target is binary. For multi-class, use a dict.'
        )


def _check_range(ratio: float) -> None:
    if not 0 < ratio <= 1:
        raise ValueError(f"When 'sampling_strategy' is a float, it should be in the range (0, 1]. Got {ratio} instead.")


def _format_classes(counts: Counts) -> str:
    """The labels as text; the first ones only, if there are many."""
    return join_first([repr(getattr(label, "item", lambda label=label: label)()) for label in counts])


def _suggest_classes(unknown: set[Any], counts: Counts) -> str:
    """Questions that name the classes written most like unknown ones, each after a blank."""
    known = [getattr(label, "item", lambda label=label: label)() for label in counts]
    hints = [suggest(label, known) for label in sorted(unknown, key=str)]
    return "".join(
        f" For {label!r}, {hint}" for label, hint in zip(sorted(unknown, key=str), hints, strict=True) if hint
    )


def _describe(value: Any) -> str:
    return f"{value!r} ({type(value).__name__})"
