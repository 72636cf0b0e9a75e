"""Tomek links: pairs of rows of different classes, each strictly nearer to the other than to any third row."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gpu_smotetomek import arrays
from gpu_smotetomek.neighbors import Engine
from gpu_smotetomek.neighbors.exact import Neighbors
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.resampling.candidate_links import Pairs, nearest_enemies
from gpu_smotetomek.resampling.lineage_bounds import Descent
from gpu_smotetomek.resampling.link_verification import Ends, Kin, alone_among
from gpu_smotetomek.typing import Array, Integers

FEW = 2**20  # pairs of rows up to which a search takes less than to bound what it can be spared


def links(batch: Batch, engine: Engine) -> Integers:
    """Tomek links of a batch, (n_links, 2) row numbers, i < j, ascending.

    {i, j} is a link where d(i, j) < d(i, z) and d(i, j) < d(j, z) for every other row z. Links are disjoint, and independent
    of the order of the rows. Where the synthetic rows descend from originals that are all there, and there are more than a
    few, descent does most of the work; the answer is the same.
    """
    n = len(batch.codes)
    descent = Descent.of(batch) if n * (n - int(batch.class_counts.max())) > FEW else None
    pairs = by_search(batch, engine) if descent is None else by_descent(batch, descent, engine)
    return np.unique(np.sort(pairs, axis=1), axis=0).astype(np.int64).reshape(-1, 2)


def by_search(batch: Batch, engine: Engine) -> Integers:
    """Links (n_links, 2), by search: at most one end of a link is in the largest class, so only the rows of the others are
    asked for their nearest row, and these are asked in turn.
    """
    n = len(batch.codes)
    everyone = arrays.namespace(batch.X).arange(
        n, dtype=arrays.namespace(batch.X).int64, device=arrays.device_of(batch.X)
    )
    largest = int(batch.class_counts.argmax())
    asked = np.flatnonzero(batch.codes != largest)
    search = engine.over(batch.space, everyone, len(asked))
    nearest = np.full(n, -1)  # the row that is strictly nearest; −1: none is, or not known

    def ask(rows: Integers) -> None:
        D, found = search.nearest(arrays.beside(rows, batch.X), 2)
        nearest[rows] = np.where(arrays.to_host(D[:, 0] < D[:, 1]), arrays.host_rows(found[:, 0]), -1)

    ask(asked)
    i = asked[nearest[asked] >= 0]
    i = i[batch.codes[nearest[i]] != batch.codes[i]]
    other_ends = np.unique(nearest[i])
    ask(other_ends[batch.codes[other_ends] == largest])
    i = i[nearest[nearest[i]] == i]
    return np.stack([i, nearest[i]], axis=1)


@dataclass
class Searches:
    """Searches over the rows of some classes, each built once."""

    batch: Batch
    engine: Engine
    built: list[Neighbors] = field(default_factory=list)

    def over(self, rows: Array, n_queries: int) -> Neighbors:
        xp = arrays.namespace(rows)
        for search in self.built:
            known = search.rows  # often all that have no children are the enemies
            if known.shape == rows.shape and bool(xp.all(known == rows)):
                return search
        self.built.append(self.engine.over(self.batch.space, rows, n_queries))
        return self.built[-1]


def by_descent(batch: Batch, descent: Descent, engine: Engine) -> Integers:
    """Links (n_links, 2), each found from its earlier class, in the order of the sizes of the classes' originals."""
    codes, n = arrays.beside(batch.codes, batch.X), descent.n
    xp = arrays.namespace(codes)
    sizes = [arrays.count(codes[:n] == code) for code in range(len(batch.classes))]
    order = np.argsort(np.argsort(sizes, kind="stable")).astype(batch.codes.dtype)  # ties by label
    rank = xp.take(arrays.beside(order, codes), xp.astype(codes, xp.int64))
    searches, found = Searches(batch, engine), [np.empty((0, 2), np.int64)]
    for c in range(len(batch.classes) - 1):
        candidates = candidates_of(descent, searches, rank, c)
        if candidates is not None:
            found.append(verified(batch, descent, searches, candidates, rank, c))
    return np.concatenate(found)


def candidates_of(descent: Descent, searches: Searches, rank: Array, c: int) -> Pairs | None:
    """Rows of class c, each with the strictly nearest of all rows of later classes; None where there are none of either."""
    n = descent.n
    originals, synthetic, later = (arrays.rows_where(mask) for mask in (rank[:n] == c, rank[n:] == c, rank > c))
    if not (originals.shape[0] + synthetic.shape[0] and later.shape[0]):
        return None
    enemies = searches.over(later, int(originals.shape[0]))
    return nearest_enemies(descent, originals, synthetic, enemies).strictly_nearest()


def verified(batch: Batch, descent: Descent, searches: Searches, pairs: Pairs, rank: Array, c: int) -> Integers:
    """Those of the candidates of class c that are links, cheapest doubts first."""
    if not pairs.i.shape[0]:
        return np.empty((0, 2), np.int64)
    has_children = descent.reach >= 0
    parents = arrays.rows_where(has_children)
    others = arrays.rows_where(~has_children)  # originals that no list of kin holds
    kin = Kin(descent, searches.over(parents, int(pairs.i.shape[0])))
    pairs = pairs.where(kin.alone(Ends(batch.space, pairs.i, pairs.j, pairs.D)))
    pairs = pairs.where(kin.alone(Ends(batch.space, pairs.j, pairs.i, pairs.D)))
    if others.shape[0]:
        xp, search = arrays.namespace(rank), searches.over(others, int(pairs.i.shape[0]))
        if bool(xp.any(xp.take(rank, others) <= c)):  # of later classes, j is the strictly nearest already
            pairs = pairs.where(alone_among(Ends(batch.space, pairs.i, pairs.j, pairs.D), search))
        pairs = pairs.where(alone_among(Ends(batch.space, pairs.j, pairs.i, pairs.D), search))
    return np.stack([arrays.host_rows(pairs.i), arrays.host_rows(pairs.j)], axis=1)


def larger_ends(pairs: Integers, codes: Integers, counts: Integers) -> Integers:
    """Of each pair the row whose class is larger, both where the classes are equally large; ascending."""
    size = counts[codes[pairs]]
    return np.sort(pairs[size >= size.max(axis=1, keepdims=True, initial=0)])
