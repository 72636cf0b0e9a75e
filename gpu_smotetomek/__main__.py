"""The command `gpu-smotetomek`, also `python -m gpu_smotetomek`."""

import io
import os
import signal
import sys
from contextlib import suppress

CLI_LIBRARIES = {"polars", "rich", "typer"}


def main() -> None:
    """Run the command line, or name the extra to install if its libraries are missing."""
    open_closed_streams()
    with suppress(ValueError):  # not the main thread
        signal.signal(
            signal.SIGINT, exit_at_once
        )  # libraries load for a second or two, and may swallow a KeyboardInterrupt
    try:
        from gpu_smotetomek.cli.app import run
    except ModuleNotFoundError as error:
        if error.name not in CLI_LIBRARIES:
            raise
        sys.exit(f'gpu-smotetomek: the command line needs {error.name}: pip install "gpu_smotetomek[cli]"')
    with suppress(ValueError):
        signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


def open_closed_streams() -> None:
    """Let output that nothing can receive vanish, and escape characters that the encoding of the output lacks."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the shell
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
        elif isinstance(stream := getattr(sys, name), io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def exit_at_once(*_: object) -> None:
    """End the process with the exit code of an interrupt; nothing has been done yet."""
    os.write(2, b"gpu-smotetomek: interrupted\n")
    os._exit(130)  # INTERRUPTED_CODE of cli/exit_codes.py, which may not be loaded yet


if __name__ == "__main__":
    main()
