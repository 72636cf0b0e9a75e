"""Damaged files: the reader of tables reads them or refuses them by one message, and its process goes on."""

import functools
import gzip
import io
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.reliability.child import run_cases
from benchmarks.reliability.outcome import OURS, Outcome, Size, Trial

READ, REFUSED = "read", "refused by one message"
MEMBERS = "members of .npz"
FAST, SLOW = (".csv", ".csv.gz", ".npz", MEMBERS), (".parquet", ".feather")
HEADER = 128
"""Bytes of the header of an array in a file."""


@functools.cache
def make_content(suffix: str) -> bytes:
    """Return the bytes of a sound file of 60 rows with numbers and labels; Parquet and Feather have a column of text too."""
    import polars

    rng = np.random.default_rng(0)
    columns = {"a": rng.normal(size=60).round(3), "b": rng.integers(0, 9, 60), "y": np.arange(60) % 3 // 2}
    buffer = io.BytesIO()
    if suffix == ".npz":
        np.savez(buffer, X=np.column_stack([columns["a"], columns["b"]]), y=columns["y"])
    elif suffix.startswith(".csv"):
        content = polars.DataFrame(columns).write_csv().encode()
        return gzip.compress(content, mtime=0) if suffix == ".csv.gz" else content
    else:
        frame = polars.DataFrame(columns | {"s": [f"x{i % 7}" for i in range(60)]})
        frame.write_parquet(buffer, compression="zstd") if suffix == ".parquet" else frame.write_ipc(buffer)
    return buffer.getvalue()


def make_damaged_file(suffix: str, seed: int) -> bytes:
    """Return a damaged file; the sums of an archive whose members are damaged are right."""
    if suffix != MEMBERS:
        return damage(make_content(suffix), seed)
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(make_content(".npz"))) as sound, zipfile.ZipFile(buffer, "w") as archive:
        for number, name in enumerate(sound.namelist()):
            content = sound.read(name)
            archive.writestr(name, damage(content[:HEADER], seed) + content[HEADER:] if seed % 2 == number else content)
    return buffer.getvalue()


def damage(content: bytes, seed: int) -> bytes:
    """Change, remove, repeat or insert some bytes, or cut the end off."""
    rng, damaged = np.random.default_rng(seed), bytearray(content)
    for _ in range(int(rng.integers(1, 5))):
        at, kind = int(rng.integers(len(damaged) + 1)), int(rng.integers(8))
        length = int(rng.integers(1, 9))
        if kind <= 2:
            damaged[at : at + 1] = rng.integers(0, 256, 1, dtype=np.uint8).tobytes()
        elif kind == 3:
            damaged[at : at + length] = rng.choice([b"\xff", b"\x01", b"\x7f"]) * length
        elif kind == 4:
            del damaged[at : at + length]
        elif kind == 5:
            damaged[at:at] = rng.integers(0, 256, length, dtype=np.uint8).tobytes()
        elif kind == 6:
            damaged[at:at] = damaged[at : at + 10 * length]
        elif rng.integers(4) == 0:
            del damaged[at:]
    return bytes(damaged)


def run(size: Size) -> Iterator[Outcome]:
    """Read damaged files of each format."""
    for outcome in run_cases(__name__, OURS, size):
        suffix = outcome.case.partition(";")[0]
        yield Outcome(f"{OURS}, {suffix}", outcome.case, outcome.result)


def list_cases(size: Size) -> list[str]:
    """Return format and seed of each case."""
    counts = dict.fromkeys(FAST, size.fast_files) | dict.fromkeys(SLOW, size.slow_files)
    return [f"{suffix}; {seed}" for suffix, count in counts.items() for seed in range(count)]


def may_harm(_: str) -> bool:
    """The reader is to protect its process: no case gets a process of its own."""
    return False


def try_case(_: str, case: str) -> str:
    """Read one damaged file."""
    from gpu_smotetomek.tables import read

    suffix, seed = case.split("; ")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"t{suffix[suffix.index('.') :]}"
        path.write_bytes(make_damaged_file(suffix, int(seed)))
        try:
            read(path, "y")
        except (ValueError, OSError, MemoryError) as error:
            is_one_message = bool(str(error)) and "\n" not in str(error)
            return REFUSED if is_one_message else f"{type(error).__name__} without one message"
        except BaseException as error:
            return type(error).__name__
    return READ


TRIAL = Trial(
    "damaged files",
    "Bytes of a sound file are changed, removed, repeated or inserted, or its end is cut off. It is read, or refused by one "
    "message, and the process goes on.",
    frozenset({READ, REFUSED}),
    run,
)
