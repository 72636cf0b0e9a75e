"""Properties that hold for all data that hypothesis generates, and changes of the input that change no answer."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support import datasets, oracle

from gpu_smotetomek import SMOTE, SMOTETomek, tomek_links

pytestmark = pytest.mark.usefixtures("thresholds", "little_work_space")

FLOATS = [np.float16, np.float32, np.float64]
DTYPES = [*FLOATS, np.int8, np.uint8, np.int32, np.int64]


@st.composite
def tables(draw, kinds=tuple(datasets.KINDS), dtypes=tuple(DTYPES), smallest=8, largest=40):
    """X and shuffled y of two to four classes, each of at least `smallest` rows."""
    sizes = draw(st.lists(st.integers(smallest, largest), min_size=2, max_size=4))
    seed = draw(st.integers(0, 2**32 - 1))
    y = np.random.RandomState(seed).permutation(datasets.labels(*sizes))
    kind, dtype, d = draw(st.sampled_from(kinds)), draw(st.sampled_from(dtypes)), draw(st.integers(1, 20))
    return datasets.make(kind, y, d, dtype=dtype, seed=seed), y


def dyadic(X: np.ndarray) -> np.ndarray:
    """X rounded to multiples of 1/1024, so that sums of such numbers are exact."""
    return np.rint(np.clip(X, -(2**20), 2**20) * 1024) / 1024


# ---- links ----------------------------------------------------------------------------------------------------------


@given(tables())
def test_links_equal_the_oracles(backend, table):
    X, y = table
    np.testing.assert_array_equal(tomek_links(X, y, backend=backend), oracle.tomek_links(X, y))


@given(tables(), st.randoms(use_true_random=False))
def test_links_do_not_depend_on_the_order_of_rows(backend, table, random):
    X, y = table
    order = random.sample(range(len(y)), len(y))
    moved = np.array(order)[tomek_links(X[order], y[order], backend=backend)]
    back = sorted(sorted(link) for link in moved.tolist())
    assert back == tomek_links(X, y, backend=backend).tolist()


@given(tables(dtypes=(np.float64,)), st.integers(-(2**30), 2**30))
def test_links_do_not_depend_on_an_exact_translation(backend, table, offset):
    X, y = table
    X = dyadic(X)
    assert ((X + offset) - offset == X).all()
    np.testing.assert_array_equal(tomek_links(X + offset, y, backend=backend), tomek_links(X, y, backend=backend))


@given(tables(dtypes=(np.float64,)), st.sampled_from([-1000, -560, -500, -1, 1, 500, 560, 990]))
def test_links_do_not_depend_on_the_scale(backend, table, e):
    """Powers of two down to 1e-300 and up to 1e300, wherever they lose no digit of X."""
    X, y = table
    with np.errstate(over="ignore", under="ignore"):
        scaled = np.ldexp(X, e)
        assume((np.ldexp(scaled, -e) == X).all())
    np.testing.assert_array_equal(tomek_links(scaled, y, backend=backend), tomek_links(X, y, backend=backend))


@pytest.mark.parametrize("scale", [2.0**-996, 2.0**996], ids=["1e-300", "1e300"])
@given(tables(kinds=("gaussian", "lattice", "duplicated", "few_points"), dtypes=(np.float64,)))
def test_links_survive_1e_minus_300_and_1e300(backend, scale, table):
    X, y = table
    X = dyadic(X)
    np.testing.assert_array_equal(tomek_links(X * scale, y, backend=backend), oracle.tomek_links(X, y))


@given(tables(), st.integers(1, 20), st.booleans())
def test_links_do_not_depend_on_columns_of_zeros(backend, table, zeros, first):
    X, y = table
    column = np.zeros((len(y), zeros), dtype=X.dtype)
    wide = np.hstack([column, X] if first else [X, column])
    np.testing.assert_array_equal(tomek_links(wide, y, backend=backend), tomek_links(X, y, backend=backend))


@given(tables(), st.sampled_from([2**12, 2**16]), st.sampled_from([1, 2]))
def test_links_depend_on_neither_blocks_nor_threads(backend, table, memory_limit, n_jobs):
    X, y = table
    options = {"memory_limit": memory_limit, "n_jobs": n_jobs, "backend": backend}
    np.testing.assert_array_equal(tomek_links(X, y, **options), tomek_links(X, y))


@given(tables(), st.permutations(range(4)))
def test_links_do_not_depend_on_the_names_of_classes(table, names):
    X, y = table
    np.testing.assert_array_equal(tomek_links(X, np.array(names)[y]), tomek_links(X, y))


@given(tables())
def test_no_row_is_in_two_links_and_each_link_has_two_classes(table):
    X, y = table
    links = tomek_links(X, y)
    assert len(np.unique(links)) == links.size
    assert (y[links[:, 0]] != y[links[:, 1]]).all()


# ---- SMOTE ----------------------------------------------------------------------------------------------------------


@given(tables(), st.integers(1, 7), st.integers(0, 2**32 - 1))
def test_synthetic_rows_equal_the_oracles(backend, table, k, seed):
    X, y = table
    result = SMOTE(random_state=seed, k_neighbors=k, backend=backend).fit_resample(X, y)
    oracle.assert_same(result, oracle.smote(X, y, k=k, random_state=seed))


@given(tables(), st.integers(1, 7))
def test_every_synthetic_row_lies_between_a_row_and_one_of_its_neighbours(backend, table, k):
    X, y = table
    X_new, y_new = SMOTE(random_state=0, k_neighbors=k, backend=backend).fit_resample(X, y)
    e = oracle.exponent(X)
    for label in np.unique(y_new[len(y) :]):
        P = X[y == label]
        neighbors = oracle.kneighbors(P, k, e)
        base, neighbor = np.repeat(P, k, axis=0), P[neighbors.ravel()]
        for s in np.unique(X_new[len(y) :][y_new[len(y) :] == label], axis=0):
            assert oracle.off_segment(s, base, neighbor).min() <= 0


@given(tables(), st.data())
def test_counts_are_what_the_strategy_says(table, data):
    X, y = table
    sizes = oracle.counts(y)
    label = data.draw(st.sampled_from(sorted(sizes)))
    strategy = {label: sizes[label] + data.draw(st.integers(0, 50))}
    X_new, y_new = SMOTE(sampling_strategy=strategy, random_state=0).fit_resample(X, y)
    assert oracle.counts(y_new) == {**sizes, **strategy}
    assert set(oracle.counts(SMOTE().fit_resample(X, y)[1]).values()) == {max(sizes.values())}
    np.testing.assert_array_equal(X_new[: len(y)], X)


@given(tables(dtypes=(np.float64,)), st.sampled_from([-900, -500, -1, 1, 500, 900]))
def test_synthetic_rows_scale_with_the_data(backend, table, e):
    X, y = table
    X = dyadic(X)
    plain, scaled = (SMOTE(random_state=0, backend=backend).fit_resample(Z, y)[0] for Z in (X, np.ldexp(X, e)))
    back = np.ldexp(scaled, -e)
    np.testing.assert_array_equal(back, plain)


@given(tables(), st.integers(1, 20))
def test_columns_of_zeros_stay_zero_and_change_no_other(backend, table, zeros):
    X, y = table
    wide = np.hstack([X, np.zeros((len(y), zeros), dtype=X.dtype)])
    plain, wider = (SMOTE(random_state=0, backend=backend).fit_resample(Z, y)[0] for Z in (X, wide))
    np.testing.assert_array_equal(wider[:, : X.shape[1]], plain)
    assert not wider[:, X.shape[1] :].any()


@given(tables(), st.sampled_from([["a", "b", "c", "d"], [-7, 0, 1, 99], [0.0, 1.0, 2.0, 4.0]]))
def test_names_in_the_same_order_change_only_the_names(table, names):
    X, y = table
    named = np.array(names)[y]
    X_new, y_new = SMOTE(random_state=0).fit_resample(X, y)
    result, result_labels = SMOTE(random_state=0).fit_resample(X, named)
    np.testing.assert_array_equal(result, X_new)
    np.testing.assert_array_equal(result_labels, np.array(names)[y_new])


@given(tables(), st.sampled_from([2**12, 2**16]))
def test_synthetic_rows_do_not_depend_on_blocks(backend, table, memory_limit):
    X, y = table
    small = SMOTE(random_state=0, memory_limit=memory_limit, backend=backend).fit_resample(X, y)
    oracle.assert_same(small, SMOTE(random_state=0).fit_resample(X, y))


# ---- both -----------------------------------------------------------------------------------------------------------


@given(tables(), st.sampled_from(["majority", "both"]), st.integers(1, 7), st.integers(0, 2**32 - 1))
def test_smotetomek_equals_the_oracle(backend, table, remove, k, seed):
    X, y = table
    sampler = SMOTETomek(smote=SMOTE(random_state=seed, k_neighbors=k), remove=remove, backend=backend)
    result = sampler.fit_resample(X, y)
    oracle.assert_same(result, oracle.smote_tomek(X, y, remove=remove, k=k, random_state=seed))
