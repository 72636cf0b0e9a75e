"""`resample --plot` writes a picture beside the table, or refuses before any work."""

import json
import sys

import pytest
from support.optional import optional

pl = optional("polars")
optional("typer"), optional("rich"), optional("matplotlib")

SIGNATURES = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


@pytest.mark.parametrize("suffix", SIGNATURES)
@pytest.mark.parametrize("method", ["smotetomek", "smote", "tomek"])
def test_the_suffix_gives_the_format(table, run, suffix, method):
    code, out, err = run(f"resample t.csv -t class -o o.csv --method {method} --plot p.{suffix} --json")
    assert (code, err) == (0, "")
    assert json.loads(out)["output"] == "o.csv"
    assert (table / f"p.{suffix}").read_bytes().startswith(SIGNATURES[suffix])
    assert sorted(path.name for path in table.iterdir()) == ["o.csv", f"p.{suffix}", "t.csv", "t.parquet"]


def test_the_files_are_named(run, table):
    line = "resample t.csv -t class -o o.csv --plot p.png --provenance q.csv --force --seed 1"
    code, out, _ = run(line)
    assert code == 0
    assert "Wrote p.png: a picture of the rows and the links" in out.splitlines()
    facts = json.loads(run(f"{line} --json")[1])
    assert (facts["plot"], facts["provenance"]) == ("p.png", "q.csv")
    assert (table / "p.png").exists()
    assert "a picture" not in run("resample t.csv -t class -o r.csv --seed 1")[1]


def test_one_column_in_all_leaves_one_remedy(table, refused):
    pl.DataFrame({"a": [0.5 * i for i in range(60)], "y": [0] * 45 + [1] * 15}).write_csv("n.csv")
    code, error = refused("resample n.csv -t y -o o.csv --plot p.png")
    assert (code, error.endswith("has 1 to compare, 'a'; leave out --plot")) == (2, True)
    assert not (table / "o.csv").exists()


@pytest.mark.parametrize("options", ["--passthrough b", "--categorical b"])
def test_a_table_with_one_numeric_column_is_refused_before_any_work(table, refused, run, options):
    pl.DataFrame({"a": [0.5 * i for i in range(60)], "b": ["u", "v", "w"] * 20, "y": [0] * 45 + [1] * 15}).write_csv(
        "n.csv"
    )
    line = f"resample n.csv -t y -o o.csv --seed 0 {options}"
    code, error = refused(f"{line} --plot p.png")
    assert code == 2
    assert error == (
        "--plot draws two numeric columns, and the table has 1 to compare, 'a'; leave out --plot, or name fewer columns in "
        "--categorical and --passthrough"
    )
    assert not (table / "o.csv").exists()
    assert run(line)[0] == 0


def test_an_upper_case_suffix_and_force(table, run):
    (table / "p.PNG").write_text("old")
    assert run("resample t.csv -t class -o o.csv --plot p.PNG --force --seed 1")[0] == 0
    assert (table / "p.PNG").read_bytes().startswith(SIGNATURES["png"])


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("p.gif", "is no picture; name a file that ends in .png, .svg, .pdf"),
        ("p", "is no picture"),
        ("nowhere/p.png", "folder 'nowhere' does not exist"),
        ("old.png", "exists; add --force to replace it"),
    ],
)
def test_what_cannot_be_written_is_refused_before_any_work(table, refused, path, message):
    (table / "old.png").write_text("old")
    code, error = refused(f"resample t.csv -t class -o o.csv --plot {path}")
    assert code == 2
    assert message in error
    assert not (table / "o.csv").exists()
    assert (table / "old.png").read_text() == "old"


def test_without_matplotlib_the_error_says_what_to_install(table, refused, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    code, error = refused("resample t.csv -t class -o o.csv --plot p.png")
    assert code == 2
    assert 'pip install "gpu_smotetomek[plot]"' in error
    assert not (table / "o.csv").exists()


def test_a_table_with_categories_and_columns_that_travel(table, run):
    frame = pl.read_csv("t.csv").with_columns(town=pl.Series(["Rome", "Oslo", "Lima"] * 40), id=pl.Series(range(120)))
    frame.write_csv("m.csv")
    code, _, err = run("resample m.csv -t class -o o.csv --categorical town --passthrough id --plot p.svg --seed 0")
    assert (code, err) == (0, "")
    assert (table / "p.svg").read_bytes().startswith(SIGNATURES["svg"])
