"""Calls under a limit on the address space, in processes of their own: the same bytes or one MemoryError, never a signal."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.optional import optional

import gpu_smotetomek

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the limit holds on Linux")

TIMEOUT_SECONDS = 120

# The limit is so many MiB above what the process uses after a small call, which loads the libraries.
SET_UP = """
import hashlib, resource, sys
from pathlib import Path
import numpy as np
from gpu_smotetomek import SMOTETomek, neighbors

backend = sys.argv[1]
X, y = np.random.default_rng(0).normal(size=(6000, 8)).astype("float32"), np.repeat([0, 1], [5000, 1000])

def search(backend, X, y):
    sampler = SMOTETomek(backend=backend, random_state=0)
    rows, labels = sampler.fit_resample(X, y)
    return hashlib.sha256(rows.tobytes() + labels.tobytes()).hexdigest(), sampler.tomek_.backend_

def limit(free):
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + int(free * 2**20),) * 2)
"""


def run_under_limit(code: str, *arguments: object) -> str:
    """Run the code in a process of its own; the output, of a process that ended without a signal or a traceback."""
    environment = os.environ | {"PYTHONPATH": str(Path(gpu_smotetomek.__file__).parents[1])}
    command = [sys.executable, "-c", SET_UP + code, *map(str, arguments)]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS
    )
    assert (done.stderr, done.returncode) == ("", 0), (arguments, done.stdout)
    return done.stdout


AUTO = """
from gpu_smotetomek.neighbors import SearchSelector

loaded, make = [], SearchSelector.make_search
SearchSelector.make_search = lambda *a, **k: (loaded.append("faiss" in sys.modules), make(*a, **k))[1]
search("kdtree", X[::10], y[::10])
limit(float(sys.argv[2]))
loaded.clear()
digest, name = search("auto", X, y)
print(set(loaded), neighbors.available()["faiss-cpu"] is None, digest == search("kdtree", X, y)[0])
"""


@pytest.mark.parametrize(
    ("free", "output"),
    [(800, "{True} True True\n"), (380, "{False} False True\n"), (280, "{False} False True\n")],
)
def test_faiss_is_loaded_before_the_first_search_of_a_call_or_not_at_all(free, output):
    optional("faiss")
    assert run_under_limit(AUTO, "auto", free) == output


NAMED = """
search("kdtree", X[::10], y[::10])
limit(200)
try:
    search("faiss-cpu", X, y)
except ImportError as error:
    print(error)
"""


def test_faiss_by_name_is_an_error_without_room():
    optional("faiss")

    message = run_under_limit(NAMED, "faiss-cpu")
    assert message.startswith("backend='faiss-cpu' cannot be used here. Loading FAISS takes up to 419,430,400 bytes")
    assert "raise the limit (ulimit -v)" in message


SWEEP = """
search(backend, X[::10], y[::10])
limit(float(sys.argv[2]))
try:
    print(*search(backend, X, y)[:1])
except MemoryError as error:
    print("MemoryError", error)
"""


@pytest.mark.parametrize("backend", ["kdtree", "xp", "faiss-cpu", "sklearn"])
def test_a_call_that_runs_out_of_address_space_ends_by_a_clean_error(backend):
    if backend == "faiss-cpu":
        optional("faiss")
    message = run_under_limit(SWEEP, backend, 60)
    assert message.startswith("MemoryError ")
    assert "bytes, and the libraries of a call may take 134,217,728 bytes" in message
    assert run_under_limit(SWEEP, backend, 200) == run_under_limit(SWEEP, backend, 2000)
