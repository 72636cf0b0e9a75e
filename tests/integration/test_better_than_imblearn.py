"""Cases in which imbalanced-learn 0.14 is wrong: each test shows its answer and ours.

A later release may have fixed a defect, so its answer is checked only where 0.14 is installed; ours always is.
"""

from collections import Counter
from types import MappingProxyType

import imblearn
import imblearn.combine
import imblearn.over_sampling
import imblearn.under_sampling
import numpy as np
import pytest
import scipy.sparse as sp
from support import datasets, oracle
from support.datasets import labels
from support.optional import optional

from gpu_smotetomek import (
    SMOTE,
    SMOTENC,
    EditedNearestNeighbours,
    RandomOverSampler,
    RandomUnderSampler,
    SMOTETomek,
    TomekLinks,
    tomek_links,
)

pytestmark = pytest.mark.usefixtures("thresholds")

OLD = imblearn.__version__.startswith("0.14.")


def their_links_rows(X, y) -> list[int]:
    """Rows that imbalanced-learn finds in links."""
    sampler = imblearn.under_sampling.TomekLinks(sampling_strategy="all")
    sampler.fit_resample(X, y)
    return np.setdiff1d(np.arange(len(y)), sampler.sample_indices_).tolist()


def link_rows(X, y) -> list[int]:
    return sorted(tomek_links(X, y).ravel().tolist())


# ---- links ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [np.asarray, sp.csr_matrix], ids=["dense", "sparse"])
@pytest.mark.parametrize("d", [3, 20], ids=["3 features: tree", "20 features: brute force"])
def test_duplicates_of_opposite_classes_are_links(d, form):
    """Both rows of a pair list the same one first, so "column 1" of one of them is itself."""
    X = np.repeat(np.random.RandomState(0).normal(size=(40, d)), 2, axis=0)
    y = np.tile([0, 1], 40)
    if OLD:
        assert len(their_links_rows(form(X), y)) == 0
    assert link_rows(form(X), y) == list(range(80))


def test_links_with_duplicated_rows_in_a_real_shape():
    y = labels(45, 45)
    X = datasets.make("gaussian", y, 3)
    X[[3, 9, 20, 33, 41]] = X[[50, 58, 63, 77, 81]]
    if OLD:
        assert not set(their_links_rows(X, y)) & {3, 9, 20, 33, 41, 50, 58, 63, 77, 81}
    assert set(link_rows(X, y)) > {3, 9, 20, 33, 41, 50, 58, 63, 77, 81}


def test_ties_do_not_depend_on_the_order_of_rows():
    """-1 and 1 are of one class and 0 of the other, so the nearest row of 0 is not unique."""
    X, y = np.array([[-1.0], [0.0], [1.0]]), np.array([1, 0, 1])
    backwards = slice(None, None, -1)
    if OLD:
        assert their_links_rows(X, y) == [0, 1]
        assert their_links_rows(X[backwards], y[backwards]) == [0, 1], "here these are 1 and 0"
    assert link_rows(X, y) == link_rows(X[backwards], y[backwards]) == []


def test_ties_on_a_lattice_do_not_depend_on_the_order_of_rows_or_on_columns_of_zeros():
    y = labels(80, 40)
    X = np.random.RandomState(0).randint(0, 6, (120, 3)).astype(float)
    orders = [np.random.RandomState(seed).permutation(120) for seed in range(8)]
    wide = np.c_[X, np.zeros((120, 15))]
    if OLD:
        assert len({tuple(sorted(o[their_links_rows(X[o], y[o])])) for o in orders}) > 1
        assert their_links_rows(wide, y) != their_links_rows(X, y)
    assert {tuple(sorted(o[link_rows(X[o], y[o])])) for o in orders} == {tuple(link_rows(X, y))}
    assert link_rows(wide, y) == link_rows(X, y) != []


