"""Tables in text files: labels and numbers as in the file, and errors of one sentence."""

import gzip

import numpy as np
import pytest
from support.optional import optional
from support.table_files import write_text

optional("polars")

from gpu_smotetomek.tables import TableError, UsageError, read, write  # noqa: E402


@pytest.mark.parametrize(
    ("cells", "labels"),
    [
        (["0", "1"], [0, 1]),
        (['"0"', '"1"'], [0, 1]),
        (["0.0", "1.0"], [0.0, 1.0]),
        (["007", "010"], ["007", "010"]),
        (["'1'", "'-1'"], ["'1'", "'-1'"]),
        (["1", "1.0"], [1, 1]),
        ([" 0", " 1"], [0, 1]),
        (["true", "false"], ["true", "false"]),
        (["9" * 30, "1"], ["9" * 30, "1"]),
    ],
)
def test_labels_print_as_in_the_file(tmp_path, cells, labels):
    path = write_text(tmp_path, "a,y\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells)))
    assert read(path, "y").labels.tolist() == labels


def test_spaces_blank_lines_marks_and_late_floats(tmp_path):
    path = write_text(tmp_path, "\ufeff\na, b,y\n1, 2.5,0\n\n2, 3,1\n\n\n")
    assert read(path, "y").frame.rows() == [(1, 2.5, 0), (2, 3.0, 1)]
    late = write_text(tmp_path, "a,y\n" + "1,0\n" * 10_000 + "2.5,1\n", "late.csv")
    assert read(late, "y").X["a"][-1] == 2.5


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        ("", TableError, "is empty; expected a line of names, then rows"),
        ("\n\n", TableError, "is empty"),
        ("a,y\n", TableError, "the table has no rows, only names of columns; expected a row"),
        ("a;y\n1;2\n", UsageError, r"looks ';' separated; add --separator ';'"),
        ("a\ty\n1\t2\n", UsageError, r"looks '\\t' separated; add --separator '\\t'"),
        ("a,a,y\n1,2,3\n", TableError, r"two columns .* are named 'a'; rename one, or add --no-header"),
        (
            "a,y\n1,\n2,1\n",
            TableError,
            r"1 of 2 labels are missing in column 'y', the first in row 1 \(an empty cell\); fill them in or drop",
        ),
        ("y\n1\n2\n", TableError, "one column only, the target 'y'; expected features beside it"),
        (
            "a,y\n1,2\n1,2,3\n",
            TableError,
            r"line 3 of .*t\.csv' has 3 cells and the first line has 2; take out the ',' too many",
        ),
        ("a,class\n1,2\n", UsageError, r"no column 'y'; it has 'a', 'class'"),
    ],
)
def test_bad_text_tables(tmp_path, content, error, message):
    with pytest.raises(error, match=message):
        read(write_text(tmp_path, content), "y")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gzip.compress(b"a,y\n1,2\n", mtime=0), "is compressed by gzip; unpack it first"),
        (b"PAR1....", "is a Parquet file; name it .parquet"),
        (b"ARROW1..", "is a Feather file; name it .feather"),
        (b"PK\x03\x04....", "is a zip archive or a spreadsheet; unpack it, or name it .xlsx"),
        (bytes(10_000), "holds zero bytes, which no text in UTF-8 does"),
        (b"a,y\n1,\0\n", "holds zero bytes, which no text in UTF-8 does"),
    ],
)
def test_errors_name_the_format_of_files_that_are_not_text(tmp_path, content, message):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(TableError, match=message):
        read(path, "y")


def test_a_quantity_becomes_numbers(tmp_path):
    """Programs write every value with the same number of digits; labels such as 3.9 and 3.10 stay text."""
    cells = [f"{value:.5f}" for value in np.random.default_rng(0).normal(size=60)]
    cells[0] = "0.50000"
    sheet = read(write_text(tmp_path, "a,y\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells))), "y")
    np.testing.assert_array_equal(sheet.labels, np.array(cells, float))
    versions = read(write_text(tmp_path, "a,y\n" + "".join(f"{i},{('3.9', '3.10')[i % 2]}\n" for i in range(20))), "y")
    assert set(versions.labels) == {"3.9", "3.10"}


def test_text_that_is_not_utf8(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("a,y\n1,ü\n".encode("latin-1"))
    with pytest.raises(
        TableError, match=r"t\.csv' is not UTF-8 text \(.* byte 0xfc in position 6.*\); save it as UTF-8"
    ):
        read(path, "y")
    path.write_bytes("a,y\n1,2\n".encode("utf-16"))
    with pytest.raises(TableError, match="is not UTF-8 text"):
        read(path, "y")


def test_lines_that_end_in_carriage_returns(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,y\r1.5,no\r2.5,yes\r")
    sheet = read(path, "y")
    assert (sheet.X["a"].to_list(), sheet.y.to_list()) == ([1.5, 2.5], ["no", "yes"])


def test_a_column_without_a_name_keeps_that(tmp_path):
    sheet = read(write_text(tmp_path, '"",a,y\n0,1.5,no\n1,2.5,yes\n'), "y", passthrough="0")
    assert sheet.passthrough == ("",)
    write(sheet, tmp_path / "o.csv")
    assert (tmp_path / "o.csv").read_text() == '"",a,y\n0,1.5,no\n1,2.5,yes\n'
