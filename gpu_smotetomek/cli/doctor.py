"""`gpu-smotetomek doctor`: what is installed, what of it works, and what would make the rest work."""

import re
import sys
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from gpu_smotetomek import __version__
from gpu_smotetomek.arrays.cuda_probe import CudaDriver, installed_distributions, probe_driver
from gpu_smotetomek.cli.exit_codes import failures
from gpu_smotetomek.cli.options import Debug, Json
from gpu_smotetomek.cli.terminal import say, say_advice, say_json, say_table
from gpu_smotetomek.neighbors import available

DISTRIBUTIONS = (
    *("numpy", "scipy", "scikit-learn", "threadpoolctl", "array-api-compat", "narwhals"),
    *("polars", "typer", "rich", "imbalanced-learn", "pandas", "torch"),
)

PRESCOTT = (
    "The OpenBLAS inside faiss-cpu takes this processor for a Prescott of 2004 and is 3 to 4 times slower for it: "
    "start Python with OPENBLAS_CORETYPE={core} in the environment."
)


@dataclass(frozen=True)
class Health:
    """What the doctor found."""

    versions: dict[str, str | None]
    backends: dict[str, str | None]
    cuda: CudaDriver
    advice: list[str]


def doctor(as_json: Json = False, debug: Debug = False) -> None:
    """Report what is installed, what works, and what to mend.

    \b
    Example:
      gpu-smotetomek doctor
    """
    with failures(debug):
        health = examined()
        if as_json:
            say_json(asdict(health))
            return
        say_table(["package", "version"], [[k, v or "not installed"] for k, v in health.versions.items()])
        say()
        say_table(["backend", "usable"], [[k, why or "yes"] for k, why in health.backends.items()])
        say()
        say(f"CUDA: {health.cuda.text}")
        say_advice(health.advice)


def examined() -> Health:
    """Look at everything."""
    faiss, cupy = installed_distributions("faiss"), installed_distributions("cupy")
    versions = {"python": sys.version.split()[0], "gpu_smotetomek": __version__} | {
        name: version(name) for name in DISTRIBUTIONS
    }
    versions |= {name: version(name) for name in faiss or ["faiss-cpu"]}
    versions |= {name: version(name) for name in cupy or ["cupy"]}
    cuda = probe_driver()
    advice = [*clashes("faiss", faiss), *clashes("cupy", cupy), *too_new(cupy, cuda), *slow_blas()]
    return Health(versions, available(), cuda, advice)


def version(name: str) -> str | None:
    """Version of an installed distribution."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def clashes(module: str, names: list[str]) -> list[str]:
    """Advice where several distributions write into one module."""
    if len(names) < 2:
        return []
    return [
        f"{' and '.join(names)} overwrite each other's module {module!r}: "
        f"pip uninstall -y {' '.join(names)}, then install one of them."
    ]


def too_new(names: list[str], cuda: CudaDriver) -> list[str]:
    """Advice where CuPy is for a later CUDA than the driver runs; earlier ones work."""
    wanted = {name: int(found[1]) for name in names if (found := re.fullmatch(r"cupy-cuda([0-9]+)x", name))}
    return [
        f"{name} needs a driver for CUDA {number}, and this one runs CUDA {cuda.driver} at most: update the driver, or "
        f'pip uninstall -y {name} and pip install "gpu_smotetomek[cuda12]".'
        for name, number in wanted.items()
        if cuda.driver is not None and number > float(cuda.driver)
    ]


def slow_blas() -> list[str]:
    """Advice where FAISS's own OpenBLAS takes a recent processor for one of 2004."""
    try:
        import faiss  # noqa: F401
        import sklearn.neighbors  # noqa: F401 - before faiss, or its search takes twice as long in this process
    except Exception:
        return []  # `available` has said why
    from threadpoolctl import threadpool_info

    old = [lib for lib in threadpool_info() if "faiss" in lib["filepath"] and lib.get("architecture") == "Prescott"]
    return [PRESCOTT.format(core=core_type())] if old else []


def core_type() -> str:
    """Name that OpenBLAS has for processors with this one's vector instructions."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return "Haswell"
    return "SkylakeX" if "avx512f" in flags else "Haswell"
