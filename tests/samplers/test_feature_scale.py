"""The parameter `scale`: neighbours and links of scaled features, rows in their own units."""

import re
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import RobustScaler, StandardScaler
from support import array_libraries, datasets, fake_cupy, mixed_oracle, mixed_tables, oracle
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
    ResamplingPipeline,
    SMOTETomek,
    TomekLinks,
    tomek_links,
)
from gpu_smotetomek.resampling import rounding_slack

SAMPLERS = {
    "SMOTE": SMOTE(random_state=0, k_neighbors=3),
    "SMOTE, object": SMOTE(random_state=0, k_neighbors=NearestNeighbors(n_neighbors=4)),
    "borderline-1": BorderlineSMOTE(random_state=0, k_neighbors=3, m_neighbors=6),
    "borderline-2": BorderlineSMOTE(random_state=0, k_neighbors=3, m_neighbors=6, kind="borderline-2"),
    "ADASYN": ADASYN(random_state=0, n_neighbors=4),
    "SVMSMOTE": SVMSMOTE(random_state=0, k_neighbors=3, m_neighbors=6),
    "TomekLinks": TomekLinks(),
    "EditedNearestNeighbours": EditedNearestNeighbours(),
    "SMOTETomek": SMOTETomek(random_state=0),
    "SMOTEENN": SMOTEENN(random_state=0),
    "clean first": SMOTETomek(random_state=0, clean="before"),
    "pipeline": ResamplingPipeline(
        [("t", TomekLinks()), ("s", SMOTE(random_state=0)), ("e", EditedNearestNeighbours())]
    ),
}
each_sampler = pytest.mark.parametrize("name", list(SAMPLERS))
KINDS = ["gaussian", "lattice", "duplicated", "lognormal", "far_clusters", "offset", "permuted"]


def units(d, seed=0):
    """Units of d features, over nine orders of magnitude."""
    return 10.0 ** np.random.default_rng(seed).integers(-4, 5, d)


def make_table(n=300, d=4, seed=0):
    X, y = datasets.blobs(n, d, 0.75, 0.25, seed=seed)
    return X * units(d, seed), y


def with_scale(name, scale):
    return clone(SAMPLERS[name]).set_params(scale=scale)


# ---- parity with scaling by hand ------------------------------------------------------------------------------------


@each_sampler
@pytest.mark.parametrize(("scale", "scaler"), [("standard", StandardScaler()), ("robust", RobustScaler())])
def test_equals_scaling_by_hand_and_back_up_to_rounding(scale, scaler, name):
    X, y = make_table()
    sampler = with_scale(name, scale)
    rows, labels = sampler.fit_resample(X, y)
    expected, expected_labels = clone(SAMPLERS[name]).fit_resample(scaler.fit_transform(X), y)
    np.testing.assert_array_equal(labels, expected_labels)
    np.testing.assert_allclose(
        rows / X.std(axis=0), scaler.inverse_transform(expected) / X.std(axis=0), rtol=0, atol=1e-8
    )
    np.testing.assert_allclose(sampler.scale_ * scaler.scale_, 1, rtol=2.0**-28)


@each_sampler
def test_choices_are_those_of_the_products_bit_for_bit(name):
    """Parents, gaps and removed rows are those of X * scale_."""
    for seed in range(5):
        X, y = make_table(seed=seed)
        sampler, by_hand = with_scale(name, "standard"), clone(SAMPLERS[name])
        sampler.fit_resample(X, y)
        by_hand.fit_resample(X * sampler.scale_, y)
        for attribute in ("ids", "origin", "parents", "gap", "links"):
            np.testing.assert_array_equal(
                getattr(sampler.provenance_, attribute), getattr(by_hand.provenance_, attribute), err_msg=attribute
            )


