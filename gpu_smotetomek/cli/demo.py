"""`gpu-smotetomek demo`: balances a small table of a rare disease."""

from pathlib import Path

from gpu_smotetomek.cli.exit_codes import exit_on_error
from gpu_smotetomek.cli.interrupts import exit_when_interrupted
from gpu_smotetomek.cli.options import Debug

OUTPUT = Path("gpu-smotetomek-demo.csv")
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
        with exit_when_interrupted():
            from gpu_smotetomek.cli.rare_disease import balance_rare_disease  # loads the libraries

        balance_rare_disease(OUTPUT)
        print(NEXT_STEPS)