@pytest.mark.parametrize("form", [np.asarray, sp.csr_matrix], ids=["dense", "sparse"])
def test_links_far_from_the_origin(form):
    """The expanded form of the squared distance has no digit left; 20 features are beyond the tree."""
    y = labels(200, 100)
    X = np.rint(datasets.make("gaussian", y, 20) * 2**20) / 2**20
    offset = X + 2.0**28
    assert (offset - 2.0**28 == X).all(), "the translation is exact"
    expected = sorted(oracle.tomek_links(X, y).ravel().tolist())
    if OLD:
        assert their_links_rows(X, y) == expected
        assert their_links_rows(form(offset), y) != expected
    assert link_rows(form(offset), y) == link_rows(X, y) == expected
    assert len(expected) > 20


@pytest.mark.parametrize("e", [-1040, -600, 515, 600, 990])
def test_links_at_extreme_scales(e):
    """Squares underflow or overflow. The scales are powers of two, so the data keeps every digit."""
    y = labels(60, 30)
    X = np.rint(datasets.make("gaussian", y, 3) * 1024)
    expected = sorted(oracle.tomek_links(X, y).ravel().tolist())
    assert len(expected) > 4
    if OLD:
        with np.errstate(all="ignore"):
            assert their_links_rows(X, y) == expected
            assert their_links_rows(np.ldexp(X, e), y) != expected
    assert link_rows(np.ldexp(X, e), y) == expected


# ---- edited neighbours ----------------------------------------------------------------------------------------------


def test_edited_rows_do_not_depend_on_the_order_of_equally_near_rows():
    rng = np.random.RandomState(0)
    X, y, order = rng.randint(0, 4, (200, 2)), rng.randint(0, 2, 200), rng.permutation(200)
    theirs = imblearn.under_sampling.EditedNearestNeighbours(sampling_strategy="all")
    ours = EditedNearestNeighbours(sampling_strategy="all")

    def rows_left(sampler, rows):
        sampler.fit_resample(X[rows], y[rows])
        return sorted(rows[sampler.sample_indices_].tolist())

    if OLD:
        assert rows_left(theirs, np.arange(200)) != rows_left(theirs, order)
    assert rows_left(ours, np.arange(200)) == rows_left(ours, order)
    removed = np.setdiff1d(np.arange(200), rows_left(ours, order))
    np.testing.assert_array_equal(removed, oracle.disagreeing_rows(X, y, 3, "all"))


def test_edited_copies_are_not_their_own_neighbors():
    """imbalanced-learn drops the first row of each list as the query, although a copy of it may be the first."""
    X, y = np.repeat([[0.0], [9.0], [9.5]], 2, axis=0), np.array([0, 1, 0, 0, 0, 0])
    theirs = imblearn.under_sampling.EditedNearestNeighbours(sampling_strategy="all", n_neighbors=1)
    ours = EditedNearestNeighbours(sampling_strategy="all", n_neighbors=1)
    if OLD:
        theirs.fit_resample(X, y)
        assert len(set(theirs.sample_indices_.tolist()) & {0, 1}) == 1
    ours.fit_resample(X, y)
    assert ours.sample_indices_.tolist() == [2, 3, 4, 5]


def test_edited_neighbors_of_text_labels_by_mode():
    X, y = datasets.blobs(150, 3)
    text = np.array(["rare", "usual"])[y]
    if OLD:
        with pytest.raises(TypeError, match="not recognized as numeric"):
            imblearn.under_sampling.EditedNearestNeighbours(kind_sel="mode").fit_resample(X, text)
    ours = EditedNearestNeighbours(kind_sel="mode")
    of_text = ours.fit_resample(X, text)[1]
    np.testing.assert_array_equal(of_text, np.array(["rare", "usual"])[ours.fit_resample(X, y)[1]])


