"""Neighbourhoods: enemies among the neighbours, and what they say about the distance to the own class."""

import numpy as np
import pytest
from support import array_libraries, datasets, oracle

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.resampling import Batch, Neighborhoods, describe_rows, nearest_neighbors

PLACES = [array_libraries.copied, array_libraries.strict_device1, array_libraries.torch]
X, Y = datasets.blobs(60, 3, 0.5, 0.3, 0.2)


def find(place, rows, k):
    ctx = ExecutionContext()
    batch = Batch.from_input(place(X), np.arange(3), Y, None, ctx)
    everything = place(np.arange(60))
    return batch, Neighborhoods.find(
        batch, place(rows), lambda queries: nearest_neighbors(batch, queries, everything, k, SearchSelector(ctx))
    )


@pytest.mark.parametrize("place", PLACES)
def test_enemies_are_neighbours_of_another_class(place):
    rows = np.array([3, 7, 20, 59])
    _, around = find(place, rows, 6)
    neighbors = oracle.kneighbors(X, 6)[rows]
    np.testing.assert_array_equal(array_libraries.host(around.neighbors), neighbors)
    np.testing.assert_array_equal(array_libraries.host(around.is_enemy), Y[neighbors] != Y[rows][:, None])
    np.testing.assert_array_equal(around.n_enemies, (Y[neighbors] != Y[rows][:, None]).sum(axis=1))
    assert around.k == 6


@pytest.mark.parametrize("place", PLACES)
def test_some_rows_with_their_first_neighbours(place):
    batch, around = find(place, np.arange(60), 6)
    _, expected = find(place, np.array([4, 50]), 2)
    found = around.take(batch, np.array([4, 50]), 2)
    for part, expected_part in zip(found, expected, strict=True):
        np.testing.assert_array_equal(array_libraries.host(part), array_libraries.host(expected_part))


@pytest.mark.parametrize("place", PLACES)
def test_the_first_neighbour_of_the_own_class_gives_its_distance(place):
    rows = np.flatnonzero(Y == 2)
    batch, around = find(place, rows, 6)
    first = array_libraries.host(around.update_first_neighbor_distance(batch))
    assert np.isinf(array_libraries.host(batch.first_neighbor_distance)).all(), "the batch itself is left as it was"
    distances = oracle.sq_distance_matrix(X)
    distances[Y[:, None] != Y] = np.inf
    is_listed = around.n_enemies < 6
    np.testing.assert_array_equal(first[rows[is_listed]], np.sqrt(distances.min(axis=1))[rows[is_listed]])
    assert np.isinf(np.delete(first, rows[is_listed])).all()
    assert is_listed.any()


def test_a_distance_that_is_known_is_only_lowered():
    rows = np.flatnonzero(Y == 2)
    batch, around = find(array_libraries.copied, rows, 6)
    known = np.zeros(60)
    batch.first_neighbor_distance[:] = known
    np.testing.assert_array_equal(around.update_first_neighbor_distance(batch), known)
    dropped = batch.drop(np.array([0]), ExecutionContext())
    assert around.update_first_neighbor_distance(dropped) is None


def test_lists_of_rows_share_a_key_only_if_they_are_equal():
    lists = [
        np.array(rows) for rows in ([4, 5, 6, 7], [4, 6, 5, 7], [4, 5, 6], [5, 6, 7], [4, 6, 7], [4], [5], [7, 6, 5, 4])
    ]
    lists.append(np.empty(0, np.int64))
    keys = [describe_rows(rows) for rows in lists]
    assert len(set(keys)) == len(lists)
    assert [describe_rows(rows.copy()) for rows in lists] == keys
    assert keys[0] == (4, 4)
