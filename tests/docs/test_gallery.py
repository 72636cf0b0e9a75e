"""The recipes of docs/recipes/: the code runs, prints what is shown and takes a few seconds; the pictures are drawn from it."""

import re
from time import perf_counter

import pytest
from support.optional import optional
from support.pages import ROOT, Page

DOCS = ROOT / "docs"
GALLERY = Page(DOCS / "gallery.md")
RECIPES = {path.stem: Page(path) for path in sorted((DOCS / "recipes").glob("*.md"))}
MAX_SECONDS = 30  # about 5 on an idle machine; CI shares its cores


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_prints_what_it_shows_and_its_picture_is_drawn(name, tmp_path, monkeypatch, capsys):
    for library in (
        "imblearn",
        "matplotlib",
        *re.findall(r"^(?:import|from) (pandas|polars|lightgbm)\b", RECIPES[name].text, re.MULTILINE),
    ):
        optional(library)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(DOCS)
    start = perf_counter()
    names = RECIPES[name].run_python(capsys)
    assert perf_counter() - start < MAX_SECONDS

    import recipe_pictures

    assert recipe_pictures.draw_picture(name, names, tmp_path).stat().st_size > 5_000


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_has_a_problem_a_picture_code_a_result_and_a_caution(name):
    text = RECIPES[name].text
    title, problem, picture, *_ = text.split("\n\n")
    assert title.startswith("# ")
    assert re.search(r"[.?]$", problem)
    assert re.fullmatch(rf"!\[[^\]]+\]\({name}\.png\)", picture)
    assert (DOCS / "recipes" / f"{name}.png").exists()
    assert re.search(r"^# .", "".join(RECIPES[name].blocks("python")), re.MULTILINE), "prints nothing"
    assert text.count("\n**Look out for** ") == 1
    assert max(len(line) for code in RECIPES[name].blocks("python") for line in code.splitlines()) <= 100


def test_the_gallery_shows_every_recipe_once():
    cards = re.findall(
        r"^- \[!\[\]\(recipes/(.+)\.png\)\]\(recipes/(.+)\.md\)\n  \*\*\[.+\]\(recipes/(.+)\.md\)\*\*",
        GALLERY.text,
        re.MULTILINE,
    )
    assert all(len(set(card)) == 1 for card in cards)
    assert sorted(card[0] for card in cards) == sorted(RECIPES)
    contents = re.search(r"^```\{toctree\}\n:hidden:\n\n(.*?)^```", GALLERY.text, re.MULTILINE | re.DOTALL)[1]
    assert contents.split() == [f"recipes/{card[0]}" for card in cards]
    assert len(cards) >= 15