# ---- which classes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("small_label", [0, 1])
def test_majority_after_balancing_is_the_class_that_was_larger(small_label):
    """Once both are equal, imbalanced-learn's majority is the smallest label, be it the rare class or not."""
    y = np.where(labels(60, 20) == 1, small_label, 1 - small_label)
    X = datasets.make("gaussian", labels(60, 20), 2)
    theirs = imblearn.combine.SMOTETomek(
        random_state=0, tomek=imblearn.under_sampling.TomekLinks(sampling_strategy="majority")
    )
    if OLD:
        sizes = Counter(theirs.fit_resample(X, y)[1])
        assert sizes[0] < 60 == sizes[1], "class 0 loses rows, whichever was rare"
    for ours in (
        SMOTETomek(random_state=0),
        SMOTETomek(random_state=0, tomek=TomekLinks(sampling_strategy="majority")),
    ):
        sizes = Counter(ours.fit_resample(X, y)[1])
        assert sizes[small_label] == 60
        assert sizes[1 - small_label] < 60


@pytest.mark.parametrize(("ratio", "theirs", "ours"), [(0.29, 28, 29), (0.57, 56, 57), (0.58, 57, 58)])
def test_a_float_strategy_is_not_off_by_one(ratio, theirs, ours):
    """0.29 * 100 is 28.999999999999996 in float64."""
    y = labels(100, 10)
    X = datasets.make("gaussian", y, 2)
    if OLD:
        sampler = imblearn.over_sampling.SMOTE(sampling_strategy=ratio)
        assert Counter(sampler.fit_resample(X, y)[1])[1] == theirs
    assert Counter(SMOTE(sampling_strategy=ratio).fit_resample(X, y)[1])[1] == ours


def test_the_resolved_strategy_is_kept():
    X, y = datasets.blobs(100, 2)
    theirs, ours = imblearn.combine.SMOTETomek(), SMOTETomek()
    theirs.fit_resample(X, y)
    ours.fit_resample(X, y)
    if OLD:
        assert theirs.sampling_strategy_ == "auto"
    assert dict(ours.sampling_strategy_) == {1: 70}


def test_a_callable_may_name_the_classes_to_clean():
    """imbalanced-learn documents it, and always raises."""
    X, y = datasets.blobs(100, 2, 0.5, 0.3, 0.2)
    strategy = lambda y: {label: 0 for label in np.unique(y) if label != 1}  # noqa: E731
    if OLD:
        with pytest.raises(ValueError, match="sampling_strategy"):
            imblearn.under_sampling.TomekLinks(sampling_strategy=strategy).fit_resample(X, y)
    expected = TomekLinks(sampling_strategy=[0, 2]).fit_resample(X, y)
    oracle.assert_same(TomekLinks(sampling_strategy=strategy).fit_resample(X, y), expected)


def test_any_mapping_is_a_strategy():
    X, y = datasets.blobs(100, 2)
    strategy = MappingProxyType({1: 40})
    if OLD:
        with pytest.raises(AttributeError):
            imblearn.over_sampling.SMOTE(sampling_strategy=strategy).fit_resample(X, y)
    assert Counter(SMOTE(sampling_strategy=strategy).fit_resample(X, y)[1]) == {0: 85, 1: 40}


# ---- integers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("dtype", "share"), [(np.uint8, 0.8), (np.int8, 0.02)])
def test_small_integers_do_not_wrap_around(dtype, share):
    """A difference of 200 is no int8, and a negative one no uint8."""
    room = np.iinfo(dtype)
    X, y = np.random.RandomState(0).randint(room.min, room.max + 1, (400, 10)).astype(dtype), labels(320, 80)
    P = X[y == 1]
    base, neighbor = np.repeat(P, 5, axis=0), P[oracle.kneighbors(P, 5, oracle.exponent(X)).ravel()]

    def off(S):
        return np.mean([oracle.off_segment(s, base, neighbor).min() > 1 for s in S])

    if OLD:
        assert off(imblearn.over_sampling.SMOTE(random_state=0).fit_resample(X, y)[0][400:]) > share
    assert off(SMOTE(random_state=0).fit_resample(X, y)[0][400:]) == 0


def test_integers_are_rounded_to_the_nearest():
    """Truncation toward zero takes half a unit from every positive value."""
    rng = np.random.RandomState(0)
    X, y = rng.randint(0, 5, (1200, 6)), labels(1000, 200)
    X_float = X.astype(float)
    exact = oracle.smote(X_float, y)[0][1200:]
    if OLD:
        theirs = imblearn.over_sampling.SMOTE(random_state=0).fit_resample(X, y)[0][1200:]
        assert (theirs - exact).mean() < -0.2
    ours = SMOTE(random_state=0).fit_resample(X, y)[0]
    assert ours.dtype == X.dtype
    assert np.abs(ours[1200:] - exact).max() <= 0.5
    assert abs((ours[1200:] - exact).mean()) < 0.02


