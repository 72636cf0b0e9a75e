"""Classes and codes of labels, against np.unique."""

import numpy as np
import pytest

from gpu_smotetomek.arrays import encoding


def assert_same_as_unique(labels: np.ndarray) -> np.ndarray:
    """Assert that classes and codes are those of np.unique; return the codes."""
    classes, codes = encoding.unique_inverse(labels)
    expected_classes, expected_codes = np.unique(labels, return_inverse=True)
    assert classes.dtype == labels.dtype
    np.testing.assert_array_equal(classes, expected_classes)
    np.testing.assert_array_equal(codes, expected_codes)
    assert codes.dtype == np.min_scalar_type(-len(classes))
    return codes


@pytest.mark.parametrize("n_classes", [127, 128, 129, 255, 256, 257, 32_768, 32_769])
@pytest.mark.parametrize("kind", ["consecutive", "with gaps", "texts"])
def test_numbers_of_classes_at_the_limits_of_small_integer_dtypes(n_classes, kind):
    """Both the codes and the differences of labels must fit into their dtypes."""
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(n_classes), 3)) - 5
    if kind == "with gaps":
        labels[labels == 1] = 2
    assert_same_as_unique(labels.astype("U6") if kind == "texts" else labels)


@pytest.mark.parametrize("dtype", ["?", "i1", "u1", "i8", "u8", "f4", "U3"])
@pytest.mark.parametrize("labels", [[7, 3, 7, 7], [1] * 5, [100, 0] * 300, [0, 100_000] * 3])
def test_classes_and_codes_are_those_of_unique(labels, dtype):
    labels = np.array(labels).astype(dtype)
    if dtype == "u8":
        labels = labels + np.uint64(2**63)
    if dtype == "i1":
        labels = labels - np.int8(100)
    assert_same_as_unique(labels)


@pytest.mark.parametrize("kind", ["all codes", "only the first", "only the last", "none"])
@pytest.mark.parametrize("n", [1, 2, 3, 16, 17, 300])
def test_bincount(n, kind):
    codes = np.random.default_rng(0).integers(0, n, 0 if kind == "none" else 100).astype(np.min_scalar_type(-n))
    if kind.startswith("only"):
        codes[:] = 0 if kind == "only the first" else n - 1
    counts = encoding.bincount(codes, n)
    np.testing.assert_array_equal(counts, np.bincount(codes, minlength=n))
    assert counts.dtype == np.int64


def test_bincount_of_no_code():
    assert encoding.bincount(np.empty(0, np.int8), 0).tolist() == []
