"""Reports on a call of `fit_resample`, in numbers and words: as text, HTML and plain data.

`report.py` holds the numbers, `examination.py` those that need X and y again, `advice.py` the sentences and their thresholds,
`sections.py` the tables that `text.py` and `html.py` print.
"""

from gpu_smotetomek.samplers.reports.report import Report

__all__ = ["Report"]


def __dir__() -> list[str]:
    """Return the public names, for completion."""
    return sorted(__all__)
