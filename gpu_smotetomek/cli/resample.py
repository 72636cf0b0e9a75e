"""`gpu-smotetomek resample`: a table in, a balanced table out."""

import secrets
from typing import Annotated, Any

import typer

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
from gpu_smotetomek.cli.reading_options import DecimalMark, Form, MissingAsClass, ThousandsMark
from gpu_smotetomek.cli.resample_options import (
    Cleaning,
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
    Removed,
    Repeat,
    Seed,
    Strategy,
    TooFewRows,
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
    method: Annotated[Method, typer.Option(help="What to do.")] = Method.smotetomek,
    sampling_strategy: Strategy = "auto",
    k_neighbors: Neighbors = None,
    small_class: TooFewRows = None,
    remove: Removed = None,
    clean: Cleaning = None,
    repeat: Repeat = False,
    min_samples: MinSamples = None,
    definition: LinkDefinition = None,
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
    plot: Plot = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the files to write, if they exist.")] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Balance a table with SMOTE and remove Tomek links.

    Columns keep their order, names and dtypes. OUT appears only when it is complete.

    \b
    Example:
      gpu-smotetomek resample train.csv --target class -o balanced.parquet --seed 0
    """
    with exit_on_error(debug), leave_stdout_to(output):
        given: dict[str, Any] = {
            "seed": seed,
            "k_neighbors": k_neighbors,
            "small_class": small_class,
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
        # after that, as the libraries take a second to load, which neither help nor a wrong option needs
        with exit_when_interrupted():
            from gpu_smotetomek.cli import resample_steps as steps

        steps.check_files(output, provenance, source, force=force, form=form)
        steps.check_plot(plot, force=force)
        reading = steps.gather_reading_options(no_header, separator, form, decimal, thousands, missing_as_class)
        sheet = steps.read_with_notes(source, target, passthrough=passthrough, categorical=categorical, **reading)
        steps.check_numeric(sheet, named=categorical not in (None, "auto"))
        steps.check_format_holds(sheet, output, mark, plot, form)
        resolved = steps.resolve_strategy(sampling_strategy, sheet, method)
        drawn = seed is None and method is not Method.tomek
        seed = secrets.randbelow(2**32) if drawn else seed
        travelling, features = sheet.passthrough or None, list(sheet.categorical) or None
        common = {"backend": backend, "device": device, "memory_limit": memory_limit, "passthrough": travelling}
        sampler = steps.build_sampler(method, resolved, seed, k_neighbors or 5, jobs, features, common)
        steps.set_options(sampler, given)
        with steps.print_warnings_as_notes():
            result, report = steps.resample_sheet(sampler, sheet)
        steps.write_files(
            result, output, sampler.provenance_, provenance, mark, separator=separator, form=form, force=force
        )
        steps.write_plot(plot, sampler, sheet, result, force=force)
        steps.print_notes(result, output, form)
        if as_json:
            steps.print_json(
                steps.name_files(input=source, output=output, provenance=provenance, plot=plot)
                | {"method": method.value, "seed": seed}
                | report.to_dict()
            )
            return
        steps.print_report(report, cleans_first=clean == "before")
        steps.print_seed(seed, drawn=drawn)
        steps.print_line(f"Wrote {output}: {len(result.labels):,} rows")
        steps.print_files(provenance, plot, sampler)
