"""Memory that runs out at any allocation: the rows are the same, or an error says what is needed; nothing stays allocated."""

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
    """A device that runs out of memory at allocation number `at`, and at each of more than `max_size` numbers."""

    def __init__(self, at=-1, max_size=10**12):
        super().__init__()
        self.at, self.max_size, self.allocations, self.largest = at, max_size, 0, 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        out = function(*args, **(kwargs or {}))
        size = max(
            (part.numel() for part in (out if isinstance(out, tuple) else (out,)) if torch.is_tensor(part)), default=0
        )
        self.allocations, self.largest = self.allocations + 1, max(self.largest, size)
        if self.allocations == self.at or size > self.max_size:
            raise torch.OutOfMemoryError(f"CUDA out of memory. Tried to allocate {8 * size} bytes")
        return out


def count_tensors() -> int:
    gc.collect()
    return sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects())


def call(device=None, sampler=None):
    given = torch.asarray(X)
    with device or Device():
        return (sampler or SMOTETomek(random_state=0, backend="xp")).fit_resample(given, Y)[0].numpy().copy()


def test_out_of_memory_at_any_allocation():
    whole = Device()
    expected, before = call(whole), count_tensors()
    n_same, messages = 0, []
    for at in range(1, whole.allocations, max(1, whole.allocations // 20)):
        try:
            found = call(Device(at))
        except MemoryError as error:
            messages.append(str(error))
        else:
            np.testing.assert_array_equal(found, expected)
            n_same += 1
    assert min(n_same, len(messages)) > 2
    for text in messages:
        assert "Tried to allocate" in text
        assert "bytes for X and its result, and work space: a smaller memory_limit" in text
    assert count_tensors() == before


@pytest.mark.parametrize("sampler", [SMOTETomek(random_state=0, backend="xp"), TomekLinks(backend="xp"), TomekLinks()])
def test_a_small_device_takes_small_tiles(sampler):
    whole, tables = Device(), 3 * 600  # the grown table of three features must fit
    expected = call(whole, sampler)
    assert whole.largest > 5 * tables
    small = Device(max_size=2 * tables)
    np.testing.assert_array_equal(call(small, sampler), expected)
    assert small.allocations > whole.allocations


def test_a_device_that_holds_no_table_says_how_much_is_needed():
    with pytest.raises(MemoryError, match=r"out of memory on 'cpu': .*SMOTETomek needs up to 51,840 bytes"):
        call(Device(max_size=3 * 400))


def test_the_plan_gives_the_bytes_on_a_gpu(cupy):
    plan = SMOTETomek().plan(cupy.asarray(X), Y)
    tiles = plan.workspace_bytes - 100 * 600 - 360 * 3 * 4
    assert plan.device_bytes == 8 * 3 * (360 + 3 * 600) + tiles + (100 + 8 * 3) * 600
