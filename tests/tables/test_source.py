"""Bytes of a table from files, pipes and standard input; names of files that are nearly right."""

import io
import os
import sys
import threading
from pathlib import Path

import pytest
from support.optional import optional
from support.table_files import write_text

pl = optional("polars")

from gpu_smotetomek.tables import TableError, UsageError, free_memory, read  # noqa: E402

TEXT = b"a,y\n1.5,no\n2.5,yes\n"


def give_stdin(monkeypatch, content):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


@pytest.mark.skipif(os.name != "posix", reason="named pipes of POSIX")
@pytest.mark.parametrize("name", ["t.csv", "t"])
def test_a_pipe_is_read(tmp_path, name):
    path = tmp_path / name
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(TEXT,))
    writer.start()
    sheet = read(path, "y")
    writer.join()
    assert sheet.frame.rows() == [(1.5, "no"), (2.5, "yes")]


def test_standard_input_is_csv_unless_a_format_is_given(monkeypatch):
    give_stdin(monkeypatch, TEXT)
    sheet = read(Path("-"), "y")
    assert sheet.frame.rows() == [(1.5, "no"), (2.5, "yes")]
    give_stdin(monkeypatch, TEXT.replace(b",", b"\t"))
    assert read(Path("-"), "y", form="tsv").frame.equals(sheet.frame)
    for form, write in (("parquet", pl.DataFrame.write_parquet), ("feather", pl.DataFrame.write_ipc)):
        content = io.BytesIO()
        write(sheet.frame, content)
        give_stdin(monkeypatch, content.getvalue())
        assert read(Path("-"), "y", form=form).frame.equals(sheet.frame)
        give_stdin(monkeypatch, content.getvalue())
        with pytest.raises(TableError, match=f"^standard input is a .* file; add --format {form}$"):
            read(Path("-"), "y")


def test_standard_input_that_gives_nothing(monkeypatch):
    give_stdin(monkeypatch, b"")
    with pytest.raises(TableError, match="standard input is empty"):
        read(Path("-"), "y")
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UsageError, match=r"standard input is closed; name a file, or send a table"):
        read(Path("-"), "y")
    give_stdin(monkeypatch, TEXT)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    with pytest.raises(UsageError, match=r"standard input is a terminal; send a table into this command with \| or <"):
        read(Path("-"), "y")


def test_a_stream_without_an_end_is_refused_before_it_fills_the_memory(monkeypatch):
    class Endless(io.RawIOBase):
        n_read = 0

        def read(self, size=-1):
            self.n_read += size
            return b"1,2\n" * (size // 4)

    class Stream:
        closed, buffer = False, Endless()

        def isatty(self):
            return False

    monkeypatch.setattr(sys, "stdin", Stream())
    monkeypatch.setattr(free_memory, "get_free_bytes", lambda: 10 * 2**20)
    with pytest.raises(
        MemoryError, match=r"^standard input has more than 0\.00\d+ GB, and 0\.0105 GB of memory are free"
    ):
        read(Path("-"), "y")
    assert Stream.buffer.n_read <= 6 * 2**20


@pytest.mark.parametrize(
    ("name", "proposed"),
    [
        ("trian.csv", "train.csv"),
        ("Train.csv", "train.csv"),
        ("train.tsv", "train.csv"),
        ("train", "train.csv"),
        ("tets.parquet", "test.parquet"),
        ("other.csv", None),
        ("x.csv", None),
    ],
)
def test_a_file_with_nearly_the_name_is_proposed(tmp_path, name, proposed):
    for present in ("train.csv", "test.parquet", "y.csv"):
        write_text(tmp_path, "a,y\n1,2\n", present)
    if (tmp_path / name).exists():
        pytest.skip("names of files are the same in any case here")
    with pytest.raises(UsageError, match=r"^no file ") as info:
        read(tmp_path / name, "y")
    assert str(info.value).endswith(f"did you mean {str(tmp_path / proposed)!r}?" if proposed else "check the path")
    with pytest.raises(UsageError, match=r"there is no folder .*nodir'; check the path"):
        read(tmp_path / "nodir" / name, "y")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="devices of POSIX")
def test_devices_are_refused():
    with pytest.raises(UsageError, match="'/dev/zero' is a device; name a file, or - for standard input"):
        read(Path("/dev/zero"), "y", form="csv")
