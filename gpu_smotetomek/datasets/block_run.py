"""The run over the blocks of a dataset: links are found, then the parts of the result are written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from gpu_smotetomek.blocks import (
    Block,
    BlockPlan,
    LazyValue,
    LocalExecutor,
    find_block_links,
    keep_mask,
    make_synthetic_rows,
)
from gpu_smotetomek.datasets.arrow_sink import ArrowSink
from gpu_smotetomek.datasets.dataset import read_coded_block
from gpu_smotetomek.datasets.numpy_dataset import NumpyDataset
from gpu_smotetomek.datasets.numpy_sink import NumpySink
from gpu_smotetomek.datasets.scratch import Scratch
from gpu_smotetomek.progress import begin_step, follow_blocks
from gpu_smotetomek.tables.atomic import sync_folder


def run_blocks(dataset: Any, plan: BlockPlan, kept: Scratch, out: Path) -> tuple[int, int, int]:
    """Find the links and write the result; return its rows, the links, and what was taken over."""
    begin_step("find links")
    executor = LocalExecutor(store=kept)
    starts = plan.starts[:-1].tolist()
    blocks = [LazyValue(read_coded_block, (dataset, i, start, plan.classes)) for i, start in enumerate(starts)]
    result = find_block_links(executor, blocks, plan)
    held, neighbors, links = (executor.value(handle) for handle in (result.held, result.neighbors, result.links))
    makers: list[Callable[[], Any]] = []
    sizes = []
    for i, start in enumerate(starts):
        stop = start + dataset.block_rows[i]
        makers.append(lambda i=i, start=start, stop=stop: read_kept_rows(dataset, i, start, stop, links))  # type: ignore[misc]
        sizes.append(stop - start - count_dropped(links, start, stop))
    for part in plan.ranges:
        first = plan.n + part.first
        makers.append(lambda part=part: make_synthetic_part(dataset, part, held, neighbors, links, plan))  # type: ignore[misc]
        sizes.append(part.n_rows - count_dropped(links, first, first + part.n_rows))
    n_taken_over = executor.n_taken_over + write_parts(dataset, makers, sizes, kept, out)
    return sum(sizes), len(links.pairs), n_taken_over


def count_dropped(links: Any, start: int, stop: int) -> int:
    """Rows start … stop − 1 that cleaning removes."""
    first, last = np.searchsorted(links.dropped, [start, stop])
    return int(last - first)


def read_kept_rows(dataset: Any, i: int, start: int, stop: int, links: Any) -> Any:
    """The rows of a block that stay, as a sink takes them."""
    mask = keep_mask(Block(None, np.empty(stop - start, np.int8), start), links)
    return dataset.read_kept(i, mask)


def make_synthetic_part(dataset: Any, part: Any, held: Any, neighbors: Any, links: Any, plan: BlockPlan) -> Any:
    """The synthetic rows of a range that stay, as a sink takes them."""
    X, codes = make_synthetic_rows(part, held, neighbors, links, plan)
    return dataset.make_rows(X, plan.classes[codes])


def write_parts(dataset: Any, makers: list[Callable[[], Any]], sizes: list[int], kept: Scratch, out: Path) -> int:
    """Write the parts that are not on the disk yet, and rename the result; return how many there were."""
    begin_step("write")
    make_sink: Any = NumpySink if isinstance(dataset, NumpyDataset) else ArrowSink
    sink = make_sink(dataset, out, kept.folder, sizes)
    journal = kept.read_journal()
    written = {part for part, size in journal.items() if size == sizes[part] and sink.holds(part)}
    blocks = follow_blocks("write", len(makers))
    for part, make in enumerate(makers):
        if part not in written:
            sink.write_part(part, make())
            kept.note_part(part, sizes[part])
        if blocks is not None:
            blocks.run(lambda: None)
            blocks.report()
    sink.finish().replace(out)
    sync_folder(out.absolute().parent)
    return len(written)
