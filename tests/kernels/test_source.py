"""The text of the kernels: constants that Python sets, structs that match their declarations, and no access outside an array."""

import os
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from support import cuda_on_cpu
from support.cuda_on_cpu import run_every_kernel

from gpu_smotetomek import kernels
from gpu_smotetomek.arrays.cupy_kernels import ScaledMatrix
from gpu_smotetomek.kernels import constants
from gpu_smotetomek.neighbors.backends.cuda.backend import Search

TEXTS = {path.name: path.read_text() for path in files(kernels).iterdir() if path.name.endswith(".cu")}
SHARED = [name for name in vars(constants) if name.isupper()]


def test_every_file_belongs_to_a_module():
    assert set(TEXTS) == {file for group in kernels.SOURCES.values() for file in group}


@pytest.mark.parametrize("name", [*SHARED, "FEATURE_STEPS"])
def test_only_python_defines_a_shared_constant(name):
    assert any(re.search(rf"\b{name}\b", text) for text in TEXTS.values())
    for text in TEXTS.values():
        assert not re.search(rf"\b{name}\b\s*=[^=]|#define\s+{name}\b", text)
    defining = [module for module in kernels.MODULES if f"constexpr int {name} = " in kernels.source(module)]
    assert defining == [module for module in kernels.MODULES if name in SHARED or ":" in module]


def test_sizes_have_the_values_of_python():
    text = kernels.source("tensor_core_filter:3")
    assert f"constexpr int TILE_ROWS = {constants.TILE_ROWS};" in text
    assert "constexpr int FEATURE_STEPS = 3;" in text


@pytest.mark.parametrize(
    ("struct", "module", "kernel"),
    [(ScaledMatrix, "float64", "pair_sq_distances"), (Search, "search", "nearest_by_products")],
)
def test_structs_have_the_members_that_are_declared(compiler, struct, module, kernel):
    declared = cuda_on_cpu.kernel(kernels.source(module), kernel).parameters[0]
    assert [member.split(":")[0] for member in declared.strip("{}").split()[1:]] == list(struct._fields)


def run_sanitized(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Every kernel in a process of its own under the address sanitizer."""
    library = subprocess.run(["g++", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True)
    paths = os.pathsep.join([str(Path(__file__).parents[1]), str(Path(__file__).parents[2])])
    options = {"LD_PRELOAD": library.stdout.strip(), "ASAN_OPTIONS": "detect_leaks=0:detect_stack_use_after_return=0"}
    environment = {**os.environ, **options, "PYTHONPATH": paths, "PYTHONMALLOC": "malloc"}
    command = [sys.executable, str(Path(run_every_kernel.__file__)), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_no_kernel_leaves_its_arrays_and_an_overrun_is_reported(compiler):
    if not os.path.isabs(subprocess.check_output(["g++", "-print-file-name=libasan.so"], text=True).strip()):
        pytest.skip("g++ has no address sanitizer")
    done = run_sanitized("overrun")
    assert done.stdout.strip() == "clean", done.stderr
    assert "heap-buffer-overflow" in done.stderr
    assert "in pack_rows" in done.stderr