def test_bool_features_are_interpolated_and_rounded():
    X, y = np.random.RandomState(0).uniform(size=(300, 5)) < 0.25, labels(240, 60)
    if OLD:
        with pytest.raises(TypeError, match="boolean subtract"):
            imblearn.over_sampling.SMOTE(random_state=0).fit_resample(X, y)
    X_new, _ = SMOTE(random_state=0).fit_resample(X, y)
    assert X_new.dtype == bool
    oracle.assert_same((X_new,), (oracle.smote(X, y)[0],))


@pytest.mark.filterwarnings("ignore:.* makes up")
def test_a_bool_column_of_a_frame_is_rounded_too():
    """Cast to bool, every value above 0 is True: the share of True nearly doubles."""
    pandas = optional("pandas")
    rng, y = np.random.RandomState(0), labels(400, 100)
    X = pandas.DataFrame({"x": 99 * rng.normal(size=500), "flag": rng.uniform(size=500) < 0.25})
    minority = X["flag"][y == 1].mean()
    if OLD:
        theirs = imblearn.over_sampling.SMOTE(random_state=0).fit_resample(X, y)[0]
        assert theirs["flag"][500:].mean() > minority + 0.1
    ours = SMOTE(random_state=0).fit_resample(X, y)[0]
    assert ours["flag"].dtype == bool
    assert abs(ours["flag"][500:].mean() - minority) < 0.08


def test_large_integers_next_to_floats_are_not_corrupted():
    pandas = optional("pandas")
    X = pandas.DataFrame({"x": np.arange(6.0) ** 2, "id": np.arange(6) + 2**60})
    y = labels(3, 3)
    if OLD:
        theirs = imblearn.under_sampling.TomekLinks(sampling_strategy=[]).fit_resample(X, y)[0]
        assert (theirs["id"] != X["id"]).any()
    pandas.testing.assert_frame_equal(TomekLinks(sampling_strategy=[]).fit_resample(X, y)[0], X)


def test_integers_beyond_2_to_the_53_are_refused_rather_than_written_outside_their_range():
    X, y = np.r_[np.zeros(20), np.ones(8)].astype(np.int64)[:, None] * (2**62), labels(20, 8)
    X[20:24] = -(2**62)
    if OLD:
        with np.errstate(invalid="ignore"):
            theirs = imblearn.over_sampling.SMOTE(random_state=0, k_neighbors=7).fit_resample(X, y)[0][28:, 0]
        assert (np.abs(theirs.astype(float)) > 2**62).any()
    with pytest.raises(ValueError, match=r"2\*\*53"):
        SMOTE(random_state=0).fit_resample(X, y)


# ---- SMOTE's segments -----------------------------------------------------------------------------------------------


def test_synthetic_rows_far_from_the_origin_lie_on_their_segments():
    """Wrong neighbours there: three quarters of the rows lie between rows that are no neighbours."""
    y = labels(180, 40)
    X = np.rint(datasets.make("gaussian", y, 20) * 2**20) / 2**20 + 2.0**28
    P = X[y == 1]
    base, neighbor = np.repeat(P, 5, axis=0), P[oracle.kneighbors(P, 5, oracle.exponent(X)).ravel()]

    def off(S):
        return np.mean([oracle.off_segment(s, base, neighbor).min() > 0 for s in S])

    if OLD:
        assert off(imblearn.over_sampling.SMOTE(random_state=0).fit_resample(X, y)[0][220:]) > 0.25
    assert off(SMOTE(random_state=0).fit_resample(X, y)[0][220:]) == 0


# ---- targets --------------------------------------------------------------------------------------------------------

ONE_HOT = np.eye(2, dtype=int)[labels(30, 10)]
X40 = datasets.make("gaussian", labels(30, 10), 2)


