"""Layout of text tables: the separator, the names, and columns that the first line does not name."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from gpu_smotetomek.tables.blanks import are_columns_aligned, read_blank_rows
from gpu_smotetomek.tables.encoding import check_is_text
from gpu_smotetomek.tables.errors import TableError, UsageError
from gpu_smotetomek.tables.formats import FREE_FORM_SUFFIXES, choose_separator
from gpu_smotetomek.tables.source import Source

SEPARATORS = ",;\t|"
SEPARATOR_LINE = re.compile(r'\ufeff?"?sep=(?P<mark>\\t|[^"\r\n])"?\r?\n?', re.IGNORECASE)
"""The line with which Excel gives the separator of the lines below."""

SAMPLE_ROWS = 200
"""Rows from whose cells the separator is found."""


@dataclass(frozen=True)
class Layout:
    """How a text table is read.

    Attributes
    ----------
    source : Source
        The text; in memory, with one separator and a name for each column, if the file is laid out in another way.
    names : list of str
        The columns, in order.
    separator : str
        One character.
    line_end : str
        The character that ends lines.
    header : bool
        Whether the first line holds the names.
    n_trailing : int
        Columns at the end that are empty, since separators end each line.
    notes : list of str
        What is unusual about the file.
    """

    source: Source
    names: list[str]
    separator: str
    line_end: str
    header: bool
    n_trailing: int = 0
    notes: list[str] = field(default_factory=list)


def find_layout(source: Source, separator: str | None, *, header: bool) -> Layout:
    """Find how a text table is laid out.

    Parameters
    ----------
    source : Source
        The text.
    separator : str or None
        The separator, if it is given.
    header : bool
        Whether the first line holds names.

    Returns
    -------
    Layout

    Raises
    ------
    TableError
        If the file is no text, is empty, repeats a name, or has a line with too many cells.
    UsageError
        If the separator is not the given one, or several are possible.
    """
    line_end = check_is_text(source)
    source, mark = drop_separator_line(source, line_end)
    separator = separator or mark
    if separator is None and source.suffix in FREE_FORM_SUFFIXES:
        separator = detect_separator(source)
    separator = choose_separator(source.suffix, separator)
    notes: list[str] = []
    if separator == " " and not are_columns_aligned(source):
        rows = read_blank_rows(source)
        content = render_rows(next(rows, []), rows)
        source, separator, line_end = replace(source, content=content), ",", "\n"
        notes.append("several blanks, or blanks at the ends of lines, were taken for one separator")
    first, second = read_first_rows(source, separator)
    names = first if header else [f"column_{i}" for i in range(len(first))]
    layout = Layout(source, names, separator, line_end, header, notes=notes)
    if header and len(second) == len(first) + 1:
        layout = name_further_column(layout)
    elif first[-1] == "" and len(first) > 1:
        layout = count_trailing(layout, first)
    named = layout.names[: len(layout.names) - layout.n_trailing]
    repeated = next((name for name, count in Counter(named).items() if count > 1), None)
    if repeated is not None:
        raise TableError(
            f"two columns of {source.name} are named {repeated!r}; rename one, or add --no-header if it has no names"
        )
    return layout


def drop_separator_line(source: Source, line_end: str) -> tuple[Source, str | None]:
    """Return the text behind the line in which Excel gives the separator, and the separator; None without such a line."""
    with source.open() as handle:
        beginning = handle.read(16).decode("utf-8", "ignore")
        match = SEPARATOR_LINE.match(beginning.replace(line_end, "\n"))
        if match is None or not match[0].endswith("\n"):
            return source, None
        handle.seek(len(match[0].encode()))
        return replace(source, content=handle.read()), match["mark"].replace("\\t", "\t")


def read_rows(source: Source, separator: str) -> Iterator[list[str]]:
    """Yield the cells of each line that is not blank."""
    with source.open_text() as handle:
        yield from (row for row in csv.reader(handle, delimiter=separator) if row)


def read_first_rows(source: Source, separator: str) -> tuple[list[str], list[str]]:
    """Return the cells of the first two lines; raise for a single cell that contains another separator."""
    rows = list(islice(read_rows(source, separator), 2))
    if not rows:
        raise TableError(f"{source.name} is empty; expected a line of names, then rows")
    first, second = rows[0], rows[1] if len(rows) > 1 else []
    other = next((mark for mark in (*SEPARATORS, " ") if len(first) == 1 and mark in first[0].strip()), None)
    if other is not None:
        mark = {"\t": "'\\t'"}.get(other, repr(other))
        raise UsageError(f"{source.name} looks {mark} separated; add --separator {mark}")
    return first, second


def detect_separator(source: Source) -> str:
    """Return the separator by which all lines at the beginning have the same number of cells.

    Raises
    ------
    UsageError
        If there is none, or more than one.
    """
    samples = {mark: list(islice(read_rows(source, mark), SAMPLE_ROWS)) for mark in SEPARATORS}
    for fits in (have_equal_lengths, lack_one_name):
        found = [mark for mark, rows in samples.items() if fits(rows)]
        if not found and fits(list(islice(read_blank_rows(source), SAMPLE_ROWS))):
            found = [" "]
        if len(found) == 1:
            return found[0]
        if found:
            marks = " or ".join("'\\t'" if mark == "\t" else repr(mark) for mark in found)
            raise UsageError(f"{source.name} may be separated by {marks}; give one of them with --separator")
    raise UsageError(
        f"no mark divides all lines of {source.name} into the same number of cells; give the mark with --separator, such as "
        "--separator ';'"
    )


def have_equal_lengths(rows: Sequence[Sequence[str]]) -> bool:
    """Whether all rows have the same number of cells, and more than one."""
    lengths = {len(row) for row in rows}
    return len(lengths) == 1 and lengths.pop() > 1


def lack_one_name(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row has one cell less than each other row, as R writes names."""
    return len(rows) > 1 and have_equal_lengths(rows[1:]) and len(rows[0]) == len(rows[1]) - 1


