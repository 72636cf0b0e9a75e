"""`resample_dataset` gives the rows of one machine, for any cut of the table, and after it was killed."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from support.block_cases import CASES, fingerprint

from gpu_smotetomek import SMOTE, SMOTETomek, TomekLinks
from gpu_smotetomek.datasets import resample_dataset
from gpu_smotetomek.tables.errors import UsageError

NAMES = sorted(set(CASES) - {"generator", "random_state_object", "longdouble", "wide"})


def save(folder, X, y):
    folder.mkdir()
    np.save(folder / "X.npy", X)
    np.save(folder / "y.npy", y)
    return folder


def small_case():
    X, y, parameters, _ = CASES["three_classes"]()
    return X, y, SMOTETomek(random_state=0, n_jobs=1, **parameters)


@pytest.mark.parametrize("n_blocks", [1, 7])
@pytest.mark.parametrize("name", NAMES)
def test_arrays_have_the_bytes_of_one_machine(tmp_path, name, n_blocks):
    X, y, parameters, seed = CASES[name]()
    plain = {key: value for key, value in parameters.items() if key in ("sampling_strategy", "k_neighbors")}
    sampler = SMOTETomek(random_state=seed(), n_jobs=1)
    if plain:
        sampler.set_params(smote=SMOTE(random_state=seed(), **plain))
    if "remove" in parameters:
        sampler.set_params(tomek=TomekLinks(sampling_strategy="all"))
    expected = sampler.fit_resample(X, y)
    limit = 4 * (X.nbytes // n_blocks + 1)
    result = resample_dataset(save(tmp_path / "in", X, y), out=tmp_path / "out", sampler=sampler, memory_limit=limit)
    np.save(tmp_path / "X.npy", expected[0])
    np.save(tmp_path / "y.npy", expected[1])
    for array in ("X.npy", "y.npy"):
        assert (tmp_path / "out" / array).read_bytes() == (tmp_path / array).read_bytes()
    assert result.rows_out == len(expected[1])
    assert not (tmp_path / "out.part").exists()


PROGRAM = """
import sys
from gpu_smotetomek import SMOTETomek
from gpu_smotetomek.datasets import resample_dataset
source, out, target = sys.argv[1:]
print("ready", flush=True)
sampler = SMOTETomek(random_state=0, n_jobs=1)
resample_dataset(source, out=out, target=target or None, sampler=sampler, memory_limit=200_000)
"""


def start_program(source, out, target=""):
    command = [sys.executable, "-c", PROGRAM, str(source), str(out), target]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    process.stdout.close()
    return process


def save_parquet(path, X, y, **options):
    pyarrow = pytest.importorskip("pyarrow")
    columns = {f"x{j}": X[:, j] for j in range(X.shape[1])}
    table = pyarrow.table(columns | {"label": pyarrow.array(np.array(["well", "sick", "other"])[y])})
    pytest.importorskip("pyarrow.parquet").write_table(table, path, **options)
    return table


@pytest.mark.parametrize("kind", ["arrays", "columns"])
def test_a_run_that_is_killed_again_and_again_gives_the_same_bytes(tmp_path, kind):
    X, y, _ = small_case()
    if kind == "arrays":
        source, names, target = save(tmp_path / "in", X, y), ("X.npy", "y.npy"), ""
    else:
        source, names, target = tmp_path / "in.parquet", None, "label"
        save_parquet(source, X, y, row_group_size=300)
    whole = start_program(source, tmp_path / "whole", target)
    begin = time.monotonic()
    assert whole.wait(120) == 0
    seconds = time.monotonic() - begin
    rng, n_killed = np.random.default_rng(), 0
    for _ in range(4):
        process = start_program(source, tmp_path / "out", target)
        try:
            process.wait(seconds * rng.uniform(0.1, 0.7))
            break
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            n_killed += 1
            if (tmp_path / "out").exists():  # the result was complete a moment before
                break
    assert n_killed > 0
    if not (tmp_path / "out").exists():
        process = start_program(source, tmp_path / "out", target)
        assert process.wait(120) == 0
    files = sorted(path.name for path in (tmp_path / "whole").iterdir())
    assert files == sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names is None or set(files) == set(names)
    for name in files:
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


class Stop(Exception):
    """Ends a run in the middle."""


def stop_in_write(monkeypatch, after):
    """End the next run before a part is written."""
    from gpu_smotetomek.datasets import block_run

    original, calls = block_run.NumpySink.write_part, []

    def write_part(self, part, rows):
        calls.append(part)
        if len(calls) > after:
            raise Stop
        original(self, part, rows)

    monkeypatch.setattr(block_run.NumpySink, "write_part", write_part)


def test_torn_files_are_done_again_and_another_run_is_refused(tmp_path, monkeypatch):
    X, y, sampler = small_case()
    source, options = save(tmp_path / "in", X, y), {"out": tmp_path / "out", "memory_limit": 200_000}
    with monkeypatch.context() as patch:
        stop_in_write(patch, 3)
        with pytest.raises(Stop):
            resample_dataset(source, sampler=sampler, **options)
    scratch = tmp_path / "out.part"
    with pytest.raises(
        UsageError, match=r"belongs to another run \(seed 0, now 1\): delete it, or name another scratch"
    ):
        resample_dataset(source, sampler=SMOTETomek(random_state=1, n_jobs=1), **options)
    stages = sorted(scratch.glob("*.stage"))
    assert len(stages) > 10
    for number, path in enumerate(stages[::3]):
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2] if number % 2 else content[:-40] + b"\0" * 40)
    with (scratch / "journal.jsonl").open("a") as handle:
        handle.write("[9")
    result = resample_dataset(source, sampler=sampler, **options)
    assert result.n_taken_over > 3
    expected = sampler.fit_resample(X, y)
    found = [np.load(tmp_path / "out" / name) for name in ("X.npy", "y.npy")]
    assert fingerprint(*found) == fingerprint(*expected)


def test_changed_input_is_refused(tmp_path, monkeypatch):
    X, y, sampler = small_case()
    source, options = save(tmp_path / "in", X, y), {"out": tmp_path / "out", "memory_limit": 200_000}
    with monkeypatch.context() as patch:
        stop_in_write(patch, 0)
        with pytest.raises(Stop):
            resample_dataset(source, sampler=sampler, **options)
    X[0, 0] += 1
    np.save(source / "X.npy", X)
    with pytest.raises(UsageError, match="belongs to another run"):
        resample_dataset(source, sampler=sampler, **options)


@pytest.mark.parametrize("row_group_size", [300, 100_000])
@pytest.mark.parametrize("out", ["out", "out.parquet", "out.feather"])
def test_columns_are_those_of_one_machine(tmp_path, out, row_group_size):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    feather = pytest.importorskip("pyarrow.feather")
    X, y, sampler = small_case()
    table = pyarrow.table(
        {
            "a": X[:, 0].astype(np.float32),
            "label": np.array(["well", "sick", "other"])[y],
            "b": (10 * X[:, 1]).astype(np.int16),
            "c": X[:, 2] > 0,
            "d": X[:, 3],
        }
    )
    parquet.write_table(table, tmp_path / "in.parquet", row_group_size=row_group_size)
    expected = sampler.fit_resample(table.drop_columns(["label"]), table["label"])
    path = tmp_path / out
    resample_dataset(tmp_path / "in.parquet", target="label", out=path, sampler=sampler, memory_limit=200_000)
    found = feather.read_table(path) if path.suffix == ".feather" else parquet.read_table(path)
    assert found.schema.equals(table.schema)
    assert found.drop_columns(["label"]).equals(expected[0])
    assert found["label"].to_pylist() == expected[1].to_pylist()


def test_a_folder_of_files_is_one_table(tmp_path):
    X, y, sampler = small_case()
    (tmp_path / "in").mkdir()
    tables = [save_parquet(tmp_path / "in" / f"{k}.parquet", X[k::3], y[k::3]) for k in range(3)]
    order = np.concatenate([np.arange(k, len(y), 3) for k in range(3)])
    resample_dataset(tmp_path / "in", target="label", out=tmp_path / "out", sampler=sampler, memory_limit=300_000)
    found = pytest.importorskip("pyarrow.parquet").read_table(tmp_path / "out")
    labels = np.array(["well", "sick", "other"])[y[order]]
    expected = sampler.fit_resample(X[order], labels)
    assert found["label"].to_pylist() == expected[1].tolist()
    np.testing.assert_array_equal(np.column_stack([found[name] for name in tables[0].column_names[:-1]]), expected[0])


def test_a_block_with_missing_values_is_named(tmp_path):
    X, y, sampler = small_case()
    X[1234, 2] = np.nan
    source = save(tmp_path / "in", X, y)
    with pytest.raises(ValueError, match=r"X\.npy, rows 1,1\d\d … 1,\d+: Input X contains NaN"):
        resample_dataset(source, out=tmp_path / "out", sampler=sampler, memory_limit=6 * 8 * 4 * 280)


def test_hopeless_runs_are_refused_by_the_estimate(tmp_path):
    X, y, sampler = small_case()
    source = save(tmp_path / "in", X, y)
    with pytest.raises(ValueError, match="max_hours"):
        resample_dataset(source, out=tmp_path / "out", sampler=sampler, max_hours=0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]