def test_kept_rows_keep_their_bits_and_synthetic_rows_lie_on_their_segments():
    X, y = make_table()
    sampler = SMOTETomek(scale="robust", random_state=0, remove="both")
    rows, _ = sampler.fit_resample(X, y)
    kept, parents = ~sampler.provenance_.is_synthetic, sampler.provenance_.parents
    np.testing.assert_array_equal(rows[kept], X[sampler.provenance_.origin[kept]])
    P, Q = (X[parents[~kept, side]] for side in (0, 1))
    np.testing.assert_array_equal(rows[~kept], P + sampler.provenance_.gap[~kept, None] * (Q - P))


def test_factors_of_the_caller_are_used_as_they_are():
    X, y = make_table(d=3)
    factors = np.array([0.1, 3.0, 0.0])
    sampler = SMOTETomek(scale=factors, random_state=0)
    rows, _ = sampler.fit_resample(X, y)
    np.testing.assert_array_equal(sampler.scale_, factors)
    by_hand = SMOTETomek(random_state=0)
    by_hand.fit_resample(X * factors, y)
    np.testing.assert_array_equal(sampler.provenance_.origin, by_hand.provenance_.origin)
    assert len(np.unique(rows[:, 2])) > len(np.unique(X[:, 2]))  # a factor of 0 interpolates all the same
    np.testing.assert_array_equal(SMOTETomek(scale=list(factors), random_state=0).fit_resample(X, y)[0], rows)


def test_function_tomek_links():
    X, y = make_table()
    cleaner = TomekLinks(scale="standard")
    cleaner.fit_resample(X, y)
    np.testing.assert_array_equal(tomek_links(X, y, scale="standard"), cleaner.links_)
    assert len(cleaner.links_) > len(tomek_links(X, y))  # one wide feature hides most links


# ---- exactness ------------------------------------------------------------------------------------------------------


def resample(sampler, X, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return sampler.fit_resample(X, y)


def links_and_oracle(X, y, scale, **parameters):
    """Links of the rows that SMOTE makes, and those of the definition for these rows times the factors."""
    both = SMOTETomek(random_state=0, scale=scale, tomek=TomekLinks(sampling_strategy="all"), **parameters)
    resample(both, X, y)
    X_over, y_over = resample(SMOTE(random_state=0, scale=scale), X, y)
    products = X_over.astype(np.float64) * both.scale_
    exponent = oracle.exponent(X.astype(np.float64) * both.scale_)
    return both.tomek_.links_, oracle.tomek_links(products, y_over, exponent), both.tomek_.search_stages_


@pytest.mark.usefixtures("thresholds")
@pytest.mark.parametrize("scale", ["standard", "robust"])
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "int32", "int8"])
@pytest.mark.parametrize("kind", KINDS)
def test_links_are_those_of_the_products(kind, dtype, scale):
    found_any = 0
    for seed, sizes in enumerate([(60, 20), (50, 30, 15), (40, 25, 20, 15)]):
        y = datasets.labels(*sizes)
        X = datasets.make(kind, y, 1 + 2 * seed, dtype=np.dtype(dtype), seed=seed)
        if dtype in ("float64", "float32"):
            X = (X.astype(np.float64) * np.ldexp(1.0, [0, 3, -2, 5, 1][: X.shape[1]])).astype(dtype)
        found, expected, _ = links_and_oracle(X, y, scale)
        np.testing.assert_array_equal(found, expected)
        found_any += len(found)
    assert found_any or kind in ("duplicated", "lattice", "offset") or dtype == "int8"


@pytest.mark.usefixtures("small_tables_use_bounds")
@pytest.mark.parametrize("dtype", ["float64", "float32", "int16"])
def test_bounds_serve(dtype):
    X, y = datasets.blobs(300, 3, 0.7, 0.3)
    found, expected, stages = links_and_oracle((X * [100, 30, 1000]).astype(dtype), y, "standard")
    np.testing.assert_array_equal(found, expected)
    assert len(found)
    assert stages["bounds"]


