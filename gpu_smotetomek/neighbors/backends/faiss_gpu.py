"""Backend `faiss-gpu`: FAISS's exhaustive search of CuPy arrays in place, on their device and CuPy's current stream."""

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
from gpu_smotetomek.typing import Array, NeighborLists

MAX_FAISS_K = 2048  # a longer list fails an assertion of FAISS, which ends the process
MAX_TEMPORARY_BYTES = 3 * 2**29  # what FAISS reserves by default on a large device


def check_faiss_arrays(queries: Any, rows: Any, k: int) -> None:
    """Raise where FAISS would end the process or read other memory: it receives bare addresses and checks little.

    Raises
    ------
    ValueError
        If the arrays or k do not fit; the message names their properties.
    """
    for X in (queries, rows):
        if str(X.dtype) != "float32" or X.ndim != 2 or not X.flags.c_contiguous or 0 in X.shape:
            raise ValueError(f"FAISS takes C-contiguous float32 tables with rows, not {X.dtype} of shape {X.shape}")
    if queries.device != rows.device or queries.shape[1] != rows.shape[1]:
        received = [f"{X.shape} on {X.device}" for X in (queries, rows)]
        raise ValueError(f"queries of shape {received[0]} and rows of shape {received[1]} do not go together")
    if not 1 <= k <= min(MAX_FAISS_K, rows.shape[0]):
        raise ValueError(f"k is 1 to {min(MAX_FAISS_K, rows.shape[0])} here, not {k}")


def is_installed(package: str) -> bool:
    """Whether a distribution of this name is installed."""
    try:
        return bool(metadata.version(package))
    except metadata.PackageNotFoundError:
        return False


def missing_machine_code_reason() -> str | None:
    """Why the installed wheel of FAISS would end the process on CuPy's current device; None where it works.

    Besides FAISS's own wheel, faiss-gpu, there is faiss-gpu-cu12. It has machine code for compute capabilities 7.0 and 8.0, which
    runs up to 8.9, and no PTX to compile for others (seen in 1.14.1; on an H200 every search ended the process).
    """
    import cupy

    capability = cupy.cuda.Device().compute_capability
    if int(capability) < 90 or is_installed("faiss-gpu") or not is_installed("faiss-gpu-cu12"):
        return None
    return (
        f"faiss-gpu-cu12 has no code for this GPU, of compute capability {capability[:-1]}.{capability[-1]}, and would end the "
        "process: pip uninstall -y faiss-gpu-cu12 && pip install faiss-gpu"
    )


def search_brute_force(resources: Any, queries: Any, rows: Any, k: int) -> NeighborLists:
    """Return neighbor lists (m, k) of CuPy arrays on the current device, without a copy to the host."""
    import cupy

    faiss = import_faiss()
    check_faiss_arrays(queries, rows, k)
    shape = len(queries), k
    lists = NeighborLists(cupy.empty(shape, dtype=cupy.float32), cupy.empty(shape, dtype=cupy.int64))
    params = faiss.GpuDistanceParams()
    params.metric, params.k, params.dims, params.device = faiss.METRIC_L2, k, rows.shape[1], rows.device.id
    params.vectors, params.numVectors = faiss.cast_integer_to_void_ptr(rows.data.ptr), len(rows)
    params.queries, params.numQueries = faiss.cast_integer_to_void_ptr(queries.data.ptr), len(queries)
    params.vectorType = params.queryType = faiss.DistanceDataType_F32
    params.vectorsRowMajor = params.queriesRowMajor = True
    params.outDistances = faiss.cast_integer_to_float_ptr(lists.sq_distances.data.ptr)
    params.outIndices = faiss.cast_integer_to_idx_t_ptr(lists.indices.data.ptr)
    params.outIndicesType = faiss.IndicesDataType_I64
    if hasattr(params, "use_cuvs"):
        params.use_cuvs = False  # its arithmetic is not the one whose error is bounded below
    stream = faiss.cast_integer_to_cudastream_t(cupy.cuda.get_current_stream().ptr)
    resources.setDefaultStream(rows.device.id, stream)
    faiss.bfKnn(resources, params)
    return lists


class FaissGpuIndex:
    def __init__(self, X: Array, ctx: ExecutionContext) -> None:
        self.X, self.ctx = X, ctx

    @cached_property
    def resources(self) -> Any:
        """FAISS's handles and temporary memory. They belong to this index, hence to one thread, and are freed with it."""
        resources = import_faiss().StandardGpuResources()
        resources.setPinnedMemory(0)  # nothing is copied from the host
        resources.setTempMemory(min(MAX_TEMPORARY_BYTES, self.ctx.memory_limit // 2))
        return resources

    @cached_property
    def _matmul_index(self) -> MatmulIndex:
        return MatmulIndex(self.X, self.ctx)

    def search(self, queries: Array, k: int, radius: Array | None = None) -> NeighborLists:
        del radius  # brute force computes every distance
        if k > MAX_FAISS_K:
            return self._matmul_index.search(queries, k)
        return search_brute_force(self.resources, queries, self.X, k)


class FaissGpu(Backend):
    name = "faiss-gpu"
    dtype = "float32"
    array_kinds = frozenset({ArrayKind.CUPY})
    max_k = MAX_FAISS_K

    def unavailable(self) -> str | None:
        """Check CuPy and the driver before FAISS, which ends the process where there is no driver."""
        if reason := cuda_probe.cuda_unavailable_reason() or faiss_unavailable_reason("faiss-gpu"):
            return reason
        faiss = import_faiss()
        if not hasattr(faiss, "GpuDistanceParams"):
            return "FAISS is the build for CPUs: pip uninstall -y faiss-cpu && pip install faiss-gpu"
        if not faiss.get_num_gpus():
            return "FAISS sees no GPU: run nvidia-smi and look at CUDA_VISIBLE_DEVICES"
        return missing_machine_code_reason()

    def build(self, X: Array, ctx: ExecutionContext) -> Index:
        return FaissGpuIndex(X, ctx)

    def error(self, a: Array, b: Array, *, d: int, n: int) -> Array:
        """FAISS selects by ‖y‖² − 2 x·y in float32 and adds ‖x‖² for the selected rows.

        The norms are rounded once more when they are stored, and the product is cuBLAS's in float32: FAISS allows it no inputs
        or sums of lower precision. Adding and clamping at zero keep the order, so no row that was not selected has a smaller
        squared distance. Lists of more than 2048 rows are those of `xp`.
        """
        del n
        return expanded_error(a, b, d + 2)
