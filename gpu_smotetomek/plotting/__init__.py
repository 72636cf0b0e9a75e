"""Pictures of a resampling, on matplotlib: install the extra `plot`.

`plot_resampling` draws rows, synthetic rows, removed rows and links in a plane; `plot_counts` draws the rows of each class at
each step.
"""

from gpu_smotetomek.plotting.counts import plot_counts
from gpu_smotetomek.plotting.resampling import plot_resampling

__all__ = ["plot_counts", "plot_resampling"]


def __dir__() -> list[str]:
    """Return the public names, for completion."""
    return sorted(__all__)
