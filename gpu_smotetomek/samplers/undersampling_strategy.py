"""Resolve `sampling_strategy` of an under-sampler for given labels: the rows that each class keeps."""

from collections import OrderedDict
from collections.abc import Mapping
from numbers import Real
from typing import Any

from gpu_smotetomek.samplers.sampling_strategy import (
    Counts,
    check_ratio,
    check_totals,
    check_two_classes,
    count_labels,
    find_classes_by_name,
    find_totals,
    floor_total,
)
from gpu_smotetomek.typing import Labels


def resolve_undersampling(strategy: Any, y: Labels, present: Counts | None = None) -> Counts:
    """Find the number of rows that each class keeps.

    Parameters
    ----------
    strategy : str, float, mapping or callable
        'auto' ('not minority'), 'majority', 'not minority', 'not majority' or 'all': those classes shrink to the size of the
        smallest. A float in (0, 1]: the larger of two classes shrinks until the smaller is that share of it. A mapping: total of
        each class that it names. A callable of `y` that returns such a mapping.
    y : ndarray of shape (n_samples,)
        Labels.
    present : OrderedDict, optional
        As in `resolve_oversampling`.

    Returns
    -------
    OrderedDict
        Label, as in ``np.unique(y)``, to number of rows, ascending by label; a class that is not in it keeps all rows.

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
    >>> {str(label): total for label, total in resolve_undersampling(0.5, y).items()}
    {'common': 20}
    """
    counts = check_two_classes(count_labels(y) if present is None else present)
    if isinstance(strategy, str):
        if strategy == "minority":
            raise ValueError("'sampling_strategy'='minority' cannot be used with under-sampler and clean-sampler.")
        targets = find_classes_by_name(strategy, counts, auto="not minority", refused="minority")
        return OrderedDict.fromkeys((label for label in counts if label in targets), min(counts.values()))
    if isinstance(strategy, Real):
        return _kept_rows_by_ratio(float(strategy), counts)
    return _kept_rows_by_total(find_totals(strategy, y), counts)


def _kept_rows_by_total(totals: Mapping[Any, Any], counts: Counts) -> Counts:
    check_totals(totals, counts)
    for label, total in totals.items():
        if total > counts[label]:
            raise ValueError(
                "With under-sampling methods, the number of samples in a class should be less or equal to the original "
                f"number of samples. Originally, there is {counts[label]} samples and {total} samples are asked. The class "
                f"is {label!r}: ask for {counts[label]} or fewer, or leave it out."
            )
    return OrderedDict((label, int(totals[label])) for label in counts if label in totals)


def _kept_rows_by_ratio(ratio: float, counts: Counts) -> Counts:
    check_ratio(ratio, counts)
    minority = min(counts, key=counts.__getitem__)
    (majority,) = counts.keys() - {minority}
    total = floor_total(counts[minority] / ratio)
    if total > counts[majority]:
        raise ValueError(
            "The specified ratio required to generate new sample in the majority class while trying to remove samples. "
            f"Please increase the ratio. It is {ratio:g}, and the classes stand at {counts[minority] / counts[majority]:.3g} "
            f"({counts[minority]} : {counts[majority]}) already."
        )
    return OrderedDict({majority: total})
