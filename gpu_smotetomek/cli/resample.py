"""`gpu-smotetomek resample`: a table in, a balanced table out."""

import re
import secrets
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from gpu_smotetomek import SMOTE, SMOTETomek, TomekLinks
from gpu_smotetomek.cli.advice import NAMED_BY_NUMBERS, on_text
from gpu_smotetomek.cli.exit_codes import failures
from gpu_smotetomek.cli.facts import stray_of, text_of
from gpu_smotetomek.cli.options import Debug, Input, Json, NoHeader, Separator, Target, n_bytes, strategy
from gpu_smotetomek.cli.report import counts_of, resampled, say_report
from gpu_smotetomek.cli.terminal import complain, say, say_json
from gpu_smotetomek.neighbors import available
from gpu_smotetomek.samplers.sampling_strategy import resolve_cleaning, resolve_oversampling
from gpu_smotetomek.tables import Sheet, TableError, UsageError, check_output, format_of, formulas, read, write
from gpu_smotetomek.tables.free_memory import refuse_too_many

SHOWN = 10  # columns in a message


class Method(StrEnum):
    """What is done."""

    smotetomek = "smotetomek"
    smote = "smote"
    tomek = "tomek"


class Remove(StrEnum):
    """Which end of a link goes."""

    majority = "majority"
    both = "both"


UNUSED = {
    Method.smotetomek: (),
    Method.smote: ("remove", "jobs"),
    Method.tomek: ("remove", "seed", "k_neighbors"),
}
"""Options that a method has no use for: refused, because silence would let the user believe in them."""

Output = Annotated[
    Path, typer.Option("--output", "-o", metavar="OUT", help="File to write; its suffix tells the format.")
]
Strategy = Annotated[
    str,
    typer.Option(
        metavar="TEXT", help="A word ('not majority', 'not minority', minority, all), a ratio, or CLASS=ROWS,..."
    ),
]
Neighbors = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="Neighbours that SMOTE interpolates to. [default: 5]")
]
Removed = Annotated[Remove | None, typer.Option(help="Which rows of a link smotetomek removes. [default: majority]")]
Seed = Annotated[
    int | None,
    typer.Option(metavar="N", min=0, max=2**32 - 1, help="Seed of SMOTE; drawn and reported where not given."),
]
Jobs = Annotated[int | None, typer.Option(metavar="N", help="Threads. [default: all cores]")]
Limit = Annotated[
    int | None, typer.Option(metavar="SIZE", parser=n_bytes, help="Work space, such as 500MB or 2GB. [default: 256MiB]")
]


