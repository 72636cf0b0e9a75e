"""Exit codes: 0 done, 1 the data or the work failed, 2 wrong usage, 130 interrupted."""

import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup

from gpu_smotetomek.cli.interrupts import INTERRUPTED_CODE
from gpu_smotetomek.cli.terminal import print_stderr
from gpu_smotetomek.tables import UsageError

FAILED_CODE, WRONG_USAGE_CODE = 1, 2

ParserError: type[Any] = typer.BadParameter.__mro__[1]
"""The base class of errors of the command line; versions of typer export it from different modules, its subclass from one."""

EXPLAINED_ERRORS = (ValueError, TypeError, OSError, ImportError, RuntimeError)
"""Errors whose text is written for the user; for any other error the type is printed too."""

POSSIBLE_OPTIONS = re.compile(
    r" (?:\(')?\(Possible options: ([^)]*)\)(?:',\))?"
)  # the outer marks are those of typer 0.26
"""How some versions of typer suggest options."""

INVALID_PARAMETER, POLARS_PANIC = "InvalidParameterError", "PanicException"
"""Names of errors of scikit-learn and polars, which are not imported here: that takes a second."""


@contextmanager
def exit_on_error(debug: bool) -> Iterator[None]:
    """Convert any error of the command into one line on stderr and an exit code.

    Parameters
    ----------
    debug : bool
        Whether to print the traceback too.

    Raises
    ------
    typer.Exit
        With the code of the error.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        raise  # the reader of our output has closed it: typer exits without a message
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED_CODE) from None
    except MemoryError as error:
        text = str(error)
        if not text or text.startswith("Unable to allocate"):  # NumPy's message names no remedy
            text = "out of memory; lower --memory-limit, or take fewer rows"
        raise report_error(text, FAILED_CODE, debug) from error
    except EXPLAINED_ERRORS as error:
        is_usage = isinstance(error, UsageError) or type(error).__name__ == INVALID_PARAMETER
        raise report_error(
            str(error) or type(error).__name__, WRONG_USAGE_CODE if is_usage else FAILED_CODE, debug
        ) from error
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != POLARS_PANIC:
            raise
        text = f"{type(error).__name__}: {error}" + ("" if debug else "; add --debug to see where")
        raise report_error(text, FAILED_CODE, debug) from error


def report_error(text: str, code: int, debug: bool) -> typer.Exit:
    """Print an error, and return the exception that exits with `code`."""
    if debug:
        traceback.print_exc()
    print_stderr(text)
    return typer.Exit(code)


class CommandGroup(TyperGroup):
    """A group of commands that explains a wrong command line in one line."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run one command and exit with its code."""
        extra["standalone_mode"] = False
        try:
            code = super().main(*args, **extra)
        except ParserError as error:
            path = error.ctx.command_path if error.ctx else self.name
            text = error.format_message().replace("Value error, ", "").rstrip(".")
            text = POSSIBLE_OPTIONS.sub(r". Did you mean \1?", text)
            print_stderr(f"{text}{' See' if text.endswith('?') else '; see'} {path} --help")
            code = WRONG_USAGE_CODE
        except (KeyboardInterrupt, typer.Abort):
            code = INTERRUPTED_CODE
        if code == INTERRUPTED_CODE:  # typer, too, gives this code for an interrupt
            print_stderr("interrupted")
        raise SystemExit(code or 0)
