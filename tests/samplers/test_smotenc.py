"""SMOTENC: the rows of imbalanced-learn, in any container and on any device; and Tomek links by the same metric."""

import tracemalloc

import numpy as np
import pytest
from imblearn import over_sampling
from support import array_libraries, mixed_oracle, mixed_tables
from support.optional import optional

from gpu_smotetomek import (
    SMOTE,
    SMOTENC,
    RandomOverSampler,
    RandomUnderSampler,
    ResamplingPipeline,
    SMOTETomek,
    TomekLinks,
    tomek_links,
)

pytestmark = pytest.mark.usefixtures("little_work_space")

SIZES = [(90, 25), (70, 30, 12), (60, 25, 18, 9)]


def numbers_and_codes(sizes=(120, 30), seed=0, p=3, dtype=np.float64):
    """An array with categories, as numbers, in its first and last columns; and labels."""
    rng, n = np.random.default_rng(seed), sum(sizes)
    numbers = rng.normal(size=(n, p)) * rng.uniform(0.1, 10, p)
    codes = rng.integers(0, [3, 5], (n, 2)) * 10
    y = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    return np.hstack([codes[:, :1], numbers, codes[:, 1:]]).astype(dtype), y, [0, p + 1]


# ---- rows of imbalanced-learn -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_arrays_give_imbalanced_learns_rows(sizes, seed, dtype):
    X, y, columns = numbers_and_codes(sizes, seed, dtype=dtype)
    expected, y_expected = over_sampling.SMOTENC(columns, random_state=seed).fit_resample(X, y)
    found, y_found = SMOTENC(columns, random_state=seed).fit_resample(X, y)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(y_found, y_expected)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("missing", [False, True])
def test_frames_give_imbalanced_learns_rows(sizes, seed, missing):
    pd = optional("pandas")
    frame, y = mixed_tables.make(sizes, seed, missing=missing)
    parameters = {"random_state": seed, "k_neighbors": 3 + seed % 3}
    expected, y_expected = over_sampling.SMOTENC(mixed_tables.CATEGORICAL, **parameters).fit_resample(frame, y)
    found, y_found = SMOTENC("auto", **parameters).fit_resample(frame, y)
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    np.testing.assert_array_equal(y_found, y_expected)


@pytest.mark.parametrize("seed", range(3))
def test_object_arrays_give_imbalanced_learns_rows(seed):
    frame, y = mixed_tables.make(seed=seed, missing=True)
    X = frame.to_numpy(dtype=object)
    expected, _ = over_sampling.SMOTENC([0, 2, 4, 5], random_state=seed).fit_resample(X, y)
    found, _ = SMOTENC([0, 2, 4, 5], random_state=seed).fit_resample(X, y)
    assert found.dtype == object
    for own, other in zip(found.ravel().tolist(), expected.ravel().tolist(), strict=True):
        assert own == other or (own is other) or (own != own and other != other)


@pytest.mark.parametrize("columns", [[5, 0, 4, 2], [2, 0, 5, 4]])
def test_the_order_of_columns_and_a_running_source_draw_as_imbalanced_learn(columns):
    pd = optional("pandas")
    frame, y = mixed_tables.make((60, 25, 15))
    expected, _ = over_sampling.SMOTENC(columns, random_state=np.random.RandomState(7)).fit_resample(frame, y)
    sampler = SMOTENC(columns, random_state=np.random.RandomState(7))
    found, _ = sampler.fit_resample(frame, y)
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    assert sampler.categorical_features_.tolist() == columns
    assert sampler.continuous_features_.tolist() == [1, 3]


@pytest.mark.parametrize("strategy", ["minority", "not minority", {"class 1": 50}, lambda y: {"class 2": 40}])
def test_strategies_are_those_of_imbalanced_learn(strategy):
    frame, y = mixed_tables.make((60, 25, 15))
    samplers = [
        kind(mixed_tables.CATEGORICAL, sampling_strategy=strategy, random_state=0)
        for kind in (over_sampling.SMOTENC, SMOTENC)
    ]
    (expected, y_expected), (found, y_found) = (sampler.fit_resample(frame, y) for sampler in samplers)
    assert found.equals(expected)
    assert y_found.tolist() == y_expected.tolist()
    assert samplers[1].sampling_strategy_ == samplers[0].sampling_strategy_
    assert samplers[1].median_std_ == pytest.approx(samplers[0].median_std_, rel=1e-12)


