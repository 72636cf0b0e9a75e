"""Options that commands share, and the parsers of their values."""

import math
import re
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer

from gpu_smotetomek.errors import join_first
from gpu_smotetomek.tables import UsageError
from gpu_smotetomek.tables.formats import list_suffixes

Input = Annotated[
    Path, typer.Argument(metavar="IN", help=f"File to read: {', '.join(list_suffixes())}; or - for standard input.")
]
TargetColumn = Annotated[
    str | None,
    typer.Option(
        "--target", "-t", metavar="COL", help="Column to predict: its name, or its number from 0 or from the end (-1)."
    ),
]
Passthrough = Annotated[
    str | None,
    typer.Option(
        metavar="COL,COL",
        help="Columns that only travel with their rows (an id, a date, a text): names, or numbers from 0 or from the end.",
    ),
]
Categorical = Annotated[
    str | None,
    typer.Option(
        metavar="COL,COL|auto",
        help="Columns that are categories: names or numbers, or auto for all columns of text, categories or booleans.",
    ),
]
NoHeader = Annotated[bool, typer.Option("--no-header", help="The first line of a CSV is data; none is written either.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]

MIN_SIZE = 2**20
"""Least work space in bytes: with less, blocks of rows are so small that the work takes hundreds of times as long."""

MAX_QUOTED_CHARACTERS = 60
UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}


def parse_separator(text: str) -> str:
    r"""Return the separator of a CSV: one character, where '\t' and 'tab' mean a tab."""
    mark = {"\\t": "\t", "tab": "\t"}.get(text, text)
    if len(mark) != 1 or not mark.isascii() or mark in '"\r\n':
        raise typer.BadParameter(f"{text!r} is not a separator; give one character, such as ';' or '\\t'")
    return mark


Separator = Annotated[
    str | None,
    typer.Option(
        "--separator", metavar="CHAR", parser=parse_separator, help="What separates the cells of a CSV. [default: ,]"
    ),
]


def parse_size(text: str) -> int:
    """Return the bytes that a text such as '500MB', '2GB' or '1.5GiB' means.

    Examples
    --------
    >>> parse_size("2GB"), parse_size("1.5 MiB")
    (2000000000, 1572864)
    """
    match = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)\s*(?:([kmgt]i?)b?|b)", text.strip().lower())
    if not match:
        raise typer.BadParameter(f"{shorten(text)} is not a size; give a number with a unit, such as 500MB or 2GB")
    size = int(float(match[1]) * UNITS[match[2] or ""])
    if not MIN_SIZE <= size <= sys.maxsize:
        raise typer.BadParameter(
            f"{shorten(text)} is too {'small' if size < MIN_SIZE else 'large'}; give 1MiB or more, such as 256MiB"
        )
    return size


def shorten(text: str) -> str:
    """Return the beginning of a text, as Python writes it."""
    return repr(text if len(text) <= MAX_QUOTED_CHARACTERS else text[:MAX_QUOTED_CHARACTERS] + "...")


def parse_strategy(text: str, labels: Sequence[Any]) -> Any:
    """Return the sampling strategy that a text means: a number, counts of classes, or a word.

    Parameters
    ----------
    text : str
        Such as `"0.5"`, `"fraud=5000,other=300"` or `"not majority"`.
    labels : sequence
        The classes of the data.

    Returns
    -------
    float, dict of label to int, or str

    Raises
    ------
    UsageError
        If a class is not in the data, or a count is not a whole number.

    Examples
    --------
    >>> parse_strategy("0.5", [0, 1]), parse_strategy("1=20", [0, 1]), parse_strategy("auto", [0, 1])
    (0.5, {1: 20}, 'auto')
    """
    try:
        number = float(text)
    except ValueError:
        pass
    else:
        if math.isfinite(number):
            return number
    return parse_class_rows("--sampling-strategy", text, labels) if "=" in text else text


def parse_class_rows(option: str, text: str, labels: Sequence[Any]) -> dict[Any, int]:
    """Return the rows of classes that a text such as `"fraud=5000,other=300"` gives.

    Raises
    ------
    UsageError
        If a class is not in the data, or a count is not a whole number.
    """
    known = {str(label): label for label in labels}
    counts = {}
    for pair in text.split(","):
        name, _, count = pair.rpartition("=")
        name = name if name in known else name.strip()
        if name not in known or not count.strip().isdecimal():
            close = get_close_matches(name, known, n=1) if name not in known else []
            hint = f"did you mean {close[0]!r}? The classes" if close else "which"
            raise UsageError(
                f"{option} {pair!r} is not CLASS=COUNT with a whole count and a class of the data{';' if close else ','} "
                f"{hint} are {join_first(list(known))}"
            )
        counts[known[name]] = int(count)
    return counts


def parse_rows(text: str) -> str:
    """Return a text that is a number of rows, 1 or more, or gives classes with such numbers."""
    if "=" not in text and (not text.strip().isdecimal() or int(text) < 1):
        raise typer.BadParameter(f"{shorten(text)} is no number of rows; give 1 or more, or CLASS=N,CLASS=N")
    return text.strip()
