"""A report as text for a terminal."""

from __future__ import annotations

import unicodedata
from textwrap import wrap
from typing import TYPE_CHECKING

from gpu_smotetomek.samplers.reports.sections import Section, list_sections, summarize_call

if TYPE_CHECKING:
    from gpu_smotetomek.samplers.reports.report import Report

TEXT_WIDTH = 100
EXAMINE_HINT = "report_.examine(X, y) also checks overlap, scales and kinds of columns."


def format_text(report: Report) -> str:
    """The whole report, in lines without trailing spaces."""
    parts = [summarize_call(report), *(format_section(section) for section in list_sections(report))]
    parts.append(format_advice(report))
    return "\n\n".join(parts)


def format_section(section: Section) -> str:
    """A table with aligned columns below its title."""
    rows = [section.heads, *section.rows]
    widths = [max(measure(row[column]) for row in rows) for column in range(len(section.heads))]
    lines = [section.title]
    for row in rows:
        cells = [
            pad(cell, width, is_left=head in section.texts)
            for head, cell, width in zip(section.heads, row, widths, strict=True)
        ]
        lines.append("  " + "  ".join(cells).rstrip())
    return "\n".join([*lines, *([f"  {section.note}"] if section.note else [])])


def format_advice(report: Report) -> str:
    """The sentences of advice, one a bullet, and how to get more."""
    lines = ["Advice"]
    for sentence in report.advice:
        lines += wrap(sentence, TEXT_WIDTH, initial_indent="  - ", subsequent_indent="    ", break_long_words=False)
    if not report.advice:
        lines.append("  none")
    if report.may_examine:
        lines.append(f"  {EXAMINE_HINT}")
    return "\n".join(lines)


def measure(text: str) -> int:
    """Columns of a terminal that a text takes."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else not unicodedata.combining(c) for c in text)


def pad(text: str, width: int, *, is_left: bool) -> str:
    """A text with spaces up to a width."""
    spaces = " " * (width - measure(text))
    return text + spaces if is_left else spaces + text
