"""The application: all commands and the options before them."""

from typing import Annotated

import typer
from typer.main import get_command

from gpu_smotetomek import __version__
from gpu_smotetomek.cli.demo import demo
from gpu_smotetomek.cli.doctor import doctor
from gpu_smotetomek.cli.exit_codes import CommandGroup
from gpu_smotetomek.cli.inspect import inspect
from gpu_smotetomek.cli.interrupts import exit_when_interrupted
from gpu_smotetomek.cli.resample import resample

NAME = "gpu-smotetomek"

app = typer.Typer(
    name=NAME,
    cls=CommandGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for command in (demo, inspect, resample, doctor):
    app.command()(command)


def print_version(requested: bool) -> None:
    """Print the version and exit."""
    if requested:
        print(NAME, __version__)
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - used by its callback
        bool, typer.Option("--version", help="Show the version and exit.", callback=print_version, is_eager=True)
    ] = False,
) -> None:
    """SMOTE and Tomek links for imbalanced tables: exact, fast, on CPU and GPU.

    \b
    Examples:
      gpu-smotetomek demo
      gpu-smotetomek inspect train.csv --target class
      gpu-smotetomek resample train.csv --target class -o balanced.csv
      gpu-smotetomek doctor
    """
    if context.invoked_subcommand is None:
        print(context.get_help())


def run() -> None:
    """Run the command line of this process."""
    with exit_when_interrupted():
        command = get_command(app)  # takes a while, as it looks at every option
    command(prog_name=NAME)
