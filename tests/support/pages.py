"""Run the code of Markdown pages: Python prints what its comments say, commands print the text below them."""

import contextlib
import doctest
import io
import re
import shlex
from pathlib import Path

import pytest
from support.optional import optional

ROOT = Path(__file__).parents[2]
ELSEWHERE = re.compile("<!-- needs (a GPU|Docker|Ray|Spark) -->")

in_repository = pytest.mark.skipif(
    not (ROOT / ".ci").exists(), reason="a source distribution is less than the repository"
)


class Page:
    """One Markdown file; `fenced` holds (mark before it, language, code) of each fenced block."""

    def __init__(self, path: Path) -> None:
        self.name, self.text = path.name, path.read_text(encoding="utf-8")
        self.fenced = re.findall(r"(<!--[^\n]*-->\n)?^```(\w*)\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL)

    def blocks(self, language: str) -> list[str]:
        return [code for mark, kind, code in self.fenced if kind == language and not ELSEWHERE.match(mark)]

    def changed(self, sign: str) -> list[str]:
        """Return the lines that the `diff` blocks add ("+") or take away ("-")."""
        lines = [line for code in self.blocks("diff") for line in code.splitlines()]
        return [line[1:].strip() for line in lines if line.startswith(sign)]

    def commands(self) -> list[str]:
        """Command lines of the tool itself."""
        lines = [line for code in self.blocks("sh") for line in code.splitlines()]
        return [line for line in lines if line.startswith("gpu-smotetomek ")]

    def run_python(self, capsys) -> dict:
        """Run the Python blocks in order, in one namespace: each must print what its comments beside or below `print` say.

        The lines that a `diff` block adds run first.
        """
        names = {"__name__": "page"}
        exec("\n".join(self.changed("+")), names)
        for code in self.blocks("python"):
            exec(compile(code, self.name, "exec"), names)
            expected = re.findall(r"^(?: *print\(.*\)  )?# (.*)$", code, re.MULTILINE)
            assert capsys.readouterr().out.splitlines() == expected, code
        return names

    def shown(self) -> list[tuple[str, str]]:
        """Each single command with its output, the text right below it."""
        pattern = r"^```sh\n(gpu-smotetomek [^\n]*)\n```\n\n```text\n(.*?)^```$"
        return re.findall(pattern, self.text, re.MULTILINE | re.DOTALL)


def command(line: str) -> str:
    """Run one command line of the tool in this process and return its output."""
    optional("polars"), optional("rich"), optional("typer")
    from gpu_smotetomek.cli.app import app

    out = io.StringIO()
    with contextlib.redirect_stdout(out), pytest.raises(SystemExit) as exit_info:
        app(shlex.split(line)[1:], prog_name="gpu-smotetomek")
    assert exit_info.value.code == 0 or line.startswith("gpu-smotetomek inspect"), (
        line
    )  # 1: resample would refuse the table
    return out.getvalue()


def same(shown: str, printed: str) -> bool:
    """Whether a page shows what was printed; `...` stands for anything."""
    return doctest.OutputChecker().check_output(shown, printed, doctest.ELLIPSIS)


def write_tables() -> None:
    """Write train.csv and plain.csv for the examples, with the code of the page on the command line."""
    optional("polars")
    exec("".join(Page(ROOT / "docs" / "command-line.md").blocks("python")), {})
