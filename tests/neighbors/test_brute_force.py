"""Brute force in float64 gives the same answers in tiles of any size, and without a backend."""

import pytest
from support import datasets
from support.exact_layer import check

from gpu_smotetomek.neighbors import brute_force

pytestmark = pytest.mark.usefixtures("thresholds")


@pytest.mark.parametrize("tile", [(7, 5), (64, 10)])
@pytest.mark.parametrize("k", [1, 3, 8, 9, 20])
def test_tiles_of_direct_distances_change_nothing(monkeypatch, tile, k):
    monkeypatch.setattr(brute_force, "HOST_TILE", tile)
    check(datasets.make("lattice", datasets.labels(70), 2), k, None)


def test_without_a_backend_all_is_in_float64():
    assert check(datasets.make("gaussian", datasets.labels(50), 4), 2, None) == {"float64": 50}
