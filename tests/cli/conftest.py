"""Fixtures that make the files of a test, and run one command line. They import late: polars and typer are optional."""

import pytest


@pytest.fixture
def table(tmp_path, monkeypatch):
    """The current folder of the test, with t.csv and t.parquet."""
    from support.cli_tables import FRAME

    monkeypatch.chdir(tmp_path)
    FRAME.write_csv("t.csv")
    FRAME.write_parquet("t.parquet")
    return tmp_path


@pytest.fixture
def run(capsys):
    """A function that runs one command line and returns the exit code, stdout and stderr."""
    from gpu_smotetomek.cli.app import app

    def command(line, *more):
        with pytest.raises(SystemExit) as exit_info:
            app([*line.split(), *more], prog_name="gpu-smotetomek")
        out, err = capsys.readouterr()
        return exit_info.value.code, out, err

    return command


@pytest.fixture
def refused(run):
    """A function that runs a command line, checks that its only output is one line on stderr, and returns code and line."""

    def command(line, *more):
        code, out, err = run(line, *more)
        assert out == ""
        assert err.count("\n") == 1
        assert err.startswith("gpu-smotetomek: ")
        return code, err.removeprefix("gpu-smotetomek: ").rstrip()

    return command
