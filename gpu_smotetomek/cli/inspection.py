"""The facts of a table and advice on it, printed."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from gpu_smotetomek.cli.advice import advise
from gpu_smotetomek.cli.facts import Facts, collect_facts
from gpu_smotetomek.cli.reading_notes import describe_notes, gather_reading_options
from gpu_smotetomek.cli.terminal import print_bullets, print_json, print_line, print_pairs, print_table
from gpu_smotetomek.tables import Sheet, read
from gpu_smotetomek.tables.formats import check_format_has_effect

__all__ = ["gather_reading_options", "inspect_table"]

MAX_ROWS_SHOWN = 10


def inspect_table(source: Path, target: str | None, reading: dict[str, Any], *, as_json: bool) -> None:
    """Read a table and print its facts and advice, as text or JSON."""
    check_format_has_effect(reading["form"], source)
    sheet = read(source, target, **reading)
    facts = collect_facts(sheet)
    if as_json:
        print_json({"input": str(source)} | to_dict(facts, sheet))
        return
    print_line(
        f"{source}: {facts.rows:,} rows, {facts.features} feature{'s' * (facts.features > 1)}, target {facts.target!r}"
    )
    print_table(["class", "rows", "share"], list_classes(facts), right=(1, 2))
    print_facts(facts)
    print_line()
    print_bullets([*describe_notes(sheet), *advise(facts)])


def to_dict(facts: Facts, sheet: Sheet) -> dict[str, Any]:
    """Convert facts and advice to plain data; classes become a list, since JSON converts keys to text."""
    classes = [{"label": label, "rows": rows} for label, rows in facts.classes.items()]
    return asdict(facts) | {
        "classes": classes,
        "imbalance_ratio": facts.ratio,
        "advice": [*describe_notes(sheet), *advise(facts)],
    }


def list_classes(facts: Facts) -> list[list[object]]:
    """Return the label, the rows and the share of each class, of the smallest ones if there are many."""
    smallest = sorted(facts.classes.items(), key=lambda item: item[1])[:MAX_ROWS_SHOWN]
    return [[str(label), rows, f"{rows / facts.rows:.1%}"] for label, rows in smallest]


def print_facts(facts: Facts) -> None:
    """Print the facts, one a line."""
    if len(facts.classes) > MAX_ROWS_SHOWN:
        print_line(f"and {len(facts.classes) - MAX_ROWS_SHOWN} more classes")
    lines = {
        "Imbalance:": f"1 : {facts.ratio:.1f}",
        "Missing:": join_columns(facts.missing),
        "Not numeric:": join_columns(facts.non_numeric),
        "Repeated:": f"{facts.repeated:,} rows",
    }
    if facts.overlap is not None:
        lines["Overlap:"] = f"{facts.overlap:.0%} of the smallest class have a row of another class nearest"
    if facts.plan:
        megabytes = facts.plan["workspace_bytes"] / 1e6
        lines["Work space:"] = f"{megabytes:,.1f} MB, {facts.plan['backend']} on {facts.plan['device']}"
    else:
        lines["Would fail:"] = facts.refusal or ""
    print_pairs(lines)


def join_columns(columns: dict[str, Any]) -> str:
    """Join the names of columns, each with what was found in it."""
    first = ", ".join(f"{name} ({fact})" for name, fact in list(columns.items())[:MAX_ROWS_SHOWN])
    return (first or "none") + (
        f" and {len(columns) - MAX_ROWS_SHOWN} more columns" if len(columns) > MAX_ROWS_SHOWN else ""
    )
