"""Format the JSON of `python -m benchmarks quality` as Markdown tables."""

from typing import Any

from benchmarks.quality import THRESHOLD
from benchmarks.report import format_table

COLUMNS = {
    "average_precision": "average precision",
    "recall_at_precision": "recall at precision 0.5",
    "brier": "Brier score",
    "brier_corrected": "Brier score, corrected",
    "calibration_error": "calibration error",
    "calibration_error_corrected": "calibration error, corrected",
    "truth_error": "distance from the truth",
    "truth_error_corrected": "distance from the truth, corrected",
    "recall": "recall of alarms",
    "precision": "precision of alarms",
}
DECISIONS = ("recall", "precision")
PAGE_MEASURES = (
    "average_precision",
    "recall_at_precision",
    "brier",
    "truth_error",
    "truth_error_corrected",
    *DECISIONS,
)


def format_quality(results: dict[str, Any]) -> str:
    """Format heading, tables of data, and a table of figures for each table and model."""
    parts = [format_heading(results), format_data(results)]
    for table in results["tables"]:
        for model in list_values(results, "model"):
            parts.append(f"**{table['table']}, {model}**")
            parts.append(format_measures(results, table["table"], model))
    return "\n\n".join(parts) + "\n"


def format_heading(results: dict[str, Any]) -> str:
    """Format a paragraph on what was run and where."""
    env, settings = results["environment"], results["settings"]
    versions = ", ".join(f"{name} {env['versions'][name]}" for name in ("gpu_smotetomek", "numpy", "scikit-learn"))
    commit = f"commit {env['commit'][:12]}" if env["commit"] else "no commit"
    commit += " with uncommitted changes" if env["dirty"] else ""
    machine = f"{results['seconds']:.0f} s on {env['cores']} cores of {env['cpu']}, Python {env['python']}, {versions}"
    draws = f"{settings['n_draws']} draws of {settings['n_train']} training rows and {settings['n_test']} test rows of a law"
    sizes = f"{settings['n_folds']} folds, {settings['n_repeats']} times, of each table"
    return (
        f"Profile {results['profile']}, {env['date']}, {commit}; {machine}. {draws}; {sizes}. "
        "Mean ± standard deviation over the repetitions."
    )


def format_data(results: dict[str, Any]) -> str:
    """Format what the tables of data are."""
    body = [
        [
            row["table"],
            f"{row['rows']} × {row['features']}",
            f"{row['positive']} ({row['positive'] / row['rows']:.1%})",
            str(row["links"]),
        ]
        for row in results["tables"]
    ]
    return format_table(["table", "rows × features", "positive", "links after SMOTE"], body)


def format_measures(results: dict[str, Any], table: str, model: str, measures: tuple[str, ...] = tuple(COLUMNS)) -> str:
    """Format the figures of all treatments of one table and model, one row for each treatment."""
    rows = [row for row in results["rows"] if (row["table"], row["model"]) == (table, model)]
    names = [name for name in measures if name in rows[0]["mean"]]
    body = [[row["treatment"], *(format_value(row, name) for name in names)] for row in rows]
    return format_table(["treatment", *(COLUMNS[name] for name in names)], body)


def format_gains(results: dict[str, Any], measure: str, model: str) -> str:
    """Format the differences of a measure from no treatment, one column for each table, with their standard deviations."""
    tables = [row["table"] for row in results["tables"]]
    treatments = [name for name in list_values(results, "treatment") if name not in ("none", "the true probabilities")]
    if measure not in DECISIONS:
        treatments.remove(THRESHOLD)  # which changes neither ranks nor probabilities
    body = [["none", *(format_value(find_row(results, table, model, "none"), measure) for table in tables)]]
    body += [[name, *(format_gain(results, table, model, name, measure) for table in tables)] for name in treatments]
    return format_table([COLUMNS[measure], *tables], body)


def format_value(row: dict[str, Any], measure: str) -> str:
    """Format a mean and its standard deviation over the repetitions."""
    return f"{row['mean'][measure]:.3f} ± {row['sd'][measure]:.3f}"


def format_gain(results: dict[str, Any], table: str, model: str, treatment: str, measure: str) -> str:
    """Format the mean difference from no treatment, repetition by repetition, and its standard deviation."""
    values, plain = (find_row(results, table, model, name)["values"][measure] for name in (treatment, "none"))
    gains = [value - before for value, before in zip(values, plain, strict=True)]
    mean = sum(gains) / len(gains)
    sd = (sum((gain - mean) ** 2 for gain in gains) / (len(gains) - 1)) ** 0.5
    return f"{mean:+.3f} ± {sd:.3f}"


def find_row(results: dict[str, Any], table: str, model: str, treatment: str) -> dict[str, Any]:
    """Return the row of a table, a model and a treatment."""
    wanted = (table, model, treatment)
    return next(row for row in results["rows"] if (row["table"], row["model"], row["treatment"]) == wanted)


def list_values(results: dict[str, Any], column: str) -> list[str]:
    """Return the different values of a column, in the order of the rows."""
    return list(dict.fromkeys(row[column] for row in results["rows"]))


def list_page_tables(results: dict[str, Any]) -> list[str]:
    """Return the tables that docs/quality.md shows."""
    models = list_values(results, "model")
    of_patients = [format_measures(results, "patients", model, PAGE_MEASURES) for model in models]
    gains = [format_gains(results, measure, model) for model in models for measure in ("average_precision", "brier")]
    return [format_data(results), *of_patients, *gains]
