"""The plane of a picture: two features, or a projection of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gpu_smotetomek.arrays import dispatch, matrices
from gpu_smotetomek.samplers.column_names import find_column_names
from gpu_smotetomek.typing import Array, Floats, Integers

MAX_BLOCK_VALUES = 2**22
MAX_PROJECTED_ROWS = 2_000  # rows from which a projection is found


@dataclass(frozen=True)
class Plane:
    """Two axes in the space of the numeric features.

    Attributes
    ----------
    columns : tuple of int, or None
        The two columns of the matrix; None for a projection.
    centre : float64 array (d,)
        Where a projection has its origin.
    axes : float64 array (2, d)
        Directions of a projection.
    labels : tuple of str
        What the axes show.
    shows_all : bool
        Whether there are no other features, so that distances are those of the rows.
    """

    columns: tuple[int, int] | None
    centre: Floats
    axes: Floats
    labels: tuple[str, str]
    shows_all: bool = False

    @classmethod
    def choose(cls, X: Array, d: int, sampler: Any, features: Sequence[Any] | None) -> Plane:
        """The plane of two features, or of the principal components of the first d columns where there are more.

        Raises
        ------
        ValueError
            If there is one feature only, or `features` are not two different numeric ones.
        """
        names = find_column_names(sampler, int(X.shape[1]))
        if features is None and d > 2:
            return cls.project(X, d)
        if features is None and d < 2:
            raise ValueError(f"a picture needs two numeric features, and X has {d}; use plot_counts")
        pair = (0, 1) if features is None else find_pair(features, d, names, sampler)
        labels = tuple(names[j] if names else f"feature {j}" for j in pair)
        return cls((pair[0], pair[1]), np.empty(0), np.empty((0, 2)), (labels[0], labels[1]), int(X.shape[1]) == 2)

    @classmethod
    def project(cls, X: Array, d: int) -> Plane:
        """The first two principal components of a sample of the rows, which are not scaled."""
        from sklearn.decomposition import PCA

        n = int(X.shape[0])
        m = max(3, min(MAX_PROJECTED_ROWS, n, MAX_BLOCK_VALUES // d))
        sample = take_float64(X, np.unique(np.linspace(0, n - 1, m).astype(np.int64)), d)
        model = PCA(2, random_state=0).fit(sample)
        shares = model.explained_variance_ratio_
        labels = tuple(f"principal component {i + 1} ({share:.0%} of the variance)" for i, share in enumerate(shares))
        return cls(None, model.mean_, model.components_, (labels[0], labels[1]))

    def locate(self, X: Array, rows: Integers, d: int) -> Floats:
        """Coordinates (m, 2) of rows of a matrix of which the first d columns are numeric."""
        size = max(1, MAX_BLOCK_VALUES // max(1, int(X.shape[1])))
        points = np.empty((len(rows), 2))
        for start in range(0, len(rows), size):
            values = take_float64(X, rows[start : start + size], d)
            if self.columns is not None:
                points[start : start + size] = values[:, self.columns]
            else:
                points[start : start + size] = (values - self.centre) @ self.axes.T
        return points


def take_float64(X: Array, rows: Integers, d: int) -> Floats:
    """The first d values (m, d) of some rows, on the host."""
    values = dispatch.to_numpy(matrices.take_dense_rows(X, dispatch.asarray_like(rows, X)))
    return values[:, :d].astype(np.float64)


def find_pair(features: Sequence[Any], d: int, names: list[str] | None, sampler: Any) -> tuple[int, int]:
    """Columns of the matrix that two names or numbers of columns of X mean."""
    if isinstance(features, str) or len(features) != 2:
        raise ValueError(
            f"features={features!r} are not two columns; give two names or numbers, or None for a projection"
        )
    first, second = (find_numeric_column(feature, d, names, sampler) for feature in features)
    if first == second:
        raise ValueError(f"features={features!r} are the same column twice; give two different ones")
    return first, second


def find_numeric_column(feature: Any, d: int, names: list[str] | None, sampler: Any) -> int:
    """Column of the matrix that a name or number of a column of X means."""
    numeric = list(map(int, getattr(sampler, "continuous_features_", range(d))))
    if isinstance(feature, int | np.integer) and names is not None:
        every = list(sampler.feature_names_in_)
        feature = str(every[feature]) if -len(every) <= feature < len(every) else feature
    if isinstance(feature, str) and names is not None and feature in names[:d]:
        return names.index(feature)
    if isinstance(feature, int | np.integer) and names is None:
        number = int(feature) if feature >= 0 else int(feature) + sampler.n_features_in_
        if number in numeric:
            return numeric.index(number)
    known = ", ".join(map(repr, names[:d] if names else numeric))
    raise ValueError(f"features names {feature!r}, and the numeric columns of X are {known}")
