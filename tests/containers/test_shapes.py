"""Arrays and nested lists of more than two dimensions: a matrix inside, their own shape, dtype and memory format outside."""

import numpy as np
import pytest
from support.array_libraries import DEVICES, host, strict, torch
from support.optional import optional
from support.round_trips import KEPT, NUMBERS, assert_refused

from gpu_smotetomek.containers import count_flattened, enter_X, shape_rows

VALUES = np.arange(48).reshape(4, 2, 2, 3)
LAYOUTS = {
    "C": lambda X: X.copy(),
    "Fortran": np.asfortranarray,
    "every other row": lambda X: np.repeat(X, 2, axis=0)[::2],
    "every other pixel": lambda X: np.repeat(X, 2, axis=2)[:, :, ::2],
    "channels last": lambda X: np.ascontiguousarray(X.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2),
    "backwards": lambda X: X[::-1, :, ::-1].copy()[::-1, :, ::-1],
}
VIEWS = ["C", "every other row"]


@pytest.mark.parametrize("shape", [(4, 12), (4, 4, 3), (4, 2, 2, 3), (4, 2, 1, 2, 3)])
@pytest.mark.parametrize("dtype", NUMBERS)
def test_numpy(shape, dtype):
    X = VALUES.astype(dtype).reshape(shape)
    table = enter_X(X)
    assert table.matrix.shape == (4, 12)
    assert table.is_native
    assert np.shares_memory(table.matrix, X)
    assert count_flattened(table) == (12 if len(shape) > 2 else None)
    out = table.restore(KEPT, table.matrix[1:2])
    assert out.dtype == X.dtype
    np.testing.assert_array_equal(out, X[[0, 2, 1]])
    all_rows = table.matrix.copy()
    shaped = shape_rows(all_rows, table)
    assert np.shares_memory(shaped, all_rows)
    np.testing.assert_array_equal(shaped, X)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_of_numpy_give_the_same_matrix_and_come_back_in_c_order(layout):
    """Flattening copies where the entries of a row do not follow each other in memory."""
    X = LAYOUTS[layout](VALUES)
    table = enter_X(X)
    np.testing.assert_array_equal(table.matrix, VALUES.reshape(4, 12))
    assert np.shares_memory(table.matrix, X) == (layout in VIEWS)
    out = table.restore(KEPT, table.matrix[1:2])
    assert out.flags.c_contiguous
    np.testing.assert_array_equal(out, VALUES[[0, 2, 1]])


def test_wide_rows_are_copied_in_small_blocks(monkeypatch):
    from gpu_smotetomek.containers import _arrays

    monkeypatch.setattr(_arrays, "BYTES_PER_COPY", 10)
    X = LAYOUTS["every other row"](VALUES)
    np.testing.assert_array_equal(enter_X(X).restore(np.arange(4), np.empty((0, 12))), VALUES)


def test_big_endian_and_objects():
    big = VALUES.astype(">f4")
    table = enter_X(big)
    assert table.matrix.dtype.isnative
    assert not table.is_native
    out = table.restore(KEPT, table.matrix[1:2])
    assert out.dtype == big.dtype
    np.testing.assert_array_equal(out, VALUES[[0, 2, 1]])
    out = enter_X(VALUES.astype(object)).restore(KEPT, VALUES.reshape(4, 12)[1:2])
    assert out.dtype == np.float64
    np.testing.assert_array_equal(out, VALUES[[0, 2, 1]])


def test_nested_lists_keep_their_numbers():
    X = [[[1, 2.5], (3, 4)], ([5, 6], [7, 8]), np.array([[9, 10], [11, 12]])]
    table = enter_X(X)
    assert table.matrix.shape == (3, 4)
    out = table.restore(KEPT, table.matrix[1:2])
    assert out == [[[1, 2.5], [3, 4]], [[9, 10], [11, 12]], [[5, 6], [7, 8]]]
    assert isinstance(out[0][0][0], int)
    out[0][0][0] = 0
    assert X[0][0][0] == 1, "the rows are copies at every level"
    assert isinstance(enter_X(tuple(X)).restore(KEPT, table.matrix[1:2]), np.ndarray)


@pytest.mark.parametrize("as_array", [strict, *DEVICES])
@pytest.mark.parametrize("dtype", ["float32", "uint16", "int8", "bool"])
def test_other_libraries(as_array, dtype):
    expected = VALUES.astype(dtype)
    X = as_array(expected)
    table = enter_X(X)
    assert tuple(table.matrix.shape) == (4, 12)
    out = table.restore(KEPT, table.matrix[1:2, :])
    assert (type(out), out.dtype) == (type(X), X.dtype)
    np.testing.assert_array_equal(host(out), expected[[0, 2, 1]])
    np.testing.assert_array_equal(host(shape_rows(table.matrix, table)), expected)


