"""RandomOverSampler: imbalanced-learn's rows, whatever the columns hold; with noise, its arithmetic rounded to each dtype."""

import imblearn.over_sampling
import imblearn.under_sampling
import numpy as np
import pytest
from imblearn.pipeline import Pipeline
from scipy import sparse
from sklearn.base import clone
from support import array_libraries, datasets, travellers
from support.optional import optional

from gpu_smotetomek import SMOTE, RandomOverSampler, RandomUnderSampler, ResamplingPipeline, TomekLinks

pytestmark = pytest.mark.usefixtures("little_work_space")

THEIRS = imblearn.over_sampling.RandomOverSampler
SIZES = [(40, 10), (30, 20, 9), (25, 5, 14, 7)]
OBJECTS = np.array([[i, f"row {i}", None if i % 3 else np.nan, [i]] for i in range(50)] + [[0] * 4], object)[:50]


def shuffled_labels(seed):
    return np.random.default_rng(seed).permutation(datasets.labels(*SIZES[seed % 3]))


def table(seed, dtype="f8"):
    y = shuffled_labels(seed)
    return datasets.gaussian(np.random.RandomState(seed), y, 3).astype(dtype), y


@pytest.mark.parametrize("strategy", ["auto", "all", "minority", "not majority", "not minority"])
@pytest.mark.parametrize("seed", range(9))
def test_the_rows_of_imbalanced_learn(seed, strategy):
    X, y = table(seed, ["f8", "f4", "f2"][seed % 3])
    X[0], X[1, 1], X[2, 0] = np.nan, np.inf, -np.inf
    ours, theirs = (kind(sampling_strategy=strategy, random_state=seed) for kind in (RandomOverSampler, THEIRS))
    found, expected = ours.fit_resample(X, y), theirs.fit_resample(X, y)
    for values, wanted in zip(found, expected, strict=True):
        assert values.dtype == wanted.dtype
        np.testing.assert_array_equal(values, wanted)
    np.testing.assert_array_equal(ours.sample_indices_, theirs.sample_indices_)
    assert ours.sampling_strategy_ == theirs.sampling_strategy_
    assert ours.shrinkage_ is None


@pytest.mark.parametrize("strategy", [0.5, 0.9, {1: 33}, {0: 41, 1: 10}, lambda y: {1: 20}])
def test_strategies_of_two_classes(strategy):
    X, y = table(0)
    ours, theirs = (kind(sampling_strategy=strategy, random_state=3) for kind in (RandomOverSampler, THEIRS))
    np.testing.assert_array_equal(ours.fit_resample(X, y)[0], theirs.fit_resample(X, y)[0])


