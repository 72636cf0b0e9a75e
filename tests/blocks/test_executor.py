"""The executor of one process: order of merges, values that are made again, and stages that a store keeps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.block_cases import CASES, fingerprint

from gpu_smotetomek import SMOTETomek
from gpu_smotetomek.blocks import LazyValue, LocalExecutor


class Stopped(Exception):
    """The end of a process."""


class MemoryStore:
    """Values by name; `stop_after` savings end the run."""

    def __init__(self):
        self.values, self.stop_after, self.loaded = {}, None, []

    def load(self, name):
        self.loaded += [name] if name in self.values else []
        return self.values.get(name)

    def save(self, name, value):
        if self.stop_after is not None and self.stop_after <= 0:
            raise Stopped
        self.stop_after = None if self.stop_after is None else self.stop_after - 1
        self.values[name] = value


def as_list(item, *more):
    return [item, *more]


def join(parts):
    return [entry for part in parts for entry in part]


@given(st.integers(1, 40), st.booleans())
def test_merges_keep_the_order_of_the_items(n, has_store):
    store = MemoryStore() if has_store else None
    executor = LocalExecutor(store, save_seconds=0)
    assert executor.map_reduce(as_list, join, list(range(n))) == list(range(n))


def test_lazy_values_are_made_where_they_are_used():
    executor, made = LocalExecutor(), []

    def make(number):
        made.append(number)
        return number

    items = [LazyValue(make, (number,)) for number in range(3)]
    assert executor.run(as_list, items[1]) == [1]
    assert made == [1]
    assert executor.map_reduce(as_list, join, items) == [0, 1, 2]
    assert made == [1, 0, 1, 2]
    assert executor.value(items[2]) == 2


def test_several_parts_are_made_again_and_a_single_one_is_kept():
    executor, made = LocalExecutor(), []

    def make(item):
        made.append(item)
        return item

    (kept,) = executor.map(make, ["a"])
    assert (executor.value(kept), executor.value(kept), made) == ("a", "a", ["a"])
    parts = executor.map(make, ["b", "c"])
    assert [executor.value(part) for part in parts for _ in range(2)] == ["b", "b", "c", "c"]
    assert made == ["a", "b", "b", "c", "c"]


def test_items_are_counted():
    counted = []
    executor = LocalExecutor(on_item=lambda: counted.append(1))
    executor.map_reduce(as_list, join, [1, 2, 3])
    executor.map(as_list, [1])
    assert len(counted) == 4


@pytest.mark.parametrize("stop_after", [0, 1, 3, 8, 17, 25, 40, 60])
def test_a_run_that_stopped_goes_on_to_the_same_rows(stop_after, over_blocks):
    case, store = CASES["three_classes"](), MemoryStore()
    sizes = [900]
    expected, labels, _ = over_blocks(case, SMOTETomek(random_state=0), sizes, n_parts=2)
    store.stop_after = stop_after
    with pytest.raises(Stopped):
        over_blocks(case, SMOTETomek(random_state=0), sizes, n_parts=2, executor=LocalExecutor(store, save_seconds=0))
    store.stop_after, store.loaded = None, []
    executor = LocalExecutor(store, save_seconds=0)
    X, y, _ = over_blocks(case, SMOTETomek(random_state=0), sizes, n_parts=2, executor=executor)
    assert fingerprint(X, y) == fingerprint(expected, labels)
    assert executor.n_taken_over >= stop_after > 0 or not stop_after


def test_a_finished_run_is_taken_over_whole(over_blocks):
    case, store = CASES["plane"](), MemoryStore()
    over_blocks(case, SMOTETomek(random_state=0), [900], executor=LocalExecutor(store))
    store.stop_after = 0  # nothing is saved again
    X, y, _ = over_blocks(case, SMOTETomek(random_state=0), [900], executor=LocalExecutor(store))
    assert len(X) == len(y)
    assert np.isfinite(X).all()
