"""`--id`, `--drop`, `--columns`: which columns are features, which travel, and which are left out of the output."""

import json

import numpy as np
import pytest
from support.optional import optional

pl = optional("polars")
optional("typer"), optional("rich")

from gpu_smotetomek import SMOTETomek  # noqa: E402

N = 150
RNG = np.random.default_rng(0)
WIDE = pl.DataFrame(
    {
        "customer": [f"{i:05}" for i in RNG.permutation(N)],  # '00007' is not 7
        "a": RNG.normal(size=N),
        "seen, first": [f"2024-01-{i % 28 + 1:02}" for i in range(N)],
        "y": ["no"] * 120 + ["yes"] * 30,
        "b": RNG.normal(size=N),
        "plan": RNG.choice(["basic", "plus"], N),
    }
)
AS_TEXT = {"customer": pl.String, "seen, first": pl.String}
IDS = "w.csv -t y -o o.csv --seed 0"


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    WIDE.write_csv("w.csv")
    WIDE.write_parquet("w.parquet")
    WIDE.write_csv("n.csv", include_header=False)
    np.savez("t.npz", X=WIDE.select("a", "b").to_numpy(), y=np.repeat([0, 1], [120, 30]))
    return tmp_path


def read(path="o.csv"):
    return pl.read_csv(path, schema_overrides=AS_TEXT) if path.endswith("csv") else pl.read_parquet(path)


@pytest.mark.parametrize("source", ["w.csv", "w.parquet"])
@pytest.mark.parametrize("output", ["o.csv", "o.parquet"])
def test_ids_travel_and_are_empty_in_synthetic_rows(run, source, output):
    line = f"resample {source} -t y -o {output} --seed 0 --id customer --drop plan --passthrough".split()
    code, _, err = run("", *line, "seen, first")
    assert (code, err) == (0, "")
    frame = read(output)
    assert frame.columns == ["customer", "a", "seen, first", "y", "b"]
    X, y = SMOTETomek(random_state=0).fit_resample(WIDE.select("a", "b"), WIDE["y"])
    assert frame["y"].to_list() == y.to_list()
    np.testing.assert_array_equal(frame.select("a", "b").to_numpy(), X.to_numpy())
    n_synthetic = 90
    assert frame["customer"].null_count() == n_synthetic
    kept = frame.drop_nulls("customer").join(WIDE, on=["customer", "a", "seen, first", "y", "b"], how="semi")
    assert len(kept) == len(frame) - n_synthetic
    assert frame["customer"].drop_nulls().is_unique().all()


def test_ids_are_empty_also_where_other_cells_are_those_of_the_base_row(run):
    line = f"resample {IDS} --id customer --passthrough-fill base --drop plan --passthrough".split()
    assert run("", *line, "seen, first")[0] == 0
    frame = read()
    assert frame["customer"].null_count() == 90
    assert frame["seen, first"].null_count() == 0
    assert (
        run("resample w.csv -t y -o p.csv --seed 0 --passthrough-fill base --columns a --passthrough customer")[0] == 0
    )
    assert read("p.csv")["customer"].null_count() == 0


def test_columns_keeps_those_and_what_other_options_name(run):
    code, _, err = run(f"resample {IDS} --columns b,a --id customer")
    assert (code, err) == (0, "")
    assert read().columns == ["customer", "a", "y", "b"]  # in the order of the file
    code, _, err = run("resample w.csv -t y -o p.csv --seed 0 --columns a,plan,y --categorical plan")
    assert (code, err) == (0, "")
    assert read("p.csv").columns == ["a", "y", "plan"]
    assert set(read("p.csv")["plan"]) == {"basic", "plus"}
    assert run("resample w.csv -t y -o q.csv --seed 0 --columns a --categorical auto")[0] == 0
    assert read("q.csv").columns == ["a", "y"]


def test_columns_by_number_and_without_names(run):
    assert run("resample w.csv -t 3 -o o.csv --seed 0 --id 0 --drop 2,-1")[0] == 0
    assert read().columns == ["customer", "a", "y", "b"]
    for names in ("--id 0 --drop 2,-1", "--id column_0 --drop column_2,column_5"):
        assert run(f"resample n.csv --no-header -t 3 -o p.csv --seed 0 --force {names}")[0] == 0
        written = pl.read_csv("p.csv", has_header=False, schema_overrides={"column_0": pl.String})
        expected = read().select("customer", "a", "y", "b")
        assert written.rows() == expected.rows()


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ("--drop custmer", 2, "the table has no column 'custmer'; did you mean 'customer'?"),
        ("--id a --drop a", 2, "column 'a' is in --id and in --drop; leave it out of one of them"),
        ("--id customer --passthrough customer", 2, "column 'customer' is in --id and in --passthrough"),
        ("--columns a,b --drop b", 2, "column 'b' is in --columns and in --drop"),
        ("--drop y", 2, "column 'y' is the target; leave it out of --drop"),
        ("--id y", 2, "column 'y' is the target; leave it out of --id"),
        ("--columns y", 1, "no column but the target is left; leave --drop out, or name more in --columns"),
        ("--columns a --id a", 1, "passthrough names all columns of X"),
    ],
)
def test_refusals(refused, options, code, message):
    found, error = refused(f"resample {IDS} {options}")
    assert found == code
    assert message in error


