"""Examination of what is installed, what works, and how to repair the rest."""

import re
import sys
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from gpu_smotetomek import __version__
from gpu_smotetomek.arrays.cuda_probe import CudaDriver, installed_distributions, probe_driver
from gpu_smotetomek.cli.terminal import print_bullets, print_json, print_line, print_table
from gpu_smotetomek.neighbors import available

DISTRIBUTIONS = (
    *("numpy", "scipy", "scikit-learn", "threadpoolctl", "array-api-compat", "narwhals"),
    *("polars", "typer", "rich", "imbalanced-learn", "pandas", "pyarrow", "matplotlib", "torch"),
)

BLAS_ADVICE = (
    "The OpenBLAS inside faiss-cpu mistakes this processor for a Prescott of 2004 and is 3 to 4 times slower for it: "
    "start Python with OPENBLAS_CORETYPE={core} in the environment."
)


@dataclass(frozen=True)
class Health:
    """Installed versions, usable backends, the CUDA driver, and advice."""

    versions: dict[str, str | None]
    backends: dict[str, str | None]
    cuda: CudaDriver
    advice: list[str]


def print_health(*, as_json: bool) -> None:
    """Examine this machine and print what was found, as text or JSON."""
    health = examine()
    if as_json:
        print_json(asdict(health))
        return
    print_table(["package", "version"], [[k, v or "not installed"] for k, v in health.versions.items()])
    print_line()
    print_table(["backend", "usable"], [[k, why or "yes"] for k, why in health.backends.items()])
    print_line()
    print_line(f"CUDA: {health.cuda.text}")
    print_bullets(health.advice)


def examine() -> Health:
    """Examine the packages, the backends and the driver."""
    faiss, cupy = installed_distributions("faiss"), installed_distributions("cupy")
    versions = {"python": sys.version.split()[0], "gpu_smotetomek": __version__} | {
        name: find_version(name) for name in DISTRIBUTIONS
    }
    versions |= {name: find_version(name) for name in faiss or ["faiss-cpu"]}
    versions |= {name: find_version(name) for name in cupy or ["cupy"]}
    cuda = probe_driver()
    advice = [
        *advise_on_clashes("faiss", faiss),
        *advise_on_clashes("cupy", cupy),
        *advise_on_driver(cupy, cuda),
        *advise_on_blas(),
    ]
    return Health(versions, available(), cuda, advice)


def find_version(name: str) -> str | None:
    """Return the version of an installed distribution."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def advise_on_clashes(module: str, names: list[str]) -> list[str]:
    """Advise if several distributions write into one module."""
    if len(names) < 2:
        return []
    return [
        f"{' and '.join(names)} overwrite each other's module {module!r}: "
        f"pip uninstall -y {' '.join(names)}, then install one of them."
    ]


def advise_on_driver(names: list[str], cuda: CudaDriver) -> list[str]:
    """Advise if CuPy needs a later CUDA than the driver runs; earlier ones work."""
    required = {name: int(match[1]) for name in names if (match := re.fullmatch(r"cupy-cuda([0-9]+)x", name))}
    return [
        f"{name} needs a driver for CUDA {number}, and this one runs CUDA {cuda.driver} at most: update the driver, or "
        f'pip uninstall -y {name} and pip install "gpu_smotetomek[cuda12]".'
        for name, number in required.items()
        if cuda.driver is not None and number > float(cuda.driver)
    ]


def advise_on_blas() -> list[str]:
    """Advise if the OpenBLAS in FAISS mistakes a recent processor for one of 2004."""
    try:
        import faiss  # noqa: F401
        import sklearn.neighbors  # noqa: F401 - loaded after faiss, its search takes twice as long
    except Exception:
        return []  # `available` gives the reason
    from threadpoolctl import threadpool_info

    old = [lib for lib in threadpool_info() if "faiss" in lib["filepath"] and lib.get("architecture") == "Prescott"]
    return [BLAS_ADVICE.format(core=detect_core_type())] if old else []


def detect_core_type() -> str:
    """Return OpenBLAS's name for processors with the vector instructions of this one."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return "Haswell"
    return "SkylakeX" if "avx512f" in flags else "Haswell"