def name_further_column(layout: Layout) -> Layout:
    """Return the layout of a table whose rows have one cell more than the first line.

    Raises
    ------
    TableError
        If not all rows have, or if it is unknown which column has no name.
    """
    source, width = layout.source, len(layout.names) + 1
    rows = skip_first(read_rows(source, layout.separator))
    facts = survey_rows(rows, width)
    if facts is None:
        return layout  # the reader gives the line
    n_rows, labels, ends, pairs = facts
    rows = skip_first(read_rows(source, layout.separator))
    if ends == {""}:
        names = [*layout.names, ""]
        return replace(
            rewrite(layout, render_rows(names, rows), names), n_trailing=1, notes=[*layout.notes, TRAILING_NOTE]
        )
    if (layout.separator == "," and pairs) or len(labels) < n_rows:
        raise TableError(
            f"the first line of {source.name} has {width - 1} cells and each line below has {width}: either the first column has "
            f"no name, so put one before the first {layout.separator!r}, or a {layout.separator!r} is part of a cell, so quote it"
        )
    names = ["", *layout.names]
    return rewrite(layout, render_rows(names, rows), names)


TRAILING_NOTE = "a separator ends each line; the empty column behind it is left out"


def skip_first(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """Return the rows behind the first one."""
    next(rows)
    return rows


def survey_rows(rows: Iterator[list[str]], width: int) -> tuple[int, set[str], set[str], set[int]] | None:
    """Return facts that show which column has no name; None if a row has another number of cells.

    Returns
    -------
    tuple of (int, set of str, set of str, set of int)
        The number of rows, the first cells, the last cells (one of them, if there are several), and the columns that hold digits
        only, with digits only in the next one: these two may be one column of numbers with decimal commas.
    """
    n_rows, labels, ends, pairs = 0, set[str](), set[str](), set(range(width - 1))
    for row in rows:
        if len(row) != width:
            return None
        n_rows += 1
        labels.add(row[0])
        if len(ends) < 2:
            ends.add(row[-1])
        pairs = {i for i in pairs if re.fullmatch(r"[+-]?\d+,\d+", f"{row[i]},{row[i + 1]}")}
    return n_rows, labels, ends, pairs


def rewrite(layout: Layout, content: bytes, names: list[str]) -> Layout:
    """Return the layout of a table that was written anew, with commas."""
    return replace(layout, source=replace(layout.source, content=content), names=names, separator=",", line_end="\n")


def count_trailing(layout: Layout, first: Sequence[str]) -> Layout:
    """Return the layout without the columns behind the last names, if separators end each line there."""
    n_trailing = next((i for i, cell in enumerate(reversed(first)) if cell), 0)  # 0: a line of separators only
    end = layout.separator * n_trailing
    if not n_trailing:
        return layout
    with layout.source.open_text() as handle:
        if not all(line.rstrip("\r\n").endswith(end) for line in handle if line.strip("\r\n")):
            return layout
    return replace(layout, n_trailing=n_trailing, notes=[*layout.notes, TRAILING_NOTE])


def render_rows(names: Sequence[str], rows: Iterator[list[str]]) -> bytes:
    """Return names and rows as text with commas and one line feed a row."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return text.getvalue().encode()
