"""Options that are parsed: sizes and strategies."""

import re

import pytest
from support.cli_tables import FRAME
from support.optional import optional

typer, pl = optional("typer"), optional("polars")
optional("rich")

from gpu_smotetomek import SMOTE, SMOTETomek, TomekLinks  # noqa: E402
from gpu_smotetomek.cli import options  # noqa: E402
from gpu_smotetomek.samplers.settings import MIN_MEMORY_LIMIT  # noqa: E402


@pytest.mark.parametrize(
    ("text", "size"),
    [("2000000B", 2 * 10**6), ("500MB", 5 * 10**8), ("2GB", 2 * 10**9), ("1.5 mib", 1572864), ("1MiB", 2**20)],
)
def test_sizes(text, size):
    assert options.parse_size(text) == size


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("10", "'10' is not a size; give a number with a unit, such as 500MB or 2GB"),
        ("1000000", "'1000000' is not a size"),
        ("10B", "'10B' is too small; give 1MiB or more"),
        ("1048575B", "is too small"),
        ("9" * 15 + "TiB", "is too large"),
        ("9" * 400, f"'{'9' * 60}...' is not a size"),
        ("nanGB", "'nanGB' is not a size"),
    ],
)
def test_no_sizes(text, message):
    with pytest.raises(typer.BadParameter, match=re.escape(message)):
        options.parse_size(text)


def test_strategies():
    assert options.parse_strategy("a=b=7,1=3", ["a=b", 1]) == {"a=b": 7, 1: 3}
    assert options.parse_strategy("nan", [0, 1]) == "nan"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--sampling-strategy minorty", "Got 'minorty' instead. Did you mean 'minority'?"),
        ("--sampling-strategy not_majority", "Did you mean 'not majority'?"),
        ("--sampling-strategy yess=50", "--sampling-strategy 'yess=50' is not CLASS=COUNT"),
        ("--sampling-strategy yess=50", "did you mean 'yes'? The classes are no, yes"),
        ("--method tomek --sampling-strategy majorty", "Did you mean 'majority'?"),
        ("--backend kd_tree", "no backend 'kd_tree'; did you mean 'kdtree'? There are auto, "),
        ("--backend FAISS-CPU", "did you mean 'faiss-cpu'? "),
        (
            "--min-samples yess=5",
            "--min-samples 'yess=5' is not CLASS=COUNT with a whole count and a class of the data; did you",
        ),
        ("--min-samples few", "'few' is no number of rows; give 1 or more, or CLASS=N,CLASS=N"),
        ("--min-samples 0", "'0' is no number of rows"),
        ("--droop a", "No such option: --droop"),
        ("--droop a", "Did you mean --drop? See gpu-smotetomek resample --help"),
        ("--impute medain", "'medain' is not one of 'median', 'mean', 'most-frequent'"),
    ],
)
@pytest.mark.usefixtures("table")
def test_words_that_were_misspelled(refused, options, message):
    code, error = refused(f"resample t.csv -t class -o o.csv {options}")
    assert code == 2
    assert message in error


@pytest.mark.usefixtures("table")
def test_a_ratio_of_three_classes_is_refused_in_words_of_the_command_line(refused):
    three = FRAME.with_columns(pl.Series("class", ["a"] * 60 + ["b"] * 40 + ["c"] * 20))
    three.write_csv("three.csv")
    code, error = refused("resample three.csv -t class -o o.csv --sampling-strategy 0.5")
    assert (code, error) == (
        2,
        "--sampling-strategy 0.5: a ratio needs two classes, and column 'class' has 3; give the rows of classes, such as c=60",
    )


@pytest.mark.usefixtures("table")
def test_rows_that_cleaning_leaves_to_each_class(run):
    X, y = FRAME.drop("class"), FRAME["class"]
    for text, min_samples in (("no=97", {"no": 97}), ("no=97,yes=3", {"no": 97, "yes": 3}), ("97", 97)):
        assert run(f"resample t.csv -t class -o o.parquet --seed 3 --force --min-samples {text}")[0] == 0
        sampler = SMOTETomek(
            smote=SMOTE(random_state=3), tomek=TomekLinks(sampling_strategy="larger", min_samples=min_samples)
        )
        assert pl.read_parquet("o.parquet")["class"].to_list() == sampler.fit_resample(X, y)[1].to_list()
    assert run("resample t.csv -t class -o p.parquet --method tomek --min-samples yes=3")[0] == 0


def test_the_least_work_space_is_that_of_python():
    assert options.MIN_SIZE == MIN_MEMORY_LIMIT
