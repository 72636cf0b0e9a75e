"""`resample --provenance` and `--mark`: where the rows of the output come from, in a file and in a column."""

import numpy as np
import pytest
from support.cli_tables import FRAME, LABELS, X
from support.optional import optional

pl = optional("polars")
optional("typer"), optional("rich")

from gpu_smotetomek import SMOTE, RandomOverSampler, SMOTETomek, TomekLinks  # noqa: E402
from gpu_smotetomek.cli.provenance import make_provenance_table, name_kinds  # noqa: E402

COLUMNS = ["row", "id", "kind", "origin", "base", "neighbor", "gap", "step", "reason", "partner"]
READERS = {
    "csv": lambda path: pl.read_csv(path, infer_schema_length=None),
    "parquet": pl.read_parquet,
    "feather": pl.read_ipc,
}


def read(path):
    return READERS[path.rpartition(".")[2]](path)


def fit(sampler):
    sampler.fit_resample(FRAME.drop("class"), FRAME["class"])
    return sampler.provenance_


@pytest.mark.parametrize("file", ["p.csv", "p.parquet", "p.feather"])
@pytest.mark.parametrize("options", ["", "--remove both", "--method smote", "--method tomek"])
def test_the_file_holds_the_provenance(table, run, file, options):
    seed = "" if "tomek" in options else "--seed 3"
    code, out, err = run(f"resample t.parquet -t class -o o.parquet {seed} {options} --provenance {file}")
    assert (code, err) == (0, "")
    samplers = {"--method smote": SMOTE, "--method tomek": TomekLinks}
    settings = {"random_state": 3} if seed else {}
    settings |= {"remove": "both"} if "both" in options else {}
    provenance = fit(samplers.get(options, SMOTETomek)(**settings))
    frame, n_rows = read(file), len(provenance.ids)
    removed = provenance.removed
    assert frame.columns == COLUMNS
    assert frame["row"].to_list() == [*range(n_rows), *[None] * len(removed)]
    assert frame["id"].to_list() == [*provenance.ids, *removed["id"]]
    kept, gone = frame[:n_rows], frame[n_rows:]
    for name, values in {"origin": provenance.origin, "base": provenance.parents[:, 0]}.items():
        assert kept[name].to_list() == [None if value < 0 else value for value in values.tolist()]
    assert kept["neighbor"].cast(pl.Int64).fill_null(-1).to_list() == provenance.parents[:, 1].tolist()
    np.testing.assert_array_equal(kept["gap"].cast(pl.Float64).fill_null(np.nan).to_numpy(), provenance.gap)
    assert kept["step"].null_count() == kept["reason"].null_count() == n_rows
    for name in ("step", "reason"):
        assert gone[name].to_list() == removed[name].tolist()
    assert gone["partner"].cast(pl.Int64).fill_null(-1).to_list() == removed["partner"].tolist()
    assert kept["kind"].to_list() == ["synthetic" if new else "original" for new in provenance.is_synthetic]
    assert len(frame) == len(set(frame["id"])) == 120 + provenance.steps[-1].n_made  # no row is lost
    assert f"Wrote {file}: origins of {len(kept)} rows, and {len(removed)} removed rows" in out
    assert sorted(p.name for p in table.iterdir()) == sorted(["o.parquet", "t.csv", "t.parquet", file])


@pytest.mark.parametrize("removed_label", ["no", "yes"])
def test_the_partner_of_a_link_is_there_whether_a_row_was_removed_or_not(removed_label):
    provenance = fit(TomekLinks(sampling_strategy=[removed_label]))
    frame = make_provenance_table(provenance)
    pairs = {tuple(sorted(pair)) for pair in frame.select("id", "partner").drop_nulls().rows()}
    assert pairs == {tuple(link) for link in provenance.links.tolist()}
    assert len(pairs) > 1
    nothing_removed = fit(TomekLinks(sampling_strategy=[]))
    assert len(nothing_removed.removed) == 0
    assert make_provenance_table(nothing_removed)["partner"].drop_nulls().len() == 2 * len(pairs)


def test_names_of_kinds():
    provenance = fit(RandomOverSampler(random_state=0))
    assert set(name_kinds(provenance.is_synthetic, provenance.origin)[120:]) == {"copy"}
    provenance = fit(SMOTETomek(random_state=0))
    kinds = name_kinds(provenance.is_synthetic, provenance.origin)
    assert set(kinds) == {"original", "synthetic"}


