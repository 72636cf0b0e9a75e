"""Searches of rows of numbers and categories: any backend, library and memory limit give the rows of brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import array_libraries, mixed_oracle

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import BACKENDS, ScaledRows, SearchSelector
from gpu_smotetomek.neighbors.backends.mixed import MAX_MISMATCH, MixedProducts
from gpu_smotetomek.neighbors.exact import ExactSearch
from gpu_smotetomek.neighbors.scaled_mixed import ScaledMixed

SEARCHES = ["direct", "xp", "kdtree"]
CTX = ExecutionContext(n_threads=1)


def make(n, p, sizes, seed=0, decimals=6):
    """Numbers and codes, some of them repeated or tied."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(n, p)).round(decimals)
    codes = np.stack([rng.integers(0, size, n) for size in sizes], axis=1)
    return numbers, codes


def scale(numbers, codes, added, sizes, place=array_libraries.copied, ctx=CTX):
    """Scaled rows, and the numbers and the constant in their units."""
    X = place(np.hstack([numbers, codes]))
    scaled = ScaledMixed.from_mixed_matrix(X, tuple(sizes), ctx)
    constant = float(np.ldexp(added, 2 * scaled.exponent))
    return scaled.with_mismatch(constant), np.ldexp(numbers, scaled.exponent), constant


def make_search(scaled, name, ctx=CTX):
    backend = {"direct": None, "kdtree": BACKENDS["kdtree"], "xp": MixedProducts.for_rows(scaled)}[name]
    rows = dispatch.asarray_like(np.arange(int(scaled.X.shape[0])), scaled.X)
    return ExactSearch(scaled, rows, backend, ctx)


@pytest.mark.parametrize("name", SEARCHES)
@given(data=st.data())
def test_neighbors_are_those_of_brute_force(name, data):
    n = data.draw(st.integers(2, 60))
    p, sizes = data.draw(st.integers(1, 5)), data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=5))
    numbers, codes = make(n, p, sizes, data.draw(st.integers(0, 999)), data.draw(st.sampled_from([0, 1, 6])))
    added, k = data.draw(st.sampled_from([0.0, 1e-9, 0.25, 1.0, 3.7])), data.draw(st.integers(1, min(8, n - 1)))
    scaled, units, constant = scale(numbers, codes, added, sizes)
    search = make_search(scaled, name)
    np.testing.assert_array_equal(
        search.kneighbors(search.rows, k).indices, mixed_oracle.kneighbors(units, codes, constant, k)
    )


@pytest.mark.parametrize("place", array_libraries.LIBRARIES.values(), ids=array_libraries.LIBRARIES.keys())
@pytest.mark.parametrize("name", ["direct", "xp"])
def test_every_array_library_gives_the_same_rows_and_distances(name, place):
    numbers, codes = make(200, 3, [4, 300, 2], decimals=1)
    scaled, units, constant = scale(numbers, codes, 0.5, [4, 300, 2], place)
    ctx = ExecutionContext(n_threads=1, kind=dispatch.array_kind(scaled.X))
    search = make_search(scaled, name, ctx)
    lists = search.kneighbors(search.rows, 5)
    expected = mixed_oracle.kneighbors(units, codes, constant, 5)
    np.testing.assert_array_equal(array_libraries.host(lists.indices), expected)
    D = mixed_oracle.sq_distance_matrix(units, codes, constant)
    np.testing.assert_array_equal(array_libraries.host(lists.sq_distances), np.take_along_axis(D, expected, 1))


@pytest.mark.parametrize("name", SEARCHES)
@pytest.mark.parametrize("factor", [1e-170, 1e-30, 1e30, 1e150])
def test_neighbors_do_not_depend_on_the_unit(name, factor):
    numbers, codes = make(150, 2, [3, 3])
    scaled, _, _ = scale(numbers * factor, codes, 0.0, [3, 3])
    root = np.ldexp(factor, scaled.exponent)  # the square of the factor itself may be no float64
    scaled = scaled.with_mismatch(float(0.7 * root * root))
    search = make_search(scaled, name)
    np.testing.assert_array_equal(
        search.kneighbors(search.rows, 4).indices, mixed_oracle.kneighbors(numbers, codes, 0.7, 4)
    )


