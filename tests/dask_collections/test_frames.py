"""dask DataFrames: the frames of one machine, with their dtypes."""

import numpy as np
import pytest
from support.optional import optional

dask = optional("dask")
pd = optional("pandas")
dd = optional("dask.dataframe")

import gpu_smotetomek  # noqa: E402
from gpu_smotetomek import dask as on_dask  # noqa: E402

N = 1500


@pytest.fixture(autouse=True)
def _scheduler():
    with dask.config.set(scheduler="synchronous"):
        yield


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def is_rare():
    return np.random.default_rng(1).random(N) < 0.12


def make_frame(name, rng):
    mixed = pd.DataFrame(
        {
            "a": rng.normal(size=N) + is_rare(),
            "b": rng.integers(0, 50, N).astype("int16"),
            "c": rng.normal(size=N).astype("float32"),
            "d": rng.random(N) < 0.4,
            "e": pd.array(rng.integers(0, 9, N), dtype="Int32"),
            "f": pd.array(rng.random(N) < 0.4, dtype="boolean"),
        }
    )
    return {
        "mixed": mixed,
        "one column": mixed[["b"]].set_axis([7], axis=1),
        "float32": mixed[["c"]].assign(z=rng.normal(size=N).astype("float32")),
        "descending index": mixed.set_axis(pd.Index(np.arange(N)[::-1] * 2, name="key")),
    }[name]


def make_labels(name):
    words = np.where(is_rare(), "bad", "ok")
    return {
        "numbers": pd.Series(is_rare().astype(int), name="target"),
        "text": pd.Series(words, name="target"),
        "categories": pd.Series(pd.Categorical(words, categories=["bad", "none", "ok"], ordered=True), name="target"),
        "booleans": pd.Series(is_rare()),
        "nullable": pd.Series(is_rare().astype(int), name=3).astype("Int8"),
    }[name]


def check(X, y, sampler="SMOTETomek"):
    """The result of two collections is that of one machine."""
    expected_X, expected_y = getattr(gpu_smotetomek, sampler)(random_state=0).fit_resample(*dask.compute(X, y))
    result_X, result_y = getattr(on_dask, sampler)(random_state=0).fit_resample(X, y)
    assert result_X.known_divisions
    assert result_X.divisions == result_y.divisions
    frame, series = dask.compute(result_X, result_y)
    pd.testing.assert_frame_equal(frame, expected_X)
    pd.testing.assert_series_equal(series, expected_y)
    pd.testing.assert_frame_equal(result_X._meta, expected_X.iloc[:0], check_index_type=False)
    return result_X, result_y


@pytest.mark.parametrize("frame", ["mixed", "one column", "float32", "descending index"])
@pytest.mark.parametrize("labels", ["numbers", "text", "categories", "booleans", "nullable"])
def test_frames_of_one_machine(frame, labels, rng):
    X, y = make_frame(frame, rng), make_labels(labels)
    y = y.set_axis(X.index)
    check(dd.from_pandas(X, npartitions=4, sort=False), dd.from_pandas(y, npartitions=4, sort=False))


def test_partitions_with_other_divisions_are_aligned(rng):
    X, y = make_frame("mixed", rng), make_labels("text")
    check(dd.from_pandas(X, npartitions=4), dd.from_pandas(y, npartitions=3), "SMOTE")


def test_partitions_without_rows(rng):
    table = make_frame("mixed", rng).assign(target=make_labels("text"))
    table = dd.from_pandas(table, npartitions=5)
    table = table.map_partitions(lambda part: part[(part.index < 300) | (part.index >= 700)])
    X, _ = check(table.drop(columns="target"), table["target"])
    assert min(map(len, dask.compute(*X.to_delayed()))) > 0


def test_columns_of_a_file_whose_partitions_dask_fuses(rng, tmp_path):
    """Dask reads several files at once where few columns are read, so that labels alone have fewer partitions than features."""
    optional("pyarrow")
    table = make_frame("mixed", rng).assign(target=make_labels("text"), note=["x" * 400] * N)
    for part in range(12):
        table[part * 125 : (part + 1) * 125].to_parquet(tmp_path / f"{part:02d}.parquet")
    table = dd.read_parquet(tmp_path)
    assert table["target"].optimize().npartitions < 12
    check(table[["a", "b", "c", "d", "e"]], table["target"])
    check(table[["a"]], dd.read_parquet(tmp_path)["target"])


def test_divisions_find_rows(rng):
    X, _ = check(
        dd.from_pandas(make_frame("mixed", rng), npartitions=4), dd.from_pandas(make_labels("text"), npartitions=4)
    )
    last = X.divisions[-1]
    pd.testing.assert_frame_equal(X.loc[last].compute(), X.compute().iloc[[last]])


def test_names_of_features(rng):
    X, y = (
        dd.from_pandas(make_frame("mixed", rng), npartitions=2),
        dd.from_pandas(make_labels("numbers"), npartitions=2),
    )
    sampler = on_dask.SMOTE(random_state=0)
    sampler.fit_resample(X, y)
    assert sampler.feature_names_in_.tolist() == ["a", "b", "c", "d", "e", "f"]
