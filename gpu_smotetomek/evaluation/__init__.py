"""How much resampling depends on its seed, and whether it helps an estimator."""

from gpu_smotetomek.evaluation.result import SeedCounts, Stability

__all__ = ["SeedCounts", "Stability"]


def __dir__() -> list[str]:
    """Return the public names, for completion."""
    return sorted(__all__)