def test_it_is_one_of_imbalanced_learns():
    assert isinstance(SMOTENC([0]), over_sampling.SMOTENC)
    assert isinstance(SMOTENC([0]), over_sampling.SMOTE)
    assert SMOTENC([0]).get_params().keys() >= over_sampling.SMOTENC([0]).get_params().keys()


def test_a_median_of_zero_leaves_categories_out_of_the_distances():
    X, y, columns = numbers_and_codes((60, 20), p=3)
    X[:, 2:4] = 0.5
    expected, _ = over_sampling.SMOTENC(columns, random_state=0).fit_resample(X, y)
    sampler = SMOTENC(columns, random_state=0)
    np.testing.assert_array_equal(sampler.fit_resample(X, y)[0], expected)
    assert sampler.median_std_ == {1: 0.0}


def test_categories_of_tiny_numbers_are_those_of_the_neighbors():
    """imbalanced-learn takes all counts for tied where the median is below 1e-8, and draws categories that no neighbour has."""
    X, y, columns = numbers_and_codes((60, 20))
    tiny = X.copy()
    tiny[:, 1:-1] *= 2.0**-40
    expected, _ = SMOTENC(columns, random_state=0).fit_resample(X, y)
    found, _ = SMOTENC(columns, random_state=0).fit_resample(tiny, y)
    np.testing.assert_array_equal(found[:, columns], expected[:, columns])
    np.testing.assert_array_equal(found[:, 1:-1], expected[:, 1:-1] * 2.0**-40)
    other, _ = over_sampling.SMOTENC(columns, random_state=0).fit_resample(tiny, y)
    assert (other[:, columns] != expected[:, columns]).any()


def test_integers_are_rounded_and_their_metric_is_not_truncated():
    X, y, columns = numbers_and_codes((60, 20))
    integers = X.round().astype(np.int64)
    found, _ = SMOTENC(columns, random_state=0).fit_resample(integers, y)
    as_floats, _ = SMOTENC(columns, random_state=0).fit_resample(integers.astype(float), y)
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, np.rint(as_floats))


# ---- containers and devices ---------------------------------------------------------------------------------------------


def test_polars_and_pyarrow_give_the_rows_of_pandas():
    pl, pa = optional("polars"), optional("pyarrow")
    frame, y = mixed_tables.make(missing=True)
    expected, _ = SMOTENC("auto", random_state=0).fit_resample(frame, y)
    polars = pl.from_pandas(frame).with_columns(pl.col("town").cast(pl.Enum(["Rome", "Oslo", "Bonn"])))
    arrow = pa.Table.from_pandas(frame)
    for table, to_list in ((polars, lambda column: column.to_list()), (arrow, lambda column: column.to_pylist())):
        found, _ = SMOTENC("auto", random_state=0).fit_resample(table, y)
        assert (type(found), found.schema) == (type(table), table.schema)
        for name in frame.columns:
            cells = [None if cell != cell else cell for cell in expected[name].tolist()]
            assert to_list(found[name]) == cells


@pytest.mark.parametrize("place", array_libraries.DEVICES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int32])
def test_arrays_on_devices_give_the_same_rows(place, dtype):
    X, y, columns = numbers_and_codes((80, 30, 12), dtype=dtype)
    for sampler in (SMOTENC(columns, random_state=1), SMOTETomek(smote=SMOTENC(columns, random_state=1))):
        expected, y_expected = sampler.fit_resample(X, y)
        there = place(X)
        found, y_found = sampler.fit_resample(there, place(y))
        assert (type(found), found.dtype) == (type(there), there.dtype)
        np.testing.assert_array_equal(array_libraries.host(found), expected)
        np.testing.assert_array_equal(array_libraries.host(y_found), y_expected)


@pytest.mark.usefixtures("cupy")
def test_cupy_arrays_give_the_same_rows():
    import cupy

    X, y, columns = numbers_and_codes((80, 30))
    for sampler in (SMOTENC(columns, random_state=1), SMOTETomek(smote=SMOTENC(columns, random_state=1))):
        expected, _ = sampler.fit_resample(X, y)
        np.testing.assert_array_equal(sampler.fit_resample(cupy.asarray(X), y)[0].get(), expected)


def test_lists_come_back_as_lists():
    X = [[1.0, "a"], [2.0, "b"], [2.5, "b"], [4.0, "a"], [5.0, "b"], [6.0, "b"], [7.0, None]]
    found, labels = SMOTENC([1], k_neighbors=2, random_state=0).fit_resample(X, ["x"] * 3 + ["y"] * 4)
    assert found[:7] == X
    assert labels == ["x"] * 3 + ["y"] * 4 + ["x"]
    assert 1 <= found[7][0] <= 2.5
    assert found[7][1] == "b"


