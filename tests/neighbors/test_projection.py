"""The axes on which candidates are searched, and the dimension of the rows."""

import math

import numpy as np
import pytest
from support import oracle
from support.hard_rows import hard_rows

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import ScaledRows, projection
from gpu_smotetomek.neighbors.protocol import U64

pytestmark = pytest.mark.usefixtures("small_tables_use_bounds")

CTX = ExecutionContext(n_threads=1)


def test_axes_are_orthogonal_and_as_many_as_distinguish_rows():
    rng = np.random.default_rng(0)
    for d, rank in ((2, 1), (10, 3), (40, 5)):
        X = rng.normal(size=(2000, rank)) @ np.linalg.qr(rng.normal(size=(d, d)))[0][:rank]
        axes = ScaledRows.from_matrix(X, CTX).projection.axes
        assert axes.shape == (d, rank)
        assert np.abs(axes.T @ axes - np.eye(rank)).max() <= 8 * d * U64
    full = ScaledRows.from_matrix(rng.normal(size=(2000, 6)), CTX).projection
    assert full.axes.shape == (6, 6)
    assert full.axes_for("float32") is None  # no axis can be omitted


def test_small_tables_have_no_axes(monkeypatch):
    X = hard_rows("near a plane")
    on_axes = ScaledRows.from_matrix(X, CTX).projection
    monkeypatch.setattr(projection, "FIND_AXES_FROM_ROWS", len(X) + 1)
    plain = ScaledRows.from_matrix(X, CTX).projection
    assert on_axes.rank("float32", 12) < plain.rank("float32", 12) == 12
    assert on_axes.dimension < plain.dimension == math.inf


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_omitted_axes_only_bring_rows_nearer(dtype):
    X = hard_rows("near a plane")
    scaled = ScaledRows.from_matrix(X, CTX)
    values, outliers, _ = scaled.project(np.arange(len(X)), dtype, CTX)
    assert outliers is None
    assert values.shape[1] < 12
    near = oracle.squares(values.astype(np.float64)[:, None], values.astype(np.float64)[None])
    true = oracle.squares(X[:, None], X[None]) * 4.0 ** (scaled.exponent + scaled.projection.exponent(dtype))
    assert (near <= true * (1 + 1e-5)).all()


def test_the_dimension_of_a_sample_with_distances_of_all_scales():
    """One pair is so near that the quotient of its second and first distance overflows."""
    columns = np.array([[0.0, 1e-160, 5e5, -3e5, 1e-3]])
    nearest, dimension = projection.estimate_neighborhood(columns)
    assert nearest >= 0
    assert dimension > 0


def test_the_dimension_of_a_sample_whose_second_distances_are_the_first_but_for_rounding():
    corners = 1e150 * np.array([[0.0, 1.0, 0.5], [0.0, 0.0, 0.75**0.5 * (1 + 1e-15)]])
    with np.errstate(all="raise"):
        _, dimension = projection.estimate_neighborhood(corners)
    assert dimension == math.inf
