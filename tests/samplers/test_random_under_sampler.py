"""RandomUnderSampler: imbalanced-learn's rows in its order, whatever the columns hold and in whatever container."""

from collections import Counter

import imblearn.under_sampling
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imblearn.pipeline import Pipeline
from scipy import sparse
from sklearn.base import clone
from support import array_libraries, datasets, travellers
from support.optional import optional

from gpu_smotetomek import SMOTE, RandomUnderSampler, ResamplingPipeline, TomekLinks

THEIRS = imblearn.under_sampling.RandomUnderSampler
SIZES = [(40, 10), (30, 20, 9), (25, 5, 14, 7)]
STRATEGIES = ["auto", "all", "majority", "not minority", "not majority"]
OBJECTS = np.array([[i, f"row {i}", None if i % 3 else np.nan, [i]] for i in range(50)] + [[0] * 4], object)[:50]


def shuffled_labels(seed):
    return np.random.default_rng(seed).permutation(datasets.labels(*SIZES[seed % 3]))


@pytest.mark.parametrize("replacement", [False, True])
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("seed", range(9))
def test_the_rows_of_imbalanced_learn_in_its_order(seed, strategy, replacement):
    y = shuffled_labels(seed)
    X = datasets.gaussian(np.random.RandomState(seed), y, 3).astype(["f8", "f4", "f2"][seed % 3])
    X[0], X[1, 1], X[2, 0] = np.nan, np.inf, -np.inf
    given = {"sampling_strategy": strategy, "random_state": seed, "replacement": replacement}
    ours, theirs = RandomUnderSampler(**given), THEIRS(**given)
    found, expected = ours.fit_resample(X, y), theirs.fit_resample(X, y)
    for values, wanted in zip(found, expected, strict=True):
        assert values.dtype == wanted.dtype
        np.testing.assert_array_equal(values, wanted)
    np.testing.assert_array_equal(ours.sample_indices_, theirs.sample_indices_)
    assert ours.sampling_strategy_ == theirs.sampling_strategy_
    assert not np.shares_memory(found[0], X)


@pytest.mark.parametrize(
    "strategy",
    [0.5, 1.0, 0.29, {0: 12}, {0: 40, 1: 3}, {1: 0}, lambda y: dict.fromkeys(np.unique(y), 5)],
)
@pytest.mark.parametrize("labels", [np.array([0, 1]), np.array(["no", "yes"]), np.array(["no", "yes"], object)])
def test_strategies_of_two_classes(strategy, labels):
    y = labels[shuffled_labels(0)]
    if isinstance(strategy, dict):
        strategy = {labels[code]: total for code, total in strategy.items()}
    X = np.arange(len(y))[:, None]
    ours, theirs = (kind(sampling_strategy=strategy, random_state=3) for kind in (RandomUnderSampler, THEIRS))
    found, expected = ours.fit_resample(X, y), theirs.fit_resample(X, y)
    np.testing.assert_array_equal(found[0], expected[0])
    np.testing.assert_array_equal(found[1], expected[1])
    assert found[1].dtype == y.dtype


@pytest.mark.parametrize("source", [np.random.RandomState, np.random.default_rng])
def test_a_source_of_draws_runs_on(source):
    y, X = shuffled_labels(1), OBJECTS[:, :1].repeat(2, axis=0)[:59]
    random = source(4)
    first, second = (RandomUnderSampler(random_state=random).fit_resample(X, y)[0] for _ in range(2))
    assert first.tolist() != second.tolist()
    assert RandomUnderSampler(random_state=source(4)).fit_resample(X, y)[0].tolist() == first.tolist()


