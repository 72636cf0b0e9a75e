"""What a call needs before its first search where the address space of the process is limited (`ulimit -v`).

OpenBLAS ends the process if it finds no room for the buffer of a thread, and FAISS if it is loaded without room.
"""

from __future__ import annotations

import sys

import numpy as np

from gpu_smotetomek.address_space import get_free_address_space
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.backends.faiss_cpu import faiss_settings, faiss_unavailable_reason, is_faiss_loaded
from gpu_smotetomek.typing import Array
from gpu_smotetomek.worker_threads import ADDRESS_SPACE_OF_THREAD

LOAD_FAISS_FROM_ROWS = 4000
"""Fewer rows have too few pairs for FAISS to pay."""

WARM_UP_ROWS = 512
"""Rows of a product that OpenBLAS divides among all its threads."""


def prepare_libraries(ctx: ExecutionContext, X: Array) -> None:
    """Load FAISS where it may serve, and have BLAS take its buffers; without a limit both wait for their first use.

    Raises
    ------
    MemoryError
        If the limit leaves too little for the buffers.
    """
    free = get_free_address_space()
    if free is None or ctx.uses_device:
        return
    if free < ADDRESS_SPACE_OF_THREAD:
        raise MemoryError(
            f"the limit on the address space of this process (ulimit -v) leaves {free:,} bytes, and the libraries of a call may "
            f"take {ADDRESS_SPACE_OF_THREAD:,} bytes; raise the limit"
        )
    may_serve = ctx.backend == "auto" and ctx.kind.is_numpy_or_sparse and X.shape[0] >= LOAD_FAISS_FROM_ROWS
    if may_serve and not is_faiss_loaded():
        faiss_unavailable_reason("faiss-cpu")  # loads it
    take_buffers()


def take_buffers() -> None:
    """Multiply matrices once with each BLAS that is loaded: it keeps the buffers of its threads."""
    import scipy.linalg.blas

    rows = np.ones((WARM_UP_ROWS, WARM_UP_ROWS), np.float32)
    rows @ rows.T[:, ::-1]
    scipy.linalg.blas.sgemm(1.0, rows, rows)
    if "faiss" in sys.modules:
        with faiss_settings(1) as faiss:
            faiss.knn(rows[:, :8].copy(), rows[:, :8].copy(), 2)
