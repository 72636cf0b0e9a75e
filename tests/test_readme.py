"""README.md tells the truth: its blocks run and print what stands beside them, and CI takes its commands from it."""

import contextlib
import io
import re
import shlex
import subprocess
from pathlib import Path

import numpy as np
import pytest
from optional import optional

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"(<!--[^\n]*-->\n)?^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
COMMANDS = [
    'python3 -m venv .venv && .venv/bin/pip install ".[cpu]" && .venv/bin/gpu-smotetomek demo\n',
    'python3 -m venv .venv && .venv/bin/pip install -e ".[cpu,test]" && .venv/bin/pytest\n',
]
ELSEWHERE = re.compile("<!-- needs (a GPU|Docker) -->")

in_repository = pytest.mark.skipif(
    not (ROOT / ".ci").exists(), reason="a source distribution is less than the repository"
)


def blocks(language: str) -> list[str]:
    return [code for _, kind, code in BLOCKS if kind == language]


def shell_lines() -> list[str]:
    """Command lines of the tool itself; the others are CI's."""
    code = [code for mark, kind, code in BLOCKS if kind == "sh" and not ELSEWHERE.match(mark)]
    return [line for block in code for line in block.splitlines() if line.startswith("gpu-smotetomek ")]


@pytest.fixture(scope="module")
def run():
    """A function that runs one command line of the tool and gives what it prints."""
    optional("polars")
    optional("rich")
    optional("typer")
    from gpu_smotetomek.cli.app import app

    def command(line: str) -> str:
        out = io.StringIO()
        with contextlib.redirect_stdout(out), pytest.raises(SystemExit) as ended:
            app(shlex.split(line)[1:], prog_name="gpu-smotetomek")
        assert ended.value.code == 0, line
        return out.getvalue()

    return command


def write_tables() -> None:
    """train.csv and plain.csv as the examples take them: a rare disease."""
    polars = optional("polars")
    rng = np.random.default_rng(0)
    sick = rng.permutation(np.arange(330) < 30)
    X = rng.standard_normal((330, 3)) + sick[:, None]
    frame = polars.DataFrame({"age": X[:, 0], "pressure": X[:, 1], "marker": X[:, 2]})
    frame = frame.with_columns(diagnosis=polars.Series(np.where(sick, "sick", "well").tolist()))
    frame.write_csv("train.csv")
    frame.write_csv("plain.csv", include_header=False)


def test_python_blocks_run_in_order_and_print_what_their_comments_say(tmp_path, monkeypatch, capsys):
    optional("imblearn")
    optional("polars")
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "readme"}
    for code in blocks("python"):
        exec(compile(code, "README.md", "exec"), names)
        said = re.findall(r"^ *print\(.*\)  # (.*)$", code, re.MULTILINE)
        assert capsys.readouterr().out.splitlines() == said, code
    assert len(blocks("python")) > 5


def test_command_lines_run(tmp_path, monkeypatch, run):
    monkeypatch.chdir(tmp_path)
    write_tables()
    assert {line.split()[1] for line in shell_lines()} == {"inspect", "resample", "doctor"}
    for line in shell_lines():
        run(line)
        for path in re.findall(r" -o (\S+)", line):
            assert (tmp_path / path).stat().st_size > 0


def test_the_demo_prints_what_is_shown(tmp_path, monkeypatch, run):
    monkeypatch.chdir(tmp_path)
    (shown,) = blocks("text")
    assert run("gpu-smotetomek demo").startswith(shown)
    assert (tmp_path / "gpu-smotetomek-demo.csv").exists()


def test_every_shell_line_is_run_somewhere():
    """A command of the tool here, the two commands and those of the developers by .ci/run."""
    shell = [code for mark, kind, code in BLOCKS if kind == "sh" and not ELSEWHERE.match(mark)]
    assert shell[:2] == COMMANDS
    assert all(line.startswith(".venv/bin/") for line in shell[-1].splitlines())
    lines = [line for code in shell[2:-1] for line in code.splitlines()]
    assert lines == shell_lines()
    assert {kind for _, kind, _ in BLOCKS} == {"sh", "text", "python"}


@in_repository
def test_ci_takes_its_commands_from_here():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert all(command.strip() not in script for command in COMMANDS), "not a copy of them"
    for number, expected in (("1", COMMANDS[0]), ("2", COMMANDS[1]), ("last", blocks("sh")[-1])):
        assert f'"$(shell_block {number})"' in script
        source = re.search(r"^shell_block\(\) \{.*?^\}$", script, re.MULTILINE | re.DOTALL)[0]
        done = subprocess.run(
            ["bash", "-c", f"{source}\nshell_block {number}"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert done.stdout == expected


@in_repository
def test_links_lead_somewhere():
    files, titles = re.findall(r"\]\(([^)#:]+)\)", README), re.findall(r"^#+ (.*)$", README, re.MULTILINE)
    assert [name for name in files if not (ROOT / name).exists()] == []
    anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
    assert set(re.findall(r"\]\(#([^)]+)\)", README)) <= anchors


@in_repository
def test_the_picture_shows_what_its_text_says(tmp_path, monkeypatch):
    optional("matplotlib")
    monkeypatch.syspath_prepend(ROOT / "docs")
    import boundary

    links = boundary.draw(tmp_path / "boundary.png")
    assert (tmp_path / "boundary.png").stat().st_size > 10_000
    assert f"{boundary.N_MAJORITY} rows against {boundary.N_MINORITY}" in README
    assert f"{links} Tomek links are ringed" in README
