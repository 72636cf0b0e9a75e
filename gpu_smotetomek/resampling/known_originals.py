"""Lists and links of the rows of the input, which hold whatever synthetic rows are added to one of two classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from gpu_smotetomek.arrays import dispatch, indexing, matrices
from gpu_smotetomek.memo import Memo
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.neighbors.exact import ExactSearch
from gpu_smotetomek.neighbors.rounding import widen_down, widen_up
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.resampling.candidate_links import CandidateLinks
from gpu_smotetomek.resampling.link_verification import no_closer_row
from gpu_smotetomek.typing import Array

NEAR_ENEMIES_PER_PARENT = 64  # rows in the list of enemies of each possible parent
NEAR_PARENTS_PER_PARENT = 128  # rows in the list of other possible parents


class SortedLists(NamedTuple):
    """The nearest of some rows (p, w) around each of some centres, ascending; no other row is nearer than the last one.

    Attributes
    ----------
    rows : int64 array (p, w)
    distances : float64 array (p, w)
        In scaled units; infinite where there are fewer rows.
    """

    rows: Array
    distances: Array

    @classmethod
    def search(cls, search: ExactSearch, centres: Array, width: int) -> Self:
        """The lists of the nearest other rows."""
        sq_distances, rows = search.kneighbors(centres, width)
        return cls(rows, dispatch.namespace(rows).sqrt(sq_distances))

    def take(self, positions: Array) -> SortedLists:
        """The lists of the centres at these positions."""
        return SortedLists(*(matrices.take_dense_rows(values, positions) for values in self))

    @property
    def last(self) -> Array:
        """Distance (p,) to the last row of each list."""
        return self.distances[:, -1]


@dataclass(frozen=True)
class KnownOriginals:
    """The rows of an input with two classes, of which one grows: lists around its rows, and the links without synthetic rows.

    Attributes
    ----------
    parents : int64 array (p,)
        Rows of the class that grows, ascending: possible parents.
    positions : int64 array (n,)
        Position of each row among the parents; −1 for enemies.
    enemies, relatives : ExactSearch
        Over the other rows; over the parents.
    near_enemies, near_relatives : SortedLists
        Around each parent.
    enemy_distance : float64 array (n,)
        Lower bound on the distance of each parent to its nearest enemy, in scaled units; 0 for other rows.
    links : CandidateLinks
        The links of the input; i is a parent.
    axes : list of float64 arrays (n,)
        Coordinates of all rows on the widest axes, at most three; none for sparse rows.
    """

    parents: Array
    positions: Array
    enemies: ExactSearch
    relatives: ExactSearch
    near_enemies: SortedLists
    near_relatives: SortedLists
    enemy_distance: Array
    links: CandidateLinks
    axes: list[Array]

    @classmethod
    def from_batch(cls, batch: Batch, code: int, selector: SearchSelector) -> Self:
        """Search around the rows of the class `code` of an input."""
        parents, enemy_rows = (
            batch.class_rows(code),
            dispatch.asarray_like(np.flatnonzero(batch.codes != code), batch.X),
        )
        n_parents = int(parents.shape[0])
        enemies, relatives = (
            selector.make_search(batch.scaled, rows, n_parents, only_lists=True) for rows in (enemy_rows, parents)
        )
        near_enemies = SortedLists.search(enemies, parents, NEAR_ENEMIES_PER_PARENT)
        near_relatives = SortedLists.search(relatives, parents, NEAR_PARENTS_PER_PARENT)
        xp, d = dispatch.namespace(parents), batch.scaled.d
        nearest = near_enemies.distances[:, 0]
        order = xp.arange(n_parents, dtype=xp.int64, device=dispatch.get_device(parents))
        positions = xp.full(len(batch.codes), -1, dtype=xp.int64, device=dispatch.get_device(parents))
        positions = indexing.scatter_set(positions, parents, order)
        unset = xp.zeros(len(batch.codes), dtype=xp.float64, device=dispatch.get_device(parents))
        distance = indexing.scatter_set(unset, parents, widen_down(nearest, d))
        own_class = widen_up(near_relatives.distances[:, 0], d)
        close = indexing.flatnonzero(widen_down(nearest, d) < own_class)
        rows, own_class = xp.take(parents, close), xp.take(own_class, close)
        links = CandidateLinks.from_lists(rows, enemies.kneighbors(rows, 2, own_class), own_class)
        links = links.keep_strictly_nearest()
        links = links.select(no_closer_row(links, relatives))
        for others in (relatives, enemies):
            links = links.select(no_closer_row(links.reversed, others))
        every = xp.arange(len(batch.codes), dtype=xp.int64, device=dispatch.get_device(parents))
        axes = batch.scaled.leading_coordinates(every, selector.ctx)
        return cls(parents, positions, enemies, relatives, near_enemies, near_relatives, distance, links, axes)


def find_known_originals(batch: Batch, memo: Memo | None) -> Batch | None:
    """The known batch without synthetic rows whose rows are the originals of `batch`; None where there is none."""
    if memo is None:
        return None

    def has_same_originals(known: Batch) -> bool:
        dropped = batch.dropped_ids[: len(known.dropped_ids)]
        return (
            known.scaled.projection is batch.scaled.projection
            and known.lineage.n_synthetic == 0
            and known.n_originals == batch.n_originals
            and bool((dropped == known.dropped_ids).all())
        )

    known: Batch | None = memo.find_if(has_same_originals)
    return known