def test_a_one_hot_target_of_two_classes_keeps_two_columns():
    if OLD:
        assert imblearn.over_sampling.SMOTE().fit_resample(X40, ONE_HOT)[1].shape == (60, 1)
    y_new = SMOTE().fit_resample(X40, ONE_HOT)[1]
    assert y_new.shape == (60, 2)
    assert y_new.sum(axis=0).tolist() == [30, 30]
    np.testing.assert_array_equal(y_new[:40], ONE_HOT)


def test_a_one_hot_list():
    if OLD:
        with pytest.raises(AttributeError):
            imblearn.over_sampling.SMOTE().fit_resample(X40, ONE_HOT.tolist())
    y_new = SMOTE().fit_resample(X40, ONE_HOT.tolist())[1]
    assert isinstance(y_new, list)
    assert np.sum(y_new, axis=0).tolist() == [30, 30]


def test_a_one_hot_frame():
    pandas = optional("pandas")
    y = pandas.DataFrame(ONE_HOT, columns=["common", "rare"])
    if OLD:
        with pytest.raises(AttributeError):
            imblearn.over_sampling.SMOTE().fit_resample(X40, y)
    y_new = SMOTE().fit_resample(X40, y)[1]
    assert y_new.columns.tolist() == ["common", "rare"]
    assert y_new.sum().tolist() == [30, 30]


def test_a_one_hot_row_of_zeros_belongs_to_no_class():
    y = ONE_HOT.copy()
    y[17] = 0
    if OLD:
        assert len(imblearn.over_sampling.SMOTE().fit_resample(X40, y)[1]) == 60, "class 0, silently"
    with pytest.raises(ValueError, match="17"):
        SMOTE().fit_resample(X40, y)


def test_fit_refuses_a_continuous_target():
    y = np.linspace(0, 1, 40)
    if OLD:
        imblearn.over_sampling.SMOTE().fit(X40, y)
    for sampler in (SMOTE(), TomekLinks(), SMOTETomek()):
        with pytest.raises(ValueError, match="Unknown label type: continuous"):
            sampler.fit(X40, y)


# ---- containers -----------------------------------------------------------------------------------------------------


def test_polars_frames():
    polars = optional("polars")
    X, y = polars.DataFrame({"a": X40[:, 0], "b": X40[:, 1]}), polars.Series("target", labels(30, 10))
    if OLD:
        with pytest.raises((TypeError, AttributeError, ValueError, ImportError)):
            imblearn.over_sampling.SMOTE().fit_resample(X, y)
    X_new, y_new = SMOTE(random_state=0).fit_resample(X, y)
    assert isinstance(X_new, polars.DataFrame)
    assert isinstance(y_new, polars.Series)
    oracle.assert_same((X_new.to_numpy(), y_new.to_numpy()), oracle.smote(X40, labels(30, 10)))


def test_nullable_integers():
    pandas = optional("pandas")
    X = pandas.DataFrame(np.rint(X40 * 8).astype(int), columns=["a", "b"], dtype="Int64")
    if OLD:
        with pytest.raises(TypeError):
            imblearn.over_sampling.SMOTE().fit_resample(X, labels(30, 10))
    X_new, _ = SMOTE(random_state=0).fit_resample(X, labels(30, 10))
    assert [str(dtype) for dtype in X_new.dtypes] == ["Int64", "Int64"]
    assert len(X_new) == 60


def test_a_mixed_frame_is_cleaned_as_it_is_stored():
    """Two rows that are one point once the integer column is rounded: in the unrounded matrix they are not."""
    pandas = optional("pandas")
    y = labels(60, 20)
    rng = np.random.RandomState(3)
    X = pandas.DataFrame({"x": rng.randint(0, 12, 80) / 4, "whole": rng.randint(0, 12, 80)})
    X_new, y_new = SMOTETomek(random_state=0, remove="both").fit_resample(X, y)
    X_over, y_over = SMOTE(random_state=0).fit_resample(X, y)
    stored = oracle.tomek_links(X_over.to_numpy(dtype=float), y_over)
    unrounded = oracle.tomek_links(*oracle.smote(X.to_numpy(dtype=float), y))
    kept = oracle.kept_by_class(y_over, stored, [0, 1])
    if OLD:
        theirs = imblearn.combine.SMOTETomek(random_state=0).fit_resample(X, y)[0]
        assert len(theirs) != len(kept)
    assert stored.tolist() != unrounded.tolist()
    pandas.testing.assert_frame_equal(X_new, X_over.iloc[kept].reset_index(drop=True))
    np.testing.assert_array_equal(y_new, y_over[kept])


