"""The one file that knows array libraries, function by function, in every library that runs on a host."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from support import array_libraries, oracle
from support.optional import optional

from gpu_smotetomek.arrays import dispatch, distances, encoding, indexing, matrices, topk

SPARSE = [sparse.csr_array, sparse.csc_array, sparse.csr_matrix, sparse.csc_matrix]


@pytest.fixture(params=array_libraries.LIBRARIES)
def place(request: pytest.FixtureRequest) -> Any:
    """Puts a NumPy array into a library."""
    return array_libraries.LIBRARIES[request.param]


@pytest.fixture(params=SPARSE, ids=lambda make: make.__name__)
def make(request: pytest.FixtureRequest) -> Any:
    return request.param


def assert_is(result: Any, expected: Any, like: Any, *, dtype: bool = True) -> None:
    """The values of `expected`, in the library and on the device of `like`."""
    assert type(result) is type(like)
    assert dispatch.get_device(result) == dispatch.get_device(like)
    expected = np.asarray(expected)
    found = array_libraries.host(result)
    np.testing.assert_array_equal(found, expected)
    if dtype:
        assert found.dtype == expected.dtype


def table(n: int = 12, d: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, d))


# ---- what and where -------------------------------------------------------------------------------------------------


def test_namespace_device_and_host(place):
    X = place(table())
    xp = dispatch.namespace(X)
    assert type(xp.zeros(2, device=dispatch.get_device(X))) is type(X)
    assert dispatch.is_numpy_or_sparse(X) == isinstance(X, np.ndarray)
    assert not dispatch.is_sparse(X)
    assert isinstance(dispatch.device_name(X), str)


def test_the_name_of_the_host_is_cpu(make):
    assert dispatch.device_name(table()) == "cpu"
    assert dispatch.device_name(array_libraries.torch(table())) == "cpu"
    X = make(table())
    assert dispatch.device_name(X) == dispatch.get_device(X) == "cpu"
    assert dispatch.is_numpy_or_sparse(X)
    assert dispatch.is_sparse(X)
    assert dispatch.namespace(X) is dispatch.namespace(table())


@pytest.mark.parametrize("values", [np.arange(3), np.array([True, False]), np.array([[0.5]], np.float32), np.empty(0)])
def test_to_the_host_and_back(place, values):
    placed = place(values)
    there = dispatch.to_numpy(placed)
    assert isinstance(there, np.ndarray)
    np.testing.assert_array_equal(there, values)
    assert there.dtype == values.dtype
    assert_is(dispatch.asarray_like(there.copy(), place(table())), values, placed)
    assert dispatch.to_numpy_int64(place(values.astype(np.int64))).dtype == np.int64


def test_host_values_stay_beside_sparse_rows(make):
    values = np.arange(3)
    assert dispatch.asarray_like(values, make(table())) is values


def test_a_read_only_host_array_goes_beside_a_tensor():
    """Of the caller's labels, say: with no warning that it cannot be written."""
    assert_is(
        dispatch.asarray_like(array_libraries.read_only([1, 2]), array_libraries.torch(table())),
        [1, 2],
        array_libraries.torch([1]),
    )


def test_the_numpy_dtype_of_entries(place):
    for dtype in (np.float32, np.float64, np.int64, np.bool_):
        assert dispatch.numpy_dtype(place(table().astype(dtype))) == dtype
    assert all(dispatch.numpy_dtype(make(table().astype(np.int32))) == np.int32 for make in SPARSE)


# ---- rows -----------------------------------------------------------------------------------------------------------


def test_take(place):
    X = table()
    for rows in (np.array([5, 0, 0, 11]), np.empty(0, np.int64)):
        assert_is(matrices.take_dense_rows(place(X), place(rows)), X[rows], place(X))
        assert_is(matrices.take_rows(place(X), place(rows)), X[rows], place(X))


