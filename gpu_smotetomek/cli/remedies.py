"""The options that correct a table, put together from its inspection."""

import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gpu_smotetomek.cli.column_options import ColumnOptions
from gpu_smotetomek.inspection import Finding
from gpu_smotetomek.tables.formats import COMPRESSIONS

OPTION_OF_KIND = {
    "id": "--id",
    **dict.fromkeys(("date", "time", "text"), "--passthrough"),
    "category": "--categorical",
    "constant": "--drop",
}
"""The option that corrects a column, of the findings that leave no choice."""
READING_OPTIONS = {"form": "--format", "decimal": "--decimal", "thousands": "--thousands"}
"""Options of how a file is read, by their names in `tables.read`."""


def collect_remedies(findings: Iterable[Finding], given: ColumnOptions | None = None) -> dict[str, str]:
    """The texts of the options that correct the findings, after what these options hold already, by option."""
    texts = {} if given is None else dict(given.named)
    for finding in findings:
        option = OPTION_OF_KIND.get(finding.kind)
        if option is not None:
            texts[option] = ",".join([*([texts[option]] if option in texts else []), str(finding.column)])
    return texts


def format_options(texts: dict[str, str]) -> str:
    """Options with their texts, as a shell reads them."""
    return " ".join(f"{option} {shlex.quote(text)}" for option, text in texts.items())


def format_command(
    source: Path,
    given: ColumnOptions,
    texts: dict[str, str],
    impute: str | None,
    target: str | None,
    reading: Mapping[str, Any],
) -> str:
    """The command that resamples a table with the texts of these options, as a shell reads it."""
    suffix = "".join(source.suffixes[-2:]) if source.suffix in COMPRESSIONS else source.suffix
    output = source.with_name(f"{source.name.removesuffix(suffix)}-balanced{suffix}")
    options = {"--target": target, "-o": str(output), "--separator": reading["separator"]}
    parts = [
        shlex.quote(str(source)),
        format_options({name: text for name, text in options.items() if text is not None}),
    ]
    parts += [] if reading["header"] else ["--no-header"]
    marks = {option: reading[name] for name, option in READING_OPTIONS.items()}
    marks |= {"--decimal": None} if reading["decimal"] == "." else {}
    parts += [format_options({option: text for option, text in marks.items() if text is not None})]
    parts += ["--missing-as-class"] if reading["missing_class"] else []
    others = {"--categorical": given.categorical, "--columns": given.columns, "--impute": impute}
    texts = {name: text for name, text in others.items() if text is not None} | texts
    return " ".join(filter(None, ["gpu-smotetomek resample", *parts, format_options(texts)]))