@pytest.mark.parametrize("option", ["--id 0", "--drop 0", "--columns 0"])
def test_arrays_have_no_names(refused, option):
    code, error = refused(f"resample t.npz -o o.npz {option}")
    assert (code, error) == (
        2,
        f"the columns of an .npz file have no names; leave {option.split()[0]} out, or save a .parquet file",
    )


def test_inspect_takes_the_same_options(run):
    line = ["inspect", "w.csv", "-t", "y", "--json", "--id", "customer", "--categorical", "plan", "--drop"]
    code, out, _ = run("", *line, "seen, first")
    report = json.loads(out)
    assert (code, report["findings"], report["features"], report["refusal"]) == (0, [], 3, None)
    assert run("inspect w.csv -t y --columns a,b")[0] == 0


# ---- warnings -------------------------------------------------------------------------------------------------------


def test_features_that_are_none_are_warned_of_on_stderr(run):
    frame = WIDE.select("a", "b", "y").with_columns(
        id=pl.Series(RNG.permutation(N) + 1000),
        k=7,
        copy=pl.Series([0] * 120 + [1] * 30),
        plan=pl.Series(RNG.integers(0, 3, N)),
    )
    frame.write_csv("m.csv")
    code, out, err = run("resample m.csv -t y -o m-out.csv --seed 0")
    assert code == 0
    lines = [line.removeprefix("gpu-smotetomek: ") for line in err.splitlines()]
    warnings = [line.removeprefix("warning: ") for line in lines if line.startswith("warning: ")]
    assert [warning.split(":")[0] for warning in warnings] == [
        "Columns that give the class of every row",
        "Ids",
        "Whole numbers of few values",
        "Constants",
    ]
    assert [warning.rstrip(".").split(": ")[-1] for warning in warnings] == [
        "--drop copy",
        "--id id",
        "--categorical plan",
        "--drop k",
    ]
    assert "Columns of integers" not in out  # the warning has it
    report = json.loads(run("resample m.csv -t y -o m2.csv --seed 0 --json")[1])
    assert [finding["column"] for finding in report["findings"]] == ["id", "k", "copy", "plan"]
    assert run("resample m.csv -t y -o m3.csv --drop copy,k --id id --categorical plan")[2] == ""


def test_spreads_that_differ_are_warned_of(run):
    WIDE.select("a", (pl.col("b") * 1e6), "y").write_csv("s.csv")
    _, _, err = run("resample s.csv -t y -o o.csv --seed 0")
    assert "note: 'b' makes up 100% of the squared distances" in err
    assert "give --scale standard or robust, or none if the units are meant as they are" in err
    _, _, err = run("resample s.csv -t y -o dry.csv --seed 0 --dry-run")  # which compares no rows
    assert "warning: Scale the features (--scale standard): 'b' varies 9e+05 times" in err
    for word in ("standard", "robust", "none"):
        assert "the features" not in run(f"resample s.csv -t y -o o{word}.csv --seed 0 --scale {word}")[2]


@pytest.mark.parametrize(
    ("options", "prints", "warns"),
    [("", True, True), ("-q", False, True), ("-qq", False, False), ("-q -q", False, False), ("-v -q", True, True)],
)
def test_quiet(run, options, prints, warns):
    code, out, err = run(f"resample w.csv -t y -o o.csv --columns a,b,plan --categorical plan {options}")
    assert (code, bool(out), err) == (0, prints, "")
    WIDE.select("a", "b", "y").with_columns(id=pl.Series(RNG.permutation(N))).write_csv("i.csv")
    code, out, err = run(f"resample i.csv -t y -o p.csv {options}")
    assert (code, bool(out), bool(err)) == (0, prints, warns)
    assert run(f"resample i.csv -t y -o q.csv --json {options}")[1].startswith("{")


def test_verbose(run):
    code, out, err = run("resample w.csv -t y -o o.csv --columns a,b --seed 0 -v")
    assert code == 0
    assert out.startswith("SMOTETomek: 150 rows became ")
    assert "Time and memory" in out
    assert out.endswith("rows\n")
    assert err == "gpu-smotetomek: note: features: a, b\n"
    code, _, err = run("resample w.csv -t y -o p.csv --columns a,b --seed 0 -vv")
    assert [line.split(": ")[1] for line in err.splitlines()] == ["read", "check", "resample", "write", "note"]


def test_cleaning_that_changes_nothing_is_said(run):
    rng = np.random.default_rng(3)
    X = np.r_[rng.normal(size=(200, 2)), rng.normal(size=(50, 2)) + 50]
    pl.DataFrame(X, ["a", "b"], orient="row").with_columns(y=pl.Series([0] * 200 + [1] * 50)).write_csv("far.csv")
    for options in ("", "-v"):
        out = run(f"resample far.csv -t y -o o.csv --seed 0 --force {options}")[1]
        assert "0 links among 400 rows: cleaning changed next to nothing, this is plain SMOTE\n" in out
    assert "plain SMOTE" not in run("resample far.csv -t y -o o.csv --seed 0 --force --method tomek")[1]
    assert "plain SMOTE" not in run("resample w.csv -t y -o p.csv --seed 0 --columns a,b")[1]
