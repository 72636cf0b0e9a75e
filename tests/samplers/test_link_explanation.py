"""Why a pair is a link or is none: against brute force, in words, and in every container."""

from itertools import combinations

import numpy as np
import pytest
from scipy import sparse
from support import cleaning_oracle, datasets, mixed_oracle, mixed_tables, oracle
from support.array_libraries import strict, strict_device1, torch
from support.datasets import labels
from support.optional import optional

from gpu_smotetomek import TomekLinks, explain_link, tomek_links

DEFINITIONS = ["nearest neighbours", "nearest enemies"]
LINE = [[0.0], [1.0], [1.5], [9.0]], ["a", "a", "b", "b"]


def check_end(end, other, D, y, definition):
    """An end says what brute force says; distances are roots of the squares D, in the units of X."""
    is_near = np.ones(len(y), bool) if definition == "nearest neighbours" else y != y[end.row]
    is_near[end.row] = False
    for number, distance, label, rows in (
        (end.nearest, end.nearest_distance, None, np.flatnonzero(is_near)),
        (end.third, end.third_distance, end.third_label, np.setdiff1d(np.flatnonzero(is_near), [other.row])),
    ):
        if not len(rows):
            assert (number, distance) == (None, np.inf)
            continue
        expected = rows[D[end.row, rows].argmin()]
        assert number == expected
        np.testing.assert_allclose(distance, np.sqrt(D[end.row, expected]), rtol=1e-12)
        assert label in (None, y[expected])
    third = np.inf if end.third is None else D[end.row, end.third]
    assert (end.breaks, end.is_tied) == (third <= D[end.row, other.row], third == D[end.row, other.row])
    assert end.label == y[end.row]


@pytest.mark.parametrize("definition", DEFINITIONS)
@pytest.mark.parametrize("kind", ["gaussian", "lattice", "duplicated", "few_points"])
@pytest.mark.parametrize("sizes", [(14, 8), (8, 7, 6), (1, 1)], ids=str)
def test_every_pair_of_a_table(sizes, kind, definition):
    y = labels(*sizes)
    X = datasets.make(kind, y, 2)
    D = oracle.sq_distance_matrix(X, 0)
    links = set(cleaning_oracle.find_links(D, y, np.ones(len(y), bool), definition))
    for i, j in combinations(range(len(y)), 2):
        found = explain_link(X, y, i, j, definition=definition)
        assert found.is_link == ((i, j) in links)
        assert (found.i.row, found.j.row, found.definition) == (i, j, definition)
        np.testing.assert_allclose(found.distance, np.sqrt(D[i, j]), rtol=1e-12)
        check_end(found.i, found.j, D, y, definition)
        check_end(found.j, found.i, D, y, definition)
        assert ("are no " in str(found)) != found.is_link


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_a_row_by_itself_is_explained_by_its_nearest_enemy(definition):
    X, y = datasets.blobs(60, 2, 0.5, 0.3, 0.2)
    D = oracle.sq_distance_matrix(X)
    in_links = set(tomek_links(X, y, definition=definition).ravel().tolist())
    assert in_links
    for i in range(60):
        found = explain_link(X, y, i, definition=definition)
        enemies = np.flatnonzero(y != y[i])
        assert found.is_nearest_enemy
        assert found.j.row == enemies[D[i, enemies].argmin()]
        assert found.is_link == (i in in_links)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            {"i": 2, "j": 1},
            """
            Row 2 ('b') and row 1 ('a') are a Tomek link: their distance is 0.5.
            No row is as near to row 2 as row 1: the next is row 0 ('a') at 1.5.
            No row is as near to row 1 as row 2: the next is row 0 ('a') at 1.""",
        ),
        (
            {"i": 0, "j": 2},
            """
            Row 0 ('a') and row 2 ('b') are no Tomek link: their distance is 1.5.
            Row 1 ('a') is nearer to row 0 (1) than row 2 is (1.5).
            Row 1 ('a') is nearer to row 2 (0.5) than row 0 is (1.5).""",
        ),
        (
            {"i": 0, "j": 1},
            """
            Row 0 ('a') and row 1 ('a') are no Tomek link: their distance is 1.
            Both are of class 'a'.""",
        ),
        (
            {"i": 3},
            """
            Row 1 ('a') is the nearest enemy of row 3 ('b').
            Row 3 ('b') and row 1 ('a') are no Tomek link: their distance is 8.
            Row 2 ('b') is nearer to row 3 (7.5) than row 1 is (8).
            Row 2 ('b') is nearer to row 1 (0.5) than row 3 is (8).
            Row 3 is in no Tomek link, as only its nearest enemy could be the other row.""",
        ),
        (
            {"i": 1, "definition": "nearest enemies"},
            """
            Row 2 ('b') is the nearest enemy of row 1 ('a').
            Row 1 ('a') and row 2 ('b') are a pair of nearest enemies: their distance is 0.5.
            No enemy is as near to row 1 as row 2: the next is row 3 ('b') at 8.
            No enemy is as near to row 2 as row 1: the next is row 0 ('a') at 1.5.""",
        ),
    ],
    ids=str,
)
def test_the_words(arguments, text):
    lines = [line.strip() for line in text.strip().splitlines()]
    assert str(explain_link(*LINE, **arguments)).splitlines() == lines


