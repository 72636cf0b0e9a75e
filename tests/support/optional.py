"""Optional libraries and programs of the tests: missing ones skip, or fail where every one of them is promised to be there."""

import importlib
import os
import shutil
from types import ModuleType

import pytest

REQUIRED = "GPU_SMOTETOMEK_REQUIRE_OPTIONAL"


def optional(name: str) -> ModuleType:
    """The module `name`; without it the test is skipped, or fails where the environment variable REQUIRED is set."""
    try:
        return importlib.import_module(name)
    except ImportError:
        if os.environ.get(REQUIRED):
            raise
        pytest.skip(f"{name} is not installed", allow_module_level=True)


def program(name: str) -> str:
    """Where the program `name` is; without it as with a missing library."""
    found = shutil.which(name)
    if found is None:
        if os.environ.get(REQUIRED):
            raise FileNotFoundError(name)
        pytest.skip(f"{name} is not installed", allow_module_level=True)
    return found
