"""The progress bar and tables, on a terminal and elsewhere."""

import re
from functools import partial

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