@pytest.mark.parametrize(
    "layout", [np.asfortranarray, lambda X: X[::-1], lambda X: X[:, ::2], lambda X: X.astype(">f8")]
)
def test_take_from_every_layout(layout):
    X = layout(table())
    taken = matrices.take_dense_rows(X, np.array([3, 1]))
    np.testing.assert_array_equal(taken, np.array(X)[[3, 1]])
    assert taken.dtype == X.dtype
    assert not np.shares_memory(taken, X)


def test_sparse_rows_are_dense_when_taken_and_sparse_when_selected(make):
    X = table() * (table(seed=1) > 0)
    rows = np.array([3, 1, 3])
    assert_is(matrices.take_dense_rows(make(X), rows), X[rows], X)
    selected = matrices.take_rows(make(X), rows)
    assert type(selected) is make
    assert_is(selected.toarray(), X[rows], X)


@pytest.mark.parametrize("dtype", [np.float32, np.int8, np.bool_])
def test_a_dense_block_becomes_sparse_in_class_format_and_dtype(make, dtype):
    block = np.array([[0, 1], [2, 0]])
    like = matrices.sparse_like(block, make(table().astype(dtype)))
    assert type(like) is make
    assert like.dtype == dtype
    np.testing.assert_array_equal(like.toarray(), block.astype(dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.uint8, np.bool_])
def test_in_float64(place, dtype):
    X = (table() * 9).clip(0).astype(dtype)
    for function in (dispatch.as_float64, dispatch.promote_to_float64):
        assert_is(function(place(X)), X.astype(np.float64), place(X))


def test_longdouble_stays():
    X = table().astype(np.longdouble)
    assert dispatch.promote_to_float64(X) is X
    assert dispatch.as_float64(X).dtype == np.float64


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.bool_])
@pytest.mark.parametrize("factors", [(), (2.0**500,), (2.0**-700, 2.0**-300)])
def test_columns_and_rows_are_scaled_in_float64(place, dtype, factors):
    X, rows = (table() * 9).astype(dtype), np.array([4, 0, 9])
    scaled = X[rows].astype(np.float64) * math.prod(factors)
    assert_is(matrices.float64_columns(place(X), place(rows), factors), scaled.T, place(X))
    assert_is(matrices.float64_rows(place(X), place(rows), factors), scaled, place(X))


def test_columns_leave_the_rows_as_they_were(place):
    X = place(table())
    for function in (matrices.float64_columns, matrices.float64_rows):
        result = function(X, place(np.arange(12)), (2.0,))
        np.testing.assert_array_equal(array_libraries.host(X), table())
        np.testing.assert_array_equal(np.sort(array_libraries.host(result), axis=None), np.sort(2 * table(), axis=None))


def test_columns_of_longdouble_are_scaled_before_they_are_rounded(make):
    if np.finfo(np.longdouble).nmant == 52:
        pytest.skip("longdouble is float64 here")
    X = np.array([[1 + 2.0**-52, 3.0]], np.longdouble) * np.longdouble(2.0) ** -1070
    for placed in (X, make(X)):
        scaled = np.array([[1 + 2.0**-52], [3.0]])
        np.testing.assert_array_equal(matrices.float64_columns(placed, np.array([0]), (2.0**570, 2.0**500)), scaled)
        np.testing.assert_array_equal(matrices.float64_rows(placed, np.array([0]), (2.0**570, 2.0**500)), scaled.T)


def test_columns_of_sparse_rows(make):
    X = table() * (table(seed=1) > 0)
    np.testing.assert_array_equal(matrices.float64_columns(make(X), np.array([2, 5]), (4.0,)), 4 * X[[2, 5]].T)


