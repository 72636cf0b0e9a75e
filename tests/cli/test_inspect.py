"""`inspect` describes any table, also one that cannot be resampled, and its advice follows from the facts."""

import json
from dataclasses import replace

import numpy as np
import pytest
from support.optional import optional

pl = optional("polars")
optional("typer"), optional("rich")

from gpu_smotetomek.cli import facts as facts_module  # noqa: E402
from gpu_smotetomek.cli.advice import advise  # noqa: E402
from gpu_smotetomek.cli.app import app  # noqa: E402
from gpu_smotetomek.cli.facts import Facts, collect_facts, find_text  # noqa: E402
from gpu_smotetomek.tables import Sheet  # noqa: E402

UNREMARKABLE = Facts(
    rows=11_000,
    features=3,
    target="y",
    classes={0: 10_000, 1: 1_000},
    missing={},
    non_numeric={},
    repeated=0,
    contradictory=0,
    spread=("a", "b", 2.0),
    counters=[],
    overlap=0.1,
    plan={},
    refusal=None,
    stray={},
    named_by_numbers=False,
)


def run(capsys, *line):
    with pytest.raises(SystemExit) as exit_info:
        app(list(line))
    return exit_info.value.code, *capsys.readouterr()


def facts(frame, labels):
    return collect_facts(Sheet(pl.DataFrame(frame), pl.Series("y", labels), position=0))


