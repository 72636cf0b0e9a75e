"""Neighbours of the held rows within their classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.blocks.held_rows import HeldRows
from gpu_smotetomek.blocks.plan import BlockPlan
from gpu_smotetomek.resampling.rounding_slack import RoundingSlack
from gpu_smotetomek.typing import Floats, Integers


class QueryRange(NamedTuple):
    """Some held rows of a class, by their positions among the rows of the class."""

    code: int
    start: int
    stop: int


class ClassNeighbors(NamedTuple):
    """The k nearest other rows of their class (m, k) of some held rows, as held rows, and the distances to them."""

    code: int
    neighbors: Integers
    distances: Floats


@dataclass(frozen=True)
class OwnClass:
    """Neighbours of all held rows within their classes.

    Attributes
    ----------
    neighbors : dict
        From class code to the neighbours (n_class, k) of its rows, as held rows.
    distances : dict
        From class code to the distances (n_class, k), in scaled units.
    first_distance : float64 array (n_held,)
        Distance of each held row to the nearest other row of its class; infinite where there is none.
    rounding : RoundingSlack
        How far stored synthetic rows may be from their segments.
    """

    neighbors: dict[int, Integers]
    distances: dict[int, Floats]
    first_distance: Floats
    rounding: RoundingSlack


def cut_queries(plan: BlockPlan, n_workers: int) -> list[QueryRange]:
    """The searches within the held classes, each class cut for so many workers."""
    queries = list[QueryRange]()
    for code, count in enumerate(plan.class_counts.tolist()):
        if code == plan.blocked_class or not count or (plan.removal is None and code not in plan.n_synthetic):
            continue
        step = -(-count // max(1, n_workers))
        queries += [QueryRange(code, start, min(count, start + step)) for start in range(0, count, step)]
    return queries


def search_own_class(query: QueryRange, held: HeldRows, plan: BlockPlan) -> list[ClassNeighbors]:
    """Neighbours that SMOTE draws from; of a class that is not over-sampled the nearest row alone, as a bound."""
    code, start, stop = query
    rows = np.flatnonzero(held.codes == code)
    k = min(plan.k_neighbors if code in plan.n_synthetic else 1, max(1, len(rows) - 1))
    if len(rows) == 1:  # a single row is its own neighbour
        distance = 0.0 if code in plan.n_synthetic else np.inf
        return [ClassNeighbors(code, rows[:, None], np.full((1, 1), distance))]
    search = plan.selector.make_search(held.scale(held.X), rows, stop - start, only_lists=k > 1)
    sq_distances, neighbors = search.kneighbors(rows[start:stop], k)
    return [ClassNeighbors(code, neighbors, np.sqrt(sq_distances))]


def join_neighbors(parts: list[list[ClassNeighbors]]) -> list[ClassNeighbors]:
    """The entries of consecutive lists."""
    return [entry for part in parts for entry in part]


def collect_neighbors(found: list[ClassNeighbors], held: HeldRows, plan: BlockPlan) -> OwnClass:
    """The neighbours of each class, from those of its ranges in order."""
    neighbors, distances = dict[int, Integers](), dict[int, Floats]()
    first_distance = np.full(held.n, np.inf)
    for code in sorted({entry.code for entry in found}):
        entries = [entry for entry in found if entry.code == code]
        neighbors[code] = np.concatenate([entry.neighbors for entry in entries])
        distances[code] = np.concatenate([entry.distances for entry in entries])
        first_distance[held.codes == code] = distances[code][:, 0]
    parents = np.flatnonzero(np.isin(held.codes, list(plan.n_synthetic)))
    rounding = RoundingSlack.from_batch(held.as_batch(plan), [dispatch.asarray_like(parents, held.X)], plan.ctx)
    return OwnClass(neighbors, distances, first_distance, rounding)
