"""View CUDA tensors of torch as CuPy arrays, on which our kernels run: same memory, torch's stream and torch's memory pool."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from gpu_smotetomek.arrays.cuda_probe import cuda_unavailable_reason
from gpu_smotetomek.arrays.dispatch import ArrayKind, array_kind, device_context
from gpu_smotetomek.typing import Array


@dataclass(frozen=True)
class TorchStream:
    """A torch stream with the `__cuda_stream__` protocol of CuPy, which torch's own streams have only in later versions."""

    handle: int

    def __cuda_stream__(self) -> tuple[int, int]:
        return 0, self.handle


def can_view_as_cupy(X: Array) -> bool:
    """Whether X is a torch tensor on a CUDA device and CuPy works."""
    return array_kind(X) is ArrayKind.TORCH_CUDA and cuda_unavailable_reason() is None


@contextmanager
def as_cupy(X: Array) -> Iterator[Array]:
    """Yield a CUDA tensor as a CuPy array without a copy, any other array as it is, with its device CuPy's current one.

    The current stream of the tensor's device becomes CuPy's, so that all work runs in torch's order without synchronizing.
    CuPy allocates from torch's pool, so that there is one pool.
    """
    if not can_view_as_cupy(X):
        with device_context(X):
            yield X
        return
    import cupy
    import torch

    stream = torch.cuda.current_stream(X.device).cuda_stream
    pool = cupy.cuda.PythonFunctionAllocator(_torch_malloc(stream), _torch_free)
    with (
        cupy.cuda.Device(X.device.index),
        cupy.cuda.Stream.from_external(TorchStream(stream)),
        cupy.cuda.using_allocator(pool.malloc),
    ):
        yield cupy.from_dlpack(X)


def to_torch(X: Array) -> Array:
    """Return a CuPy array as a tensor that shares its memory and keeps it alive."""
    import torch

    return torch.from_dlpack(X)


def _torch_malloc(stream: int) -> Any:
    """Return a function that allocates bytes from torch's pool, for work on that stream, and returns their address."""
    import torch

    def allocate(size: int, device: int) -> int:
        try:
            return int(torch.cuda.caching_allocator_alloc(size, device, stream))
        except torch.cuda.OutOfMemoryError as error:
            raise MemoryError(str(error)) from error  # which CuPy's own pool raises

    return allocate


def _torch_free(address: int, device: int) -> None:
    import torch

    del device  # torch finds the device by the address
    torch.cuda.caching_allocator_delete(address)