class TestContainers:
    y = shuffled_labels(0)

    @property
    def rows(self):
        return THEIRS(random_state=5).fit_resample(np.arange(50)[:, None], self.y)[0].ravel()

    @pytest.fixture
    def sampler(self):
        return RandomOverSampler(random_state=5)

    def test_objects_and_lists(self, sampler):
        out, _ = sampler.fit_resample(OBJECTS, self.y)
        assert str(out.tolist()) == str(OBJECTS[self.rows].tolist())
        rows, labels = sampler.fit_resample(OBJECTS.tolist(), self.y.tolist())
        assert str(rows) == str(OBJECTS[self.rows].tolist())
        assert labels == self.y[self.rows].tolist()

    @pytest.mark.parametrize("given", [{}, {"passthrough": ["text", "day"]}])
    @pytest.mark.parametrize("make", travellers.LIBRARIES)
    def test_frames(self, make, given):
        """Copies keep every cell, those of columns in `passthrough` too: no cell is missing."""
        frame = make({"a": np.where(np.arange(50) % 9, np.arange(50), np.nan)}, travellers.make_columns(50))
        out, _ = RandomOverSampler(random_state=5, **given).fit_resample(frame, self.y)
        assert travellers.schema_of(out) == travellers.schema_of(frame)
        for name, cell in travellers.CELLS.items():
            assert travellers.cells_of(out, name) == [cell(i) for i in self.rows]

    def test_names_in_passthrough_must_exist(self):
        frame = travellers.polars({"a": np.zeros(50)}, {})
        with pytest.raises(ValueError, match="passthrough names 'b', and X has no such column"):
            RandomOverSampler(passthrough=["b"]).fit_resample(frame, self.y)

    @pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csc_matrix])
    def test_sparse(self, sampler, kind):
        X = np.random.default_rng(0).normal(size=(50, 4)) * (np.arange(4) > 1)
        out, _ = sampler.fit_resample(kind(X), self.y)
        assert type(out) is kind
        np.testing.assert_array_equal(out.toarray(), X[self.rows])

    @pytest.mark.parametrize("place", array_libraries.DEVICES)
    @pytest.mark.parametrize("dtype", ["f4", "i8", "?"])
    def test_arrays_of_a_device(self, sampler, place, dtype):
        X = np.random.default_rng(0).normal(size=(50, 4)).astype(dtype)
        there, labels = place(X), place(self.y)
        out, y = sampler.fit_resample(there, labels)
        array_libraries.assert_equal_like(out, X[self.rows], there)
        array_libraries.assert_equal_like(y, self.y[self.rows], labels)

    def test_cupy(self, sampler, cupy):
        X = cupy.asarray(np.random.default_rng(0).normal(size=(50, 4)))
        out, y = sampler.fit_resample(X, cupy.asarray(self.y))
        np.testing.assert_array_equal(out.get(), X.get()[self.rows])
        np.testing.assert_array_equal(y.get(), self.y[self.rows])


