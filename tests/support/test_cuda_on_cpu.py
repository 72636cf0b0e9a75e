"""Kernels on the CPU: broken rules of CUDA and arguments that do not match their declarations are reported."""

import numpy as np
import pytest
from support import cuda_on_cpu
from support.cuda_on_cpu import Struct

from gpu_smotetomek import kernels
from gpu_smotetomek.arrays.cupy_kernels import ScaledMatrix
from gpu_smotetomek.kernels.constants import TILE_ROWS

pytestmark = pytest.mark.usefixtures("compiler")


RULE_PROBES = {
    "missed": "if (threadIdx.x < 32) __syncthreads();",
    "left": "if (threadIdx.x == 63) return; __syncthreads();",
    "differing": "if (threadIdx.x % 2) {\n __syncthreads();\n } else {\n __syncthreads();\n }",
    "waiting": "if (threadIdx.x < 5) __shfl_sync(~0u, 1, 0); else __syncthreads();",
    "lanes_left": "if (threadIdx.x == 3) return; __ballot_sync(~0u, 1);",
    "masked": "__shfl_xor_sync(0xffu, 1, 1);",
    "right": """
        __shared__ float held[64]; held[threadIdx.x] = threadIdx.x; __syncthreads();
        out[blockIdx.x * 64 + threadIdx.x] = held[63 - threadIdx.x] + 100 * __shfl_up_sync(~0u, threadIdx.x, 1, 16)
        + 10000 * __popc(__ballot_sync(~0u, threadIdx.x % 3 == 0));""",
    "fresh": """
        __shared__ float held[64]; out[blockIdx.x * 64 + threadIdx.x] = held[threadIdx.x]; held[threadIdx.x] = 1.0f;""",
}


def run(name: str) -> np.ndarray:
    """The output of two blocks of 64 threads."""
    text = "\n".join(
        f'extern "C" __global__ void {name}(float* out) {{ {body} }}' for name, body in RULE_PROBES.items()
    )
    out = np.zeros(128, np.float32)
    cuda_on_cpu.kernel(text, name)((2,), (64,), (out,))
    return out


@pytest.mark.parametrize(
    ("probe", "said"),
    [
        ("missed", "a thread ended while others wait at the barrier of line 1"),
        ("left", "a thread ended while others wait at the barrier of line 2"),
        ("differing", "threads wait at barriers of lines 6 and 4"),
        ("waiting", "all threads wait for others"),
        ("lanes_left", "a warp operation after some lanes have ended"),
        ("masked", "a warp operation whose mask leaves lanes out"),
    ],
)
def test_broken_rules_are_reported(probe, said):
    with pytest.raises(cuda_on_cpu.KernelError, match=rf"^{probe}, block \(0, 0, 0\): {said}$"):
        run(probe)


def test_warps_barriers_and_blocks_run():
    thread = np.arange(64)
    up = thread - (thread % 16 > 0)
    votes = np.repeat([(thread[:32] % 3 == 0).sum(), (thread[32:] % 3 == 0).sum()], 32)
    np.testing.assert_array_equal(run("right"), np.tile(63 - thread + 100 * up + 10000 * votes, 2))


def test_shared_memory_is_poisoned_before_each_block():
    assert (run("fresh") == np.array([0xCDCDCDCD], np.uint32).view(np.float32)).all()


def test_arguments_of_other_types_are_refused():
    pack = cuda_on_cpu.kernel(kernels.source("search"), "pack_rows")
    X, out = np.zeros((3, 2), np.float32), np.zeros((1, 2, TILE_ROWS), np.float32)
    right = [X, None, np.int64(3), np.int32(2), out, np.zeros(TILE_ROWS, np.float32)]
    pack((1,), (TILE_ROWS,), tuple(right))
    wrong = {0: X.astype(np.float64), 2: np.int32(3), 3: 2, 4: out[:, :, ::2], 5: np.float32(0)}
    for place, value in wrong.items():
        with pytest.raises(cuda_on_cpu.KernelError, match=f"argument {place} of pack_rows"):
            pack((1,), (TILE_ROWS,), tuple([*right[:place], value, *right[place + 1 :]]))
    with pytest.raises(cuda_on_cpu.KernelError, match="takes 6 arguments"):
        pack((1,), (TILE_ROWS,), tuple(right[:-1]))


STRUCT_TEXT = """
struct Pair {
    const double* values; // a comment, with a comma
    int n, unused;
    double factor;
};
extern "C" __global__ void scale(const __grid_constant__ Pair pair, double* out)
{ for (int i = 0; i < pair.n; ++i) out[i] = pair.values[i] * pair.factor; }
"""


def scale(out: np.ndarray, **members: object) -> None:
    cuda_on_cpu.kernel(STRUCT_TEXT, "scale")((1,), (1,), (Struct.of(**members), out))


def test_structs_are_passed_by_value():
    values, out = np.arange(3.0), np.zeros(3)
    scale(out, values=values, n=np.int32(3), unused=np.int32(0), factor=np.float64(2))
    np.testing.assert_array_equal(out, 2 * values)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"values": np.arange(3, dtype=np.float32)},
            "member values of argument 0 of scale points to float32, not float64",
        ),
        ({"values": np.arange(6.0)[::2]}, "member values of argument 0 of scale is not contiguous"),
        ({"n": np.int64(3)}, "argument 0 of scale has 32 bytes .* not 24 bytes"),
        ({"n": np.float32(3)}, "member n of argument 0 of scale is float32, not int32"),
        ({"added": np.int32(0)}, "argument 0 of scale has 32 bytes"),
    ],
)
def test_structs_that_differ_from_their_declaration_are_refused(changes, said):
    right = {"values": np.arange(3.0), "n": np.int32(3), "unused": np.int32(0), "factor": np.float64(2)}
    with pytest.raises(cuda_on_cpu.KernelError, match=said):
        scale(np.zeros(3), **right | changes)


def test_members_in_another_order_are_refused():
    with pytest.raises(cuda_on_cpu.KernelError, match=r"'unused:i:8', 'n:i:12'.* not .*'n:i:8', 'unused:i:12'"):
        scale(np.zeros(3), values=None, unused=np.int32(0), n=np.int32(0), factor=np.float64(2))


def test_a_struct_points_to_living_arrays(cupy):
    """The addresses that `launch` packs are those of arrays that exist until the launch has returned."""
    launch = cupy.RawModule(code=STRUCT_TEXT, options=kernels.OPTIONS).get_function("scale")
    values, out = cupy.asarray(np.arange(3.0)), cupy.zeros(3)
    matrix = kernels.pack_struct(ScaledMatrix(values, np.int32(3), np.int32(0), np.float64(2), np.float64(0), None))
    names = {"X": "values", "is_float64": "n", "d": "unused", "scale": "factor"}
    pair = np.array(tuple(matrix[name] for name in names), [(new, matrix.dtype[old]) for old, new in names.items()])
    launch((1,), (1,), (pair, out))
    np.testing.assert_array_equal(out.get(), [0, 2, 4])
    del values
    with pytest.raises(AssertionError, match="values is the address of no living array"):
        launch((1,), (1,), (pair, out))
