"""An inspection as text."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Any

from gpu_smotetomek.samplers.reports.text import TEXT_WIDTH, measure, pad

if TYPE_CHECKING:
    from gpu_smotetomek.inspection.table import Inspection

MAX_LINES_SHOWN = 10
MAX_CELL_LENGTH = 30


def format_inspection(inspection: Inspection) -> str:
    """The whole inspection, in lines without trailing spaces."""
    features = f"{inspection.n_features} feature{'s' * (inspection.n_features != 1)}"
    rows = [("class", "rows", "share"), *list_classes(inspection)]
    widths = [max(measure(row[j]) for row in rows) for j in range(3)]
    lines = [f"{inspection.n_rows:,} rows, {features}"]
    lines += ["  ".join(pad(row[j], widths[j], is_left=j == 0) for j in range(3)) for row in rows]
    facts = list_facts(inspection)
    width = max(map(len, facts))
    lines += [f"{name:<{width}}  {value}".rstrip() for name, value in facts.items()]
    lines.append("")
    for sentence in inspection.advice:
        lines += wrap(sentence, TEXT_WIDTH, initial_indent="- ", subsequent_indent="  ", break_long_words=False)
    return "\n".join(lines)


def list_classes(inspection: Inspection) -> list[tuple[str, str, str]]:
    """The label, the rows and the share of each class, of the smallest ones if there are many."""
    smallest = sorted(inspection.classes.items(), key=lambda item: item[1])[:MAX_LINES_SHOWN]
    return [(str(label), f"{rows:,}", f"{rows / inspection.n_rows:.1%}") for label, rows in smallest]


def list_facts(inspection: Inspection) -> dict[str, str]:
    """The facts of an inspection beside its classes, each with its title."""
    n_more = len(inspection.classes) - MAX_LINES_SHOWN
    lines = {"More:": f"{n_more:,} larger classes"} if n_more > 0 else {}
    lines |= {
        "Imbalance:": f"1 : {inspection.imbalance_ratio:.1f}",
        "Missing:": join_columns(inspection.missing),
        "Not numeric:": join_columns(inspection.non_numeric),
        "Repeated:": f"{inspection.repeated:,} rows",
    }
    without = f", without {join_names(inspection.left_out)}" if inspection.left_out else ""
    if inspection.overlap is not None:
        lines["Overlap:"] = (
            f"{inspection.overlap:.0%} of the smallest class have a row of another class nearest{without}"
        )
    examination = inspection.examination
    if examination is not None and examination.dominant_share is not None:
        share = f"{examination.dominant_share:.0%} of the squared distances between {examination.compared}"
        lines["Widest:"] = f"{examination.dominant_feature!r} makes up {share}{without}"
    if inspection.plan is not None:
        megabytes = inspection.plan.workspace_bytes / 1e6
        lines["Work space:"] = f"{megabytes:,.1f} MB, {inspection.plan.backend} on {inspection.plan.device}"
    else:
        lines["Would fail:"] = inspection.refusal or ""
    return lines


def join_columns(columns: dict[Any, Any]) -> str:
    """Join the names of columns, each with what was found in it."""
    shown = [f"{name} ({shorten_cell(str(fact))})" for name, fact in columns.items()]
    return join_shown(shown) or "none"


def join_names(names: Any) -> str:
    """Join the names of columns."""
    return join_shown([repr(str(name)) for name in names])


def join_shown(texts: list[str]) -> str:
    """Join the first texts, and count the others."""
    more = len(texts) - MAX_LINES_SHOWN
    return ", ".join(texts[:MAX_LINES_SHOWN]) + (f" and {more} more columns" if more > 0 else "")


def shorten_cell(text: str) -> str:
    """The beginning of a cell, as text of at most thirty characters."""
    return text if len(text) <= MAX_CELL_LENGTH else f"{text[: MAX_CELL_LENGTH - 3]}..."
