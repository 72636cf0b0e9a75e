"""Numbers with marks: what was written comes back, and a reading that does not fit all cells is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.optional import optional

pl = optional("polars")

from gpu_smotetomek.tables.mark_advice import explain_marks  # noqa: E402
from gpu_smotetomek.tables.number_marks import POINT, NumberMarks, convert_text, parse_numbers  # noqa: E402

WAYS = [NumberMarks(decimal, thousands) for decimal in ".," for thousands in (None, ",", ".", " ", "'", "_")]
WAYS = [marks for marks in WAYS if marks.decimal != marks.thousands]
INTEGERS = st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=5)
FLOATS = st.lists(st.floats(-1e12, 1e12).map(lambda x: round(x, 4)).filter(lambda x: x % 1), min_size=1, max_size=5)


def write(number, marks):
    text = f"{number:,}" if isinstance(number, int) else f"{number:,.4f}"
    return text.translate({ord(","): marks.thousands or "", ord("."): marks.decimal})


@pytest.mark.parametrize("marks", WAYS, ids=str)
@given(numbers=INTEGERS | FLOATS)
def test_numbers_come_back(marks, numbers):
    cells = pl.Series("a", [write(number, marks) for number in numbers])
    parsed = parse_numbers(cells, marks)
    assert parsed.to_list() == numbers
    assert parsed.dtype == (pl.Int64 if isinstance(numbers[0], int) else pl.Float64)


@pytest.mark.parametrize("marks", WAYS, ids=str)
@given(numbers=INTEGERS | FLOATS)
def test_what_is_said_about_marks_reads_the_numbers(marks, numbers):
    """Either the cells are numbers as they are, or one of the ways that are named gives the numbers back."""
    cells = pl.Series("a", [write(number, marks) for number in numbers])
    if parse_numbers(cells, POINT) is not None:
        return
    advice = explain_marks(cells.to_frame(), POINT)["a"]
    fits = [way for way in WAYS if way.options in advice and parse_numbers(cells, way) is not None]
    assert numbers in [parse_numbers(cells, way).to_list() for way in fits]


@pytest.mark.parametrize(
    ("cell", "marks"),
    [
        ("1,23", NumberMarks(".", ",")),
        ("1,2345", NumberMarks(".", ",")),
        ("1.5", NumberMarks(",", None)),
        ("1,234,56", NumberMarks(".", ",")),
        ("1 23", NumberMarks(".", " ")),
        ("1,5,5", NumberMarks(",", None)),
        ("12345678901234567890", POINT),
        ("", POINT),
        ("-", POINT),
        ("$5", POINT),
        ("1e", POINT),
        ("a5", POINT),
        ("=5", POINT),
        ("(5)", POINT),
    ],
)
def test_what_does_not_fit_is_no_number(cell, marks):
    assert parse_numbers(pl.Series("a", ["1", cell]), marks) is None


def test_signs_exponents_and_missing_cells():
    cells = pl.Series("a", ["+1,5", "\u22122,5e3", None, " ,5", "3,", "nan"])
    parsed = parse_numbers(cells, NumberMarks(",")).to_list()
    assert parsed[:5] == [1.5, -2500.0, None, 0.5, 3.0]
    assert parsed[5] != parsed[5]
    assert parse_numbers(pl.Series("a", [None], dtype=pl.String), POINT) is None


def test_columns_with_points_are_read_beside_columns_with_commas():
    frame = pl.DataFrame(
        {"a": ["1,5", "2,5"], "b": ["1.5", "1.234"], "c": ["1.234", "5.678"], "d": ["7", "8"], "k": ["9", "9"]}
    )
    read = convert_text(frame, NumberMarks(","), ["k"])
    assert read["a"].to_list() == [1.5, 2.5]
    assert read["b"].to_list() == [1.5, 1.234]
    assert read["c"].to_list() == ["1.234", "5.678"]  # or thousands
    assert read["d"].to_list() == [7, 8]
    assert read["k"].to_list() == ["9", "9"]


@pytest.mark.parametrize(
    "cells", [["Rome"], ["1,5", "Rome"], ["2020-01-02"], ["1:30"], ["AB 300"], ["1.2.3.4"], ["007"], [None]]
)
def test_other_text_is_not_explained(cells):
    assert explain_marks(pl.DataFrame({"a": pl.Series(cells, dtype=pl.String)}), POINT) == {}


def test_columns_with_one_remedy_share_a_sentence():
    frame = pl.DataFrame({"a": ["1,5"], "b": ["2,55"], "c": ["1,200"], "d": ["1,300"], "e": ["5 %"]})
    advice = explain_marks(frame, POINT)
    assert advice["a"] == advice["b"] != advice["c"] == advice["d"]
    assert "'%'" in advice["e"]
