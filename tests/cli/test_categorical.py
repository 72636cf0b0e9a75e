"""`resample --categorical`: a census-like table, from a file to a trained model, in one command and in Python."""

import numpy as np
import pytest
from support.optional import optional

pl = optional("polars")
optional("typer"), optional("rich")

from gpu_smotetomek import SMOTE, SMOTENC, SMOTETomek, TomekLinks  # noqa: E402

N = 500
CATEGORIES = ["job", "zip", "school", "member", "remark"]


def census() -> pl.DataFrame:
    """People, one in eight of whom earns much: numbers, categories, missing cells and free text."""
    rng = np.random.default_rng(0)
    rich = rng.random(N) < 0.125
    school = rng.choice(["none", "BSc", "MSc"], N, p=[0.5, 0.3, 0.2])
    return pl.DataFrame(
        {
            "age": (rng.normal(38, 11, N) + 9 * rich).round().clip(18, 90).astype(int),
            "job": np.where(
                rng.random(N) < 0.1 + 0.3 * rich, "lawyer", rng.choice(["cook", "nurse, night", 'driver "B"'], N)
            ),
            "hours": (rng.normal(37, 7, N) + 5 * rich).round(1),
            "zip": rng.choice(["00101", "00707", "20095"], N),
            "school": [
                None if missing else name for name, missing in zip(school.tolist(), rng.random(N) < 0.05, strict=True)
            ],
            "member": rng.random(N) < 0.3 + 0.4 * rich,
            "income": np.where(rich, ">50K", "<=50K"),
            "remark": [f"says {i % 3}" for i in range(N)],
        }
    )


CENSUS = census()
AS_TEXT = {"zip": pl.String, "member": pl.String}


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    CENSUS.write_csv("c.csv")
    kinds = {"job": pl.Categorical, "school": pl.Enum(["MSc", "BSc", "none"])}
    CENSUS.cast(kinds).write_parquet("c.parquet")
    return tmp_path


def train_and_score(frame: pl.DataFrame) -> float:
    """Balanced accuracy, on all people, of a model that was trained on a table."""
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    def prepare(table):
        text = [table[name].cast(pl.String).fill_null("?").to_list() for name in CATEGORIES]
        numbers = table.select("age", "hours").to_numpy()
        return np.hstack([numbers.astype(object), np.array(text, object).T])

    columns = make_column_transformer(
        (StandardScaler(), [0, 1]), (OneHotEncoder(handle_unknown="ignore"), slice(2, None))
    )
    model = make_pipeline(columns, LogisticRegression(max_iter=1000)).fit(prepare(frame), frame["income"].to_list())
    return float(balanced_accuracy_score(CENSUS["income"].to_list(), model.predict(prepare(CENSUS))))


@pytest.mark.parametrize("categorical", ["auto", ",".join(CATEGORIES), "1,zip,4,5,-1"])
@pytest.mark.parametrize("output", ["o.csv", "o.parquet", "o.feather"])
@pytest.mark.usefixtures("files")
def test_a_parquet_file_becomes_balanced_and_clean(run, categorical, output):
    code, out, err = run(f"resample c.parquet -t income -o {output} --seed 3 --categorical {categorical}")
    assert (code, err) == (0, "")
    source = pl.read_parquet("c.parquet")
    sampler = SMOTETomek(smote=SMOTENC("auto", random_state=3))
    expected, y = sampler.fit_resample(source.drop("income"), source["income"])
    readers = {"csv": lambda path: pl.read_csv(path, schema_overrides=AS_TEXT), "parquet": pl.read_parquet}
    frame = readers.get(output.rpartition(".")[2], pl.read_ipc)(output)
    assert frame.columns == source.columns
    assert frame["income"].to_list() == y.to_list()
    if output != "o.csv":
        assert frame.schema == source.schema
    for name in CATEGORIES:
        assert frame[name].cast(pl.String).to_list() == expected[name].cast(pl.String).to_list()
    np.testing.assert_array_equal(frame.select("age", "hours").to_numpy(), expected.select("age", "hours").to_numpy())
    assert f"Tomek links: {len(sampler.tomek_.links_):,} found" in out


