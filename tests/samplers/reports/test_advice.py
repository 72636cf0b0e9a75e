"""Each piece of advice comes where it is due, and only there."""

import numpy as np
import pytest
from sklearn.datasets import load_digits, make_blobs
from support.optional import optional

from gpu_smotetomek import (
    SMOTE,
    SMOTEENN,
    SMOTENC,
    EditedNearestNeighbours,
    RandomOverSampler,
    RandomUnderSampler,
    ResamplingPipeline,
    SMOTETomek,
    TomekLinks,
)

OVERLAP, SCALE, ONE_HOT = "overlap densely", "Scale the features", "One-hot columns"
INTEGERS, STEEP, COPIES = "Columns of integers or booleans", "beyond 1 : 20", "are copies"
EQUAL_PARENTS, LOSS = "both of their parents are equal", " lost "
EVERY_WORD = {OVERLAP, SCALE, ONE_HOT, INTEGERS, STEEP, COPIES, EQUAL_PARENTS, LOSS}


def make_apart(n=400, m=60, d=3, shift=6.0, seed=0):
    """Two classes far apart."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n + m, d))
    X[n:] += shift
    return X, np.repeat([0, 1], [n, m])


def find_advice(sampler, X, y, *, examine=True):
    """The kinds of advice on a call."""
    sampler.fit_resample(X, y)
    report = sampler.report_.examine(X, y) if examine else sampler.report_
    kinds = {word for word in EVERY_WORD if any(word in sentence for sentence in report.advice)}
    assert len(kinds) == len(report.advice)
    return kinds


@pytest.mark.parametrize(
    "sampler",
    [
        SMOTE(random_state=0),
        SMOTETomek(random_state=0),
        SMOTEENN(random_state=0),
        TomekLinks(),
        EditedNearestNeighbours(),
        RandomOverSampler(random_state=0),
        RandomOverSampler(random_state=0, shrinkage=0.5),
        RandomUnderSampler(random_state=0),
        RandomUnderSampler(random_state=0, replacement=True),
    ],
    ids=str,
)
def test_an_easy_table_gets_none(sampler):
    for seed in range(5):
        assert find_advice(sampler, *make_apart(seed=seed)) == set()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("sampler", [SMOTE(random_state=0), SMOTETomek(random_state=0), TomekLinks()], ids=str)
def test_dense_overlap(sampler, seed):
    X, y = make_apart(shift=0.0, seed=seed)
    assert OVERLAP in find_advice(sampler, X, y)
    assert OVERLAP not in find_advice(sampler, X, y, examine=False)
    assert OVERLAP not in find_advice(sampler, *make_apart(shift=2.0, seed=seed))


def test_the_overlap_is_the_share_of_rows_nearest_to_another_class():
    X, y = make_apart(n=3_000, m=900, shift=1.0)
    sampler = SMOTE(random_state=0)
    sampler.fit_resample(X, y)
    sq_distances = ((X[y == 1][:, None] - X) ** 2).sum(axis=2)
    sq_distances[np.arange(900), np.flatnonzero(y == 1)] = np.inf
    examination = sampler.report_.examine(X, y).examination
    assert examination.overlap == np.mean(y[sq_distances.argmin(axis=1)] == 0)
    assert examination.smallest_class == 1


def test_few_rows_are_no_evidence_of_overlap():
    X, y = make_apart(n=80, m=5, shift=0.0)
    assert OVERLAP not in find_advice(SMOTE(k_neighbors=2, random_state=0), X, y)


@pytest.mark.parametrize(
    ("sampler", "removes_links"),
    [(SMOTE(random_state=0), False), (SMOTEENN(random_state=0), False), (SMOTETomek(random_state=0), True)],
    ids=str,
)
def test_the_advice_on_overlap_names_links_where_they_are_all_that_is_removed(sampler, removes_links):
    X, y = make_apart(shift=0.0)
    sampler.fit_resample(X, y)
    (sentence,) = (line for line in sampler.report_.examine(X, y).advice if OVERLAP in line)
    assert "a moved threshold or class weights, and compare by `stability`." in sentence
    assert ("Tomek" in sentence) == removes_links
    assert "SMOTEENN" not in sentence


@pytest.mark.filterwarnings("ignore:feature 2 makes up")
@pytest.mark.parametrize("times", [1e-3, 1e6])
def test_unscaled_features(times):
    X, y = make_apart(d=4)
    scaled = X * [1, 1, times, 1] if times > 1 else X * [times, times, 1, times]
    sampler = SMOTE(random_state=0)
    assert SCALE in find_advice(sampler, scaled, y)
    assert sampler.report_.examine(scaled, y).examination.dominant_feature == "feature 2"
    assert SCALE not in find_advice(sampler, scaled, y, examine=False)
    assert SCALE not in find_advice(sampler, X * [1, 2, 3, 4], y)
    assert SCALE in find_advice(TomekLinks(), scaled, y)  # from the nearest rows


def test_one_feature_that_varies_cannot_be_scaled_against_others():
    X, y = make_apart(d=4)
    assert SCALE not in find_advice(SMOTE(random_state=0), X[:, :1], y)
    assert SCALE not in find_advice(SMOTE(random_state=0), X * [1, 0, 0, 0] + 7, y)


def test_columns_of_integers_and_booleans():
    pandas, polars = optional("pandas"), optional("polars")
    X, y = make_apart(d=2)
    codes = np.random.default_rng(0).integers(0, 4, len(y))
    columns = {"a": X[:, 0], "b": X[:, 1], "ward": codes, "smoker": codes > 2, "count": np.arange(len(y))}
    for library in (pandas, polars):
        frame = library.DataFrame(columns)
        sampler = SMOTE(random_state=0)
        sampler.fit_resample(frame, y)
        (sentence,) = (line for line in sampler.report_.advice if INTEGERS in line)
        assert "'ward', 'smoker', 'count'." in sentence
        (sentence,) = (line for line in sampler.report_.examine(frame, y).advice if INTEGERS in line)
        assert "'ward', 'smoker'." in sentence  # others have too many values for codes
        small = library.DataFrame({"a": X[:, 0], "b": X[:, 1]})
        assert INTEGERS not in find_advice(sampler, small, y, examine=False)
        mixed = library.DataFrame({"a": X[:, 0], "b": X[:, 1], "age": codes, "ward": codes})
        assert find_advice(SMOTENC(["ward"], random_state=0), mixed, y, examine=False) == set()
        for other in (TomekLinks(), RandomOverSampler(random_state=0), EditedNearestNeighbours()):
            assert INTEGERS not in find_advice(other, frame, y)
    only_integers = pandas.DataFrame({"ward": codes, "other": codes[::-1]})
    assert INTEGERS in find_advice(SMOTE(random_state=0), only_integers, y, examine=False)


def test_columns_that_travel_are_not_interpolated():
    pandas = optional("pandas")
    X, y = make_apart(d=2)
    frame = pandas.DataFrame({"id": np.arange(len(y)), "a": X[:, 0], "b": X[:, 1]})
    sampler = SMOTE(random_state=0, passthrough=["id"], passthrough_fill="base")
    assert find_advice(sampler, frame, y) == set()
    frame["ward"] = np.arange(len(y)) % 3
    sampler.fit_resample(frame, y)
    (sentence,) = sampler.report_.examine(frame, y).advice
    assert "'ward'." in sentence


def test_arrays_of_integers_may_be_measurements():
    X, y = load_digits(return_X_y=True)
    kept = (y != 1) | (np.arange(len(y)) % 4 == 0)
    assert find_advice(SMOTE(random_state=0), X[kept].astype(np.uint8), y[kept]) == set()


def test_one_hot_columns():
    X, y = make_apart(d=2)
    codes = np.random.default_rng(0).integers(0, 3, len(y))
    one_hot = np.eye(3)[codes]
    flags = np.random.default_rng(1).random((len(y), 2)) < 0.4
    table = np.c_[flags[:, 0], X[:, 0], one_hot, X[:, 1], flags[:, 1]]
    sampler = SMOTE(random_state=0)
    assert find_advice(sampler, table, y) == {ONE_HOT}
    assert sampler.report_.examine(table, y).examination.one_hot_columns == ("feature 2", "feature 3", "feature 4")
    assert find_advice(sampler, np.c_[X, flags, flags[:, :1]], y) == set()
    assert find_advice(sampler, np.c_[X, np.ones(len(y)), np.zeros(len(y))], y) == set()
    assert find_advice(TomekLinks(), table, y) == set()
    assert find_advice(SMOTENC([0], random_state=0), table[:, :2], y) == set()


def test_one_hot_columns_of_a_frame_are_named_once():
    pandas = optional("pandas")
    X, y = make_apart(d=2)
    frame = pandas.DataFrame(
        {"a": X[:, 0], "b": X[:, 1], "town": np.array(["Rome", "Oslo", "Lima"])[np.arange(len(y)) % 3]}
    )
    frame = pandas.get_dummies(frame, columns=["town"])
    sampler = SMOTE(random_state=0)
    assert find_advice(sampler, frame, y) == {ONE_HOT}
    assert "'town_Lima', 'town_Oslo', 'town_Rome'" in sampler.report_.examine(frame, y).advice[0]


@pytest.mark.parametrize(
    ("n", "strategy", "is_steep"), [(1_000, "auto", False), (1_300, "auto", True), (1_300, 0.3, False)]
)
def test_beyond_one_to_twenty(n, strategy, is_steep):
    X, y = make_apart(n=n, m=50)
    sampler = SMOTE(sampling_strategy=strategy, random_state=0)
    assert (STEEP in find_advice(sampler, X, y)) == is_steep
    assert STEEP not in find_advice(TomekLinks(), X, y)
    assert STEEP not in find_advice(RandomUnderSampler(random_state=0), X, y)


def test_several_steep_classes_are_one_sentence():
    X, y = make_blobs([2_000, 40, 50], centers=[[0, 0], [9, 9], [-9, 9]], random_state=0)
    sampler = SMOTE(random_state=0)
    sampler.fit_resample(X, y)
    (sentence,) = sampler.report_.advice
    assert sentence.startswith("Class 1 grew from 40 to 2,000 rows (others too: 1)")
    assert "gives it 800 rows at most" in sentence


@pytest.mark.parametrize(
    ("n", "m", "strategy"), [(1_000, 150, {1: 3_200}), (1_300, 50, "auto"), (5_000, 50, 0.9), (300_000, 7, 0.001)]
)
def test_the_advice_on_growth_can_be_followed(n, m, strategy):
    X, y = make_apart(n=n, m=m, d=2)
    sampler = SMOTE(sampling_strategy=strategy, random_state=0)
    sampler.fit_resample(X, y)
    (sentence,) = (line for line in sampler.report_.advice if STEEP in line)
    n_rows = int(sentence.split("gives it ")[1].split(" rows at most")[0].replace(",", ""))
    assert m < n_rows < sampler.report_.counts[1].max()
    assert STEEP not in find_advice(sampler.set_params(sampling_strategy={1: n_rows}), X, y)


def test_copies_before_links():
    X, y = make_apart()
    copy_then_clean = ResamplingPipeline([("copy", RandomOverSampler(random_state=0)), ("clean", TomekLinks())])
    assert find_advice(copy_then_clean, X, y) == {COPIES}
    clean_then_copy = ResamplingPipeline([("clean", TomekLinks()), ("copy", RandomOverSampler(random_state=0))])
    assert find_advice(clean_then_copy, X, y) == set()


def test_repeated_rows_make_synthetic_rows_that_repeat_them():
    X, y = make_apart(m=60)
    X[430:460] = X[400:430]
    assert EQUAL_PARENTS in find_advice(SMOTETomek(random_state=0), X, y)
    rounded, _ = make_apart(m=60)
    assert EQUAL_PARENTS not in find_advice(SMOTETomek(random_state=0), rounded.round(3), y)


def test_a_class_that_loses_more_than_a_tenth():
    X, y = make_apart(n=100, m=100, shift=1.5)
    sampler = EditedNearestNeighbours(sampling_strategy="all")
    kinds = find_advice(sampler, X, y)
    lost = 1 - sampler.report_.counts[:, 1] / 100
    assert (LOSS in kinds) == bool((lost > 0.1).any()) is True
    (sentence,) = (line for line in sampler.report_.advice if LOSS in line)
    assert f"({lost.max():.0%}) to 'editednearestneighbours'" in sentence
    assert sentence.endswith("compare with a model fitted to all rows.")  # without its only step there is no result
    cleaned = ResamplingPipeline([("smote", SMOTE(sampling_strategy={1: 100}, random_state=0)), ("enn", sampler)])
    cleaned.fit_resample(X, y)
    (sentence,) = (line for line in cleaned.report_.advice if LOSS in line)
    assert sentence.endswith("compare with the result without this step.")
    assert LOSS not in find_advice(EditedNearestNeighbours(), *make_apart(n=100, m=100, shift=4.0))
    assert LOSS not in find_advice(RandomUnderSampler(random_state=0), *make_apart())  # as requested


def test_another_input_is_refused():
    X, y = make_apart()
    sampler = SMOTE(random_state=0)
    sampler.fit_resample(X, y)
    with pytest.raises(ValueError, match="give the X and y that fit_resample received"):
        sampler.report_.examine(X[:-1], y[:-1])
    with pytest.raises(ValueError, match="give the X and y that fit_resample received"):
        sampler.report_.examine(X[:, :2], y)


def test_other_labels_are_refused_with_the_counts_that_differ():
    X, y = make_apart()
    y = np.array(["b", "c"])[y]
    y[:50] = "a"
    sampler = SMOTE(random_state=0)
    sampler.fit_resample(X, y)
    other = y.copy()
    other[50:53] = "a"
    with pytest.raises(ValueError, match="class a has 53, not 50, class b has 347, not 350; give the X and y"):
        sampler.report_.examine(X, other)
    with pytest.raises(ValueError, match="class c has 0, not 60, class z has 60, not 0; give the X and y"):
        sampler.report_.examine(X, np.where(y == "c", "z", y))


def test_examining_changes_neither_report_nor_sampler():
    X, y = make_apart(shift=0.0)
    sampler = SMOTETomek(random_state=0)
    sampler.fit_resample(X, y)
    report, before = sampler.report_, set(vars(sampler))
    assert report.examine(X, y).examination is not None
    assert report.examination is None
    assert set(vars(sampler)) == before
    assert "report_.examine(X, y)" in str(report)
    assert "report_.examine(X, y)" not in str(report.examine(X, y))