def test_columns_may_travel_beside_categories():
    frame, y = mixed_tables.make()
    expected, _ = SMOTENC("auto", random_state=0).fit_resample(frame, y)
    wide = frame.assign(id=np.arange(len(frame)).astype(str))
    found, _ = SMOTENC("auto", random_state=0, passthrough=["id"]).fit_resample(wide, y)
    assert found.drop(columns="id").equals(expected)
    assert found["id"].isna().sum() == len(found) - len(frame)
    sampler = SMOTETomek(smote=SMOTENC("auto", random_state=0), passthrough=["id"], passthrough_fill="base")
    cleaned, _ = sampler.fit_resample(wide, y)
    assert set(cleaned["id"]) <= set(wide["id"])


# ---- links --------------------------------------------------------------------------------------------------------------


def expected_links(frame, y):
    numbers, categories = mixed_tables.split(frame)
    return mixed_oracle.tomek_links(numbers, categories, y, mixed_oracle.constant(numbers, y))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("sizes", SIZES)
def test_links_are_those_of_brute_force(sizes, seed):
    frame, y = mixed_tables.make(sizes, seed)
    links = expected_links(frame, y)
    assert len(links)
    np.testing.assert_array_equal(tomek_links(frame, y, categorical_features="auto"), links)
    columns = [frame.columns.get_loc(name) for name in mixed_tables.CATEGORICAL]
    for backend in ("xp", "kdtree"):
        sampler = TomekLinks(categorical_features=columns, backend=backend)
        rows, _ = sampler.fit_resample(frame, y)
        np.testing.assert_array_equal(sampler.links_, links)
        assert len(rows) == len(sampler.sample_indices_)
        assert rows.equals(frame.iloc[sampler.sample_indices_].reset_index(drop=True))


@pytest.mark.parametrize("sizes", SIZES)
def test_links_after_smotenc_go_by_the_metric_of_the_input(sizes):
    frame, y = mixed_tables.make(sizes)
    grown, y_grown = SMOTENC("auto", random_state=0).fit_resample(frame, y)
    numbers, categories = mixed_tables.split(grown)
    added = mixed_oracle.constant(frame[mixed_tables.NUMERIC].to_numpy(), y)
    links = mixed_oracle.tomek_links(numbers, categories, y_grown, added)
    sampler = SMOTETomek(smote=SMOTENC("auto", random_state=0), remove="both")
    found, y_found = sampler.fit_resample(frame, y)
    np.testing.assert_array_equal(sampler.tomek_.links_, links)
    assert len(links)
    left = np.delete(np.arange(len(grown)), links.ravel())
    assert found.equals(grown.iloc[left].reset_index(drop=True))
    assert y_found.tolist() == y_grown[left].tolist()
    assert "bounds" not in sampler.tomek_.search_stages_
    if len(sizes) == 2:  # the smallest class is the one that grew
        assert sampler.smote_.median_std_["class 1"] ** 2 == pytest.approx(added)


def test_large_tables_are_searched_without_lineage_bounds():
    frame, y = mixed_tables.make((1500, 300))
    links = {}
    for backend in ("xp", "kdtree"):
        sampler = SMOTETomek(smote=SMOTENC("auto", random_state=0), backend=backend)
        sampler.fit_resample(frame, y)
        assert sampler.tomek_.search_stages_.keys().isdisjoint({"bounds"})
        links[backend] = sampler.tomek_.links_.tolist()
    assert links["xp"] == links["kdtree"] != []


def test_tied_rows_are_in_no_link_and_the_order_of_rows_does_not_matter():
    """On a lattice whose constant is 1, a category counts as much as a step."""
    rng = np.random.default_rng(0)
    numbers = rng.integers(-2, 3, (60, 2)).astype(float)
    numbers[:4] = [[1, -1], [-1, 1], [-1, -1], [1, 1]]  # the smallest class: standard deviations of 1
    codes = rng.integers(0, 2, (60, 1))
    y = np.array([1] * 4 + [0] * 56)
    X = np.hstack([numbers, codes])
    links = mixed_oracle.tomek_links(numbers, codes, y, 1.0)
    np.testing.assert_array_equal(tomek_links(X, y, categorical_features=[2]), links)
    order = rng.permutation(60)
    shuffled = tomek_links(X[order], y[order], categorical_features=[2])
    assert {frozenset(order[pair]) for pair in shuffled.tolist()} == {frozenset(pair) for pair in links.tolist()}
    pair = np.array([[0.0, 0.0, 0], [0.0, 0.0, 1], [9.0, 0.0, 0], [11.0, 0.0, 0]])
    assert tomek_links(pair, [0, 1, 0, 1], categorical_features=[2]).tolist() == [[0, 1], [2, 3]]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("memory_limit", [1, 10**5, None])
