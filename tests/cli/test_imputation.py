"""`--impute`: missing numbers are filled as scikit-learn's SimpleImputer does, and the output says which."""

import json

import numpy as np
import pytest
from sklearn.impute import SimpleImputer
from support.optional import optional

pl = optional("polars")
optional("typer"), optional("rich")

from gpu_smotetomek.cli.imputation import fill_missing  # noqa: E402
from gpu_smotetomek.tables import Sheet  # noqa: E402

N = 120
RNG = np.random.default_rng(0)
Y = ["no"] * 90 + ["yes"] * 30
HOLES = pl.Series(RNG.random(N) < 0.1)
FRAME = pl.DataFrame(
    {
        "age": pl.Series(RNG.integers(18, 90, N)),
        "income": RNG.normal(3e4, 5e3, N).round(2),
        "member": RNG.random(N) < 0.7,
        "y": Y,
    }
).with_columns(pl.when(~HOLES).then(pl.col(name)).alias(name) for name in ("age", "income", "member"))
STRATEGIES = ["median", "mean", "most-frequent"]


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    FRAME.write_csv("t.csv")
    FRAME.write_parquet("t.parquet")
    return tmp_path


def impute(strategy):
    """The columns of numbers as SimpleImputer fills them."""
    matrix = FRAME.select("age", "income", "member").cast(pl.Float64).to_numpy()
    return SimpleImputer(strategy=strategy.replace("-", "_")).fit_transform(matrix)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_cells_are_those_of_scikit_learn(strategy):
    sheet, filled = fill_missing(Sheet(FRAME.drop("y"), FRAME["y"], 3), strategy)
    expected = impute(strategy)
    assert sheet.X.schema == FRAME.drop("y").schema
    assert not sum(sheet.X.null_count().row(0))
    np.testing.assert_array_equal(sheet.X["income"], expected[:, 1])
    np.testing.assert_array_equal(sheet.X["age"], np.rint(expected[:, 0]))
    np.testing.assert_array_equal(sheet.X["member"].cast(pl.Float64), np.rint(expected[:, 2]))
    assert [(column.name, column.n_cells) for column in filled] == [
        (name, HOLES.sum()) for name in ("age", "income", "member")
    ]


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("source", ["t.csv", "t.parquet"])
def test_filled_cells_are_written_and_said(run, source, strategy):
    code, _, err = run(
        f"resample {source} -t y -o o.parquet --seed 0 --impute {strategy} --categorical member --drop age"
    )
    assert code == 0
    n, value = HOLES.sum(), impute(strategy)[HOLES.arg_true()[0], 1]
    word = strategy.replace("-", " ")
    assert err == (
        f"gpu-smotetomek: note: {n} missing cells filled with the {word} of their column: 'income' ({n} with {value:.6g})\n"
    )
    frame = pl.read_parquet("o.parquet")
    assert frame["income"].null_count() == 0
    assert (frame["income"] == value).sum() >= 1
    assert frame["member"].null_count() > 0  # a missing category is a category
    report = json.loads(run(f"resample {source} -t y -o p.parquet --impute {strategy} --columns income --json")[1])
    assert report["imputed"] == [{"column": "income", "cells": n, "value": value}]


def test_missing_cells_are_refused_with_the_remedy(refused):
    code, error = refused("resample t.csv -t y -o o.csv --columns age,income")
    assert code == 1
    n = HOLES.sum()
    assert error.startswith(
        f"{2 * n} cells are missing, in 'age' ({n}), 'income' ({n}): fill them with --impute median"
    )
    assert "--drop age,income" in error


def test_marks_of_missing_cells_are_missing_cells(run):
    frame = FRAME.select("age", "income", "y").cast(pl.String)
    frame.select(pl.col("age").fill_null("NA"), pl.col("income").fill_null("?"), "y").write_csv("marks.csv")
    code, _, err = run("resample marks.csv -t y -o o.csv --seed 0 --impute median")
    assert code == 0
    assert f"{2 * HOLES.sum()} missing cells filled" in err
    assert run("resample t.csv -t y -o p.csv --seed 0 --impute median --drop member")[0] == 0
    assert pl.read_csv("o.csv").equals(pl.read_csv("p.csv"))


def test_a_column_without_numbers_cannot_be_filled(refused):
    FRAME.with_columns(income=pl.lit(None, pl.Float64)).write_parquet("none.parquet")
    code, error = refused("resample none.parquet -t y -o o.csv --impute mean --drop member")
    assert (code, error) == (
        1,
        "column 'income' has no number to fill its cells from; leave it out with --drop income",
    )


def test_nan_in_a_frame_and_in_an_array(run):
    X = RNG.normal(size=(N, 2))
    X[::9, 1] = np.nan
    y = np.repeat([0, 1], [90, 30])
    np.savez("t.npz", X=X, y=y)
    pl.DataFrame({"x0": X[:, 0], "x1": X[:, 1], "y": y}).write_parquet("nan.parquet")
    assert run("resample t.npz -o a.csv --seed 0 --impute mean")[0] == 0
    assert run("resample nan.parquet -t y -o b.csv --seed 0 --impute mean")[0] == 0
    assert pl.read_csv("a.csv").equals(pl.read_csv("b.csv"))
    whole = np.arange(2 * N).reshape(N, 2)
    np.savez("whole.npz", X=whole, y=y)
    sheet, filled = fill_missing(Sheet(whole, y, 2), "mean")
    assert (sheet.X is whole, filled) == (True, [])


def test_nothing_to_fill_is_no_note(run):
    FRAME.drop_nulls().write_csv("whole.csv")
    assert "filled" not in run("resample whole.csv -t y -o o.csv --impute mean --drop member")[2]


def test_inspect_says_it_too(run):
    code, out, _ = run("inspect t.csv -t y --impute median --drop member")
    assert code == 0
    assert f"Imputed:      {2 * HOLES.sum()} missing cells filled with the median" in out
    assert "Missing:      none" in out
