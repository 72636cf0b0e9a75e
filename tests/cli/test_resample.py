"""The command line: output, files and exit codes; each error is one sentence with a remedy."""

import io
import json
import re
import sys
from functools import partial

import numpy as np
import pytest
from support.optional import optional

pl, rich_console = optional("polars"), optional("rich.console")
optional("typer")

from gpu_smotetomek import SMOTE, SMOTETomek, TomekLinks, __main__, __version__  # noqa: E402
from gpu_smotetomek.cli import demo, options, resample, terminal  # noqa: E402
from gpu_smotetomek.cli.app import app  # noqa: E402

RNG = np.random.default_rng(0)
X = np.r_[RNG.standard_normal((100, 3)), RNG.standard_normal((20, 3)) + 0.7]
LABELS = ["no"] * 100 + ["yes"] * 20
FRAME = pl.DataFrame({"a": X[:, 0], "class": LABELS, "b": X[:, 1].astype("f4"), "c": X[:, 2]})


@pytest.fixture
def table(tmp_path, monkeypatch):
    """The current folder of the test, with t.csv and t.parquet."""
    monkeypatch.chdir(tmp_path)
    FRAME.write_csv("t.csv")
    FRAME.write_parquet("t.parquet")
    return tmp_path


@pytest.fixture
def run(capsys):
    """A function that runs one command line and returns the exit code, stdout and stderr."""

    def command(line, *more):
        with pytest.raises(SystemExit) as exit_info:
            app([*line.split(), *more], prog_name="gpu-smotetomek")
        out, err = capsys.readouterr()
        return exit_info.value.code, out, err

    return command


@pytest.fixture
def refused(run):
    """A function that runs a command line, checks that its only output is one line on stderr, and returns code and line."""

    def command(line, *more):
        code, out, err = run(line, *more)
        assert out == ""
        assert err.count("\n") == 1
        assert err.startswith("gpu-smotetomek: ")
        return code, err.removeprefix("gpu-smotetomek: ").rstrip()

    return command


def test_resample_gives_the_rows_of_the_sampler(table, run):
    code, out, err = run("resample t.parquet --target class -o o.parquet --seed 3")
    assert (code, err) == (0, "")
    frame = pl.read_parquet("o.parquet")
    assert frame.schema == FRAME.schema
    X_expected, y_expected = SMOTETomek(random_state=3).fit_resample(FRAME.drop("class"), FRAME["class"])
    assert frame.drop("class").equals(X_expected)
    assert frame["class"].equals(y_expected)
    assert out.splitlines()[0].split("  ") == ["class", "before", "after SMOTE", "after cleaning"]
    assert "Tomek links: " in out
    assert out.endswith(f"Seed: 3\nWrote o.parquet: {len(frame)} rows\n")
    assert sorted(p.name for p in table.iterdir()) == ["o.parquet", "t.csv", "t.parquet"]


@pytest.mark.usefixtures("table")
def test_json_is_all_of_stdout(run):
    code, out, err = run("resample t.csv -t 1 -o o.csv --seed 3 --json --remove both --k-neighbors 3 --jobs 1")
    assert (code, err) == (0, "")
    report = json.loads(out)
    frame = pl.read_csv("o.csv")
    sampler = SMOTETomek(smote=SMOTE(random_state=3, k_neighbors=3), remove="both")
    sampler.fit_resample(FRAME.drop("class").to_numpy(), LABELS)
    assert report["classes"][0] == {
        "label": "no",
        "before": 100,
        "after_smote": 100,
        "after_cleaning": frame["class"].to_list().count("no"),
    }
    assert report["classes"][1]["after_smote"] == 100
    assert report["links_found"] == len(sampler.tomek_.links_) > 0
    assert report["rows_removed"] == 2 * report["links_found"] == 200 - len(frame)
    assert (report["input"], report["output"], report["seed"], report["device"]) == ("t.csv", "o.csv", 3, "cpu")
    assert report["seconds"] > 0
    assert report["backend"]


def test_drawn_seed_is_printed_and_gives_the_same_rows(table, run):
    report = json.loads(run("resample t.csv -t class -o o.csv --json")[1])
    code, out, _ = run(f"resample t.csv -t class -o p.csv --seed {report['seed']}")
    assert code == 0
    assert (table / "o.csv").read_bytes() == (table / "p.csv").read_bytes()
    assert "(drawn;" not in out
    assert "(drawn; --seed" in run("resample t.csv -t class -o q.csv")[1]