def test_windows_come_back_as_windows():
    windows, y = X40.reshape(20, 2, 2), labels(14, 6)
    if OLD:
        with pytest.raises(ValueError, match="dim 3"):
            imblearn.over_sampling.SMOTE().fit_resample(windows, y)
    X_new, y_new = SMOTE(random_state=0).fit_resample(windows, y)
    assert X_new.shape == (28, 2, 2)
    oracle.assert_same((X_new.reshape(28, 4), y_new), oracle.smote(X40.reshape(20, 4), y))


def test_bfloat16():
    torch = optional("torch")
    X = torch.asarray(X40).to(torch.bfloat16)
    if OLD:
        with pytest.raises(TypeError, match="BFloat16"):
            imblearn.over_sampling.SMOTE().fit_resample(X, labels(30, 10))
    X_new, _ = SMOTE(random_state=0).fit_resample(X, labels(30, 10))
    assert X_new.dtype == torch.bfloat16
    assert torch.equal(X_new[:40], X)


def test_a_masked_array_is_refused():
    X = np.ma.array(X40, mask=X40 > 1)
    if OLD:
        assert len(imblearn.over_sampling.SMOTE().fit_resample(X, labels(30, 10))[0]) == 60, "the mask is dropped"
    for sampler in (SMOTE(), TomekLinks(), SMOTETomek()):
        with pytest.raises((TypeError, ValueError), match=r"(?i)mask"):
            sampler.fit_resample(X, labels(30, 10))


# ---- messages -------------------------------------------------------------------------------------------------------


def test_the_error_for_too_few_rows_names_the_users_parameter():
    y = labels(20, 4)
    X = datasets.make("gaussian", y, 2)
    if OLD:
        with pytest.raises(ValueError, match="n_neighbors = 6, n_samples_fit = 4"):
            imblearn.over_sampling.SMOTE().fit_resample(X, y)
    with pytest.raises(ValueError, match="k_neighbors=5") as caught:
        SMOTE().fit_resample(X, y)
    assert "n_samples_fit" not in str(caught.value)


# ---- numbers and categories -------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:.* makes up")
def test_categories_beside_integers_count_in_full():
    """imbalanced-learn cuts the fraction off what a category counts, and draws other categories than from equal floats."""
    rng = np.random.default_rng(0)
    numbers = np.hstack([rng.integers(0, 3, (80, 2)), rng.integers(0, 1000, (80, 1))])
    X, y = np.hstack([numbers, rng.integers(0, 3, (80, 1))]), labels(60, 20)
    if OLD:
        theirs = imblearn.over_sampling.SMOTENC([3], random_state=0)
        assert (theirs.fit_resample(X, y)[0][:, 3] != theirs.fit_resample(X.astype(float), y)[0][:, 3]).sum() > 20
    ours = SMOTENC([3], random_state=0)
    np.testing.assert_array_equal(ours.fit_resample(X, y)[0], np.rint(ours.fit_resample(X.astype(float), y)[0]))


def test_categories_beside_tiny_numbers_are_those_of_neighbors():
    rng = np.random.default_rng(0)
    X, y = np.hstack([rng.normal(size=(80, 2)) * 2.0**-40, rng.integers(0, 9, (80, 1))]), labels(60, 20)
    ordinary = X * [2.0**40, 2.0**40, 1]
    if OLD:
        theirs = imblearn.over_sampling.SMOTENC([2], random_state=0)
        assert (theirs.fit_resample(X, y)[0][:, 2] != theirs.fit_resample(ordinary, y)[0][:, 2]).any()
    ours = SMOTENC([2], random_state=0)
    np.testing.assert_array_equal(ours.fit_resample(X, y)[0][:, 2], ours.fit_resample(ordinary, y)[0][:, 2])


