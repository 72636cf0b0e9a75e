"""README.md tells the truth: its blocks run and print what stands beside them, and CI takes its commands from it."""

import json
import re
import subprocess
from statistics import median

import numpy as np
from support.optional import optional
from support.pages import ROOT, Page, command, in_repository, write_tables

from benchmarks import bars

README = Page(ROOT / "README.md")
COMMANDS = [
    'python3 -m venv .venv && .venv/bin/pip install ".[cpu]" && .venv/bin/gpu-smotetomek demo\n',
    'python3 -m venv .venv && .venv/bin/pip install -e ".[cpu,test]" && .venv/bin/pytest -n auto\n',
]


def test_python_blocks_run_in_order_and_print_what_their_comments_say(tmp_path, monkeypatch, capsys):
    optional("imblearn")
    optional("polars")
    monkeypatch.chdir(tmp_path)
    README.run_python(capsys)
    assert len(README.blocks("python")) == 2


def test_both_imports_give_the_same_rows():
    """Run the first example once with the import that the `diff` takes away, and once with the one that it adds."""
    optional("imblearn")
    found = []
    for sign in "-+":
        (line,) = README.changed(sign)
        names = {"__name__": "page"}
        code = README.blocks("python")[0]
        exec(line + "\n" + (code if sign == "+" else code.replace(', remove="both"', "")), names)
        found.append(names)
    theirs, ours = found
    assert theirs["SMOTETomek"].__module__.startswith("imblearn.")
    np.testing.assert_array_equal(ours["X_balanced"], theirs["X_balanced"])
    np.testing.assert_array_equal(ours["y_balanced"], theirs["y_balanced"])


def test_the_first_screen_is_short_and_complete():
    lines = README.text.splitlines()
    assert len(lines) <= 200
    first = "\n".join(lines[:45])
    for part in (".svg)", "```diff", "# 2200 rows", "pip install", "When not to use it"):
        assert part in first, part
    claims = re.findall(r"^- \*\*.*$", first, re.MULTILINE)
    assert len(claims) == 7
    assert all("](tests/" in claim or "](benchmarks/results/" in claim for claim in claims)


def test_the_figures_of_the_first_screen_are_those_of_the_results(tmp_path):
    """The chart is drawn again from the committed results, and the ratios are computed from them."""
    results = ROOT / "benchmarks" / "results"
    run = json.loads((results / "2026-11-28T061301-run-full.json").read_text())
    gpu = json.loads((results / "gpu-h200-2026-11-28.json").read_text())
    assert bars.draw_bars(run, [gpu], "correlated-50000x30", tmp_path / "bars.svg")
    drawn = (tmp_path / "bars.svg").read_text(encoding="utf-8")
    assert drawn == (results / "2026-11-28T061301-run-full.bars.svg").read_text(encoding="utf-8")
    (described,) = re.findall(r"^!\[(Bar chart .*?)\]", README.text, re.MULTILINE | re.DOTALL)
    for figure in re.findall(r">([\d.]+ s)</text>", drawn)[-4:]:
        assert figure in described
    seconds = {(row["case"], row["peer"]): row.get("seconds") for row in run["rows"]}
    ratios = [
        seconds[case, "imbalanced-learn"] / seconds[case, "ours"]
        for case in ("correlated-50000x30", "correlated-100000x30", "breast-cancer")
    ]
    assert "{:.0f} times as fast in the chart, {:.0f} at 100 000 rows, {:.1f} at 400".format(*ratios) in README.text
    million = [median(row["seconds"]) for row in gpu["rows"] if "-1000000x30" in row["case"]]
    assert f"{min(million):.2f} to {max(million):.2f} s on an H200" in README.text


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
    assert {kind for _, kind, _ in README.fenced} == {"sh", "text", "python", "diff"}


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
    files = re.findall(r"\]\(([^)#:]+)[#)]", README.text)
    titles = re.findall(r"^#+ (.*)$", README.text, re.MULTILINE)
    assert [name for name in files if not (ROOT / name).exists()] == []
    anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
    assert set(re.findall(r"\]\(#([^)]+)\)", README.text)) <= anchors


def test_the_picture_shows_what_its_text_says(tmp_path, monkeypatch):
    optional("matplotlib")
    monkeypatch.syspath_prepend(ROOT / "docs")
    import boundary

    links = boundary.draw_boundary(tmp_path / "boundary.png")
    assert (tmp_path / "boundary.png").stat().st_size > 10_000
    assert f"{boundary.N_MAJORITY} rows against {boundary.N_MINORITY}" in README.text
    assert f"{links} Tomek links are ringed" in README.text
