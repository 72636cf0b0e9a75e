"""small_class: what happens where a class that is over-sampled has too few rows."""

import warnings
from collections import Counter

import imblearn.pipeline
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.neighbors import NearestNeighbors
from sklearn.svm import SVC
from support import array_libraries, datasets, oracle
from support import oversampling_oracle as oracles

from gpu_smotetomek import ADASYN, SMOTE, SVMSMOTE, BorderlineSMOTE, ResamplingPipeline, SMOTETomek, TomekLinks

Y = datasets.labels(40, 20, 3)
X = datasets.make("gaussian", Y, 3)
NAMES = np.array(["usual", "some", "rare"])[Y]
SAMPLERS = {
    "SMOTE": SMOTE(random_state=0),
    "BorderlineSMOTE": BorderlineSMOTE(random_state=0),
    "ADASYN": ADASYN(random_state=0),
    "SVMSMOTE": SVMSMOTE(random_state=0),
    "SMOTETomek": SMOTETomek(random_state=0),
}
each_sampler = pytest.mark.parametrize("name", list(SAMPLERS))


def call(name, small_class, rows=X, labels=NAMES, **parameters):
    """The result of a call and the texts of its warnings."""
    sampler = type(SAMPLERS[name])(**{"random_state": 0, "small_class": small_class, **parameters})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = sampler.fit_resample(rows, labels)
    assert all(entry.category is UserWarning and entry.filename == __file__ for entry in caught)
    return sampler, result, [str(entry.message) for entry in caught]


@each_sampler
def test_the_error_names_the_option_and_is_the_default(name):
    assert SAMPLERS[name].small_class == "error"
    with pytest.raises(
        ValueError, match=r"^Class 'rare' has 3 rows, and \w_neighbors=5 needs at least 6 rows"
    ) as caught:
        SAMPLERS[name].fit_resample(X, NAMES)
    assert "give small_class='shrink' (fewer neighbors) or 'skip' (no new rows of it)" in str(caught.value)


@each_sampler
def test_skip_leaves_the_class_as_it_is_and_warns_once(name):
    sampler, (_, labels), texts = call(name, "skip")
    parameter = "n_neighbors" if name == "ADASYN" else "k_neighbors"
    assert texts == [
        f"Too few rows for {parameter}=5 (small_class='skip'): class 'rare' has 3 rows and was left as it is"
    ]
    counts = Counter(labels)
    assert counts["rare"] == 3
    assert counts["some"] > 20
    assert sampler.sampling_strategy_["rare"] == 0
    assert sampler.sampling_strategy_["some"] == 20


@each_sampler
def test_skip_makes_the_rows_of_a_call_without_the_class(name):
    _, (rows, labels), _ = call(name, "skip", labels=Y)
    own = {"sampling_strategy": {1: 40}}
    expected = type(SAMPLERS[name])(random_state=0, **own).fit_resample(X, Y)
    oracle.assert_same((rows, labels), expected)


def shrunk_class(result):
    """The synthetic rows of the small class, after the check of all other rows of a result."""
    rows, labels = result
    oracle.assert_same((rows[: len(Y)], labels[: len(Y)]), (X, Y))
    assert labels[-1] == 2
    return rows[len(Y) :][labels[len(Y) :] == 2]


ORACLES = {
    "SMOTE": lambda **options: oracle.smote(X, Y, **options),
    "BorderlineSMOTE": lambda **options: oracles.borderline_smote(X, Y, **options),
    "SVMSMOTE": lambda **options: oracles.svm_smote(X, Y, SVC().fit(X, Y).support_, m=40, **options),
}


@pytest.mark.parametrize("name", list(ORACLES))
def test_shrink_uses_the_neighbours_that_there_are_and_warns_once(name):
    """The draws and rows are those of a call with fewer neighbours for this class alone."""
    options = {"m_neighbors": 40} if name == "SVMSMOTE" else {}
    _, result, texts = call(name, "shrink", labels=Y, sampling_strategy={2: 40}, **options)
    assert texts == [
        "Too few rows for k_neighbors=5 (small_class='shrink'): class 2 has 3 rows and was over-sampled with 2 neighbors"
    ]
    oracle.assert_same(result, ORACLES[name](k=2, n_synthetic={2: 37}))
    other, _ = type(SAMPLERS[name])(random_state=0, sampling_strategy={1: 40}, **options).fit_resample(X, Y)
    _, both, _ = call(name, "shrink", labels=Y, **options)
    if name != "SVMSMOTE":  # whose shares go on from class to class
        oracle.assert_same(both[:1], (np.r_[other, shrunk_class(result)],))