def test_cupy(cupy):
    X = cupy.asarray(VALUES.astype("f4"))
    table = enter_X(X)
    out = table.restore(KEPT, table.matrix[1:2])
    assert isinstance(out, cupy.ndarray)
    np.testing.assert_array_equal(out.get(), VALUES[[0, 2, 1]])


class TestTorch:
    @pytest.mark.parametrize("dtype", ["float32", "bfloat16", "uint16"])
    @pytest.mark.parametrize(
        ("shape", "name"), [((4, 2, 2, 3), "channels_last"), ((4, 2, 1, 2, 3), "channels_last_3d")]
    )
    def test_channels_last_stays(self, shape, name, dtype):
        library = optional("torch")
        memory_format = getattr(library, name)
        plain = torch(VALUES.reshape(shape)).to(getattr(library, dtype))
        table = enter_X(plain.contiguous(memory_format=memory_format))
        np.testing.assert_array_equal(host(table.matrix), VALUES.reshape(4, 12))
        for out in (table.restore(KEPT, table.matrix[1:2]), shape_rows(table.matrix[[0, 2, 1]], table)):
            assert out.is_contiguous(memory_format=memory_format)
            assert not out.is_contiguous()
            np.testing.assert_array_equal(host(out.int()), VALUES.reshape(shape)[[0, 2, 1]])

    def test_other_layouts_become_contiguous(self):
        for X in (torch(VALUES), torch(VALUES).permute(0, 2, 1, 3), torch(VALUES)[:, :, :, ::2]):
            table = enter_X(X)
            out = table.restore(KEPT, table.matrix[1:2])
            assert out.is_contiguous()
            np.testing.assert_array_equal(host(out), host(X)[[0, 2, 1]])

    def test_a_contiguous_tensor_is_not_copied(self):
        X = torch(VALUES)
        assert enter_X(X).matrix.data_ptr() == X.data_ptr()

    def test_autograd_is_dropped(self):
        X = torch(VALUES.astype("f4")).requires_grad_()
        table = enter_X(X)
        assert not table.restore(KEPT, table.matrix[1:2]).requires_grad


class TestBfloat16:
    @pytest.fixture
    def X(self):  # noqa: N802
        """Every positive bfloat16 that is finite, and some negative ones: subnormal numbers and both zeros too."""
        library = optional("torch")
        bits = np.concatenate([np.arange(0, 0x7F80), np.arange(-0x8000, -0x7F80)]).astype(np.int16)
        return torch(bits.reshape(-1, 4)).view(library.bfloat16)

    def test_the_matrix_is_exact_and_kept_rows_have_the_same_bits(self, X):
        library = optional("torch")
        table = enter_X(X)
        assert table.matrix.dtype == library.float32
        assert not table.is_native
        assert bool((table.matrix.double() == X.double()).all())
        kept = np.arange(0, len(X), 2)
        out = table.restore(kept, table.matrix[1::2])
        assert out.dtype == library.bfloat16
        n, bits = len(kept), X.view(library.int16)
        assert library.equal(out[:n].view(library.int16), bits[::2])
        assert library.equal(out[n:].view(library.int16), bits[1::2]), "values of the format are not rounded"

    def test_not_finite(self):
        library = optional("torch")
        X = library.ones(3, 2, 2, dtype=library.bfloat16)
        X[1, 0, 1] = library.inf
        X[2, 1, 1] = library.nan
        assert_refused(r"NaN[^\n]*\n[^\n]*\nThe positions in a row concerned: \(0, 1\), \(1, 1\)", X)


@pytest.mark.parametrize("dtype", ["float8_e4m3fn", "float8_e5m2"])
def test_float8_is_refused(dtype):
    library = optional("torch")
    X = library.ones(3, 2).to(getattr(library, dtype))
    assert_refused(rf"X has dtype {dtype}; SMOTETomek needs .* floats of 16 to 64 bits: convert it to float32", X)


@pytest.mark.parametrize("as_array", [np.asarray, np.ndarray.tolist, strict, torch])
def test_messages_name_positions(as_array):
    X = VALUES.astype(float)
    X[1, 0, 1, 2] = X[2, 1, 0, 0] = np.nan
    assert_refused(r"The positions in a row concerned: \(0, 1, 2\), \(1, 0, 0\)\.", as_array(X))


@pytest.mark.parametrize("as_array", [np.asarray, strict, torch])
@pytest.mark.parametrize(("shape", "message"), [((3, 0, 2), r"0 feature\(s\)"), ((0, 2, 2), r"0 sample\(s\)")])
def test_messages_of_empty_arrays(shape, message, as_array):
    assert_refused(
        f"Found array with {message}.*minimum of 1 is required by SMOTE", as_array(np.zeros(shape)), estimator="SMOTE"
    )
