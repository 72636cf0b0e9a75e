"""A stand-in for FAISS with its GPU part: it checks and records each call, and computes on the memory of the stand-in for CuPy.

FAISS takes bare addresses and ends the process where something is wrong; the stand-in raises `Aborted`, which the package does
not catch. It cannot show the rounding of real FAISS, nor its use of memory and streams on a device.
"""

from __future__ import annotations

import contextlib
import sys
import types
import weakref
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from support import fake_cupy


class Aborted(BaseException):
    """The real FAISS would have ended the process."""


class Pointer(NamedTuple):
    kind: str
    address: int


class Call(NamedTuple):
    m: int
    n: int
    d: int
    k: int
    device: int
    stream: int
    temporary: int


class State:
    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.resources: list[weakref.ref[StandardGpuResources]] = []
        self.gpus = 2
        self.fails: Exception | None = None


state = State()


class StandardGpuResources:
    def __init__(self) -> None:
        self.pinned, self.temporary, self.streams, self.used = 256 * 2**20, 3 * 2**29, {}, False
        state.resources.append(weakref.ref(self))

    def setPinnedMemory(self, size: int) -> None:  # noqa: N802  FAISS's names, here and below
        if self.used:
            raise Aborted("pinned memory is set before first use")
        self.pinned = size

    def setTempMemory(self, size: int) -> None:  # noqa: N802
        self.temporary = size

    def setDefaultStream(self, device: int, stream: Pointer) -> None:  # noqa: N802
        assert stream.kind == "stream"
        self.streams[device] = stream.address


class GpuDistanceParams:
    __slots__ = [
        "device",
        "dims",
        "k",
        "metric",
        "numQueries",
        "numVectors",
        "outDistances",
        "outIndices",
        "outIndicesType",
        "queries",
        "queriesRowMajor",
        "queryType",
        "use_cuvs",
        "vectorType",
        "vectors",
        "vectorsRowMajor",
    ]

    def __init__(self) -> None:
        self.use_cuvs = True  # the default of builds with cuVS


def view_memory(pointer: Pointer, kind: str, dtype: type, *shape: int) -> np.ndarray:
    if pointer.kind != kind:
        raise Aborted(f"{pointer.kind} where {kind} is expected")
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    return fake_cupy.memory(pointer.address, size).view(dtype).reshape(shape)


def bf_knn(resources: StandardGpuResources, params: GpuDistanceParams) -> None:
    m, n, d, k = params.numQueries, params.numVectors, params.dims, params.k
    if params.device != fake_cupy.state.device or params.device not in resources.streams:
        raise Aborted("the device of the call is the current one, and has its stream")
    if not 1 <= k <= min(2048, n) or params.metric != "L2" or not (params.vectorsRowMajor and params.queriesRowMajor):
        raise Aborted(f"k = {k}, n = {n}")
    if (params.vectorType, params.queryType, params.outIndicesType, params.use_cuvs) != ("F32", "F32", "I64", False):
        raise Aborted("types")
    resources.used = True
    if state.fails is not None:
        failure, state.fails = state.fails, None
        raise failure
    rows, queries = (
        view_memory(params.vectors, "void", np.float32, n, d),
        view_memory(params.queries, "void", np.float32, m, d),
    )
    partial = np.einsum("ij,ij->i", rows, rows) - 2 * (queries @ rows.T)
    nearest = np.argsort(partial, axis=1, kind="stable")[:, :k]
    sq_distances = np.take_along_axis(partial, nearest, axis=1) + np.einsum("ij,ij->i", queries, queries)[:, None]
    view_memory(params.outDistances, "float", np.float32, m, k)[...] = np.maximum(sq_distances, 0)
    view_memory(params.outIndices, "idx_t", np.int64, m, k)[...] = nearest
    state.calls.append(Call(m, n, d, k, params.device, resources.streams[params.device], resources.temporary))


def make_module() -> types.ModuleType:
    faiss = types.ModuleType("faiss")
    faiss.METRIC_L2, faiss.DistanceDataType_F32, faiss.IndicesDataType_I64 = "L2", "F32", "I64"
    for name, kind in {
        "void_ptr": "void",
        "float_ptr": "float",
        "idx_t_ptr": "idx_t",
        "cudastream_t": "stream",
    }.items():
        setattr(faiss, f"cast_integer_to_{name}", lambda address, kind=kind: Pointer(kind, int(address)))
    faiss.StandardGpuResources, faiss.GpuDistanceParams, faiss.bfKnn = StandardGpuResources, GpuDistanceParams, bf_knn
    faiss.get_num_gpus, faiss.knn = lambda: state.gpus, None
    return faiss


@contextlib.contextmanager
def installed() -> Iterator[Any]:
    """Make `import faiss` return the stand-in, and `import cupy` that of CuPy."""
    before = sys.modules.get("faiss")
    state.__init__()
    with fake_cupy.installed() as cupy:
        sys.modules["faiss"] = make_module()
        try:
            yield cupy
        finally:
            del sys.modules["faiss"]
            if before is not None:
                sys.modules["faiss"] = before
