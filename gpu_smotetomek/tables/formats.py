"""File formats by suffix."""

from pathlib import Path

from gpu_smotetomek.tables.errors import UsageError

FORMATS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".data": "csv",
    ".dat": "csv",
    ".parquet": "parquet",
    ".feather": "feather",
    ".arrow": "feather",
    ".ipc": "feather",
    ".npz": "npz",
    ".xlsx": "xlsx",
}
"""The format of each suffix. Text of any kind is 'csv'."""

FREE_FORM_SUFFIXES = (".txt", ".data", ".dat")
"""Text whose suffix does not give the separator."""

READ_ONLY_SUFFIXES = (*FREE_FORM_SUFFIXES, ".xlsx", ".zst")
"""Suffixes of files that are read and not written."""

COMPRESSIONS = {".gz": "gzip", ".bz2": "bzip2", ".zst": "zstd"}
"""Second suffixes of text tables, such as `.csv.gz`."""

STREAM_SUFFIX = ".csv"
"""The format of a stream without another one."""

OTHER_SUFFIXES = {
    **dict.fromkeys((".xls", ".xlsb", ".ods"), "save the sheet as .xlsx or as CSV"),
    **dict.fromkeys((".zip", ".7z", ".xz", ".tar", ".tgz"), "unpack it first"),
    **dict.fromkeys((".json", ".jsonl", ".ndjson"), "convert it with pandas.read_json(...).to_parquet('t.parquet')"),
    **dict.fromkeys((".pkl", ".pickle"), "convert it with pandas.read_pickle(...).to_parquet('t.parquet')"),
    ".dta": "convert it with pandas.read_stata(...).to_parquet('t.parquet')",
    ".sav": "convert it with pandas.read_spss(...).to_parquet('t.parquet')",
    ".sas7bdat": "convert it with pandas.read_sas(...).to_parquet('t.parquet')",
    **dict.fromkeys((".h5", ".hdf5"), "convert it with pandas.read_hdf(...).to_parquet('t.parquet')"),
    **dict.fromkeys((".rds", ".rda", ".rdata"), "write it in R with write.csv(table, 't.csv', row.names = FALSE)"),
    **dict.fromkeys((".svm", ".libsvm"), "convert it with sklearn.datasets.load_svmlight_file and numpy.savez"),
    ".arff": "convert it with scipy.io.arff.loadarff and pandas.DataFrame(...).to_parquet('t.parquet')",
    ".npy": "write X and y with numpy.savez('t.npz', X=X, y=y)",
}
"""How tables in other formats become readable."""


def list_suffixes(*, writes: bool = False) -> list[str]:
    """List the suffixes that are read, or written."""
    suffixes = [*FORMATS, *(f".csv{second}" for second in COMPRESSIONS)]
    return [suffix for suffix in suffixes if not (writes and suffix.endswith(READ_ONLY_SUFFIXES))]


def split_suffix(suffix: str) -> tuple[str, str]:
    """Return the suffix of the format and that of the compression, or an empty text.

    Examples
    --------
    >>> split_suffix(".csv.gz"), split_suffix(".parquet")
    (('.csv', '.gz'), ('.parquet', ''))
    """
    first, dot, second = suffix.removeprefix(".").partition(".")
    return f".{first}", dot + second


def is_known(suffix: str, *, writes: bool) -> bool:
    """Whether tables with a suffix are read, or written; text may be compressed."""
    first, second = split_suffix(suffix)
    kind = FORMATS.get(first)
    known = kind is not None and (not second or (kind == "csv" and second in COMPRESSIONS))
    return known and not (writes and suffix.endswith(READ_ONLY_SUFFIXES))


def is_stream(path: Path) -> bool:
    """Whether a path stands for standard input, standard output or an open file: '-', or one of the files of `/dev`."""
    return str(path) in ("-", "/dev/stdin", "/dev/stdout") or str(path).startswith(("/dev/fd/", "/proc/self/fd/"))


def find_own_suffix(path: Path, *, writes: bool) -> str | None:
    """Return the suffix of a path, in lower case, if it gives a format."""
    suffixes = [] if is_stream(path) else [suffix.lower() for suffix in path.suffixes[-2:]]
    return next((s for s in ("".join(suffixes), *suffixes[-1:]) if is_known(s, writes=writes)), None)


def find_suffix(path: Path, form: str | None = None, *, writes: bool = False) -> str:
    """Return the suffix, in lower case, that gives the format of a file.

    Parameters
    ----------
    path : Path
        The file; a stream has no suffix.
    form : str or None
        A suffix without its dot, such as `"csv.gz"`, for a path whose own suffix gives no format.
    writes : bool, default False
        Whether the file is written.

    Returns
    -------
    str

    Raises
    ------
    UsageError
        If neither the path nor `form` gives a format.
    """
    own = find_own_suffix(path, writes=writes)
    if own is not None:
        return own
    if form is not None:
        if is_known(f".{form}", writes=writes):
            return f".{form}"
        raise UsageError(f"no table is written as {form}; name an output, or give --format csv, tsv or parquet")
    if is_stream(path) or (not writes and path.is_fifo()):
        return STREAM_SUFFIX
    raise UsageError(describe_unknown_suffix(path, writes=writes))


def check_format_has_effect(form: str | None, *paths: Path) -> None:
    """Raise UsageError if a format is given and the suffix of each path gives one already.

    The first path is read, and a second one is written.
    """
    if form is None:
        return
    for path, writes in zip(paths, (False, True), strict=False):
        if find_own_suffix(path, writes=writes) is None:
            return
    names = " and ".join(repr(str(path)) for path in paths)
    raise UsageError(f"--format {form} has no effect: the suffix gives the format of {names}; leave it out")


def describe_unknown_suffix(path: Path, *, writes: bool) -> str:
    """Return the error for a suffix that gives no format, with what can be done instead."""
    last = path.suffix.lower()
    problem = f"ends in {path.suffix!r}" if path.suffix else "has no suffix"
    remedy = f"name a file that ends in one of {', '.join(list_suffixes(writes=writes))}"
    if not writes and last in OTHER_SUFFIXES:
        remedy = OTHER_SUFFIXES[last]
    elif not writes and last in COMPRESSIONS:
        remedy = f"only text is read compressed: name a file that ends in .csv{last}, or unpack it first"
    elif not writes:
        remedy += ", or give its format with --format"
    return f"{str(path)!r} {problem}; {remedy}"


def detect_format(path: Path, form: str | None = None, *, writes: bool = False) -> str:
    """Return 'csv', 'parquet', 'feather', 'npz' or 'xlsx'; raise UsageError where `find_suffix` does."""
    return FORMATS[split_suffix(find_suffix(path, form, writes=writes))[0]]


def choose_separator(suffix: str, separator: str | None) -> str:
    """Return the separator of a text table: `separator` if it is given, else a tab for .tsv and a comma for others."""
    return separator or ("\t" if split_suffix(suffix)[0] == ".tsv" else ",")