@pytest.mark.usefixtures("files")
def test_a_csv_file_becomes_balanced_and_a_model_learns_from_it(run):
    code, _, err = run(f"resample c.csv -t income -o o.csv --seed 3 --categorical {','.join(CATEGORIES)}")
    assert (code, err) == (0, "")
    frame = pl.read_csv("o.csv", schema_overrides=AS_TEXT)
    original, balanced = (table.cast(pl.String).fill_null("") for table in (CENSUS, frame))
    kept = balanced.join(original, on=CENSUS.columns, how="semi")
    assert len(kept) > 0.8 * N
    for name in ("job", "zip", "school", "remark"):  # named columns stay text: '00707' is not 707
        assert set(frame[name]) == set(CENSUS[name])
    counts = dict(frame["income"].value_counts().iter_rows())
    assert counts[">50K"] >= counts["<=50K"] > 0.8 * (CENSUS["income"] == "<=50K").sum()
    assert train_and_score(frame) > train_and_score(CENSUS) + 0.05


def test_python_trains_the_same_model(run, files):
    run("resample c.parquet -t income -o o.parquet --seed 3 --categorical auto")
    source = pl.read_parquet(files / "c.parquet")
    X, y = SMOTETomek(smote=SMOTENC("auto", random_state=3)).fit_resample(source.drop("income"), source["income"])
    frame = X.with_columns(y)
    assert train_and_score(frame) == train_and_score(pl.read_parquet(files / "o.parquet"))


@pytest.mark.usefixtures("files")
def test_each_method_takes_categories(run):
    source = pl.read_parquet("c.parquet")
    X, y = source.drop("income"), source["income"]
    for method, sampler in {
        "smote": SMOTENC("auto", random_state=1, k_neighbors=3),
        "tomek": TomekLinks(categorical_features="auto"),
    }.items():
        more = "--seed 1 --k-neighbors 3" if method == "smote" else ""
        assert (
            run(f"resample c.parquet -t income -o o.parquet --force --categorical auto --method {method} {more}")[0]
            == 0
        )
        assert pl.read_parquet("o.parquet").drop("income").equals(sampler.fit_resample(X, y)[0])


@pytest.mark.usefixtures("files")
def test_categories_and_travelling_columns(run):
    assert run("resample c.parquet -t income -o o.parquet --seed 0 --categorical auto --passthrough remark")[0] == 0
    frame = pl.read_parquet("o.parquet")
    assert frame["remark"].null_count() > 0
    assert frame["job"].null_count() == 0


@pytest.mark.usefixtures("files")
def test_auto_of_numbers_alone_is_smote(run):
    CENSUS.select("age", "hours", "income").write_csv("n.csv")
    assert run("resample n.csv -t income -o o.csv --seed 0 --categorical auto --method smote")[0] == 0
    X = CENSUS.select("age", "hours")
    expected = SMOTE(random_state=0).fit_resample(X, CENSUS["income"])[0]
    assert pl.read_csv("o.csv").drop("income").equals(expected)


@pytest.mark.usefixtures("files")
def test_formulas_in_cells_are_noted(run):
    CENSUS.with_columns(job=pl.lit("=1+1")).write_csv("f.csv")
    _, _, err = run("resample f.csv -t income -o o.csv --seed 0 --categorical auto")
    assert "note: spreadsheets take '=1+1' for a formula" in err


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("c.csv -t income -o o.csv --categorical nope", 2, "the table has no column 'nope'"),
        (
            "c.csv -t income -o o.csv --categorical job,income",
            2,
            "column 'income' is the target; leave it out of --categorical",
        ),
        ("c.csv -t income -o o.csv --categorical job", 1, "features must be numbers"),
        (
            "c.csv -t income -o o.csv --categorical job --passthrough job",
            2,
            "'job' is in --passthrough and in --categorical",
        ),
        ("c.csv -t income -o o.npz --categorical auto", 2, "holds an array of numbers only; with --categorical write"),
        (
            "c.csv -t income -o o.csv --categorical auto --backend sklearn",
            1,
            "X has categorical features: use backend='auto'",
        ),
        (
            "c.csv -t income -o o.csv --categorical 0,1,2,3,4,5,7",
            1,
            "not designed to work only with categorical features",
        ),
        ("s.csv -t income -o o.csv --categorical auto", 1, "in columns of numbers: 'hours' has 'n.a.' in row 1"),
        ("a.npz -o o.npz --categorical 0", 2, "the columns of an .npz file have no names; leave --categorical out"),
    ],
)
def test_refusals(files, refused, line, code, message):
    CENSUS.with_columns(hours=pl.concat([pl.Series(["n.a."]), CENSUS["hours"][1:].cast(pl.String)])).write_csv("s.csv")
    np.savez("a.npz", X=np.zeros((9, 2)), y=np.arange(9) % 2)
    found, error = refused(f"resample {line}")
    assert (found, message in error) == (code, True), error
    assert not (files / "o.csv").exists()
