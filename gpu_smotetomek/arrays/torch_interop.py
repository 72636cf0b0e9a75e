"""CUDA tensors of torch as arrays of CuPy, which has our kernels: the same memory, torch's stream, and torch's pool."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import array_api_compat as compat

from gpu_smotetomek.arrays.cuda_probe import cuda_unavailable_reason
from gpu_smotetomek.arrays.dispatch import device_context
from gpu_smotetomek.typing import Array


@dataclass(frozen=True)
class TorchStream:
    """A stream of torch by the protocol that CuPy asks for; torch's own streams have it only in later versions."""

    handle: int

    def __cuda_stream__(self) -> tuple[int, int]:
        return 0, self.handle


def can_view_as_cupy(X: Array) -> bool:
    """Whether X is a tensor on a CUDA device where CuPy works."""
    return bool(compat.is_torch_array(X)) and X.device.type == "cuda" and cuda_unavailable_reason() is None


@contextmanager
def as_cupy(X: Array) -> Iterator[Array]:
    """X as it is worked on, with its device CuPy's current one inside: a tensor as CuPy's array, where that can be.

    Nothing is copied. The current stream of the tensor's device becomes CuPy's: all is ordered with what torch was told to do
    before and after on that stream, and nobody waits. CuPy takes its memory from torch's pool, so that there is one pool.
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


def to_torch(rows: Array) -> Array:
    """An array of CuPy as a tensor: the same memory, which lives as long as one of them."""
    import torch

    return torch.from_dlpack(rows)


def _torch_malloc(stream: int) -> Any:
    """A function that takes bytes on a device from torch's pool, for work on that stream, and gives their address."""
    import torch

    def take(size: int, device: int) -> int:
        try:
            return int(torch.cuda.caching_allocator_alloc(size, device, stream))
        except torch.cuda.OutOfMemoryError as error:
            raise MemoryError(str(error)) from error  # as CuPy's own pool says it

    return take


def _torch_free(address: int, device: int) -> None:
    import torch

    del device  # torch knows it by the address
    torch.cuda.caching_allocator_delete(address)
