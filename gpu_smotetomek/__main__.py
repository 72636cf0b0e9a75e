"""The command `gpu-smotetomek`, also `python -m gpu_smotetomek`."""

import sys

CLI_LIBRARIES = {"polars", "rich", "typer"}


def main() -> None:
    """Run the command line, or name the extra to install if its libraries are missing."""
    try:
        from gpu_smotetomek.cli.app import run
    except ModuleNotFoundError as error:
        if error.name not in CLI_LIBRARIES:
            raise
        sys.exit(f'gpu-smotetomek: the command line needs {error.name}: pip install "gpu_smotetomek[cli]"')
    except KeyboardInterrupt:  # the libraries take a second or two to load
        print("gpu-smotetomek: interrupted", file=sys.stderr)
        sys.exit(130)  # INTERRUPTED_CODE of cli/exit_codes.py, which may not be loaded yet
    run()


if __name__ == "__main__":
    main()
