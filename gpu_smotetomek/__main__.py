"""The command `gpu-smotetomek`, also `python -m gpu_smotetomek`."""

import sys

EXTRA = {"polars", "rich", "typer"}


def main() -> None:
    """Run the command line, or say what to install where its libraries are missing."""
    try:
        from gpu_smotetomek.cli.app import run
    except ModuleNotFoundError as error:
        if error.name not in EXTRA:
            raise
        sys.exit(f'gpu-smotetomek: the command line needs {error.name}: pip install "gpu_smotetomek[cli]"')
    except KeyboardInterrupt:  # while the libraries load, which takes a second or two
        print("gpu-smotetomek: interrupted", file=sys.stderr)
        sys.exit(130)  # as in cli/outcome.py, which may not be there yet
    run()


if __name__ == "__main__":
    main()
