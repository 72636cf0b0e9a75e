"""Keys by content, and merges in trees."""

import numpy as np
import pytest
from support.optional import optional

dask = optional("dask")

from gpu_smotetomek.blocks import Block  # noqa: E402
from gpu_smotetomek.dask.graph_executor import FAN_IN, GraphExecutor  # noqa: E402


@pytest.fixture(autouse=True)
def _scheduler():
    with dask.config.set(scheduler="synchronous"):
        yield


def double(block):
    return [2 * block.start, len(block.X)]


def shift(item, number, text):
    return [item, number, text]


def join(parts):
    assert 1 < len(parts) <= FAN_IN
    return [value for part in parts for value in part]


@pytest.mark.parametrize("n", [1, 2, FAN_IN, FAN_IN + 1, 70, 200])
def test_neighbours_are_merged_in_order(n):
    executor = GraphExecutor()
    assert executor.value(executor.map_reduce(shift, join, list(range(n)), 5, "x")) == join_all(n)


def join_all(n):
    return [value for item in range(n) for value in (item, 5, "x")]


def test_map_and_run():
    executor = GraphExecutor()
    handles = executor.map(shift, [1, (2, 3)], None, "y")
    assert [executor.value(handle) for handle in handles] == [[1, None, "y"], [(2, 3), None, "y"]]
    assert executor.value(executor.run(join, handles)) == [1, None, "y", (2, 3), None, "y"]


@pytest.mark.parametrize("rows", [np.zeros((3, 2)), np.ones((3, 2))])
def test_the_key_is_made_of_function_and_contents(rows):
    block = Block(rows, np.zeros(3, int), 4)
    first, second = (GraphExecutor().run(double, Block(rows.copy(), np.zeros(3, int), 4)) for _ in range(2))
    assert first.key == second.key
    assert first.key.startswith("double-")
    others = [
        GraphExecutor().run(shift, block, 1, "x"),
        GraphExecutor().run(double, block._replace(start=5)),
        GraphExecutor().run(double, block._replace(X=rows + 1)),
        GraphExecutor().run(double, block._replace(X=rows.astype("float32"))),
    ]
    assert len({first.key, *(other.key for other in others)}) == 5


def test_an_argument_with_contents_is_in_the_graph_once():
    executor, block = GraphExecutor(), Block(np.zeros((3, 2)), np.zeros(3, int), 4)
    graph = dict(executor.map_reduce(shift, join, list(range(50)), block, "x").__dask_graph__())
    assert sum(key.startswith("Block-") for key in graph) == 1
    assert executor.value(executor.run(double, block)) == [8, 3]
