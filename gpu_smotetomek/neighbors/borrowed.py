"""Rows of another library as CuPy arrays: the same memory, on the device and the stream that their library works on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import array_api_compat as compat

from gpu_smotetomek import arrays
from gpu_smotetomek.typing import Array


@dataclass(frozen=True)
class Told:
    """A stream of torch by the protocol that CuPy asks for; torch's own streams have it only in later versions."""

    handle: int

    def __cuda_stream__(self) -> tuple[int, int]:
        return 0, self.handle


@contextmanager
def borrowed(first: Array, *others: Array | None) -> Iterator[tuple[Any, ...]]:
    """The arrays (None stays) as CuPy arrays, and a function that gives results back in the library of `first`.

    Nothing is copied. CuPy's current device is theirs inside. CuPy's arrays stay on CuPy's current stream. Of torch, the current
    stream of the tensors' device becomes CuPy's: kernels, temporaries and results are ordered with what torch was told to do
    before and after on that stream, and nobody waits. Results are torch's own by DLPack, which keeps CuPy's memory alive.
    """
    import cupy

    with ExitStack() as stack:
        if compat.is_cupy_array(first):
            stack.enter_context(arrays.current(first))
            yield first, *others, lambda result: result
            return
        import torch

        stack.enter_context(cupy.cuda.Device(first.device.index))
        stream = Told(torch.cuda.current_stream(first.device).cuda_stream)
        stack.enter_context(cupy.cuda.Stream.from_external(stream))
        yield (
            *(None if part is None else cupy.from_dlpack(part.detach()) for part in (first, *others)),
            torch.from_dlpack,
        )
