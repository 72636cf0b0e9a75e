"""`gpu-smotetomek resample`: a table in, a balanced table out."""

import secrets
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from gpu_smotetomek import SMOTE, SMOTENC, SMOTETomek, TomekLinks
from gpu_smotetomek.cli.advice import NAMED_BY_NUMBERS
from gpu_smotetomek.cli.exit_codes import exit_on_error
from gpu_smotetomek.cli.options import (
    Categorical,
    Debug,
    Input,
    Json,
    NoHeader,
    Passthrough,
    Separator,
    TargetColumn,
)
from gpu_smotetomek.cli.provenance import check_provenance_file, make_provenance_table, mark_rows
from gpu_smotetomek.cli.report import print_report, resample_sheet
from gpu_smotetomek.cli.resample_checks import check_options, check_sheet, resolve_strategy
from gpu_smotetomek.cli.resample_options import (
    Fill,
    Jobs,
    Limit,
    Mark,
    Method,
    Neighbors,
    Output,
    PassthroughFill,
    ProvenanceFile,
    Remove,
    Removed,
    Seed,
    SmallClass,
    Strategy,
    TooFewRows,
)
from gpu_smotetomek.cli.terminal import print_json, print_line, print_stderr, print_warnings_as_notes
from gpu_smotetomek.resampling import Provenance
from gpu_smotetomek.tables import Sheet, check_output, detect_format, find_formulas, read, write


def resample(
    source: Input,
    output: Output,
    target: TargetColumn = None,
    no_header: NoHeader = False,
    separator: Separator = None,
    method: Annotated[Method, typer.Option(help="What to do.")] = Method.smotetomek,
    sampling_strategy: Strategy = "auto",
    k_neighbors: Neighbors = None,
    small_class: TooFewRows = None,
    remove: Removed = None,
    categorical: Categorical = None,
    passthrough: Passthrough = None,
    passthrough_fill: PassthroughFill = None,
    seed: Seed = None,
    backend: Annotated[
        str, typer.Option(metavar="NAME", help="Neighbour search; 'gpu-smotetomek doctor' lists them.")
    ] = "auto",
    device: Annotated[str, typer.Option(metavar="NAME", help="auto, cpu, cuda or cuda:N.")] = "auto",
    jobs: Jobs = None,
    memory_limit: Limit = None,
    provenance: ProvenanceFile = None,
    mark: Mark = None,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT, and FILE, if they exist.")] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Balance a table with SMOTE and remove Tomek links.

    Columns keep their order, names and dtypes. OUT appears only when it is complete.

    \b
    Example:
      gpu-smotetomek resample train.csv --target class -o balanced.parquet --seed 0
    """
    with exit_on_error(debug):
        given: dict[str, Any] = {"remove": remove, "seed": seed, "k_neighbors": k_neighbors, "jobs": jobs}
        given |= {"passthrough": passthrough, "passthrough_fill": passthrough_fill, "small_class": small_class}
        check_options(method, given, backend, device)
        check_output(output, source, force=force)
        check_provenance_file(provenance, source, output, force=force)
        roles = {"passthrough": passthrough, "categorical": categorical}
        sheet = read(source, target, header=not no_header, separator=separator, **roles)
        check_sheet(sheet, output, mark=mark, named=categorical not in (None, "auto"))
        resolved = resolve_strategy(sampling_strategy, sheet, method)
        drawn = seed is None and method is not Method.tomek
        seed = secrets.randbelow(2**32) if drawn else seed
        common: dict[str, Any] = {"backend": backend, "device": device, "memory_limit": memory_limit}
        common |= {"passthrough": sheet.passthrough or None}
        k, features = k_neighbors or 5, list(sheet.categorical) or None
        sampler = build_sampler(method, resolved, seed, k, remove or Remove.majority, jobs, features, common)
        set_options(sampler, passthrough_fill, small_class)
        with print_warnings_as_notes():
            result, report = resample_sheet(sampler, sheet)
        write_files(result, output, sampler.provenance_, provenance, mark, separator=separator, force=force)
        print_notes(result, output)
        if as_json:
            facts = {"input": str(source), "output": str(output), "method": method.value, "seed": seed}
            print_json(facts | asdict(report))
            return
        print_report(report)
        print_seed(seed, drawn=drawn)
        print_line(f"Wrote {output}: {len(result.labels):,} rows")
        if provenance is not None:
            print_line(f"Wrote {provenance}: where they come from, and {report.rows_removed:,} removed rows")


def print_seed(seed: int | None, *, drawn: bool) -> None:
    """Print the seed of a method that has one."""
    if seed is not None:
        print_line(f"Seed: {seed}" + (f" (drawn; --seed {seed} gives the same rows again)" if drawn else ""))


def write_files(
    result: Sheet, output: Path, origin: Provenance, provenance: Path | None, mark: str | None, **settings: Any
) -> None:
    """Write the output, with the column `mark`, and the table of the provenance: both, or none of them."""
    beside = {} if provenance is None else {provenance: make_provenance_table(origin)}
    write(result if mark is None else mark_rows(result, mark, origin), output, beside=beside, **settings)


def print_notes(result: Sheet, output: Path) -> None:
    """Print notes on names that may be data, on arrays left out, and on text that a spreadsheet would run."""
    if result.named_by_numbers:
        print_stderr(f"note: {NAMED_BY_NUMBERS[0].lower()}{NAMED_BY_NUMBERS[1:-1]}")
    if result.left_out:
        print_stderr(
            f"note: only X and y are resampled; {', '.join(result.left_out)} of the input is not in the output"
        )
    formulas = find_formulas(result) if detect_format(output) == "csv" else []
    if formulas:
        print_stderr(f"note: spreadsheets take {formulas[0]!r} for a formula; import {output} there as text")


def set_options(sampler: Any, fill: Fill | None, small_class: SmallClass | None) -> None:
    """Set the options that were given."""
    if fill is not None:
        sampler.set_params(passthrough_fill=fill.value)
    if small_class is not None:
        name = "small_class" if isinstance(sampler, SMOTE) else "smote__small_class"
        sampler.set_params(**{name: small_class.value})


def build_sampler(
    method: Method,
    strategy: Any,
    seed: int | None,
    k: int,
    remove: Remove,
    jobs: int | None,
    categorical: list[str] | None,
    common: dict[str, Any],
) -> Any:
    """Build the sampler that the options describe."""
    if method is Method.tomek:
        return TomekLinks(sampling_strategy=strategy, n_jobs=jobs, categorical_features=categorical, **common)
    own = {"sampling_strategy": strategy, "random_state": seed, "k_neighbors": k, "n_jobs": jobs, **common}
    if method is not Method.smote:
        del own["passthrough"]
    smote = SMOTE(**own) if categorical is None else SMOTENC(categorical, **own)
    return smote if method is Method.smote else SMOTETomek(smote=smote, remove=remove.value, n_jobs=jobs, **common)
