"""Tomek links: pairs of rows of different classes, each strictly nearer to the other than to any third row."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from gpu_smotetomek.arrays import dispatch, encoding, indexing
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.neighbors.duplicates import repeats_rows
from gpu_smotetomek.neighbors.exact import ExactSearch
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.resampling.candidate_links import CandidateLinks, find_nearest_enemies
from gpu_smotetomek.resampling.known_links import find_known_links
from gpu_smotetomek.resampling.lineage_bounds import LineageBounds
from gpu_smotetomek.resampling.link_verification import (
    FAMILY_SECONDS_PER_LINK,
    FamilyIndex,
    no_closer_row,
    verify_by_search,
)
from gpu_smotetomek.resampling.step_seconds import USE_LINEAGE_ABOVE_PAIRS, bounds_pay
from gpu_smotetomek.typing import Array, Integers

# distinct rows are few if a sample has this share of repetitions, and groups of equal rows this average size
FEW_GROUPS_REPEAT_SHARE, FEW_GROUPS_LEAST_SIZE = 0.5, 16


class FoundLinks(NamedTuple):
    """Links, and what was learned on the way to them.

    Attributes
    ----------
    pairs : int64 array (n_links, 2)
        Rows of the links, in any order.
    nearest : int64 array (n,), or None
        By search: the strictly nearest row of each row that is not of the largest class, and of some others; −1: tied, or not
        searched.
    bounds : LineageBounds, or None
        By lineage: the bounds on the distances to the own class.
    candidates : list of CandidateLinks
        By lineage: candidate links of each class but the last, before any is verified.
    """

    pairs: Integers
    nearest: Integers | None = None
    bounds: LineageBounds | None = None
    candidates: list[CandidateLinks] = []


def find_links(batch: Batch, selector: SearchSelector) -> Integers:
    """Tomek links of a batch, (n_links, 2) row numbers, i < j, ascending; see `search_links`."""
    return sort_pairs(search_links(batch, selector, with_candidates=False).pairs)


def search_links(batch: Batch, selector: SearchSelector, *, with_candidates: bool = True) -> FoundLinks:
    """Tomek links of a batch, and what was learned on the way; without that unless `with_candidates`.

    {i, j} is a link if d(i, j) < d(i, z) and d(i, j) < d(j, z) for every other row z. Links are disjoint and do not depend on the
    order of the rows. Where all parents of the synthetic rows are there, and the rows are on the segments between them, lineage
    bounds do most of the work in large batches; the links are the same.
    """
    n = len(batch.codes)
    search = search_all_rows(batch, selector)
    is_large = n * (n - int(batch.class_counts.max())) > USE_LINEAGE_ABOVE_PAIRS
    use_lineage = (
        is_large and not batch.scaled.is_mixed and not has_few_groups(search) and lineage_pays(batch, selector)
    )
    bounds = LineageBounds.from_batch(batch, selector.ctx) if use_lineage else None
    if bounds is None:
        return links_by_search(batch, search, selector)
    pairs = None if with_candidates else find_known_links(batch, bounds, selector)
    return links_by_lineage(batch, bounds, selector) if pairs is None else FoundLinks(pairs)


def sort_pairs(pairs: Integers) -> Integers:
    """The distinct pairs (n_links, 2), int64, each and all of them ascending."""
    return np.unique(np.sort(pairs, axis=1), axis=0).astype(np.int64).reshape(-1, 2)


def search_all_rows(batch: Batch, selector: SearchSelector) -> ExactSearch:
    """A search over all rows, for the rows of all classes but the largest."""
    n, xp = len(batch.codes), dispatch.namespace(batch.X)
    rows = xp.arange(n, dtype=xp.int64, device=dispatch.get_device(batch.X))
    return selector.make_search(batch.scaled, rows, n - int(batch.class_counts.max()))


def has_few_groups(search: ExactSearch) -> bool:
    """Whether there are so few distinct rows that searching them takes less than lineage bounds."""
    if not search.may_group(search.rows):
        return False
    if not repeats_rows(search.scaled, search.rows, search.ctx, least_share=FEW_GROUPS_REPEAT_SHARE):
        return False
    return int(search.duplicate_groups.start.shape[0]) * FEW_GROUPS_LEAST_SIZE <= int(search.rows.shape[0])


def lineage_pays(batch: Batch, selector: SearchSelector) -> bool:
    """`bounds_pay` for the rows of a batch."""
    originals = encoding.bincount(batch.codes[: batch.n_originals], len(batch.class_counts))
    return bounds_pay(batch.scaled, originals, batch.class_counts, selector)


def links_by_search(batch: Batch, search: ExactSearch, selector: SearchSelector) -> FoundLinks:
    """Links by searching the nearest row of every row that may be in one.

    At most one end of a link is in the largest class, so the rows of the other classes are searched first, then those rows of
    the largest class that are nearest to one of them.
    """
    largest = int(batch.class_counts.argmax())
    smaller = np.flatnonzero(batch.codes != largest)
    nearest = np.full(len(batch.codes), -1)  # the strictly nearest row; −1: tied, or not searched

    def set_nearest(queries: Integers, search: ExactSearch) -> None:
        nearest[queries] = dispatch.to_numpy_int64(search.strictly_nearest(dispatch.asarray_like(queries, batch.X)))

    set_nearest(smaller, search)
    i = smaller[nearest[smaller] >= 0]
    i = i[batch.codes[nearest[i]] != batch.codes[i]]
    partners = np.unique(nearest[i])
    partners = partners[batch.codes[partners] == largest]
    if search.computes_distances and search.backend is not None:
        direct = selector.make_search(batch.scaled, search.rows, len(partners))
        # few rows are searched faster without an index, even if there is one
        search = search if direct.backend else direct
    set_nearest(partners, search)
    i = i[nearest[nearest[i]] == i]
    return FoundLinks(np.stack([i, nearest[i]], axis=1), nearest)


@dataclass
class SearchCache:
    """Searches over sets of rows of a batch; each set is indexed once."""

    batch: Batch
    selector: SearchSelector
    searches: list[ExactSearch] = field(default_factory=list)

    def get_search(self, rows: Array, n_queries: int) -> ExactSearch:
        """A search over these rows, ascending: an earlier one if it is over the same rows."""
        xp = dispatch.namespace(rows)
        for search in self.searches:  # often the enemies are all the originals without children
            if search.rows.shape == rows.shape and bool(xp.all(search.rows == rows)):
                return search
        self.searches.append(self.selector.make_search(self.batch.scaled, rows, n_queries))
        return self.searches[-1]

    def estimate_tree(self, n: int, n_queries: int) -> float:
        """Seconds, on one core, of building a tree over n rows and searching it; infinite where a tree is not the choice."""
        backend, seconds = self.selector.estimate(self.batch.scaled, n, n_queries)
        return seconds * self.selector.ctx.n_threads if backend == "kdtree" else math.inf


def rank_classes(batch: Batch) -> Integers:
    """Place (n_classes,) of each class in the order of the sizes of the classes' originals; ties by label."""
    sizes = encoding.bincount(batch.codes[: batch.n_originals], len(batch.classes))
    return np.argsort(np.argsort(sizes, kind="stable")).astype(batch.codes.dtype)


