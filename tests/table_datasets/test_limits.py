"""Runs under real limits: a disk that is full."""

import subprocess
import sys

import numpy as np
import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of Linux")

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


def test_a_full_disk_leaves_no_result(tmp_path):
    rng = np.random.default_rng(2)
    np.savez(tmp_path / "in.npz", X=rng.normal(size=(3000, 10)), y=np.repeat([0, 1], [2700, 300]))
    done = run_program(FULL_DISK, tmp_path / "in.npz", tmp_path / "out.npz")
    assert done.stdout == "OSError\n", done.stderr[-2000:]
    assert not (tmp_path / "out.npz").exists()
