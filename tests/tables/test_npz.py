"""`.npz` files keep their dtypes, are never unpickled, and false or damaged ones are errors of one sentence."""

import io
import zipfile

import numpy as np
import pytest
from numpy.lib import format as npy
from support.optional import optional
from support.table_files import FRAME, make_sheet, write_text

pl = optional("polars")

from gpu_smotetomek.tables import Sheet, TableError, UsageError, read, write  # noqa: E402


def test_npz_round_trip_keeps_dtypes(tmp_path):
    X, y = np.arange(50, dtype="f2").reshape(25, 2) / 7, np.repeat(["no", "yes"], [20, 5])
    write(Sheet(X, y, position=2), tmp_path / "t.npz")
    sheet = read(tmp_path / "t.npz", None)
    np.testing.assert_array_equal(sheet.X, X)
    np.testing.assert_array_equal(sheet.y, y)
    assert (sheet.X.dtype, sheet.y.dtype, sheet.target) == (X.dtype, y.dtype, "y")
    write(sheet, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text().splitlines()[0] == "x0,x1,y"


def test_frame_to_npz(tmp_path):
    write(make_sheet(FRAME, "class"), tmp_path / "t.npz")
    with np.load(tmp_path / "t.npz", allow_pickle=False) as arrays:
        assert arrays["X"].dtype == np.float64
        assert arrays["X"].shape == (50, 4)
        assert arrays["y"].tolist() == FRAME["class"].to_list()
    wide = pl.DataFrame({"id": [2**60, 1], "f": [0.5, 1.5], "y": [0, 1]})
    with pytest.raises(TableError, match=r"'id' holds integers above 2\^53, .* write \.parquet or \.feather"):
        write(make_sheet(wide, "y"), tmp_path / "w.npz")
    assert not (tmp_path / "w.npz").exists()


def test_npz_reports_the_arrays_left_out(tmp_path):
    np.savez(tmp_path / "t.npz", X=np.eye(3), y=np.arange(3), groups=np.arange(3))
    assert read(tmp_path / "t.npz", "y").left_out == ("groups",)


def add_member(path, name, data, header=None):
    """Add one .npy member to an archive, with a header that may be false."""
    buffer = io.BytesIO()
    if header is None:
        npy.write_array(buffer, data)
    else:
        npy.write_array_header_1_0(buffer, header)
        buffer.write(data)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}.npy", buffer.getvalue())


def test_npz_with_a_false_size_or_damage(tmp_path):
    false = tmp_path / "false.npz"
    add_member(false, "X", b"\0" * 64, {"shape": (10**12, 30), "fortran_order": False, "descr": "<f8"})
    add_member(false, "y", np.zeros(8))
    with pytest.raises(
        TableError, match=r"X in .* claims 240000000000\d+ bytes and the file has \d+, packed in \d+; it is"
    ):
        read(false, None)
    short = tmp_path / "short.npz"
    np.savez(short, X=np.eye(30), y=np.arange(30))
    short.write_bytes(short.read_bytes()[:-40])
    with pytest.raises(TableError, match=r"is damaged or not an .npz file .* write it anew with numpy.savez"):
        read(short, None)
    with pytest.raises(TableError, match=r"is damaged or not an .npz file"):
        read(write_text(tmp_path, "no zip", "t.npz"), None)


def test_npz_is_never_unpickled(tmp_path):
    path = tmp_path / "t.npz"
    np.savez(path, X=np.eye(2), y=np.array([{}, []], dtype=object))
    with pytest.raises(TableError, match=r"y in .* holds Python objects, which are not read for safety"):
        read(path, None)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"X": np.eye(2)}, "no array 'y' in"),
        ({"y": np.eye(2)}, "no array 'X' in"),
        ({"X": np.arange(2), "y": np.arange(2)}, r"X has shape \(2,\) and y \(2,\)"),
        ({"X": np.eye(3), "y": np.arange(2)}, r"expected \(rows, features\) and \(rows,\)"),
        ({"X": np.eye(3), "y": np.eye(3)}, r"expected \(rows, features\) and \(rows,\)"),
        ({"X": np.eye(0), "y": np.arange(0)}, "has no rows"),
        ({"X": np.zeros((3, 0)), "y": np.arange(3)}, "has no columns"),
        ({"X": np.eye(3) * 1j, "y": np.arange(3)}, "X in .* holds complex128; expected numbers$"),
        ({"X": np.eye(3), "y": np.array([b"a"] * 3)}, r"y in .* holds \|S1; expected numbers or text"),
    ],
)
def test_npz_without_a_table(tmp_path, arrays, message):
    np.savez(tmp_path / "t.npz", **arrays)
    with pytest.raises(TableError, match=message):
        read(tmp_path / "t.npz", None)
    with pytest.raises(UsageError, match=r"the target of an .npz file is its array y, not 'z'"):
        read(tmp_path / "t.npz", "z")


@pytest.mark.parametrize(("method", "name"), [(zipfile.ZIP_BZIP2, "bzip2"), (zipfile.ZIP_LZMA, "LZMA")])
def test_an_array_packed_without_a_bound_is_refused_before_it_is_unpacked(tmp_path, monkeypatch, method, name):
    """NumPy writes no such archive. One block of it unpacks to any size, before its header can be read."""
    X, y = io.BytesIO(), io.BytesIO()
    np.save(X, np.eye(4)), np.save(y, np.arange(4) % 2)
    with zipfile.ZipFile(tmp_path / "t.npz", "w", method) as archive:
        archive.writestr("X.npy", X.getvalue()), archive.writestr("y.npy", y.getvalue())
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    with pytest.raises(TableError, match=f"^X in .* is packed by {name}, which has no bound .*numpy.savez_compressed"):
        read(tmp_path / "t.npz", "y")
