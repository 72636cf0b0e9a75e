"""Fixtures that run a test once for each array library on the CPU, and once for each sparse class."""

from typing import Any

import pytest
from support import array_libraries


@pytest.fixture(params=array_libraries.LIBRARIES)
def convert(request: pytest.FixtureRequest) -> Any:
    """Convert a NumPy array to a library."""
    return array_libraries.LIBRARIES[request.param]


@pytest.fixture(params=array_libraries.SPARSE_CLASSES, ids=lambda sparse_class: sparse_class.__name__)
def sparse_class(request: pytest.FixtureRequest) -> Any:
    return request.param