@pytest.mark.usefixtures("small_tables_use_bounds")
@pytest.mark.parametrize("function", ["norm_of_integers", "norm_of_factors"])
def test_rounding_needs_the_factors(function, monkeypatch):
    """The slack of rows that are rounded to integers, or to subnormal floats, grows with the factors."""
    monkeypatch.setattr(rounding_slack, function, lambda *_: 0.0)
    wrong = 0
    for seed in range(30):
        X, y = datasets.blobs(200, 2, 0.6, 0.4, seed=seed)
        X, factors = np.rint(X * 3), np.array([1.0, 2.0])
        if function == "norm_of_integers":
            X = X.astype(np.int16)
        else:
            X, factors = np.ldexp(X, -1074), np.ldexp(factors, 900)
        found, expected, _ = links_and_oracle(X, y, factors)
        wrong += not np.array_equal(found, expected)
    assert wrong > 0


def test_equal_differences_stay_equal():
    """Integers and float32 times their factors are exact, so ties are ties: a row between two equally near ones has no link."""
    for dtype in (np.int32, np.float32, np.float64):
        X = np.tile(np.arange(300, dtype=dtype)[:, None], (1, 3)) * np.array([1, 7, 13], dtype)
        y = np.arange(300) % 2
        assert len(tomek_links(X, y, scale="standard")) == 0
        assert len(tomek_links(X, y, scale="robust")) == 0


# ---- statistics -----------------------------------------------------------------------------------------------------

PLACES = {
    "NumPy": np.asarray,
    "Fortran": np.asfortranarray,
    "CSR": sp.csr_array,
    "CSC": sp.csc_matrix,
    "strict": array_libraries.strict,
    "torch": array_libraries.torch,
}


@pytest.mark.parametrize("place", list(PLACES))
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_factors_in_every_library(dtype, place):
    X, y = make_table(n=400, d=6)
    X[:, 2] *= np.random.default_rng(0).random(400) < 0.4
    X[:, 3] *= np.random.default_rng(1).random(400) < 0.02
    X[:, 4] = 3.0
    X = X.astype(dtype)
    for scale, spread in (("standard", X.astype(float).std(axis=0)), ("robust", RobustScaler().fit(X).scale_)):
        spread[4] = 1
        sampler = TomekLinks(scale=scale)
        values = PLACES[place](X)
        sampler.fit_resample(values, y)
        np.testing.assert_allclose(sampler.scale_ * spread, 1, rtol=2.0**-27 if dtype == "float64" else 1e-6)
        assert sampler.scale_.dtype == np.float64


def test_many_blocks_and_threads_give_the_same_factors():
    X = np.random.default_rng(0).normal(size=(60_000, 5)) * units(5) + 1e3
    y = np.arange(60_000) % 7 == 0
    found = []
    for parameters in ({}, {"n_jobs": 1}, {"memory_limit": 2**23}):
        cleaner = TomekLinks(scale="standard", **parameters)
        cleaner.fit(X, y)
        found.append(cleaner.scale_)
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])
    np.testing.assert_allclose(found[0] * X.std(axis=0), 1, rtol=2.0**-28)


def test_noise_of_rounding_is_no_spread():
    X, y = make_table(d=3)
    X[:, 1] = 0.3
    X[::2, 1] = 0.1 + 0.2
    for scale in ("standard", "robust"):
        cleaner = TomekLinks(scale=scale)
        cleaner.fit(X, y)
        assert cleaner.scale_[1] == 1


@pytest.mark.parametrize("scale", ["standard", "robust"])
def test_values_whose_squares_overflow(scale):
    X, y = make_table()
    ordinary, huge = TomekLinks(scale=scale), TomekLinks(scale=scale)
    ordinary.fit_resample(X, y)
    huge.fit_resample(np.ldexp(X, 900), y)
    np.testing.assert_array_equal(huge.links_, ordinary.links_)
    np.testing.assert_array_equal(huge.scale_, np.ldexp(ordinary.scale_, -900))


# ---- containers, devices and chains ---------------------------------------------------------------------------------


