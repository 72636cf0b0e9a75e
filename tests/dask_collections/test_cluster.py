"""Worker processes: the rows of one machine, also where a worker is killed."""

import os
import signal
from pathlib import Path

import numpy as np
import pytest
from support.block_cases import CASES, fingerprint
from support.optional import optional

dask = optional("dask")
da = optional("dask.array")
distributed = optional("distributed")

import gpu_smotetomek  # noqa: E402
from gpu_smotetomek import dask as on_dask  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # of distributed, at the end of a cluster


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workers")
    arguments = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None, "local_directory": str(folder)}
    with distributed.LocalCluster(processes=True, **arguments) as cluster, distributed.Client(cluster) as client:
        yield client


def cut(X, y, size=1500):
    return da.from_array(X, chunks=(size, -1)), da.from_array(y, chunks=size)


def one_machine(case):
    return fingerprint(
        *gpu_smotetomek.SMOTETomek(**case.parameters, random_state=case.seed()).fit_resample(case.X, case.y)
    )


@pytest.mark.parametrize("name", ["three_classes", "text_labels", "random_state_object"])
def test_the_rows_are_those_of_one_machine(name, client):
    case = CASES[name]()
    sampler = on_dask.SMOTETomek(**case.parameters, random_state=case.seed())
    X, y = sampler.fit_resample(*cut(case.X, case.y))
    assert fingerprint(*dask.compute(X, y)) == one_machine(case)


def test_two_calls_in_one_cluster_have_the_rows_of_their_own_inputs(client):
    """Keys are made of contents: both calls have as many blocks of the same sizes, and are alive at the same time."""
    first, second = CASES["plane"](), CASES["plane"]()
    second = second._replace(X=second.X[::-1].copy(), y=second.y[::-1].copy())
    results = [on_dask.SMOTETomek(random_state=0).fit_resample(*cut(case.X, case.y)) for case in (first, second)]
    found = [fingerprint(*rows) for rows in dask.compute(*results)]
    assert found == [one_machine(first), one_machine(second)]


def test_the_same_call_again_takes_the_values_that_are_there(client):
    case = CASES["plane"]()
    X, y = cut(case.X, case.y)
    first, _ = on_dask.SMOTETomek(random_state=0).fit_resample(X, y)
    again, _ = on_dask.SMOTETomek(random_state=0).fit_resample(X, y)
    other, _ = on_dask.SMOTETomek(random_state=1).fit_resample(X, y)
    keys, same, different = (set(dict(array.__dask_graph__())) for array in (first, again, other))
    made = {key for key in keys if str(key).startswith(("make_range_rows", "keep_rows"))}
    assert made
    assert made <= same
    assert not made & different


def die_once(block, marker):
    """A block of rows; the worker that reads the last one first is killed."""
    if block[0, 0] < 0 and not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return np.abs(block)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL")
def test_a_killed_worker_changes_nothing(client, tmp_path):
    case = CASES["blobs"]()
    X, y = np.abs(case.X), case.y
    expected = fingerprint(*gpu_smotetomek.SMOTETomek(random_state=0).fit_resample(X, y))
    marked = X.copy()
    marked[4500, 0] *= -1
    blocks, labels = cut(marked, y)
    blocks = blocks.map_blocks(die_once, str(tmp_path / "killed"), dtype=X.dtype, meta=np.empty((0, 0)))
    result = on_dask.SMOTETomek(random_state=0).fit_resample(blocks, labels)
    assert (tmp_path / "killed").exists()
    assert fingerprint(*dask.compute(*result)) == expected
