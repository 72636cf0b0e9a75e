"""Sparse matrices keep their family and format."""

import numpy as np
import pytest
import scipy.sparse
from support.round_trips import KEPT, round_trip

from gpu_smotetomek import RandomOverSampler
from gpu_smotetomek.containers import enter_X


class TestSparse:
    @pytest.mark.parametrize("family", ["matrix", "array"])
    @pytest.mark.parametrize("kind", ["csr", "csc", "coo", "lil", "bsr", "dok", "dia"])
    @pytest.mark.parametrize("dtype", ["f4", "f8", "i8"])
    def test_family_and_format(self, kind, family, dtype):
        X = getattr(scipy.sparse, f"{kind}_{family}")(np.diag([1, 2, 3]).astype(dtype))
        inside = kind if kind == "csc" else "csr"
        table = enter_X(X)
        assert type(table.matrix) is getattr(scipy.sparse, f"{inside}_{family}")
        assert table.dtypes is None
        assert (table.matrix is X) == (kind in {"csr", "csc"})
        for out in (round_trip(X), round_trip(X, np.arange(3), 0)):
            assert type(out) is type(table.matrix)
            assert out.dtype == X.dtype
            assert not np.shares_memory(out.data, table.matrix.data)
        np.testing.assert_array_equal(round_trip(X).toarray(), X.toarray()[[0, 2, 1]])

    def test_new_rows_of_the_other_format_and_family(self):
        X = scipy.sparse.csc_array(np.eye(3))
        out = enter_X(X).restore(KEPT, scipy.sparse.csr_matrix(np.eye(3)[:1]))
        assert type(out) is scipy.sparse.csc_array
        np.testing.assert_array_equal(out.toarray(), np.eye(3)[[0, 2, 0]])


@pytest.mark.parametrize("kind", ["csr", "csc"])
@pytest.mark.parametrize("damage", ["beyond", "negative", "pointer"])
def test_index_arrays_that_point_outside_the_matrix_are_an_error(kind, damage):
    X = scipy.sparse.random(20, 9, 0.4, format=kind, random_state=0)
    if damage == "pointer":
        X.indptr[-1] += 10**6
    else:
        X.indices[3] = 10**6 if damage == "beyond" else -2
    with pytest.raises(ValueError, match=rf"X is no valid {kind.upper()} matrix: .* Build it anew from its values"):
        enter_X(X)


@pytest.mark.parametrize(("axis", "number"), [("row", 10**6), ("row", -1), ("col", 9), ("col", -2)])
def test_coordinates_that_point_outside_the_matrix_are_an_error(axis, number):
    """The conversion to CSR would write outside its memory."""
    X = scipy.sparse.random(20, 9, 0.4, format="coo", random_state=0)
    getattr(X, axis)[3] = number
    name, size = ("row", 20) if axis == "row" else ("column", 9)
    message = (
        f"X is no valid COO matrix: {name} number {number} is out of range, as there are {size} {name}s. Build it anew"
    )
    with pytest.raises(ValueError, match=message):
        enter_X(X)


def test_coordinates_of_another_number_than_values_are_an_error():
    X = scipy.sparse.random(20, 9, 0.4, format="coo", random_state=0)
    X.data = X.data[:-1]
    with pytest.raises(ValueError, match="it has 71 values, and another number of row and column numbers"):
        enter_X(X)


def test_blocks_that_point_outside_the_matrix_are_an_error():
    X = scipy.sparse.bsr_array(np.eye(4))
    X.indices[1] = 10**6
    with pytest.raises(ValueError, match="X is no valid BSR matrix: "):
        enter_X(X)


@pytest.mark.parametrize("kind", ["csr", "coo"])
def test_samplers_that_read_no_value_refuse_such_a_matrix_too(kind):
    X = scipy.sparse.random(20, 9, 0.4, format=kind, random_state=0)
    if kind == "csr":
        X.indptr[5] = 10**8
    else:
        X.row[3] = 10**6
    with pytest.raises(ValueError, match=f"X is no valid {kind.upper()} matrix: "):
        RandomOverSampler().fit_resample(X, np.repeat([0, 1], [15, 5]))