class TestContainers:
    y = shuffled_labels(0)
    parameters = {"sampling_strategy": {0: 25, 1: 8}, "random_state": 5}

    @pytest.fixture(params=[False, True], ids=["without", "with replacement"])
    def sampler(self, request):
        return RandomUnderSampler(**self.parameters, replacement=request.param)

    def rows(self, sampler):
        return (
            THEIRS(**sampler.get_params()).fit(OBJECTS, self.y).fit_resample(np.arange(50)[:, None], self.y)[0].ravel()
        )

    def test_objects_and_lists(self, sampler):
        out, _ = sampler.fit_resample(OBJECTS, self.y)
        assert str(out.tolist()) == str(OBJECTS[self.rows(sampler)].tolist())
        rows, labels = sampler.fit_resample(OBJECTS.tolist(), self.y.tolist())
        assert str(rows) == str(OBJECTS[self.rows(sampler)].tolist())
        assert labels == self.y[self.rows(sampler)].tolist()

    @pytest.mark.parametrize("make", travellers.LIBRARIES)
    def test_frames(self, sampler, make):
        frame = make({"a": np.where(np.arange(50) % 9, np.arange(50), np.nan)}, travellers.make_columns(50))
        out, _ = sampler.fit_resample(frame, self.y)
        assert travellers.schema_of(out) == travellers.schema_of(frame)
        for name, cell in travellers.CELLS.items():
            assert travellers.cells_of(out, name) == [cell(i) for i in self.rows(sampler)]
        assert sampler.feature_names_in_.tolist() == travellers.names_of(frame)

    @pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csc_matrix])
    def test_sparse(self, sampler, kind):
        X = np.random.default_rng(0).normal(size=(50, 4)) * (np.arange(4) > 1)
        out, _ = sampler.fit_resample(kind(X), self.y)
        assert type(out) is kind
        np.testing.assert_array_equal(out.toarray(), X[self.rows(sampler)])

    @pytest.mark.parametrize("place", array_libraries.DEVICES)
    @pytest.mark.parametrize("dtype", ["f4", "i8", "?"])
    def test_arrays_of_a_device(self, sampler, place, dtype):
        X = np.random.default_rng(0).normal(size=(50, 4)).astype(dtype)
        there, labels = place(X), place(self.y)
        out, y = sampler.fit_resample(there, labels)
        array_libraries.assert_equal_like(out, X[self.rows(sampler)], there)
        array_libraries.assert_equal_like(y, self.y[self.rows(sampler)], labels)
        assert sampler.device_ == ResamplingPipeline([("t", TomekLinks())]).fit(place(X.astype("f8")), labels).device_

    def test_cupy(self, sampler, cupy):
        X = cupy.asarray(np.random.default_rng(0).normal(size=(50, 4)))
        out, y = sampler.fit_resample(X, cupy.asarray(self.y))
        np.testing.assert_array_equal(out.get(), X.get()[self.rows(sampler)])
        np.testing.assert_array_equal(y.get(), self.y[self.rows(sampler)])

    def test_labels_of_a_frame_and_one_hot(self, sampler):
        pandas = optional("pandas")
        y = pandas.Series(np.array(["no", "yes"])[self.y], dtype="category", name="sick", index=range(100, 150))
        named = clone(sampler).set_params(sampling_strategy={"no": 25, "yes": 8})
        _, labels = named.fit_resample(OBJECTS, y)
        assert labels.tolist() == y.to_numpy()[self.rows(sampler)].tolist()
        assert (labels.dtype, labels.name, labels.index.tolist()) == (y.dtype, "sick", list(range(len(labels))))
        _, one_hot = sampler.fit_resample(OBJECTS, np.eye(2, dtype=int)[self.y])
        np.testing.assert_array_equal(one_hot, np.eye(2)[self.y][self.rows(sampler)])


CHAINS = {
    "shrink, grow": lambda under, smote, tomek: [("u", under), ("s", smote)],
    "grow, shrink": lambda under, smote, tomek: [("s", smote), ("u", under)],
    "shrink, grow, clean": lambda under, smote, tomek: [("u", under), ("s", smote), ("t", tomek)],
    "clean, shrink, grow": lambda under, smote, tomek: [("t", tomek), ("u", under), ("s", smote)],
    "grow, shrink, clean": lambda under, smote, tomek: [("s", smote), ("u", under), ("t", tomek)],
}


@pytest.mark.usefixtures("thresholds")
@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("seed", range(6))
def test_chains_give_what_imbalanced_learns_pipeline_gives(name, seed):
    import imblearn.over_sampling

    y = shuffled_labels(seed)
    X = datasets.gaussian(np.random.RandomState(seed), y, 4)
    shrink, grow = (
        {"sampling_strategy": {0: 15, 1: 5}, "random_state": seed},
        {"sampling_strategy": {1: 26}, "random_state": seed},
    )
    kinds = imblearn.over_sampling.SMOTE, imblearn.under_sampling.TomekLinks
    steps = CHAINS[name]
    ours = steps(RandomUnderSampler(**shrink), SMOTE(**grow, k_neighbors=3), TomekLinks(sampling_strategy=[0]))
    theirs = steps(THEIRS(**shrink), kinds[0](**grow, k_neighbors=3), kinds[1](sampling_strategy=[0]))
    ours, theirs = ResamplingPipeline(ours), Pipeline(theirs)
    for found, expected in zip(ours.fit_resample(X, y), theirs.fit_resample(X, y), strict=True):
        np.testing.assert_array_equal(found, expected)
    for step, fitted in ours.steps_:
        if hasattr(fitted, "sample_indices_"):
            np.testing.assert_array_equal(fitted.sample_indices_, theirs.named_steps[step].sample_indices_)


