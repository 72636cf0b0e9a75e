"""Tables in files: CSV, Parquet, Feather through polars alone, and NumPy's `.npz`.

A table is read into a `Sheet`, features and target apart, and written back with its columns in order.
"""

from gpu_smotetomek.tables.atomic import check_output
from gpu_smotetomek.tables.errors import TableError, UsageError
from gpu_smotetomek.tables.formats import FORMATS, format_of
from gpu_smotetomek.tables.reading import read
from gpu_smotetomek.tables.sheet import Sheet
from gpu_smotetomek.tables.writing import formulas, write

__all__ = ["FORMATS", "Sheet", "TableError", "UsageError", "check_output", "format_of", "formulas", "read", "write"]
