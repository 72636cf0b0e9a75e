"""Why a pair of rows is a link, or is none: the nearest rows of both ends, and the third row that breaks it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.exact import ExactSearch
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.typing import NeighborLists


@dataclass(frozen=True)
class LinkEnd:
    """One end of a pair of rows, and the rows that are near to it.

    With the definition 'nearest enemies', only rows that are not of the class of this end count as near rows.

    Attributes
    ----------
    row : int
        Row number.
    label : object
        Class of the row.
    nearest : int or None
        The nearest other row, the first one of equals; None if there is none.
    nearest_distance : float
        Its distance, infinite if there is none.
    third : int or None
        The nearest row that is not the other end, the first one of equals; None if there is none.
    third_label : object
        Class of the third row.
    third_distance : float
        Its distance, infinite if there is none.
    breaks : bool
        Whether the third row is as near as the other end, so that the pair is no link.
    is_tied : bool
        Whether the third row and the other end are equally near.
    """

    row: int
    label: Any
    nearest: int | None
    nearest_distance: float
    third: int | None
    third_label: Any
    third_distance: float
    breaks: bool
    is_tied: bool


@dataclass(frozen=True)
class LinkExplanation:
    """Why a pair of rows is a link, or is none; `str` gives it in words.

    Attributes
    ----------
    i : LinkEnd
        The first end.
    j : LinkEnd
        The second end.
    distance : float
        Distance of both ends, in the units of X; with `scale`, of the features times their factors.
    is_link : bool
        Whether the pair is a link; if j is the nearest enemy of i, whether i is in any link.
    is_nearest_enemy : bool
        Whether j was not given and is the nearest enemy of i.
    definition : str
        Which pairs are links, as in `TomekLinks`.
    """

    i: LinkEnd
    j: LinkEnd
    distance: float
    is_link: bool
    is_nearest_enemy: bool
    definition: str

    def __str__(self) -> str:
        """The explanation in a few lines of text."""
        i, j = (f"row {end.row} ({end.label!r})" for end in (self.i, self.j))
        lines = [f"R{j[1:]} is the nearest enemy of {i}."] if self.is_nearest_enemy else []
        kind = "Tomek link" if self.definition == "nearest neighbours" else "pair of nearest enemies"
        verdict = "a" if self.is_link else "no"
        lines += [f"R{i[1:]} and {j} are {verdict} {kind}: their distance is {self.distance:.6g}."]
        if self.i.label == self.j.label:
            return "\n".join([*lines, f"Both are of class {self.i.label!r}."])
        lines += [self._describe_third(end, other) for end, other in ((self.i, self.j), (self.j, self.i))]
        if self.is_nearest_enemy and not self.is_link:
            lines += [f"Row {self.i.row} is in no {kind}, as only its nearest enemy could be the other row."]
        return "\n".join(lines)

    def _describe_third(self, end: LinkEnd, other: LinkEnd) -> str:
        kind = "row" if self.definition == "nearest neighbours" else "enemy"
        if end.third is None:
            return f"Row {end.row} has no {kind} beside row {other.row}."
        third = f"row {end.third} ({end.third_label!r})"
        if end.is_tied:
            return f"R{third[1:]} is as near to row {end.row} as row {other.row} is ({self.distance:.6g})."
        far, near = write_distances(end.third_distance, self.distance)
        if end.breaks:
            return f"R{third[1:]} is nearer to row {end.row} ({far}) than row {other.row} is ({near})."
        return f"No {kind} is as near to row {end.row} as row {other.row}: the next is {third} at {far}."


def write_distances(first: float, second: float) -> tuple[str, str]:
    """Two distances as text, with as many digits as show which is smaller.

    Examples
    --------
    >>> write_distances(0.12, 0.31)
    ('0.12', '0.31')
    >>> write_distances(1.0, 1.0000001)
    ('1', '1.0000001')
    """
    for digits in (6, 9, 12, 15, 17):
        texts = f"{first:.{digits}g}", f"{second:.{digits}g}"
        if texts[0] != texts[1]:
            break
    return texts


def explain_pair(batch: Batch, i: int, j: int | None, definition: str, ctx: ExecutionContext) -> LinkExplanation:
    """Explain a pair of rows, by their distances to all rows; without j, the row i and its nearest enemy."""
    is_nearest_enemy = j is None
    if j is None:
        j = int(search_row(batch, i, ctx, of_enemies=True).indices[0, 0])
    first, second = (dispatch.asarray_like(np.array([row]), batch.X) for row in (i, j))
    sq_distance = float(dispatch.to_numpy(batch.scaled.sq_distances(first, second, ctx))[0, 0])
    ends = [explain_end(batch, end, other, sq_distance, definition, ctx) for end, other in ((i, j), (j, i))]
    is_link = bool(batch.codes[i] != batch.codes[j]) and not any(end.breaks for end in ends)
    distance = unscale_distance(batch, sq_distance)
    return LinkExplanation(ends[0], ends[1], distance, is_link, is_nearest_enemy, definition)


def explain_end(
    batch: Batch, row: int, partner: int, sq_distance: float, definition: str, ctx: ExecutionContext
) -> LinkEnd:
    """The end `row` of a pair at this squared distance, in scaled units."""
    lists = search_row(batch, row, ctx, of_enemies=definition == "nearest enemies")
    near = [(float(square), int(other)) for square, other in zip(*(part[0] for part in lists), strict=True)]
    near = [entry for entry in near if math.isfinite(entry[0])]
    thirds = [entry for entry in near if entry[1] != partner]
    (nearest_square, nearest), (third_square, third) = ((*part, (math.inf, None))[0] for part in (near, thirds))
    return LinkEnd(
        row=row,
        label=batch.get_label(int(batch.codes[row])),
        nearest=nearest,
        nearest_distance=unscale_distance(batch, nearest_square),
        third=third,
        third_label=None if third is None else batch.get_label(int(batch.codes[third])),
        third_distance=unscale_distance(batch, third_square),
        breaks=third_square <= sq_distance,
        is_tied=third_square == sq_distance,
    )


def search_row(batch: Batch, row: int, ctx: ExecutionContext, *, of_enemies: bool) -> NeighborLists:
    """The two nearest other rows (1, 2) of a row, or those of other classes, by float64 distances to all; on the host."""
    others = np.flatnonzero(batch.codes != batch.codes[row]) if of_enemies else np.arange(len(batch.codes))
    rows, query = (dispatch.asarray_like(numbers, batch.X) for numbers in (others, np.array([row])))
    lists = ExactSearch(batch.scaled, rows, None, ctx).kneighbors(query, 2)
    return NeighborLists(dispatch.to_numpy(lists.sq_distances), dispatch.to_numpy_int64(lists.indices))


def unscale_distance(batch: Batch, sq_distance: float) -> float:
    """The distance in the units of X, of a squared distance in scaled units."""
    with np.errstate(over="ignore"):
        return float(np.ldexp(math.sqrt(sq_distance), -batch.scaled.exponent))
