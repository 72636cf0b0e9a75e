"""Errors that are the package's own; bad values raise ValueError or TypeError as scikit-learn's do."""


class BackendUnavailable(ImportError):
    """A search backend that was asked for by name cannot be used here; the message says why and what to install."""


class DeviceUnavailable(RuntimeError):
    """A device that was asked for is not there; the message says what was found and what to do."""