# ---- distances ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [1, 2, 3, 17, 100])
def test_squares_have_the_same_bits_everywhere(place, d):
    A, B = np.random.default_rng(d).lognormal(0, 9, (2, 40, d))
    each = distances.sq_distances(place(A.T.copy()), place(B.T.copy()))
    assert_is(each, oracle.squares(A, B), place(A))
    tile = distances.sq_distances(place(A.T[:, :, None].copy()), place(B.T[:, None, :].copy()))
    assert_is(tile, oracle.squares(A[:, None], B[None]), place(A))


def test_squares_fuse_nothing_and_keep_the_order_of_features():
    """Here any other program gives other bits: a sum of another order, or a product that is not rounded."""
    B = np.array([[1e-8], [1.0], [1e8]])
    A = np.zeros_like(B)
    assert distances.sq_distances(A, B)[0] == (1e-8**2 + 1.0) + 1e8**2
    x = 1 + 2.0**-27
    assert distances.sq_distances(np.array([[x], [1.0]]), np.zeros((2, 1)))[0] == x * x + 1.0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("d", [1, 5, 400])
def test_norms_are_rounded_up_and_hardly(place, dtype, d):
    X = (table(20, d) * np.logspace(-18, 18, 20)[:, None]).astype(dtype)
    true = np.array([math.hypot(*row) for row in X.astype(np.float64).tolist()])
    for norms in (distances.row_norms(place(X)), distances.column_norms(place(X.T.astype(np.float64)))):
        assert type(norms) is type(place(X))
        norms = array_libraries.host(norms)
        assert norms.dtype == np.float64
        assert (norms >= true).all()
        assert (norms <= true * (1 + 2.0**-39)).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_square_norms_are_in_the_rows_own_dtype(place, dtype):
    X = table(20, 50).astype(dtype)
    found = array_libraries.host(distances.sq_norms(place(X)))
    assert found.dtype == dtype
    np.testing.assert_allclose(found, (X.astype(np.float64) ** 2).sum(axis=1), rtol=2 * np.finfo(dtype).eps)


# ---- selections -----------------------------------------------------------------------------------------------------


def some_distances(dtype: Any = np.float64) -> np.ndarray:
    """With ties."""
    return np.random.default_rng(3).integers(0, 12, (9, 30)).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("k", [1, 2, 7, 29, 30, 99])
def test_smallest(place, k, dtype):
    D = some_distances(dtype)
    values, at = topk.smallest(place(D), k)
    assert type(values) is type(at) is type(place(D))
    values, at = array_libraries.host(values), array_libraries.host(at)
    assert values.dtype == dtype
    np.testing.assert_array_equal(np.take_along_axis(D, at, axis=1), values)
    np.testing.assert_array_equal(np.sort(values, axis=1), np.sort(D, axis=1)[:, :k])
    assert all(len(set(row)) == len(row) for row in at.tolist())


@pytest.mark.parametrize("k", [1, 9, 200])
@pytest.mark.parametrize("width", [1, 13, 60])
def test_tiles_are_kept_one_by_one_as_if_at_once(place, k, width):
    rng = np.random.default_rng(k)
    D = rng.integers(0, 40, (7, 60)).astype(np.float32)
    D[2] = np.arange(60, 0, -1)  # each tile beats the ones before
    best = None
    for start in range(0, 60, width):
        best = topk.update_smallest(best, place(D[:, start : start + width]), start, k)
    values, rows = (array_libraries.host(part) for part in best)
    assert rows.dtype == np.int64
    np.testing.assert_array_equal(np.take_along_axis(D, rows, axis=1), values)
    np.testing.assert_array_equal(np.sort(values, axis=1), np.sort(D, axis=1)[:, :k])
    assert all(len(set(row)) == len(row) for row in rows.tolist())


