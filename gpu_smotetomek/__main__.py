"""The command `gpu-smotetomek`, also `python -m gpu_smotetomek`."""

import io
import os
import sys
from importlib.util import find_spec

from gpu_smotetomek.cli.interrupts import exit_when_interrupted

CLI_LIBRARIES = ("polars", "rich", "typer")


def main() -> None:
    """Run the command line, or name the extra to install if its libraries are missing."""
    open_closed_streams()
    with exit_when_interrupted():
        missing = [name for name in CLI_LIBRARIES if not can_import(name)]
        if missing:
            sys.exit(f'gpu-smotetomek: the command line needs {missing[0]}: pip install "gpu_smotetomek[cli]"')
        from gpu_smotetomek.cli.app import run
    run()


def can_import(name: str) -> bool:
    """Whether a library can be found; it is not loaded."""
    try:
        return find_spec(name) is not None
    except ValueError:  # None in sys.modules
        return False


def open_closed_streams() -> None:
    """Let output that nothing can receive vanish, and escape characters that the encoding of the output lacks."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the shell
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
        elif isinstance(stream := getattr(sys, name), io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    main()
