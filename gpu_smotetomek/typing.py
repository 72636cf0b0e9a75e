"""Names for what travels through the package; aliases only."""

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = Any
"""An array of any library that speaks the array API standard."""

Namespace: TypeAlias = Any
"""The module that holds the functions of an Array."""

Labels: TypeAlias = npt.NDArray[Any]
Integers: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]


class NeighborLists(NamedTuple):
    """One list of rows for each query: squared distances (m, k) and the int64 numbers (m, k) of the rows."""

    sq_distances: Array
    indices: Array
