"""Tomek links: pairs of rows of different classes, each strictly nearer to the other than to any third row."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gpu_smotetomek.arrays import dispatch, indexing
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.neighbors.exact import ExactSearch
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.resampling.candidate_links import CandidateLinks, find_nearest_enemies
from gpu_smotetomek.resampling.lineage_bounds import LineageBounds
from gpu_smotetomek.resampling.link_verification import FamilyIndex, LinkEnds, no_closer_row
from gpu_smotetomek.typing import Array, Integers

SEARCH_DIRECTLY_BELOW_PAIRS = 2**20  # pairs of rows up to which a search takes less than to bound what it can be spared


def find_links(batch: Batch, engine: SearchSelector) -> Integers:
    """Tomek links of a batch, (n_links, 2) row numbers, i < j, ascending.

    {i, j} is a link where d(i, j) < d(i, z) and d(i, j) < d(j, z) for every other row z. Links are disjoint, and independent
    of the order of the rows. Where the synthetic rows descend from originals that are all there, and there are more than a
    few, descent does most of the work; the answer is the same.
    """
    n = len(batch.codes)
    descent = (
        LineageBounds.from_batch(batch)
        if n * (n - int(batch.class_counts.max())) > SEARCH_DIRECTLY_BELOW_PAIRS
        else None
    )
    pairs = links_by_search(batch, engine) if descent is None else links_by_lineage(batch, descent, engine)
    return np.unique(np.sort(pairs, axis=1), axis=0).astype(np.int64).reshape(-1, 2)


def links_by_search(batch: Batch, engine: SearchSelector) -> Integers:
    """Links (n_links, 2), by search: at most one end of a link is in the largest class, so only the rows of the others are
    asked for their nearest row, and these are asked in turn.
    """
    n = len(batch.codes)
    everyone = dispatch.namespace(batch.X).arange(
        n, dtype=dispatch.namespace(batch.X).int64, device=dispatch.get_device(batch.X)
    )
    largest = int(batch.class_counts.argmax())
    asked = np.flatnonzero(batch.codes != largest)
    search = engine.search_over(batch.scaled, everyone, len(asked))
    nearest = np.full(n, -1)  # the row that is strictly nearest; −1: none is, or not known

    def ask(rows: Integers) -> None:
        D, found = search.kneighbors(dispatch.asarray_like(rows, batch.X), 2)
        nearest[rows] = np.where(dispatch.to_numpy(D[:, 0] < D[:, 1]), dispatch.to_numpy_int64(found[:, 0]), -1)

    ask(asked)
    i = asked[nearest[asked] >= 0]
    i = i[batch.codes[nearest[i]] != batch.codes[i]]
    other_ends = np.unique(nearest[i])
    ask(other_ends[batch.codes[other_ends] == largest])
    i = i[nearest[nearest[i]] == i]
    return np.stack([i, nearest[i]], axis=1)


@dataclass
class SearchCache:
    """Searches over the rows of some classes, each built once."""

    batch: Batch
    engine: SearchSelector
    built: list[ExactSearch] = field(default_factory=list)

    def search_over(self, rows: Array, n_queries: int) -> ExactSearch:
        xp = dispatch.namespace(rows)
        for search in self.built:
            known = search.rows  # often all that have no children are the enemies
            if known.shape == rows.shape and bool(xp.all(known == rows)):
                return search
        self.built.append(self.engine.search_over(self.batch.scaled, rows, n_queries))
        return self.built[-1]


def links_by_lineage(batch: Batch, descent: LineageBounds, engine: SearchSelector) -> Integers:
    """Links (n_links, 2), each found from its earlier class, in the order of the sizes of the classes' originals."""
    codes, n = dispatch.asarray_like(batch.codes, batch.X), descent.n_originals
    xp = dispatch.namespace(codes)
    sizes = [indexing.count_nonzero(codes[:n] == code) for code in range(len(batch.classes))]
    order = np.argsort(np.argsort(sizes, kind="stable")).astype(batch.codes.dtype)  # ties by label
    rank = xp.take(dispatch.asarray_like(order, codes), xp.astype(codes, xp.int64))
    searches, found = SearchCache(batch, engine), [np.empty((0, 2), np.int64)]
    for c in range(len(batch.classes) - 1):
        candidates = find_candidates(descent, searches, rank, c)
        if candidates is not None:
            found.append(verify_links(batch, descent, searches, candidates, rank, c))
    return np.concatenate(found)


def find_candidates(descent: LineageBounds, searches: SearchCache, rank: Array, c: int) -> CandidateLinks | None:
    """Rows of class c, each with the strictly nearest of all rows of later classes; None where there are none of either."""
    n = descent.n_originals
    originals, synthetic, later = (indexing.flatnonzero(mask) for mask in (rank[:n] == c, rank[n:] == c, rank > c))
    if not (originals.shape[0] + synthetic.shape[0] and later.shape[0]):
        return None
    enemies = searches.search_over(later, int(originals.shape[0]))
    return find_nearest_enemies(descent, originals, synthetic, enemies).drop_ties()


def verify_links(
    batch: Batch, descent: LineageBounds, searches: SearchCache, pairs: CandidateLinks, rank: Array, c: int
) -> Integers:
    """Those of the candidates of class c that are links, cheapest doubts first."""
    if not pairs.i.shape[0]:
        return np.empty((0, 2), np.int64)
    has_children = descent.child_reach >= 0
    parents = indexing.flatnonzero(has_children)
    others = indexing.flatnonzero(~has_children)  # originals that no list of kin holds
    kin = FamilyIndex(descent, searches.search_over(parents, int(pairs.i.shape[0])))
    pairs = pairs.select(kin.no_closer_relative(LinkEnds(batch.scaled, pairs.i, pairs.j, pairs.sq_distances)))
    pairs = pairs.select(kin.no_closer_relative(LinkEnds(batch.scaled, pairs.j, pairs.i, pairs.sq_distances)))
    if others.shape[0]:
        xp, search = dispatch.namespace(rank), searches.search_over(others, int(pairs.i.shape[0]))
        if bool(xp.any(xp.take(rank, others) <= c)):  # of later classes, j is the strictly nearest already
            pairs = pairs.select(no_closer_row(LinkEnds(batch.scaled, pairs.i, pairs.j, pairs.sq_distances), search))
        pairs = pairs.select(no_closer_row(LinkEnds(batch.scaled, pairs.j, pairs.i, pairs.sq_distances), search))
    return np.stack([dispatch.to_numpy_int64(pairs.i), dispatch.to_numpy_int64(pairs.j)], axis=1)


def larger_class_ends(pairs: Integers, codes: Integers, counts: Integers) -> Integers:
    """Of each pair the row whose class is larger, both where the classes are equally large; ascending."""
    size = counts[codes[pairs]]
    return np.sort(pairs[size >= size.max(axis=1, keepdims=True, initial=0)])
