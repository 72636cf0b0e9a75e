"""Rows, checks and whole calls that the tests of the kernels share, on the CPU and on a GPU."""

from typing import Any

import numpy as np
from support import datasets, oracle

from gpu_smotetomek import SMOTE, ResamplingPipeline, SMOTETomek, TomekLinks, kernels
from gpu_smotetomek.arrays.dispatch import ArrayKind
from gpu_smotetomek.arrays.encoding import unique_inverse
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors import SearchSelector
from gpu_smotetomek.neighbors.backends.cuda.backend import Cuda
from gpu_smotetomek.neighbors.protocol import Backend
from gpu_smotetomek.resampling import Batch, class_neighbors, find_links, oversample

CTX = ExecutionContext(n_threads=1)
KERNEL_SOURCE = kernels.source  # a test may replace the function itself

SAMPLERS = {
    "SMOTE": lambda **parameters: SMOTE(random_state=0, **parameters),
    "TomekLinks": lambda **parameters: TomekLinks(sampling_strategy="all", **parameters),
    "SMOTETomek": lambda **parameters: SMOTETomek(random_state=0, remove="both", **parameters),
    "clean first": lambda **parameters: ResamplingPipeline(
        [("t", TomekLinks()), ("s", SMOTE(random_state=0))], **parameters
    ),
}

# ---- searches ---------------------------------------------------------------------------------------------------------


def normal_rows(n: int, d: int, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=(n, d)) / np.sqrt(d)).astype(np.float32)


def surface(n: int, seed: int) -> np.ndarray:
    """Rows on a two-dimensional surface in six dimensions."""
    u, v = np.random.default_rng(seed).uniform(-1, 1, (2, n))
    return np.stack([u, v, u * v, u * u, np.sin(2 * v), u - v], axis=1).astype(np.float32)


def check_lists(
    X: np.ndarray,
    Q: np.ndarray,
    sq_distances: np.ndarray,
    indices: np.ndarray,
    radius: np.ndarray | None = None,
    backend: Backend | None = None,
) -> None:
    """Check the contract of a backend: distinct rows, squared distances within the bound, and no nearer row left out."""
    exact = oracle.squares(Q[:, None].astype(np.float64), X[None].astype(np.float64))
    a, b = (np.linalg.norm(side.astype(np.float64), axis=1) for side in (Q, X))
    backend, sizes = backend or Cuda(), {"d": X.shape[1], "n": len(X)}
    bound = backend.error(a[:, None], b[None], **sizes) * (1 + 1e-9) + backend.relative_error(**sizes) * exact
    for q in range(len(Q)):
        is_row = np.isfinite(sq_distances[q])
        listed = indices[q, is_row]
        assert len(set(listed.tolist())) == len(listed)
        assert (abs(sq_distances[q, is_row] - exact[q, listed]) <= bound[q, listed]).all()
        last = sq_distances[q].max() if len(listed) == sq_distances.shape[1] else radius[q] ** 2
        others = np.setdiff1d(np.arange(len(X)), listed)
        assert (exact[q, others] + bound[q, others] >= last).all()


# ---- whole calls ------------------------------------------------------------------------------------------------------


def small_table(kind: str = "gaussian", dtype: type = np.float64) -> tuple[np.ndarray, np.ndarray]:
    y = datasets.labels(120, 30)
    return datasets.make(kind, y, 4, dtype=dtype), y


def selector(backend: str, kind: ArrayKind = ArrayKind.NUMPY) -> SearchSelector:
    return SearchSelector(ExecutionContext(n_threads=1, backend=backend, kind=kind))


def oversample_and_link(X: Any, y: np.ndarray, selector: SearchSelector) -> tuple[Any, np.ndarray]:
    """Rows after SMOTE, and the links among them."""
    batch = Batch.from_input(X, *unique_inverse(y), None, selector.ctx)

    def find_neighbors(rows: Any) -> tuple[Any, Any]:
        return class_neighbors(batch, rows, 3, selector)

    batch = oversample(batch, {1: 90}, find_neighbors, lambda: np.random.RandomState(0), selector.ctx)
    return batch.X, find_links(batch, selector)


# ---- the bound of the filter on tensor cores --------------------------------------------------------------------------


