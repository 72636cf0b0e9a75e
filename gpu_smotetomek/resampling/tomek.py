"""Tomek links: pairs of rows of different classes, each strictly nearer to the other than to any third row."""

from __future__ import annotations

import numpy as np

from gpu_smotetomek import arrays
from gpu_smotetomek.neighbors import Engine
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.typing import Integers


def links(batch: Batch, engine: Engine) -> Integers:
    """Tomek links of a batch, (n_links, 2) row numbers, i < j, ascending.

    {i, j} is a link where d(i, j) < d(i, z) and d(i, j) < d(j, z) for every other row z. Links are disjoint, and independent
    of the order of the rows. At most one end of a link is in the largest class, so only the rows of the others are
    searched; their nearest rows are then asked in turn.

    Parameters
    ----------
    batch : Batch
    engine : Engine
    """
    n = len(batch.codes)
    everyone = arrays.beside(np.arange(n), batch.X)
    largest = int(batch.class_counts().argmax())
    asked = np.flatnonzero(batch.codes != largest)
    search = engine.over(batch.space, everyone, len(asked))

    nearest = np.full(n, -1)  # the row that is strictly nearest; -1: none is, or not known

    def ask(rows: Integers) -> None:
        D, found = search.nearest(arrays.beside(rows, batch.X), 2)
        single = arrays.to_host(D[:, 0] < D[:, 1])
        nearest[rows] = np.where(single, arrays.host_rows(found[:, 0]), -1)

    ask(asked)
    i = asked[nearest[asked] >= 0]
    i = i[batch.codes[nearest[i]] != batch.codes[i]]
    other_ends = np.unique(nearest[i])
    ask(other_ends[batch.codes[other_ends] == largest])
    i = i[nearest[nearest[i]] == i]
    pairs = np.sort(np.stack([i, nearest[i]], axis=1), axis=1)
    return np.unique(pairs, axis=0).astype(np.int64).reshape(-1, 2)


def larger_ends(pairs: Integers, codes: Integers, counts: Integers) -> Integers:
    """Of each pair the row whose class is larger, both where the classes are equally large; ascending."""
    size = counts[codes[pairs]]
    return np.sort(pairs[size >= size.max(axis=1, keepdims=True, initial=0)])
