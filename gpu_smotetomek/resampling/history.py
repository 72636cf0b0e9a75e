"""Records of the steps of a call, in ids, so that they can be reported after the rows are gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from gpu_smotetomek.typing import Integers


@dataclass(frozen=True)
class SearchRecord:
    """Record of the searches of a step.

    Attributes
    ----------
    backend : str
        Backend that served most queries; 'direct' if all distances were computed in float64.
    stages : mapping
        Number of rows that each stage of the search settled.
    certified_fraction : float
        Share of the rows for which not all distances were computed in float64.
    """

    backend: str
    stages: Mapping[str, int]
    certified_fraction: float


def empty_ids(*shape: int) -> Integers:
    """An empty array of ids, of this shape."""
    return np.empty(shape, np.int64)


@dataclass(frozen=True)
class StepRecord:
    """Record of what one step did to a batch.

    Attributes
    ----------
    reason : str
        Why the step removes rows, such as 'Tomek link'; empty where it removes none.
    n_made : int
        Synthetic rows that this step and those before it made, dropped ones included.
    class_counts : int array (n_classes,)
        Rows of each class after the step.
    removed_ids : int64 array (r,)
        Ids of the rows that the step removed.
    partner_ids : int64 array (r,), or None
        For each of them, the id of the other row of its link; None where no pairs are the reason.
    links : int64 array (n_links, 2)
        Ids of the rows of each link.
    link_codes : int array (n_links, 2)
        Class codes of these rows.
    search : SearchRecord or None
        What the searches did; None for a step that searches nothing.
    name : str
        Name of the step; those of steps within steps are joined by '__'.
    seconds : float
        Time from the start of the step to its end.
    """

    reason: str
    n_made: int
    class_counts: Integers
    removed_ids: Integers = field(default_factory=lambda: empty_ids(0))
    partner_ids: Integers | None = None
    links: Integers = field(default_factory=lambda: empty_ids(0, 2))
    link_codes: Integers = field(default_factory=lambda: empty_ids(0, 2))
    search: SearchRecord | None = None
    name: str = ""
    seconds: float = 0.0

    def within(self, name: str, seconds: float) -> StepRecord:
        """The record of a step, or of a step within a step, of this name, which took so long."""
        record = object.__new__(type(self))  # `replace` would take four times as long
        record.__dict__.update(self.__dict__)
        record.__dict__["name"] = f"{name}__{self.name}" if name and self.name else name or self.name
        record.__dict__["seconds"] = self.seconds if self.name else seconds
        return record
