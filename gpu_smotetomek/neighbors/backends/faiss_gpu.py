"""Backend `faiss-gpu`: FAISS's exhaustive search over the memory of CuPy arrays, on their device and their stream."""

from __future__ import annotations

from functools import cached_property
from importlib import metadata
from typing import Any

from gpu_smotetomek.arrays import cuda_probe
from gpu_smotetomek.arrays.dispatch import ArrayKind
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.backends.faiss_cpu import faiss_unavailable_reason, import_faiss
from gpu_smotetomek.neighbors.backends.matmul import MatmulIndex
from gpu_smotetomek.neighbors.protocol import Backend, Index, expanded_error
from gpu_smotetomek.typing import Array

MAX_K = 2048  # rows of a list; more is an assertion of FAISS, which ends the process
MAX_TEMPORARY_BYTES = 3 * 2**29  # bytes that FAISS puts aside by itself on a large device


def check_faiss_arrays(queries: Any, rows: Any, k: int) -> None:
    """Raise where FAISS would end the process or read elsewhere: it is given bare addresses, and checks little by itself.

    Raises
    ------
    ValueError
        With what came.
    """
    for X in (queries, rows):
        if str(X.dtype) != "float32" or X.ndim != 2 or not X.flags.c_contiguous or 0 in X.shape:
            raise ValueError(f"FAISS takes C-contiguous float32 tables with rows, not {X.dtype} of shape {X.shape}")
    if queries.device != rows.device or queries.shape[1] != rows.shape[1]:
        asked, searched = (f"{X.shape} on {X.device}" for X in (queries, rows))
        raise ValueError(f"queries of shape {asked} and rows of shape {searched} do not go together")
    if not 1 <= k <= min(MAX_K, rows.shape[0]):
        raise ValueError(f"k is 1 to {min(MAX_K, rows.shape[0])} here, not {k}")


def is_installed(package: str) -> bool:
    """Whether a distribution of this name is there."""
    try:
        return bool(metadata.version(package))
    except metadata.PackageNotFoundError:
        return False


def missing_machine_code_reason() -> str | None:
    """Why the wheel of FAISS that is installed would end the process on CuPy's current device; None where it works.

    Besides FAISS's own wheel, faiss-gpu, there is faiss-gpu-cu12. It has machine code for compute capabilities 7.0 and 8.0, which
    runs up to 8.9, and no text to compile for others (looked at in 1.14.1; on an H200 every search ended the process).
    """
    import cupy

    capability = cupy.cuda.Device().compute_capability
    if int(capability) < 90 or is_installed("faiss-gpu") or not is_installed("faiss-gpu-cu12"):
        return None
    return (
        f"faiss-gpu-cu12 has no code for this GPU, of compute capability {capability[:-1]}.{capability[-1]}, and would end the "
        "process: pip uninstall -y faiss-gpu-cu12 && pip install faiss-gpu"
    )


def brute_force(resources: Any, queries: Any, rows: Any, k: int) -> tuple[Any, Any]:
    """Squares (m, k) and row numbers, of CuPy arrays on the current device; no byte goes through the host."""
    import cupy

    faiss = import_faiss()
    check_faiss_arrays(queries, rows, k)
    D, indices = cupy.empty((len(queries), k), dtype=cupy.float32), cupy.empty((len(queries), k), dtype=cupy.int64)
    asked = faiss.GpuDistanceParams()
    asked.metric, asked.k, asked.dims, asked.device = faiss.METRIC_L2, k, rows.shape[1], rows.device.id
    asked.vectors, asked.numVectors = faiss.cast_integer_to_void_ptr(rows.data.ptr), len(rows)
    asked.queries, asked.numQueries = faiss.cast_integer_to_void_ptr(queries.data.ptr), len(queries)
    asked.vectorType = asked.queryType = faiss.DistanceDataType_F32
    asked.vectorsRowMajor = asked.queriesRowMajor = True
    asked.outDistances = faiss.cast_integer_to_float_ptr(D.data.ptr)
    asked.outIndices = faiss.cast_integer_to_idx_t_ptr(indices.data.ptr)
    asked.outIndicesType = faiss.IndicesDataType_I64
    if hasattr(asked, "use_cuvs"):
        asked.use_cuvs = False  # another arithmetic than the one whose error is bounded here
    stream = faiss.cast_integer_to_cudastream_t(cupy.cuda.get_current_stream().ptr)
    resources.setDefaultStream(rows.device.id, stream)
    faiss.bfKnn(resources, asked)
    return D, indices


class FaissGpuIndex:
    def __init__(self, X: Array, work: ExecutionContext) -> None:
        self.X, self.work = X, work

    @cached_property
    def resources(self) -> Any:
        """FAISS's handles and temporary memory. They belong to this index, hence to one thread, and go with it."""
        resources = import_faiss().StandardGpuResources()
        resources.setPinnedMemory(0)  # nothing is copied from the host
        resources.setTempMemory(min(MAX_TEMPORARY_BYTES, self.work.memory_limit // 2))
        return resources

    @cached_property
    def _product(self) -> MatmulIndex:
        return MatmulIndex(self.X, self.work)

    def search(self, queries: Array, k: int, radius: Array | None = None) -> tuple[Array, Array]:
        del radius  # brute force looks at every row
        if k > MAX_K:
            return self._product.search(queries, k)
        return brute_force(self.resources, queries, self.X, k)


class FaissGpu(Backend):
    name = "faiss-gpu"
    dtype = "float32"
    array_kinds = frozenset({ArrayKind.CUPY})
    max_k = MAX_K  # longer lists come from the `xp` tiles

    def unavailable(self) -> str | None:
        """What was found of CuPy, the driver and FAISS's build. FAISS itself ends the process where there is no driver."""
        if reason := cuda_probe.cuda_unavailable_reason() or faiss_unavailable_reason("faiss-gpu"):
            return reason
        faiss = import_faiss()
        if not hasattr(faiss, "GpuDistanceParams"):
            return "FAISS is the build for CPUs: pip uninstall -y faiss-cpu && pip install faiss-gpu"
        if not faiss.get_num_gpus():
            return "FAISS sees no GPU: run nvidia-smi and look at CUDA_VISIBLE_DEVICES"
        return missing_machine_code_reason()

    def build(self, X: Array, work: ExecutionContext) -> Index:
        return FaissGpuIndex(X, work)

    def error(self, a: Array, b: Array, *, d: int, n: int) -> Array:
        """Of ‖y‖² − 2 x·y in float32, to which ‖x‖² is added for the rows that were chosen.

        The norms are rounded once more when they are stored, and the product is cuBLAS's in float32: FAISS forbids it inputs and
        sums of less. Adding and clamping at zero keep the order, so what was not chosen has no smaller square. Lists of more
        than 2048 are those of `xp`.
        """
        del n
        return expanded_error(a, b, d + 2)