def resample(
    source: Input,
    output: Output,
    target: Target = None,
    no_header: NoHeader = False,
    separator: Separator = None,
    method: Annotated[Method, typer.Option(help="What to do.")] = Method.smotetomek,
    sampling_strategy: Strategy = "auto",
    k_neighbors: Neighbors = None,
    remove: Removed = None,
    seed: Seed = None,
    backend: Annotated[
        str, typer.Option(metavar="NAME", help="Neighbour search; 'gpu-smotetomek doctor' lists them.")
    ] = "auto",
    device: Annotated[str, typer.Option(metavar="NAME", help="auto, cpu, cuda or cuda:N.")] = "auto",
    jobs: Jobs = None,
    memory_limit: Limit = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT if it exists.")] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Balance a table with SMOTE and remove Tomek links.

    Columns keep their order, names and dtypes. OUT appears only when it is complete.

    \b
    Example:
      gpu-smotetomek resample train.csv --target class -o balanced.parquet --seed 0
    """
    with failures(debug):
        given = {"remove": remove, "seed": seed, "k_neighbors": k_neighbors, "jobs": jobs}
        check_options(method, given, backend, device)
        check_output(output, source, force=force)
        sheet = read(source, target, header=not no_header, separator=separator)
        refuse_text(sheet)
        wanted = checked_strategy(sampling_strategy, sheet, method)
        drawn = seed is None and method is not Method.tomek
        seed = secrets.randbelow(2**32) if drawn else seed
        common = {"backend": backend, "device": device, "memory_limit": memory_limit}
        sampler = build(method, wanted, seed, k_neighbors or 5, remove or Remove.majority, jobs, common)
        result, report = resampled(sampler, sheet)
        write(result, output, separator=separator, force=force)
        note(result, output)
        if as_json:
            facts = {"input": str(source), "output": str(output), "method": method.value, "seed": seed}
            say_json(facts | report.as_dict())
            return
        say_report(report)
        if seed is not None:
            say(f"Seed: {seed}" + (f" (drawn; --seed {seed} gives the same rows again)" if drawn else ""))
        say(f"Wrote {output}: {len(result.labels):,} rows")


def check_options(method: Method, given: dict[str, Any], backend: str, device: str) -> None:
    """Refuse options that would do nothing, and values that no sampler knows."""
    for name in UNUSED[method]:
        if given[name] is not None:
            msg = f"--{name.replace('_', '-')} has no use with --method {method.value}; leave it out"
            raise UsageError(msg)
    if given["jobs"] == 0:
        msg = "--jobs 0 is no number of threads; give 1 or more, or -1 for all cores"
        raise UsageError(msg)
    if backend not in {"auto", *available()}:
        msg = f"no backend {backend!r}; there are auto, {', '.join(available())}"
        raise UsageError(msg)
    if not re.fullmatch(r"auto|cpu|cuda(:[0-9]+)?", device):
        msg = f"no device {device!r}; give auto, cpu, cuda, or cuda:N with the number of a GPU"
        raise UsageError(msg)


def refuse_text(sheet: Sheet) -> None:
    """Refuse columns that hold no numbers, and say what to do about the cells in them."""
    if text := text_of(sheet.features):
        more = f" and {len(text) - SHOWN} more" if len(text) > SHOWN else ""
        names = ", ".join(map(repr, list(text)[:SHOWN])) + more
        msg = f"features must be numbers. {' '.join(on_text(text, stray_of(sheet.features)))} The columns concerned: {names}."
        raise TableError(msg)


def checked_strategy(text: str, sheet: Sheet, method: Method) -> Any:
    """Read --sampling-strategy and hold it against the classes, before any work."""
    classes = counts_of(sheet)
    if len(classes) < 2:
        msg = f"column {sheet.target!r} holds one class only, {next(iter(classes))!r}; resampling needs two or more"
        raise TableError(msg)
    wanted = strategy(text, list(classes))
    if wanted == "auto" or (wanted, method) == ("larger", Method.tomek):
        return wanted
    try:
        (resolve_cleaning if method is Method.tomek else resolve_oversampling)(wanted, sheet.labels)
    except (ValueError, TypeError) as error:
        msg = f"--sampling-strategy {text!r}: {error}"
        raise UsageError(msg) from error
    if isinstance(wanted, dict):
        refuse_too_many(sum(wanted.values()), int(sheet.features.shape[1]))
    return wanted


def note(result: Sheet, output: Path) -> None:
    """Tell of what the output lacks, and of what a spreadsheet would do to it."""
    if result.named_by_numbers:
        complain(f"note: {NAMED_BY_NUMBERS[0].lower()}{NAMED_BY_NUMBERS[1:-1]}")
    if result.left_out:
        complain(f"note: only X and y are resampled; {', '.join(result.left_out)} of the input is not in the output")
    risky = formulas(result) if format_of(output) == "csv" else []
    if risky:
        complain(f"note: spreadsheets take {risky[0]!r} for a formula; import {output} there as text")


def build(
    method: Method, wanted: Any, seed: int | None, k: int, remove: Remove, jobs: int | None, common: dict[str, Any]
) -> Any:
    """The sampler that the options describe."""
    if method is Method.tomek:
        return TomekLinks(sampling_strategy=wanted, n_jobs=jobs, **common)
    smote = SMOTE(sampling_strategy=wanted, random_state=seed, k_neighbors=k, **common)
    if method is Method.smote:
        return smote
    return SMOTETomek(smote=smote, remove=remove.value, n_jobs=jobs, **common)
