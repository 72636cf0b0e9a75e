"""Candidate links over blocks, the checks of their ends against third rows, and the rows that cleaning removes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gpu_smotetomek.arrays.lazy_rows import LazyRows, RowStack
from gpu_smotetomek.blocks.enemies import EnemyQueries, EnemyRows, EnemySource, NearestEnemies
from gpu_smotetomek.blocks.families import FamilyPart, HeldBounds
from gpu_smotetomek.blocks.held_rows import HeldRows
from gpu_smotetomek.blocks.own_class import OwnClass
from gpu_smotetomek.blocks.plan import Block, BlockPlan
from gpu_smotetomek.resampling import LinkEnds, sort_pairs
from gpu_smotetomek.resampling.candidate_links import CandidateLinks
from gpu_smotetomek.resampling.interpolated_rows import InterpolatedRows
from gpu_smotetomek.resampling.link_verification import FamilyIndex, no_closer_row
from gpu_smotetomek.typing import Array, Floats, Integers, Mask


@dataclass(frozen=True)
class EndRows:
    """Candidate links with the rows of their ends; numbers as in `enemies`.

    Attributes
    ----------
    i, j : int64 arrays (m,)
    sq_distances : float64 array (m,)
    X_i : array (m, d)
    X_j : array (m, d), or None
        None until they are fetched.
    """

    i: Integers
    j: Integers
    sq_distances: Floats
    X_i: Array
    X_j: Array | None = None

    @property
    def m(self) -> int:
        """Number of links."""
        return len(self.i)

    def select(self, mask: Mask) -> EndRows:
        """The links where the mask is true."""
        X_j = None if self.X_j is None else self.X_j[mask]
        return EndRows(self.i[mask], self.j[mask], self.sq_distances[mask], self.X_i[mask], X_j)

    def side(self, end: str) -> tuple[Integers, Integers, Array]:
        """Numbers of one end, 'i' or 'j', those of the other, and the rows of the former."""
        if end == "i":
            return self.i, self.j, self.X_i
        assert self.X_j is not None
        return self.j, self.i, self.X_j


def collect_candidates(
    nearest: NearestEnemies, held: HeldRows, queries: EnemyQueries, bounds: HeldBounds, plan: BlockPlan
) -> EndRows:
    """Each row with its strictly nearest enemy, each enemy once; no held row without children is as near to i."""
    is_strict = nearest.sq_nearest < nearest.sq_second
    links = CandidateLinks(nearest.i[is_strict], nearest.j[is_strict], nearest.sq_nearest[is_strict])
    links = links.keep_strictly_nearest()
    rows, remaining = links.i.copy(), queries.remaining
    is_new = links.i >= held.n
    order = np.argsort(remaining.numbers)
    positions = order[np.searchsorted(remaining.numbers[order], links.i[is_new] - held.n)]
    rows[is_new] = held.n + positions
    stack = RowStack([held.X, InterpolatedRows(held.X, remaining.lineage, plan.dtypes)])
    found = EndRows(*links, stack.take(rows))
    return found.select(no_closer_childless(found, "i", held, bounds, plan))


def select_links(links: EndRows, mask: Mask) -> EndRows:
    """The links where the mask is true."""
    return links.select(mask)


def both_hold(masks: list[Mask]) -> Mask:
    """Where all masks are true."""
    return np.asarray(np.logical_and.reduce(masks))


# ---- third rows -----------------------------------------------------------------------------------------------------


def locate_ends(numbers: Integers, n_above: int, known: list[tuple[Integers, Integers]]) -> Integers:
    """Rows (m,) of ends in a stack: where they are already, by sorted numbers and their rows; else below `n_above` rows."""
    rows = n_above + np.arange(len(numbers))
    for sorted_numbers, places in known:
        if len(sorted_numbers):
            nearest = np.minimum(np.searchsorted(sorted_numbers, numbers), len(sorted_numbers) - 1)
            is_there = sorted_numbers[nearest] == numbers
            rows[is_there] = places[nearest[is_there]]
    return rows


def no_closer_childless(links: EndRows, end: str, held: HeldRows, bounds: HeldBounds, plan: BlockPlan) -> Mask:
    """Mask of the links to one end of which no held row without children is as near as the other end."""
    numbers, partners, X = links.side(end)
    childless = np.flatnonzero(~bounds.has_children)
    if not len(childless) or not links.m:
        return np.ones(links.m, bool)
    held_rows = (np.arange(held.n), np.arange(held.n))
    located = CandidateLinks(
        locate_ends(numbers, held.n, [held_rows]),
        locate_ends(partners, held.n + links.m, [held_rows]),
        links.sq_distances,
    )
    scaled = held.scale(RowStack([held.X, X]))
    return np.asarray(no_closer_row(located, plan.selector.make_search(scaled, childless, links.m)))


def no_closer_family(
    part: FamilyPart, held: HeldRows, own_class: OwnClass, links: EndRows, end: str, plan: BlockPlan
) -> Mask:
    """Mask of the links to one end of which no parent of these synthetic rows, and none of them, is as near."""
    m = part.lineage.n_synthetic
    if not m or not links.m:
        return np.ones(links.m, bool)
    numbers, partners, X = links.side(end)
    known = [(np.arange(held.n), np.arange(held.n)), (held.n + part.numbers, held.n + np.arange(m))]
    located = CandidateLinks(
        locate_ends(numbers, held.n + m, known),
        locate_ends(partners, held.n + m + links.m, known),
        links.sq_distances,
    )
    bounds = part.make_bounds(held, own_class, plan)
    parents = np.flatnonzero(bounds.child_reach >= 0)
    scaled = held.scale(RowStack([held.X, part.make_rows(held, plan), X]))
    family = FamilyIndex(bounds, plan.selector.make_search(scaled, parents, links.m))
    return np.asarray(family.no_closer_relative(located))


def no_closer_block_row(block: Block, held: HeldRows, links: EndRows, plan: BlockPlan) -> Mask:
    """Mask of the links to whose end j no third row of the class in blocks is as near; i is of another class."""
    enemies = EnemyRows.from_source(block, held, plan)
    if not len(enemies.rows) or not links.m:
        return np.ones(links.m, bool)
    numbers, _, X = links.side("j")
    rows = locate_ends(numbers, enemies.n_top, [(enemies.numbers, np.arange(enemies.n_top))])
    located = CandidateLinks(rows, np.full(links.m, -1), links.sq_distances)
    scaled = held.scale(RowStack([block.X, X]))
    return np.asarray(no_closer_row(located, plan.selector.make_search(scaled, enemies.rows, links.m)))


# ---- rows of the ends j ---------------------------------------------------------------------------------------------


def fetch_rows(source: EnemySource, held: HeldRows, links: EndRows, plan: BlockPlan) -> tuple[Integers, Array]:
    """Numbers (m,) and rows (m, d) of the ends j that are rows of a source."""
    enemies = EnemyRows.from_source(source, held, plan)
    order = np.argsort(enemies.numbers)
    numbers = enemies.numbers[order]
    if not len(numbers):
        return links.j[:0], np.empty((0, plan.d), plan.dtype)
    places = np.minimum(np.searchsorted(numbers, links.j), len(numbers) - 1)
    is_here = numbers[places] == links.j
    matrix = held.X if enemies.top is None else enemies.top
    rows = order[places[is_here]]
    return links.j[is_here], matrix.take(rows) if isinstance(matrix, LazyRows) else matrix.take(rows, axis=0)


def concat_fetched(parts: list[tuple[Integers, Array]]) -> tuple[Integers, Array]:
    """The numbers and rows of all parts."""
    return np.concatenate([numbers for numbers, _ in parts]), np.concatenate([rows for _, rows in parts])


def attach_rows(
    links: EndRows, fetched: tuple[Integers, Array], held: HeldRows, bounds: HeldBounds, plan: BlockPlan
) -> EndRows:
    """The links with the rows of their ends j; no held row without children is as near to j."""
    numbers, rows = fetched
    order = np.argsort(numbers)
    X_j = rows[order[np.searchsorted(numbers[order], links.j)]]
    found = EndRows(links.i, links.j, links.sq_distances, links.X_i, X_j)
    return found.select(no_closer_childless(found, "j", held, bounds, plan))


# ---- removal --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BlockLinks:
    """Links of the input with its synthetic rows, and the rows that are removed.

    Attributes
    ----------
    pairs : int64 array (n_links, 2)
        Rows of one machine: those of the input, then the synthetic ones. Each pair and all of them ascend.
    dropped : int64 array
        Rows that are removed, ascending.
    """

    pairs: Integers
    dropped: Integers

    @classmethod
    def none(cls) -> BlockLinks:
        """No links."""
        return cls(np.empty((0, 2), np.int64), np.empty(0, np.int64))


def remove_ends(links: EndRows, held: HeldRows, plan: BlockPlan) -> BlockLinks:
    """The links by the row numbers of one machine, and the ends that the plan removes."""
    assert plan.removal is not None
    numbers = np.stack([links.i, links.j], axis=1)
    pairs, codes = final_numbers(numbers, held, plan), find_end_codes(numbers, held, plan)
    by_row = np.lexsort((pairs.max(axis=1), pairs.min(axis=1)))
    pairs, codes, sq_distances = pairs[by_row], codes[by_row], links.sq_distances[by_row]
    counts = plan.class_counts + np.array([plan.n_synthetic.get(code, 0) for code in range(len(plan.classes))])
    ends = LinkEnds(pairs.ravel(), pairs[:, ::-1].ravel())
    positions = plan.removal.choose_positions(
        ends,
        codes.ravel(),
        codes[:, ::-1].ravel(),
        counts,
        lambda positions: (sq_distances[positions // 2], ends.rows[positions]),
    )
    return BlockLinks(sort_pairs(pairs), np.sort(ends.rows[positions]))


def final_numbers(numbers: Integers, held: HeldRows, plan: BlockPlan) -> Integers:
    """The row numbers of one machine."""
    first_new, first_block = held.n, held.n + plan.n_new
    of_held = held.numbers[np.minimum(numbers, held.n - 1)] if held.n else numbers
    others = np.where(numbers < first_block, numbers - first_new + plan.n, numbers - first_block)
    return np.where(numbers < first_new, of_held, others)


def find_end_codes(numbers: Integers, held: HeldRows, plan: BlockPlan) -> Integers:
    """The classes of rows by their numbers as in `enemies`."""
    codes = np.full(numbers.shape, plan.blocked_class, np.int64)
    is_held, is_new = numbers < held.n, (numbers >= held.n) & (numbers < held.n + plan.n_new)
    codes[is_held] = held.codes[numbers[is_held]]
    firsts = np.array([part.first for part in plan.ranges], np.int64)
    owners = np.searchsorted(firsts, numbers[is_new] - held.n, side="right") - 1
    codes[is_new] = np.array([part.code for part in plan.ranges], np.int64)[owners]
    return codes
