"""Files that would end the process that reads them, or fill its memory, are errors of one sentence."""

import contextlib
import io

import numpy as np
import pytest
from support.optional import optional
from support.table_files import FRAME, make_sheet

pl = optional("polars")

from gpu_smotetomek.tables import TableError, free_memory, read, trial, write  # noqa: E402

FATAL_SEEDS = (1595, 3286, 3903)
"""Seeds of damage that ended the reader of polars 1.43 with SIGABRT."""


def damage(content, seed):
    """Replace up to three bytes."""
    random, damaged = np.random.default_rng(seed), bytearray(content)
    for _ in range(int(random.integers(1, 4))):
        damaged[int(random.integers(len(content)))] = int(random.integers(256))
    return bytes(damaged)


@pytest.mark.parametrize("seed", FATAL_SEEDS)
def test_damaged_files_do_not_end_the_process(tmp_path, seed):
    random = np.random.default_rng(1)
    columns = {"a": random.normal(size=300), "b": random.integers(0, 5, 300)}
    columns |= {"s": [f"x{i % 7}" for i in range(300)], "y": random.integers(0, 2, 300)}
    buffer = io.BytesIO()
    pl.DataFrame(columns).write_parquet(buffer, compression="zstd")
    path = tmp_path / "t.parquet"
    path.write_bytes(damage(buffer.getvalue(), seed))
    with contextlib.suppress(TableError):  # or it is read: what damage does depends on the version of polars
        read(path, "y")


@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
def test_a_reader_that_ends_by_a_signal_is_an_error(tmp_path, monkeypatch, suffix):
    program = tmp_path / "program.py"
    program.write_text("import os; os.abort()")
    monkeypatch.setattr(trial, "PROGRAM", program)
    write(make_sheet(FRAME, "class"), tmp_path / f"t{suffix}")
    with pytest.raises(TableError, match=r"the reader does not survive it\. It is damaged, or claims more memory"):
        read(tmp_path / f"t{suffix}", "class")


def test_without_another_process_files_are_read_all_the_same(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError

    monkeypatch.setattr(trial.subprocess, "run", refuse)
    write(make_sheet(FRAME, "class"), tmp_path / "t.parquet")
    assert len(read(tmp_path / "t.parquet", "class").y) == len(FRAME)


@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
def test_packed_rows_larger_than_the_free_memory_are_refused(tmp_path, monkeypatch, suffix):
    zeros = pl.DataFrame({"a": pl.zeros(10**6, eager=True), "y": pl.zeros(10**6, dtype=pl.Int32, eager=True)})
    path = tmp_path / f"t{suffix}"
    zeros.write_parquet(path) if suffix == ".parquet" else zeros.write_ipc(path, compression="zstd")
    assert path.stat().st_size < 10**6
    assert len(read(path, "y").y) == 10**6
    monkeypatch.setattr(free_memory, "get_free_bytes", lambda: 10**6)
    with pytest.raises(
        MemoryError, match=r"unpacked, has 0\.012 GB, and 0\.001 GB of memory are free; take fewer rows"
    ):
        read(path, "y")


def test_a_packed_archive_larger_than_the_free_memory_is_refused(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "t.npz", X=np.zeros((10**6, 2)), y=np.zeros(10**6))
    monkeypatch.setattr(free_memory, "get_free_bytes", lambda: 10**6)
    with pytest.raises(MemoryError, match=r"unpacked, has 0\.024 GB"):
        read(tmp_path / "t.npz", None)
