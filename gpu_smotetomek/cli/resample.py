"""`gpu-smotetomek resample`: a table in, a balanced table out."""

from typing import Annotated, Any

import typer

from gpu_smotetomek.cli.column_options import ColumnOptions, Columns, Drop, Identifier, Impute
from gpu_smotetomek.cli.command_progress import follow_command
from gpu_smotetomek.cli.exit_codes import exit_on_error
from gpu_smotetomek.cli.interrupts import exit_when_interrupted
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
from gpu_smotetomek.cli.reading_options import DecimalMark, Form, MissingAsClass, ThousandsMark, gather_reading_options
from gpu_smotetomek.cli.request import Request
from gpu_smotetomek.cli.resample_options import (
    BackendName,
    Cleaning,
    DryRun,
    FeatureScale,
    Jobs,
    Limit,
    LinkDefinition,
    Mark,
    Method,
    MinSamples,
    Neighbors,
    Output,
    PassthroughFill,
    Plot,
    ProvenanceFile,
    Quiet,
    Removed,
    Repeat,
    ScratchFolder,
    Seed,
    Strategy,
    TooFewRows,
    Verbose,
    check_options,
)
from gpu_smotetomek.cli.streams import leave_stdout_to


def resample(
    source: Input,
    output: Output,
    target: TargetColumn = None,
    no_header: NoHeader = False,
    separator: Separator = None,
    form: Form = None,
    decimal: DecimalMark = None,
    thousands: ThousandsMark = None,
    missing_as_class: MissingAsClass = False,
    identifier: Identifier = None,
    drop: Drop = None,
    columns: Columns = None,
    categorical: Categorical = None,
    passthrough: Passthrough = None,
    passthrough_fill: PassthroughFill = None,
    impute: Impute = None,
    method: Annotated[Method, typer.Option(help="What to do.")] = Method.smotetomek,
    sampling_strategy: Strategy = "auto",
    k_neighbors: Neighbors = None,
    small_class: TooFewRows = None,
    scale: FeatureScale = None,
    remove: Removed = None,
    clean: Cleaning = None,
    repeat: Repeat = False,
    min_samples: MinSamples = None,
    definition: LinkDefinition = None,
    seed: Seed = None,
    backend: BackendName = "auto",
    device: Annotated[str, typer.Option(metavar="NAME", help="auto, cpu, cuda or cuda:N.")] = "auto",
    jobs: Jobs = None,
    memory_limit: Limit = None,
    provenance: ProvenanceFile = None,
    mark: Mark = None,
    plot: Plot = None,
    scratch: ScratchFolder = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the files to write, if they exist.")] = False,
    dry_run: DryRun = False,
    quiet: Quiet = 0,
    verbose: Verbose = 0,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Balance a table with SMOTE and remove Tomek links.

    Columns keep their order, names and dtypes. OUT appears only when it is complete.

    \b
    Example:
      gpu-smotetomek resample train.csv --target class -o balanced.parquet --seed 0
    """
    with exit_on_error(debug), leave_stdout_to(output), follow_command(source, shows_bar=quiet <= verbose):
        given: dict[str, Any] = {
            "seed": seed,
            "k_neighbors": k_neighbors,
            "small_class": small_class,
            "scale": scale,
            "jobs": jobs,
            "passthrough": passthrough,
            "passthrough_fill": passthrough_fill,
            "remove": remove,
            "clean": clean,
            "repeat": repeat or None,
            "min_samples": min_samples,
            "definition": definition,
        }
        check_options(method, given, backend, device)
        request = Request(
            source=source,
            output=output,
            target=target,
            reading=gather_reading_options(no_header, separator, form, decimal, thousands, missing_as_class),
            columns=ColumnOptions(identifier, passthrough, categorical, drop, columns),
            impute=None if impute is None else impute.value,
            method=method,
            strategy=sampling_strategy,
            given=given,
            execution={"backend": backend, "device": device, "memory_limit": memory_limit},
            provenance=provenance,
            plot=plot,
            mark=mark,
            force=force,
            dry_run=dry_run,
            as_json=as_json,
            level=verbose - quiet,
            scratch=scratch,
        )
        # after the options, as the libraries take a second to load, which neither help nor a wrong option needs
        with exit_when_interrupted():
            from gpu_smotetomek.cli.resample_steps import run_request

        run_request(request)
