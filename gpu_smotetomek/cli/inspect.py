"""`gpu-smotetomek inspect`: what a table holds, and whether the method suits it."""

import typer

from gpu_smotetomek.cli.column_options import ColumnOptions, Columns, Drop, Identifier, Impute
from gpu_smotetomek.cli.exit_codes import FAILED_CODE, exit_on_error
from gpu_smotetomek.cli.interrupts import exit_when_interrupted
from gpu_smotetomek.cli.options import Categorical, Debug, Input, Json, NoHeader, Passthrough, Separator, TargetColumn
from gpu_smotetomek.cli.reading_options import DecimalMark, Form, MissingAsClass, ThousandsMark, gather_reading_options
from gpu_smotetomek.cli.resample_options import FeatureScale


def inspect(
    source: Input,
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
    impute: Impute = None,
    scale: FeatureScale = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Show what a table holds, and what to correct.

    Also estimates the cost of resampling. Changes and writes nothing. The exit code is 1 if 'resample' would refuse the
    table with the same options.

    \b
    Example:
      gpu-smotetomek inspect train.csv --target class
    """
    with exit_on_error(debug):
        with exit_when_interrupted():
            from gpu_smotetomek.cli.inspection import inspect_file  # loads the libraries

        options = ColumnOptions(identifier, passthrough, categorical, drop, columns)
        corrections = {
            "--impute": None if impute is None else impute.value,
            "--scale": None if scale is None else scale.value,
        }
        reading = gather_reading_options(no_header, separator, form, decimal, thousands, missing_as_class)
        is_refused = inspect_file(source, target, options, corrections, reading, as_json=as_json)
    if is_refused:
        raise typer.Exit(FAILED_CODE)