def test_adasyn_shrinks_the_neighbours_of_the_rows_and_not_those_of_the_numbers():
    _, result, texts = call("ADASYN", "shrink", labels=Y, sampling_strategy={2: 40})
    assert texts == [
        "Too few rows for n_neighbors=5 (small_class='shrink'): class 2 has 3 rows and was over-sampled with 2 neighbors"
    ]
    corners, share = X[Y == 2], oracles.around(X, Y, 5)[1][Y == 2] / 5
    made = shrunk_class(result)
    assert len(made) == np.rint(share / share.sum() * 37).sum()
    sides = corners[[0, 0, 1]], corners[[1, 2, 2]]
    assert all(oracle.off_segment(row, *sides).min() <= 0 for row in made)


@pytest.mark.parametrize("name", ["SMOTE", "ADASYN", "SVMSMOTE", "SMOTETomek"])
def test_shrink_copies_a_single_row(name):
    labels = Y.copy()
    labels[-2:] = 0
    _, (rows, found), texts = call(name, "shrink", labels=labels)
    assert len(texts) == 1
    assert texts[0].endswith("class 2 has 1 row and was over-sampled with copies of it")
    assert (found == 2).sum() == 42
    assert (rows[found == 2] == X[60]).all()


def test_borderline_smote_has_no_row_in_danger_where_there_is_one_row():
    labels = Y.copy()
    labels[-2:] = 0
    for small_class in ("error", "shrink", "skip"):
        _, (_, found), texts = call("BorderlineSMOTE", small_class, labels=labels)
        assert (found == 2).sum() == 1
        assert len(texts) == 1
        assert texts[0].startswith("No row of class 2 is in danger")


@pytest.mark.parametrize("small_class", ["shrink", "skip"])
def test_several_classes_are_in_one_warning_smallest_first(small_class):
    labels = datasets.labels(30, 2, 5, 1, 20)
    rows = datasets.make("gaussian", labels, 2)
    _, (_, found), texts = call("SMOTE", small_class, rows, labels)
    done = {
        "shrink": [f"was over-sampled with {words}" for words in ("copies of it", "1 neighbor", "4 neighbors")],
        "skip": ["was left as it is"] * 3,
    }[small_class]
    counts = {"shrink": {0: 30, 1: 30, 2: 30, 3: 30, 4: 30}, "skip": {0: 30, 1: 2, 2: 5, 3: 1, 4: 30}}[small_class]
    assert texts == [
        f"Too few rows for k_neighbors=5 (small_class={small_class!r}): class 3 has 1 row and {done[0]}; "
        f"class 1 has 2 rows and {done[1]}; class 2 has 5 rows and {done[2]}"
    ]
    assert Counter(found) == counts


def test_of_many_classes_the_first_are_named():
    labels = datasets.labels(30, *[2] * 13)
    _, _, (text,) = call("SMOTE", "skip", datasets.make("gaussian", labels, 2), labels)
    assert text.count("was left as it is") == 10
    assert text.endswith("; and 3 more classes")


@each_sampler
@pytest.mark.parametrize("small_class", ["shrink", "skip"])
def test_nothing_is_said_where_classes_are_large_enough(small_class, name):
    rows, labels = datasets.blobs(120, 3, 0.6, 0.25, 0.15)
    _, result, texts = call(name, small_class, rows, labels)
    assert texts == []
    oracle.assert_same(result, type(SAMPLERS[name])(random_state=0).fit_resample(rows, labels))


@pytest.mark.parametrize("small_class", ["shrink", "skip"])
def test_an_object_as_k_neighbors_follows_too(small_class):
    _, result, texts = call("SMOTE", small_class, labels=Y, k_neighbors=NearestNeighbors(n_neighbors=6))
    assert len(texts) == 1
    oracle.assert_same(result, call("SMOTE", small_class, labels=Y)[1])
    _, result, texts = call("SMOTE", small_class, X[:61], Y[:61], k_neighbors=NearestNeighbors(n_neighbors=6))
    assert len(texts) == 1
    oracle.assert_same(result, call("SMOTE", small_class, X[:61], Y[:61])[1])
    with pytest.raises(ValueError, match="n_neighbors"):  # scikit-learn's own error
        SMOTE(k_neighbors=NearestNeighbors(n_neighbors=6)).fit_resample(X, Y)


