"""Reading and writing of tables: round trips, one-sentence errors, and outputs that are complete or absent."""

import errno
import gzip
import io
import os
import stat
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.lib import format as npy
from support.optional import optional

pl = optional("polars")

from gpu_smotetomek.tables import (  # noqa: E402
    Sheet,
    TableError,
    UsageError,
    check_output,
    find_formulas,
    free_memory,
    read,
    reading,
    write,
)
from gpu_smotetomek.tables.atomic import open_replacement  # noqa: E402

RNG = np.random.default_rng(0)
FLOATS = RNG.standard_normal(50) * 10.0 ** RNG.integers(-30, 30, 50)
FRAME = pl.DataFrame(
    {
        "a": pl.Series(FLOATS),
        "class": pl.Series(["'-1'", "'1'"] * 25),
        "b, c": pl.Series(FLOATS.astype("f4")),
        "n": pl.Series(range(50), dtype=pl.Int16),
        "flag": pl.Series([True, False] * 25),
    }
)


def make_sheet(frame, target):
    return Sheet(frame.drop(target), frame[target], frame.columns.index(target))


def write_text(tmp_path, content, name="t.csv"):
    path = tmp_path / name
    path.write_text(content)
    return path


@pytest.mark.parametrize("suffix", [".parquet", ".feather", ".arrow", ".ipc"])
def test_binary_tables_keep_everything(tmp_path, suffix):
    path = tmp_path / f"t{suffix}"
    write(make_sheet(FRAME, "class"), path)
    sheet = read(path, "class")
    assert sheet.frame.equals(FRAME)
    assert sheet.frame.schema == FRAME.schema
    assert sheet.X.columns == ["a", "b, c", "n", "flag"]


@pytest.mark.parametrize(("suffix", "separator"), [(".csv", None), (".tsv", None), (".csv", ";"), (".csv", "\t")])
def test_text_tables_keep_floats_names_and_order(tmp_path, suffix, separator):
    path = tmp_path / f"t{suffix}"
    write(make_sheet(FRAME, "class"), path, separator=separator)
    sheet = read(path, "class", separator=separator)
    assert sheet.frame.columns == FRAME.columns
    assert sheet.frame.equals(FRAME.cast({"b, c": pl.Float64, "n": pl.Int64}).with_columns(sheet.X["b, c"]))
    assert (sheet.X["b, c"].cast(pl.Float32) == FRAME["b, c"]).all()


def test_no_header_in_and_none_out(tmp_path):
    path = write_text(tmp_path, "1.5,'-1',3\n2.5,'1',4\n")
    sheet = read(path, "1", header=False)
    assert sheet.labels.tolist() == ["'-1'", "'1'"]
    write(sheet, tmp_path / "o.csv")
    assert (tmp_path / "o.csv").read_text() == path.read_text()
    write(sheet, tmp_path / "o.parquet")
    assert pl.read_parquet(tmp_path / "o.parquet").columns == ["column_0", "column_1", "column_2"]


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


@pytest.mark.parametrize(
    ("cells", "labels"),
    [
        (["0", "1"], [0, 1]),
        (['"0"', '"1"'], [0, 1]),
        (["0.0", "1.0"], [0.0, 1.0]),
        (["007", "010"], ["007", "010"]),
        (["'1'", "'-1'"], ["'1'", "'-1'"]),
        (["1", "1.0"], ["1", "1.0"]),
        ([" 0", " 1"], [0, 1]),
        (["true", "false"], ["true", "false"]),
        (["9" * 30, "1"], ["9" * 30, "1"]),
    ],
)
def test_labels_print_as_in_the_file(tmp_path, cells, labels):
    path = write_text(tmp_path, "a,y\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells)))
    assert read(path, "y").labels.tolist() == labels


def test_target_by_name_before_number(tmp_path):
    path = write_text(tmp_path, "1,0,x\n5,6,7\n8,9,10\n")
    assert read(path, "0").position == 1
    assert read(path, "1").position == 0
    assert read(path, "-1").target == "x"
    assert read(path, "0", header=False).position == 0


def test_spaces_blank_lines_marks_and_late_floats(tmp_path):
    path = write_text(tmp_path, "\ufeff\na, b,y\n1, 2.5,0\n\n2, 3,1\n\n\n")
    assert read(path, "y").frame.rows() == [(1, 2.5, 0), (2, 3.0, 1)]
    late = write_text(tmp_path, "a,y\n" + "1,0\n" * 10_000 + "2.5,1\n", "late.csv")
    assert read(late, "y").X["a"][-1] == 2.5


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        ("", TableError, "is empty; expected a line of names, then rows"),
        ("\n\n", TableError, "is empty"),
        ("a,y\n", TableError, "the table has no rows, only names of columns; expected a row"),
        ("a;y\n1;2\n", UsageError, r"looks ';' separated; add --separator ';'"),
        ("a\ty\n1\t2\n", UsageError, r"looks '\\t' separated; add --separator '\\t'"),
        ("a,a,y\n1,2,3\n", TableError, r"two columns .* are named 'a'; rename one, or add --no-header"),
        ("a,y\n1,\n2,1\n", TableError, r"1 of 2 labels are missing in column 'y'; fill them in or drop those rows"),
        ("y\n1\n2\n", TableError, "one column only, the target 'y'; expected features beside it"),
        (
            "a,y\n1,2\n1,2,3\n",
            TableError,
            r"line 3 of .*t\.csv' has 3 cells and the first line has 2; take out the ',' too many",
        ),
        ("a,class\n1,2\n", UsageError, r"no column 'y'; it has 'a', 'class'"),
    ],
)
def test_bad_text_tables(tmp_path, content, error, message):
    with pytest.raises(error, match=message):
        read(write_text(tmp_path, content), "y")


