"""Contents of a table before it is resampled: classes, missing cells, columns that are no features as they are, and overlap.

`columns.py` reads the columns of any container, `findings.py` says what is wrong with one, `table.py` puts a table together,
and `advice.py` makes sentences of it, for Python and for the command line.
"""

from gpu_smotetomek.inspection.findings import Finding
from gpu_smotetomek.inspection.table import Inspection, inspect_table

__all__ = ["Finding", "Inspection", "inspect_table"]
