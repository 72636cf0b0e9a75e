"""How a command ends: 0 done, 1 the data or the work failed, 2 wrong usage, 130 interrupted."""

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from polars.exceptions import PanicException
from sklearn.utils._param_validation import InvalidParameterError
from typer.core import TyperGroup

from gpu_smotetomek.cli.terminal import complain
from gpu_smotetomek.tables import UsageError

FAILED, WRONG, INTERRUPTED = 1, 2, 130

ParserError: type[Any] = typer.BadParameter.__mro__[1]
"""What a wrong command line raises; typer has exported it from different places, and its subclass from one."""

PLAIN = (ValueError, TypeError, OSError, ImportError, RuntimeError)
"""Errors whose text was written for the user; of any other the type is told too."""


@contextmanager
def failures(debug: bool) -> Iterator[None]:
    """Turn whatever the command inside raises into one line on stderr and an exit code.

    Parameters
    ----------
    debug : bool
        Whether the traceback is shown too.

    Raises
    ------
    typer.Exit
        With the code of the error.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        raise  # who read our answer has left: typer ends quietly
    except KeyboardInterrupt:
        complain("interrupted")
        raise typer.Exit(INTERRUPTED) from None
    except MemoryError as error:
        told = str(error)
        unsaid = not told or told.startswith("Unable to allocate")  # NumPy's own words say nothing to do
        text = "out of memory; lower --memory-limit, or take fewer rows" if unsaid else told
        raise ended(text, FAILED, debug) from error
    except (UsageError, InvalidParameterError) as error:
        raise ended(str(error), WRONG, debug) from error
    except PLAIN as error:
        raise ended(str(error) or type(error).__name__, FAILED, debug) from error
    except (Exception, PanicException) as error:
        text = f"{type(error).__name__}: {error}" + ("" if debug else "; add --debug to see where")
        raise ended(text, FAILED, debug) from error


def ended(text: str, code: int, debug: bool) -> typer.Exit:
    """Say why, and give what ends the process."""
    if debug:
        traceback.print_exc()
    complain(text)
    return typer.Exit(code)


class Commands(TyperGroup):
    """A group of commands that says in one line what is wrong with a command line."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run one command and leave with its exit code."""
        extra["standalone_mode"] = False
        try:
            code = super().main(*args, **extra)
        except ParserError as error:
            path = error.ctx.command_path if error.ctx else self.name
            text = error.format_message().replace("Value error, ", "").rstrip(".")
            complain(f"{text}{' See' if text.endswith('?') else '; see'} {path} --help")
            code = WRONG
        except (KeyboardInterrupt, typer.Abort):
            complain("interrupted")
            code = INTERRUPTED
        raise SystemExit(code or 0)