def test_links_are_numbered_as_the_step_received_the_rows():
    y = shuffled_labels(1)
    X = datasets.gaussian(np.random.RandomState(0), y, 2)
    steps = [("u", RandomUnderSampler(random_state=0)), ("t", TomekLinks(sampling_strategy="all"))]
    chained = ResamplingPipeline(steps)
    chained.fit_resample(X, y)
    alone = TomekLinks(sampling_strategy="all")
    alone.fit_resample(*RandomUnderSampler(random_state=0).fit_resample(X, y))
    assert len(alone.links_) > 0
    np.testing.assert_array_equal(chained.named_steps_["t"].links_, alone.links_)


@pytest.mark.parametrize("total", [12, 22])
@pytest.mark.parametrize("replacement", [False, True])
def test_names_of_classes_mean_the_sizes_after_it(replacement, total):
    """Only over-sampling gives the sizes before it a meaning. Of 22 drawn rows, fewer than the 20 of class 1 are distinct."""
    y = datasets.labels(30, 20)
    X = datasets.gaussian(np.random.RandomState(0), y, 2)
    shrink = RandomUnderSampler(sampling_strategy={0: total}, random_state=0, replacement=replacement)
    for strategy in ("majority", "larger"):
        chained = ResamplingPipeline([("u", shrink), ("t", TomekLinks(sampling_strategy=strategy))])
        found = chained.fit_resample(X, y)
        expected = TomekLinks(sampling_strategy=strategy).fit_resample(*shrink.fit_resample(X, y))
        assert len(found[1]) < total + 20
        for values, wanted in zip(found, expected, strict=True):
            np.testing.assert_array_equal(values, wanted)


def test_a_chain_of_random_samplers_reads_nothing():
    y = shuffled_labels(0)
    steps = [
        ("a", RandomUnderSampler(random_state=0)),
        ("b", RandomUnderSampler(random_state=1, sampling_strategy={0: 4})),
    ]
    chained = ResamplingPipeline(steps)
    out, _ = chained.fit_resample(OBJECTS, y)
    expected = Pipeline([(name, THEIRS(**step.get_params())) for name, step in steps]).fit_resample(OBJECTS, y)[0]
    assert str(out.tolist()) == str(expected.tolist())
    assert (chained.backend_, chained.device_) == ("none", "cpu")


@given(data=st.data())
def test_drawn_rows_are_rows_of_their_class(data):
    n = data.draw(st.integers(2, 30))
    y = np.array([0, 1, *data.draw(st.lists(st.integers(0, 2), min_size=n - 2, max_size=n - 2))])
    replacement = data.draw(st.booleans())
    sampler = RandomUnderSampler(random_state=data.draw(st.integers(0, 99)), replacement=replacement)
    out, labels = sampler.fit_resample(np.arange(n)[:, None], y)
    rows = out.ravel()
    np.testing.assert_array_equal(rows, sampler.sample_indices_)
    np.testing.assert_array_equal(y[rows], labels)
    assert set(Counter(labels.tolist()).values()) == {min(Counter(y.tolist()).values())}
    assert replacement or len(set(rows)) == len(rows)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"sampling_strategy": "minority"}, ValueError, "must be"),
        ({"sampling_strategy": [0]}, ValueError, "must be"),
        ({"sampling_strategy": {0: 41}}, ValueError, r"Originally, there is 40 samples and 41 .* ask for 40 or fewer"),
        ({"sampling_strategy": {7: 1}}, ValueError, "not present in the data"),
        ({"sampling_strategy": {0: -1}}, ValueError, "cannot be negative"),
        ({"sampling_strategy": {0: 1.5}}, TypeError, "an integer total"),
        ({"sampling_strategy": 0.1}, ValueError, r"Please increase the ratio. It is 0.1, .* 0.25 \(10 : 40\)"),
        ({"sampling_strategy": lambda y: 3}, TypeError, "must return a mapping"),
        ({"replacement": "yes"}, ValueError, "'replacement' parameter"),
    ],
)
def test_refusals(given, error, message):
    with pytest.raises(error, match=message):
        RandomUnderSampler(**given).fit_resample(OBJECTS, shuffled_labels(0))


def test_a_ratio_needs_two_classes():
    with pytest.raises(ValueError, match="only when the type of target is binary"):
        RandomUnderSampler(sampling_strategy=0.5).fit_resample(np.zeros((59, 1)), shuffled_labels(1))
    with pytest.raises(ValueError, match="needs to have more than 1 class"):
        RandomUnderSampler().fit_resample(np.zeros((3, 1)), [1, 1, 1])
