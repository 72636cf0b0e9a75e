"""A module that stands for FAISS with its GPU part: what is asked of it is checked and noted, and done on the stand-in of CuPy.

FAISS takes bare addresses and ends the process where something is wrong; here that is an exception which nobody catches.
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
    """The process would have ended here."""


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
        self.use_cuvs = True  # as builds with cuVS have it


def table(pointer: Pointer, kind: str, dtype: type, *shape: int) -> np.ndarray:
    if pointer.kind != kind:
        raise Aborted(f"{pointer.kind} where {kind} is due")
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    return fake_cupy.memory(pointer.address, size).view(dtype).reshape(shape)


def bf_knn(resources: StandardGpuResources, asked: GpuDistanceParams) -> None:
    m, n, d, k = asked.numQueries, asked.numVectors, asked.dims, asked.k
    if asked.device != fake_cupy.state.device or asked.device not in resources.streams:
        raise Aborted("the device of the call is the current one, and has its stream")
    if not 1 <= k <= min(2048, n) or asked.metric != "L2" or not (asked.vectorsRowMajor and asked.queriesRowMajor):
        raise Aborted(f"k = {k}, n = {n}")
    if (asked.vectorType, asked.queryType, asked.outIndicesType, asked.use_cuvs) != ("F32", "F32", "I64", False):
        raise Aborted("types")
    resources.used = True
    if state.fails is not None:
        failure, state.fails = state.fails, None
        raise failure
    rows, queries = table(asked.vectors, "void", np.float32, n, d), table(asked.queries, "void", np.float32, m, d)
    partial = np.einsum("ij,ij->i", rows, rows) - 2 * (queries @ rows.T)
    nearest = np.argsort(partial, axis=1, kind="stable")[:, :k]
    squares = np.take_along_axis(partial, nearest, axis=1) + np.einsum("ij,ij->i", queries, queries)[:, None]
    table(asked.outDistances, "float", np.float32, m, k)[...] = np.maximum(squares, 0)
    table(asked.outIndices, "idx_t", np.int64, m, k)[...] = nearest
    state.calls.append(Call(m, n, d, k, asked.device, resources.streams[asked.device], resources.temporary))


def module() -> types.ModuleType:
    made = types.ModuleType("faiss")
    made.METRIC_L2, made.DistanceDataType_F32, made.IndicesDataType_I64 = "L2", "F32", "I64"
    for name, kind in {
        "void_ptr": "void",
        "float_ptr": "float",
        "idx_t_ptr": "idx_t",
        "cudastream_t": "stream",
    }.items():
        setattr(made, f"cast_integer_to_{name}", lambda address, kind=kind: Pointer(kind, int(address)))
    made.StandardGpuResources, made.GpuDistanceParams, made.bfKnn = StandardGpuResources, GpuDistanceParams, bf_knn
    made.get_num_gpus, made.knn = lambda: state.gpus, None
    return made


@contextlib.contextmanager
def installed() -> Iterator[Any]:
    """`import faiss` gives the stand-in inside, beside that of CuPy."""
    before = sys.modules.get("faiss")
    state.__init__()
    with fake_cupy.installed() as cupy:
        sys.modules["faiss"] = module()
        try:
            yield cupy
        finally:
            del sys.modules["faiss"]
            if before is not None:
                sys.modules["faiss"] = before
