"""The rows that cleaning removes: ends of links in the classes that may lose rows, as long as a class has rows to lose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.typing import Floats, Integers


class LinkEnds(NamedTuple):
    """Rows (m,) to remove, and the other row (m,) of the link of each."""

    rows: Integers
    partners: Integers

    def select(self, positions: npt.NDArray[np.bool_] | Integers) -> LinkEnds:
        """The ends at these positions, or where a mask is true."""
        return LinkEnds(self.rows[positions], self.partners[positions])

    @classmethod
    def concat(cls, parts: list[LinkEnds]) -> LinkEnds:
        """The ends of all parts, ascending by row."""
        ends = cls(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
        return ends.select(np.argsort(ends.rows, kind="stable"))


Measure = Callable[[Integers], tuple[Floats, Integers]]
"""From positions among the ends of links to their squared distances and their places in the order of the result."""


@dataclass(frozen=True)
class RemovalRule:
    """Which ends of links are removed.

    Attributes
    ----------
    is_targeted : bool array (n_classes,)
        Classes that may lose rows.
    sizes : int array (n_classes,)
        The end whose class has the smaller of two sizes stays; with equal sizes neither stays for this reason.
    min_rows : int array (n_classes,)
        Rows that removal leaves to each class at least; a class that has fewer loses none.
    """

    is_targeted: npt.NDArray[np.bool_]
    sizes: Integers
    min_rows: Integers

    def choose_ends(self, links: Integers, batch: Batch, class_counts: Integers, ctx: ExecutionContext) -> LinkEnds:
        """The ends of links (n_links, 2) that are removed, ascending by row.

        Of a class with too few rows to lose, the rows in the narrowest links are removed, by float64 distance and then by the
        place of the row in the order of the result. `class_counts` (n_classes,) are the rows that are left before.
        """
        ends = LinkEnds(links.ravel(), links[:, ::-1].ravel())

        def measure(positions: Integers) -> tuple[Floats, Integers]:
            chosen = ends.select(positions)
            first, second = (dispatch.asarray_like(rows, batch.X) for rows in chosen)
            sq_distances = dispatch.to_numpy(batch.scaled.sq_distances(first, second, ctx)[:, 0])
            return sq_distances, batch.places_of(chosen.rows)

        positions = self.choose_positions(
            ends, batch.codes[ends.rows], batch.codes[ends.partners], class_counts, measure
        )
        return ends.select(positions)

    def choose_positions(
        self, ends: LinkEnds, codes: Integers, partner_codes: Integers, class_counts: Integers, measure: Measure
    ) -> Integers:
        """Positions of the ends that are removed, ascending by row.

        Parameters
        ----------
        ends : LinkEnds
            Both ends of all links.
        codes, partner_codes : int arrays (m,)
            Classes of the ends and of their partners.
        class_counts : int array (n_classes,)
            Rows that are left before.
        measure : callable
            Returns the squared distances of the ends at some positions to their partners, and the places of these ends in the
            order of the result. It is called where a class has too few rows to lose.
        """
        positions = np.flatnonzero(self.is_targeted[codes] & (self.sizes[codes] >= self.sizes[partner_codes]))
        positions = positions[np.argsort(ends.rows[positions], kind="stable")]
        codes = codes[positions]
        surplus = np.maximum(class_counts - self.min_rows, 0)
        if (np.bincount(codes, minlength=len(surplus)) <= surplus).all():
            return positions
        sq_distances, places = measure(positions)
        return positions[mark_narrowest(codes, sq_distances, places, surplus)]


def mark_narrowest(codes: Integers, sq_distances: Floats, places: Integers, surplus: Integers) -> npt.NDArray[np.bool_]:
    """Mask (m,) of the first entries of each class by (distance, place), at most `surplus` (n_classes,) of each.

    Examples
    --------
    >>> import numpy as np
    >>> mark_narrowest(np.array([0, 1, 0]), np.array([4.0, 9.0, 1.0]), np.array([3, 5, 8]), np.array([1, 1]))
    array([False,  True,  True])
    """
    order = np.lexsort((places, sq_distances, codes))
    sizes = np.bincount(codes, minlength=len(surplus))
    first = np.cumsum(sizes) - sizes
    rank = np.empty(len(codes), np.int64)
    rank[order] = np.arange(len(codes)) - first[codes[order]]
    is_narrow: npt.NDArray[np.bool_] = rank < surplus[codes]
    return is_narrow
