"""Spreadsheets: cells keep their values, what is lost is refused, and damaged or distant cells end in one sentence."""

import datetime
import io
import zipfile

import pytest
from support.files_of_users import NAMES, U, V, Y
from support.optional import optional

pl = optional("polars")
openpyxl = optional("openpyxl")
optional("fastexcel")

from gpu_smotetomek.tables import TableError, UsageError, excel, free_memory, read  # noqa: E402


def save(path, rows, *more_sheets):
    book = openpyxl.Workbook()
    book.active.title = "Data"
    for row in rows:
        book.active.append(list(row))
    for name in more_sheets:
        book.create_sheet(name).append(["q"])
    book.save(path)
    return path


def test_cells_keep_their_values_and_dtypes(tmp_path):
    thirds = [u / 3 for u in U]
    rows = [[third, i, y, i > 5, None] for i, (third, y) in enumerate(zip(thirds, Y, strict=True))]
    sheet = read(save(tmp_path / "t.xlsx", [["u", "n", "y", "flag", "void"], *rows]), "y")
    assert sheet.frame.columns == ["u", "n", "y", "flag", "void"]
    assert sheet.X["u"].to_list() == thirds
    assert (sheet.X["n"].dtype, sheet.X["flag"].dtype) == (pl.Int64, pl.Boolean)
    assert sheet.y.to_list() == Y
    assert sheet.notes == ()


def test_without_names_and_with_blank_rows(tmp_path):
    rows = [*zip(U, V, Y, strict=True)]
    sheet = read(save(tmp_path / "t.xlsx", [*rows, [None] * 3]), "-1", header=False)
    assert sheet.frame.rows() == rows
    assert sheet.frame.columns == ["column_0", "column_1", "column_2"]


def test_a_column_without_a_name_labels_the_rows(tmp_path):
    rows = [(i, *cells) for i, cells in enumerate(zip(U, V, Y, strict=True))]
    sheet = read(save(tmp_path / "t.xlsx", [[None, *NAMES], *rows], "S1", "S2"), "y")
    assert sheet.passthrough == ("",)
    assert sheet.frame.rows() == rows
    assert sheet.notes[0] == "only the first of 3 sheets, 'Data', is read"
    assert sheet.notes[1].startswith("column '' labels the rows")


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (
            [u / 3 if i != 3 else "NA" for i, u in enumerate(U)],
            "column 'u' holds numbers and text; correct the text, or save",
        ),
        ([i if i != 3 else "NA" for i in range(12)], None),
    ],
)
def test_a_column_of_numbers_and_text_loses_nothing(tmp_path, cells, message):
    path = save(tmp_path / "t.xlsx", [NAMES, *zip(cells, V, Y, strict=True)])
    if message:
        with pytest.raises(TableError, match=message):
            read(path, "y")
    else:
        assert read(path, "y").X["u"].to_list() == list(map(str, cells))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "the first sheet of .* is empty; expected a line of names"),
        (
            [[], [], NAMES, [1, 2, "no"]],
            "has empty rows or columns at its start; remove them, or save the sheet as CSV",
        ),
        ([["u", "u", "y"], [1, 2, "no"]], "two columns of .* are named 'u'; rename one"),
        ([NAMES, [1, 2, "no"], [1, 2, "?"]], r"1 of 2 labels are missing in column 'y', the first in row 2 \('\?'\)"),
        (
            [NAMES, [1, 2, datetime.date(2020, 1, 1)]],
            "column 'y' holds Date; labels need to be numbers, text or booleans",
        ),
    ],
)
def test_sheets_that_are_no_table(tmp_path, rows, message):
    with pytest.raises(TableError, match=message):
        read(save(tmp_path / "t.xlsx", rows), "y")


def test_damage_and_other_archives(tmp_path):
    path = save(tmp_path / "t.xlsx", [NAMES, [1, 2, "no"]])
    whole, other = path.read_bytes(), io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("a.txt", "hello")
    for content in (b"", b"a,y\n1,2\n", whole[:-60], b"PK\x03\x04....", other.getvalue()):
        path.write_bytes(content)
        with pytest.raises(TableError, match=r"cannot be read as xlsx \(.*\); it is damaged or in another format"):
            read(path, "y")


def test_a_distant_cell_or_a_bomb_does_not_fill_the_memory(tmp_path, monkeypatch):
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "a", 1
    book.save(tmp_path / "far.xlsx")
    monkeypatch.setattr(free_memory, "get_free_bytes", lambda: 2**32)
    with pytest.raises((TableError, MemoryError), match=r"the reader does not survive it|memory"):
        read(tmp_path / "far.xlsx", "a")
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(50 * 2**20))
    monkeypatch.setattr(free_memory, "get_free_bytes", lambda: 2**20)
    with pytest.raises(MemoryError, match=r"unpacked, has 0\.0524 GB, and 0\.00105 GB of memory are free"):
        read(tmp_path / "bomb.xlsx", "a")


def test_without_its_library_the_command_is_named(tmp_path, monkeypatch):
    path = save(tmp_path / "t.xlsx", [NAMES, [1, 2, "no"]])
    monkeypatch.setattr(excel, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"t\.xlsx' is a spreadsheet, which needs fastexcel: pip install fastexcel$"):
        read(path, "y")