class TestNoise:
    @pytest.mark.parametrize("shrinkage", [0, 0.5, 3, {0: 1.0, 1: 0.25, 2: 2, 3: 0}])
    @pytest.mark.parametrize("seed", range(6))
    def test_the_rows_of_imbalanced_learn(self, seed, shrinkage):
        X, y = table(seed)
        given = {"shrinkage": shrinkage, "random_state": seed, "sampling_strategy": "all"}
        ours, theirs = RandomOverSampler(**given), THEIRS(**given)
        for values, wanted in zip(ours.fit_resample(X, y), theirs.fit_resample(X, y), strict=True):
            np.testing.assert_array_equal(values, wanted)
        np.testing.assert_array_equal(ours.sample_indices_, theirs.sample_indices_)
        assert ours.shrinkage_ == theirs.shrinkage_

    @pytest.mark.parametrize("dtype", ["f2", "f4", "i2", "u1", "?", "g"])
    @pytest.mark.parametrize("seed", range(3))
    def test_other_dtypes_are_rounded_once(self, seed, dtype):
        """imbalanced-learn returns float64 here; the dtype stays, and holds the nearest value that it can."""
        X, y = table(seed)
        X = X > 0 if dtype == "?" else X
        X = (X * 100 + 100).clip(0, 255).astype(dtype) if dtype in ("i2", "u1") else X.astype(dtype)
        given = {"shrinkage": 1.0, "random_state": seed}
        out, _ = RandomOverSampler(**given).fit_resample(X, y)
        expected = THEIRS(**given).fit_resample(X, y)[0]
        assert out.dtype == X.dtype
        if dtype in ("i2", "u1", "?"):
            limits = (0, 1) if dtype == "?" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
            assert dtype == "i2" or (expected < limits[0]).any() or (expected > limits[1]).any()
            expected = np.rint(expected.clip(*limits))
        np.testing.assert_array_equal(out, expected.astype(dtype))

    def test_columns_of_a_frame_keep_their_dtypes(self):
        pandas = optional("pandas")
        X, y = table(0)
        frame = pandas.DataFrame({"a": X[:, 0], "b": X[:, 1].astype("f4"), "c": (100 * X[:, 2]).astype("i8")})
        frame["id"] = [f"t{i}" for i in range(50)]
        given = {"shrinkage": 1.0, "random_state": 1}
        out, _ = RandomOverSampler(**given, passthrough=["id"]).fit_resample(frame, y)
        expected = THEIRS(**given).fit_resample(frame[["a", "b", "c"]].to_numpy(float), y)[0]
        assert out.dtypes.tolist() == frame.dtypes.tolist()
        np.testing.assert_array_equal(out["a"], expected[:, 0])
        np.testing.assert_array_equal(out["b"], expected[:, 1].astype("f4"))
        np.testing.assert_array_equal(out["c"], np.rint(expected[:, 2]))
        assert out["id"].isna().tolist() == [False] * 50 + [True] * 30
        base = RandomOverSampler(**given, passthrough=["id"], passthrough_fill="base")
        assert base.fit_resample(frame, y)[0]["id"].tolist() == [f"t{i}" for i in base.sample_indices_]

    @pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csr_matrix])
    @pytest.mark.parametrize("dtype", ["f8", "f4"])
    def test_sparse(self, kind, dtype):
        X, y = table(1, dtype)
        X[:, 0] *= np.arange(len(y)) % 3 == 0
        given = {"shrinkage": 1.0, "random_state": 1}
        out, _ = RandomOverSampler(**given).fit_resample(kind(X), y)
        assert (type(out), out.dtype) == (kind, X.dtype)
        np.testing.assert_array_equal(out.toarray(), THEIRS(**given).fit_resample(kind(X), y)[0].toarray())

    @pytest.mark.parametrize("place", array_libraries.DEVICES)
    @pytest.mark.parametrize("dtype", ["f8", "f4", "i4"])
    def test_arrays_of_a_device(self, place, dtype):
        """Sums of squares are added in another order there, so the noise differs in its last digits."""
        X, y = table(0)
        X = np.rint(100 * X).astype(dtype) if dtype == "i4" else X.astype(dtype)
        sampler = RandomOverSampler(shrinkage=1.0, random_state=0)
        expected, labels = sampler.fit_resample(X, y)
        there = place(X)
        out, y_there = sampler.fit_resample(there, place(y))
        assert (type(out), out.dtype) == (type(there), there.dtype)
        np.testing.assert_allclose(
            array_libraries.host(out), expected, rtol=1e-12 if dtype == "f8" else 1e-5, atol=1e-14
        )
        np.testing.assert_array_equal(array_libraries.host(y_there), labels)

    @pytest.mark.parametrize("limit", [1, 2000])
    def test_blocks_give_the_same_draws(self, limit):
        X, y = table(0)
        given = {"shrinkage": 1.0, "random_state": 0}
        out, _ = RandomOverSampler(**given, memory_limit=limit).fit_resample(X, y)
        np.testing.assert_array_equal(out, RandomOverSampler(**given).fit_resample(X, y)[0])

    @pytest.mark.parametrize("source", [np.random.RandomState, np.random.default_rng])
    def test_a_source_of_draws_runs_on(self, source):
        X, y = table(1)
        random = source(4)
        first, second = (RandomOverSampler(random_state=random, shrinkage=1).fit_resample(X, y)[0] for _ in range(2))
        assert not np.array_equal(first, second)
        again = RandomOverSampler(random_state=source(4), shrinkage=1).fit_resample(X, y)[0]
        np.testing.assert_array_equal(first, again)

    @pytest.mark.parametrize(
        ("X", "shrinkage", "message"),
        [
            (None, {0: 1.0}, "should contain a shrinkage factor for each class"),
            (None, {1: -1.0}, "needs to be >= 0. Got -1.0 for class 1"),
            (None, {1: "a"}, "needs to be >= 0. Got 'a' for class 1"),
            (None, -0.5, "'shrinkage' parameter"),
            (OBJECTS, 1.0, "X has text in it"),
            (np.full((50, 1), np.nan), 1.0, "Input X contains NaN"),
            (np.arange(50)[:, None] * 6e4 / 49, 3.0, "so near the limit of float16"),
            (2**60 + np.arange(50)[:, None], 1.0, r"RandomOverSampler cannot add noise to integers of 2\*\*53"),
        ],
    )
    def test_refusals(self, X, shrinkage, message):
        y = shuffled_labels(0)
        X = table(0)[0] if X is None else X.astype("f2") if "float16" in message else X
        with pytest.raises(ValueError, match=message):
            RandomOverSampler(shrinkage=shrinkage, random_state=0).fit_resample(X, y)


