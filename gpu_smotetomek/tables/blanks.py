"""Text whose cells are divided by blanks: one, several, or a tab."""

import csv
import re
from collections.abc import Iterator

from gpu_smotetomek.tables.source import Source

CELL = re.compile(r'"((?:[^"]|"")*)"|([^ \t\r\n]+)')
"""A cell in quotes, or a run of characters without blanks."""


def read_blank_rows(source: Source) -> Iterator[list[str]]:
    """Yield the cells of each line that is not blank, where a run of blanks and tabs divides two cells."""
    with source.open_text() as handle:
        for line in handle:
            cells = [match[1].replace('""', '"') if match[2] is None else match[2] for match in CELL.finditer(line)]
            if cells:
                yield cells


def are_columns_aligned(source: Source) -> bool:
    """Whether each blank divides two cells, so that two blanks in a row have an empty cell between them."""
    if not has_further_blanks(source):
        return True
    lengths, used = set[int](), set[int]()
    with source.open_text() as handle:
        for row in csv.reader(handle, delimiter=" "):
            if row:
                lengths.add(len(row))
                used.update(i for i, cell in enumerate(row) if cell)
            if len(lengths) > 1:
                return False
    return used == set(range(*lengths))


def has_further_blanks(source: Source) -> bool:
    """Whether a line has a tab, two blanks in a row, or a blank at one of its ends."""
    with source.open_text() as handle:
        return any(re.search(r"  |\t|^ | $", line.rstrip("\r\n")) for line in handle)
