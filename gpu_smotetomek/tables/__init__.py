"""Tables in files: CSV, Parquet and Feather through polars, and NumPy's `.npz`.

`read` returns a `Sheet`, which separates features and target; `write` restores the order of the columns.
"""

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