TAKE_HOST_ROWS = {"SMOTE, object", "SVMSMOTE"}


@pytest.mark.parametrize(
    ("name", "place"),
    [
        (name, place)
        for name in SAMPLERS
        for place in ("CSR", "strict", "torch")
        if place == "CSR" or name not in TAKE_HOST_ROWS
    ],
)
def test_rows_in_every_library(name, place):
    X, y = make_table(n=120)
    expected, labels = with_scale(name, "standard").fit_resample(X, y)
    values = PLACES[place](X)
    rows, found = with_scale(name, "standard").fit_resample(values, y)
    rows = rows.toarray() if sp.issparse(rows) else array_libraries.host(rows)
    np.testing.assert_array_equal(rows, expected)
    np.testing.assert_array_equal(found, labels)


@pytest.mark.parametrize("name", ["SMOTETomek", "SMOTEENN", "borderline-1"])
def test_rows_on_a_device(name):
    X, y = make_table(n=160)
    expected, _ = with_scale(name, "standard").fit_resample(X, y)
    with fake_cupy.installed() as cupy:
        rows, _ = with_scale(name, "standard").fit_resample(cupy.asarray(X), y)
        assert isinstance(rows, cupy.ndarray)
        np.testing.assert_array_equal(cupy.asnumpy(rows), expected)


def test_thin_sparse_rows_stay_sparse():
    rng = np.random.default_rng(0)
    X = sp.random(200, 400, density=0.02, random_state=0, format="csr") * 100
    y = (rng.random(200) < 0.3).astype(int)
    sampler = SMOTETomek(scale="standard", random_state=0)
    rows, _ = sampler.fit_resample(X, y)
    assert rows.nnz < 0.1 * rows.shape[0] * rows.shape[1]
    dense, _ = SMOTETomek(scale=sampler.scale_, random_state=0).fit_resample(X.toarray(), y)
    np.testing.assert_array_equal(rows.toarray(), dense)


def test_frames_of_many_dtypes():
    pd = optional("pandas")
    X, y = make_table()
    frame = pd.DataFrame(
        {
            "a": X[:, 0],
            "b": (X[:, 1] / X[:, 1].std() * 50).astype(np.int16),
            "c": X[:, 2].astype(np.float32),
            "d": X[:, 3] > 0,
        }
    )
    sampler = SMOTETomek(scale="standard", random_state=0)
    rows, _ = sampler.fit_resample(frame, y)
    assert list(rows.dtypes) == list(frame.dtypes)
    X_over, y_over = SMOTE(scale="standard", random_state=0).fit_resample(frame, y)
    products = X_over.to_numpy(np.float64) * sampler.scale_
    found = sampler.tomek_.links_
    expected = oracle.tomek_links(
        products, np.asarray(y_over), oracle.exponent(frame.to_numpy(np.float64) * sampler.scale_)
    )
    np.testing.assert_array_equal(found, expected)


def test_categories_keep_their_metric():
    """The constant of categories is that of the scaled numbers; `scale_` has an entry for each feature."""
    pd = optional("pandas")
    frame, y = mixed_tables.make()
    numbers, categories = mixed_tables.split(frame)
    sampler = SMOTENC("auto", scale="standard", random_state=0)
    sampler.fit_resample(frame, y)
    assert sampler.scale_.shape == (frame.shape[1],)
    np.testing.assert_array_equal(sampler.scale_[sampler.categorical_features_], 1)
    products = numbers * sampler.scale_[sampler.continuous_features_]
    cleaner = TomekLinks(categorical_features="auto", scale="standard")
    cleaner.fit_resample(frame, y)
    expected = mixed_oracle.tomek_links(products, categories, y, mixed_oracle.constant(products, y))
    np.testing.assert_array_equal(cleaner.links_, expected)
    given = SMOTENC("auto", scale=sampler.scale_, random_state=0).fit_resample(frame, y)[0]
    pd.testing.assert_frame_equal(given, SMOTENC("auto", scale="standard", random_state=0).fit_resample(frame, y)[0])


