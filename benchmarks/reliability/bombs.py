"""Files that unpack to more than the memory, or claim so: refused by one message, before they fill the memory."""

import bz2
import io
import os
import resource
import struct
import subprocess
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from benchmarks.reliability import commands
from benchmarks.reliability.outcome import OURS, Outcome, Size, Trial

LIMIT = 4 * 2**30
LARGEST_SHARE = 0.5
"""A refusal may take this share of the limit."""
REFUSED = "exit 1, one message"
MIB = 2**20


def make_csv_gz(path: Path) -> None:
    """Write 64 GiB of the same lines: the compressed block of 16 MiB is repeated."""
    block = b"1.5,2.5,0\n" * (16 * MIB // 10)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    path.write_bytes(b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + packed * 4096)


def make_csv_bz2(path: Path) -> None:
    """Write 8 GiB of the same lines: 128 streams of 64 MiB."""
    path.write_bytes(bz2.compress(b"1.5,2.5,0\n" * (64 * MIB // 10)) * 128)


def make_npy_header(shape: tuple[int, ...], dtype: str = "<f8") -> bytes:
    """Return the header of an array in a file."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": dtype, "fortran_order": False, "shape": shape})
    return buffer.getvalue()


def make_npz(method: int) -> Callable[[Path], None]:
    """Return a maker of an archive of 6 GiB of zeros."""

    def make(path: Path) -> None:
        rows = 6 * 2**30 // 32
        with zipfile.ZipFile(path, "w", method, compresslevel=1) as archive:
            with archive.open("X.npy", "w", force_zip64=True) as member:
                member.write(make_npy_header((rows, 4)))
                for _ in range(6 * 2**30 // (64 * MIB)):
                    member.write(bytes(64 * MIB))
            archive.writestr("y.npy", make_npy_header((rows,), "|i1") + bytes(rows))

    return make


def make_lying_npz(shape: tuple[int, ...], dtype: str = "<f8") -> Callable[[Path], None]:
    """Return a maker of an archive whose array claims a shape that it does not hold."""

    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("X.npy", make_npy_header(shape, dtype) + bytes(4096))
            archive.writestr("y.npy", make_npy_header((128,), "<i8") + bytes(1024))

    return make


def make_lying_zip(path: Path) -> None:
    """Write an archive whose directory claims sizes of 2**62 bytes."""
    make_lying_npz((128, 4))(path)
    content = bytearray(path.read_bytes())
    start = content.rindex(b"PK\x01\x02")
    struct.pack_into("<II", content, start + 20, 0xFFFFFFF0, 0xFFFFFFF0)
    path.write_bytes(bytes(content))


def make_columnar(kind: str, rows: int = 20_000_000, columns: int = 60) -> Callable[[Path], None]:
    """Return a maker of a Parquet or Feather file of equal cells that unpacks to 9.6 GB."""

    def make(path: Path) -> None:
        import polars

        column = polars.Series("y", np.zeros(rows, np.int64))
        frame = polars.DataFrame({f"x{j}": column for j in range(columns)} | {"y": column})
        if kind == "parquet":
            frame.write_parquet(path, compression="zstd")
        else:
            frame.write_ipc(path, compression="zstd")

    return make


def make_wide_xlsx(path: Path) -> None:
    """Write a workbook whose sheet is 2 GiB of spaces, packed."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as member:
            for _ in range(2 * 2**30 // (64 * MIB)):
                member.write(b" " * (64 * MIB))


QUICK_BOMBS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "npz, a shape of 10¹² rows": ("t.npz", make_lying_npz((10**12, 4))),
}
BOMBS = QUICK_BOMBS | {
    "gzip of 64 GiB": ("t.csv.gz", make_csv_gz),
    "bzip2 of 8 GiB": ("t.csv.bz2", make_csv_bz2),
    "npz, a shape of 2⁶³ rows": ("t.npz", make_lying_npz((2**63, 4))),
    "npz, a negative shape": ("t.npz", make_lying_npz((-5, 4))),
    "npz, ten million columns": ("t.npz", make_lying_npz((128, 10**7))),
    "npz, 2²⁰ dimensions": ("t.npz", make_lying_npz((1,) * 2**12)),
    "npz, cells of 2 GB": ("t.npz", make_lying_npz((128,), "|S2000000000")),
    "npz, sizes in the directory of the archive": ("t.npz", make_lying_zip),
    "npz of 6 GiB": ("t.npz", make_npz(zipfile.ZIP_DEFLATED)),
    "npz of 6 GiB, packed by bzip2": ("t.npz", make_npz(zipfile.ZIP_BZIP2)),
    "Parquet of 9.6 GB": ("t.parquet", make_columnar("parquet")),
    "Feather of 9.6 GB": ("t.feather", make_columnar("feather")),
    "workbook of 2 GiB": ("t.xlsx", make_wide_xlsx),
}


def run(size: Size) -> Iterator[Outcome]:
    """Let the command read each of them, with an address space of 4 GiB."""
    for name, (file, make) in (BOMBS if size.formats > 1 else QUICK_BOMBS).items():
        with tempfile.TemporaryDirectory() as folder:
            make(Path(folder) / file)
            result, seconds = read_bomb(Path(folder), file)
            yield Outcome(OURS, f"{name} ({(Path(folder) / file).stat().st_size / 1e6:,.1f} MB)", result, seconds)


def read_bomb(folder: Path, file: str) -> tuple[str, float]:
    """Run the command under the limit, and return what it said and the seconds that it took."""
    start = time.perf_counter()
    process = commands.start_command(
        ["resample", file, "-t", "y", "-o", "o.csv"],
        folder,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT)),
    )
    err, peak = wait(process)
    seconds = time.perf_counter() - start
    size = "" if peak < LARGEST_SHARE * LIMIT else f", {peak / 2**30:.1f} GiB of memory"
    written = ", an output" if (folder / "o.csv").exists() else ""
    return f"{commands.judge_refusal(process.returncode, err)}{size}{written}", seconds


def wait(process: "subprocess.Popen[str]") -> tuple[str, int]:
    """Return the text of stderr, and the most memory in bytes that the process or one of its children held."""
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        err = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return err, usage.ru_maxrss * 1024


TRIAL = Trial(
    "bombs and lying headers",
    "Files that unpack to more than the memory, or whose headers claim so, read with an address space of 4 GiB. The command ends "
    "with 1 and one message, and takes less than half of that.",
    frozenset({REFUSED}),
    run,
)
