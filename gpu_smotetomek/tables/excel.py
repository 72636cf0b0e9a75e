"""Spreadsheets: the first sheet of an `.xlsx` file, through fastexcel."""

import io
import logging
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

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
    try:
        with source.open() as handle, silence_guesses():
            text, typed, sheets = read_cells(handle.read(), n_names=int(header))
    except pl.exceptions.NoDataError as error:
        raise TableError(f"the first sheet of {source.name} is empty; expected a line of names, then rows") from error
    except Exception as error:  # fastexcel has errors of its own, which are not imported here
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise TableError(
            f"{source.name} cannot be read as xlsx ({reason}); it is damaged or in another format"
        ) from error
    notes = [f"only the first of {len(sheets)} sheets, {sheets[0]!r}, is read"] if sheets[1:] else []
    return merge(source, text, typed, header=header), notes


def read_cells(content: bytes, *, n_names: int) -> tuple[pl.DataFrame, pl.DataFrame, list[str]]:
    """Return the first sheet as text, the rows below the names as they were typed, and the names of the sheets."""
    as_text: dict[str, Any] = {"engine": ENGINE, "has_header": False, "infer_schema_length": 0}
    sheets = list(pl.read_excel(io.BytesIO(content), sheet_id=0, read_options={"n_rows": 1}, **as_text))
    text = pl.read_excel(io.BytesIO(content), **as_text)
    as_typed = as_text | {"infer_schema_length": None, "read_options": {"skip_rows": n_names} if n_names else None}
    return text, pl.read_excel(io.BytesIO(content), **as_typed), sheets


@contextmanager
def silence_guesses() -> Iterator[None]:
    """Keep fastexcel from writing to standard error that a column has no cells whose type it could guess."""
    logger = logging.getLogger("fastexcel")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


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