def test_unknown_columns_and_names(tmp_path):
    path = write_text(tmp_path, "alpha,class\n1,2\n")
    with pytest.raises(UsageError, match=r"no column 'clas'; did you mean 'class'\? It has 'alpha', 'class'"):
        read(path, "clas")
    with pytest.raises(UsageError, match=r"no column '2'; without a header line columns are numbered 0 to 1, the last"):
        read(path, "2", header=False)
    with pytest.raises(UsageError, match="name the column to predict with --target"):
        read(path, None)
    with pytest.raises(UsageError, match=r"no file '.*nope.csv'; check the path"):
        read(tmp_path / "nope.csv", "y")
    with pytest.raises(UsageError, match="is a folder; name a file in it"):
        read(tmp_path, "y")
    with pytest.raises(UsageError, match=r"ends in '.xlsx'; name a file that ends in one of .csv, .tsv"):
        read(write_text(tmp_path, "x", "t.xlsx"), "y")
    with pytest.raises(UsageError, match=r"--no-header and --separator are for .csv and .tsv files"):
        read(write_text(tmp_path, "x", "t.parquet"), "y", header=False)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gzip.compress(b"a,y\n1,2\n", mtime=0), "is compressed by gzip; unpack it first"),
        (b"PAR1....", "is a Parquet file; name it .parquet"),
        (b"ARROW1..", "is a Feather file; name it .feather"),
        (b"PK\x03\x04....", "is a zip archive or a spreadsheet; unpack it, or save the sheet as CSV"),
        (bytes(10_000), "holds zero bytes, which no text in UTF-8 does"),
        (b"a,y\n1,\0\n", "holds zero bytes, which no text in UTF-8 does"),
    ],
)
def test_errors_name_the_format_of_files_that_are_not_text(tmp_path, content, message):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(TableError, match=message):
        read(path, "y")


