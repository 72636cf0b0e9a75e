"""Calls over blocks in one process."""

from dataclasses import replace

import numpy as np
import pytest
from support.block_cases import BlockCase, cut_rows

from gpu_smotetomek.blocks import Block, LocalExecutor, find_block_links, keep_mask, make_synthetic_rows, plan_blocks
from gpu_smotetomek.blocks.plan import cut_parents
from gpu_smotetomek.samplers.blockwise import resolve_blockwise


def resample_blocks(case: BlockCase, sampler, sizes, *, n_parts=None, executor=None):
    """Rows and labels of a call over blocks of these sizes, and the links."""
    X, y = case.X, case.y
    classes, codes = np.unique(y, return_inverse=True)
    cuts = cut_rows(len(X), sizes)
    parameters = resolve_blockwise(sampler, classes, np.bincount(codes)).parameters
    rows = [stop - start for start, stop in cuts]
    plan = plan_blocks(rows, classes, np.bincount(codes), X.shape[1], X.dtype, None, parameters)
    if n_parts is not None:
        plan = replace(plan, parts=cut_parents(plan.n_held, n_parts))
    executor = executor or LocalExecutor()
    blocks = [Block(X[start:stop], codes[start:stop], start) for start, stop in cuts]
    result = find_block_links(executor, blocks, plan)
    held, neighbors, links = (executor.value(handle) for handle in (result.held, result.neighbors, result.links))
    parts = [(block.X[keep], block.codes[keep]) for block in blocks for keep in [keep_mask(block, links)]]
    parts += [make_synthetic_rows(part, held, neighbors, links, plan) for part in plan.ranges]
    return np.concatenate([rows for rows, _ in parts]), classes[np.concatenate([codes for _, codes in parts])], links


@pytest.fixture
def over_blocks():
    return resample_blocks
