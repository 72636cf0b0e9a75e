"""A report as HTML for a notebook: no script, no external resource, and the colours of the page around it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from gpu_smotetomek.samplers.reports.sections import Section, list_sections, summarize_call
from gpu_smotetomek.samplers.reports.text import EXAMINE_HINT

if TYPE_CHECKING:
    from gpu_smotetomek.samplers.reports.report import Report

LINE = "1px solid rgba(128, 128, 128, 0.5)"
"""Visible on light and dark pages."""
BOX_STYLE = (
    f"border: {LINE}; border-radius: 6px; padding: 0.6em 1em; margin: 0.4em 0; max-width: 72em; overflow-x: auto; "
    "font-family: sans-serif; font-size: 13px; line-height: 1.45; color: inherit; background: transparent"
)
TABLE_STYLE = "border-collapse: collapse; margin: 0.2em 0 0 0; font-size: inherit; color: inherit; border: none"
CELL_STYLE = (
    "padding: 0.15em 0.9em 0.15em 0; background: transparent; color: inherit; border: none; white-space: nowrap"
)
OPEN_SECTIONS = ("Rows", "Tomek links", "Synthetic rows")


def format_html(report: Report) -> str:
    """The whole report; tables on the search and on costs are folded."""
    name, _, rest = summarize_call(report).partition(":")
    parts = [f"<div><strong>{escape(name)}</strong>:{escape(rest)}</div>"]
    parts += [format_html_section(section, is_open=section.title in OPEN_SECTIONS) for section in list_sections(report)]
    parts.append(format_html_advice(report))
    return f'<div style="{BOX_STYLE}">\n' + "\n".join(parts) + "\n</div>"


def format_html_section(section: Section, *, is_open: bool) -> str:
    """A table that can be folded under its title."""
    head = format_html_row(section.heads, section, "th")
    rows = "\n".join(format_html_row(row, section, "td") for row in section.rows)
    note = f'<div style="opacity: 0.75">{escape(section.note)}</div>' if section.note else ""
    return (
        f'<details{" open" if is_open else ""} style="margin-top: 0.5em"><summary style="cursor: pointer; font-weight: 600">'
        f"{escape(section.title)}</summary>\n"
        f'<table style="{TABLE_STYLE}">\n<thead>{head}</thead><tbody>\n{rows}\n</tbody></table>{note}'
        "</details>"
    )


def format_html_row(cells: tuple[str, ...], section: Section, tag: str) -> str:
    """A row of a table."""
    made = []
    for column, cell in enumerate(cells):
        align = "left" if section.heads[column] in section.texts else "right"
        line = f"; border-bottom: {LINE}; font-weight: 600" if tag == "th" else ""
        made.append(f'<{tag} style="{CELL_STYLE}; text-align: {align}{line}">{escape(cell)}</{tag}>')
    return f'<tr style="background: transparent">{"".join(made)}</tr>'


def format_html_advice(report: Report) -> str:
    """The sentences of advice as a list, and how to get more."""
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in report.advice)
    body = f'<ul style="margin: 0.2em 0; padding-left: 1.4em">{items}</ul>' if items else "<div>none</div>"
    hint = f'<div style="opacity: 0.75">{escape(EXAMINE_HINT)}</div>' if report.may_examine else ""
    return f'<div style="margin-top: 0.5em"><span style="font-weight: 600">Advice</span>{body}{hint}</div>'
