"""The package's own errors; bad values raise ValueError or TypeError, as in scikit-learn."""

from collections.abc import Sequence

MAX_NAMES_IN_MESSAGE = 10


class BackendUnavailable(ImportError):
    """A search backend requested by name cannot be used here; the message gives the reason and what to install."""


class DeviceUnavailable(RuntimeError):
    """A requested device is not available; the message gives the devices found and the remedy."""


def join_first(names: Sequence[str]) -> str:
    """Join the first names for a message, and count the others."""
    more = len(names) - MAX_NAMES_IN_MESSAGE
    return ", ".join(names[:MAX_NAMES_IN_MESSAGE]) + (f" and {more} more" if more > 0 else "")
