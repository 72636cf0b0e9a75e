"""Which suffix means which format."""

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


def format_of(path: Path) -> str:
    """Format that the suffix of `path` names: 'csv', 'parquet', 'feather' or 'npz'; any other is UsageError."""
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        what = f"ends in {path.suffix!r}" if path.suffix else "has no suffix"
        msg = f"{str(path)!r} {what}; name a file that ends in one of {', '.join(FORMATS)}"
        raise UsageError(msg) from None


def separator_of(path: Path, separator: str | None) -> str:
    """What stands between two cells of a text table: as asked for, else a tab for .tsv and a comma for .csv."""
    return separator or ("\t" if path.suffix.lower() == ".tsv" else ",")
