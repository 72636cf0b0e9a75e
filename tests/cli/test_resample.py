"""`resample`: rows, reports and files."""

import json

import numpy as np
import pytest
from support.cli_tables import FRAME, LABELS, X
from support.optional import optional

pl = optional("polars")
optional("typer"), optional("rich")

from gpu_smotetomek import SMOTE, SMOTETomek, TomekLinks  # noqa: E402


def test_resample_gives_the_rows_of_the_sampler(table, run):
    code, out, err = run("resample t.parquet --target class -o o.parquet --seed 3")
    assert (code, err) == (0, "")
    frame = pl.read_parquet("o.parquet")
    assert frame.schema == FRAME.schema
    X_expected, y_expected = SMOTETomek(random_state=3).fit_resample(FRAME.drop("class"), FRAME["class"])
    assert frame.drop("class").equals(X_expected)
    assert frame["class"].equals(y_expected)
    assert out.splitlines()[0].split("  ") == ["class", "before", "after SMOTE", "after cleaning"]
    assert "Tomek links: " in out
    assert out.endswith(f"Seed: 3\nWrote o.parquet: {len(frame)} rows\n")
    assert sorted(p.name for p in table.iterdir()) == ["o.parquet", "t.csv", "t.parquet"]


@pytest.mark.usefixtures("table")
def test_json_is_all_of_stdout(run):
    code, out, err = run("resample t.csv -t 1 -o o.csv --seed 3 --json --remove both --k-neighbors 3 --jobs 1")
    assert (code, err) == (0, "")
    report = json.loads(out)
    frame = pl.read_csv("o.csv")
    sampler = SMOTETomek(smote=SMOTE(random_state=3, k_neighbors=3), remove="both")
    sampler.fit_resample(FRAME.drop("class").to_numpy(), LABELS)
    assert report["classes"][0] == {
        "label": "no",
        "before": 100,
        "after_smote": 100,
        "after_cleaning": frame["class"].to_list().count("no"),
    }
    assert report["classes"][1]["after_smote"] == 100
    assert report["links_found"] == len(sampler.tomek_.links_) > 0
    assert report["rows_removed"] == 2 * report["links_found"] == 200 - len(frame)
    assert (report["input"], report["output"], report["seed"], report["device"]) == ("t.csv", "o.csv", 3, "cpu")
    assert report["seconds"] > 0
    assert report["backend"]


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("method", ["smotetomek", "smote", "tomek"])
def test_json_is_the_report_of_the_sampler(run, method):
    report = json.loads(run(f"resample t.parquet -t class -o o.csv --method {method} --json --jobs 1")[1])
    X_input, y_input = FRAME.drop("class"), FRAME["class"]
    names = {"smotetomek": SMOTETomek, "smote": SMOTE, "tomek": TomekLinks}
    seed = {} if method == "tomek" else {"random_state": report["seed"]}
    sampler = names[method](**seed, n_jobs=1)
    sampler.fit_resample(X_input, y_input)
    expected = sampler.report_.examine(X_input, y_input).to_dict()
    assert report.keys() == expected.keys() | {
        "input",
        "output",
        "provenance",
        "plot",
        "method",
        "seed",
        "imputed",
        "findings",
    }
    assert (report["input"], report["output"], report["provenance"], report["plot"]) == (
        "t.parquet",
        "o.csv",
        None,
        None,
    )
    varies = {"seconds", "seconds_by_stage", "steps"}
    assert {key: report[key] for key in expected.keys() - varies} == {
        key: expected[key] for key in expected.keys() - varies
    }
    for ours, theirs in zip(report["steps"], expected["steps"], strict=True):
        assert ours | {"seconds": 0} == theirs | {"seconds": 0}


def test_advice_is_printed_below_the_numbers(table, run):
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"a": rng.normal(size=330), "b": rng.normal(size=330) * 1e4, "y": [0] * 300 + [1] * 30})
    frame.write_csv("hard.csv")
    _, out, _ = run("resample hard.csv -t y -o o.csv --seed 0")
    lines = out.splitlines()
    bullets = [line for line in lines if line.startswith("- ")]
    assert [line[:9] for line in bullets] == ["- The cla", "- Scale t", "- Class 0"]
    assert lines.index(bullets[0]) > next(i for i, line in enumerate(lines) if line.startswith("Search: "))
    assert lines[-1].startswith("Wrote o.csv")


def test_drawn_seed_is_printed_and_gives_the_same_rows(table, run):
    report = json.loads(run("resample t.csv -t class -o o.csv --json")[1])
    code, out, _ = run(f"resample t.csv -t class -o p.csv --seed {report['seed']}")
    assert code == 0
    assert (table / "o.csv").read_bytes() == (table / "p.csv").read_bytes()
    assert "(drawn;" not in out
    assert "(drawn; --seed" in run("resample t.csv -t class -o q.csv")[1]


