"""Names for what travels through the package; aliases only."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = Any
"""An array of any library that speaks the array API standard."""

Namespace: TypeAlias = Any
"""The module that holds the functions of an Array."""

Labels: TypeAlias = npt.NDArray[Any]
Integers: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
