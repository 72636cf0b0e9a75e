"""A sampler inside child processes of every kind: right rows, no hang, no warning, no more threads than the rules allow."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.optional import optional

import gpu_smotetomek
from gpu_smotetomek.threadpools import count_threads

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

TIMEOUT_SECONDS = 60
BACKENDS = ("kdtree", "faiss-cpu", "sklearn", "xp")
KINDS = ("fork", "forkserver", "spawn", "loky", "pool-fork", "pool-spawn", "loader-fork", "loader-spawn")

# A child searches with each backend; the parent prints whether all rows are right, and the most threads of a child.
PROGRAM = """
import hashlib, json, multiprocessing, os, sys, threading
import numpy as np
from gpu_smotetomek import SMOTETomek
from gpu_smotetomek.worker_threads import ThreadPool

BACKENDS = sys.argv[2].split(",")
X, y = np.random.default_rng(0).normal(size=(3000, 12)).astype("float32"), np.repeat([0, 1], [2500, 500])

def search(backend):
    sampler = SMOTETomek(backend=backend, random_state=0)
    digest = hashlib.sha256()
    for result in sampler.fit_resample(X, y):
        digest.update(result.tobytes())
    return digest.hexdigest()

def search_all(_=None):
    threads, submit = set(), ThreadPool.submit

    def submit_and_count(pool, function, *arguments):
        def run(*given):
            threads.add(threading.get_ident())
            return function(*given)
        return submit(pool, run, *arguments)

    ThreadPool.submit = submit_and_count
    try:
        digests = [search(backend) for backend in BACKENDS]
    finally:
        ThreadPool.submit = submit
    return digests, len(threads)

class Rows:
    def __len__(self):
        return 2

    def __getitem__(self, item):
        return search_all()

def fork():
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writer, json.dumps(search_all()).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        text = stream.read()
    os.waitpid(child, 0)
    return [json.loads(text)]

def answers(kind):
    if kind == "fork":
        return fork()
    if kind == "loky":
        import joblib
        return joblib.Parallel(2)(joblib.delayed(search_all)(i) for i in range(2))
    if kind.startswith("loader"):
        from torch.utils.data import DataLoader
        method = kind.split("-")[1]
        return list(DataLoader(Rows(), num_workers=2, batch_size=None, multiprocessing_context=method))
    context = multiprocessing.get_context(kind.split("-")[-1])
    if kind.startswith("pool"):
        with context.Pool(2) as pool:
            return pool.map(search_all, range(2))
    with __import__("concurrent.futures").futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        return list(pool.map(search_all, range(1)))

if __name__ == "__main__":
    before = answers(sys.argv[1])
    expected = [search(backend) for backend in BACKENDS]
    found = [*before, *answers(sys.argv[1])]
    print(all(list(digests) == expected for digests, _ in found), max(threads for _, threads in found))
"""


def backends_here() -> list[str]:
    """The backends that are installed."""
    return [name for name in BACKENDS if gpu_smotetomek.neighbors.available()[name] is None]


@pytest.mark.parametrize("kind", KINDS)
def test_children_search_before_and_after_the_parent(kind, tmp_path):
    if kind.startswith("loader"):
        optional("torch")
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    environment = os.environ | {"PYTHONPATH": str(Path(gpu_smotetomek.__file__).parents[1])}
    # from Python 3.12 on, each fork of a process with threads of a library gives Python's own warning
    options = ["-W", "error", "-W", "ignore:This process:DeprecationWarning"]
    command = [sys.executable, *options, str(program), kind, ",".join(backends_here())]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS
    )
    right, threads = done.stdout.split() or ["", "0"]
    assert (right, done.stderr, done.returncode) == ("True", "", 0)
    assert int(threads) <= (count_threads(None) if kind == "fork" else 1)  # the worker of a pool has one