def test_mixed_tables_are_cleaned_by_the_distances_that_over_sampled_them():
    pd = optional("pandas")
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=80), "c": pd.Categorical(rng.choice(["a", "b"], 80))})
    y = labels(60, 20)
    if OLD:
        theirs = imblearn.combine.SMOTETomek(smote=imblearn.over_sampling.SMOTENC("auto", random_state=0))
        with pytest.raises(ValueError, match="to float"):
            theirs.fit_resample(frame, y)
    ours = SMOTETomek(smote=SMOTENC("auto", random_state=0), remove="both")
    cleaned, _ = ours.fit_resample(frame, y)
    grown, _ = SMOTENC("auto", random_state=0).fit_resample(frame, y)
    links = ours.tomek_.links_
    assert len(links)
    assert cleaned.equals(grown.drop(index=links.ravel()).reset_index(drop=True))


@pytest.mark.parametrize("dtype", [str, bool])
def test_auto_takes_text_and_booleans(dtype):
    pd = optional("pandas")
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=80), "c": rng.integers(0, 2, 80).astype(dtype)})
    if OLD:
        with pytest.raises(ValueError, match=r"convert string|some categorical features"):
            imblearn.over_sampling.SMOTENC("auto", random_state=0).fit_resample(frame, labels(60, 20))
    sampler = SMOTENC("auto", random_state=0)
    assert sampler.fit_resample(frame, labels(60, 20))[0]["c"].dtype == frame["c"].dtype
    assert sampler.categorical_features_.tolist() == [1]


# ---- random samplers ------------------------------------------------------------------------------------------------


def test_noise_keeps_the_dtype_and_rounds_to_nearest():
    pandas = optional("pandas")
    frame = pandas.DataFrame({"a": np.arange(10)})
    y = labels(7, 3)
    given = {"shrinkage": 1, "random_state": 0}
    exact = RandomOverSampler(**given).fit_resample(frame.astype(float), y)[0]["a"].to_numpy()
    if OLD:
        theirs = imblearn.over_sampling.RandomOverSampler(**given)
        assert theirs.fit_resample(frame, y)[0]["a"].tolist() == np.trunc(exact).tolist()
        assert theirs.fit_resample(frame.to_numpy("f4"), y)[0].dtype == np.float64
    assert RandomOverSampler(**given).fit_resample(frame, y)[0]["a"].tolist() == np.rint(exact).tolist()
    assert RandomOverSampler(**given).fit_resample(frame.to_numpy("f4"), y)[0].dtype == np.float32


def test_frames_get_a_new_index():
    pandas = optional("pandas")
    frame = pandas.DataFrame({"a": np.arange(10)}, index=range(100, 110))
    ours = RandomUnderSampler(random_state=0)
    found = ours.fit_resample(frame, labels(7, 3))[0]
    if OLD:
        theirs = imblearn.under_sampling.RandomUnderSampler(random_state=0).fit_resample(frame, labels(7, 3))[0]
        assert theirs.index.tolist() == (100 + ours.sample_indices_).tolist()
    assert found.index.tolist() == list(range(6))
    assert found["a"].tolist() == ours.sample_indices_.tolist()


def test_polars_frames_of_text_are_under_sampled():
    optional("pandas")  # imbalanced-learn imports it for frames of any library
    polars = optional("polars")
    frame = polars.DataFrame({"town": list("abcdefghij"), "height": [None, *range(9)]})
    if OLD:
        theirs = imblearn.under_sampling.RandomUnderSampler(random_state=0)
        with pytest.raises(TypeError):
            theirs.fit_resample(frame, labels(7, 3))
    ours = RandomUnderSampler(random_state=0)
    found = ours.fit_resample(frame, labels(7, 3))[0]
    assert found.equals(frame[ours.sample_indices_])
