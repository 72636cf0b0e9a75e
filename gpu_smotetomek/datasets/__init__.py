"""Tables in files that are resampled block by block, so that they need not fit into memory.

1. `dataset.py` is what a table in files offers; `numpy_dataset.py` and `arrow_dataset.py` read arrays and columns.
2. `run_estimate.py` estimates memory and time, and refuses what does not fit.
3. `dataset_resampling.py` runs the stages of `gpu_smotetomek.blocks` over the blocks.
4. `scratch.py` keeps finished stages and parts, so that a run that was ended can be continued.
5. `numpy_sink.py` and `arrow_sink.py` write the result.
"""

from gpu_smotetomek.datasets.dataset_resampling import DatasetResult, resample_dataset

__all__ = ["DatasetResult", "resample_dataset"]


def __dir__() -> list[str]:
    """Return the public names, for completion."""
    return sorted(__all__)
