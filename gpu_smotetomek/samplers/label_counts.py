"""Class codes of a batch and the caller's labels: numbers of rows by label, and numbers that are given by label by code."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import numpy as np

from gpu_smotetomek.resampling import Batch, ClassSizes
from gpu_smotetomek.typing import Integers, Labels


def counts_by_label(batch: Batch | ClassSizes, sizes: Integers | None = None) -> OrderedDict[Any, int]:
    """Number of rows of each label, ascending by label, of those that have any; or `sizes` of all classes instead."""
    sizes = batch.class_counts if sizes is None else sizes
    return OrderedDict((label, size) for label, size in zip(batch.classes, sizes.tolist(), strict=True) if size)


def sizes_by_code(batch: Batch | ClassSizes, sizes: Mapping[Any, int]) -> dict[int, int]:
    """A mapping from class code to the number that `sizes` gives for the label."""
    return {int(np.searchsorted(batch.classes, label)): size for label, size in sizes.items()}


def strategy_labels(strategy: Any, batch: Batch | ClassSizes) -> Labels:
    """The labels that resolving a strategy needs beside the counts: those of all rows for a callable, else the classes."""
    return batch.labels if callable(strategy) else batch.classes