def test_links_and_rows_do_not_depend_on_threads_or_memory(threads, memory_limit):
    frame, y = mixed_tables.make((200, 60))
    limits = {"n_jobs": threads, "memory_limit": memory_limit}
    found, _ = SMOTETomek(smote=SMOTENC("auto", random_state=0), **limits).fit_resample(frame, y)
    expected, _ = SMOTETomek(smote=SMOTENC("auto", random_state=0)).fit_resample(frame, y)
    assert found.equals(expected)


# ---- chains -------------------------------------------------------------------------------------------------------------


def test_steps_of_a_chain_share_categories():
    frame, y = mixed_tables.make((120, 40))
    chain = ResamplingPipeline(
        [
            ("drop", RandomUnderSampler(sampling_strategy={"class 0": 100}, random_state=0)),
            ("grow", SMOTENC("auto", random_state=0)),
            ("clean", TomekLinks()),
        ]
    )
    found, y_found = chain.fit_resample(frame, y)
    fewer, y_fewer = RandomUnderSampler(sampling_strategy={"class 0": 100}, random_state=0).fit_resample(frame, y)
    grown, y_grown = SMOTENC("auto", random_state=0).fit_resample(fewer, y_fewer)
    kept = chain.steps_[2][1].sample_indices_
    assert chain.categorical_features_.tolist() == chain.steps_[2][1].categorical_features_.tolist() == [0, 2, 4, 5]
    assert found.equals(grown.iloc[kept].reset_index(drop=True))
    assert y_found.tolist() == y_grown[kept].tolist()


def test_copies_of_synthetic_rows_keep_their_categories():
    frame, y = mixed_tables.make((60, 20))
    chain = ResamplingPipeline(
        [("grow", SMOTENC("auto", sampling_strategy=0.5, random_state=0)), ("copy", RandomOverSampler(random_state=0))]
    )
    found, _ = chain.fit_resample(frame, y)
    grown, y_grown = SMOTENC("auto", sampling_strategy=0.5, random_state=0).fit_resample(frame, y)
    expected, _ = RandomOverSampler(random_state=0).fit_resample(grown, y_grown)
    assert found.equals(expected)


@pytest.mark.parametrize(
    ("sampler", "message"),
    [
        (
            SMOTETomek(tomek=TomekLinks(categorical_features="auto")),
            r"step 'smote' \(SMOTE\) computes with numbers only",
        ),
        (
            ResamplingPipeline([("a", SMOTENC("auto")), ("b", SMOTE())]),
            r"step 'b' \(SMOTE\) computes with numbers only",
        ),
        (ResamplingPipeline([("a", SMOTENC("auto")), ("b", RandomOverSampler(shrinkage=1.0))]), "step 'b'"),
        (
            SMOTETomek(smote=SMOTENC("auto"), tomek=TomekLinks(categorical_features=[0])),
            "share one table and one metric",
        ),
        (SMOTENC(["sex", "nope"]), r"Some column names are not columns of the dataframe: \{'nope'\}"),
        (SMOTENC([6]), r"all features must be in \[0, 5\] or \[-6, 0\]"),
        (SMOTENC(["sex", 0]), "names a column twice"),
        (SMOTENC([True, False]), "is a mask of 2 columns, and X has 6"),
        (SMOTENC(["sex"]), "X has columns that are not numbers: 'job'"),
        (SMOTENC(range(6)), "not designed to work only with categorical features.*SMOTEN of imbalanced-learn"),
        (SMOTENC("auto", backend="sklearn"), "backend='sklearn' searches numbers, and X has categorical features"),
        (
            SMOTENC("auto", passthrough=["sex"], passthrough_fill="base", k_neighbors=40),
            "k_neighbors=40 needs at least 41 rows",
        ),
        (SMOTENC(["sex", "job"], passthrough=["sex"]), "both name 'sex'"),
        (SMOTENC("auto", categorical_encoder="onehot"), "'categorical_encoder' parameter of SMOTENC must be None"),
    ],
)
def test_what_cannot_be_is_explained(sampler, message):
    frame, y = mixed_tables.make()
    with pytest.raises(ValueError, match=message):
        sampler.fit_resample(frame, y)


