"""Types that the whole package shares."""

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = Any
"""An array of any library that follows the array API standard.

It is no Protocol: after a check of its kind, an array is used by the methods of its own library.
"""

Namespace: TypeAlias = Any
"""The module with the array API functions of an Array's library."""

Labels: TypeAlias = npt.NDArray[Any]
Integers: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]


class NeighborLists(NamedTuple):
    """One list of rows for each query.

    Attributes
    ----------
    sq_distances : array (m, k)
        Squared distances.
    indices : int64 array (m, k)
        Row numbers.
    """

    sq_distances: Array
    indices: Array
