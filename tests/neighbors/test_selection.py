"""The choice of a backend, and what a selector counts."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from support import array_libraries, datasets
from support.optional import optional
from support.search_cases import CTX, scaled_rows, table

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.neighbors import BACKENDS, SearchSelector, selection

# ---- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["kdtree", "sklearn", "xp"])
def test_a_backend_that_is_named_serves(name):
    for d in (2, 20):
        search = SearchSelector(replace(CTX, backend=name)).make_search(scaled_rows(table(30, d)), np.arange(30), 30)
        assert search.backend is BACKENDS[name]


# ---- auto -----------------------------------------------------------------------------------------------------------


def chosen(X: Any, n: int, n_queries: int) -> str:
    """Name of the backend that 'auto' chooses; 'direct' for none."""
    ctx = replace(CTX, kind=dispatch.array_kind(X))
    search = SearchSelector(ctx).make_search(scaled_rows(X), np.arange(n), n_queries)
    return search.backend.name if search.backend else "direct"


@pytest.fixture
def with_faiss(monkeypatch):
    monkeypatch.setattr(type(BACKENDS["faiss-cpu"]), "unavailable", lambda self: None)


@pytest.fixture
def without_faiss(monkeypatch):
    monkeypatch.setattr(type(BACKENDS["faiss-cpu"]), "unavailable", lambda self: "it is not here")


@pytest.mark.usefixtures("with_faiss")
def test_auto_computes_all_distances_of_small_tables():
    X = table(50, 10)
    assert chosen(X, 50, 50) == "direct"
    most = int(selection.BRUTE_FORCE_UP_TO_WORK / (50 * (10 + selection.SELECTION_COST_FEATURES)))
    assert chosen(X, 50, most) == "direct"
    assert chosen(X, 50, most + 1) != "direct"


@pytest.mark.usefixtures("with_faiss")
def test_auto_goes_by_the_dimension_of_the_rows():
    assert chosen(table(20_000, 2), 20_000, 10**9) == "kdtree"
    assert (
        chosen(table(20_000, 2) @ np.ones((2, 40)), 20_000, 10**9) == "kdtree"
    )  # one dimension, whatever the features
    tied = np.random.default_rng(0).integers(0, 100, (20_000, 1)).astype(float)
    assert chosen(tied, 20_000, 10**9) == "kdtree"  # no more dimensions than features
    assert chosen(table(600, 8), 600, 10**9) == "xp"
    assert chosen(table(600, 40), 600, 10**9) == "xp"
    tall = sparse.csr_array(table(20_000, 2))
    assert chosen(tall, 20_000, 10**9) == "xp"  # no tree of rows that are not at hand at once


@pytest.mark.usefixtures("with_faiss")
def test_auto_multiplies_stored_entries_where_they_are_few():
    assert chosen(datasets.text(600, 2_000, 20), 600, 10**6) == "sparse"
    assert chosen(datasets.text(600, 400, 3), 600, 10**6) == "sparse"
    assert chosen(datasets.text(600, 50, 3), 600, 10**6) == "xp"  # a product of dense rows is faster
    assert chosen(datasets.text(600, 400, 200), 600, 10**6) == "xp"
    assert chosen(datasets.text(20, 2_000, 20), 20, 20) == "direct"


def chosen_for_few_queries(X: Any, n: int, n_queries: int, backend: str = "auto") -> str | None:
    """Name of the backend that serves single nearest rows and few queries, where it is another."""
    selector = SearchSelector(replace(CTX, backend=backend))
    search = selector.make_search(scaled_rows(X), np.arange(n), n_queries)
    return search.single_neighbor_backend.name if search.single_neighbor_backend else None


@pytest.mark.usefixtures("with_faiss")
def test_auto_takes_faiss_for_single_nearest_rows_where_that_pays():
    X = table(20_000, 8)
    assert chosen_for_few_queries(X, 20_000, 20_000) == "faiss-cpu"
    assert chosen_for_few_queries(X, 20_000, 100) is None
    assert chosen_for_few_queries(X, 20_000, 20_000, backend="xp") is None
    assert chosen_for_few_queries(table(20_000, 40), 20_000, 20_000) is None  # its kernel is for few features


@pytest.mark.usefixtures("without_faiss")
def test_auto_does_without_faiss():
    assert chosen_for_few_queries(table(20_000, 8), 20_000, 20_000) is None
    tied = np.random.default_rng(0).integers(0, 100, (20_000, 1)).astype(float)
    assert chosen(tied, 20_000, 10**9) == "kdtree"  # no more dimensions than features
    assert chosen(table(600, 8), 600, 10**9) == "xp"
    assert chosen(table(20_000, 2), 20_000, 10**9) == "kdtree"


@pytest.mark.usefixtures("with_faiss")
@pytest.mark.parametrize("place", [array_libraries.strict, array_libraries.strict_device1, array_libraries.torch])
def test_auto_stays_in_the_callers_library(place):
    X = place(table(50, 2))
    assert chosen(X, 50, 10**9) == "xp"


# ---- what was used --------------------------------------------------------------------------------------------------


def test_a_selector_counts_queries_by_backend_and_by_stage():
    selector, rows, scaled = SearchSelector(replace(CTX, backend="xp")), np.arange(60), scaled_rows(table(60, 3))
    assert selector.backend_ == "xp"
    selector.make_search(scaled, rows, 60).kneighbors(rows, 2)
    selector.make_search(scaled, rows, 10).kneighbors(rows[:10], 2)
    assert selector.statistics.queries_by_backend == {"xp": 70}
    stages = selector.statistics.settled_by_stage
    assert stages["list"] == sum(stages.values()) == 70


@pytest.mark.usefixtures("without_faiss")
def test_auto_names_the_backend_of_most_queries():
    selector, scaled = SearchSelector(CTX), scaled_rows(table(20_000, 2))
    assert selector.backend_ == "direct"
    selector.make_search(scaled, np.arange(60), 60).kneighbors(np.arange(60), 2)
    assert (selector.backend_, selector.statistics.queries_by_backend) == ("direct", {"direct": 60})
    selector.make_search(scaled, np.arange(20_000), 10**9).kneighbors(np.arange(1000), 2)
    assert (selector.backend_, selector.statistics.queries_by_backend["kdtree"]) == ("kdtree", 1000)


def test_a_single_nearest_row_counts_for_the_backend_that_found_it():
    optional("faiss")
    X = np.random.default_rng(0).normal(size=(20_000, 12)).astype(np.float32)
    selector = SearchSelector(CTX)
    search = selector.make_search(scaled_rows(X), np.arange(15_000), 5_000)
    assert search.single_neighbor_backend is BACKENDS["faiss-cpu"]
    search.nearest_lower_bound(np.arange(15_000, 20_000), np.full(5_000, np.inf))
    assert selector.statistics.queries_by_backend == {"faiss-cpu": 5_000}


def test_selectors_share_no_counts():
    first, second = SearchSelector(CTX), SearchSelector(CTX)
    first.make_search(scaled_rows(table(9, 2)), np.arange(9), 9).kneighbors(np.arange(9), 1)
    assert first.statistics.queries_by_backend
    assert not second.statistics.queries_by_backend
