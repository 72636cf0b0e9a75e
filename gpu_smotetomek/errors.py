"""The package's own errors and warnings; bad values raise ValueError or TypeError, as in scikit-learn."""

import sys
import warnings
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

MAX_NAMES_IN_MESSAGE = 10


class BackendUnavailable(ImportError):
    """A search backend requested by name cannot be used here; the message gives the reason and what to install."""


class DeviceUnavailable(RuntimeError):
    """A requested device is not available; the message gives the devices found and the remedy."""


class DominantFeatureWarning(UserWarning):
    """A feature without a scale makes up nearly all of the distances; `finding` says which, without the remedy."""

    def __init__(self, finding: str, remedy: str) -> None:
        super().__init__(finding, remedy)  # as they are, so that processes can exchange the warning
        self.finding = finding

    def __str__(self) -> str:
        return ": ".join(self.args)


def join_first(names: Sequence[str]) -> str:
    """Join the first names for a message, and count the others."""
    more = len(names) - MAX_NAMES_IN_MESSAGE
    return ", ".join(names[:MAX_NAMES_IN_MESSAGE]) + (f" and {more} more" if more > 0 else "")


def suggest(given: Any, known: Iterable[Any]) -> str:
    """Return a question that names the entry of `known` which is written most like `given`; empty text where none is near.

    Examples
    --------
    >>> suggest("minorty", ["minority", "all"])
    "did you mean 'minority'?"
    """
    entries, text = {str(entry).casefold(): entry for entry in known}, str(given).casefold()
    is_text = isinstance(given, str)
    longer = [entry for entry in entries if is_text and len(text) > 2 and entry.startswith(text)]
    close = get_close_matches(text, entries, n=1, cutoff=0.6 if is_text else 1.0)  # 1 is not nearly 10, and may be '1'
    return f"did you mean {entries[(longer + close)[0]]!r}?" if longer or close else ""


def warn_caller(message: str | UserWarning) -> None:
    """Issue a warning, a UserWarning where it is text, that names the line outside this package from which the call came."""
    frame, level = sys._getframe(), 1
    own = (f"{__package__}.", "contextlib")  # which runs the context managers of this package
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(own):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, None if isinstance(message, Warning) else UserWarning, stacklevel=level)
