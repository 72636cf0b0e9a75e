"""Format the counts as Markdown: a table of all kinds of trials, and what each kind does."""

from typing import Any

from benchmarks import report
from benchmarks.reliability.collection import TRIALS


def format_reliability(results: dict[str, Any]) -> str:
    """Format the heading, the table, and one paragraph for each kind of trial."""
    parts = [report.format_heading(results), format_counts(results), format_kinds()]
    return "\n\n".join(parts) + "\n"


def format_counts(results: dict[str, Any]) -> str:
    """Format the table: trials, faults, and the number of each result."""
    body = [_format_row(row) for row in results["rows"]]
    return report.format_table(["trials", "package", "number", "faults", "results"], body)


def format_kinds() -> str:
    """Format what each kind of trial does, and what is right."""
    return "\n".join(f"- **{trial.name}**: {trial.about}" for trial in TRIALS)


def _format_row(row: dict[str, Any]) -> list[str]:
    faults = f"**{row['n_faults']}**" if row["n_faults"] else "0"
    results = ", ".join(f"{result} {n:,}" for result, n in sorted(row["outcomes"].items(), key=lambda pair: -pair[1]))
    if answer := row.get("answer_seconds"):
        times = [f"{seconds * 1000:,.0f} ms" for seconds in (answer["median"], answer["largest"])]
        results += f"; median answer after {times[0]}, longest {times[1]}"
    return [row["trial"], row["subject"], f"{row['n']:,}", faults, results]
