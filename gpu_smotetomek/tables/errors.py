"""Errors of files: of their content, or of the command line that names them."""


class TableError(ValueError):
    """The content of a file cannot be used; the message gives what was found and the remedy."""


class UsageError(ValueError):
    """The command line is wrong (a name, a suffix, a path)."""


class WriteError(OSError):
    """A file could not be written; the message names it."""