@pytest.mark.usefixtures("table")
def test_each_method_alone(run):
    report = json.loads(
        run("resample t.csv -t class -o o.csv --method smote --sampling-strategy yes=50,no=100 --json")[1]
    )
    assert [c["after_smote"] for c in report["classes"]] == [100, 50]
    assert (report["links_found"], report["rows_added"], report["rows_removed"]) == (None, 30, 0)
    report = json.loads(run("resample t.csv -t class -o p.csv --method tomek --json")[1])
    links = TomekLinks()
    links.fit_resample(FRAME.drop("class"), FRAME["class"])
    assert report["links_found"] == len(links.links_) == report["rows_removed"]
    assert (report["classes"][1]["after_smote"], report["seed"]) == (None, None)
    assert "after SMOTE" not in run("resample t.csv -t class -o q.csv --method tomek --sampling-strategy larger")[1]
    report = json.loads(run("resample t.csv -t class -o r.csv --sampling-strategy 0.5 --json --memory-limit 10MB")[1])
    assert report["classes"][1]["after_smote"] == 50


def test_csv_without_header_by_last_column(table, run):
    FRAME.select("a", "b", "class").with_columns(pl.col("class").replace({"no": "'-1'", "yes": "'1'"})).write_csv(
        "n.csv", include_header=False
    )
    code, _, err = run("resample n.csv --no-header --target -1 -o o.csv --seed 0")
    assert (code, err) == (0, "")
    lines = (table / "o.csv").read_text().splitlines()
    assert lines[0] == (table / "n.csv").read_text().splitlines()[0]
    assert lines[-1].endswith(",'1'")


@pytest.mark.usefixtures("table")
def test_notes_go_to_stderr(run):
    np.savez("t.npz", X=X, y=np.array(LABELS), groups=np.arange(120))
    code, _, err = run("resample t.npz -o o.npz")
    assert (code, err) == (
        0,
        "gpu-smotetomek: note: only X and y are resampled; groups of the input is not in the output\n",
    )
    with np.load("o.npz") as arrays:
        assert arrays["X"].shape[1] == 3
    FRAME.rename({"a": "=1+1"}).write_csv("f.csv")
    code, out, err = run("resample f.csv -t class -o g.csv --json")
    assert "note: spreadsheets take '=1+1' for a formula; import g.csv there as text" in err
    assert json.loads(out)["output"] == "g.csv"


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
        ("resample t.csv -t class -o o.csv --memory-limit 2XB", "'2XB' is not a size; give bytes, or a number with a unit"),
        ("resample t.csv -t class -o o.csv --separator ab", "'ab' is not a separator; give one character, such as ';'"),
        ("resample t.csv -t class -o o.csv --jobs 0", "--jobs 0 is no number of threads; give 1 or more, or -1"),
        ("resample t.csv -t class -o o.csv --backend knn", "no backend 'knn'; there are auto, "),
        ("resample t.csv -t class -o o.csv --device gpu", "no device 'gpu'; give auto, cpu, cuda, or cuda:N with the number"),
        ("resample t.csv -t class -o o.csv --method tomek --seed 1", "--seed has no use with --method tomek; leave it out"),
        ("resample t.csv -t class -o o.csv --method smote --remove both", "--remove has no use with --method smote; leave it"),
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


