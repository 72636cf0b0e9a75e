"""`prepare`: the rows of `fit_resample` for each seed, in every container, and none of the work that depends on no seed."""

import pickle
import re
import warnings
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.neighbors import NearestNeighbors
from support import array_libraries, datasets, fake_cupy, mixed_tables
from support.optional import optional

from gpu_smotetomek import (
    ADASYN,
    SMOTE,
    SMOTEENN,
    SMOTENC,
    SVMSMOTE,
    BorderlineSMOTE,
    EditedNearestNeighbours,
    RandomOverSampler,
    RandomUnderSampler,
    ResamplingPipeline,
    SMOTETomek,
    TomekLinks,
)
from gpu_smotetomek.neighbors.exact import ExactSearch
from gpu_smotetomek.samplers import PreparedResampler
from gpu_smotetomek.samplers.known_steps import find_seeds

SEEDS = range(20)
SAMPLERS = {
    "SMOTE": SMOTE(k_neighbors=3),
    "SMOTE, object": SMOTE(k_neighbors=NearestNeighbors(n_neighbors=4)),
    "borderline-1": BorderlineSMOTE(k_neighbors=3, m_neighbors=6),
    "borderline-2": BorderlineSMOTE(k_neighbors=3, m_neighbors=6, kind="borderline-2"),
    "ADASYN": ADASYN(n_neighbors=4),
    "SVMSMOTE": SVMSMOTE(k_neighbors=3, m_neighbors=6),
    "RandomOverSampler": RandomOverSampler(),
    "smoothed": RandomOverSampler(shrinkage=0.1),
    "RandomUnderSampler": RandomUnderSampler(),
    "TomekLinks": TomekLinks(),
    "EditedNearestNeighbours": EditedNearestNeighbours(),
    "SMOTETomek": SMOTETomek(),
    "SMOTETomek, both ends": SMOTETomek(smote=SMOTE(k_neighbors=2), remove="both"),
    "SMOTETomek, ADASYN": SMOTETomek(smote=ADASYN(n_neighbors=4)),
    "SMOTETomek, borderline": SMOTETomek(smote=BorderlineSMOTE(k_neighbors=3, m_neighbors=6)),
    "SMOTEENN": SMOTEENN(smote=SMOTE(k_neighbors=3)),
    "clean, then grow": ResamplingPipeline([("t", TomekLinks()), ("s", SMOTE(k_neighbors=3)), ("u", TomekLinks())]),
    "shrink, then grow": ResamplingPipeline(
        [("r", RandomUnderSampler(sampling_strategy="majority")), ("o", RandomOverSampler()), ("t", TomekLinks())]
    ),
    "two cleaners": ResamplingPipeline([("t", TomekLinks(sampling_strategy="all")), ("e", EditedNearestNeighbours())]),
}
ADDS_ROWS = ["SMOTE", "SMOTETomek", "SMOTEENN", "borderline-1", "ADASYN"]
each_sampler = pytest.mark.parametrize("name", list(SAMPLERS))


def host(values):
    return values if isinstance(values, np.ndarray) else array_libraries.host(values)


def fit_with_seed(sampler, X, y, seed):
    """What `fit_resample` gives where every seed of the sampler and of its steps is this one; or the error."""
    sampler = clone(sampler)
    sampler.set_params(**dict.fromkeys(find_seeds(sampler), seed))
    return attempt(lambda: sampler.fit_resample(X, y))


