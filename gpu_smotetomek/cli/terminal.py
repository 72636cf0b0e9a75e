"""What the user sees: answers on stdout, progress and complaints on stderr."""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from textwrap import shorten
from typing import Any

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
from rich.table import Table
from rich.text import Text

from gpu_smotetomek.progress import progress

LINE = 600
"""Characters that an error may take: some libraries put the whole table in it."""

PATIENCE = 0.5
"""Seconds before a progress bar appears: what is over sooner needs none."""


def printable(value: object) -> str:
    """Text without anything that a terminal would obey."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(value))


def say(text: str = "") -> None:
    """Print one line of the answer, as wide as it is."""
    print(printable(text))


def say_json(answer: dict[str, Any]) -> None:
    """Print the whole answer as JSON."""
    print(json.dumps(answer, indent=2, ensure_ascii=False, allow_nan=False))


def complain(text: str) -> None:
    """Print one line on stderr, without the end of a very long one."""
    print("gpu-smotetomek:", printable(shorten(text, LINE, placeholder=" ...")), file=sys.stderr)


def answer_console() -> Console:
    """A console on stdout that takes text as it is; who reads a pipe or a file gets lines whole."""
    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = 10_000
    return console


def draw(console: Console, table: Table) -> None:
    """Print a table without the spaces that end its lines."""
    with console.capture() as drawn:
        console.print(table)
    print("\n".join(line.rstrip() for line in drawn.get().splitlines()))


def say_table(heads: Sequence[str], rows: Sequence[Sequence[object]], *, right: Sequence[int] = ()) -> None:
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
    console = answer_console()
    table = Table(box=box.ROUNDED if console.is_terminal else None, header_style="bold", pad_edge=console.is_terminal)
    for i, head in enumerate(heads):
        table.add_column(head, justify="right" if i in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else printable(cell) for cell in row))
    draw(console, table)


def say_advice(sentences: Sequence[str]) -> None:
    """Print sentences as a list, folded between words on a terminal and whole elsewhere."""
    if sentences:
        say_grid([("-", sentence) for sentence in sentences], 1)


def say_pairs(told: dict[str, str]) -> None:
    """Print what was found below one another, each beside its name, folded as the sentences of a list are."""
    say_grid(list(told.items()), 2)


def say_grid(rows: Sequence[tuple[str, str]], space: int) -> None:
    """Print two columns with so much space between them."""
    grid = Table.grid(padding=(0, space))
    for row in rows:
        grid.add_row(*map(printable, row))
    draw(answer_console(), grid)


class Clock(ProgressColumn):
    """Time since the work began, which goes on when the tiles of a stage are done."""

    def render(self, task: Task) -> Text:
        """Hours, minutes and seconds."""
        return Text(str(timedelta(seconds=int(task.elapsed or 0))))


@contextmanager
def bar() -> Iterator[None]:
    """Show on stderr how many tiles of the stage at hand are finished, if the work is long and stderr is a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Clock()
    shown = Progress(*columns, console=console, transient=True)
    task = shown.add_task("", total=None)
    begun = time.monotonic()

    def finished(stage: str, done: int, total: int) -> None:
        shown.update(task, description=stage, completed=done, total=total)
        if time.monotonic() - begun > PATIENCE:
            shown.start()

    try:
        with progress(finished):
            yield
    finally:
        shown.stop()
