"""Outputs are complete or absent, and some are refused before any work."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from support.optional import optional
from support.table_files import FRAME, make_sheet, write_text

optional("polars")

from gpu_smotetomek.tables import UsageError, check_output, write  # noqa: E402
from gpu_smotetomek.tables.atomic import open_replacement  # noqa: E402


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


@pytest.mark.parametrize("length", [200, 226, 227, 228, 255])
def test_names_of_any_length(tmp_path, length):
    path = tmp_path / ("n" * (length - 4) + ".csv")
    with open_replacement(path, force=False) as handle:
        handle.write(b"new")
        (part,) = tmp_path.iterdir()
        leftover = part.with_name(
            part.name.replace(str(os.getpid()), str(2**22 + 1))
        )  # beyond the largest number of a process
        leftover.write_bytes(b"old")
    with open_replacement(path, force=True) as handle:
        handle.write(b"newer")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [(path.name, b"newer")]


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".feather", ".npz"])
def test_a_full_disk_leaves_the_old_file_and_says_so(tmp_path, suffix):
    """On a file system of 64 KiB in a name space of its own."""
    program = (
        "import sys, numpy as np, polars as pl; from pathlib import Path; from gpu_smotetomek.tables import Sheet, write\n"
        "X = pl.DataFrame(np.random.default_rng(0).normal(size=(20000, 4)))\n"
        f"path = Path(sys.argv[1]) / 't{suffix}'\n"
        "path.write_bytes(b'old')\n"
        "try:\n    write(Sheet(X, pl.Series('y', [0, 1] * 10000), 4), path, force=True)\n"
        "except OSError as error:\n    print(error)\n"
        "print(path.read_bytes(), [p.name for p in path.parent.iterdir()])"
    )
    mount, run = f"mount -t tmpfs -o size=64k none {tmp_path}", f'exec {sys.executable} -c "$PROGRAM" {tmp_path}'
    environment = os.environ | {"PROGRAM": program}
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", f"{mount} && {run}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if "mount" in done.stderr or "unshare" in done.stderr:
        pytest.skip("no file system can be mounted here")
    message, state = done.stdout.splitlines()
    assert "could not be written (" in message
    assert "No space left on device" in message
    assert message.endswith("make room there, or name another output")
    assert state == f"b'old' ['t{suffix}']"
