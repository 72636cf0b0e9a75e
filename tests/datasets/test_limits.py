"""Runs under real limits: a table five times the address space that is left, and a disk that is full."""

import subprocess
import sys

import numpy as np
import pytest

from gpu_smotetomek import SMOTETomek

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of Linux")

ADDRESS_SPACE = """
import resource, sys
import numpy as np
from gpu_smotetomek import SMOTETomek
from gpu_smotetomek.datasets import resample_dataset
rng = np.random.default_rng(0)
sampler = SMOTETomek(random_state=0, n_jobs=1, backend="kdtree")
small = np.repeat([0, 1], [900, 100])
sampler.fit_resample(rng.normal(size=(1000, 100)), small)  # what the libraries load late
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
limit = used + int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
result = resample_dataset(sys.argv[1], out=sys.argv[2], sampler=sampler, memory_limit=8 * 2**20)
print(result.rows_out)
"""

FULL_DISK = """
import resource, signal, sys
from gpu_smotetomek import SMOTETomek
from gpu_smotetomek.datasets import resample_dataset
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    resample_dataset(sys.argv[1], out=sys.argv[2], sampler=SMOTETomek(random_state=0, n_jobs=1))
except OSError as error:
    print(type(error).__name__)
"""


def run_program(program, *arguments):
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)


def test_a_table_of_five_times_the_address_space(tmp_path):
    limit, d = 64 * 2**20, 100
    n = 5 * limit // (4 * d) + 1
    rng = np.random.default_rng(1)
    y = (rng.random(n) < 0.01).astype(np.int8)
    X = rng.standard_normal((n, d), dtype=np.float32)
    X[:, 0] += 20 * y
    (tmp_path / "in").mkdir()
    np.save(tmp_path / "in" / "X.npy", X)
    np.save(tmp_path / "in" / "y.npy", y)
    done = run_program(ADDRESS_SPACE, tmp_path / "in", tmp_path / "out", limit)
    assert done.returncode == 0, done.stderr[-2000:]
    expected = SMOTETomek(random_state=0, n_jobs=1).fit_resample(X, y)
    assert np.array_equal(np.load(tmp_path / "out" / "X.npy", mmap_mode="r"), expected[0])
    assert np.array_equal(np.load(tmp_path / "out" / "y.npy"), expected[1])


def test_a_full_disk_leaves_no_result(tmp_path):
    rng = np.random.default_rng(2)
    np.savez(tmp_path / "in.npz", X=rng.normal(size=(3000, 10)), y=np.repeat([0, 1], [2700, 300]))
    done = run_program(FULL_DISK, tmp_path / "in.npz", tmp_path / "out.npz")
    assert done.stdout == "OSError\n", done.stderr[-2000:]
    assert not (tmp_path / "out.npz").exists()
