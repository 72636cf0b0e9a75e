"""`inspect` describes any table, also one that cannot be resampled, and its advice follows from the facts."""

import gzip
import json
import shlex

import numpy as np
import pytest
from support.optional import optional

pl = optional("polars")
optional("typer"), optional("rich")

from gpu_smotetomek.cli.app import app  # noqa: E402
from gpu_smotetomek.cli.text_columns import find_stray_text, find_text  # noqa: E402


def run(capsys, *line):
    with pytest.raises(SystemExit) as exit_info:
        app(list(line))
    return exit_info.value.code, *capsys.readouterr()


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
    assert (code, err) == (1, "")
    assert "Missing:      a (1)" in out
    assert "Not numeric:  city (Bonn)" in out
    assert "Would fail:   " in out
    assert "- Text: 'city' (3 different texts). Distances need numbers: encode it, or --passthrough city." in out
    assert (
        "- Fill in or drop missing and infinite cells (1 in 1 column): --impute median; fit the imputer on the" in out
    )
    assert out.endswith(
        "A command that follows this advice:\n"
        "  gpu-smotetomek resample t.csv --target y -o t-balanced.csv --impute median --passthrough city\n"
    )
    assert list(tmp_path.iterdir()) == [tmp_path / "t.csv"]


def test_the_cell_that_makes_a_column_text_is_shown():
    sheet = {"a": ["1.5", None, "2", "NA"], "b": ["1,5", "2", "3", "4"], "c": ["1", "2", "3", "4"], "n": [1, 2, 3, 4]}
    dates = pl.Series("d", [0, 1, 2, 3]).cast(pl.Date)
    assert find_text(pl.DataFrame(sheet).with_columns(dates)) == {"a": "NA", "b": "1,5", "c": "1", "d": "1970-01-01"}


def test_a_stray_word_among_numbers_is_given_with_its_row(tmp_path, capsys):
    """Rows are counted from 1, without the line of names."""
    cells = ["1.5", None, "2", "oops", "3", "what"]
    columns = {"a": cells, "t": list("pqrstu"), "n": [1, 2, 3, 4, 5, 6], "s": [" 1", "x", None, None, "2", " 3 "]}
    assert find_stray_text(pl.DataFrame(columns)) == {"a": 4, "s": 2}
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
    assert (
        "A command that follows" not in run(capsys, "inspect", str(tmp_path / "t.npz"))[1]
    )  # no option names its columns
    holes = np.r_[np.nan, np.random.default_rng(0).normal(size=39)].reshape(20, 2)
    np.savez(tmp_path / "h.npz", X=holes, y=np.arange(20) // 14)
    command = run(capsys, "inspect", str(tmp_path / "h.npz"))[1].splitlines()[-1]
    assert command.endswith("h-balanced.npz --impute median")
    assert run(capsys, *shlex.split(command)[1:])[0] == 0


# ---- what resample would refuse -------------------------------------------------------------------------------------

X = np.random.default_rng(1).standard_normal((60, 2))
TABLES = {
    "good": {"a": X[:, 0], "b": X[:, 1], "y": [0] * 40 + [1] * 20},
    "missing": {"a": [None, *X[1:, 0]], "b": X[:, 1], "y": [0] * 40 + [1] * 20},
    "text": {"a": ["p", "q"] * 30, "b": X[:, 1], "y": [0] * 40 + [1] * 20},
    "few": {"a": X[:, 0], "b": X[:, 1], "y": [0] * 57 + [1] * 3},
    "one": {"a": X[:, 0], "b": X[:, 1], "y": [0] * 60},
    "quantity": {"a": X[:, 0], "b": X[:, 1], "y": np.arange(60) * 3},
    "stray": {"a": ["oops", *map(str, X[1:, 0])], "b": X[:, 1], "y": [0] * 40 + [1] * 20},
}


@pytest.mark.parametrize(
    "options", ["", "--impute median", "--categorical a", "--drop a", "--columns b", "--passthrough a"]
)
@pytest.mark.parametrize("name", TABLES)
def test_it_exits_as_resample_would(tmp_path, capsys, monkeypatch, name, options):
    monkeypatch.chdir(tmp_path)
    pl.DataFrame(TABLES[name], strict=False).write_csv("t.csv")
    resampled = run(capsys, "resample", "t.csv", "-t", "y", "-o", "o.csv", "--seed", "0", *options.split())
    code, out, err = run(capsys, "inspect", "t.csv", "-t", "y", *options.split())
    assert (code, err) == (resampled[0], "")
    assert ("Would fail: " in out) is (code == 1)
    report = json.loads(run(capsys, "inspect", "t.csv", "-t", "y", "--json", *options.split())[1])
    assert (report["refusal"] is None) is (code == 0)
    if code == 1:
        assert report["refusal"] in resampled[2]


def test_the_command_at_its_end_is_one_that_works(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "customer no": rng.permutation(300) + 1000,
            "joined": [f"2024-01-{i % 28 + 1:02}" for i in range(300)],
            "x": [None, *rng.normal(size=299)],
            "plan": rng.choice(["basic", "plus"], 300),
            "k": [7] * 300,
            "y": [0] * 250 + [1] * 50,
        }
    )
    frame.write_csv("my table.csv")
    code, out, _ = run(capsys, "inspect", "my table.csv", "-t", "y")
    assert code == 1
    command = out.splitlines()[-1]
    assert command.split(" -o ")[1] == (
        "'my table-balanced.csv' --impute median --id 'customer no' --passthrough joined --categorical plan --drop k"
    )
    code, _, err = run(capsys, *shlex.split(command)[1:], "--seed", "0")
    assert code == 0
    assert "warning" not in err
    written = pl.read_csv("my table-balanced.csv")
    assert written.columns == ["customer no", "joined", "x", "plan", "y"]
    assert written["customer no"].null_count() == written["joined"].null_count() == 200


def test_columns_of_a_table_without_names_are_advised_by_names_that_the_options_take(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frame = pl.DataFrame({"id": range(60), "a": X[:, 0], "b": X[:, 1], "y": [0] * 40 + [1] * 20})
    frame.write_csv("t.csv", include_header=False)
    command = run(capsys, "inspect", "t.csv", "--no-header", "-t", "-1")[1].splitlines()[-1]
    assert command.endswith("--no-header --id column_0")
    assert run(capsys, *shlex.split(command)[1:])[0] == 0


def test_numbers_with_other_marks_are_no_ids(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = ["a;b;k;y", *(f"0,{i + 1000};{i % 37};7;{int(i % 4 == 0)}" for i in range(60))]
    with gzip.open("t.csv.gz", "wt") as out:
        out.write("\n".join(lines))
    _, out, _ = run(capsys, "inspect", "t.csv.gz", "-t", "y", "--separator", ";")
    assert "add --decimal ','" in out
    assert "--id" not in out
    _, out, _ = run(capsys, "inspect", "t.csv.gz", "-t", "y", "--separator", ";", "--decimal", ",")
    assert " -o t-balanced.csv.gz --separator ';' --decimal , --drop k" in out