def rows_rounded_down() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features that float16 rounds down the most, sums above zero with digits to lose, and radii next to the last bit."""
    x = np.full((1, 128), 4 * (1 + 2.0**-11), np.float32)
    x[0, 64:] = 2.828125 / 256
    return np.concatenate([x, x, -x]), np.repeat(x, 100, axis=0), np.geomspace(1e-3, 2, 100)


def tiny_rows() -> tuple[np.ndarray, np.ndarray, None]:
    """Rows that float16 holds only as subnormals, among others."""
    X, Q = normal_rows(256, 18), np.ldexp(normal_rows(40, 18, 1), -33)
    X[::20] = np.ldexp(X[::20], -33)
    return X, Q, None


FP16_PROBES = """
extern "C" __global__ void to_fp16_of(const float* in, int* out)
{ out[blockIdx.x * 256 + threadIdx.x] = to_fp16(in[blockIdx.x * 256 + threadIdx.x]); }
extern "C" __global__ void sums_of(const int* x, const int* y, float* sums)
{
    const int lane = blockIdx.x * 32 + threadIdx.x;
    float sum[4] = {sums[4 * lane], sums[4 * lane + 1], sums[4 * lane + 2], sums[4 * lane + 3]};
    multiply_fp16(sum, reinterpret_cast<const int4*>(x)[lane], reinterpret_cast<const int2*>(y)[lane]);
    for (int j = 0; j < 4; ++j) sums[4 * lane + j] = sum[j];
}
"""


def probe(cupy: Any, name: str) -> Any:
    text = KERNEL_SOURCE("tensor_core_filter:1") + FP16_PROBES
    return cupy.RawModule(code=text, options=kernels.OPTIONS).get_function(name)


def check_fp16(cupy: Any) -> None:
    """Check every float16, the midpoints between them, and the float32 next to these."""
    bits = np.arange(0x7C00, dtype=np.uint16).view(np.float16).astype(np.float32)
    middle = (bits[:-1] + bits[1:]) / 2
    values = [bits, middle, np.nextafter(middle, np.float32(0)), np.nextafter(middle, np.float32(np.inf)), -bits]
    values = np.resize(np.concatenate([*values, [65519.996, 65520, 1e-30]]).astype(np.float32), 256 * 700)
    out = cupy.zeros(len(values), dtype=np.int32)
    probe(cupy, "to_fp16_of")((700,), (256,), (cupy.asarray(values), out))
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(out.get().astype(np.uint16), values.astype(np.float16).view(np.uint16))


def check_sums(cupy: Any, A: np.ndarray, B: np.ndarray, C: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Check the sums of float32 C (m, 16, 8) and products of float16 A (m, 16, 16) and B (m, 8, 16).

    Returns the sums and the exact ones. Lanes hold what PTX defines for m16n8k16.
    """
    lane, up = np.arange(32), np.array([0, 8])
    first, second = lane // 4, lane[:, None] % 4 * 2 + np.arange(2)
    x = np.stack([A[:, first[:, None] + i, second + j] for j in up for i in up], axis=2)
    y = np.stack([B[:, first[:, None], second + j] for j in up], axis=2)
    places = [(slice(None), first + i, second[:, j]) for i in up for j in (0, 1)]
    sums = cupy.asarray(np.ascontiguousarray(np.stack([C[place] for place in places], axis=2)))
    words = (cupy.asarray(np.ascontiguousarray(part).view(np.int32).ravel()) for part in (x, y))
    probe(cupy, "sums_of")((len(A),), (32,), (*words, sums))
    found = np.zeros(C.shape)
    for j, place in enumerate(places):
        found[place] = sums.get()[:, :, j]
    A, B, C = (part.astype(np.float64) for part in (A, B, C))
    exact = C + A @ B.swapaxes(1, 2)
    size = abs(C) + abs(A) @ abs(B).swapaxes(1, 2)
    allowed = 3 * 16 * 2.0**-23 * size + 2.0**-20 * 16  # as kernels/fp16_fragments.cu allows, in units of 2^-16
    assert (abs(found - exact) <= allowed).all()
    return found, exact


def operands(m: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Coordinates of many sizes, and sums so far that nearly cancel the products."""
    rng = np.random.default_rng(0)
    A, B = (rng.normal(size=(m, n, 16)) * 2.0 ** rng.integers(-24, 12, (m, n, 16)) for n in (16, 8))
    A[::2], B[::2] = (rng.normal(size=(m - m // 2, n, 16)) for n in (16, 8))
    A, B = A.astype(np.float16), B.astype(np.float16)
    C = -(A.astype(np.float64) @ B.astype(np.float64).swapaxes(1, 2)) * rng.choice([0, 0.5, 1, 1], (m, 16, 8))
    return A, B, C.astype(np.float32)
