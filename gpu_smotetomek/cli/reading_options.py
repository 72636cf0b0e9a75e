"""Options of how files are read."""

from typing import Annotated, Any

import typer

from gpu_smotetomek.tables.formats import is_known

BLANKS = {"space": " ", "blank": " ", "nbsp": " ", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2019": "'"}
"""Other ways to name the marks between thousands."""

DECIMAL_MARKS, THOUSANDS_MARKS = ".,", " ,.'_"


def parse_format(text: str) -> str:
    """Return a format as a suffix without its dot."""
    form = text.lower().removeprefix(".")
    if not is_known(f".{form}", writes=False):
        raise typer.BadParameter(f"{text!r} is no format; give a suffix, such as csv, tsv, csv.gz, parquet or xlsx")
    return form


def parse_decimal_mark(text: str) -> str:
    """Return the mark before fractions."""
    if len(text) != 1 or text not in DECIMAL_MARKS:
        raise typer.BadParameter(f"{text!r} is no decimal mark; give . or ,")
    return text


def parse_thousands_mark(text: str) -> str:
    """Return the mark between thousands."""
    mark = BLANKS.get(text, text)
    if len(mark) != 1 or mark not in THOUSANDS_MARKS:
        raise typer.BadParameter(f"{text!r} is no mark between thousands; give , or . or ' or _ or space")
    return mark


Form = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        parser=parse_format,
        help="Format of what has no suffix, such as - (standard input or output): csv, tsv, csv.gz, parquet ... [default: csv]",
    ),
]
DecimalMark = Annotated[
    str | None,
    typer.Option(
        "--decimal", metavar="CHAR", parser=parse_decimal_mark, help="Mark before fractions, , or . [default: .]"
    ),
]
ThousandsMark = Annotated[
    str | None,
    typer.Option(
        "--thousands",
        metavar="CHAR",
        parser=parse_thousands_mark,
        help="Mark between thousands: , or . or ' or _ or space. [default: none]",
    ),
]
MissingAsClass = Annotated[
    bool,
    typer.Option("--missing-as-class", help="Labels such as NA, ? or an empty cell are a class, and not missing."),
]


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
