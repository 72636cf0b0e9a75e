"""The options of `gpu-smotetomek resample`, and which of them have no effect together."""

import re
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from gpu_smotetomek.cli.options import parse_rows, parse_size
from gpu_smotetomek.tables import UsageError


class Method(StrEnum):
    """The steps to run."""

    smotetomek = "smotetomek"
    smote = "smote"
    tomek = "tomek"


class Remove(StrEnum):
    """The rows of a link to remove."""

    majority = "majority"
    both = "both"


class Clean(StrEnum):
    """The place of the cleaning."""

    after = "after"
    before = "before"
    both = "both"


class Definition(StrEnum):
    """The pairs of rows that are links."""

    nearest_neighbours = "nearest-neighbours"
    nearest_enemies = "nearest-enemies"


class Fill(StrEnum):
    """The cells of synthetic rows in columns that only travel."""

    missing = "missing"
    base = "base"


class ScaleWord(StrEnum):
    """The scale of the features in distances."""

    none = "none"
    standard = "standard"
    robust = "robust"


class SmallClass(StrEnum):
    """The treatment of a class with too few rows."""

    error = "error"
    shrink = "shrink"
    skip = "skip"


UNUSED_OPTIONS = {
    Method.smotetomek: (),
    Method.smote: ("remove", "clean", "repeat", "min_samples", "definition"),
    Method.tomek: ("remove", "clean", "seed", "k_neighbors", "passthrough_fill", "small_class"),
}
"""Options without effect on a method. They are errors, since the user would rely on them."""

Output = Annotated[
    Path,
    typer.Option(
        "--output", "-o", metavar="OUT", help="File to write, whose suffix gives the format; - for standard output."
    ),
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
FeatureScale = Annotated[
    ScaleWord | None,
    typer.Option(
        help="Divide features by their standard deviation, or by their interquartile range, in distances only. "
        "[default: none]"
    ),
]
TooFewRows = Annotated[
    SmallClass | None,
    typer.Option(help="Of a class with too few rows: fail, use fewer neighbours, or leave it. [default: error]"),
]
Removed = Annotated[Remove | None, typer.Option(help="Which rows of a link smotetomek removes. [default: majority]")]
Cleaning = Annotated[Clean | None, typer.Option(help="Clean after over-sampling, before it, or both. [default: after]")]
Repeat = Annotated[bool, typer.Option("--repeat", help="Clean in passes, until a pass removes no row.")]
MinSamples = Annotated[
    str | None,
    typer.Option(
        metavar="N|CLASS=N,...",
        parser=parse_rows,
        help="Rows that cleaning leaves at least: to each class, or to those that are named.",
    ),
]
LinkDefinition = Annotated[
    Definition | None, typer.Option(help="Which pairs of rows are links. [default: nearest-neighbours]")
]
PassthroughFill = Annotated[
    Fill | None, typer.Option(help="Cells of synthetic rows there: empty, or those of the base row. [default: missing]")
]
Seed = Annotated[
    int | None,
    typer.Option(metavar="N", min=0, max=2**32 - 1, help="Seed of SMOTE; drawn and printed if not given."),
]
BackendName = Annotated[str, typer.Option(metavar="NAME", help="Neighbour search; 'gpu-smotetomek doctor' lists them.")]
Jobs = Annotated[int | None, typer.Option(metavar="N", help="Threads. [default: all cores]")]
Limit = Annotated[
    int | None,
    typer.Option(metavar="SIZE", parser=parse_size, help="Work space, such as 500MB or 2GB. [default: 256MiB]"),
]
ScratchFolder = Annotated[
    Path | None,
    typer.Option("--scratch", metavar="DIR", help="Where a run over blocks keeps what is done. [default: OUT.part]"),
]
ProvenanceFile = Annotated[
    Path | None,
    typer.Option(
        "--provenance", metavar="FILE", help="Table to write too: where each row comes from, and removed rows."
    ),
]
Mark = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="Column to add: whether a row is original, synthetic or a copy."),
]
Plot = Annotated[
    Path | None,
    typer.Option("--plot", metavar="FILE", help="Draw the rows and the links into FILE: .png, .svg or .pdf."),
]


DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run", help="Read and check everything, print the plan and the rows of each class; write nothing."
    ),
]
Quiet = Annotated[
    int,
    typer.Option(
        "--quiet", "-q", count=True, show_default=False, help="Print no report; twice: no warnings either, only errors."
    ),
]
Verbose = Annotated[
    int,
    typer.Option(
        "--verbose",
        "-v",
        count=True,
        show_default=False,
        help="Print the whole report; twice: also how long each phase takes.",
    ),
]


def check_options(method: Method, given: dict[str, Any], backend: str, device: str) -> None:
    """Raise for options without effect, and for values that no sampler accepts."""
    for name in UNUSED_OPTIONS[method]:
        if given[name] is not None:
            raise UsageError(f"--{name.replace('_', '-')} has no effect with --method {method.value}; leave it out")
    if given["passthrough_fill"] is not None and given["passthrough"] is None:
        raise UsageError("--passthrough-fill has no effect without --passthrough; leave it out")
    if given["repeat"] and given["definition"] is Definition.nearest_enemies and given["min_samples"] is None:
        raise UsageError(
            "--repeat with --definition nearest-enemies removes rows until a class is empty; give --min-samples"
        )
    if given["jobs"] == 0:
        raise UsageError("--jobs 0 is no number of threads; give 1 or more, or -1 for all cores")
    from gpu_smotetomek.neighbors import available

    if backend not in {"auto", *available()}:
        close = get_close_matches(backend.casefold().replace("_", "-"), ["auto", *available()], n=1)
        hint = f"did you mean {close[0]!r}? There" if close else "there"
        raise UsageError(f"no backend {backend!r}; {hint} are auto, {', '.join(available())}")
    if not re.fullmatch(r"auto|cpu|cuda(:[0-9]+)?", device):
        raise UsageError(f"no device {device!r}; give auto, cpu, cuda, or cuda:N with the number of a GPU")
