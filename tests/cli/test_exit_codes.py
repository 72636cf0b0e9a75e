"""Exit codes: 2 for wrong usage, 1 for failures, 130 for an interrupt; each error is one sentence with a remedy."""

import pytest
from support.optional import optional

optional("polars"), optional("typer"), optional("rich")

from gpu_smotetomek import SMOTETomek  # noqa: E402
from gpu_smotetomek.cli import building  # noqa: E402


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("resample nope.csv -t a -o o.csv", "no file 'nope.csv'; check the path"),
        ("resample . -t a -o o.csv", "'.' is a folder; name a file in it"),
        ("resample t.csv -o o.csv", "name the column to predict with --target (a name, or a number: the last is -1)"),
        ("resample t.csv -t clas -o o.csv", "the table has no column 'clas'; did you mean 'class'? It has 'a', 'class', "),
        ("resample t.csv -t class -o t.csv --force", "'t.csv' is the input itself; name another output"),
        ("resample t.csv -t class -o t.parquet", "'t.parquet' exists; add --force to replace it, or name another output"),
        ("resample t.csv -t class -o o.txt", "'o.txt' ends in '.txt'; name a file that ends in one of .csv, "),
        ("resample t.csv -t class", "Missing option '--output' / '-o'; see gpu-smotetomek resample --help"),
        ("resample t.csv -t class -o o.csv --method knn", "'knn' is not one of 'smotetomek', 'smote', 'tomek'; see"),
        ("resample t.csv -t class -o o.csv --k-neighbors 0", "Invalid value for '--k-neighbors': "),
        ("resample t.csv -t class -o o.csv --memory-limit 2XB", "'2XB' is not a size; give a number with a unit"),
        ("resample t.csv -t class -o o.csv --separator ab", "'ab' is not a separator; give one character, such as ';'"),
        ("resample t.csv -t class -o o.csv --jobs 0", "--jobs 0 is no number of threads; give 1 or more, or -1"),
        ("resample t.csv -t class -o o.csv --backend knn", "no backend 'knn'; there are auto, "),
        ("resample t.csv -t class -o o.csv --device gpu", "no device 'gpu'; give auto, cpu, cuda, or cuda:N with the number"),
        ("resample t.csv -t class -o o.csv --method tomek --seed 1", "--seed has no effect with --method tomek; leave it out"),
        ("resample t.csv -t class -o o.csv --method smote --remove both", "--remove has no effect with --method smote; leave it"),
        ("resample t.csv -t class -o o.csv --sampling-strategy most", "--sampling-strategy 'most': "),
        ("resample t.csv -t class -o o.csv --sampling-strategy 0.01", "--sampling-strategy '0.01': "),
        ("resample t.csv -t class -o o.csv --sampling-strategy yes=5", "--sampling-strategy 'yes=5': "),
        ("resample t.csv -t class -o o.csv --sampling-strategy maybe=5", "is not CLASS=COUNT with a whole count and a class of"),
        ("resample t.csv -t class -o o.csv --bogus", "No such option: --bogus"),
        ("resampel", "No such command 'resampel'. Did you mean 'resample'? See gpu-smotetomek --help"),
        ("resample t.csv -t class -o o.csv --remove all", "Invalid value for '--remove': 'all' is not one of 'majority', 'both'"),
    ],
)  # fmt: skip
def test_wrong_usage_ends_with_2(table, refused, line, message):
    code, error = refused(line)
    assert code == 2
    assert message in error
    assert sorted(p.name for p in table.iterdir()) == ["t.csv", "t.parquet"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("one.csv", "a,y\n1,x\n2,x\n", "column 'y' holds one class only, 'x'; resampling needs two or more"),
        (
            "few.csv",
            "a,y\n" + "1,x\n" * 9 + "2,z\n",
            "class 'z' has 1 row, and --k-neighbors 5 needs 6 in a class that is over-sampled; give --small-class shrink",
        ),
        (
            "text.csv",
            "city,a,y\n" + "Bonn,1,x\n" * 9,
            "features must be numbers. Encode the columns that hold",
        ),
        (
            "mark.csv",
            "a,b,y\n1,1,x\nNA,2,z\n",
            "such as 'a' ('NA'). The columns concerned: 'a'.",
        ),
        (
            "parts.csv",
            "a,y\n1,0.5\n2,0.25\n3,0.75\n",
            "y holds numbers with fractions, 0.5 among them, like a regression target",
        ),
        ("hole.csv", "a,b,y\n" + "1,,x\n" * 9 + "2,3,z\n" * 9, "'b'"),
        ("empty.csv", "", "'empty.csv' is empty"),
        ("cut.parquet", "PAR1", "'cut.parquet' cannot be read as parquet"),
    ],
)
def test_failures_end_with_1(table, refused, name, content, message):
    (table / name).write_text(content)
    (table / "o.csv").write_text("old")
    code, error = refused(f"resample {name} -t y -o o.csv --force")
    assert code == 1
    assert message in error
    assert (table / "o.csv").read_text() == "old"
    assert not list(table.glob(".*.part"))


class RaisingSampler(SMOTETomek):
    """A sampler that raises `error`."""

    error: BaseException = KeyError("surprise")

    def fit_resample(self, X, y):
        raise self.error


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (KeyError("surprise"), 1, "KeyError: 'surprise'; add --debug to see where"),
        (MemoryError(), 1, "out of memory; lower --memory-limit, or take fewer rows"),
        (MemoryError("Unable to allocate 9 GiB"), 1, "out of memory; lower --memory-limit, or take fewer rows"),
        (MemoryError("out of memory on 'cpu': 9 bytes are needed"), 1, "out of memory on 'cpu': 9 bytes are needed"),
        (RuntimeError("two\nlines \x1b[31m"), 1, "two lines \\x1b[31m"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_errors_of_the_work(table, refused, monkeypatch, error, code, line):
    monkeypatch.setattr(building, "SMOTETomek", RaisingSampler)
    monkeypatch.setattr(RaisingSampler, "error", error)
    assert refused("resample t.csv -t class -o o.csv") == (code, line)
    assert not (table / "o.csv").exists()


@pytest.mark.usefixtures("table")
def test_debug_shows_the_traceback(run, monkeypatch):
    monkeypatch.setattr(building, "SMOTETomek", RaisingSampler)
    code, out, err = run("resample t.csv -t class -o o.csv --debug")
    assert (code, out) == (1, "")
    assert err.startswith("Traceback (most recent call last):")
    assert err.endswith("gpu-smotetomek: KeyError: 'surprise'\n")
