"""The rows of a class that grew: rows of the input with known lists, and their synthetic children."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from gpu_smotetomek.arrays import dispatch, indexing, matrices
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.rounding import widen_down, widen_up
from gpu_smotetomek.resampling.candidate_links import CandidateLinks
from gpu_smotetomek.resampling.known_originals import KnownOriginals, SortedLists
from gpu_smotetomek.resampling.link_verification import FamilyIndex, Pairs
from gpu_smotetomek.typing import Array

FAR_PARENTS_PER_END = (
    64  # far-reaching parents beyond a list, up to which comparing them costs less than another search
)


class Ring(NamedTuple):
    """Distances (m,) from known centres, between which the wanted rows lie.

    Attributes
    ----------
    owner : int64 array (m,)
        Position of the centre among the parents.
    inner, outer : float64 arrays (m,)
        In scaled units, without the rounding of the lists.
    """

    owner: Array
    inner: Array
    outer: Array

    def take(self, positions: Array) -> Ring:
        """The rings at these positions."""
        return Ring(*(indexing.take_1d(values, positions) for values in self))

    def is_within(self, lists: SortedLists, d: int) -> Array:
        """Mask (m,) of the rings whose rows are all listed."""
        return widen_up(self.outer, d) < widen_down(indexing.take_1d(lists.last, self.owner), d)

    def list_rows(self, lists: SortedLists, d: int, ctx: ExecutionContext, reach: Array | None = None) -> Pairs:
        """Numbers of rings, and listed rows that are in them; `reach` (n,) widens the ring by what it gives for a row."""
        width, xp = int(lists.rows.shape[1]), dispatch.namespace(self.owner)
        inner, outer = widen_down(self.inner, d), widen_up(self.outer, d)

        def list_block(block: slice) -> Pairs:
            owner = self.owner[block]
            distances = matrices.take_dense_rows(lists.distances, owner)
            low, high = inner[block][:, None], outer[block][:, None]
            if reach is not None:
                widths = indexing.take_1d(reach, matrices.take_dense_rows(lists.rows, owner))
                low, high = low - widths, high + widths
            # short lists are filled up with infinite distances, and a ring may be infinite
            is_in = (distances >= low) & (distances <= high) & (distances < xp.inf)
            flat = indexing.flatnonzero(indexing.flatten(is_in))
            ring, column = flat // width, flat % width
            listed = xp.take(indexing.flatten(lists.rows), xp.take(owner, ring) * width + column)
            return ring + block.start, listed

        parts = ctx.map_rows("bounds", list_block, int(self.owner.shape[0]), 24.0 * width)
        none = self.owner[:0]
        rings, rows = ([none, *(part[i] for part in parts)] for i in (0, 1))
        return xp.concat(rings), xp.concat(rows)


@dataclass(frozen=True)
class KnownFamily(FamilyIndex):
    """A `FamilyIndex` that takes the parents around an end from the list of the parent next to the link.

    Parameters
    ----------
    known : KnownOriginals
    """

    known: KnownOriginals

    def no_closer_listed_relative(self, links: CandidateLinks) -> Array:
        """Mask of the links to whose end i no listed parent, and no child of one, is as near as j."""
        xp = dispatch.namespace(links.i)
        return ~self._mark_broken(
            xp.zeros_like(links.i, dtype=xp.bool), links, self._list_ring(links, self.make_ring(links))
        )

    def _list_ring(self, links: CandidateLinks, ring: Ring) -> Pairs:
        """Pairs of each end i and the listed parents that may be near it or have a child near it."""
        xp, reach = dispatch.namespace(links.i), indexing.clip(self.bounds.child_reach, 0, None)
        end, parents = ring.list_rows(self.known.near_relatives, self.bounds.d, self.parents.ctx, reach)
        every = xp.arange(links.i.shape[0], dtype=end.dtype, device=dispatch.get_device(end))
        return xp.concat([every, end]), xp.concat([self._find_centre(links), parents])

    def make_ring(self, links: CandidateLinks) -> Ring:
        """The ring around the parent next to a link that holds all rows at most as far from end i as j is."""
        d, scaled = self.bounds.d, self.parents.scaled
        centre = self._find_centre(links)
        sq_distances = scaled.sq_distances(links.i, centre, self.parents.ctx)[:, 0]
        distance, delta = dispatch.namespace(sq_distances).sqrt(sq_distances), links.distance_upper_bound(d)
        owner = indexing.take_1d(self.known.positions, centre)
        return Ring(owner, widen_down(distance, d) - delta, widen_up(distance, d) + delta)

    def _find_centre(self, links: CandidateLinks) -> Array:
        """For each link, its end that is a parent, or the nearer parent of its end that is synthetic."""
        xp, n = dispatch.namespace(links.i), self.bounds.n_originals
        is_synthetic = links.i >= n
        is_enemy = ~is_synthetic & (indexing.take_1d(self.known.positions, indexing.clip(links.i, 0, n - 1)) < 0)
        end = xp.where(is_enemy, links.j, links.i)
        if not self.bounds.n_synthetic:
            return end
        position = indexing.clip(end - n, 0, None)
        return xp.where(end < n, end, self.bounds.nearer_parent(position))

    def _list_parents(self, links: CandidateLinks) -> tuple[Pairs, Array]:
        """Pairs of `FamilyIndex`, without those of listed parents, which `no_closer_listed_relative` compares."""
        d, delta = self.bounds.d, links.distance_upper_bound(self.bounds.d)
        ring = self.make_ring(links)
        # an unlisted row is at least so far from the end
        lower_bound = widen_down(indexing.take_1d(self.known.near_relatives.last, ring.owner), d) - (ring.outer - delta)
        weak = indexing.flatnonzero(self._count_far_reaching(lower_bound, delta) > FAR_PARENTS_PER_END)
        if not weak.shape[0]:
            return (links.i[:0], links.i[:0]), lower_bound
        (end, parents), searched = super()._list_parents(links.take(weak))
        lower_bound = indexing.scatter_set(lower_bound, weak, searched)
        return (dispatch.namespace(end).take(weak, end), parents), lower_bound
