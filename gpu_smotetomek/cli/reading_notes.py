"""How a file is read, and what is unusual about it: the same notes from `inspect` and `resample`."""

from pathlib import Path
from typing import Any

from gpu_smotetomek.cli.terminal import print_stderr
from gpu_smotetomek.tables import Sheet, read


def gather_reading_options(
    no_header: bool,
    separator: str | None,
    form: str | None,
    decimal: str | None,
    thousands: str | None,
    missing_as_class: bool,
) -> dict[str, Any]:
    """Return the options of the command line as arguments of `tables.read`."""
    return {
        "header": not no_header,
        "separator": separator,
        "form": form,
        "decimal": decimal or ".",
        "thousands": thousands,
        "missing_class": missing_as_class,
    }


def describe_notes(sheet: Sheet) -> list[str]:
    """Return the notes on a file as sentences."""
    return [f"{note[0].upper()}{note[1:]}." for note in sheet.notes]


def read_with_notes(source: Path, target: str | None, **settings: Any) -> Sheet:
    """Read a table, and print the notes on its file, one a line, on standard error."""
    sheet = read(source, target, **settings)
    for note in sheet.notes:
        print_stderr(f"note: {note}")
    return sheet
