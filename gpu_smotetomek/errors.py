"""The package's own errors and warnings; bad values raise ValueError or TypeError, as in scikit-learn."""

import sys
import warnings
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


def warn_caller(message: str) -> None:
    """Issue a UserWarning that names the line outside this package from which the call came."""
    frame, level = sys._getframe(), 1
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(f"{__package__}."):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, UserWarning, stacklevel=level)
