"""What can be wrong with a file, told apart by who can mend it."""


class TableError(ValueError):
    """The content of a file cannot be used; the message says what was found and what to do."""


class UsageError(ValueError):
    """What was asked for does not fit (a name, a suffix, a path); another command line mends it."""