def test_lists_side_by_side_and_the_smallest_of_them(place):
    D, rows = some_distances(), np.arange(270).reshape(9, 30)
    lists = [(place(D[:, part]), place(rows[:, part])) for part in (slice(0, 7), slice(7, 20), slice(20, 30))]
    values, numbers = topk.concat_lists(lists)
    assert_is(values, D, place(D))
    assert_is(numbers, rows, place(rows))
    assert topk.concat_lists(lists[:1]) is lists[0]
    values, numbers = (array_libraries.host(part) for part in topk.smallest_of(lists, 4))
    np.testing.assert_array_equal(np.sort(values, axis=1), np.sort(D, axis=1)[:, :4])
    np.testing.assert_array_equal(D[np.arange(9)[:, None], numbers % 30], values)
    assert_is(topk.smallest_of(lists, 30)[0], D, place(D))


@pytest.mark.parametrize("k", [1, 3, 8, 9, 30, 99])
def test_first_smallest_are_in_order_of_value_then_column(place, k):
    D, rows = some_distances(), np.arange(30) * 5
    values, found = topk.stable_smallest(place(D), place(rows), k)
    at = np.argsort(D, axis=1, kind="stable")[:, :k]
    assert_is(values, np.take_along_axis(D, at, axis=1), place(D))
    assert_is(found, rows[at], place(rows))


@pytest.mark.parametrize("k", [1, 4, 30, 99])
def test_lists_sorted_by_distance_then_row(place, k):
    D = some_distances()
    rows = np.random.default_rng(0).permuted(np.tile(np.arange(30), (9, 1)), axis=1)
    order = np.lexsort((rows, D), axis=1)[:, :k]
    values, found = topk.sort_by_distance(place(D), place(rows), k)
    assert_is(values, np.take_along_axis(D, order, axis=1), place(D))
    assert_is(found, np.take_along_axis(rows, order, axis=1), place(rows))


def test_take_flat(place):
    at = np.array([[0, 2], [4, 0], [1, 1]])
    values = np.arange(5) ** 2
    assert_is(indexing.take_flat(place(values), place(at)), values[at], place(values))


@pytest.mark.parametrize("owners", [[], [3], [2, 0, 2, 0, 0, 4], np.random.default_rng(0).integers(0, 5, 400)], ids=len)
def test_grouped(place, owners):
    owners = np.array(owners, np.int64)
    order, starts, numbers = (np.asarray(array_libraries.host(part)) for part in indexing.group_by(place(owners), 5))
    np.testing.assert_array_equal(numbers, np.bincount(owners, minlength=5))
    for owner in range(5):
        own = order[starts[owner] : starts[owner] + numbers[owner]]
        np.testing.assert_array_equal(np.sort(own), np.flatnonzero(owners == owner))


@pytest.mark.parametrize("rows", [[], [2], [0, 3, 7], list(range(8))])
@pytest.mark.parametrize("shape", [(8,), (8, 2)])
def test_put_rows(rows, shape):
    for place in (
        array_libraries.copied,
        array_libraries.strict,
        array_libraries.strict_device1,
        array_libraries.torch,
    ):
        target = np.arange(math.prod(shape), dtype=float).reshape(shape)
        values = -1.0 - np.arange(math.prod((len(rows), *shape[1:])), dtype=float).reshape(len(rows), *shape[1:])
        expected = target.copy()
        expected[rows] = values
        put = indexing.scatter_set(place(target), place(np.array(rows, np.int64)), place(values))
        assert_is(put, expected, place(target))


def test_put_rows_takes_no_square_of_memory_where_there_is_no_scatter():
    optional("array_api_strict")
    import tracemalloc

    n = 4000
    target, rows = array_libraries.strict(np.zeros(n)), array_libraries.strict(np.arange(1, n))
    values = array_libraries.strict(np.ones(n - 1))
    tracemalloc.start()
    put = indexing.scatter_set(target, rows, values)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert float(put[0]) == 0
    assert peak < 100 * 8 * n


def test_counts_and_numbers_of_true_entries(place):
    mask = np.array([False, True, True, False, True])
    assert indexing.count_nonzero(place(mask)) == 3
    assert_is(indexing.flatnonzero(place(mask)), [1, 2, 4], place(np.arange(3)))
    assert indexing.count_nonzero(place(mask[:0])) == 0
    assert_is(indexing.flatnonzero(place(~mask & mask)), np.empty(0, np.int64), place(np.arange(3)))


