"""Selections of the smallest distances, against sorts by NumPy, in each library."""

from typing import Any

import numpy as np
import pytest
from support import array_libraries
from support.array_libraries import assert_equal_like

from gpu_smotetomek.arrays import topk
from gpu_smotetomek.typing import NeighborLists


def tied_distances(dtype: Any = np.float64) -> np.ndarray:
    return np.random.default_rng(3).integers(0, 12, (9, 30)).astype(dtype)


def assert_smallest(lists: tuple[Any, Any], sq_distances: np.ndarray, k: int) -> None:
    """Assert that lists hold the k smallest entries of each row and their distinct columns, in any order."""
    values, columns = (array_libraries.host(part) for part in lists)
    assert values.dtype == sq_distances.dtype
    np.testing.assert_array_equal(np.take_along_axis(sq_distances, columns, axis=1), values)
    np.testing.assert_array_equal(np.sort(values, axis=1), np.sort(sq_distances, axis=1)[:, :k])
    assert all(len(set(row)) == len(row) for row in columns.tolist())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("k", [1, 2, 7, 29, 30, 99])
def test_smallest(convert, k, dtype):
    sq_distances = tied_distances(dtype)
    lists = topk.smallest(convert(sq_distances), k)
    assert type(lists[0]) is type(lists[1]) is type(convert(sq_distances))
    assert_smallest(lists, sq_distances, k)


@pytest.mark.parametrize("k", [1, 9, 20, 60, 200])
@pytest.mark.parametrize("width", [1, 13, 60])
def test_update_by_tile_after_tile_selects_the_same_as_at_once(convert, k, width):
    sq_distances = np.random.default_rng(k).integers(0, 40, (7, 60)).astype(np.float32)
    sq_distances[2] = np.arange(60, 0, -1)  # each tile has smaller entries than those before
    best = None
    for start in range(0, 60, width):
        best = topk.update_smallest(best, convert(sq_distances[:, start : start + width]), start, k)
    assert array_libraries.host(best.indices).dtype == np.int64
    assert_smallest(best, sq_distances, k)


@pytest.mark.parametrize("k", [1, 5, 20])
def test_updated_lists_share_no_memory_with_the_tile(k):
    """The caller writes the next tile into the same buffer."""
    sq_distances, buffer, best = tied_distances(), np.empty((9, 10)), None
    for start in (0, 10, 20):
        buffer[:] = sq_distances[:, start : start + 10]
        best = topk.update_smallest(best, buffer, start, k)
    assert_smallest(best, sq_distances, k)


def test_concatenated_lists_and_the_smallest_of_them(convert):
    sq_distances, rows = tied_distances(), np.arange(270).reshape(9, 30)
    parts = slice(0, 7), slice(7, 20), slice(20, 30)
    lists = [NeighborLists(convert(sq_distances[:, part]), convert(rows[:, part])) for part in parts]
    joined = topk.concat_lists(lists)
    assert_equal_like(joined.sq_distances, sq_distances, convert(sq_distances))
    assert_equal_like(joined.indices, rows, convert(rows))
    assert topk.concat_lists(lists[:1]).indices is lists[0].indices
    values, numbers = (array_libraries.host(part) for part in topk.smallest_of(lists, 4))
    np.testing.assert_array_equal(np.sort(values, axis=1), np.sort(sq_distances, axis=1)[:, :4])
    np.testing.assert_array_equal(sq_distances[np.arange(9)[:, None], numbers % 30], values)
    assert_equal_like(topk.smallest_of(lists, 30)[0], sq_distances, convert(sq_distances))


def test_lists_of_further_queries_are_concatenated_along_axis_0(convert):
    sq_distances, rows = tied_distances(), np.arange(270).reshape(9, 30)
    blocks = [NeighborLists(convert(sq_distances[block]), convert(rows[block])) for block in (slice(0, 4), slice(4, 9))]
    joined = topk.concat_lists(blocks, axis=0)
    assert_equal_like(joined.sq_distances, sq_distances, convert(sq_distances))
    assert_equal_like(joined.indices, rows, convert(rows))


@pytest.mark.parametrize("k", [1, 3, 8, 9, 30, 99])
def test_stable_smallest_is_sorted_by_value_then_column(convert, k):
    sq_distances, rows = tied_distances(), np.arange(30) * 5
    lists = topk.stable_smallest(convert(sq_distances), convert(rows), k)
    columns = np.argsort(sq_distances, axis=1, kind="stable")[:, :k]
    expected = np.take_along_axis(sq_distances, columns, axis=1)
    assert_equal_like(lists.sq_distances, expected, convert(sq_distances))
    assert_equal_like(lists.indices, rows[columns], convert(rows))


@pytest.mark.parametrize("k", [1, 4, 30, 99])
def test_lists_are_sorted_by_distance_then_row(convert, k):
    sq_distances = tied_distances()
    rows = np.random.default_rng(0).permuted(np.tile(np.arange(30), (9, 1)), axis=1)
    order = np.lexsort((rows, sq_distances), axis=1)[:, :k]
    lists = topk.sort_by_distance(convert(sq_distances), convert(rows), k)
    expected = np.take_along_axis(sq_distances, order, axis=1)
    assert_equal_like(lists.sq_distances, expected, convert(sq_distances))
    assert_equal_like(lists.indices, np.take_along_axis(rows, order, axis=1), convert(rows))