@pytest.mark.parametrize("features", [[], [False] * 4, "auto"])
def test_a_table_without_categories_is_for_smote(features):
    pd = optional("pandas")
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 4)))
    y = [0] * 20 + [1] * 10
    with pytest.raises(ValueError, match=r"not designed to work only with numerical features.*use SMOTE"):
        SMOTENC(features).fit_resample(X, y)
    assert TomekLinks(categorical_features=features).fit_resample(X, y)[0].equals(TomekLinks().fit_resample(X, y)[0])


@pytest.mark.parametrize(
    "features", [("b", "d"), np.array(["b", "d"]), [1, -1], np.array([1, 3]), np.array([False, True, False, True])]
)
def test_features_are_named_in_several_ways(features):
    pd = optional("pandas")
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(0, 4, (60, 4)), columns=list("abcd"))
    sampler = SMOTENC(features, random_state=0)
    sampler.fit_resample(frame, [0] * 40 + [1] * 20)
    assert sampler.categorical_features_.tolist() == [1, 3]


def test_names_may_be_tuples():
    pd = optional("pandas")
    rng = np.random.default_rng(0)
    columns = pd.MultiIndex.from_tuples([("a", "x"), ("b", "y"), ("b", "z")])
    frame = pd.DataFrame(rng.integers(0, 4, (60, 3)), columns=columns)
    sampler = SMOTENC([("b", "y")], random_state=0)
    found, _ = sampler.fit_resample(frame, [0] * 40 + [1] * 20)
    assert sampler.categorical_features_.tolist() == [1]
    assert found.columns.equals(columns)


def test_a_later_call_without_categories_forgets_them():
    frame, y = mixed_tables.make()
    cleaner = TomekLinks(categorical_features="auto")
    cleaner.fit_resample(frame, y)
    assert cleaner.continuous_features_.tolist() == [1, 3]
    cleaner.fit_resample(frame[mixed_tables.NUMERIC], y)
    assert not hasattr(cleaner, "categorical_features_")
    assert not hasattr(cleaner, "continuous_features_")


def test_containers_without_dtypes_or_with_zeros_left_out_are_explained():
    sparse = optional("scipy.sparse")
    X, y, columns = numbers_and_codes()
    with pytest.raises(ValueError, match="goes by the dtypes of columns, and X has none"):
        SMOTENC("auto").fit_resample(X, y)
    with pytest.raises(ValueError, match="the columns of X have no names"):
        SMOTENC(["age"]).fit_resample(X, y)
    with pytest.raises(ValueError, match=r"X is sparse .* dense tables only"):
        SMOTENC(columns).fit_resample(sparse.csr_array(X), y)


def test_missing_numbers_are_refused_and_missing_categories_are_not():
    frame, y = mixed_tables.make(missing=True)
    frame.loc[3, "age"] = np.nan
    with pytest.raises(ValueError, match=r"SMOTENC does not accept missing values(.|\n)*'age'"):
        SMOTENC("auto").fit_resample(frame, y)


# ---- memory -------------------------------------------------------------------------------------------------------------


def test_memory_does_not_grow_with_the_number_of_categories():
    """One-hot columns of these categories would take 160 MB a column, as bytes."""
    rng = np.random.default_rng(0)
    n = 16_000
    X = np.hstack([rng.normal(size=(n, 2)), rng.integers(0, 10_000, (n, 3))])
    y = (rng.random(n) < 0.05).astype(int)
    peaks = []
    for _ in range(2):  # the first call imports
        tracemalloc.start()
        found, _ = SMOTENC([2, 3, 4], random_state=0, memory_limit=2**22, n_jobs=1).fit_resample(X, y)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert set(found[n:, 2]) <= set(X[y == 1, 2])
    assert peaks[1] < 6 * found.nbytes + 2**22


def test_the_plan_counts_the_pairs_of_a_search():
    frame, y = mixed_tables.make((900, 100))
    plan = SMOTETomek(smote=SMOTENC("auto")).plan(frame, y)
    assert (plan.rows_in, plan.rows_out, plan.pairs) == (1000, 1800, 900 * 1800)


def test_it_works_in_imbalanced_learns_pipeline_under_a_grid_search():
    from imblearn.pipeline import make_pipeline
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.preprocessing import OneHotEncoder

    frame, y = mixed_tables.make((120, 40))
    encode = make_column_transformer((OneHotEncoder(), mixed_tables.CATEGORICAL), remainder="passthrough")
    model = make_pipeline(SMOTETomek(smote=SMOTENC("auto", random_state=0)), encode, LogisticRegression(max_iter=500))
    search = GridSearchCV(model, {"smotetomek__smote__k_neighbors": [3, 5]}, cv=3).fit(frame, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_estimator_[0].smote_.n_synthetic_ == 80
