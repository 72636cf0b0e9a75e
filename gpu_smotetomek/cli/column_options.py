"""The options of `inspect` and `resample` that give columns their roles."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import typer


class ImputeStrategy(StrEnum):
    """The statistic of a column that fills its missing cells."""

    median = "median"
    mean = "mean"
    most_frequent = "most-frequent"


Identifier = Annotated[
    str | None,
    typer.Option(
        "--id", metavar="COL", help="Column with ids: they stay with their rows, and are empty in synthetic rows."
    ),
]
Drop = Annotated[
    str | None, typer.Option("--drop", metavar="COL,COL", help="Columns to leave out, also of the output.")
]
Columns = Annotated[
    str | None,
    typer.Option(
        "--columns",
        metavar="COL,COL",
        help="Keep only these columns, the target, and those that other options name; drop the others.",
    ),
]
Impute = Annotated[
    ImputeStrategy | None,
    typer.Option("--impute", help="Fill missing numbers with this statistic of their column. [default: refuse them]"),
]


@dataclass(frozen=True)
class ColumnOptions:
    """The options that name columns; each is a text of names or numbers divided by commas, or None.

    Attributes
    ----------
    identifier : str or None
        Ids, which travel with their rows and are empty for synthetic rows.
    passthrough : str or None
        Other columns that only travel with their rows.
    categorical : str or None
        Columns that are categories; 'auto' is all columns of text, categories or booleans.
    drop : str or None
        Columns to leave out of the output.
    columns : str or None
        The only columns to keep, beside the target and those that other options name.
    """

    identifier: str | None = None
    passthrough: str | None = None
    categorical: str | None = None
    drop: str | None = None
    columns: str | None = None

    @property
    def names_categories(self) -> bool:
        """Whether columns are named as categories, not found by their dtypes."""
        return self.categorical not in (None, "auto")

    @property
    def named(self) -> dict[str, str]:
        """The options that were given and list columns, by their names on the command line."""
        texts = {
            "--id": self.identifier,
            "--drop": self.drop,
            "--passthrough": self.passthrough,
            "--categorical": self.categorical if self.names_categories else None,
        }
        return {option: text for option, text in texts.items() if text is not None}
