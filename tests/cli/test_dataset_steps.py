"""`resample` of tables that stay in files: folders, and files that memory does not hold."""

import json

import numpy as np
import pytest
from support.optional import optional

from gpu_smotetomek import SMOTE, SMOTETomek, TomekLinks

pl = optional("polars")
optional("typer"), optional("rich"), optional("pyarrow")

X = np.random.default_rng(0).normal(size=(900, 3))
Y = np.repeat(["no", "yes"], [800, 100])


def make_frame():
    order = np.random.default_rng(1).permutation(900)
    return pl.DataFrame({"a": X[order, 0], "class": Y[order], "b": X[order, 1], "c": X[order, 2].astype(np.float32)})


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with a table of three files and the same rows in one file."""
    monkeypatch.chdir(tmp_path)
    frame, parts = make_frame(), tmp_path / "parts"
    parts.mkdir()
    for number in range(3):
        frame[300 * number : 300 * (number + 1)].write_parquet(parts / f"{number}.parquet")
    frame.write_parquet("whole.parquet")
    return tmp_path


def expect(sampler):
    frame = make_frame()
    features = frame.drop("class")
    rows, labels = sampler.fit_resample(features, frame["class"])
    return rows.insert_column(1, labels.alias("class"))


@pytest.mark.parametrize(
    ("options", "sampler"),
    [
        ("--seed 0", SMOTETomek(random_state=0)),
        ("--seed 3 --remove both --k-neighbors 3", SMOTETomek(random_state=3, remove="both", k_neighbors=3)),
        ("--seed 1 --method smote --sampling-strategy yes=300", SMOTE(sampling_strategy={"yes": 300}, random_state=1)),
        ("--method tomek --sampling-strategy all", TomekLinks(sampling_strategy="all")),
    ],
)
def test_a_folder_gives_a_folder_with_the_rows_of_one_machine(folder, run, options, sampler):
    code, out, err = run(f"resample parts -t class -o balanced {options}")
    assert (code, err) == (0, "")
    found = pl.concat([pl.read_parquet(path) for path in sorted((folder / "balanced").iterdir())])
    assert found.equals(expect(sampler))
    assert out.startswith("900 rows in, ")
    assert sorted(path.name for path in folder.iterdir()) == ["balanced", "parts", "whole.parquet"]


def test_a_file_that_memory_does_not_hold_is_read_in_blocks(folder, run, monkeypatch):
    from gpu_smotetomek.cli import request

    monkeypatch.setattr(request, "get_free_bytes", lambda: 1000)
    code, out, err = run("resample whole.parquet -t class -o balanced.parquet --seed 0 --json")
    assert code == 0
    assert (
        err
        == "gpu-smotetomek: 'whole.parquet' and its result do not fit into the free memory: rows are read in blocks\n"
    )
    assert pl.read_parquet("balanced.parquet").equals(expect(SMOTETomek(random_state=0)))
    facts = json.loads(out)
    assert facts["rows_in"] == 900
    assert facts["seed"] == 0


def test_arrays(folder, run):
    (folder / "arrays").mkdir()
    np.save(folder / "arrays" / "X.npy", X)
    np.save(folder / "arrays" / "y.npy", Y)
    assert run("resample arrays -o balanced --seed 0 --scratch work")[0] == 0
    rows, labels = SMOTETomek(random_state=0).fit_resample(X, Y)
    assert (np.load(folder / "balanced" / "X.npy") == rows).all()
    assert (np.load(folder / "balanced" / "y.npy") == labels).all()
    assert not (folder / "work").exists()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("resample parts -t class -o balanced --impute median", "--impute needs the whole table in memory"),
        ("resample parts -t class -o balanced --scale standard", "--scale needs the whole table in memory"),
        ("resample parts -t class -o -", "not written to standard output"),
        ("resample parts -t class -o parts", "exists"),
        ("resample parts -o balanced", "target is missing"),
        ("resample parts -t class -o balanced --clean both", "clean='both'"),
        ("resample whole.parquet -t class -o balanced.parquet --scratch work", "--scratch is for tables"),
    ],
)
def test_errors_are_one_line(folder, refused, line, message):
    code, text = refused(line)
    assert code in (1, 2)
    assert message in text
    assert not (folder / "balanced").exists()
