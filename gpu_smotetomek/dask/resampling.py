"""One call over the blocks of a dask collection: links at once, rows as tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import dask
import numpy as np

from gpu_smotetomek.blocks import BlockLinks, BlockPlan, BlockResult, check_held_rows, find_block_links, plan_blocks
from gpu_smotetomek.containers import enter_X
from gpu_smotetomek.dask import stages
from gpu_smotetomek.dask.graph_executor import GraphExecutor, count_workers, find_worker_memory
from gpu_smotetomek.dask.tables import DaskTable, Part
from gpu_smotetomek.samplers.base import Sampler
from gpu_smotetomek.samplers.blockwise import BlockwiseSteps, resolve_blockwise


@dataclass(frozen=True)
class DaskResult:
    """What a call returns, the links that it found, and its fitted steps.

    Attributes
    ----------
    X, y : dask collections
    links : BlockLinks
    steps : BlockwiseSteps
    """

    X: Any
    y: Any
    links: BlockLinks
    steps: BlockwiseSteps


def resample_table(table: DaskTable, sampler: Sampler, estimator: str) -> DaskResult:
    """Resample the blocks of a collection by the parameters of a sampler of one machine.

    Parameters
    ----------
    table : DaskTable
    sampler : SMOTE, TomekLinks or SMOTETomek
    estimator : str
        Name of the estimator, for error messages.
    """
    example = enter_X(table.example, estimator=estimator)
    if not isinstance(example.matrix, np.ndarray):
        raise TypeError(
            "X has sparse columns, and rows in blocks must be dense: convert them, or resample a table of one machine"
        )
    executor = GraphExecutor(count_workers())
    counted = executor.value(executor.map_reduce(stages.count_block_labels, stages.merge_counts, table.y_blocks))
    steps = resolve_blockwise(sampler, counted.labels, counted.counts)
    dtype, d = example.matrix.dtype, table.example.shape[1]
    plan = plan_blocks(counted.block_rows, counted.labels, counted.counts, d, dtype, example.dtypes, steps.parameters)
    check_held_rows(plan, find_worker_memory(), "on the smallest worker")
    blocks = [
        executor.run(stages.make_block, X, y, int(start), counted.labels, dtype, estimator)
        for X, y, start in zip(table.X_blocks, table.y_blocks, plan.starts[:-1], strict=True)
    ]
    found = find_block_links(executor, blocks, plan)
    found = BlockResult(*dask.persist(found.held, found.neighbors, found.links))
    links = executor.value(found.links)
    parts = make_parts(executor, table, plan, found, links, counted.examples)
    return DaskResult(*table.collect(parts), links, steps)


def make_parts(
    executor: GraphExecutor,
    table: DaskTable,
    plan: BlockPlan,
    found: BlockResult,
    links: BlockLinks,
    examples: dict[Any, Any],
) -> list[Part]:
    """The blocks of the result: one of each input block, then one of each range of synthetic rows."""
    pairs = [
        executor.run(stages.keep_rows, X, y, int(start), found.links)
        for X, y, start in zip(table.X_blocks, table.y_blocks, plan.starts[:-1], strict=True)
    ]
    labels = plan.classes.tolist()
    for part in plan.ranges:
        cells = examples[labels[part.code]]
        pairs.append(
            executor.run(
                stages.make_range_rows, part, found.held, found.neighbors, found.links, plan, table.example, cells
            )
        )
    edges = np.concatenate([plan.starts, [plan.n + part.first + part.n_rows for part in plan.ranges]]).astype(np.int64)
    sizes = np.diff(edges) - np.diff(np.searchsorted(links.dropped, edges))
    return [
        Part(executor.run(stages.take_first, pair), executor.run(stages.take_second, pair), int(size))
        for pair, size in zip(pairs, sizes, strict=True)
    ]
