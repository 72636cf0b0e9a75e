"""From a table as tables come to a balanced one: inspect tells what to correct, and the command that it prints works.

50 000 customers: twelve numbers on different scales, an id, a date, a text, a category, missing cells, a yes/no target.
"""

import json
import shlex

import numpy as np
import pytest
from sklearn.impute import SimpleImputer
from support.optional import optional

pl = optional("polars")
optional("typer"), optional("rich")

from gpu_smotetomek import SMOTENC, SMOTETomek, inspect_table  # noqa: E402

N = 50_000
NUMBERS = [f"x{j}" for j in range(12)]
AS_TEXT = {"customer": pl.String, "joined": pl.String}
OPTIONS = "--impute median --id customer --passthrough joined,note --categorical plan --scale standard"


def make_customers() -> pl.DataFrame:
    rng = np.random.default_rng(0)
    left = rng.random(N) < 0.06
    days = np.datetime64("2019-01-01") + rng.integers(0, 2000, N)
    columns = {
        "customer": rng.permutation(N) + 100_000,
        "joined": [int(str(day).replace("-", "")) for day in days],
        "note": [f"called about {word} on day {i % 97}" for i, word in enumerate(rng.choice(["price", "fault"], N))],
        "plan": rng.choice(["basic", "plus", "pro"], N, p=[0.6, 0.3, 0.1]),
    }
    columns |= {name: (rng.normal(size=N) + 0.8 * left) * 10.0 ** (j - 5) for j, name in enumerate(NUMBERS)}
    frame = pl.DataFrame(columns | {"churned": np.where(left, "yes", "no")})
    holes = pl.Series(rng.random(N) < 0.01)
    return frame.with_columns(pl.when(~holes).then(pl.col(name)).alias(name) for name in ("x3", "x7"))


CUSTOMERS = make_customers()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    CUSTOMERS.write_csv("customers.csv")
    return tmp_path


def test_from_the_table_to_a_balanced_one(folder, run):
    # 1. The first try is refused, with the options that are missing.
    code, out, err = run("resample customers.csv -t churned -o balanced.csv")
    assert (code, out) == (1, "")
    assert "--passthrough note --categorical plan" in err

    # 2. inspect tells everything, and ends with a command.
    code, out, err = run("inspect customers.csv -t churned")
    assert (code, err) == (1, "")
    for words in (
        "50,000 rows, 16 features, target 'churned'",
        "Missing:      x3 (",
        "x7 (",
        "- Ids: 'customer' (50,000 different whole numbers in 50,000 rows).",
        "- Dates: 'joined' (dates as yyyymmdd, 20190101 to 2024",
        "- Text of few values: 'plan' (3 different texts).",
        "- Text: 'note' (194 different texts).",
        "- Fill in or drop missing and infinite cells (",
        "- Scale the features (--scale standard): 'x11' varies 1e+11 times as much as 'x0'",
    ):
        assert words in out
    command = out.splitlines()[-1].strip()
    assert command == f"gpu-smotetomek resample customers.csv --target churned -o customers-balanced.csv {OPTIONS}"

    # 3. The table with these options is one that resample takes, and a dry run writes nothing.
    assert run(f"inspect customers.csv -t churned {OPTIONS}")[0] == 0
    assert run(*[command.removeprefix("gpu-smotetomek ")], "--dry-run", "--seed", "0")[0] == 0
    assert [path.name for path in folder.iterdir()] == ["customers.csv"]

    # 4. The command works, and says what it filled.
    code, out, err = run("", *shlex.split(command)[1:], "--seed", "0")
    assert code == 0
    assert "missing cells filled with the median of their column: 'x3' (" in err
    assert err.count("\n") == 1

    # 5. No customer and no date is invented, and the rows are those of Python.
    frame = pl.read_csv("customers-balanced.csv", schema_overrides=AS_TEXT)
    assert frame.columns == CUSTOMERS.columns
    kept, made = frame.drop_nulls("customer"), frame.filter(pl.col("customer").is_null())
    originals = CUSTOMERS.cast(AS_TEXT).select("customer", "joined", "note", "plan", "churned")
    assert len(kept.join(originals, on=originals.columns, how="semi")) == len(kept)
    assert kept["customer"].is_unique().all()
    assert made["joined"].null_count() == made["note"].null_count() == len(made)
    assert set(made["plan"]) == {"basic", "plus", "pro"}
    check_rows(frame)


def check_rows(frame: pl.DataFrame) -> None:
    """The rows are those that SMOTENC and the cleaner give for the filled table."""
    filled = SimpleImputer(strategy="median").fit_transform(CUSTOMERS.select(NUMBERS).to_numpy())
    X = CUSTOMERS.select("plan", *(pl.Series(name, filled[:, j]) for j, name in enumerate(NUMBERS)))
    expected, y = SMOTETomek(smote=SMOTENC(["plan"], random_state=0), scale="standard").fit_resample(
        X, CUSTOMERS["churned"]
    )
    assert frame["churned"].to_list() == y.to_list()
    assert frame["plan"].to_list() == expected["plan"].to_list()
    np.testing.assert_array_equal(frame.select(NUMBERS).to_numpy(), expected.select(NUMBERS).to_numpy())


@pytest.mark.usefixtures("folder")
def test_python_finds_the_same(run):
    report = json.loads(run("inspect customers.csv -t churned --json")[1])
    inspection = inspect_table(CUSTOMERS.drop("churned"), CUSTOMERS["churned"])
    assert report["findings"] == inspection.to_dict()["findings"]
    assert report["overlap"] == pytest.approx(inspection.overlap)
    assert report["classes"] == inspection.to_dict()["classes"]


@pytest.mark.usefixtures("folder")
def test_what_happens_without_the_options_is_said(run):
    """An id and a date among the features are interpolated, and warnings say so."""
    code, _, err = run(
        "resample customers.csv -t churned -o bad.csv --seed 0 --drop note --impute median --categorical plan"
    )
    assert code == 0
    assert "warning: Ids: 'customer' (50,000 different whole numbers" in err
    assert ": --id customer." in err
    assert "warning: Dates: 'joined' (dates as yyyymmdd" in err
    assert ": --passthrough joined, or" in err