def links_by_lineage(batch: Batch, bounds: LineageBounds, selector: SearchSelector) -> FoundLinks:
    """Links; each is found from its earlier class, in the order of the sizes of the classes' originals."""
    codes = dispatch.asarray_like(batch.codes, batch.X)
    xp = dispatch.namespace(codes)
    rank = xp.take(dispatch.asarray_like(rank_classes(batch), codes), xp.astype(codes, xp.int64))
    searches, links, found = SearchCache(batch, selector), [np.empty((0, 2), np.int64)], list[CandidateLinks]()
    for c in range(len(batch.classes) - 1):
        candidates = find_candidate_links(bounds, searches, rank, c)
        if candidates is not None:
            found.append(candidates)
            links.append(verify_links(bounds, searches, candidates.keep_strictly_nearest(), rank, c))
    return FoundLinks(np.concatenate(links), bounds=bounds, candidates=found)


def find_candidate_links(bounds: LineageBounds, searches: SearchCache, rank: Array, c: int) -> CandidateLinks | None:
    """Rows of class c, each with the strictly nearest row of all later classes; None where either side is empty."""
    n = bounds.n_originals
    originals, synthetic, later = (indexing.flatnonzero(mask) for mask in (rank[:n] == c, rank[n:] == c, rank > c))
    if not (originals.shape[0] + synthetic.shape[0] and later.shape[0]):
        return None
    enemies = searches.get_search(later, int(originals.shape[0]))
    return find_nearest_enemies(bounds, originals, synthetic, enemies)


def verify_links(bounds: LineageBounds, searches: SearchCache, links: CandidateLinks, rank: Array, c: int) -> Integers:
    """The candidates of class c that are links, (n_links, 2), verified in the way that is estimated to be cheaper."""
    n_links = int(links.i.shape[0])
    if not n_links:
        return np.empty((0, 2), np.int64)
    n_earlier = indexing.count_nonzero(rank <= c)
    if searches.estimate_tree(n_earlier, 2 * n_links) < n_links * FAMILY_SECONDS_PER_LINK:
        earlier, later = (indexing.flatnonzero(mask) for mask in (rank <= c, rank > c))
        links = verify_by_search(links, *(searches.get_search(rows, n_links) for rows in (earlier, later)))
    else:
        links = verify_by_lineage(bounds, searches, links, rank, c)
    return np.stack([dispatch.to_numpy_int64(links.i), dispatch.to_numpy_int64(links.j)], axis=1)


def verify_by_lineage(
    bounds: LineageBounds, searches: SearchCache, links: CandidateLinks, rank: Array, c: int
) -> CandidateLinks:
    """The candidates of class c that are links, without an index over synthetic rows; the cheapest checks come first."""
    has_children = bounds.child_reach >= 0
    parents, childless = indexing.flatnonzero(has_children), indexing.flatnonzero(~has_children)
    family = FamilyIndex(bounds, searches.get_search(parents, int(links.i.shape[0])))
    links = links.select(family.no_closer_relative(links))
    links = links.select(family.no_closer_relative(links.reversed))
    if childless.shape[0]:
        xp, search = dispatch.namespace(rank), searches.get_search(childless, int(links.i.shape[0]))
        if bool(xp.any(xp.take(rank, childless) <= c)):  # among later classes, j is the strictly nearest row already
            links = links.select(no_closer_row(links, search))
        links = links.select(no_closer_row(links.reversed, search))
    return links