STEPS = {
    "copy": lambda: RandomOverSampler(sampling_strategy={1: 26}, random_state=1),
    "noise": lambda: RandomOverSampler(sampling_strategy={1: 28}, random_state=2, shrinkage=1.5),
    "smote": lambda: SMOTE(sampling_strategy={1: 24}, random_state=3, k_neighbors=3),
    "shrink": lambda: RandomUnderSampler(sampling_strategy={0: 22, 1: 5}, random_state=4),
    "draw": lambda: RandomUnderSampler(sampling_strategy={0: 22, 1: 5}, random_state=5, replacement=True),
    "clean": lambda: TomekLinks(sampling_strategy="all"),
}
CHAINS = [
    "copy shrink", "draw copy", "smote copy", "smote copy draw", "shrink noise", "shrink noise clean", "smote noise clean",
    "copy clean", "smote copy clean", "draw copy clean", "smote draw clean", "noise shrink clean", "shrink smote noise clean",
]  # fmt: skip


@pytest.mark.usefixtures("thresholds")
@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("seed", range(4))
def test_a_chain_gives_the_rows_of_its_steps_one_by_one(name, seed):
    X, y = table(seed)
    steps = [(f"{i}", STEPS[word]()) for i, word in enumerate(name.split())]
    chained = ResamplingPipeline(steps)
    found = chained.fit_resample(X, y)
    for step, sampler in steps:
        sampler = clone(sampler)
        X, y = sampler.fit_resample(X, y)
        for attribute in ("links_", "sample_indices_"):
            if hasattr(sampler, attribute):
                np.testing.assert_array_equal(
                    getattr(chained.named_steps_[step], attribute), getattr(sampler, attribute)
                )
    for values, wanted in zip(found, (X, y), strict=True):
        np.testing.assert_array_equal(values, wanted)


@pytest.mark.parametrize("place", array_libraries.DEVICES)
@pytest.mark.parametrize("name", ["copy clean", "smote copy draw clean", "shrink smote copy"])
def test_chains_on_a_device_give_the_rows_of_numpy(name, place):
    X, y = table(1)
    steps = [(f"{i}", STEPS[word]()) for i, word in enumerate(name.split())]
    expected, labels = ResamplingPipeline(steps).fit_resample(X, y)
    there = place(X)
    out, y_there = ResamplingPipeline(steps).fit_resample(there, place(y))
    array_libraries.assert_equal_like(out, expected, there)
    np.testing.assert_array_equal(array_libraries.host(y_there), labels)


def test_imbalanced_learns_pipeline_takes_them():
    X, y = table(0)
    steps = [("o", RandomOverSampler(random_state=0, sampling_strategy=0.5)), ("u", RandomUnderSampler(random_state=0))]
    under = imblearn.under_sampling.RandomUnderSampler(random_state=0)
    theirs = [("o", THEIRS(random_state=0, sampling_strategy=0.5)), ("u", under)]
    for found, expected in zip(Pipeline(steps).fit_resample(X, y), Pipeline(theirs).fit_resample(X, y), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("make", travellers.LIBRARIES)
def test_copies_in_a_chain_keep_integers_that_the_matrix_cannot_hold(make):
    """The matrix of these columns is float64, which skips integers beyond 2**53."""
    X, y = table(0)
    big = 2**60 + np.arange(50)
    frame = make({"a": X[:, 0], "big": big}, {})
    steps = [("o", RandomOverSampler(random_state=0)), ("t", TomekLinks(sampling_strategy="all"))]
    chained = ResamplingPipeline(steps)
    out, _ = chained.fit_resample(frame, y)
    rows = chained.named_steps_["o"].sample_indices_[chained.named_steps_["t"].sample_indices_]
    assert len(rows) > 60
    assert np.asarray(out["big"]).tolist() == big[rows].tolist()
    assert travellers.schema_of(out) == travellers.schema_of(frame)
