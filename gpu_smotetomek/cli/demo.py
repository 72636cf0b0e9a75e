"""`gpu-smotetomek demo`: balances a small table of a rare disease."""

from pathlib import Path

import numpy as np
import polars as pl
from sklearn.datasets import load_breast_cancer

from gpu_smotetomek import SMOTETomek
from gpu_smotetomek.cli.exit_codes import exit_on_error
from gpu_smotetomek.cli.options import Debug
from gpu_smotetomek.cli.report import print_report, resample_sheet
from gpu_smotetomek.tables import Sheet, check_output, write

OUTPUT = Path("gpu-smotetomek-demo.csv")
MALIGNANT_ROWS = 19
"""Rows of the malignant class: 5 % of all rows, as in the screening for a rare disease."""

NEXT_STEPS = """
Next:
  gpu-smotetomek inspect YOUR.csv --target COLUMN
  gpu-smotetomek resample YOUR.csv --target COLUMN -o balanced.csv
In Python:
  from gpu_smotetomek import SMOTETomek
  X_balanced, y_balanced = SMOTETomek(random_state=0).fit_resample(X, y)"""


def demo(debug: Debug = False) -> None:
    """Balance a small medical table that comes with scikit-learn.

    Writes gpu-smotetomek-demo.csv in the current folder and replaces an existing one.

    \b
    Example:
      gpu-smotetomek demo
    """
    with exit_on_error(debug):
        check_output(OUTPUT, None, force=True)
        sheet = load_rare_disease()
        print(f"Breast cancer data: {len(sheet.labels)} rows, {sheet.X.shape[1]} features, 5 % malignant.")
        print("SMOTE adds malignant rows, then the benign row of each\nTomek link goes.\n")
        result, report = resample_sheet(SMOTETomek(random_state=0), sheet)
        print_report(report)
        write(result, OUTPUT, force=True)
        print(f"Wrote {OUTPUT}: {len(result.labels)} rows")
        print(NEXT_STEPS)


def load_rare_disease() -> Sheet:
    """Load all 357 benign rows and the first 19 malignant ones, in the order of the data set, unscaled."""
    data = load_breast_cancer()
    malignant = np.flatnonzero(data.target == 0)[:MALIGNANT_ROWS]
    rows = np.sort(np.append(malignant, np.flatnonzero(data.target == 1)))
    X = pl.DataFrame(data.data[rows], schema=list(map(str, data.feature_names)))
    y = pl.Series("diagnosis", data.target_names[data.target[rows]].tolist())
    return Sheet(X, y, position=X.width)
