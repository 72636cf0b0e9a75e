"""A process that is forked while a thread searches can search itself; process-wide settings are those of before."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.optional import optional

import gpu_smotetomek

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

PROGRAM = """
import os, sys, threading, time
import numpy as np
from threadpoolctl import threadpool_info
from gpu_smotetomek import TomekLinks
X, y = np.random.default_rng(0).normal(size=(8000, 25)), np.repeat([0, 1], [6000, 2000])
some = slice(None, None, 10)
backend = sys.argv[1]
pools = lambda: sorted((pool["filepath"], pool["num_threads"]) for pool in threadpool_info())
links = TomekLinks(backend=backend)
links.fit_resample(X[some], y[some])
expected, before, stop = links.links_.copy(), pools(), threading.Event()

def search():
    while not stop.is_set():
        TomekLinks(backend=backend).fit_resample(X, y)

thread = threading.Thread(target=search)
thread.start()
codes = []
for _ in range(3):
    time.sleep(0.11)
    child = os.fork()
    if not child:
        restored = pools() == before
        cleaner = TomekLinks(backend=backend)
        cleaner.fit_resample(X[some], y[some])
        os._exit(0 if restored and pools() == before and np.array_equal(cleaner.links_, expected) else 1)
    for _ in range(600):
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        time.sleep(0.1)
    else:
        os.kill(child, 9)
        os.waitpid(child, 0)
        status = "hangs"
    codes.append(status)
stop.set()
thread.join()
assert pools() == before
print(codes)
"""


@pytest.mark.parametrize("backend", ["kdtree", "xp", "faiss-cpu"])
def test_children_of_a_searching_process_search(backend):
    """Not scikit-learn's search: its OpenMP is not made for forks of a process that used it."""
    if backend == "faiss-cpu":
        optional("faiss")
    # OpenBLAS itself hangs in fork() where another thread multiplies matrices on several threads
    environment = os.environ | {
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPATH": str(Path(gpu_smotetomek.__file__).parents[1]),
    }
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, backend]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[0, 0, 0]\n", "")


def test_overlapping_searches_of_scikit_learn_restore_its_threads(fresh_python):
    output = fresh_python(
        "import numpy as np, threading\n"
        "from threadpoolctl import threadpool_info\n"
        "from gpu_smotetomek import SMOTETomek\n"
        "X, y = np.random.default_rng(0).normal(size=(3000, 25)), np.repeat([0, 1], [2500, 500])\n"
        "run = lambda: [SMOTETomek(backend='sklearn').fit_resample(X, y) for _ in range(4)]\n"
        "run()\n"
        "pools = lambda: sorted((pool['filepath'], pool['num_threads']) for pool in threadpool_info())\n"
        "before = pools()\n"
        "threads = [threading.Thread(target=run) for _ in range(8)]\n"
        "[thread.start() for thread in threads], [thread.join() for thread in threads]\n"
        "print(pools() == before)"
    )
    assert output == "True\n"
