"""The nearest rows of some rows of a batch, and how many of them are of other classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from gpu_smotetomek.arrays import dispatch, indexing
from gpu_smotetomek.memo import recall_for
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.typing import Array, Integers

OMIT_DISTANCES_UP_TO_ROWS = 700  # over-sampled, two such classes are still cleaned without lineage bounds

FindNeighbors = Callable[[Array], tuple[Array, Array | None]]
"""From rows (m,) to their neighbours (m, k) and, where known, the distances to them, ascending."""
FindClassNeighbors = Callable[[Array, Array], tuple[Array, Array | None]]
"""The same for some rows (m,) of a class, whose neighbours are among all rows (n_class,) of that class."""


def nearest_neighbors(
    batch: Batch, queries: Array, rows: Array, k: int, selector: SearchSelector
) -> tuple[Array, Array | None]:
    """The k nearest of `rows` (m, k), by (distance, row number), for each query but itself; distances in scaled units.

    The distances are left out where the search does without them, and the table is so small that no bound will need them.

    Parameters
    ----------
    batch : Batch
    queries, rows : int64 arrays (m,), (n,)
        Row numbers, those of `rows` ascending and more than k.
    k : int
    selector : SearchSelector
    """
    return recall_for(
        selector.ctx.memo,
        batch,
        lambda: ("neighbors", k, describe_rows(queries), describe_rows(rows)),
        lambda: search_neighbors(batch, queries, rows, k, selector),
    )


def describe_rows(rows: Array) -> tuple[int, int] | bytes:
    """A key that two lists of row numbers share only if they are equal: short for consecutive rows."""
    n, xp = int(rows.shape[0]), dispatch.namespace(rows)
    if n and int(rows[-1]) - int(rows[0]) == n - 1 and bool(xp.all(rows[1:] > rows[:-1])):
        return int(rows[0]), n
    return dispatch.to_numpy_int64(rows).tobytes()


def search_neighbors(
    batch: Batch, queries: Array, rows: Array, k: int, selector: SearchSelector
) -> tuple[Array, Array | None]:
    """The search of `nearest_neighbors`."""
    search = selector.make_search(batch.scaled, rows, int(queries.shape[0]), only_lists=k > 1)
    if not search.computes_distances and len(batch.codes) <= OMIT_DISTANCES_UP_TO_ROWS:
        return search.nearest_rows(queries, k), None
    sq_distances, neighbors = search.kneighbors(queries, k)
    return neighbors, dispatch.namespace(sq_distances).sqrt(sq_distances)


class Neighborhoods(NamedTuple):
    """Rows with the rows around them, of all classes.

    Attributes
    ----------
    rows : int64 array (m,)
        On the device of the batch.
    neighbors : int64 array (m, k)
    distances : float64 array (m, k), or None
        In scaled units, where they are known.
    is_enemy : bool array (m, k)
        Whether the neighbour is of another class than the row.
    n_enemies : int64 array (m,)
        Neighbours of another class; on the host.
    """

    rows: Array
    neighbors: Array
    distances: Array | None
    is_enemy: Array
    n_enemies: Integers

    @classmethod
    def find(cls, batch: Batch, rows: Array, find_neighbors: FindNeighbors) -> Neighborhoods:
        """The neighbourhoods of some rows, searched all at once."""
        return cls.compare_classes(batch, rows, *find_neighbors(rows))

    @classmethod
    def compare_classes(cls, batch: Batch, rows: Array, neighbors: Array, distances: Array | None) -> Neighborhoods:
        """The neighbourhoods of rows whose neighbours are known."""
        xp, codes = dispatch.namespace(rows), dispatch.asarray_like(batch.codes, batch.X)
        is_enemy = indexing.take_1d(codes, neighbors) != xp.take(codes, rows)[:, None]
        n_enemies = xp.sum(xp.astype(is_enemy, xp.int64), axis=1)
        return cls(rows, neighbors, distances, is_enemy, dispatch.to_numpy_int64(n_enemies))

    @property
    def k(self) -> int:
        """Neighbours of a row."""
        return int(self.neighbors.shape[1])

    def take(self, batch: Batch, positions: Integers, k: int) -> Neighborhoods:
        """The first k neighbours of the rows at these positions."""
        xp, kept = dispatch.namespace(self.rows), dispatch.asarray_like(positions, self.rows)
        neighbors = xp.take(self.neighbors[:, :k], kept, axis=0)
        distances = None if self.distances is None else xp.take(self.distances[:, :k], kept, axis=0)
        return Neighborhoods.compare_classes(batch, xp.take(self.rows, kept), neighbors, distances)

    def update_first_neighbor_distance(self, batch: Batch) -> Array | None:
        """The batch's distance of each row to its nearest row of the same class, with those of the rows here."""
        first = batch.first_neighbor_distance
        if first is None or self.distances is None:
            return first
        xp = dispatch.namespace(first)
        own = xp.where(self.is_enemy, xp.full_like(self.distances, xp.inf), self.distances)
        return lower_first_neighbor_distance(batch, first, self.rows, xp.min(own, axis=1))


def lower_first_neighbor_distance(batch: Batch, first: Array, rows: Array, distances: Array) -> Array:
    """A copy of `first` (n,), lowered to `distances` (m,) at `rows` (m,), ascending, of a batch without dropped rows."""
    xp = dispatch.namespace(first)
    n_inside = indexing.count_nonzero(rows < batch.n_originals)  # the input's rows come first
    rows, first = rows[:n_inside], xp.asarray(first, copy=True)
    return indexing.scatter_set(first, rows, xp.minimum(xp.take(first, rows), distances[:n_inside]))