def test_more_rows_than_memory_holds_are_refused_before_any_is_made(table, refused):
    code, error = refused("resample t.csv -t class -o o.csv --sampling-strategy yes=20000000000000")
    assert code == 1
    assert "memory are free; ask for fewer rows" in error
    assert not (table / "o.csv").exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("one.csv", "a,y\n1,x\n2,x\n", "column 'y' holds one class only, 'x'; resampling needs two or more"),
        ("few.csv", "a,y\n" + "1,x\n" * 9 + "2,z\n", "k_neighbors"),
        (
            "text.csv",
            "city,a,y\n" + "Bonn,1,x\n" * 9,
            "features must be numbers. Encode or drop the columns that hold",
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


def test_other_separators_are_named_and_accepted(table, run, refused):
    FRAME.write_csv("s.csv", separator=";")
    assert refused("resample s.csv -t class -o o.csv") == (2, "'s.csv' looks ';' separated; add --separator ';'")
    code, _, _ = run("resample s.csv -t class -o o.csv --separator ;")
    assert code == 0
    assert (table / "o.csv").read_text().startswith("a;class;b;c\n")


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
    monkeypatch.setattr(resample, "SMOTETomek", RaisingSampler)
    monkeypatch.setattr(RaisingSampler, "error", error)
    assert refused("resample t.csv -t class -o o.csv") == (code, line)
    assert not (table / "o.csv").exists()


@pytest.mark.usefixtures("table")
def test_debug_shows_the_traceback(run, monkeypatch):
    monkeypatch.setattr(resample, "SMOTETomek", RaisingSampler)
    code, out, err = run("resample t.csv -t class -o o.csv --debug")
    assert (code, out) == (1, "")
    assert err.startswith("Traceback (most recent call last):")
    assert err.endswith("gpu-smotetomek: KeyError: 'surprise'\n")


def test_progress_bar_counts_tiles_on_a_terminal_only(monkeypatch):
    stderr = io.StringIO()
    monkeypatch.setattr(terminal, "SHOW_PROGRESS_AFTER_SECONDS", 0)
    monkeypatch.setattr(terminal, "Console", partial(rich_console.Console, file=stderr, force_terminal=True, width=80))
    with terminal.show_progress():
        SMOTETomek(random_state=0, backend="xp").fit_resample(X, LABELS)
    assert "1/1" in stderr.getvalue()


def test_tables_on_a_terminal_and_elsewhere(capsys, monkeypatch):
    terminal.print_table(["class", "rows"], [["\x1b[31m", 12345]], right=[1])
    terminal.print_bullets(["word " * 40])
    assert capsys.readouterr().out == f"class       rows\n\\x1b[31m  12,345\n- {('word ' * 40).rstrip()}\n"
    monkeypatch.setattr(terminal, "Console", partial(rich_console.Console, force_terminal=True, width=40))
    terminal.print_pairs({"Would fail:": "word " * 20})
    assert capsys.readouterr().out.splitlines()[1].startswith(" " * len("Would fail:  ") + "word")
    terminal.print_bullets(["word " * 20])
    terminal.print_table(["class", "rows"], [["x" * 100, 1]])
    lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
    assert lines[1].startswith("  word")
    assert max(map(len, lines)) == 40


def test_demo_prints_its_steps_and_replaces_only_its_file(tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / demo.OUTPUT).write_text("old")
    (tmp_path / "mine.csv").write_text("mine")
    code, out, err = run("demo")
    assert (code, err) == (0, "")
    for words in ("376 rows", "benign        357          357             353", "Tomek links: 4 found, 4 rows removed"):
        assert words in out
    for words in (
        "malignant      19          357             357",
        "Search: ",
        " on cpu, ",
        "inspect YOUR.csv --target",
    ):
        assert words in out
    assert pl.read_csv(demo.OUTPUT)["diagnosis"].value_counts(sort=True).rows() == [("malignant", 357), ("benign", 353)]
    assert (tmp_path / "mine.csv").read_text() == "mine"


def test_help_version_and_no_arguments(run):
    assert run("--version") == (0, f"gpu-smotetomek {__version__}\n", "")
    code, out, err = run("")
    assert (code, err) == (0, "")
    assert all(name in out for name in ("demo", "inspect", "resample", "doctor"))
    assert "completion" not in out
    assert "..." not in out.partition("Commands:")[2]  # 80 columns hold the summary of each command
    for name in ("demo", "inspect", "resample", "doctor"):
        code, out, err = run(f"{name} --help")
        assert (code, err) == (0, "")
        assert f"Example:\n    gpu-smotetomek {name}" in out


def test_missing_libraries_are_named_with_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "typer", None)
    monkeypatch.delitem(sys.modules, "gpu_smotetomek.cli.app")
    with pytest.raises(SystemExit) as exit_info:
        __main__.main()
    assert exit_info.value.code == 'gpu-smotetomek: the command line needs typer: pip install "gpu_smotetomek[cli]"'


@pytest.mark.parametrize(
    ("text", "size"), [("1000", 1000), ("500MB", 5 * 10**8), ("2GB", 2 * 10**9), ("1.5 kib", 1536)]
)
def test_sizes(text, size):
    assert options.parse_size(text) == size


def test_strategies():
    assert options.parse_strategy("a=b=7,1=3", ["a=b", 1]) == {"a=b": 7, 1: 3}
    assert options.parse_strategy("nan", [0, 1]) == "nan"
