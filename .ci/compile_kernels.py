"""Compile every CUDA kernel with NVRTC for each architecture, and check the tests' stand-in for CuPy against the real one.

This needs CuPy, NVRTC and the folder of the tests on the path, but no GPU. It fails on the first module that does not compile, on
spilled registers, and on names that the stand-in has and CuPy lacks.
"""

import re
import sys

import cupy
from cupy.cuda import nvrtc
from support import fake_cupy

from gpu_smotetomek import kernels

ARCHITECTURES = (75, 80, 86, 89, 90, 100, 120)


def compile_for(module: str, architecture: int) -> str:
    """Compile a module and return the assembler's log, with the registers of each kernel.

    Raises
    ------
    SystemExit
        With the compiler's log, if compilation fails.
    """
    program = nvrtc.createProgram(kernels.source(module), f"{module}.cu", (), ())
    try:
        nvrtc.compileProgram(program, (*kernels.OPTIONS, f"--gpu-architecture=sm_{architecture}", "--ptxas-options=-v"))
    except nvrtc.NVRTCError as error:
        sys.exit(f"{module}.cu, sm_{architecture}: {error}\n{nvrtc.getProgramLog(program)}")
    if not nvrtc.getCUBIN(program):
        sys.exit(f"{module}.cu, sm_{architecture}: no machine code")
    return nvrtc.getProgramLog(program)


def main() -> None:
    print("NVRTC", *nvrtc.getVersion(), "CuPy", cupy.__version__)
    for module in kernels.MODULES:
        for architecture in ARCHITECTURES:
            log = compile_for(module, architecture)
            spilled = [line for line in log.splitlines() if re.search(r"[1-9]\d* bytes spill", line)]
            if spilled:
                sys.exit(f"{module}.cu, sm_{architecture}: registers are spilled\n{log}")
            registers = ", ".join(re.findall(r"Used (\d+) registers", log))
            print(f"{module}.cu  sm_{architecture}  registers: {registers or 'unknown'}")
    unknown = [name for name in vars(fake_cupy.cupy) if not hasattr(cupy, name)]
    unknown += [f"ndarray.{name}" for name in vars(fake_cupy.ndarray) if not hasattr(cupy.ndarray, name)]
    unknown = [name for name in unknown if not re.search(r"(^|\.)_", name)]
    if unknown:
        sys.exit(f"CuPy has no {', '.join(unknown)}: the stand-in must not have it either")


if __name__ == "__main__":
    main()
