"""The rows of a picture: which are drawn, of which kind and class they are, and where they lie in the plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gpu_smotetomek.arrays import dispatch
from gpu_smotetomek.containers import enter_X, enter_y, get_mixed_features
from gpu_smotetomek.plotting.plane import Plane
from gpu_smotetomek.resampling import Lineage
from gpu_smotetomek.samplers.column_roles import make_roles
from gpu_smotetomek.typing import Array, Floats, Integers

MAX_LINKS_SHARE = 0.2  # links that are drawn at most, for each row that may be drawn


@dataclass(frozen=True)
class DrawnRows:
    """Some rows of the input and the result of a call, by id: rows of the input first, then synthetic rows.

    Attributes
    ----------
    ids : int64 array (m,)
        Ascending.
    points : float64 array (m, 2)
        Where the rows lie; NaN where that is unknown: of removed copies with noise.
    codes : int64 array (m,)
        Classes.
    is_synthetic : bool array (m,)
        Whether the row was added.
    is_removed : bool array (m,)
        Whether the row is not in the result.
    links : int64 array (n_links, 2)
        Positions, among these rows, of the ends of links.
    n_rows, n_links : int
        Rows and links that there are.
    """

    ids: Integers
    points: Floats
    codes: Integers
    is_synthetic: npt.NDArray[np.bool_]
    is_removed: npt.NDArray[np.bool_]
    links: Integers
    n_rows: int
    n_links: int


@dataclass(frozen=True)
class RowSource:
    """Where the values of the rows of a call are.

    Attributes
    ----------
    plane : Plane
    d : int
        Numeric features.
    X, X_result : arrays
        Input and result as matrices.
    n_input : int
        Rows of the input.
    result_ids : int64 array
        Ids of the rows of the result.
    lineage : Lineage
    """

    plane: Plane
    d: int
    X: Array
    X_result: Array
    n_input: int
    result_ids: Integers
    lineage: Lineage

    def locate(self, ids: Integers) -> Floats:
        """Where rows with these ids lie: as stored, and removed synthetic rows between their parents."""
        points = np.full((len(ids), 2), np.nan)
        is_input = ids < self.n_input
        points[is_input] = self.plane.locate(self.X, ids[is_input], self.d)
        order = np.argsort(self.result_ids, kind="stable")
        place = order[np.minimum(np.searchsorted(self.result_ids, ids, sorter=order), len(order) - 1)]
        is_left = ~is_input & (self.result_ids[place] == ids)
        points[is_left] = self.plane.locate(self.X_result, place[is_left], self.d)
        removed = np.flatnonzero(~is_input & ~is_left)
        if len(removed):
            positions = dispatch.asarray_like(ids[removed] - self.n_input, self.lineage.gap)
            some = self.lineage.take(positions)
            base, neighbor = (self.locate(dispatch.to_numpy_int64(parent)) for parent in (some.base, some.neighbor))
            gap = dispatch.to_numpy(some.gap if some.factor is None else some.gap * some.factor)
            points[removed] = base + gap[:, None] * (neighbor - base)
        return points


def choose_rows(
    X: Any, y: Any, result: tuple[Any, Any], fitted: Any, features: Sequence[Any] | None, max_rows: int, seed: int
) -> tuple[DrawnRows, Plane]:
    """The rows of a picture: all, or a sample of them with as many links as its size allows; and the plane.

    Parameters
    ----------
    X, y : the input
    result : (X_resampled, y_resampled)
    fitted : Sampler
        After the call.
    features : two names or numbers, or None
    max_rows : int
        Rows that are drawn at most.
    seed : int
        Seed of the sample.
    """
    source, plane = make_source(X, result[0], fitted, features)
    codes = find_codes(enter_y(y).labels, enter_y(result[1]).labels, source, fitted.report_.call.classes)
    removed_ids, links = fitted.provenance_.removed["id"], fitted.provenance_.links
    random = np.random.default_rng(seed)
    drawn_links = draw_some(len(links), int(max_rows * MAX_LINKS_SHARE), random)
    ends = np.unique(links[drawn_links])
    others = np.setdiff1d(np.arange(len(codes)), ends, assume_unique=True)
    ids = np.sort(np.concatenate([ends, others[draw_some(len(others), max(0, max_rows - len(ends)), random)]]))
    drawn = DrawnRows(
        ids,
        source.locate(ids),
        codes[ids],
        ids >= source.n_input,
        np.isin(ids, removed_ids),
        np.searchsorted(ids, links[drawn_links]),
        len(codes),
        len(links),
    )
    return drawn, plane


def draw_some(n: int, most: int, random: np.random.Generator) -> Integers:
    """All of n positions, or as many as are allowed, drawn at random; ascending."""
    return np.arange(n) if n <= most else np.sort(random.choice(n, most, replace=False))


def make_source(X: Any, X_result: Any, fitted: Any, features: Sequence[Any] | None) -> tuple[RowSource, Plane]:
    """The matrices of input and result, and the plane."""
    roles = make_roles(fitted, adds_rows=True, reads_values=True)
    name = "plot_resampling"
    with dispatch.device_context(X):
        table = enter_X(X, estimator=name, roles=roles)
        matrix, matrix_result = table.matrix, enter_X(X_result, estimator=name, roles=roles).matrix
    mixed = get_mixed_features(table)
    d = int(matrix.shape[1]) - (0 if mixed is None else len(mixed.categorical))
    if dispatch.is_sparse(matrix):
        matrix, matrix_result = matrix.tocsr(), matrix_result.tocsr()
    plane = Plane.choose(matrix, d, fitted, features)
    provenance = fitted.provenance_
    call = fitted.report_.call
    return RowSource(plane, d, matrix, matrix_result, int(matrix.shape[0]), provenance.ids, call.lineage), plane


def find_codes(labels: Any, labels_result: Any, source: RowSource, classes: Any) -> Integers:
    """Class of each row by id; that of a removed synthetic row is the class of its base."""
    n = source.n_input + source.lineage.n_synthetic
    codes = np.full(n, -1)
    codes[: source.n_input] = np.searchsorted(classes, labels)
    codes[source.result_ids] = np.searchsorted(classes, labels_result)
    base = dispatch.to_numpy_int64(source.lineage.base)
    while len(unknown := np.flatnonzero(codes < 0)):  # bases have smaller ids than their children
        codes[unknown] = codes[base[unknown - source.n_input]]
    return codes
