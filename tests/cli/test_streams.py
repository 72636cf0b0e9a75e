"""A table on standard input or output: then standard output holds the table and nothing else."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.files_of_users import PLAIN
from support.optional import optional

pl = optional("polars")
optional("typer"), optional("rich")

import gpu_smotetomek  # noqa: E402

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a shell of POSIX")

OPTIONS = "-t y --seed 0 --k-neighbors 2 --method smote"


@pytest.fixture
def shell(tmp_path):
    """A function that runs a line of the shell, where RESAMPLE stands for the command, beside train.csv."""
    (tmp_path / "train.csv").write_bytes(PLAIN)
    command = f"{sys.executable} -m gpu_smotetomek resample"
    environment = os.environ | {"PYTHONPATH": str(Path(gpu_smotetomek.__file__).parents[1])}

    def run(line):
        script = line.replace("RESAMPLE", command).replace("OPTIONS", OPTIONS)
        return subprocess.run(["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, check=False)

    return run


def test_from_standard_input_to_standard_output(shell, tmp_path):
    file = shell("RESAMPLE train.csv OPTIONS -o o.csv")
    assert (file.returncode, file.stderr) == (0, b"")
    for line in ("cat train.csv | RESAMPLE - OPTIONS -o -", "RESAMPLE <(cat train.csv) OPTIONS -o /dev/stdout"):
        done = shell(line)
        assert done.returncode == 0
        assert done.stdout == (tmp_path / "o.csv").read_bytes()
        assert b"Wrote " in done.stderr
    done = shell("RESAMPLE - OPTIONS -o - --format parquet < <(RESAMPLE train.csv OPTIONS -o - --format parquet)")
    assert pl.read_parquet(io.BytesIO(done.stdout)).columns == ["u", "v", "y"]


def test_the_report_goes_to_standard_error(shell):
    done = shell("RESAMPLE train.csv OPTIONS -o - --json --mark kind --provenance p.csv")
    assert done.stdout.startswith(b"u,v,y,kind\n")
    report = json.loads(done.stderr)
    assert (report["input"], report["output"], report["provenance"]) == ("train.csv", "-", "p.csv")


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("RESAMPLE - OPTIONS -o o.csv <&-", 2, "standard input is closed; name a file"),
        ("RESAMPLE - OPTIONS -o o.csv </dev/null", 1, "standard input is empty; expected a line of names"),
        ("RESAMPLE train.csv OPTIONS -o - >&-", 2, "standard output is closed; name a file with --output"),
        ("RESAMPLE train.csv OPTIONS -o - >/dev/full", 1, "No space left on device"),
        ("RESAMPLE train.csv OPTIONS -o - --provenance -", 2, "--provenance names a file; only the table goes to"),
        ("RESAMPLE train.csv OPTIONS -o - --format xlsx", 2, "no table is written as xlsx"),
        ("RESAMPLE train.csv OPTIONS -o - --format knn", 2, "'knn' is no format; give a suffix, such as csv, tsv"),
        (
            "RESAMPLE train.csv OPTIONS -o o.csv --format tsv",
            2,
            "--format tsv has no effect: the suffix gives the format of",
        ),
        (
            "RESAMPLE train.csv OPTIONS -o /dev/stdin",
            2,
            "'/dev/stdin' is no output; name a file, or - for standard output",
        ),
        ("RESAMPLE train.csv OPTIONS -o o.csv --decimal x", 2, "'x' is no decimal mark; give . or ,"),
        ("RESAMPLE train.csv OPTIONS -o o.csv --thousands x", 2, "'x' is no mark between thousands; give , or ."),
        (
            "RESAMPLE train.csv OPTIONS -o o.csv --decimal , --thousands ,",
            2,
            "--decimal and --thousands are both ','; give two",
        ),
    ],
)
def test_streams_and_options_that_cannot_be_used(shell, line, code, message):
    done = shell(line)
    assert done.returncode == code
    assert message in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1
    assert done.stdout == b""


def test_a_reader_that_stops_ends_the_command_without_a_message(shell):
    done = shell("RESAMPLE train.csv OPTIONS -o - 2>/dev/null | head -1; exit ${PIPESTATUS[1]}")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"u,v,y\n", b"")


def test_decimal_marks_of_the_input_are_those_of_the_output(shell, tmp_path):
    (tmp_path / "comma.csv").write_bytes(PLAIN.replace(b",", b";").replace(b".", b","))
    done = shell("RESAMPLE comma.csv OPTIONS --separator ';' --decimal , -o o.csv; RESAMPLE train.csv OPTIONS -o p.csv")
    assert done.stderr == b""
    written = (tmp_path / "o.csv").read_text()
    assert written.replace(";", "|").replace(",", ".").replace("|", ",") == (tmp_path / "p.csv").read_text()
