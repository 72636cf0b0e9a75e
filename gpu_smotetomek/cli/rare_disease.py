"""A small table of a rare disease, balanced for the demonstration."""

from pathlib import Path

import numpy as np
import polars as pl
from sklearn.datasets import load_breast_cancer

from gpu_smotetomek import SMOTETomek
from gpu_smotetomek.cli.report import print_report, resample_sheet
from gpu_smotetomek.tables import Sheet, check_output, write

MALIGNANT_ROWS = 19
"""Rows of the malignant class: 5 % of all rows, as in the screening for a rare disease."""


def balance_rare_disease(output: Path) -> None:
    """Balance the table, print the report, and write the result."""
    check_output(output, None, force=True)
    sheet = load_rare_disease()
    print(f"Breast cancer data: {len(sheet.labels)} rows, {sheet.X.shape[1]} features, 5 % malignant.")
    print("SMOTE adds malignant rows, then the benign row of each\nTomek link goes.\n")
    result, report = resample_sheet(SMOTETomek(random_state=0), sheet)
    print_report(report)
    write(result, output, force=True)
    print(f"Wrote {output}: {len(result.labels)} rows")


def load_rare_disease() -> Sheet:
    """Load all 357 benign rows and the first 19 malignant ones, in the order of the data set, unscaled."""
    data = load_breast_cancer()
    malignant = np.flatnonzero(data.target == 0)[:MALIGNANT_ROWS]
    rows = np.sort(np.append(malignant, np.flatnonzero(data.target == 1)))
    X = pl.DataFrame(data.data[rows], schema=list(map(str, data.feature_names)))
    y = pl.Series("diagnosis", data.target_names[data.target[rows]].tolist())
    return Sheet(X, y, position=X.width)