def test_rows_below_each_other(place):
    X = table()
    assert_is(matrices.concat_rows([place(X[:5]), place(X[5:5]), place(X[5:])]), X, place(X))
    only = place(X)
    assert matrices.concat_rows([only]) is only


def test_sparse_rows_below_each_other(make):
    X = table()
    for dtype in (np.float32, np.int8):
        stacked = matrices.concat_rows([make((X[:5] * 9).astype(dtype)), make((X[5:] * 9).astype(dtype))])
        assert type(stacked) is make
        assert stacked.dtype == dtype
        np.testing.assert_array_equal(stacked.toarray(), (X * 9).astype(dtype))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.uint8, np.bool_])
def test_half_ranges(place, dtype):
    X = (table() * 50).clip(0, 200).astype(dtype)
    wide = X.astype(np.float64)
    half = (wide.max(axis=0) / 2 - wide.min(axis=0) / 2).max()
    assert float(matrices.max_half_range(place(X))) == half
    for make in SPARSE:
        assert float(matrices.max_half_range(make(X))) == half


def test_half_ranges_do_not_overflow(place):
    large = np.finfo(np.float64).max
    assert float(matrices.max_half_range(place(np.array([[-large], [large]])))) == large
    assert float(matrices.max_half_range(place(np.array([[-(2**63)], [2**63 - 1]])))) == 2.0**63
    assert float(matrices.max_half_range(np.array([[0], [2**64 - 1]], np.uint64))) == 2.0**63
    assert float(matrices.max_half_range(np.array([[-65504], [65504]], np.float16))) == 65504


def test_half_ranges_of_longdouble_stay_longdouble():
    X = np.array([[0, 0], [1, 3]], np.longdouble)
    half = matrices.max_half_range(X)
    assert (half, np.asarray(half).dtype) == (1.5, np.longdouble)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_half_ranges_of_nothing_are_zero(place, shape):
    assert matrices.max_half_range(place(np.zeros(shape))) == 0
    assert all(matrices.max_half_range(make(np.zeros(shape))) == 0 for make in SPARSE)


@pytest.mark.parametrize("several", [127, 128, 129, 255, 256, 257, 32_768, 32_769])
@pytest.mark.parametrize("kind", ["next to each other", "with gaps", "texts"])
def test_classes_as_many_as_a_small_integer_counts(several, kind):
    """Their numbers, and the labels' distances, at the borders of the dtypes that hold them."""
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(several), 3)) - 5
    if kind == "with gaps":
        labels[labels == 1] = 2
    if kind == "texts":
        labels = labels.astype("U6")
    classes, codes = encoding.unique_inverse(labels)
    expected, expected_codes = np.unique(labels, return_inverse=True)
    np.testing.assert_array_equal(classes, expected)
    np.testing.assert_array_equal(codes, expected_codes)
    assert codes.dtype == np.min_scalar_type(-len(expected))


@pytest.mark.parametrize("dtype", ["?", "i1", "u1", "i8", "u8", "f4", "U3"])
@pytest.mark.parametrize("labels", [[7, 3, 7, 7], [1] * 5, [100, 0] * 300, [0, 100_000] * 3])
def test_classes_are_those_of_unique(labels, dtype):
    labels = np.array(labels).astype(dtype)
    if dtype == "u8":
        labels = labels + np.uint64(2**63)
    if dtype == "i1":
        labels = labels - np.int8(100)
    classes, codes = encoding.unique_inverse(labels)
    expected, expected_codes = np.unique(labels, return_inverse=True)
    assert classes.dtype == labels.dtype
    np.testing.assert_array_equal(classes, expected)
    np.testing.assert_array_equal(codes, expected_codes)
