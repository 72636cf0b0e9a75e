"""Stages on several GPUs of one machine, each by a stand-in for CuPy."""

import threading

import pytest
from support import fake_cupy
from support.block_cases import CASES, fingerprint

from gpu_smotetomek import SMOTETomek
from gpu_smotetomek.arrays import cuda_probe
from gpu_smotetomek.blocks import DeviceExecutor
from gpu_smotetomek.errors import DeviceUnavailable
from gpu_smotetomek.neighbors import selection

DEVICES = ["cuda", "cuda:1"]


def join(parts):
    return [entry for part in parts for entry in part]


@pytest.fixture
def two_devices(monkeypatch, cupy):
    """Two devices, which search small tables, too."""
    monkeypatch.setattr(cuda_probe, "is_usable", lambda device: device in DEVICES)
    monkeypatch.setattr(selection, "BRUTE_FORCE_UP_TO_WORK", 0)
    monkeypatch.setattr(selection, "BRUTE_FORCE_UP_TO_COPIES", 0)


@pytest.mark.parametrize("name", ["blobs", "mirrors", "three_classes"])
def test_two_devices_give_the_bytes_of_one_machine(name, two_devices, over_blocks):
    case = CASES[name]()
    case = case._replace(X=case.X[::2], y=case.y[::2]) if name == "blobs" else case
    expected = SMOTETomek(random_state=0, device="cpu", **case.parameters).fit_resample(case.X, case.y)
    sampler = SMOTETomek(random_state=0, device="cuda", **case.parameters)
    X, y, _ = over_blocks(case, sampler, [400], n_parts=2, executor=DeviceExecutor(DEVICES))
    assert fingerprint(X, y) == fingerprint(*expected)
    assert {launch.device for launch in fake_cupy.state.launches} == {0, 1}


def test_an_error_on_one_device_ends_the_work_of_all():
    started = []

    def work(item):
        started.append(item)
        if item == 3:
            raise MemoryError("out of memory on 'cuda:1'")
        return [item]

    with pytest.raises(MemoryError, match="cuda:1"):
        DeviceExecutor(DEVICES).map_reduce(work, join, list(range(1000)))
    assert len(started) < 1000


def test_each_device_has_a_thread_and_order_is_kept():
    threads, both = set(), threading.Barrier(2, timeout=30)

    def work(item):
        threads.add(threading.get_ident())
        if item < 2:
            both.wait()
        return [item]

    merged = DeviceExecutor(DEVICES).map_reduce(work, join, list(range(30)))
    assert merged == list(range(30))
    assert len(threads) == 2


def test_a_device_that_is_not_there_is_refused(over_blocks):
    with pytest.raises(DeviceUnavailable, match="device='cuda'"):
        over_blocks(CASES["plane"](), SMOTETomek(device="cuda"), [900])
