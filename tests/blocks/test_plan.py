"""The plan: the class in blocks, ranks, parts, and blocks that are not what they were."""

import pickle

import numpy as np
import pytest

from gpu_smotetomek.blocks import Block, BlockParameters, encode_labels, plan_blocks
from gpu_smotetomek.blocks.held_rows import check_block
from gpu_smotetomek.blocks.plan import cut_parents


def make_plan(sizes, n_synthetic, block_rows=None, **parameters):
    counts = np.array(sizes)
    given = BlockParameters(n_synthetic, random_state=0, **parameters)
    return plan_blocks(block_rows or [int(counts.sum())], np.arange(len(sizes)), counts, 3, "float32", None, given)


@pytest.mark.parametrize(
    ("sizes", "n_synthetic", "blocked", "rank"),
    [
        ([50, 10, 20], {1: 40}, 0, [2, 0, 1]),
        ([20, 20], {}, 1, [0, 1]),
        ([20, 20], {1: 5}, 0, [1, 0]),
        ([50, 10, 20], {0: 5, 1: 40}, 2, [1, 0, 2]),
        ([50, 10], {0: 0, 1: 40}, 0, [1, 0]),
    ],
)
def test_the_largest_class_that_does_not_grow_stays_in_blocks(sizes, n_synthetic, blocked, rank):
    plan = make_plan(sizes, n_synthetic)
    assert (plan.blocked_class, plan.rank.tolist()) == (blocked, rank)
    assert plan.n_held == sum(sizes) - sizes[blocked]
    assert plan.n_new == sum(n_synthetic.values())


def test_no_class_is_left_to_stay_in_blocks():
    with pytest.raises(
        ValueError, match=r"every class is over-sampled.*leave the largest class out of sampling_strategy"
    ):
        make_plan([20, 30], {0: 20, 1: 10})


def test_a_small_budget_cuts_parents_into_parts():
    plan = make_plan([2000, 100], {1: 100_000}, memory_limit=2**20)
    assert len(plan.parts) == 7  # 64 bytes of each synthetic row
    assert plan.parts[0][0] == 0
    assert plan.parts[-1][1] == 100
    assert all(part.n_rows <= 2**14 for part in plan.ranges)


def test_parts_have_about_equally_many_pairs():
    i, j = np.triu_indices(3000, 1)
    counts = [
        np.count_nonzero((np.minimum(i, j) >= low) & (np.minimum(i, j) < high)) for low, high in cut_parents(3000, 6)
    ]
    assert max(counts) < 1.01 * min(counts)


def test_a_plan_travels_without_its_threads():
    plan = make_plan([50, 10], {1: 40})
    ctx = plan.ctx
    copied = pickle.loads(pickle.dumps(plan))
    assert copied.ranges[0].draw(50)[0].tolist() == plan.ranges[0].draw(50)[0].tolist()
    assert copied.ctx is not ctx
    assert copied.ctx.memory_limit == ctx.memory_limit


@pytest.mark.parametrize("block_rows", [[40, 20], [0, 40, 0, 20, 0]])
def test_a_block_of_another_size_than_at_the_count_is_an_error(block_rows):
    plan = make_plan([50, 10], {1: 40}, block_rows)
    start = 0
    for rows in block_rows:
        check_block(Block(np.zeros((rows, 3)), np.zeros(rows, int), start), plan)
        start += rows
    for rows, start in ((39, 0), (41, 0), (19, 40), (20, 39)):
        with pytest.raises(RuntimeError, match="the same each time it is read"):
            check_block(Block(np.zeros((rows, 3)), np.zeros(rows, int), start), plan)


@pytest.mark.parametrize("labels", [["a", "c"], ["0"], ["aa"]])
def test_a_label_that_was_not_counted_is_an_error(labels):
    with pytest.raises(
        RuntimeError, match="the block from row 40 has labels that it did not have when they were counted"
    ):
        encode_labels(np.array(labels), np.array(["a", "b"]), 40)
