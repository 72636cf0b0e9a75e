"""A folder with a table and an old output, and the command line that works there."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.environment import make_child_environment
from benchmarks.reliability.subjects import make_table

SUFFIXES = (".csv", ".parquet", ".npz", ".feather")
OLD = b"the old output"
PROGRAM = "import sys; from gpu_smotetomek.__main__ import main; print('started', flush=True); main()"
LIMIT_SECONDS = 120
INTACT, COMPLETE, DAMAGED = "old output intact", "new output complete", "output damaged"
NO_LINE, TRACEBACK = "no message", "a traceback"


@dataclass(frozen=True)
class Place:
    """A folder with a table.

    Attributes
    ----------
    folder : Path
        The folder.
    suffix : str
        Format of the output.
    reference : bytes
        The output of an undisturbed command.
    seconds : float
        Its duration, from the first line of Python on.
    """

    folder: Path
    suffix: str
    reference: bytes
    seconds: float

    @property
    def output(self) -> Path:
        """Path of the output."""
        return self.folder / f"o{self.suffix}"

    def start(self, **options: Any) -> subprocess.Popen[str]:
        """Put the old output in place, start the command, and return it as soon as Python runs."""
        self.output.write_bytes(OLD)
        process = start_command(
            ["resample", "t.csv", "-t", "y", "-o", self.output.name, "--force"], self.folder, **options
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n", "the command did not start"
        return process

    def judge_output(self) -> str:
        """Whether the output is the old one, the complete new one, or neither."""
        content = self.output.read_bytes() if self.output.exists() else b""
        return INTACT if content == OLD else COMPLETE if content == self.reference else DAMAGED

    def list_others(self) -> list[str]:
        """Return the names of files that belong neither to the table nor to the output."""
        return sorted(path.name for path in self.folder.iterdir() if path.name not in ("t.csv", self.output.name))


def start_command(words: Sequence[str], folder: Path, **options: Any) -> subprocess.Popen[str]:
    """Start the command line; it prints `started` first."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words, *(["--seed", "0"] if words[0] == "resample" else [])],
        cwd=folder,
        env=make_child_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


@contextmanager
def open_place(suffix: str, rows: int = 4000, d: int = 12) -> Iterator[Place]:
    """Make a folder with a table, and run the command once undisturbed; remove the folder at the end."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        X, y = make_table(rows, d)
        header = ",".join([*(f"x{j}" for j in range(d)), "y"])
        np.savetxt(folder / "t.csv", np.column_stack([X, y]), delimiter=",", header=header, comments="", fmt="%.9g")
        place = Place(folder, suffix, b"", 0.0)
        process = place.start()
        start = time.perf_counter()
        _, err = process.communicate(timeout=LIMIT_SECONDS)
        if process.returncode:
            raise RuntimeError(f"the undisturbed command failed: {err}")
        yield Place(folder, suffix, place.output.read_bytes(), time.perf_counter() - start)


def judge_refusal(code: int, err: str) -> str:
    """Return the exit code, and whether stderr has one message: `exit 1, one message`."""
    lines = err.strip().splitlines()
    if code < 0:
        return f"ended by signal {-code}"
    if "Traceback" in err:
        return TRACEBACK
    message = "one message" if len(lines) == 1 and lines[0].startswith("gpu-smotetomek: ") else NO_LINE
    return f"exit {code}, {message}"
