"""Too little memory on a device, at any allocation: the same rows, or an error that says what is needed; and nothing kept."""

import gc

import numpy as np
import pytest
from support import datasets
from support.optional import optional

from gpu_smotetomek import SMOTETomek, TomekLinks

pytestmark = pytest.mark.usefixtures("thresholds")

torch = optional("torch")
dispatch = optional("torch.utils._python_dispatch")

Y = datasets.labels(300, 60)
X = datasets.make("gaussian", Y, 3)


class Device(dispatch.TorchDispatchMode):
    """Runs out of memory at allocation number `at`, or at each of more than `room` numbers."""

    def __init__(self, at=-1, room=10**12):
        super().__init__()
        self.at, self.room, self.allocations, self.largest = at, room, 0, 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        out = function(*args, **(kwargs or {}))
        made = max(
            (part.numel() for part in (out if isinstance(out, tuple) else (out,)) if torch.is_tensor(part)), default=0
        )
        self.allocations, self.largest = self.allocations + 1, max(self.largest, made)
        if self.allocations == self.at or made > self.room:
            raise torch.OutOfMemoryError(f"CUDA out of memory. Tried to allocate {8 * made} bytes")
        return out


def tensors() -> int:
    gc.collect()
    return sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects())


def call(device=None, sampler=None):
    given = torch.asarray(X)
    with device or Device():
        return (sampler or SMOTETomek(random_state=0, backend="xp")).fit_resample(given, Y)[0].numpy().copy()


def test_out_of_memory_at_any_allocation():
    whole = Device()
    expected, before = call(whole), tensors()
    same, told = 0, []
    for at in range(1, whole.allocations, max(1, whole.allocations // 20)):
        try:
            found = call(Device(at))
        except MemoryError as error:
            told.append(str(error))
        else:
            np.testing.assert_array_equal(found, expected)
            same += 1
    assert min(same, len(told)) > 2
    for text in told:
        assert "Tried to allocate" in text
        assert "bytes for X and its result, and work space: a smaller memory_limit" in text
    assert tensors() == before


@pytest.mark.parametrize("sampler", [SMOTETomek(random_state=0, backend="xp"), TomekLinks(backend="xp"), TomekLinks()])
def test_a_small_device_takes_small_tiles(sampler):
    whole, tables = Device(), 3 * 600  # the grown table of three features must fit
    expected = call(whole, sampler)
    assert whole.largest > 5 * tables
    small = Device(room=2 * tables)
    np.testing.assert_array_equal(call(small, sampler), expected)
    assert small.allocations > whole.allocations


def test_a_device_that_holds_no_table_says_how_much_is_needed():
    with pytest.raises(MemoryError, match=r"out of memory on 'cpu': .*SMOTETomek needs up to 51,840 bytes"):
        call(Device(room=3 * 400))


def test_the_plan_gives_the_bytes_on_a_gpu(cupy):
    plan = SMOTETomek().plan(cupy.asarray(X), Y)
    tiles = plan.workspace_bytes - 100 * 600 - 360 * 3 * 4
    assert plan.device_bytes == 8 * 3 * (360 + 3 * 600) + tiles + (100 + 8 * 3) * 600


def test_a_tensor_on_the_cpu_is_on_no_device():
    plan, same = SMOTETomek().plan(torch.asarray(X), Y), SMOTETomek().plan(X, Y)
    assert plan.device_bytes == same.device_bytes == 0
    assert plan.seconds == same.seconds
