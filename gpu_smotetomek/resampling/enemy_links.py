"""Links by the looser reading: pairs of rows of different classes, each strictly the nearest of all rows of other classes."""

from __future__ import annotations

import numpy as np

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.resampling.tomek import FoundLinks
from gpu_smotetomek.typing import Integers


def search_enemy_links(batch: Batch, selector: SearchSelector) -> FoundLinks:
    """Pairs of nearest enemies of a batch, and the strictly nearest enemies.

    {i, j} is a link if d(i, j) < d(i, z) for every other row z that is not of the class of i, and d(i, j) < d(j, z) for every
    other row z that is not of the class of j. Rows of the own class do not matter, so each Tomek link is one of these pairs.

    At most one end is in the largest class: the rows of each other class are searched among their enemies, then those rows of
    the largest class that are the nearest enemy of one of them.
    """
    largest = int(batch.class_counts.argmax())
    nearest = np.full(len(batch.codes), -1)  # the strictly nearest enemy; −1: tied, or not searched
    for code in np.flatnonzero(batch.class_counts):
        if code != largest:
            search_enemies(batch, selector, np.flatnonzero(batch.codes == code), nearest)
    i = np.flatnonzero(nearest >= 0)
    partners = np.unique(nearest[i])
    search_enemies(batch, selector, partners[batch.codes[partners] == largest], nearest)
    i = i[nearest[nearest[i]] == i]
    return FoundLinks(np.stack([i, nearest[i]], axis=1), nearest)


def search_enemies(batch: Batch, selector: SearchSelector, rows: Integers, nearest: Integers) -> None:
    """Set the entries of `nearest` (n,) of some rows of one class to their strictly nearest enemies, −1 where two are as near."""
    if not len(rows):
        return
    enemies = np.flatnonzero(batch.codes != batch.codes[rows[0]])
    search = selector.make_search(batch.scaled, dispatch.asarray_like(enemies, batch.X), len(rows))
    nearest[rows] = dispatch.to_numpy_int64(search.strictly_nearest(dispatch.asarray_like(rows, batch.X)))