def test_rows_of_more_dimensions():
    X, y = make_table(n=100, d=6)
    flat, _ = SMOTE(scale="standard", random_state=0).fit_resample(X, y)
    cubes, _ = SMOTE(scale="standard", random_state=0).fit_resample(X.reshape(-1, 2, 3), y)
    np.testing.assert_array_equal(cubes.reshape(-1, 6), flat)
    factors = np.arange(1.0, 7).reshape(2, 3)
    SMOTE(scale=factors, random_state=0).fit_resample(X.reshape(-1, 2, 3), y)


@each_sampler
def test_prepared_tables(name):
    X, y = make_table()
    prepared = with_scale(name, "standard").prepare(X, y)
    for seed in range(3):
        sampler = with_scale(name, "standard")
        sampler.set_params(**{key: seed for key in sampler.get_params() if key.endswith("random_state")})
        np.testing.assert_array_equal(prepared.resample(seed)[0], sampler.fit_resample(X, y)[0])


@pytest.mark.parametrize("shrinkage", [None, 0.5])
def test_prepared_products_outlive_a_step_that_adds_no_row(shrinkage):
    """A copy of the rows without new ones is memory of its own, and the products are still those of the table."""
    X, y = make_table(n=200)
    y = np.arange(len(y)) % 2
    steps = [("o", RandomOverSampler(shrinkage=shrinkage)), ("t", TomekLinks(sampling_strategy="all"))]
    chain = ResamplingPipeline(steps, scale="standard")
    expected, labels = clone(chain).fit_resample(X, y)
    assert len(labels) < len(y)
    prepared = chain.prepare(X, y)
    for seed in range(2):
        np.testing.assert_array_equal(prepared.resample(seed)[0], expected)


def test_noise_in_a_chain():
    X, y = make_table()
    steps = [("o", RandomOverSampler(shrinkage=0.5, random_state=0)), ("t", TomekLinks(sampling_strategy="all"))]
    chain = ResamplingPipeline(steps, scale="standard")
    chain.fit_resample(X, y)
    X_over, y_over = steps[0][1].fit_resample(X, y)
    np.testing.assert_array_equal(
        chain.named_steps_["t"].links_,
        oracle.tomek_links(X_over * chain.scale_, y_over, oracle.exponent(X_over * chain.scale_)),
    )
    assert not hasattr(chain.named_steps_["o"], "scale_")


def test_steps_of_a_chain_equal_the_steps_alone():
    X, y = make_table()
    both = SMOTETomek(scale="standard", random_state=0)
    rows, _ = both.fit_resample(X, y)
    grown = SMOTE(scale="standard", random_state=0).fit_resample(X, y)
    cleaner = TomekLinks(scale=both.scale_, sampling_strategy=[0])
    np.testing.assert_array_equal(cleaner.fit_resample(*grown)[0], rows)
    np.testing.assert_array_equal(both.smote_.scale_, both.scale_)


def test_scale_is_a_parameter_like_any_other():
    sampler = SMOTETomek(scale=np.array([1.0, 2.0]))
    assert clone(sampler).scale is not None
    assert SMOTE().fit([[0.0], [1.0], [2.0]] * 4, [0, 1, 1] * 4).scale_ is None
    assert not hasattr(RandomOverSampler(), "scale")


# ---- errors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scale", "message"),
    [
        ("minmax", "The 'scale' parameter"),
        ([1.0, 2.0], "scale has 2 factors, and X has 4 features: give one factor for each feature"),
        ([1.0, -2.0, 1.0, 1.0], "finite factors, none below 0"),
        ([1.0, np.nan, 1.0, 1.0], "finite factors, none below 0"),
        ([0.0] * 4, "some above"),
        (["a", "b", "c", "d"], "is no array of numbers"),
        (["1", "2", "3", "4"], "is no array of numbers"),
        (np.ones(4) + 1j, "is no array of numbers"),
        (np.arange("2020-01-01", "2020-01-05", dtype="datetime64[D]"), "is no array of numbers"),
        ({"a": 1.0}, "is no array of numbers"),
        (np.ones((4, 1)), "scale has the shape (4, 1), and X has 4 features: give one factor for each feature"),
    ],
)
def test_errors(scale, message):
    X, y = make_table()
    with pytest.raises(ValueError, match=re.escape(message)):
        SMOTETomek(scale=scale).fit_resample(X, y)


