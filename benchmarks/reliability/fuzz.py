"""Damaged files: the reader of tables reads them or refuses them by one message, and its process goes on."""

import functools
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.reliability.child import run_cases
from benchmarks.reliability.outcome import OURS, Outcome, Size, Trial

READ, REFUSED = "read", "refused by one message"
FAST, SLOW = (".csv", ".npz", ".csv.gz"), (".parquet", ".feather")


@functools.cache
def make_content(suffix: str) -> bytes:
    """Return the bytes of a sound file of 60 rows with numbers, text and labels."""
    import polars

    rng = np.random.default_rng(0)
    a, b, y = rng.normal(size=60).round(3), rng.integers(0, 9, 60), np.arange(60) % 3 // 2
    buffer = io.BytesIO()
    if suffix == ".npz":
        np.savez(buffer, X=np.column_stack([a, b]), y=y)
        return buffer.getvalue()
    frame = polars.DataFrame({"a": a, "b": b, "s": [f"x{i % 7}" for i in range(60)], "y": y})
    if suffix.startswith(".csv"):
        import gzip

        content = frame.write_csv().encode()
        return gzip.compress(content, mtime=0) if suffix == ".csv.gz" else content
    frame.write_parquet(buffer, compression="zstd") if suffix == ".parquet" else frame.write_ipc(buffer)
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
        path = Path(folder) / f"t{suffix}"
        path.write_bytes(damage(make_content(suffix), int(seed)))
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
    "Bytes of a sound file are changed, removed, repeated or inserted, or its end is cut off. The file is read, or refused by one "
    "message, and the process goes on.",
    frozenset({READ, REFUSED}),
    run,
)