def attempt(call):
    """The result of a call, or the message of the error that says that this table cannot be resampled."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            return call()
        except (RuntimeError, ValueError) as error:
            if not re.search("No row of class|No samples will be|are noise|beyond the values", str(error)):
                raise
            return str(error)


def assert_same(found, expected):
    """Assert the same bits, dtypes and containers; an error has the same message."""
    if isinstance(expected, str):
        assert found == expected
        return
    for values, like in zip(found, expected, strict=True):
        assert type(values) is type(like)
        if hasattr(like, "dtype"):
            assert values.dtype == like.dtype
        if hasattr(like, "equals"):
            assert values.equals(like)
        else:
            np.testing.assert_array_equal(host(values), host(like))


def assert_prepared_is_fresh(sampler, X, y, seeds=SEEDS):
    prepared = attempt(lambda: sampler.prepare(X, y))
    for seed in seeds:
        expected = fit_with_seed(sampler, X, y, seed)
        if isinstance(prepared, str):
            assert prepared == expected
            continue
        assert_same(attempt(lambda seed=seed: prepared.resample(seed)), expected)


# ---- the same rows --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("thresholds")
@each_sampler
@pytest.mark.parametrize("sizes", [(70, 25), (50, 30, 15), (40, 25, 20, 15)])
def test_twenty_seeds(sizes, name):
    y = datasets.labels(*sizes)
    order = np.random.default_rng(1).permutation(len(y))
    X = datasets.make("gaussian", y, 3)
    assert_prepared_is_fresh(SAMPLERS[name], X[order], y[order])


@pytest.mark.usefixtures("small_tables_use_bounds")
@pytest.mark.parametrize("name", ["SMOTETomek", "SMOTETomek, both ends", "SMOTETomek, ADASYN", "clean, then grow"])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i2", "i8"])
@pytest.mark.parametrize("kind", list(datasets.KINDS))
def test_hard_rows(kind, dtype, name):
    y = datasets.labels(60, 20)
    X = datasets.make(kind, y, 4, dtype=dtype, seed=3)
    assert_prepared_is_fresh(SAMPLERS[name], X, y, range(4))


@pytest.mark.usefixtures("small_tables_use_bounds")
@pytest.mark.parametrize("d", [1, 2, 6, 25])
@pytest.mark.parametrize("k", [1, 2, 8])
def test_links_of_overlapping_classes(d, k, backend):
    X, y = datasets.blobs(300, d, 0.8, 0.2, seed=d)
    sampler = SMOTETomek(smote=SMOTE(k_neighbors=k), remove="both", backend=backend)
    assert_prepared_is_fresh(sampler, X.astype("f4"), y, range(6))


def test_a_table_beyond_the_thresholds():
    X, y = datasets.blobs(4000, 5, 0.9, 0.1, dtype="f4")
    assert_prepared_is_fresh(SMOTETomek(remove="both"), X, y, range(5))
    assert_prepared_is_fresh(SMOTEENN(), X, y, range(2))


@pytest.mark.parametrize("name", ADDS_ROWS)
@pytest.mark.parametrize("library", ["array-api-strict, device1", "torch"])
@pytest.mark.usefixtures("thresholds")
def test_array_libraries(library, name):
    X, y = datasets.blobs(120, 3, 0.7, 0.3)
    convert = array_libraries.LIBRARIES[library]
    assert_prepared_is_fresh(SAMPLERS[name], convert(X), convert(y), range(4))


@pytest.mark.usefixtures("small_tables_use_bounds")
@pytest.mark.parametrize("name", ADDS_ROWS)
def test_a_gpu(cupy, name):
    X, y = datasets.blobs(120, 3, 0.7, 0.3, dtype="f4")
    on_device = cupy.asarray(X)
    prepared = SAMPLERS[name].prepare(on_device, y)
    for seed in range(3):
        rows, labels = prepared.resample(seed)
        expected = fit_with_seed(SAMPLERS[name], X, y, seed)
        assert isinstance(rows, fake_cupy.ndarray)
        np.testing.assert_array_equal(rows.get(), expected[0])
        np.testing.assert_array_equal(labels, expected[1])


@pytest.mark.parametrize("name", ADDS_ROWS)
def test_sparse_rows(name):
    X, y = datasets.blobs(120, 3, 0.7, 0.3)
    X[np.abs(X) < 0.7] = 0
    assert_prepared_is_fresh(SAMPLERS[name], array_libraries.csr(X), y, range(4))


@each_sampler
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames(library, name):
    module = optional(library)
    X, y = datasets.blobs(120, 3, 0.7, 0.3)
    frame = module.DataFrame({"a": X[:, 0], "b": np.round(4 * X[:, 1]).astype("i4"), "c": X[:, 2].astype("f4")})
    labels = module.Series("sick", np.array(["no", "yes"], object)[y].tolist()) if library == "polars" else (
        module.Series(np.array(["no", "yes"], object)[y], name="sick")
    )  # fmt: skip
    assert_prepared_is_fresh(SAMPLERS[name], frame, labels, range(3))


def test_columns_that_travel():
    frame, y = mixed_tables.make()
    smote = SMOTE(k_neighbors=3, passthrough=mixed_tables.CATEGORICAL, passthrough_fill="base")
    assert_prepared_is_fresh(smote, frame, y, range(3))
    assert_prepared_is_fresh(SMOTENC("auto"), frame, y)
    assert_prepared_is_fresh(SMOTETomek(smote=SMOTENC("auto")), frame, y, range(5))


def test_classes_that_are_small():
    X, y = datasets.make("gaussian", datasets.labels(40, 3, 1), 2), datasets.labels(40, 3, 1)
    for small_class in ("shrink", "skip"):
        with pytest.warns(UserWarning, match="Too few rows"):
            prepared = SMOTETomek(small_class=small_class).prepare(X, y)
        with pytest.warns(UserWarning, match="Too few rows"):
            found = prepared.resample(3)
        assert_same(found, fit_with_seed(SMOTETomek(small_class=small_class), X, y, 3))
    with pytest.raises(ValueError, match="needs at least 6 rows"):
        SMOTETomek().prepare(X, y)


# ---- what is kept ---------------------------------------------------------------------------------------------------


def test_neighbors_are_searched_once(monkeypatch):
    searches = []
    kneighbors = ExactSearch.kneighbors
    monkeypatch.setattr(ExactSearch, "kneighbors", lambda *args: searches.append(args) or kneighbors(*args))
    X, y = datasets.blobs(900, 3)
    for name in ("SMOTE", "borderline-1", "borderline-2", "ADASYN", "SVMSMOTE", "TomekLinks"):
        prepared = SAMPLERS[name].prepare(X, y)
        assert searches
        searches.clear()
        prepared.resample(1)
        assert not searches


def test_an_object_searches_once_and_a_support_vector_machine_is_fitted_once(monkeypatch):
    from sklearn.svm import SVC

    calls = []
    for kind in (NearestNeighbors, SVC):
        fit = kind.fit
        monkeypatch.setattr(kind, "fit", lambda *args, fit=fit: calls.append(1) or fit(*args))
    X, y = datasets.blobs(200, 3)
    prepared = SVMSMOTE(k_neighbors=NearestNeighbors(n_neighbors=4), svm_estimator=SVC()).prepare(X, y)
    n_calls = len(calls)
    prepared.resample(1)
    assert n_calls > 1
    assert len(calls) == n_calls


def test_the_result_belongs_to_the_caller():
    """Overwriting a result changes neither X nor a later result, of any sampler."""
    X, y = datasets.blobs(150, 3)
    before = X.copy()
    for name, sampler in SAMPLERS.items():
        prepared = sampler.prepare(X, y)
        rows, labels = prepared.resample(4)
        expected = rows.copy(), labels.copy()
        rows[:], labels[:] = 0, 7
        assert_same(prepared.resample(4), expected)
        np.testing.assert_array_equal(X, before, err_msg=name)


def test_the_sampler_stays_as_it_is():
    X, y = datasets.blobs(150, 3)
    sampler = SMOTETomek(random_state=5)
    prepared = sampler.prepare(X, y)
    assert not [name for name in vars(sampler) if name.endswith("_")]
    sampler.set_params(remove="both")
    assert_same(prepared.resample(0), SMOTETomek(random_state=0).fit_resample(X, y))
    assert prepared.classes_.tolist() == [0, 1]
    assert (prepared.device_, prepared.n_features_in_) == ("cpu", 3)


def test_threads():
    X, y = datasets.blobs(2500, 4, dtype="f4")
    prepared = SMOTETomek(remove="both").prepare(X, y)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(prepared.resample, range(12)))
    for seed, result in enumerate(found):
        assert_same(result, SMOTETomek(remove="both", random_state=seed).fit_resample(X, y))


@pytest.mark.usefixtures("thresholds")
def test_pickles():
    X, y = datasets.blobs(300, 4)
    for sampler in (SMOTETomek(), SAMPLERS["clean, then grow"], SAMPLERS["SVMSMOTE"]):
        prepared = sampler.prepare(X, y)
        copy = pickle.loads(pickle.dumps(prepared))
        assert_same(copy.resample(2), prepared.resample(2))


# ---- seeds, epochs, order -------------------------------------------------------------------------------------------


def test_epochs_follow_from_one_seed():
    X, y = datasets.blobs(100, 2)
    prepared = SMOTETomek().prepare(X, y)
    seeds = [prepared.epoch_seed(7, epoch) for epoch in range(100)]
    assert len(set(seeds)) == 100
    expected = [np.random.SeedSequence(7, spawn_key=(epoch,)).generate_state(1)[0] for epoch in range(100)]
    assert seeds == expected
    assert [seed.generate_state(1)[0] for seed in np.random.SeedSequence(7).spawn(3)] == seeds[:3]
    for found, seed in zip(islice(prepared.epochs(7), 4), seeds, strict=False):
        assert_same(found, prepared.resample(seed))
    for found, seed in zip(islice(prepared.epochs(7, shuffle=True), 2), seeds, strict=False):
        assert_same(found, prepared.resample(seed, shuffle=True))


@pytest.mark.parametrize("name", ["SMOTE", "TomekLinks", "EditedNearestNeighbours", "shrink, then grow"])
def test_shuffle(name):
    X, y = datasets.blobs(150, 2, 0.6, 0.4)
    prepared = SAMPLERS[name].prepare(X, y)
    for seed in range(3):
        rows, labels = prepared.resample(seed)
        order = np.random.default_rng((seed, 1)).permutation(len(rows))
        assert_same(prepared.resample(seed, shuffle=True), (rows[order], labels[order]))
    assert len(np.unique(labels[order][-20:])) == 2


@pytest.mark.parametrize("library", ["torch", "pandas", "polars", "csr", "list"])
def test_shuffle_in_every_container(library):
    X, y = datasets.blobs(90, 3)
    frames = {"pandas", "polars"}
    X = optional(library).DataFrame({"a": X[:, 0], "b": X[:, 1]}) if library in frames else X
    convert = {"torch": array_libraries.torch, "csr": array_libraries.csr, "list": lambda values: values.tolist()}
    rows = convert[library](X) if library in convert else X
    labels = convert[library](y) if library in {"torch", "list"} else y
    prepared = SMOTE(k_neighbors=2).prepare(rows, labels)
    plain, shuffled = prepared.resample(1), prepared.resample(1, shuffle=True)
    order = np.random.default_rng((1, 1)).permutation(len(plain[1]))
    for values, ordered in zip(plain, shuffled, strict=True):
        assert type(values) is type(ordered)
        values, ordered = (
            np.asarray(part.toarray() if library == "csr" and hasattr(part, "toarray") else part)
            for part in (values, ordered)
        )
        np.testing.assert_array_equal(values[order], ordered)


def test_shuffle_on_a_gpu(cupy):
    X, y = datasets.blobs(90, 3)
    prepared = SMOTE(k_neighbors=2).prepare(cupy.asarray(X), cupy.asarray(y))
    expected = SMOTE(k_neighbors=2).prepare(X, y).resample(1, shuffle=True)
    for values, like in zip(prepared.resample(1, shuffle=True), expected, strict=True):
        assert isinstance(values, fake_cupy.ndarray)
        np.testing.assert_array_equal(values.get(), like)


@pytest.mark.parametrize("seed", [None, -1, 2**32, 1.5, True, np.random.RandomState(0)])
def test_seeds_are_numbers(seed):
    X, y = datasets.blobs(90, 2)
    prepared = RandomOverSampler().prepare(X, y)
    for call in (prepared.resample, prepared.epochs):
        with pytest.raises(ValueError, match="give an int from 0 to 4294967295"):
            call(seed)
    with pytest.raises(ValueError, match="an epoch is a number from 0 on"):
        PreparedResampler.epoch_seed(0, -1)
    assert_same(prepared.resample(2**32 - 1), RandomOverSampler(random_state=2**32 - 1).fit_resample(X, y))


@pytest.mark.parametrize("n_enemies", [60, 63, 64])
def test_few_enemies_and_rows_whose_rounding_has_no_bound(n_enemies):
    """A constant column far larger than the range of the others: squares overflow, and all enemies are listed."""
    rng = np.random.default_rng(0)
    X = np.hstack([rng.normal(size=(300 + n_enemies, 2)) * 1e-40, np.ones((300 + n_enemies, 1))])
    y = np.repeat([1, 0], [300, n_enemies])
    sampler = SMOTETomek(smote=SMOTE(sampling_strategy={1: 20_000}, random_state=3))
    found, expected = sampler.prepare(X, y).resample(3), sampler.fit_resample(X, y)
    assert len(sampler.tomek_.links_)
    np.testing.assert_array_equal(found[0], expected[0])


def test_rows_without_children_beyond_the_lists_break_links_at_any_scale():
    """A cluster 1e-155 wide beside a row at 1: distances are below one scaled unit."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2150, 2)) * 1e-155
    X[-1] = 1.0
    y = np.repeat([1, 0], [1050, 1100])
    sampler = SMOTETomek(smote=SMOTE(k_neighbors=1049))
    prepared = sampler.prepare(X, y)
    for seed in range(5):
        expected = sampler.set_params(smote__random_state=seed).fit_resample(X, y)
        np.testing.assert_array_equal(prepared.resample(seed)[0], expected[0])
