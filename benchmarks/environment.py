"""Describe what a figure depends on: machine, versions and commit. Nothing in it names the machine or its user."""

import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VARIABLES_THAT_SLOW_NUMPY = (
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
)  # select other kernels and tiles; removed from the measured processes
PACKAGES = ("gpu_smotetomek", "numpy", "scipy", "scikit-learn", "imbalanced-learn", "scikit-learn-intelex", "faiss-cpu",
            "threadpoolctl", "cupy-cuda12x", "cupy-cuda13x", "faiss-gpu")  # fmt: skip


def describe_environment() -> dict[str, Any]:
    """Return the environment as the JSON records it."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _run_git("rev-parse", "HEAD"),
        "dirty": bool(_run_git("status", "--porcelain", "--", ".", ":(exclude)benchmarks/results")),
        "cpu": _read_cpu(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "load_at_start": os.getloadavg()[0],
        "platform": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: _find_version(name) for name in PACKAGES},
        "removed_from_environment": {
            name: os.environ[name] for name in VARIABLES_THAT_SLOW_NUMPY if name in os.environ
        },
    }


def make_child_environment() -> Mapping[str, str]:
    """Return the environment variables of a measured process: the caller's, without those that slow NumPy down."""
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES_THAT_SLOW_NUMPY}
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), kept.get("PYTHONPATH")]))}


def _find_version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _run_git(*words: str) -> str | None:
    """Return the output of git, or None outside a repository or before the first commit."""
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def _read_cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())
