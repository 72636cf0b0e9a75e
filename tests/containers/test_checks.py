"""Matrices that are refused, and the messages that say what to do."""

import numpy as np
import pytest
import scipy.sparse
from support.optional import optional
from support.round_trips import assert_refused, assert_refused_y


class TestRefusedMatrices:
    """With scikit-learn's message if it has one."""

    @pytest.mark.parametrize("kind", [np.array, lambda X: X, scipy.sparse.csr_array], ids=["array", "list", "sparse"])
    @pytest.mark.parametrize(
        ("value", "message"),
        [
            (
                np.nan,
                r"Input X contains NaN\.\nSMOTE does not accept missing values: impute .*\nThe columns concerned: 0\.",
            ),
            (
                -np.inf,
                r"Input X contains infinity or a value too large for dtype\('float64'\)\.\nSMOTE .*drop those rows",
            ),
            (1j, "Complex data not supported"),
        ],
    )
    def test_values(self, kind, value, message):
        assert_refused(message, kind([[1.0, 2.0], [value, 3.0]]), estimator="SMOTE")

    @pytest.mark.parametrize(
        ("X", "message"),
        [
            ([1, 2], "Expected 2D array, got 1D array instead"),
            (
                np.zeros((0, 3)),
                r"Found array with 0 sample\(s\) \(shape=\(0, 3\)\) while a minimum of 1 is required by",
            ),
            (
                np.zeros((3, 0)),
                r"Found array with 0 feature\(s\) \(shape=\(3, 0\)\) while a minimum of 1 is required by",
            ),
            ([], "Expected 2D array, got 1D array instead"),
            (3.5, "Expected 2D array, got scalar array instead"),
            ([["1", "2"]], "X has text in it"),
            (np.array([["1", "2"]]), "X has text in it"),
            ([[1, 2], [3]], "rows of different lengths"),
            (
                [["a", None]],
                r"X has text in it; SMOTETomek needs numbers: encode .*, or convert, for example with X\.astype\(float\)",
            ),
            (np.array([["1", 2]], object), "X has text in it"),
            (np.array([["1"]], np.dtypes.StringDType()), "X has dtype StringDType.*convert it to integers or floats"),
            (
                np.zeros((2, 2), "M8[s]"),
                r"X has dtype datetime64\[s\]; SMOTETomek needs numbers: convert it to integers",
            ),
            (np.zeros((2, 2), "m8[s]"), r"X has dtype timedelta64\[s\]"),
            (scipy.sparse.coo_array(np.ones(3)), "Expected 2D"),
        ],
    )
    def test_kinds(self, X, message):
        assert_refused(message, X)

    @pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
    def test_type_errors(self):
        assert_refused("np.matrix is not supported", np.asmatrix(np.eye(2)), TypeError)
        assert_refused("argument must be a string or a real number", np.array([[{}, 1]], object), TypeError)
        masked = np.ma.array(np.eye(2), mask=np.eye(2))
        assert_refused(r"X is a masked array, and a mask would be lost: fill it first", masked, TypeError)

    def test_libraries_whose_containers_cannot_be_given_back(self):
        unsupported = type("Tensor", (), {"__dlpack__": None, "__module__": "another.library"})()
        message = (
            r"another.library.Tensor is no container that could be given back: convert it to a NumPy or CuPy array"
        )
        assert_refused(message, unsupported, TypeError)
        assert_refused_y(message, unsupported, TypeError)
        polars, narwhals = optional("polars"), optional("narwhals")
        lazy = narwhals.from_native(polars.LazyFrame({"a": [0, 1]}))
        assert_refused(r"narwhals.*LazyFrame is lazy.*\.collect\(\)", lazy, TypeError)
        assert_refused_y(r"narwhals.*LazyFrame is lazy", lazy, TypeError)
