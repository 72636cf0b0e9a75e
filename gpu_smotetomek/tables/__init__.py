"""Tables in files: CSV, Parquet and Feather through polars, and NumPy's `.npz`.

`read` returns a `Sheet`, which separates features and target; `write` restores the order of the columns.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gpu_smotetomek.tables.atomic import check_output
    from gpu_smotetomek.tables.errors import TableError, UsageError
    from gpu_smotetomek.tables.formats import FORMATS, detect_format
    from gpu_smotetomek.tables.reading import read
    from gpu_smotetomek.tables.sheet import Sheet
    from gpu_smotetomek.tables.writing import find_formulas, write

__all__ = [
    "FORMATS",
    "Sheet",
    "TableError",
    "UsageError",
    "check_output",
    "detect_format",
    "find_formulas",
    "read",
    "write",
]

_MODULE_OF = {
    "FORMATS": "formats",
    "Sheet": "sheet",
    "TableError": "errors",
    "UsageError": "errors",
    "check_output": "atomic",
    "detect_format": "formats",
    "find_formulas": "writing",
    "read": "reading",
    "write": "writing",
}


def __getattr__(name: str) -> Any:
    """Load a public name on first access: polars takes a quarter of a second to import."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    return globals()[name]
