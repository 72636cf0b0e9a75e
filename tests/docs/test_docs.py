"""The pages of docs/ tell the truth: blocks run, commands print what is shown, names and files are there."""

import re
import sys
from importlib import import_module
from types import ModuleType

import numpy as np
import pytest
from contracts import test_backend_contract as contract
from sklearn.utils.estimator_checks import estimator_checks_generator
from support import array_libraries
from support.optional import optional
from support.pages import ROOT, Page, command, in_repository, same, write_tables

import gpu_smotetomek
from gpu_smotetomek.neighbors import BACKENDS

DOCS = ROOT / "docs"
PAGES = {path.stem: Page(path) for path in sorted(DOCS.glob("*.md"))}
REFERENCE = "".join(path.read_text(encoding="utf-8") for path in sorted(DOCS.rglob("*.rst")))


@pytest.fixture(autouse=True)
def _registry():
    """What a page registers is gone after it."""
    before = dict(BACKENDS)
    yield
    BACKENDS.clear()
    BACKENDS.update(before)


@pytest.mark.parametrize("page", [name for name, page in PAGES.items() if page.blocks("python")])
def test_python_blocks_run_in_order_and_print_what_their_comments_say(page, tmp_path, monkeypatch, capsys):
    for library in ("imblearn", "pandas", "polars", "faiss"):
        optional(library)
    if "import torch" in PAGES[page].text:
        optional("torch")
    if "import dask" in PAGES[page].text:
        optional("dask")
    if "plotting" in PAGES[page].text:
        optional("matplotlib")
    monkeypatch.chdir(tmp_path)
    PAGES[page].run_python(capsys)


@pytest.mark.parametrize("library", ["torch", "pandas"])
def test_tabs_of_the_gpu_page_run_on_the_host(library):
    """Without a GPU the same lines run with `device="cpu"`; CuPy's lines are compiled only."""
    optional(library)
    tabs = [code for mark, _, code in PAGES["gpu"].fenced if "needs a GPU" in mark]
    assert len(tabs) == 3
    for code in tabs:
        compile(code, "gpu.md", "exec")
    (tab,) = (code for code in tabs if f"import {library}" in code)
    names = {"X": np.random.default_rng(0).normal(size=(60, 2)), "y": np.repeat([0, 1], [50, 10])}
    exec(tab.replace('"cuda"', '"cpu"'), names)
    result = names.get("X_balanced", names.get("frame_balanced"))
    assert type(result).__module__.startswith(library)
    assert len(result) > 60


def test_commands_run_and_print_what_is_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_tables()
    optional("matplotlib")  # for --plot
    commands = [(line, page) for page in PAGES.values() for line in page.commands()]
    shown = {line: text for page in PAGES.values() for line, text in page.shown()}
    assert {line.split()[1] for line, _ in commands} == {"inspect", "resample", "doctor"}
    assert len(shown) == 8
    for line, page in commands:
        printed = command(line)
        assert same(shown.get(line, "...\n"), printed), (page.name, line, printed)
        for path in re.findall(r" -o (\S+)", line) if "--dry-run" not in line else []:
            assert (tmp_path / path).stat().st_size > 0


def test_a_page_that_shows_something_else_is_found():
    assert not same("rows  3\n...\n", "rows  4\nand more\n")


def test_other_commands_are_those_of_the_readme_or_tests_that_are_there():
    others = [line for page in PAGES.values() for code in page.blocks("sh") for line in code.splitlines()]
    others = [line for line in others if not line.startswith("gpu-smotetomek ")]
    *development, tests = others
    assert "\n".join(development) + "\n" == Page(ROOT / "README.md").blocks("sh")[-1]
    assert tests.startswith(".venv/bin/pytest ")


def test_every_public_name_is_in_the_reference():
    entries = re.findall(r"^\.\. auto\w+:: (\S+)", REFERENCE, re.MULTILINE)
    assert set(entries) >= set(gpu_smotetomek.__all__)


@pytest.mark.parametrize("page", PAGES)
def test_files_that_a_page_names_are_there(page):
    named = re.findall(r"`((?:docs|tests|benchmarks|gpu_smotetomek|resampling|neighbors)/[\w./]*)`", PAGES[page].text)
    package = ROOT / "gpu_smotetomek"
    assert [name for name in named if not ((ROOT / name).exists() or (package / name).exists())] == []


