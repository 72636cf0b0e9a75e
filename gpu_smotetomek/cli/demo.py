"""`gpu-smotetomek demo`: a rare disease, balanced before your eyes."""

from pathlib import Path

import numpy as np
import polars as pl
from sklearn.datasets import load_breast_cancer

from gpu_smotetomek import SMOTETomek
from gpu_smotetomek.cli.exit_codes import failures
from gpu_smotetomek.cli.options import Debug
from gpu_smotetomek.cli.report import resampled, say_report
from gpu_smotetomek.cli.terminal import say
from gpu_smotetomek.tables import Sheet, check_output, write

OUTPUT = Path("gpu-smotetomek-demo.csv")
RARE = 19
"""Malignant rows kept: 5 % of all, as in the screening of a rare disease."""


def demo(debug: Debug = False) -> None:
    """Balance a small medical table that comes with scikit-learn.

    Writes gpu-smotetomek-demo.csv in the current folder, in the place of one that is there.

    \b
    Example:
      gpu-smotetomek demo
    """
    with failures(debug):
        check_output(OUTPUT, None, force=True)
        sheet = rare_disease()
        say(f"Breast cancer data: {len(sheet.labels)} rows, {sheet.X.shape[1]} features, 5 % malignant.")
        say("SMOTE adds malignant rows, then the benign row of each")
        say("Tomek link goes.")
        say()
        result, report = resampled(SMOTETomek(random_state=0), sheet)
        say_report(report)
        write(result, OUTPUT, force=True)
        say(f"Wrote {OUTPUT}: {len(result.labels)} rows")
        say()
        say("Next:")
        say("  gpu-smotetomek inspect YOUR.csv --target COLUMN")
        say("  gpu-smotetomek resample YOUR.csv --target COLUMN -o balanced.csv")
        say("In Python:")
        say("  from gpu_smotetomek import SMOTETomek")
        say("  X_balanced, y_balanced = SMOTETomek(random_state=0).fit_resample(X, y)")


def rare_disease() -> Sheet:
    """All 357 benign rows and the first 19 malignant ones, in the order of the data set, unscaled."""
    data = load_breast_cancer()
    malignant = np.flatnonzero(data.target == 0)[:RARE]
    rows = np.sort(np.append(malignant, np.flatnonzero(data.target == 1)))
    X = pl.DataFrame(data.data[rows], schema=list(map(str, data.feature_names)))
    y = pl.Series("diagnosis", data.target_names[data.target[rows]].tolist())
    return Sheet(X, y, position=X.width)
