"""Cleaning in passes: find links, remove ends of them, and again among the rows that are left."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np

from gpu_smotetomek.arrays import encoding
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.resampling.enemy_links import search_enemy_links
from gpu_smotetomek.resampling.link_removal import LinkEnds, RemovalRule
from gpu_smotetomek.resampling.link_updates import LinkUpdates
from gpu_smotetomek.resampling.tomek import search_links, sort_pairs
from gpu_smotetomek.typing import Integers


class LinkCleaning(NamedTuple):
    """The links (n_links, 2) of all passes, ascending; the ends that are removed, ascending by row; the number of passes."""

    links: Integers
    ends: LinkEnds
    n_passes: int


def clean_links(
    batch: Batch, selector: SearchSelector, rule: RemovalRule, *, of_enemies: bool, repeat: bool
) -> LinkCleaning:
    """Find links and choose the ends to remove, all as rows of `batch`.

    With `of_enemies`, links are those of `search_enemy_links`, else those of `search_links`. With `repeat`, links are found again
    among the rows that are left, until a pass removes no row or leaves only one class.
    """
    search = search_enemy_links if of_enemies else partial(search_links, with_candidates=repeat)
    found = search(batch, selector)
    links, counts, updates = sort_pairs(found.pairs), batch.class_counts, None
    passes = list[tuple[Integers, LinkEnds]]()
    while True:
        ends = rule.choose_ends(links, batch, counts, selector.ctx)
        passes.append((links, ends))
        counts = counts - encoding.bincount(batch.codes[ends.rows], len(counts))
        if not repeat or not len(ends.rows) or np.count_nonzero(counts) < 2:
            break
        if updates is None:
            updates = LinkUpdates.from_found(found, batch, selector, of_enemies=of_enemies)
        updates = updates.drop(ends.rows)
        links = updates.links
    links = np.concatenate([links for links, _ in passes])
    return LinkCleaning(sort_pairs(links), LinkEnds.concat([ends for _, ends in passes]), len(passes))