@pytest.mark.parametrize("small_class", ["shrink", "skip"])
@pytest.mark.parametrize("place", [array_libraries.strict_device1, array_libraries.torch])
@pytest.mark.parametrize("name", ["SMOTE", "BorderlineSMOTE", "ADASYN", "SMOTETomek"])
def test_other_libraries_give_the_same_rows(name, place, small_class):
    rows, labels = X[:61], Y[:61]
    _, expected, said = call(name, small_class, rows, labels)
    _, found, texts = call(name, small_class, place(rows), labels)
    np.testing.assert_array_equal(array_libraries.host(found[0]), expected[0])
    assert texts == said


@pytest.mark.usefixtures("thresholds")
def test_links_with_copies_of_a_single_row():
    rows, labels = X[:61], Y[:61]
    sampler, _, _ = call("SMOTETomek", "shrink", rows, labels, remove="both")
    over = call("SMOTE", "shrink", rows, labels)[1]
    np.testing.assert_array_equal(sampler.tomek_.links_, oracle.tomek_links(*over, oracle.exponent(rows)))
    assert len(sampler.tomek_.links_) > 0


def test_smotetomek_has_the_option_for_its_own_smote_only():
    _, found, _ = call("SMOTETomek", "skip", labels=Y)
    _, by_hand, texts = call("SMOTETomek", "error", labels=Y, smote=SMOTE(random_state=0, small_class="skip"))
    oracle.assert_same(found, by_hand)
    assert len(texts) == 1
    sampler = SMOTETomek(small_class="skip", smote=ADASYN())
    for method in (sampler.fit, sampler.fit_resample):
        with pytest.raises(
            ValueError, match=r"small_class='skip' holds for the SMOTE made here, and smote=ADASYN\(\) has its own"
        ):
            method(X, Y)


def test_each_step_of_a_chain_warns_for_itself():
    steps = [
        SMOTE(random_state=0, small_class="skip"),
        TomekLinks(),
        BorderlineSMOTE(random_state=0, small_class="skip"),
    ]
    chain = ResamplingPipeline([("grow", steps[0]), ("clean", steps[1]), ("more", steps[2])])
    with pytest.warns(UserWarning, match="small_class='skip'") as caught:
        chain.fit_resample(X, Y)
    assert [entry.filename for entry in caught] == [__file__] * 2


GRID = {
    "SMOTE": SMOTE,
    "SMOTETomek": SMOTETomek,
    "BorderlineSMOTE": lambda **options: BorderlineSMOTE(m_neighbors=60, **options),
    "SVMSMOTE": lambda **options: SVMSMOTE(m_neighbors=60, **options),
    "ADASYN": ADASYN,
}


@pytest.mark.parametrize("small_class", ["shrink", "skip"])
@pytest.mark.parametrize("name", list(GRID))
def test_one_bad_fold_does_not_end_a_grid_search(name, small_class):
    """The last of three folds holds most rows of the rare class: two are left to fit on."""
    y = np.r_[np.tile([0] * 39 + [1], 2), np.tile([0, 0, 0, 1], 10)]
    rows = datasets.gaussian(np.random.RandomState(0), y, 3)

    def search(sampler):
        pipeline = imblearn.pipeline.Pipeline([("resample", sampler), ("classify", LogisticRegression())])
        grid = {"classify__C": [0.1, 1.0]}
        return GridSearchCV(pipeline, grid, cv=KFold(3), scoring="accuracy", error_score="raise").fit(rows, y)

    with pytest.raises(ValueError, match=r"Class 1 has 2 rows, and ._neighbors=5 needs at least 6"):
        search(GRID[name](random_state=0))
    with pytest.warns(UserWarning, match=rf"\(small_class='{small_class}'\): class 1 has 2 rows"):
        found = search(GRID[name](random_state=0, small_class=small_class))
    assert np.isfinite(found.cv_results_["mean_test_score"]).all()


@each_sampler
def test_other_values_are_refused(name):
    with pytest.raises(ValueError, match=r"'small_class' parameter of .* must be a str among"):
        type(SAMPLERS[name])(small_class="copy").fit_resample(X, Y)
