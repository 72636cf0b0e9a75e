"""Notes on what is unusual about a file, and how it was read: the same from `inspect` and `resample`."""

from gpu_smotetomek.tables import Sheet


def describe_notes(sheet: Sheet) -> list[str]:
    """Return the notes on a file as sentences."""
    return [f"{note[0].upper()}{note[1:]}." for note in sheet.notes]
