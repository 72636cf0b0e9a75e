"""The command without a subcommand: help, version, and the libraries that it needs."""

import sys

import pytest
from support.optional import optional

optional("polars"), optional("typer"), optional("rich")

from gpu_smotetomek import __main__, __version__  # noqa: E402


def test_help_version_and_no_arguments(run):
    assert run("--version") == (0, f"gpu-smotetomek {__version__}\n", "")
    code, out, err = run("")
    assert (code, err) == (0, "")
    assert all(name in out for name in ("demo", "inspect", "resample", "doctor"))
    assert run("-h") == (0, out, "")
    assert "..." not in out.partition("Commands:")[2]  # 80 columns hold the summary of each command
    for name in ("demo", "inspect", "resample", "doctor"):
        code, out, err = run(f"{name} --help")
        assert (code, err) == (0, "")
        assert f"Example:\n    gpu-smotetomek {name}" in out
        assert run(f"{name} -h") == (0, out, "")


def test_missing_libraries_are_named_with_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "typer", None)
    monkeypatch.delitem(sys.modules, "gpu_smotetomek.cli.app")
    with pytest.raises(SystemExit) as exit_info:
        __main__.main()
    assert exit_info.value.code == 'gpu-smotetomek: the command line needs typer: pip install "gpu_smotetomek[cli]"'


@pytest.mark.parametrize(
    "line",
    [
        "--help",
        "--version",
        "resample --help",
        "inspect --help",
        "doctor --help",
        "resample x.csv --nope",
        "resample x.csv",
    ],
)
def test_help_and_wrong_options_load_no_large_library(fresh_python, line):
    output = fresh_python(
        "import sys, io\n"
        "from gpu_smotetomek.__main__ import main\n"
        f"sys.argv[1:] = {line!r}.split()\n"
        "out, sys.stdout, sys.stderr = sys.stdout, io.StringIO(), io.StringIO()\n"
        "try:\n    main()\nexcept SystemExit as error:\n    code = error.code\n"
        "print(code, sorted({'numpy', 'polars', 'scipy', 'sklearn', 'matplotlib'} & {*sys.modules}), file=out)"
    )
    assert output == f"{0 if '--help' in line or '--version' in line else 2} []\n"
