"""Compressed text: read, refused where it is damaged, and never unpacked beyond the memory."""

import bz2
import gzip

import pytest
from support.optional import optional
from support.table_files import FRAME, make_sheet

pl = optional("polars")

from gpu_smotetomek.tables import TableError, UsageError, compression, free_memory, read, write  # noqa: E402

TEXT = b"a,y\n1.5,no\n2.5,yes\n" + b"3,no\n" * 500
PACK = {".gz": gzip.compress, ".bz2": bz2.compress}


def pack(content, suffix):
    if suffix == ".zst":
        return optional("pyarrow").compress(content, codec="zstd", asbytes=True)
    return PACK[suffix](content)


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".zst"])
def test_compressed_text_is_the_text(tmp_path, suffix):
    path, plain = tmp_path / f"t.csv{suffix}", tmp_path / "t.csv"
    path.write_bytes(pack(TEXT, suffix))
    plain.write_bytes(TEXT)
    assert read(path, "y").frame.equals(read(plain, "y").frame)


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".zst"])
def test_damage_is_an_error_of_one_sentence(tmp_path, suffix):
    path, whole = tmp_path / f"t.csv{suffix}", pack(TEXT, suffix)
    contents = [whole[: len(whole) // 2], whole[:-5], b"a,y\n1,2\n"]
    if suffix != ".zst":  # whose checksum is optional
        contents.append(whole[:12] + b"????" + whole[16:])
    for content in contents:
        path.write_bytes(content)
        with pytest.raises(TableError, match=rf"t\.csv\{suffix}' cannot be unpacked \(.*\); it is damaged or not"):
            read(path, "y")


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".zst"])
def test_a_bomb_is_refused_before_it_fills_the_memory(tmp_path, monkeypatch, suffix):
    path = tmp_path / f"t.csv{suffix}"
    path.write_bytes(pack(bytes(200 * 2**20), suffix))
    assert path.stat().st_size < 2**20
    blocks = []
    opened = compression.open_packed

    def count(*arguments):
        stream = opened(*arguments)

        class Counter:
            def __enter__(self):
                return self

            def __exit__(self, *_):
                stream.close()

            def read(self, size):
                blocks.append(size)
                return stream.read(size)

        return Counter()

    monkeypatch.setattr(compression, "open_packed", count)
    monkeypatch.setattr(free_memory, "get_free_bytes", lambda: 10 * 2**20)
    with pytest.raises(
        MemoryError, match=r"unpacked, has more than 0\.00\d+ GB, and 0\.0105 GB of memory are free, for"
    ):
        read(path, "y")
    assert sum(blocks) <= 6 * 2**20


@pytest.mark.parametrize("suffix", [".csv.gz", ".tsv.gz", ".csv.bz2"])
def test_compressed_text_is_written_and_read_again(tmp_path, suffix):
    path = tmp_path / f"t{suffix}"
    write(make_sheet(FRAME, "class"), path)
    packed = path.read_bytes()
    assert read(path, "class").frame["a"].equals(FRAME["a"])
    write(make_sheet(FRAME, "class"), path, force=True)
    assert path.read_bytes() == packed


def test_zstd_without_its_library_names_the_command(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    path = tmp_path / "t.csv.zst"
    path.write_bytes(b"")
    with pytest.raises(UsageError, match=r"is compressed by zstd, which needs pyarrow: pip install pyarrow$"):
        read(path, "y")
