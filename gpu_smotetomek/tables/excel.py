"""Spreadsheets: the first sheet of an `.xlsx` file, through fastexcel."""

import io
import zipfile
from collections import Counter
from importlib.util import find_spec

import polars as pl

from gpu_smotetomek.tables.errors import TableError, UsageError
from gpu_smotetomek.tables.free_memory import REMEDY, check_bytes_fit
from gpu_smotetomek.tables.source import Source
from gpu_smotetomek.tables.trial import check_readable

ENGINE = "calamine"


def read_excel(source: Source, *, header: bool) -> tuple[pl.DataFrame, list[str]]:
    """Read the first sheet of a spreadsheet; return the frame and notes on the file.

    A column of numbers only becomes numbers. A column of numbers and text becomes text, if no number in it has a fraction, which
    text might round.

    Raises
    ------
    UsageError
        If fastexcel is not installed.
    TableError
        If the file is damaged, empty, repeats a name, or mixes text and fractions in one column.
    MemoryError
        If the sheets, unpacked, need more than the free memory.
    """
    if find_spec("fastexcel") is None:
        raise UsageError(f"{source.name} is a spreadsheet, which needs fastexcel: pip install fastexcel")
    check_unpacked_size(source)
    check_readable(source)
    content = source.open().read()
    try:
        text = pl.read_excel(io.BytesIO(content), engine=ENGINE, has_header=False, infer_schema_length=0)
        sheets = list(
            pl.read_excel(io.BytesIO(content), engine=ENGINE, sheet_id=0, has_header=False, read_options={"n_rows": 1})
        )
        skip = {"skip_rows": 1} if header else {}
        typed = pl.read_excel(
            io.BytesIO(content), engine=ENGINE, has_header=False, infer_schema_length=None, read_options=skip
        )
    except pl.exceptions.NoDataError as error:
        raise TableError(f"the first sheet of {source.name} is empty; expected a line of names, then rows") from error
    except Exception as error:  # fastexcel has errors of its own, which are not imported here
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise TableError(
            f"{source.name} cannot be read as xlsx ({reason}); it is damaged or in another format"
        ) from error
    notes = [f"the first sheet, {sheets[0]!r}, is read; {len(sheets) - 1} more are not"] if len(sheets) > 1 else []
    return merge(source, text, typed, header=header), notes


def check_unpacked_size(source: Source) -> None:
    """Raise if the file is no archive, or its members, unpacked, need more than the free memory."""
    try:
        with source.open() as handle, zipfile.ZipFile(handle) as archive:
            size = sum(info.file_size for info in archive.infolist())
    except zipfile.BadZipFile as error:
        raise TableError(
            f"{source.name} cannot be read as xlsx ({error}); it is damaged or in another format"
        ) from error
    check_bytes_fit(size, f"{source.name}, unpacked, has", REMEDY)


def merge(source: Source, text: pl.DataFrame, typed: pl.DataFrame, *, header: bool) -> pl.DataFrame:
    """Return the columns as they were typed where that loses no cell, and as text elsewhere, with the names of the first row."""
    names = [cell or "" for cell in text.row(0)] if header else [f"column_{i}" for i in range(text.width)]
    repeated = next((name for name, count in Counter(names).items() if count > 1), None)
    if repeated is not None:
        raise TableError(
            f"two columns of {source.name} are named {repeated!r}; rename one, or add --no-header if it has no names"
        )
    cells = text[1:] if header else text
    if typed.height != cells.height or typed.width != cells.width:
        raise TableError(f"{source.name} has empty rows or columns at its start; remove them, or save the sheet as CSV")
    columns = [choose_cells(typed[:, i], cells[:, i], name) for i, name in enumerate(names)]
    frame = pl.DataFrame(dict(zip(names, columns, strict=True)))
    return frame.filter(~pl.all_horizontal(pl.all().is_null()))  # drop blank rows


def choose_cells(typed: pl.Series, text: pl.Series, name: str) -> pl.Series:
    """Return typed cells if none is lost, else their text; raise if that may have rounded a fraction."""
    if typed.null_count() == text.null_count():
        return typed
    if typed.dtype.is_float() and (typed.drop_nulls() % 1 != 0).any():
        raise TableError(
            f"column {name!r} holds numbers and text; correct the text, or save the sheet as CSV, which keeps both as written"
        )
    return text
