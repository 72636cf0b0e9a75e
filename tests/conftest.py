"""Fixtures of all tests: search backends, thresholds, a stand-in for CuPy, Python in a fresh process; and hypothesis profiles."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

# Threads that spin while they wait make a small search 20 times slower on busy cores. OpenMP reads this when it is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import sklearn.neighbors  # noqa: F401  before faiss, which otherwise runs at half speed
from hypothesis import HealthCheck, settings
from support import fake_cupy
from support.optional import optional, program

from gpu_smotetomek.neighbors import projection
from gpu_smotetomek.resampling import candidate_links, class_agreement, edited_neighbors, tomek

# In the background of a shell, Python and its child processes ignore SIGINT, which some tests send.
signal.signal(signal.SIGINT, signal.default_int_handler)

BACKENDS = ["sklearn", "kdtree", "xp", "faiss-cpu"]
QUICK_PLACES = {
    "arrays",
    "containers",
    "contracts",
    "neighbors",
    "resampling",
    "samplers",
    "test_execution.py",
    "test_house_rules.py",
}
SLOW_FIXTURES = {
    "compiler",
    "cupy",
    "fresh_python",
    "thresholds",
}  # compile kernels, start Python, or run everything twice


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as quick the first case of each test in some folders, if it needs no slow fixture."""
    marked = set()
    for item in items:
        place = item.path.relative_to(Path(__file__).parent).parts if Path(__file__).parent in item.path.parents else ()
        name = item.nodeid.partition("[")[0]
        is_slow = not SLOW_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))
        if place and place[0] in QUICK_PLACES and name not in marked and not is_slow:
            marked.add(name)
            item.add_marker(pytest.mark.quick)


slow_machines = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
settings.register_profile("fast", max_examples=15, **slow_machines)
settings.register_profile("ci", max_examples=15, derandomize=True, **slow_machines)
settings.register_profile("thorough", max_examples=1000, **slow_machines)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if "CI" in os.environ else "fast"))


@pytest.fixture(scope="session", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """The name of each search backend that runs on a host."""
    if request.param == "faiss-cpu":
        optional("faiss")
    return request.param


@pytest.fixture(scope="module")
def little_work_space():
    """Accept any memory limit, so that small tables are worked on in many blocks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gpu_smotetomek.samplers.settings.MIN_MEMORY_LIMIT", 1)
        yield


@pytest.fixture
def small_tables_use_bounds():
    """Search small tables too along axes of their own, and clean them by lineage bounds, whatever the number of classes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(projection, "FIND_AXES_FROM_ROWS", 0)
        patch.setattr(tomek, "USE_LINEAGE_ABOVE_PAIRS", 0)
        patch.setattr(candidate_links, "LIST_PARENTS_ABOVE_PAIRS", -1)
        patch.setattr(tomek, "lineage_pays", lambda *_: True)
        patch.setattr(edited_neighbors, "compares_classes", lambda *_: True)
        for name, value in {
            "PARTS_OF_CLASS": 3,
            "SPLIT_CLASS_FROM_ROWS": 8,
            "SAMPLED_ROWS": 4,
            "LEAST_SHARE_KEPT": 0,
        }.items():
            patch.setattr(class_agreement, name, value)
        yield


@pytest.fixture(params=["shipped", "lowered"])
def thresholds(request: pytest.FixtureRequest) -> str:
    """Run the test twice: with the shipped thresholds, and with those of `small_tables_use_bounds`."""
    if request.param == "lowered":
        request.getfixturevalue("small_tables_use_bounds")
    return request.param


@pytest.fixture
def compiler():
    """Skip the test without g++, which compiles the CUDA kernels for the CPU."""
    program("g++")


@pytest.fixture
def cupy(compiler):
    """Replace CuPy by a stand-in during the test."""
    with fake_cupy.installed() as module:
        yield module


@pytest.fixture(scope="session")
def fresh_python():
    """Return a function that runs code in a new interpreter and returns its output; a failure shows the traceback."""
    import gpu_smotetomek

    package = str(Path(gpu_smotetomek.__file__).parents[1])

    def run(code: str, **variables: str) -> str:
        environment = {**os.environ, "PYTHONPATH": package, **variables}
        command = [sys.executable, "-P", "-c", code]  # -P: import nothing from the working directory
        result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        return result.stdout

    return run
