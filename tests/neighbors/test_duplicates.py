"""Rows with copies are settled by a longer list or in float64; a large search is of distinct rows only."""

import numpy as np
import pytest
from support.exact_layer import check

from gpu_smotetomek.neighbors import brute_force, exact

pytestmark = pytest.mark.usefixtures("thresholds")


def test_copies_need_a_longer_list_and_no_more(backend):
    X = np.repeat(np.random.default_rng(0).normal(size=(60, 4)), 7, axis=0)
    assert check(X, 3, backend) == {"list": 0, "longer list": 420}


def test_many_copies_are_settled_in_float64(backend):
    X = np.repeat(np.random.default_rng(0).normal(size=(4, 4)), 60, axis=0)
    assert check(X, 3, backend) == {"list": 0, "longer list": 0, "float64": 240}


@pytest.mark.parametrize("few", [1, 2048])
@pytest.mark.parametrize("k", [1, 3, 9])
def test_copies_are_searched_once(backend, k, few, monkeypatch):
    """Only distinct rows are searched: by the backend, or by brute force where they are `few`."""
    monkeypatch.setattr(exact, "LARGE_SEARCH_WORK", 1.0)
    monkeypatch.setattr(brute_force, "HOST_TILE", (64, few))
    rng = np.random.default_rng(k)
    X = rng.normal(size=(9, 2))[rng.permutation(np.repeat(np.arange(9), 45))] * rng.choice([0.0, 1.0], (405, 1))
    X[::7] *= -1.0  # zeros of both signs are equal
    assert check(X, k, backend)["equal rows"] > 100
    check(X, k, backend, rows=np.arange(0, 405, 2), queries=np.arange(1, 405, 3))
    check(X, k, backend, rows=np.arange(200), queries=np.arange(200, 405))
