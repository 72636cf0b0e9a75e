"""SMOTE and Tomek links over blocks: the algorithm over the verbs of an executor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gpu_smotetomek.blocks import block_links, enemies, families, held_rows, own_class
from gpu_smotetomek.blocks.block_links import BlockLinks
from gpu_smotetomek.blocks.draws import SyntheticRange
from gpu_smotetomek.blocks.executor import Executor
from gpu_smotetomek.blocks.families import redraw_lineage
from gpu_smotetomek.blocks.held_rows import HeldRows
from gpu_smotetomek.blocks.own_class import OwnClass
from gpu_smotetomek.blocks.plan import Block, BlockPlan
from gpu_smotetomek.resampling.interpolated_rows import InterpolatedRows
from gpu_smotetomek.resampling.interpolation import check_overflow
from gpu_smotetomek.typing import Array, Integers, Mask


@dataclass(frozen=True)
class BlockResult:
    """What the rows of the result are made from; handles of the executor.

    Attributes
    ----------
    held : handle of HeldRows
    neighbors : handle of OwnClass
    links : handle of BlockLinks
    """

    held: Any
    neighbors: Any
    links: Any


def find_block_links(executor: Executor, blocks: list[Any], plan: BlockPlan) -> BlockResult:
    """Neighbours within the held classes, and the links that cleaning removes, of rows in blocks.

    Parameters
    ----------
    executor : Executor
    blocks : list of handles of Block
        All blocks, in order.
    plan : BlockPlan
    """
    run, map_each, map_reduce = executor.run, executor.map, executor.map_reduce
    look = map_reduce(held_rows.look_at_block, held_rows.merge_looks, blocks, plan)
    held = run(held_rows.hold_rows, look, plan)
    queries = own_class.cut_queries(plan, executor.n_workers)
    found = map_reduce(own_class.search_own_class, own_class.join_neighbors, queries, held, plan) if queries else []
    near = run(own_class.collect_neighbors, found, held, plan)
    if plan.removal is None:
        return BlockResult(held, near, BlockLinks.none())
    parts = map_each(families.make_part, list(plan.parts), held, near, plan)
    bounds = map_reduce(families.bound_held_rows, families.merge_held_bounds, parts, held, near, plan)
    sources = [*blocks, *([None, *parts] if len(plan.classes) > 2 else [])]
    radius = run(enemies.held_enemy_radius, bounds, plan)
    distance = map_reduce(enemies.bound_enemy_distances, enemies.least, sources, held, radius, plan)
    remaining = map_reduce(families.filter_part, families.concat_remaining, parts, distance, held, near, plan)
    queries = run(enemies.choose_queries, distance, bounds, remaining, plan)
    nearest = map_reduce(enemies.search_nearest_enemies, enemies.merge_nearest, sources, held, queries, plan)
    links = run(block_links.collect_candidates, nearest, held, queries, bounds, plan)
    # the ends i first: of the ends j that are left, few rows have to be fetched
    mask = map_reduce(block_links.no_closer_family, block_links.both_hold, parts, held, near, links, "i", plan)
    links = run(block_links.select_links, links, mask)
    fetched = map_reduce(block_links.fetch_rows, block_links.concat_fetched, sources, held, links, plan)
    links = run(block_links.attach_rows, links, fetched, held, bounds, plan)
    mask = map_reduce(block_links.no_closer_family, block_links.both_hold, parts, held, near, links, "j", plan)
    links = run(block_links.select_links, links, mask)
    mask = map_reduce(block_links.no_closer_block_row, block_links.both_hold, blocks, held, links, plan)
    links = run(block_links.select_links, links, mask)
    return BlockResult(held, near, run(block_links.remove_ends, links, held, plan))


def keep_mask(block: Block, links: BlockLinks) -> Mask:
    """Mask (n_rows,) of the rows of a block that stay."""
    mask = np.ones(len(block.codes), bool)
    first, last = np.searchsorted(links.dropped, [block.start, block.start + len(mask)])
    mask[links.dropped[first:last] - block.start] = False
    return mask


def make_synthetic_rows(
    part: SyntheticRange, held: HeldRows, neighbors: OwnClass, links: BlockLinks, plan: BlockPlan
) -> tuple[Array, Integers]:
    """The synthetic rows of a range that stay, and their codes.

    Raises
    ------
    ValueError
        If a value is beyond the dtype of the rows.
    """
    lineage = redraw_lineage(part, held, neighbors)
    start = plan.n + part.first
    first, last = np.searchsorted(links.dropped, [start, start + part.n_rows])
    positions = np.delete(np.arange(part.n_rows), links.dropped[first:last] - start)
    X = InterpolatedRows(held.X, lineage, plan.dtypes).take(positions)
    check_overflow(X, held.exponent)
    return X, np.full(len(positions), part.code, np.int64)