def test_products_beyond_float64_name_the_feature():
    pd = optional("pandas")
    X, y = make_table(d=2)
    X[:, 1] *= 1e10
    kinds = np.resize(["x", "y", "z"], len(y))
    mixed = pd.DataFrame({"kind": pd.Categorical(kinds), "age": X[:, 0], "income": X[:, 1]})
    codes = np.column_stack([np.arange(len(y)) % 3, X])
    for name, sampler, values in (
        ("feature 1", SMOTE(scale=[1, 1e306]), X),
        ("'income'", SMOTE(scale=[1, 1e306]), mixed[["age", "income"]]),
        ("'income'", SMOTENC("auto", scale=[1, 1, 1e306]), mixed),
        ("feature 2", SMOTENC([0], scale=[1, 1, 1e306]), codes),
    ):
        with pytest.raises(ValueError, match=f"^{name} has values up to .* are beyond the range of float64"):
            sampler.fit_resample(values, y)


def test_a_series_of_factors_has_the_names_of_the_features():
    pd = optional("pandas")
    X, y = make_table(d=3)
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    factors = pd.Series({"a": 1.0, "b": 2.0, "c": 3.0})
    for scale in (factors, factors.to_numpy(), pd.Series([1.0, 2.0, 3.0])):
        sampler = SMOTE(scale=scale)
        sampler.fit_resample(frame, y)
        np.testing.assert_array_equal(sampler.scale_, [1, 2, 3])
    with pytest.raises(ValueError, match="scale has factors of 'c', 'b', 'a', and the features are 'a', 'b', 'c'"):
        SMOTE(scale=factors[::-1]).fit_resample(frame, y)
    mixed = pd.DataFrame({"k": pd.Categorical(np.resize(["x", "y"], len(y))), **frame})
    SMOTENC("auto", scale=pd.Series({"k": 1.0, **factors})).fit_resample(mixed, y)


def test_rows_of_another_shape_than_the_factors():
    X, y = make_table(n=100, d=6)
    message = "scale has the shape (3, 2), and X has 6 features, in rows of shape (2, 3): give one factor for each"
    with pytest.raises(ValueError, match=re.escape(message)):
        SMOTE(scale=np.ones((3, 2))).fit_resample(X.reshape(-1, 2, 3), y)


def test_factors_of_other_libraries():
    X, y = make_table(d=3)
    expected, _ = SMOTE(scale=[1.0, 2.0, 3.0], random_state=0).fit_resample(X, y)
    with fake_cupy.installed() as cupy:
        factors = cupy.asarray(np.array([1.0, 2.0, 3.0]))
        rows, _ = SMOTE(scale=factors, random_state=0).fit_resample(cupy.asarray(X), y)
        np.testing.assert_array_equal(cupy.asnumpy(rows), expected)
    torch = pytest.importorskip("torch")
    factors = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    SMOTETomek(scale=factors, smote=SMOTE(scale=[1, 2, 3])).fit_resample(X, y)


def test_a_step_with_another_scale_is_an_error():
    X, y = make_table()
    for scale in (None, "robust", [1.0] * 4):
        with pytest.raises(ValueError, match=re.escape("step 'tomek' has scale='standard'")):
            SMOTETomek(tomek=TomekLinks(scale="standard"), scale=scale).fit_resample(X, y)
    same = np.arange(1.0, 5)
    SMOTETomek(tomek=TomekLinks(scale=same.copy()), scale=same, random_state=0).fit_resample(X, y)
