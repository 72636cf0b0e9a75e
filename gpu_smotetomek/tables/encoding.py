"""Checks that a file is text in UTF-8."""

from gpu_smotetomek.tables.errors import TableError
from gpu_smotetomek.tables.source import Source

PROBED_BYTES = 2**16
"""Bytes in which zeros show that a file is not text, and in which the end of a line is looked for."""

UTF16 = "is not UTF-8 text but UTF-16; save it as UTF-8 (a spreadsheet's 'CSV UTF-8')"
OTHER_FORMATS = {
    b"\xff\xfe": (UTF16, ""),
    b"\xfe\xff": (UTF16, ""),
    b"\x1f\x8b": ("is compressed by gzip; unpack it first, or", "csv.gz"),
    b"BZh": ("is compressed by bzip2; unpack it first, or", "csv.bz2"),
    b"\x28\xb5\x2f\xfd": ("is compressed by zstd; unpack it first, or", "csv.zst"),
    b"PAR1": ("is a Parquet file;", "parquet"),
    b"ARROW1": ("is a Feather file;", "feather"),
    b"PK\x03\x04": ("is a zip archive or a spreadsheet; unpack it, or", "xlsx"),
}
"""First bytes of other formats, the error for a file that starts with them despite its suffix, and the suffix that fits."""


def check_is_text(source: Source) -> str:
    """Return the character that ends lines; raise, with the format if it is known, for a file that is not text."""
    with source.open() as handle:
        beginning = handle.read(PROBED_BYTES)
    problem = next((found for start, found in OTHER_FORMATS.items() if beginning.startswith(start)), None)
    if problem is not None:
        text, form = problem
        way = f"name it .{form}" if source.content is None else f"add --format {form}"
        raise TableError(f"{source.name} {text} {way}" if form else f"{source.name} {text}")
    if b"\0" in beginning:
        raise TableError(
            f"{source.name} holds zero bytes, which no text in UTF-8 does; it is damaged, or save it as UTF-8"
        )
    return "\r" if b"\r" in beginning and b"\n" not in beginning else "\n"
