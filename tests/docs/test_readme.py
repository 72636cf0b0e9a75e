"""README.md tells the truth: its blocks run and print what stands beside them, and CI takes its commands from it."""

import re
import subprocess

from support.optional import optional
from support.pages import ROOT, Page, command, in_repository, write_tables

README = Page(ROOT / "README.md")
COMMANDS = [
    'python3 -m venv .venv && .venv/bin/pip install ".[cpu]" && .venv/bin/gpu-smotetomek demo\n',
    'python3 -m venv .venv && .venv/bin/pip install -e ".[cpu,test]" && .venv/bin/pytest\n',
]


def test_python_blocks_run_in_order_and_print_what_their_comments_say(tmp_path, monkeypatch, capsys):
    optional("imblearn")
    optional("polars")
    monkeypatch.chdir(tmp_path)
    README.run_python(capsys)
    assert len(README.blocks("python")) > 5


def test_command_lines_run(tmp_path, monkeypatch):
    optional("polars")
    monkeypatch.chdir(tmp_path)
    write_tables()
    assert {line.split()[1] for line in README.commands()} == {"inspect", "resample", "doctor"}
    for line in README.commands():
        command(line)
        for path in re.findall(r" -o (\S+)", line):
            assert (tmp_path / path).stat().st_size > 0


def test_the_demo_prints_what_is_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (shown,) = README.blocks("text")
    assert command("gpu-smotetomek demo").startswith(shown)
    assert (tmp_path / "gpu-smotetomek-demo.csv").exists()


def test_every_shell_line_is_run_somewhere():
    """A command of the tool here, the two commands and those of the developers by .ci/run."""
    shell = README.blocks("sh")
    assert shell[:2] == COMMANDS
    assert all(line.startswith(".venv/bin/") for line in shell[-1].splitlines())
    lines = [line for code in shell[2:-1] for line in code.splitlines()]
    assert lines == README.commands()
    assert {kind for _, kind, _ in README.fenced} == {"sh", "text", "python"}


@in_repository
def test_ci_takes_its_commands_from_here():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert all(command.strip() not in script for command in COMMANDS), "not a copy of them"
    for number, expected in (("1", COMMANDS[0]), ("2", COMMANDS[1]), ("last", README.blocks("sh")[-1])):
        assert f'"$(shell_block {number})"' in script
        source = re.search(r"^shell_block\(\) \{.*?^\}$", script, re.MULTILINE | re.DOTALL)[0]
        done = subprocess.run(
            ["bash", "-c", f"{source}\nshell_block {number}"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert done.stdout == expected


@in_repository
def test_links_lead_somewhere():
    files = re.findall(r"\]\(([^)#:]+)\)", README.text)
    titles = re.findall(r"^#+ (.*)$", README.text, re.MULTILINE)
    assert [name for name in files if not (ROOT / name).exists()] == []
    anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
    assert set(re.findall(r"\]\(#([^)]+)\)", README.text)) <= anchors


def test_the_picture_shows_what_its_text_says(tmp_path, monkeypatch):
    optional("matplotlib")
    monkeypatch.syspath_prepend(ROOT / "docs")
    import boundary

    links = boundary.draw(tmp_path / "boundary.png")
    assert (tmp_path / "boundary.png").stat().st_size > 10_000
    assert f"{boundary.N_MAJORITY} rows against {boundary.N_MINORITY}" in README.text
    assert f"{links} Tomek links are ringed" in README.text
