"""`resample --dry-run`: everything is read and checked, the plan is printed, and nothing is written."""

import json

import numpy as np
import pytest
from support.optional import optional

pl = optional("polars")
optional("typer"), optional("rich")

pytestmark = pytest.mark.usefixtures("table")


@pytest.mark.parametrize(
    ("options", "after"),
    [
        ("", [100, 100]),
        ("--method smote --sampling-strategy 0.5", [100, 50]),
        ("--sampling-strategy yes=77", [100, 77]),
        ("--method tomek", [None, None]),
    ],
)
def test_the_rows_of_each_class_are_those_of_the_run(table, run, options, after):
    code, out, err = run(f"resample t.csv -t class -o o.csv --dry-run {options}")
    assert (code, err) == (0, "")
    assert sorted(path.name for path in table.iterdir()) == ["t.csv", "t.parquet"]
    assert out.endswith("Dry run: o.csv is not written.\n")
    report = json.loads(run(f"resample t.csv -t class -o o.csv --dry-run --json {options}")[1])
    assert [of_class["after_smote"] for of_class in report["classes"]] == after
    real = json.loads(run(f"resample t.csv -t class -o o.csv --json {options}")[1])
    assert [of_class["after_smote"] for of_class in real["classes"]] == after
    assert (report["dry_run"], report["output"], report["method"]) == (True, "o.csv", real["method"])


def test_a_class_that_is_skipped_does_not_grow(run):
    line = "resample t.csv -t class -o o.csv --json --k-neighbors 20 --small-class"
    for treatment, rows in (("skip", 20), ("shrink", 100)):
        planned = json.loads(run(f"{line} {treatment} --force --dry-run")[1])
        real = json.loads(run(f"{line} {treatment} --force")[1])
        for report in (planned, real):
            assert [of_class["after_smote"] for of_class in report["classes"]] == [100, rows]


def test_the_plan_is_printed(run):
    out = run("resample t.csv -t class -o o.csv --dry-run --passthrough b")[1]
    assert out.splitlines()[:3] == [
        "class  before  after SMOTE",
        "no        100          100",
        "yes        20          100",
    ]
    assert "Rows:        200, less those that cleaning removes\n" in out
    assert "Work:        about " in out
    assert "Features:    a, c\n" in out
    assert "Travelling:  b\n" in out


@pytest.mark.parametrize(
    "options",
    [
        "-o t.parquet",
        "-o o.csv --sampling-strategy most",
        "-o o.csv --k-neighbors 20",
        "-o o.csv --drop nope",
        "-o o.csv --plot p.gif",
        "-o o.csv --method tomek --seed 3",
    ],
)
def test_it_refuses_what_the_run_would_refuse(run, refused, options):
    code, error = refused(f"resample t.csv -t class --dry-run {options}")
    assert refused(f"resample t.csv -t class {options}") == (code, error)


def test_warnings_are_printed_too(run):
    frame = pl.read_csv("t.csv").with_columns(id=pl.Series(np.random.default_rng(0).permutation(120)))
    frame.write_csv("i.csv")
    assert "warning: Ids: 'id'" in run("resample i.csv -t class -o o.csv --dry-run")[2]
