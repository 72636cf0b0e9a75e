"""`gpu-smotetomek inspect`: what a table holds, and whether the method suits it."""

from gpu_smotetomek.cli.exit_codes import exit_on_error
from gpu_smotetomek.cli.interrupts import exit_when_interrupted
from gpu_smotetomek.cli.options import Debug, Input, Json, NoHeader, Separator, TargetColumn
from gpu_smotetomek.cli.reading_options import DecimalMark, Form, MissingAsClass, ThousandsMark


def inspect(
    source: Input,
    target: TargetColumn = None,
    no_header: NoHeader = False,
    separator: Separator = None,
    form: Form = None,
    decimal: DecimalMark = None,
    thousands: ThousandsMark = None,
    missing_as_class: MissingAsClass = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Show what a table holds, and what to correct.

    Also estimates the cost of resampling. Changes and writes nothing.

    \b
    Example:
      gpu-smotetomek inspect train.csv --target class
    """
    with exit_on_error(debug):
        with exit_when_interrupted():
            from gpu_smotetomek.cli.inspection import gather_reading_options, inspect_table  # loads the libraries

        reading = gather_reading_options(no_header, separator, form, decimal, thousands, missing_as_class)
        inspect_table(source, target, reading, as_json=as_json)
