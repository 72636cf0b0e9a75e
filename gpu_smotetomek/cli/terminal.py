"""Output: results on stdout, progress and errors on stderr."""

import json
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from textwrap import shorten
from typing import Any, TextIO

from rich import box
from rich.console import Console
from rich.table import Table

from gpu_smotetomek.errors import DominantFeatureWarning
from gpu_smotetomek.progress import begin_step, clear_bar, end_bar, progress

MAX_ERROR_LENGTH = 600
"""Characters of an error that are printed: some libraries put the whole table into their message."""

WARNING_COLOUR = "\x1b[33m"  # yellow


def escape_controls(value: object) -> str:
    """Escape the characters that a terminal would interpret."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(value))


def print_line(text: str = "") -> None:
    """Print one line of the result, whatever its width."""
    end_bar()
    print(escape_controls(text))


def print_lines(text: str) -> None:
    """Print the lines of a text, each as it is."""
    for line in text.splitlines():
        print_line(line)


def print_json(result: dict[str, Any]) -> None:
    """Print the whole result as JSON."""
    end_bar()
    print(json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False))


def print_stderr(text: str) -> None:
    """Print one line on stderr, shortened if it is very long."""
    clear_bar()
    print("gpu-smotetomek:", escape_controls(shorten(text, MAX_ERROR_LENGTH, placeholder=" ...")), file=sys.stderr)


def print_warning(text: str) -> None:
    """Print one warning on stderr, whatever its length, in colour where there are colours."""
    word = f"{WARNING_COLOUR}warning:\x1b[0m" if shows_colours(sys.stderr) else "warning:"
    clear_bar()
    print("gpu-smotetomek:", word, escape_controls(text), file=sys.stderr)


def shows_colours(stream: TextIO) -> bool:
    """Whether a stream shows colours: NO_COLOR forbids them, FORCE_COLOR demands them, else a terminal has them."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


def make_console() -> Console:
    """Return a console on stdout that prints text unchanged, and does not fold lines in a pipe or a file."""
    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = 10_000
    return console


def print_stripped(console: Console, table: Table) -> None:
    """Print a table without trailing spaces."""
    end_bar()
    with console.capture() as capture:
        console.print(table)
    print("\n".join(line.rstrip() for line in capture.get().splitlines()))


def print_table(heads: Sequence[str], rows: Sequence[Sequence[object]], *, right: Sequence[int] = ()) -> None:
    """Print a table: ruled on a terminal, bare columns elsewhere.

    Parameters
    ----------
    heads : sequence of str
        Titles of the columns.
    rows : sequence of sequence of object
        Cells; numbers are grouped by thousands.
    right : sequence of int
        Columns that are aligned to the right.
    """
    console = make_console()
    table = Table(box=box.ROUNDED if console.is_terminal else None, header_style="bold", pad_edge=console.is_terminal)
    for i, head in enumerate(heads):
        table.add_column(head, justify="right" if i in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else escape_controls(cell) for cell in row))
    print_stripped(console, table)


def print_bullets(sentences: Sequence[str]) -> None:
    """Print sentences as a list, folded between words on a terminal only."""
    if sentences:
        print_grid([("-", sentence) for sentence in sentences], 1)


def print_pairs(pairs: dict[str, str]) -> None:
    """Print names and values in two columns, folded between words on a terminal only."""
    print_grid(list(pairs.items()), 2)


def print_grid(rows: Sequence[tuple[str, str]], spaces: int) -> None:
    """Print two columns with so many spaces between them."""
    grid = Table.grid(padding=(0, spaces))
    for row in rows:
        grid.add_row(*map(escape_controls, row))
    print_stripped(make_console(), grid)


@contextmanager
def show_progress() -> Iterator[None]:
    """Show the progress of a call on stderr, if the call is long and stderr is a terminal, as a step of the command."""
    begin_step("resample")
    with progress():
        yield
    begin_step("write")


@contextmanager
def print_warnings_as_notes(*, quietly: bool = False) -> Iterator[None]:
    """Print each warning as one line that begins with "note:", without the place in the code; quietly, print none."""

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        if isinstance(message, DominantFeatureWarning):
            message = f"{message.finding}: give --scale standard or robust, or none if the units are meant as they are"
        print_stderr(f"note: {message}")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore" if quietly else "always", UserWarning)
        warnings.showwarning = show
        yield
