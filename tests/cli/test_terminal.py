"""The progress bar and tables, on a terminal and elsewhere."""

import re
from functools import partial

import pytest
from support.optional import optional

optional("polars"), optional("typer")
rich_console = optional("rich.console")

from gpu_smotetomek.cli import terminal  # noqa: E402


def test_tables_on_a_terminal_and_elsewhere(capsys, monkeypatch):
    terminal.print_table(["class", "rows"], [["\x1b[31m", 12345]], right=[1])
    terminal.print_bullets(["word " * 40])
    assert capsys.readouterr().out == f"class       rows\n\\x1b[31m  12,345\n- {('word ' * 40).rstrip()}\n"
    monkeypatch.setattr(terminal, "Console", partial(rich_console.Console, force_terminal=True, width=40))
    terminal.print_pairs({"Would fail:": "word " * 20})
    assert capsys.readouterr().out.splitlines()[1].startswith(" " * len("Would fail:  ") + "word")
    terminal.print_bullets(["word " * 20])
    terminal.print_table(["class", "rows"], [["x" * 100, 1]])
    lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
    assert lines[1].startswith("  word")
    assert max(map(len, lines)) == 40


@pytest.mark.parametrize(
    ("environment", "is_terminal", "expected"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_colours(monkeypatch, capsys, environment, is_terminal, expected):
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(terminal.sys.stderr, "isatty", lambda: is_terminal)
    terminal.print_warning("two\nlines")
    assert capsys.readouterr().err == (
        f"gpu-smotetomek: {chr(27)}[33mwarning:{chr(27)}[0m two\\nlines\n"
        if expected
        else "gpu-smotetomek: warning: two\\nlines\n"
    )


def test_tables_have_no_colours_where_the_environment_forbids_them(monkeypatch, capsys):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(terminal, "Console", partial(rich_console.Console, force_terminal=True, width=40))
    terminal.print_table(["class", "rows"], [["a", 1]])
    codes = re.findall(r"\x1b\[([0-9;]*)m", capsys.readouterr().out)
    assert set(codes) <= {"0", "1"}  # bold is no colour