@pytest.mark.parametrize("exponent", [-90, -40, 20, 60, 200, 400])
def test_a_constant_of_any_size_is_certified_or_searched_in_float64(exponent):
    numbers, codes = make(120, 2, [2, 5])
    numbers[7] = 2.0 ** max(1, exponent / 2)  # no constant is beyond the square of the largest half range
    added = 2.0**exponent / 4
    scaled, units, constant = scale(numbers, codes, added, [2, 5])
    backend = MixedProducts.for_rows(scaled)
    assert backend.mismatch <= MAX_MISMATCH
    search = make_search(scaled, "xp")
    np.testing.assert_array_equal(
        search.kneighbors(search.rows, 3).indices, mixed_oracle.kneighbors(units, codes, constant, 3)
    )


@pytest.mark.parametrize("memory_limit", [1, 50_000, 2**28])
def test_any_memory_limit_gives_the_same_rows(memory_limit):
    numbers, codes = make(300, 3, [3, 4])
    ctx = ExecutionContext(n_threads=2, memory_limit=memory_limit)
    scaled, units, constant = scale(numbers, codes, 1.0, [3, 4], ctx=ctx)
    search = make_search(scaled, "xp", ctx)
    np.testing.assert_array_equal(
        search.kneighbors(search.rows, 3).indices, mixed_oracle.kneighbors(units, codes, constant, 3)
    )


def test_copies_are_searched_once():
    """On tables of few distinct rows, the stage of equal rows settles what lists cannot."""
    rng = np.random.default_rng(0)
    numbers, codes = rng.integers(0, 4, (6000, 2)).astype(float), rng.integers(0, 3, (6000, 2))
    scaled, units, constant = scale(numbers, codes, 1.0, [3, 3])
    search = SearchSelector(CTX).make_search(scaled, np.arange(6000), 6000)
    found = search.kneighbors(np.arange(6000), 5)
    assert search.statistics.settled_by_stage["equal rows"] == 6000
    some = rng.choice(6000, 40, replace=False)
    D = np.array(
        [
            [np.sum((units[i] - units[j]) ** 2) + constant * np.sum(codes[i] != codes[j]) for j in range(6000)]
            for i in some
        ]
    )
    D[np.arange(40), some] = np.inf
    np.testing.assert_array_equal(found.indices[some], np.argsort(D, axis=1, kind="stable")[:, :5])


def test_a_tree_serves_where_numbers_alone_leave_short_lists():
    selector = SearchSelector(CTX)
    for added, name in ((0.0, "kdtree"), (1e-6, "kdtree"), (4.0, "xp")):
        scaled, _, _ = scale(*make(8000, 2, [3, 4, 5]), added, [3, 4, 5])
        assert selector.make_search(scaled, np.arange(8000), 8000).backend.name == name
    assert scaled.crowd > 4
    assert scaled.with_mismatch(0.0).crowd == 1


def test_the_tree_settles_most_queries_where_it_is_chosen():
    scaled, _, _ = scale(*make(4000, 2, [2]), 1.0, [2])
    selector = SearchSelector(CTX)
    search = selector.make_search(scaled, np.arange(4000), 4000)
    assert search.backend.name == "kdtree"
    search.kneighbors(np.arange(4000), 1)
    assert selector.certified_fraction == 1


def test_no_array_grows_with_the_number_of_categories(monkeypatch):
    """A column of ten thousand categories costs two bytes a row."""
    numbers, codes = make(20_000, 2, [10_000, 50])
    scaled, _, _ = scale(numbers, codes, 1.0, [10_000, 50])
    assert [column.dtype for column in scaled.codes] == [np.int16, np.uint8]
    assert sum(column.nbytes for column in scaled.codes) == 3 * 20_000
    projected = scaled.project_with_codes(np.arange(100), "float32", CTX)
    assert projected.coordinates.shape == (100, 4)


def test_codes_add_nothing_to_norms():
    numbers, codes = make(50, 2, [30_000])
    scaled, _, _ = scale(numbers, codes, 1.0, [30_000])
    with_codes = scaled.project_with_codes(np.arange(50), "float32", CTX).coordinates
    alone = scaled.project(np.arange(50), "float32", CTX).coordinates
    squares = [np.sum(values.astype(np.float64) ** 2, axis=1) for values in (with_codes, alone)]
    np.testing.assert_array_equal(*squares)


def test_the_numbers_are_those_of_plain_rows():
    numbers, codes = make(40, 3, [3])
    scaled, _, _ = scale(numbers, codes, 0.0, [3])
    plain = ScaledRows.from_matrix(numbers, CTX)
    assert scaled.exponent == plain.exponent
    first, second = np.arange(40), np.arange(40)[::-1].copy()
    np.testing.assert_array_equal(scaled.sq_distances(first, second, CTX), plain.sq_distances(first, second, CTX))