@pytest.mark.parametrize("output", ["o.csv", "o.tsv", "o.parquet", "o.feather"])
def test_mark_adds_a_column(table, run, output):
    code, _, err = run(f"resample t.csv -t class -o {output} --seed 3 --mark where --passthrough b")
    assert (code, err) == (0, "")
    frame = pl.read_csv(output, separator="\t") if output.endswith("tsv") else read(output)
    assert frame.columns == [*FRAME.columns, "where"]
    kinds = frame["where"].to_list()
    assert kinds == sorted(kinds)
    assert kinds.count("synthetic") == 80
    assert run("resample t.csv -t class -o without.csv --seed 3 --passthrough b")[0] == 0
    text = {"b": pl.String}
    assert frame.drop("where").cast(text).equals(pl.read_csv("without.csv", schema_overrides=text))


@pytest.mark.usefixtures("table")
def test_mark_without_a_header_and_of_an_array(run):
    FRAME.write_csv("n.csv", include_header=False)
    assert run("resample n.csv --no-header -t 1 -o o.csv --seed 0 --mark where")[0] == 0
    lines = pl.read_csv("o.csv", has_header=False)
    assert lines[0].row(0)[-1] == "original"
    assert lines[-1].row(0)[-1] == "synthetic"
    np.savez("t.npz", X=X, y=np.array(LABELS))
    assert run("resample t.npz -o a.csv --seed 0 --mark where --provenance p.csv")[0] == 0
    assert pl.read_csv("a.csv").columns == ["x0", "x1", "x2", "y", "where"]


def test_notes_on_names_are_those_of_the_input(table, run):
    FRAME.rename(dict(zip("abc", ["1.5", "2.5", "3.5"], strict=True))).write_csv("m.csv")
    plain = run("resample m.csv -t class -o o.csv --seed 0")[2]
    assert "note: " in plain
    assert run("resample m.csv -t class -o p.csv --seed 0 --mark where")[2] == plain


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("-o o.csv --provenance p.npz", "'p.npz' holds arrays of numbers only; with --provenance name a .parquet"),
        (
            "-o o.csv --provenance p.txt",
            "'p.txt' ends in '.txt'; name a file that ends in one of .csv, .tsv, .parquet, .feather, .arrow, .ipc",
        ),
        ("-o o.csv --provenance o.csv", "--provenance and --output both name 'o.csv'; name another file"),
        ("-o o.csv --provenance ./sub/../o.csv", "--provenance and --output both name"),
        ("-o o.csv --provenance t.csv", "'t.csv' is the input itself; name another output"),
        ("-o o.csv --provenance old.csv", "'old.csv' exists; add --force to replace it"),
        ("-o o.csv --provenance none/p.csv", "folder 'none' does not exist"),
        ("-o o.csv --mark a", "the table has a column 'a' already; give --mark another name"),
        ("-o o.csv --mark class", "the table has a column 'class' already"),
        ("-o o.npz --mark where", "'o.npz' holds an array of numbers only; with --mark write .parquet"),
    ],
)
def test_refusals(table, refused, options, words):
    (table / "old.csv").write_text("old")
    (table / "sub").mkdir()
    code, error = refused(f"resample t.csv -t class {options}")
    assert code == 2
    assert words in error
    assert not (table / "o.csv").exists()
    assert (table / "old.csv").read_text() == "old"


@pytest.mark.usefixtures("table")
def test_a_mark_without_a_name(refused):
    assert refused("resample t.csv -t class -o o.csv --mark", "") == (
        2,
        "--mark names the column to add; give a name that is not empty",
    )


def test_force_replaces_both_files(table, run):
    for name in ("o.csv", "p.csv"):
        (table / name).write_text("old")
    code, _, _ = run("resample t.csv -t class -o o.csv --seed 0 --provenance p.csv --force")
    assert code == 0
    assert len(pl.read_csv("p.csv")) == 200
    assert len(pl.read_csv("o.csv")) < 200


@pytest.mark.parametrize("failing", ["write_frame", "write_npz"])
def test_both_files_appear_or_none(table, refused, monkeypatch, failing):
    """A disk that is full at the second file leaves the old first one."""
    from gpu_smotetomek.tables import writing

    (table / "p.csv").write_text("old")
    calls, real = [], getattr(writing, failing)
    n_before = 1 if failing == "write_frame" else 0

    def fail(*args, **kwargs):
        calls.append(1)
        if len(calls) > n_before:
            raise OSError("disk full")
        return real(*args, **kwargs)

    monkeypatch.setattr(writing, failing, fail)
    output = "o.csv" if failing == "write_frame" else "o.npz"
    code, error = refused(f"resample t.csv -t class -o {output} --seed 0 --provenance p.csv --force")
    assert code == 1
    assert error == f"'{output}' could not be written (disk full); make room there, or name another output"
    assert (table / "p.csv").read_text() == "old"
    assert sorted(p.name for p in table.iterdir()) == ["p.csv", "t.csv", "t.parquet"]
