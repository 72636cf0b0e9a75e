"""`resample --passthrough`: an id, a date and a text travel with their rows, from any format to any format."""

import json

import numpy as np
import pytest
from support.cli_tables import FRAME
from support.optional import optional

pl = optional("polars")
optional("typer"), optional("rich")

from gpu_smotetomek import SMOTE, SMOTETomek  # noqa: E402

N = len(FRAME)
TRAVELLERS = pl.DataFrame(
    {
        "id": [f"{i:05}" for i in range(N)],  # '00007' is not 7
        "seen": pl.Series(np.datetime64("2024-02-27") + np.arange(N)),
        "note": [None if i % 7 == 0 else f'says "{i}", or -{i}' for i in range(N)],
        "price": [f"{i}.50" for i in range(N)],
    }
)
WIDE = TRAVELLERS.select("id").hstack(FRAME).hstack(TRAVELLERS.drop("id"))
NAMES = ",".join(TRAVELLERS.columns)


@pytest.fixture
def wide(table):
    WIDE.write_csv("w.csv")
    WIDE.write_parquet("w.parquet")
    return table


@pytest.mark.parametrize("fill", ["missing", "base"])
@pytest.mark.parametrize("source", ["w.csv", "w.parquet"])
@pytest.mark.parametrize("output", ["o.csv", "o.parquet", "o.feather"])
@pytest.mark.usefixtures("wide")
def test_cells_travel_unchanged(run, source, output, fill):
    code, _, err = run(
        f"resample {source} -t class -o {output} --seed 3 --passthrough {NAMES} --passthrough-fill {fill}"
    )
    assert (code, err) == (0, "")
    text = dict.fromkeys(TRAVELLERS.columns, pl.String)
    readers = {"csv": lambda path: pl.read_csv(path, schema_overrides=text), "parquet": pl.read_parquet}
    frame = readers.get(output.rpartition(".")[2], pl.read_ipc)(output)
    assert frame.columns == WIDE.columns
    sampler = SMOTETomek(random_state=3, passthrough=TRAVELLERS.columns, passthrough_fill=fill)
    expected, y = sampler.fit_resample(WIDE.drop("class"), WIDE["class"])
    assert frame["class"].to_list() == y.to_list()
    for name in TRAVELLERS.columns:
        assert frame[name].cast(pl.String).to_list() == expected[name].cast(pl.String).to_list()
    np.testing.assert_array_equal(frame.select("a", "c").to_numpy(), expected.select("a", "c").to_numpy())
    n_kept = sum(len(SMOTETomek(random_state=3).fit_resample(FRAME.drop("class"), y)[0]) for y in [FRAME["class"]])
    assert len(frame) == n_kept
    n_missing = frame["id"].null_count()
    assert n_missing == (sampler.smote_.n_synthetic_ if fill == "missing" else 0)


@pytest.mark.usefixtures("wide")
def test_columns_by_number_and_a_table_without_names(run):
    WIDE.write_csv("n.csv", include_header=False)
    code, _, err = run("resample n.csv --no-header -t 2 -o o.csv --seed 0 --passthrough 0,-1,-2,-3 --method smote")
    assert (code, err) == (0, "")
    frame = pl.read_csv("o.csv", has_header=False, infer_schema_length=0)
    assert frame[:N, 0].to_list() == TRAVELLERS["id"].to_list()
    assert frame[:N, -1].to_list() == TRAVELLERS["price"].to_list()
    assert frame[N:, 0].null_count() == len(frame) - N == 80


@pytest.mark.usefixtures("wide")
def test_a_column_whose_name_holds_a_comma(run):
    WIDE.rename({"id": "id, old"}).select("id, old", *FRAME.columns).write_csv("c.csv")
    code, _, _ = run("resample c.csv -t class -o o.csv --seed 0 --passthrough", "id, old")
    assert code == 0
    spaced = "a , class"
    assert run("resample t.csv -t b -o p.csv --passthrough", spaced)[0] == 1  # 'b' is no class; the columns were found


@pytest.mark.usefixtures("wide")
def test_cleaning_keeps_the_cells_of_what_is_left(run):
    code, out, _ = run(f"resample w.csv -t class -o o.csv --method tomek --passthrough {NAMES} --json")
    assert code == 0
    frame = pl.read_csv("o.csv", schema_overrides={"id": pl.String})
    assert frame["id"].null_count() == 0
    assert len(frame) == N - json.loads(out)["rows_removed"]
    assert set(frame["id"]) < set(TRAVELLERS["id"])


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ("w.csv -t class -o o.csv", 1, "or add --passthrough seen,note"),
        ("w.csv -t class -o o.csv --passthrough id,sen", 2, "no column 'sen'; did you mean 'seen'?"),
        ("w.csv -t class -o o.csv --passthrough id,class", 2, "column 'class' is the target"),
        ("w.csv -t class -o o.npz --passthrough id,seen,note,price", 2, "write .parquet, .feather or .csv"),
        ("w.csv -t class -o o.csv --passthrough-fill base", 2, "no effect without --passthrough"),
        (
            "w.csv -t class -o o.csv --method tomek --passthrough id --passthrough-fill base",
            2,
            "no effect with --method",
        ),
        ("t.npz -o o.csv --passthrough id", 2, "no names; leave --passthrough out"),
        ("l.parquet -t class -o o.csv --passthrough list", 2, "cells of 'list' are no text"),
        ("t.csv -t class -o o.csv --passthrough a,b,c", 1, "names all columns"),
    ],
)
@pytest.mark.usefixtures("wide")
def test_refusals(refused, options, code, words):
    np.savez("t.npz", X=FRAME.select("a", "b").to_numpy(), y=np.array(FRAME["class"].to_list()))
    FRAME.with_columns(list=pl.Series([[i] for i in range(N)])).write_parquet("l.parquet")
    found, error = refused(f"resample {options}")
    assert found == code
    assert words in error


@pytest.mark.usefixtures("wide")
def test_nested_cells_go_into_parquet(run):
    FRAME.with_columns(list=pl.Series([[i] for i in range(N)])).write_parquet("l.parquet")
    line = "resample l.parquet -t class -o o.parquet --seed 1 --method smote --passthrough list --passthrough-fill base"
    assert run(line)[0] == 0
    frame = pl.read_parquet("o.parquet")
    X, _ = SMOTE(random_state=1).fit_resample(FRAME.drop("class"), FRAME["class"])
    np.testing.assert_array_equal(frame.select("a", "b", "c").to_numpy(), X.to_numpy())
    assert frame["list"][:N].to_list() == [[i] for i in range(N)]
    assert {cell[0] for cell in frame["list"][N:].to_list()} <= set(range(100, 120))  # rows of the minority


@pytest.mark.usefixtures("wide")
def test_cells_that_a_spreadsheet_runs_are_noted(run):
    WIDE.select("a", "b", "c", "class", note=pl.lit("=1+1")).write_csv("f.csv")
    _, _, err = run("resample f.csv -t class -o g.csv --seed 0 --passthrough note")
    assert "note: spreadsheets take '=1+1' for a formula" in err


@pytest.mark.usefixtures("wide")
def test_inspect_names_the_option(run):
    advice = json.loads(run("inspect w.csv -t class --json")[1])["advice"]
    assert any(line.startswith("Ids: 'id' (numbers the rows).") and line.endswith(": --id id.") for line in advice)
    assert any(
        line.startswith("Dates: 'seen' (dates, such as 2024-02-27)") and "--passthrough seen" in line for line in advice
    )
    assert any(line.startswith("Text: 'note' (") and line.endswith("--passthrough note.") for line in advice)
