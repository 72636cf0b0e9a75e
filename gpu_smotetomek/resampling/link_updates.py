"""Links after a drop: only rows that had a dropped row about as near as their nearest row are searched again.

Write R for the rows that are left, D for those that were dropped just now, and take a pair {i, j} of R that is a link in R but
was none before. Then a third row z broke it before, with d(i, z) ≤ d(i, j) or d(j, z) ≤ d(i, j), and none does now: z is in D.
So a pair becomes a link only if a row of D was as near to one of its ends as the other end is.

At most one end of a link is in the largest class. For each first end i, a row outside of it, an upper bound u(i) on the distance
to its nearest row is kept and, where its strictly nearest row j is of another class, the pair (i, j). Let t be the distance to
the nearest row of D.

- t(i) > u(i): the row that the bound came from is not in D, so the bound still holds. No row of D was as near to i as its
  nearest row is, so that is the same row as before, and the pair is known if it is of another class.
- t(i) ≤ u(i): i is searched in R, and its pair is verified.
- A known pair has d(i, j) ≤ u(i), so no row of D was as near to i, unless i is searched. Where t(j) ≤ d(i, j), the pair is
  verified again; elsewhere it is a link if it was one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.neighbors.rounding import widen_down, widen_up
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.resampling.candidate_links import CandidateLinks
from gpu_smotetomek.resampling.tomek import FoundLinks, rank_classes, sort_pairs
from gpu_smotetomek.typing import Floats, Integers, Mask, NeighborLists

NO_FIRST_END = -1.0  # as an upper bound: of rows of the largest class


class KnownPairs(NamedTuple):
    """Rows i (m,), the row j (m,) of another class that is strictly nearest to each, their distance, and whether it is a link."""

    i: Integers
    j: Integers
    distance: Floats
    is_link: Mask

    def select(self, mask: Mask) -> KnownPairs:
        """The pairs where the mask is true."""
        return KnownPairs(self.i[mask], self.j[mask], self.distance[mask], self.is_link[mask])

    def append(self, other: KnownPairs) -> KnownPairs:
        """These pairs, then the others."""
        return KnownPairs(*(np.concatenate(columns) for columns in zip(self, other, strict=True)))


@dataclass(frozen=True)
class LinkUpdates:
    """Links among the rows of a batch that are left; all arrays are on the host.

    Attributes
    ----------
    batch : Batch
        All rows, dropped ones included.
    selector : SearchSelector
    of_enemies : bool
        Whether nearest rows are those of other classes only.
    is_left : bool array (n,)
    upper_bound : float64 array (n,)
        u: of rows of the largest class −1, infinite where it is unknown.
    pairs : KnownPairs
    """

    batch: Batch
    selector: SearchSelector
    of_enemies: bool
    is_left: Mask
    upper_bound: Floats
    pairs: KnownPairs

    @classmethod
    def from_found(cls, found: FoundLinks, batch: Batch, selector: SearchSelector, *, of_enemies: bool) -> Self:
        """The start: all rows of a batch, whose links were found."""
        read = read_search if found.bounds is None else read_lineage
        upper_bound, i, j, distance = read(found, batch, selector)
        partner = np.full(len(batch.codes), -1)
        partner[found.pairs] = found.pairs[:, ::-1]
        pairs = KnownPairs(i, j, distance, partner[i] == j)
        return cls(batch, selector, of_enemies, np.ones(len(batch.codes), bool), upper_bound, pairs)

    @property
    def links(self) -> Integers:
        """Links (n_links, 2) among the rows that are left, ascending."""
        links = self.pairs.select(self.pairs.is_link)
        return sort_pairs(np.stack([links.i, links.j], axis=1))

    def drop(self, rows: Integers) -> LinkUpdates:
        """The links after these rows, ascending, are dropped."""
        left = replace(self, is_left=self.is_left & ~mark_rows(rows, len(self.is_left)))
        dropped_distance = left._bound_distances(rows)
        stale = np.flatnonzero(left.is_left & (dropped_distance <= self._widen(self.upper_bound)))
        pairs, is_stale = self.pairs, mark_rows(stale, len(self.is_left))
        pairs = pairs.select(left.is_left[pairs.i] & left.is_left[pairs.j] & ~is_stale[pairs.i])
        is_touched = dropped_distance[pairs.j] <= self._widen(pairs.distance)
        upper_bound, new = left._search_pairs(stale)
        pairs = pairs.select(~is_touched).append(left._verify_pairs(pairs.select(is_touched).append(new)))
        return replace(left, upper_bound=upper_bound, pairs=pairs)

    def _widen(self, distance: Floats) -> Floats:
        """Distances raised by their rounding; negative ones stay negative."""
        raised: Floats = np.where(distance < 0, distance, widen_up(distance, self.batch.scaled.d))
        return raised

    def _bound_distances(self, dropped: Integers) -> Floats:
        """t: lower bound (n,) on the distance of each row to the nearest dropped one, rounding included.

        Infinite for rows that are neither a first end nor in a known pair.
        """
        bound = np.full(len(self.is_left), np.inf)
        in_pair = mark_rows(self.pairs.j, len(bound))
        ends = np.flatnonzero(self.is_left & ((self.upper_bound >= 0) | in_pair))
        rows, queries = (dispatch.asarray_like(numbers, self.batch.X) for numbers in (dropped, ends))
        # a radius about as small as u would make the bounds too loose to exceed u
        radius = dispatch.asarray_like(np.full(len(ends), np.inf), self.batch.X)
        search = self.selector.make_search(self.batch.scaled, rows, len(ends))
        bound[ends] = widen_down(dispatch.to_numpy(search.nearest_lower_bound(queries, radius)), self.batch.scaled.d)
        return bound

    def _search_pairs(self, rows: Integers) -> tuple[Floats, KnownPairs]:
        """U after first ends are searched again, and the pairs of these, which are not verified yet."""
        lists, upper_bound = self._find_two_nearest(rows), self.upper_bound.copy()
        distance, nearest = np.sqrt(lists.sq_distances[:, 0]), lists.indices[:, 0]
        upper_bound[rows] = distance
        is_strict = lists.sq_distances[:, 0] < lists.sq_distances[:, 1]
        are_enemies = self.batch.codes[rows] != self.batch.codes[nearest]
        pairs = KnownPairs(rows, nearest, distance, np.zeros(len(rows), bool))
        return upper_bound, pairs.select(is_strict & are_enemies)

    def _verify_pairs(self, pairs: KnownPairs) -> KnownPairs:
        """The pairs, with `is_link` by a search of both ends."""
        ends = np.unique(np.concatenate([pairs.i, pairs.j]))
        lists, nearest = self._find_two_nearest(ends), np.full(len(self.is_left), -1)
        nearest[ends] = np.where(lists.sq_distances[:, 0] < lists.sq_distances[:, 1], lists.indices[:, 0], -1)
        return pairs._replace(is_link=(nearest[pairs.i] == pairs.j) & (nearest[pairs.j] == pairs.i))

    def _find_two_nearest(self, queries: Integers) -> NeighborLists:
        """The two nearest rows (m, 2) that are left, for each query; with `of_enemies`, of other classes."""
        lists = NeighborLists(np.empty((len(queries), 2)), np.zeros((len(queries), 2), np.int64))
        of_query = self.batch.codes[queries] if self.of_enemies else np.zeros(len(queries), np.int64)
        for code in np.unique(of_query):
            positions = np.flatnonzero(of_query == code)
            is_searched = self.is_left & (self.batch.codes != code) if self.of_enemies else self.is_left
            rows, ends = (
                dispatch.asarray_like(numbers, self.batch.X)
                for numbers in (np.flatnonzero(is_searched), queries[positions])
            )
            found = self.selector.make_search(self.batch.scaled, rows, len(positions)).kneighbors(ends, 2)
            lists.sq_distances[positions] = dispatch.to_numpy(found.sq_distances)
            lists.indices[positions] = dispatch.to_numpy_int64(found.indices)
        return lists


KnownColumns = tuple[Floats, Integers, Integers, Floats]
"""u (n,), and of known pairs i, j and their distance (m,)."""


def read_lineage(found: FoundLinks, batch: Batch, selector: SearchSelector) -> KnownColumns:
    """What the lineage bounds and the candidate links say; first ends are the rows of all classes but the last."""
    del selector
    assert found.bounds is not None
    own_class = found.bounds.same_class_upper_bound
    upper_bound = np.concatenate([dispatch.to_numpy(part) for part in (own_class.originals, own_class.synthetic)])
    upper_bound = widen_up(upper_bound, found.bounds.d)  # within which candidates were searched
    is_last = rank_classes(batch)[batch.codes] == len(batch.classes) - 1
    i, j, sq_distances = (dispatch.to_numpy(column) for column in CandidateLinks.concat(found.candidates))
    return np.where(is_last, NO_FIRST_END, upper_bound), i, j, np.sqrt(sq_distances)


def read_search(found: FoundLinks, batch: Batch, selector: SearchSelector) -> KnownColumns:
    """What the strictly nearest rows say; first ends are the rows of all classes but the largest."""
    assert found.nearest is not None
    is_first = batch.codes != int(batch.class_counts.argmax())
    i = np.flatnonzero(is_first & (found.nearest >= 0))
    j, upper_bound = found.nearest[i], np.where(is_first, np.inf, NO_FIRST_END)
    first, second = (dispatch.asarray_like(rows, batch.X) for rows in (i, j))
    distance = np.sqrt(dispatch.to_numpy(batch.scaled.sq_distances(first, second, selector.ctx)[:, 0]))
    upper_bound[i] = distance
    are_enemies = batch.codes[i] != batch.codes[j]
    return upper_bound, i[are_enemies], j[are_enemies], distance[are_enemies]


def mark_rows(rows: Integers, n: int) -> Mask:
    """Mask (n,) that is true at these rows."""
    mask = np.zeros(n, bool)
    mask[rows] = True
    return mask
