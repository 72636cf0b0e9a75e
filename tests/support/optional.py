"""Optional libraries and programs: a test that needs a missing one is skipped, or fails where all of them are required."""

import importlib
import os
import shutil
from types import ModuleType

import pytest

REQUIRED = "GPU_SMOTETOMEK_REQUIRE_OPTIONAL"


def optional(name: str) -> ModuleType:
    """Import the module `name`; without it skip the test, or fail if the environment variable REQUIRED is set."""
    try:
        return importlib.import_module(name)
    except ImportError:
        if os.environ.get(REQUIRED):
            raise
        pytest.skip(f"{name} is not installed", allow_module_level=True)


def program(name: str) -> str:
    """Path of the program `name`; without it skip the test or fail, as `optional` does."""
    path = shutil.which(name)
    if path is None:
        if os.environ.get(REQUIRED):
            raise FileNotFoundError(name)
        pytest.skip(f"{name} is not installed", allow_module_level=True)
    return path