@pytest.mark.usefixtures("table")
def test_each_method_alone(run):
    report = json.loads(
        run("resample t.csv -t class -o o.csv --method smote --sampling-strategy yes=50,no=100 --jobs 1 --json")[1]
    )
    assert [c["after_smote"] for c in report["classes"]] == [100, 50]
    assert (report["links_found"], report["rows_added"], report["rows_removed"]) == (None, 30, 0)
    report = json.loads(run("resample t.csv -t class -o p.csv --method tomek --json")[1])
    links = TomekLinks()
    links.fit_resample(FRAME.drop("class"), FRAME["class"])
    assert report["links_found"] == len(links.links_) == report["rows_removed"]
    assert (report["classes"][1]["after_smote"], report["seed"]) == (None, None)
    assert "after SMOTE" not in run("resample t.csv -t class -o q.csv --method tomek --sampling-strategy larger")[1]
    report = json.loads(run("resample t.csv -t class -o r.csv --sampling-strategy 0.5 --json --memory-limit 10MB")[1])
    assert report["classes"][1]["after_smote"] == 50


def test_csv_without_header_by_last_column(table, run):
    FRAME.select("a", "b", "class").with_columns(pl.col("class").replace({"no": "'-1'", "yes": "'1'"})).write_csv(
        "n.csv", include_header=False
    )
    code, _, err = run("resample n.csv --no-header --target -1 -o o.csv --seed 0")
    assert (code, err) == (0, "")
    lines = (table / "o.csv").read_text().splitlines()
    assert lines[0] == (table / "n.csv").read_text().splitlines()[0]
    assert lines[-1].endswith(",'1'")


@pytest.mark.usefixtures("table")
def test_notes_go_to_stderr(run):
    np.savez("t.npz", X=X, y=np.array(LABELS), groups=np.arange(120))
    code, _, err = run("resample t.npz -o o.npz")
    assert (code, err) == (
        0,
        "gpu-smotetomek: note: only X and y are resampled; groups of the input is not in the output\n",
    )
    with np.load("o.npz") as arrays:
        assert arrays["X"].shape[1] == 3
    FRAME.rename({"a": "=1+1"}).write_csv("f.csv")
    code, out, err = run("resample f.csv -t class -o g.csv --json")
    assert "note: spreadsheets take '=1+1' for a formula; import g.csv there as text" in err
    assert json.loads(out)["output"] == "g.csv"


def test_more_rows_than_memory_holds_are_refused_before_any_is_made(table, refused):
    code, error = refused("resample t.csv -t class -o o.csv --sampling-strategy yes=20000000000000")
    assert code == 1
    assert "memory are free; ask for fewer rows" in error
    assert not (table / "o.csv").exists()


def test_other_separators_are_named_and_accepted(table, run, refused):
    FRAME.write_csv("s.csv", separator=";")
    assert refused("resample s.csv -t class -o o.csv") == (2, "'s.csv' looks ';' separated; add --separator ';'")
    code, _, _ = run("resample s.csv -t class -o o.csv --separator ;")
    assert code == 0
    assert (table / "o.csv").read_text().startswith("a;class;b;c\n")


@pytest.mark.parametrize(
    ("options", "rows", "note"),
    [
        ("--small-class shrink", 60, "class 'rare' has 3 rows and was over-sampled with 2 neighbors"),
        ("--small-class skip --method smote", 33, "class 'rare' has 3 rows and was left as it is"),
    ],
)
def test_a_class_with_too_few_rows(tmp_path, monkeypatch, run, options, rows, note):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"a": rng.normal(size=33), "b": rng.normal(size=33), "kind": ["rare"] * 3 + ["usual"] * 30})
    frame.write_csv("few.csv")
    code, _, err = run("resample few.csv -t kind -o o.csv --seed 0")
    assert code == 1
    assert "class 'rare' has 3 rows, and --k-neighbors 5 needs 6" in err
    assert "give --k-neighbors 2, --small-class shrink (fewer neighbours) or skip" in err
    code, _, err = run(f"resample few.csv -t kind -o o.csv --seed 0 {options}")
    assert code == 0
    assert err.splitlines() == [f"gpu-smotetomek: note: {err.partition('note: ')[2].strip()}"]
    assert note in err
    assert abs(len(pl.read_csv("o.csv")) - rows) <= 5


@pytest.mark.usefixtures("table")
def test_cleaning_alone_has_no_class_with_too_few_rows(run):
    code, _, err = run("resample t.csv -t 1 -o o.csv --method tomek --small-class skip")
    assert code == 2
    assert "--small-class has no effect with --method tomek" in err
