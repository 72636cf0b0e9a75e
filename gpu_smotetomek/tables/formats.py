"""File formats by suffix."""

from pathlib import Path

from gpu_smotetomek.tables.errors import UsageError

FORMATS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".feather": "feather",
    ".arrow": "feather",
    ".ipc": "feather",
    ".npz": "npz",
}


def detect_format(path: Path) -> str:
    """Return 'csv', 'parquet', 'feather' or 'npz' by the suffix of `path`; raise UsageError for any other suffix."""
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        problem = f"ends in {path.suffix!r}" if path.suffix else "has no suffix"
        raise UsageError(f"{str(path)!r} {problem}; name a file that ends in one of {', '.join(FORMATS)}") from None


def choose_separator(path: Path, separator: str | None) -> str:
    """Return the separator of a text table: `separator` if it is given, else a tab for .tsv and a comma for .csv."""
    return separator or ("\t" if path.suffix.lower() == ".tsv" else ",")