def test_a_quantity_becomes_numbers(tmp_path):
    """Programs write every value with the same number of digits; labels such as 3.9 and 3.10 stay text."""
    cells = [f"{value:.5f}" for value in np.random.default_rng(0).normal(size=60)]
    cells[0] = "0.50000"
    sheet = read(write_text(tmp_path, "a,y\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells))), "y")
    np.testing.assert_array_equal(sheet.labels, np.array(cells, float))
    versions = read(write_text(tmp_path, "a,y\n" + "".join(f"{i},{('3.9', '3.10')[i % 2]}\n" for i in range(20))), "y")
    assert set(versions.labels) == {"3.9", "3.10"}


def test_names_that_are_numbers_are_detected(tmp_path):
    assert read(write_text(tmp_path, "0.5,-2,1\n1.5,3,0\n"), "1").named_by_numbers
    assert not read(write_text(tmp_path, "0,1,2\n1.5,3,0\n"), "2").named_by_numbers  # as programs number columns
    assert not read(write_text(tmp_path, "1,2,y\n1.5,3,0\n"), "y").named_by_numbers
    assert read(write_text(tmp_path, "0.5,-2,well\n1.5,3,sick\n"), "-1").named_by_numbers
    assert not read(write_text(tmp_path, "0.5,b,1\n1.5,3,0\n"), "2").named_by_numbers
    assert not read(write_text(tmp_path, "0.5,-2,1\n1.5,3,0\n"), "-1", header=False).named_by_numbers


def test_text_that_is_not_utf8(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("a,y\n1,ü\n".encode("latin-1"))
    with pytest.raises(
        TableError, match=r"t\.csv' is not UTF-8 text \(.* byte 0xfc in position 6.*\); save it as UTF-8"
    ):
        read(path, "y")
    path.write_bytes("a,y\n1,2\n".encode("utf-16"))
    with pytest.raises(TableError, match="is not UTF-8 text"):
        read(path, "y")


def test_a_file_larger_than_the_free_memory_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = write_text(tmp_path, "a,y\n1,2\n3,4\n")
    monkeypatch.setattr(free_memory, "get_free_bytes", lambda: 10**9)
    assert len(read(path, "y").y) == 2
    monkeypatch.setattr(free_memory, "get_free_bytes", lambda: 8)
    with pytest.raises(MemoryError, match=r"t\.csv' has 1.2e-08 GB, and 8e-09 GB of memory are free; take fewer rows"):
        read(path, "y")


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        pl.exceptions.ComputeError("Cannot allocate memory (os error 12)"),
    ],
)
def test_running_out_of_memory_is_not_reported_as_damage(tmp_path, monkeypatch, error):
    def full(*_):
        raise error

    monkeypatch.setattr(reading, "read_text", full)
    with pytest.raises(MemoryError):
        read(write_text(tmp_path, "a,y\n1,2\n"), "y")


@pytest.mark.skipif(sys.platform != "linux", reason="reads the limits of Linux")
def test_free_memory_is_the_least_of_machine_container_and_process(tmp_path, monkeypatch):
    monkeypatch.setattr(free_memory, "CGROUP", tmp_path)
    machine = free_memory.get_machine_bytes()
    assert machine > 10**7
    assert free_memory.get_container_bytes() is None
    (tmp_path / "memory.current").write_text("1000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert free_memory.get_container_bytes() is None
    (tmp_path / "memory.max").write_text("5000\n")
    assert (free_memory.get_container_bytes(), free_memory.get_free_bytes()) == (4000, 4000)
    monkeypatch.setattr(free_memory.resource, "getrlimit", lambda _: (1, 1))
    assert (free_memory.get_process_bytes(), free_memory.get_free_bytes()) == (0, 0)
    monkeypatch.setattr(free_memory.resource, "getrlimit", lambda _: (2**60, -1))
    assert 2**59 < free_memory.get_process_bytes() < 2**60
    monkeypatch.setattr(free_memory.resource, "getrlimit", lambda _: (-1, -1))
    assert free_memory.get_process_bytes() is None


@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
def test_truncated_and_foreign_files(tmp_path, suffix):
    path = tmp_path / f"t{suffix}"
    write(make_sheet(FRAME, "class"), path)
    whole = path.read_bytes()
    for damaged in (b"", whole[:4], whole[: len(whole) // 2], whole[:-3], b"a,y\n1,2\n"):
        path.write_bytes(damaged)
        with pytest.raises(
            TableError, match=r"cannot be read as (parquet|feather) .* it is damaged or in another format"
        ):
            read(path, "class")


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


def test_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = write_text(tmp_path, "old")

    def fail(error):
        with open_replacement(path, force=True) as handle:
            handle.write(b"half of it")
            raise error

    message = r"t\.csv' could not be written \(disk full\); make room there, or name another output"
    for error, match in ((OSError("disk full"), message), (KeyboardInterrupt(), None)):
        with pytest.raises(type(error), match=match):
            fail(error)
        assert path.read_text() == "old"
        assert list(tmp_path.iterdir()) == [path]


def test_a_file_created_in_the_meantime_is_kept(tmp_path):
    path = tmp_path / "t.csv"
    with pytest.raises(UsageError, match="exists; add --force to replace it"), open_replacement(path, force=False):
        path.write_text("theirs")
    assert path.read_text() == "theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_leftovers_of_ended_processes_are_removed(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    leftover = write_text(tmp_path, "", f".t.csv.{ended.pid}.part")
    in_use = write_text(tmp_path, "", f".t.csv.{os.getppid()}.part")
    other = write_text(tmp_path, "", f".u.csv.{ended.pid}.part")
    write(make_sheet(FRAME, "class"), tmp_path / "t.csv")
    assert (leftover.exists(), in_use.exists(), other.exists()) == (os.name != "posix", True, True)


@pytest.mark.skipif(os.name != "posix", reason="links and modes of POSIX")
def test_links_are_replaced_and_modes_kept(tmp_path):
    target, link = write_text(tmp_path, "target"), tmp_path / "link.csv"
    link.symlink_to(target)
    write(make_sheet(FRAME, "class"), link, force=True)
    assert target.read_text() == "target"
    assert not link.is_symlink()
    target.chmod(0o600)
    write(make_sheet(FRAME, "class"), target, force=True)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_outputs_that_are_refused_before_any_work(tmp_path):
    source = write_text(tmp_path, "a,y\n1,2\n")
    for name in ("hard.csv", "soft.csv"):
        link = tmp_path / name
        link.hardlink_to(source) if name == "hard.csv" else link.symlink_to(source)
        with pytest.raises(UsageError, match="is the input itself; name another output"):
            check_output(link, source, force=True)
    with pytest.raises(UsageError, match="exists; add --force to replace it, or name another output"):
        check_output(write_text(tmp_path, "", "o.csv"), source, force=False)
    with pytest.raises(UsageError, match=r"folder '.*nodir' does not exist; create it, or name another output"):
        check_output(tmp_path / "nodir" / "o.csv", source, force=False)
    (tmp_path / "d.csv").mkdir()
    with pytest.raises(UsageError, match="is not a plain file; name another output"):
        check_output(tmp_path / "d.csv", source, force=True)
    with pytest.raises(UsageError, match="has no suffix; name a file that ends in one of"):
        check_output(Path("/dev/null"), source, force=True)


def test_formulas_of_spreadsheets_are_found():
    frame = pl.DataFrame({"=x": [1.0, 2.0], "-1.5": [1.0, 2.0], "y": ["@go", "+1"]})
    sheet = make_sheet(frame, "y")
    assert sorted(find_formulas(sheet)) == ["=x", "@go"]
    assert find_formulas(replace(sheet, header=False)) == ["@go"]
