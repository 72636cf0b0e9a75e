"""Tables that are written and read again are the same, and text that a spreadsheet runs is found."""

from dataclasses import replace

import pytest
from support.optional import optional
from support.table_files import FRAME, make_sheet, write_text

pl = optional("polars")

from gpu_smotetomek.tables import find_formulas, read, write  # noqa: E402


@pytest.mark.parametrize("suffix", [".parquet", ".feather", ".arrow", ".ipc"])
def test_binary_tables_keep_everything(tmp_path, suffix):
    path = tmp_path / f"t{suffix}"
    write(make_sheet(FRAME, "class"), path)
    sheet = read(path, "class")
    assert sheet.frame.equals(FRAME)
    assert sheet.frame.schema == FRAME.schema
    assert sheet.X.columns == ["a", "b, c", "n", "flag"]


@pytest.mark.parametrize(("suffix", "separator"), [(".csv", None), (".tsv", None), (".csv", ";"), (".csv", "\t")])
def test_text_tables_keep_floats_names_and_order(tmp_path, suffix, separator):
    path = tmp_path / f"t{suffix}"
    write(make_sheet(FRAME, "class"), path, separator=separator)
    sheet = read(path, "class", separator=separator)
    assert sheet.frame.columns == FRAME.columns
    assert sheet.frame.equals(FRAME.cast({"b, c": pl.Float64, "n": pl.Int64}).with_columns(sheet.X["b, c"]))
    assert (sheet.X["b, c"].cast(pl.Float32) == FRAME["b, c"]).all()


def test_no_header_in_and_none_out(tmp_path):
    path = write_text(tmp_path, "1.5,'-1',3\n2.5,'1',4\n")
    sheet = read(path, "1", header=False)
    assert sheet.labels.tolist() == ["'-1'", "'1'"]
    write(sheet, tmp_path / "o.csv")
    assert (tmp_path / "o.csv").read_text() == path.read_text()
    write(sheet, tmp_path / "o.parquet")
    assert pl.read_parquet(tmp_path / "o.parquet").columns == ["column_0", "column_1", "column_2"]


def test_formulas_of_spreadsheets_are_found():
    frame = pl.DataFrame({"=x": [1.0, 2.0], "-1.5": [1.0, 2.0], "y": ["@go", "+1"]})
    sheet = make_sheet(frame, "y")
    assert sorted(find_formulas(sheet)) == ["=x", "@go"]
    assert find_formulas(replace(sheet, header=False)) == ["@go"]
