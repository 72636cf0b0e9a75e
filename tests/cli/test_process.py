"""The command as a process: interrupted, killed while it writes, and without its libraries."""

import os
import runpy
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.optional import optional

pl = optional("polars")
optional("typer"), optional("rich")

import gpu_smotetomek  # noqa: E402
from gpu_smotetomek import __main__  # noqa: E402

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")

PROGRAM = """
import sys, time
import polars as pl
import gpu_smotetomek.cli.building as resample
from gpu_smotetomek.__main__ import main

def stop(*args, **kwargs):
    for handle in args[1:]:
        if hasattr(handle, "write"):
            handle.write(b"half of it")
            handle.flush()
    print("ready", flush=True)
    time.sleep(60)

{patch}
sys.argv[1:] = {line!r}.split()
main()
"""


def start(tmp_path, patch):
    """Start a process, and return it once it has stopped in the middle of its work; its output file exists already."""
    pl.DataFrame({"a": range(40), "y": [0] * 30 + [1] * 10}).write_csv(tmp_path / "t.csv")
    (tmp_path / "o.csv").write_text("old")
    code = PROGRAM.format(patch=patch, line="resample t.csv -t y -o o.csv --force --json")
    environment = os.environ | {"PYTHONPATH": str(Path(gpu_smotetomek.__file__).parents[1])}
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n", process.stderr.read()
    return process


def test_interrupt_leaves_the_old_output_and_ends_with_130(tmp_path):
    process = start(tmp_path, "resample.SMOTETomek.fit_resample = stop")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, "", "gpu-smotetomek: interrupted\n")
    assert (tmp_path / "o.csv").read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["o.csv", "t.csv"]


def test_kill_in_the_middle_of_writing_leaves_the_old_output(tmp_path):
    process = start(tmp_path, "pl.DataFrame.write_csv = stop")
    part = tmp_path / f".o.csv.{process.pid}.part"
    assert part.read_text() == "half of it"
    process.kill()
    process.communicate(timeout=20)
    assert (tmp_path / "o.csv").read_text() == "old"
    from gpu_smotetomek.tables import read, write

    write(read(tmp_path / "t.csv", "y"), tmp_path / "o.csv", force=True)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["o.csv", "t.csv"]


def test_the_package_does_not_need_the_libraries_of_the_command(fresh_python):
    output = fresh_python(
        "import sys; sys.modules.update(typer=None, rich=None, polars=None)\n"
        "import gpu_smotetomek\n"
        "from gpu_smotetomek.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit as error:\n    print(error.code)"
    )
    assert output.startswith("gpu-smotetomek: the command line needs ")
    assert output.endswith(': pip install "gpu_smotetomek[cli]"\n')


def test_module_can_be_run(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["gpu-smotetomek", "--version"])
    with pytest.raises(SystemExit) as exit_info:
        runpy.run_path(__main__.__file__, run_name="__main__")
    assert exit_info.value.code == 0
    assert capsys.readouterr().out == f"gpu-smotetomek {gpu_smotetomek.__version__}\n"


# ---- streams that are closed or cannot show a label, and interrupts -------------------------------------------------


def run_command(tmp_path, redirection="", **environment):
    """Run a command line of the shell that writes o.csv."""
    pl.DataFrame({"a": [i * 37 % 40 / 3 for i in range(40)], "y": ["n\xe9gatif"] * 30 + ["\u6b63"] * 10}).write_csv(
        tmp_path / "t.csv"
    )
    line = f"{sys.executable} -m gpu_smotetomek resample t.csv -t y -o o.csv --force --seed 0 {redirection}"
    environment = os.environ | {"PYTHONPATH": str(Path(gpu_smotetomek.__file__).parents[1])} | environment
    return subprocess.run(["sh", "-c", line], cwd=tmp_path, env=environment, capture_output=True, check=False)


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams_do_not_change_the_exit_code(tmp_path, closed):
    done = run_command(tmp_path, closed)
    assert done.returncode == 0
    assert len(pl.read_csv(tmp_path / "o.csv")) > 40


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_labels_that_the_output_cannot_show_are_escaped(tmp_path, encoding):
    done = run_command(tmp_path, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u6b63" in done.stdout
    assert (b"n\\xe9gatif" in done.stdout) is (encoding == "ascii")


@pytest.mark.parametrize("delay", [0.15, 0.3, 0.45, 0.6, 0.9])
def test_an_interrupt_at_any_time_ends_with_130(tmp_path, delay):
    """Once Python itself has started; until then a signal ends the process."""
    pl.DataFrame({"a": range(40), "y": [0] * 30 + [1] * 10}).write_csv(tmp_path / "t.csv")
    code = (
        "import sys; from gpu_smotetomek.__main__ import main; print('started', flush=True)\n"
        "sys.argv[1:] = 'resample t.csv -t y -o o.csv --force'.split(); main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(gpu_smotetomek.__file__).parents[1])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "started\n"
    time.sleep(delay)
    process.send_signal(signal.SIGINT)
    err = process.communicate(timeout=30)[1]
    if process.returncode != 0:  # it had not ended before
        assert (process.returncode, err) == (130, "gpu-smotetomek: interrupted\n")
