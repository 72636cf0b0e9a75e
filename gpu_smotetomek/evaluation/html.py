"""A result of `stability` as HTML for a notebook, in the style of the reports of samplers."""

from __future__ import annotations

from html import escape

from gpu_smotetomek.evaluation.result import Stability
from gpu_smotetomek.evaluation.text import (
    Cells,
    describe_omitted,
    describe_scores,
    describe_shares,
    format_heading,
    tabulate_counts,
    tabulate_overlaps,
    tabulate_scores,
)
from gpu_smotetomek.samplers.reports.html import BOX_STYLE, format_html_section
from gpu_smotetomek.samplers.reports.sections import Section


def format_stability_html(result: Stability) -> str:
    """The tables of the text, each of which can be folded."""
    sections = [
        make_section("Counts", tabulate_counts(result)),
        make_section("Overlap", tabulate_overlaps(result), describe_shares(result)),
    ]
    if result.scores:
        sections.append(
            make_section(describe_scores(result), tabulate_scores(result), "; ".join(describe_omitted(result)))
        )
    parts = [f"<div>{escape(format_heading(result))}</div>"]
    parts += [format_html_section(section, is_open=True) for section in sections]
    return f'<div style="{BOX_STYLE}">\n' + "\n".join(parts) + "\n</div>"


def make_section(title: str, table: Cells, note: str = "") -> Section:
    """A table with the first column to the left."""
    heads, *rows = map(tuple, table)
    return Section(title, heads, rows, note, texts=heads[:1])
