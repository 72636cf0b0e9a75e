"""Kind, namespace, device and dtype of arrays, and their way to the host and back, in each library."""

import numpy as np
import pytest
from support import array_libraries
from support.array_libraries import SPARSE_CLASSES, assert_equal_like, random_rows
from support.optional import optional

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.arrays.dispatch import ArrayKind


def test_namespace_and_device_create_arrays_of_the_same_kind(convert):
    X = convert(random_rows())
    xp = dispatch.namespace(X)
    assert type(xp.zeros(2, device=dispatch.get_device(X))) is type(X)
    assert isinstance(dispatch.device_name(X), str)


def test_kinds_and_the_predicates_agree(convert):
    X = convert(random_rows())
    kind = dispatch.array_kind(X)
    assert kind is {"numpy": ArrayKind.NUMPY, "torch": ArrayKind.TORCH_CPU}.get(type(X).__module__, ArrayKind.OTHER)
    assert dispatch.is_numpy_or_sparse(X) == kind.is_numpy_or_sparse == isinstance(X, np.ndarray)
    assert dispatch.supports_assignment(X) == (kind is not ArrayKind.OTHER)
    assert dispatch.is_torch(X) == (kind is ArrayKind.TORCH_CPU)
    assert not dispatch.is_sparse(X)
    assert not dispatch.is_cuda(X)


def test_cupy_arrays_are_on_a_gpu(cupy):
    X = cupy.asarray(random_rows())
    assert dispatch.array_kind(X) is ArrayKind.CUPY
    assert dispatch.is_cupy(X)
    assert dispatch.is_cuda(X)
    assert dispatch.supports_assignment(X)


def test_torch_tensors_on_a_third_device_are_of_another_kind():
    tensor = optional("torch").empty(3, device="meta")
    assert dispatch.array_kind(tensor) is ArrayKind.OTHER
    assert dispatch.supports_assignment(tensor)


def test_numpy_sparse_matrices_and_torch_on_the_cpu_are_on_the_device_cpu(sparse_class):
    assert dispatch.device_name(random_rows()) == "cpu"
    assert dispatch.device_name(array_libraries.torch(random_rows())) == "cpu"
    X = sparse_class(random_rows())
    assert dispatch.device_name(X) == dispatch.get_device(X) == "cpu"
    assert dispatch.array_kind(X) is ArrayKind.SPARSE
    assert dispatch.is_numpy_or_sparse(X)
    assert dispatch.is_sparse(X)
    assert dispatch.namespace(X) is dispatch.namespace(random_rows())


@pytest.mark.parametrize("name", ["cuda", "cuda:1"])
def test_numpy_arrays_are_copied_to_the_named_device(cupy, name):
    X = dispatch.to_cuda(random_rows(), name)
    assert dispatch.device_name(X) == name
    np.testing.assert_array_equal(dispatch.to_numpy(X), random_rows())
    with dispatch.device_context(X):
        assert dispatch.device_name(cupy.asarray(random_rows())) == name


@pytest.mark.parametrize("values", [np.arange(3), np.array([True, False]), np.array([[0.5]], np.float32), np.empty(0)])
def test_values_are_the_same_after_to_numpy_and_asarray_like(convert, values):
    converted = convert(values)
    on_host = dispatch.to_numpy(converted)
    assert isinstance(on_host, np.ndarray)
    np.testing.assert_array_equal(on_host, values)
    assert on_host.dtype == values.dtype
    assert_equal_like(dispatch.asarray_like(on_host.copy(), convert(random_rows())), values, converted)
    assert dispatch.to_numpy_int64(convert(values.astype(np.int64))).dtype == np.int64


def test_asarray_like_a_sparse_matrix_returns_the_numpy_array(sparse_class):
    values = np.arange(3)
    assert dispatch.asarray_like(values, sparse_class(random_rows())) is values


def test_asarray_like_a_tensor_copies_a_read_only_array():
    """Torch would warn that the caller's array, such as the labels, cannot be written."""
    read_only, like = array_libraries.read_only([1, 2]), array_libraries.torch(random_rows())
    assert_equal_like(dispatch.asarray_like(read_only, like), [1, 2], like)


def test_numpy_dtype(convert):
    for dtype in (np.float32, np.float64, np.int64, np.bool_):
        assert dispatch.numpy_dtype(convert(random_rows().astype(dtype))) == dtype
    for sparse_class in SPARSE_CLASSES:
        assert dispatch.numpy_dtype(sparse_class(random_rows().astype(np.int32))) == np.int32


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.uint8, np.bool_])
def test_conversion_to_float64(convert, dtype):
    X = (random_rows() * 9).clip(0).astype(dtype)
    for function in (dispatch.as_float64, dispatch.promote_to_float64):
        assert_equal_like(function(convert(X)), X.astype(np.float64), convert(X))


def test_promotion_keeps_longdouble():
    X = random_rows().astype(np.longdouble)
    assert dispatch.promote_to_float64(X) is X
    assert dispatch.as_float64(X).dtype == np.float64
