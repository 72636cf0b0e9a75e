"""Gather, scatter and grouping by index, against NumPy's indexing, in each library."""

import math
import tracemalloc

import numpy as np
import pytest
from support import array_libraries
from support.array_libraries import assert_equal_like
from support.optional import optional

from gpu_smotetomek.arrays import indexing

WRITABLE = [array_libraries.copied, array_libraries.strict, array_libraries.strict_device1, array_libraries.torch]


def test_take_flat(convert):
    positions, values = np.array([[0, 2], [4, 0], [1, 1]]), np.arange(5) ** 2
    assert_equal_like(indexing.take_1d(convert(values), convert(positions)), values[positions], convert(values))


def test_flatten(convert):
    values = np.arange(6).reshape(2, 3)
    assert_equal_like(indexing.flatten(convert(values)), values.ravel(), convert(values))


@pytest.mark.parametrize(("lower", "upper"), [(0, None), (None, 1.5), (-1, 1)])
def test_clip(convert, lower, upper):
    values = np.linspace(-2, 2, 9)
    assert_equal_like(indexing.clip(convert(values), lower, upper), values.clip(lower, upper), convert(values))


@pytest.mark.parametrize("owners", [[], [3], [2, 0, 2, 0, 0, 4], np.random.default_rng(0).integers(0, 5, 400)], ids=len)
def test_group_by(convert, owners):
    owners = np.array(owners, np.int64)
    order, starts, counts = (np.asarray(array_libraries.host(part)) for part in indexing.group_by(convert(owners), 5))
    np.testing.assert_array_equal(counts, np.bincount(owners, minlength=5))
    for owner in range(5):
        positions = order[starts[owner] : starts[owner] + counts[owner]]
        np.testing.assert_array_equal(np.sort(positions), np.flatnonzero(owners == owner))


@pytest.mark.parametrize("counts", [[], [0], [2, 0, 1, 3]], ids=len)
def test_ragged_arange(convert, counts):
    counts = np.array(counts, np.int64)
    owner, position = indexing.ragged_arange(convert(counts))
    assert_equal_like(owner, np.repeat(np.arange(len(counts)), counts), convert(counts))
    expected = np.concatenate([np.empty(0, np.int64), *map(np.arange, counts)])
    assert_equal_like(position, expected, convert(counts))


@pytest.mark.parametrize("convert", WRITABLE)
@pytest.mark.parametrize("rows", [[], [2], [0, 3, 7], list(range(8))])
@pytest.mark.parametrize("shape", [(8,), (8, 2)])
def test_scatter_set(convert, rows, shape):
    target = np.arange(math.prod(shape), dtype=float).reshape(shape)
    values = -1.0 - np.arange(math.prod((len(rows), *shape[1:])), dtype=float).reshape(len(rows), *shape[1:])
    expected = target.copy()
    expected[rows] = values
    result = indexing.scatter_set(convert(target), convert(np.array(rows, np.int64)), convert(values))
    assert_equal_like(result, expected, convert(target))


def test_scatter_set_without_assignment_takes_memory_in_proportion_to_the_target():
    optional("array_api_strict")
    n = 4000
    target, rows = array_libraries.strict(np.zeros(n)), array_libraries.strict(np.arange(1, n))
    values = array_libraries.strict(np.ones(n - 1))
    tracemalloc.start()
    result = indexing.scatter_set(target, rows, values)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert float(result[0]) == 0
    assert peak < 100 * 8 * n


@pytest.mark.parametrize("convert", WRITABLE)
@pytest.mark.parametrize("rows", [[], [2], [3, 0, 3, 7, 0, 3]], ids=len)
def test_scatter_min(convert, rows):
    target, values = np.linspace(-1, 1, 8), np.cos(np.arange(len(rows), dtype=float))
    expected = target.copy()
    np.minimum.at(expected, np.array(rows, np.int64), values)
    result = indexing.scatter_min(convert(target), convert(np.array(rows, np.int64)), convert(values))
    assert_equal_like(result, expected, convert(target))


def test_inverse_permute_undoes_a_permutation(convert):
    values, order = np.linspace(0, 1, 20), np.random.default_rng(0).permutation(20)
    assert_equal_like(indexing.inverse_permute(convert(values[order]), convert(order)), values, convert(values))


def test_mask_from_indices(convert):
    rows = [convert(np.array(part, np.int64)) for part in ([4, 1, 4], [], [0])]
    mask = indexing.mask_from_indices(convert(np.zeros(6)), rows)
    assert_equal_like(mask, np.array([True, True, False, False, True, False]), convert(np.zeros(6)))


@pytest.mark.parametrize("left_out", [[], [0, 3, 4]], ids=len)
def test_all_except(convert, left_out):
    rows, X = indexing.AllExcept(5, np.array(left_out, np.int64)), convert(np.zeros((2, 2)))
    expected = np.delete(np.arange(5), left_out)
    assert len(rows) == len(expected)
    np.testing.assert_array_equal(np.asarray(rows), expected)
    assert_equal_like(indexing.indices_like(rows, X), expected, X)


def test_true_entries_of_a_mask(convert):
    mask = np.array([False, True, True, False, True])
    assert indexing.count_nonzero(convert(mask)) == 3
    assert_equal_like(indexing.flatnonzero(convert(mask)), [1, 2, 4], convert(np.arange(3)))
    assert indexing.count_nonzero(convert(mask[:0])) == 0
    assert_equal_like(indexing.flatnonzero(convert(~mask & mask)), np.empty(0, np.int64), convert(np.arange(3)))