def test_the_words_of_ties_and_of_few_rows():
    tied = explain_link([[0.0], [-1.0], [1.0]], ["a", "b", "b"], 0)
    assert "Row 2 ('b') is as near to row 0 as row 1 is (1)." in str(tied)
    assert tied.i.is_tied
    pair = explain_link([[0.0], [1.0]], [False, True], 0, 1)
    assert str(pair).splitlines()[1] == "Row 0 has no row beside row 1."
    close = explain_link([[0.0], [1.0], [-1.0 - 1e-9]], ["a", "b", "b"], 0, 2)
    assert "nearer to row 0 (1) than row 2 is (1.000000001)" in str(close)


@pytest.mark.parametrize(
    "convert",
    [strict, strict_device1, torch, sparse.csr_array, np.ndarray.tolist],
    ids=lambda convert: convert.__name__,
)
@pytest.mark.parametrize("definition", DEFINITIONS)
def test_other_containers(convert, definition):
    X, y = datasets.blobs(60, 3)
    for i, j in ((0, 1), (7, None)):
        expected = explain_link(X, y, i, j, definition=definition)
        assert explain_link(convert(X), y, i, j, definition=definition) == expected


def test_the_stand_in_for_cupy(cupy):
    X, y = datasets.blobs(60, 3)
    assert explain_link(cupy.asarray(X), cupy.asarray(y), 7) == explain_link(X, y, 7)


def test_frames_with_columns_that_are_not_read():
    pl, (X, y) = optional("polars"), datasets.blobs(60, 2)
    frame = pl.DataFrame({"id": [f"row {i}" for i in range(60)], "a": X[:, 0], "b": X[:, 1]})
    assert explain_link(frame, pl.Series("y", y), 3, passthrough=["id"]) == explain_link(X, y, 3)


def test_tables_with_categories():
    frame, y = mixed_tables.make((40, 15))
    numbers, categories = mixed_tables.split(frame)
    D = mixed_oracle.sq_distance_matrix(numbers, categories, mixed_oracle.constant(numbers, y))
    for i in range(0, 55, 7):
        found = explain_link(frame, y, i, categorical_features=mixed_tables.CATEGORICAL)
        check_end(found.i, found.j, D, y, "nearest neighbours")
        check_end(found.j, found.i, D, y, "nearest neighbours")


def test_links_of_scaled_features():
    X, y = datasets.blobs(80, 3, 0.6, 0.4)
    X *= [1, 30, 1000]
    for scale in ("standard", np.array([1.0, 0.0, 0.01])):
        cleaner = TomekLinks(scale=scale)
        cleaner.fit_resample(X, y)
        ends = dict([*cleaner.links_.tolist(), *cleaner.links_[:, ::-1].tolist()])
        assert ends
        for i in range(80):
            found = explain_link(X, y, i, scale=scale)
            assert found.is_link == (i in ends)
            assert found.distance == pytest.approx(np.linalg.norm((X[found.j.row] - X[i]) * cleaner.scale_))


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"i": 4}, IndexError, "i=4 is no row of X; give a number from 0 to 3"),
        ({"i": 0, "j": -1}, IndexError, "j=-1 is no row"),
        ({"i": 2, "j": np.int64(2)}, ValueError, "both row 2; a link is a pair"),
        ({"i": 1.5}, TypeError, "integer"),
        ({"i": 1, "definition": "near"}, ValueError, "'definition' parameter"),
    ],
    ids=str,
)
def test_what_is_refused(arguments, error, words):
    with pytest.raises(error, match=words):
        explain_link(*LINE, **arguments)


def test_one_class_is_refused():
    with pytest.raises(ValueError, match="more than 1 class"):
        explain_link([[0.0], [1.0]], ["a", "a"], 0)


@pytest.mark.parametrize("row", ["a", 1.0, None])
def test_rows_are_integers(row):
    with pytest.raises(TypeError, match=r"i=.* is no row number; give an integer from 0 to 3"):
        explain_link([[0.0], [1.0], [1.5], [9.0]], ["a", "a", "b", "b"], row)
