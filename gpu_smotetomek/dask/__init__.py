"""SMOTE, Tomek links and SMOTETomek for dask arrays and dask DataFrames, on the current client.

The rows of the largest class stay in their blocks; those of all other classes are held in memory by each worker. Links are found
in the call, rows are computed when the result is. The answers are those of one machine.
"""

from importlib import import_module

try:
    import_module("dask.base")
except ImportError as error:
    raise ImportError(
        "gpu_smotetomek.dask needs Dask, which is not installed: pip install 'dask[array,dataframe,distributed]'"
    ) from error

from gpu_smotetomek.dask.samplers import SMOTE, SMOTETomek, TomekLinks

__all__ = ["SMOTE", "SMOTETomek", "TomekLinks"]


def __dir__() -> list[str]:
    """Return the public names, for completion."""
    return sorted(__all__)
