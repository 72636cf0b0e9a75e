"""Options of `resample` alone, with the words that they take."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gpu_smotetomek.cli.options import parse_size


class Method(StrEnum):
    """The steps to run."""

    smotetomek = "smotetomek"
    smote = "smote"
    tomek = "tomek"


class Remove(StrEnum):
    """The rows of a link to remove."""

    majority = "majority"
    both = "both"


class Fill(StrEnum):
    """The cells of synthetic rows in columns that only travel."""

    missing = "missing"
    base = "base"


class SmallClass(StrEnum):
    """The treatment of a class with too few rows."""

    error = "error"
    shrink = "shrink"
    skip = "skip"


Output = Annotated[
    Path, typer.Option("--output", "-o", metavar="OUT", help="File to write; its suffix gives the format.")
]
Strategy = Annotated[
    str,
    typer.Option(
        metavar="TEXT", help="A word ('not majority', 'not minority', minority, all), a ratio, or CLASS=ROWS,..."
    ),
]
Neighbors = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="Neighbours that SMOTE interpolates to. [default: 5]")
]
TooFewRows = Annotated[
    SmallClass | None,
    typer.Option(help="Of a class with too few rows: fail, use fewer neighbours, or leave it. [default: error]"),
]
Removed = Annotated[Remove | None, typer.Option(help="Which rows of a link smotetomek removes. [default: majority]")]
PassthroughFill = Annotated[
    Fill | None, typer.Option(help="Cells of synthetic rows there: empty, or those of the base row. [default: missing]")
]
Seed = Annotated[
    int | None,
    typer.Option(metavar="N", min=0, max=2**32 - 1, help="Seed of SMOTE; drawn and printed if not given."),
]
Jobs = Annotated[int | None, typer.Option(metavar="N", help="Threads. [default: all cores]")]
Limit = Annotated[
    int | None,
    typer.Option(metavar="SIZE", parser=parse_size, help="Work space, such as 500MB or 2GB. [default: 256MiB]"),
]
ProvenanceFile = Annotated[
    Path | None,
    typer.Option(
        "--provenance", metavar="FILE", help="Table to write too: where each row comes from, and removed rows."
    ),
]
Mark = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="Column to add: whether a row is original, synthetic or a copy."),
]
