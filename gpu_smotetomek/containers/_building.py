"""Frames of pandas or polars, made of arrays."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np


def build_frame(columns: Mapping[str, "np.ndarray[Any, Any]"], library: str) -> Any:
    """Return a frame of pandas or polars with these columns.

    Parameters
    ----------
    columns : mapping from str to array (n,)
        Numbers, or objects that are text or None.
    library : {'pandas', 'polars'}

    Raises
    ------
    ValueError
        If the library is another one.
    ImportError
        If it is not installed.
    """
    if library not in ("pandas", "polars"):
        raise ValueError(f"library is {library!r}: give 'pandas' or 'polars'")
    try:
        frames = import_module(library)
    except ImportError as error:
        other = {"pandas": "polars", "polars": "pandas"}[library]
        raise ImportError(
            f"{library} cannot be imported ({error}): run pip install {library}, or give library={other!r}"
        ) from error
    text = [name for name, values in columns.items() if values.dtype == object]
    cells = {name: values.tolist() if name in text else values for name, values in columns.items()}
    if library == "pandas":
        return frames.DataFrame(cells).astype(dict.fromkeys(text, "string"))
    return frames.DataFrame(cells, schema_overrides=dict.fromkeys(text, frames.String))
