"""Completion in shells: what is offered, and that bash takes the script."""

import os
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from support.optional import optional

optional("polars"), optional("typer"), optional("rich")

import gpu_smotetomek  # noqa: E402

ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(gpu_smotetomek.__file__).parents[1])}


def complete(shell, line, **more):
    """What the command prints for a shell that completes a line."""
    words = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1), "_TYPER_COMPLETE_ARGS": line}
    environment = ENVIRONMENT | {"_GPU_SMOTETOMEK_COMPLETE": f"complete_{shell}"} | words | more
    command = [sys.executable, "-m", "gpu_smotetomek"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("gpu-smotetomek res", {"resample"}),
        ("gpu-smotetomek resample --impu", {"--impute"}),
        ("gpu-smotetomek resample --method to", {"tomek"}),
    ],
)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_commands_options_and_words_are_offered(shell, line, offered):
    out = complete(shell, line, _TYPER_COMPLETE_FISH_ACTION="get-args")
    found = {word for word in ("resample", "inspect", "--impute", "--drop", "tomek", "smote ") if word in out}
    assert found == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script(shell):
    environment = ENVIRONMENT | {"_GPU_SMOTETOMEK_COMPLETE": f"source_{shell}"}
    command = [sys.executable, "-m", "gpu_smotetomek"]
    script = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert "gpu-smotetomek" in script
    assert f"complete_{shell}" in script
    program = shutil.which(shell)
    if program is not None:
        subprocess.run([program, "-n"], input=script, text=True, check=True)


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_bash_completes_a_line(tmp_path):
    program = tmp_path / "gpu-smotetomek"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m gpu_smotetomek "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    script = """
        source <(_GPU_SMOTETOMEK_COMPLETE=source_bash gpu-smotetomek)
        COMP_WORDS=(gpu-smotetomek resample --dry)
        COMP_CWORD=2
        _gpu_smotetomek_completion gpu-smotetomek
        echo "${COMPREPLY[@]}"
    """
    environment = ENVIRONMENT | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["--dry-run"]