def test_report_as_text_and_json(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    X = np.random.default_rng(0).standard_normal((120, 2))
    pl.DataFrame({"a": X[:, 0], "y": [0] * 100 + [1] * 20, "b": X[:, 1]}).write_csv("t.csv")
    code, out, err = run(capsys, "inspect", "t.csv", "--target", "y")
    assert (code, err) == (0, "")
    assert out.splitlines()[:4] == [
        "t.csv: 120 rows, 2 features, target 'y'",
        "class  rows  share",
        "1        20  16.7%",
        "0       100  83.3%",
    ]
    assert "Imbalance:    1 : 5.0" in out
    assert "Work space: " in out
    report = json.loads(run(capsys, "inspect", "t.csv", "-t", "1", "--json")[1])
    assert report["classes"] == [{"label": 0, "rows": 100}, {"label": 1, "rows": 20}]
    assert (report["rows"], report["features"], report["imbalance_ratio"], report["refusal"]) == (120, 2, 5.0, None)
    assert report["plan"]["workspace_bytes"] > 0
    assert 0 < report["overlap"] <= 1


def test_table_that_cannot_be_resampled_is_reported(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("city,a,y\nBonn,1,x\nRome,,z\nOslo,2,x\n")
    code, out, err = run(capsys, "inspect", "t.csv", "-t", "y")
    assert (code, err) == (0, "")
    assert "Missing:      a (1)" in out
    assert "Not numeric:  city (Bonn)" in out
    assert "Would fail:   " in out
    assert (
        "- Encode the columns that hold no numbers, name them in --categorical, or carry them along with --passthrough, "
        "such as 'city' ('Bonn')." in out
    )
    assert "- Fill in or drop missing and infinite cells (1 in 1 column); fit the imputer on the training fold." in out
    assert list(tmp_path.iterdir()) == [tmp_path / "t.csv"]


def test_the_cell_that_makes_a_column_text_is_shown():
    sheet = {"a": ["1.5", None, "2", "NA"], "b": ["1,5", "2", "3", "4"], "c": ["1", "2", "3", "4"], "n": [1, 2, 3, 4]}
    dates = pl.Series("d", [0, 1, 2, 3]).cast(pl.Date)
    assert find_text(pl.DataFrame(sheet).with_columns(dates)) == {"a": "NA", "b": "1,5", "c": "1", "d": "1970-01-01"}


def test_a_stray_word_among_numbers_is_given_with_its_row(tmp_path, capsys):
    """Rows are counted from 1, without the line of names."""
    cells = ["1.5", None, "2", "oops", "3", "what"]
    columns = {"a": cells, "t": list("pqrstu"), "n": [1, 2, 3, 4, 5, 6], "s": [" 1", "x", None, None, "2", " 3 "]}
    assert facts(columns, list("yyyzzz")).stray == {"a": 4, "s": 2}
    (tmp_path / "t.csv").write_text("a,y\n1.5,0\n2,0\noops,1\n4,1\n")
    expected = "Correct the cells of text in columns of numbers: 'a' has 'oops' in row 3."
    assert expected in run(capsys, "inspect", str(tmp_path / "t.csv"), "-t", "y")[1]
    assert expected in run(capsys, "resample", str(tmp_path / "t.csv"), "-t", "y", "-o", str(tmp_path / "o.csv"))[2]


def test_resample_notes_names_that_are_numbers(tmp_path, capsys):
    X = np.random.default_rng(0).standard_normal((60, 2)).round(3)
    rows = "".join(f"{a},{b},{i % 6 == 0:d}\n" for i, (a, b) in enumerate(X))
    (tmp_path / "t.csv").write_text(rows)
    code, _, err = run(capsys, "resample", str(tmp_path / "t.csv"), "-t", "-1", "-o", str(tmp_path / "o.csv"))
    assert code == 0
    assert "note: the first line holds numbers and was taken for names: add --no-header if it is data" in err


def test_arrays_are_inspected_too(tmp_path, capsys):
    np.savez(tmp_path / "t.npz", X=np.arange(40, dtype="f2").reshape(20, 2), y=np.arange(20) // 14)
    report = json.loads(run(capsys, "inspect", str(tmp_path / "t.npz"), "--json")[1])
    assert (report["target"], report["rows"], report["features"]) == ("y", 20, 2)


def test_facts_on_cells():
    table = facts({"id": [3, 4, 5, 6], "x": [1.0, np.nan, np.inf, 4.0], "t": ["p", None, "q", "r"]}, [0, 0, 1, 1])
    assert table.counters == ["id"]
    assert table.missing == {"x": 2, "t": 1}
    assert table.non_numeric == {"t": "p"}
    assert (table.plan, table.spread, table.overlap) == (None, None, None)
    assert table.refusal


def test_facts_on_repeats_spread_and_overlap():
    table = facts(
        {"x": [0.0, 0.0, 1.0, 1.0, 5.0, 9.0], "k": [7] * 6, "w": [0.0, 0.0, 1e5, 1e5, 5e5, 9e5]}, [0, 0, 0, 1, 1, 0]
    )
    assert (table.repeated, table.contradictory) == (2, 1)
    assert table.spread[:2] == ("w", "x")
    assert table.spread[2] == pytest.approx(1e5)
    assert table.overlap == 1.0
    assert table.ratio == 2.0
    assert facts({"k": [1.0, 1.0]}, [0, 1]).spread is None


def test_overlap_is_sampled_on_large_tables(monkeypatch):
    monkeypatch.setattr(facts_module, "OVERLAP_ROWS", 50)
    assert facts({"x": np.r_[np.zeros(99), np.ones(99) * 9]}, [0] * 99 + [1] * 99).overlap == 0.0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"counters": ["id"]}, "Drop 'id', or keep it out of the distances with --passthrough id: it only numbers the rows"),
        ({"non_numeric": {"a": "Rome", "b": "NA"}}, "a mark makes the whole column text, such as 'b'"),
        ({"non_numeric": {"a": "-0,5"}, "marks": {"a": "Add --decimal ,"}}, "Add --decimal ,."),
        ({"non_numeric": {"b": "NA", "a": "Rome"}}, "Encode the columns that hold no numbers, name them in"),
        ({"non_numeric": {"a": "oops"}, "stray": {"a": 1017}}, "in columns of numbers: 'a' has 'oops' in row 1,017."),
        ({"named_by_numbers": True}, "The first line holds numbers and was taken for names: add --no-header if it is data."),
        ({"spread": ("a", "b", 1e6)}, "Scale the features: 'a' varies 1e+06 times as much as 'b'"),
        ({"classes": {0: 5}}, "There is one class only"),
        ({"classes": dict.fromkeys(range(60), 9)}, "60 classes look like a quantity to predict"),
        ({"classes": dict.fromkeys(range(9), 1), "rows": 9}, "9 classes look like a quantity to predict"),
        ({"classes": dict.fromkeys(range(60), 3)}, "Class 0 has 3 rows and SMOTE needs 6"),
        ({"classes": {0: 100, 1: 3}}, "Class 1 has 3 rows and SMOTE needs 6: --k-neighbors 2 at most, or collect more, or drop"),
        ({"classes": {0: 100, 1: 1}}, "Class 1 has 1 row and SMOTE needs 6: collect more, or drop the class."),
        ({"classes": {0: 400, 1: 40}}, "Class 1 has 40 rows: synthetic rows repeat what these say"),
        ({"classes": {0: 400, 1: 80}}, "The largest class is small, and cleaning takes rows of it"),
        ({"classes": {0: 30_000, 1: 1_000}}, "1 : 30 is beyond 1 : 20: try --sampling-strategy 0.1"),
        ({"classes": {0: 30_000, 1: 1_000, 2: 2_000}}, "try --sampling-strategy 1=ROWS instead of full balance"),
        ({"classes": {0: 3_000, 1: 1_000}}, "1 : 3.0 is mild"),
        ({"classes": {0: 1_100, 1: 1_000}}, "The classes are of about the same size"),
        ({"overlap": 0.7}, "The classes overlap densely (70% of class 1 have a row of another class nearest)"),
        ({"overlap": 0.4}, "The classes overlap (40% of class 1 have a row of another class nearest)"),
        ({"contradictory": 2}, "Equal rows with unequal labels: 2."),
        ({"repeated": 500}, "Rows that repeat earlier ones: 500."),
        ({}, "Resample the training fold only"),
        ({}, "Evaluate with several seeds"),
    ],
)  # fmt: skip
def test_advice_follows_from_the_facts(change, words):
    general = advise(UNREMARKABLE)
    assert len(general) == 2
    changed = [line for line in advise(replace(UNREMARKABLE, **change)) if words in line]
    assert len(changed) == 1
    assert change == {} or changed[0] not in general


def test_few_rows_give_no_advice_on_overlap():
    assert not [
        line for line in advise(replace(UNREMARKABLE, overlap=1.0, classes={0: 1000, 1: 5})) if "overlap" in line
    ]


def test_why_it_would_fail_is_one_line():
    table = facts({"x": [1.0, np.nan, 3.0, 4.0]}, [0, 0, 1, 1])
    assert "\n" not in table.refusal
    assert table.refusal.startswith("Input X contains NaN. SMOTETomek does not accept missing values")