def test_every_page_is_in_the_contents():
    trees = re.findall(
        r"^```\{toctree\}\n:hidden:\n(?::caption: [^\n]+\n)?\n(.*?)^```", PAGES["index"].text, re.MULTILINE | re.DOTALL
    )
    assert set(" ".join(trees).split()) == {*PAGES, "api"} - {"index"}


def test_the_migration_page_lists_each_sampler_of_imbalanced_learn():
    imblearn = optional("imblearn")
    modules = [import_module(f"imblearn.{name}") for name in ("over_sampling", "under_sampling", "combine", "ensemble")]
    names = {name for module in modules for name in module.__all__} | {"Pipeline", "FunctionSampler"}
    table = dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", PAGES["migration"].text, re.MULTILINE))
    if imblearn.__version__.startswith("0.14."):
        assert set(table) == names
    assert set(table.values()) <= {"here", "here and better", "in imbalanced-learn"}
    here = names & set(gpu_smotetomek.__all__)
    assert {name for name in here if table[name] == "in imbalanced-learn"} == set()


@in_repository
def test_ci_builds_the_pages_and_takes_a_warning_for_an_error():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert ".venv/bin/sphinx-build -W docs build/docs" in script


def test_the_pictures_show_what_their_texts_say(tmp_path, monkeypatch):
    optional("matplotlib")
    monkeypatch.syspath_prepend(DOCS)
    import pictures

    pictures.draw_pictures(tmp_path)
    assert all((tmp_path / f"{name}.png").stat().st_size > 10_000 for name in pictures.PICTURES)
    drawn = {*(f"{name}.png" for name in pictures.PICTURES), "boundary.png"}
    assert {name for page in PAGES.values() for name in re.findall(r"\]\((\w+\.png)\)", page.text)} == drawn
    titles = [
        axes.get_title().replace("\n", " ") for axes in (*pictures.draw_breaks().axes, *pictures.draw_lineage().axes)
    ]
    assert "50 of 300 are removed" in titles[0]
    assert titles[1].startswith("8 rare rows: 292 synthetic")
    assert "1 of 7 survive" in titles[4]


def test_the_map_for_contributors_names_every_module():
    """Indentation says which folder a file is in."""
    (text,) = (code for code in PAGES["contributing"].blocks("text") if code.startswith("gpu_smotetomek/"))
    folders, named = {}, set()
    for line in text.splitlines():
        indent, names = len(line) - len(line.lstrip()), re.split(r" {2,}", line.strip())[0].split()
        folders = {depth: folder for depth, folder in folders.items() if depth < indent}
        named |= {ROOT.joinpath(*folders.values(), name) for name in names}
        if names[0].endswith("/"):
            folders[indent] = names[0]
    modules = {path for path in (ROOT / "gpu_smotetomek").rglob("*.py") if path.name != "__init__.py"}
    missing, unknown = modules - named, {path for path in named if not path.exists()}
    assert not missing | unknown, f"not on the map: {sorted(missing)}; not in the package: {sorted(unknown)}"


class TestTheBackendOfThePage(contract.TestBackend):
    """The backend that the page for contributors adds."""

    @pytest.fixture
    def case(self):
        exec(compile(PAGES["contributing"].blocks("python")[0], "contributing.md", "exec"), {})
        return contract.Case(BACKENDS["every-distance"], array_libraries.copied)


def test_scikit_learns_checks_hold_for_the_sampler_of_the_page(monkeypatch):
    blocks = PAGES["contributing"].blocks("python")
    page = ModuleType("contributing")  # pickle must be able to import it
    monkeypatch.setitem(sys.modules, page.__name__, page)
    for code in (blocks[0], next(code for code in blocks if "class EqualSizes" in code)):
        exec(compile(code, "contributing.md", "exec"), vars(page))
    checks = list(estimator_checks_generator(page.EqualSizes(random_state=0)))
    assert len(checks) > 30
    for estimator, check in checks:
        if "array_api" not in check.func.__name__:
            check(estimator)
