"""No fold leaks: what is trained depends on the training part alone, and test rows arrive as they came."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, StratifiedKFold, cross_val_score
from sklearn.neighbors import NearestCentroid
from support.optional import optional

from gpu_smotetomek import SMOTE, SMOTEENN, RandomOverSampler, SMOTETomek, stability
from gpu_smotetomek.evaluation.cross_validation import split_folds

EVENTS = []  # scikit-learn copies what an estimator holds


class Spy(ClassifierMixin, BaseEstimator):
    """Records the rows that it receives; scores by the first feature, less the mean of it in training."""

    def __init__(self, class_weight=None):
        self.class_weight = class_weight

    def fit(self, X, y):
        EVENTS.append(("fit", X.copy(), y.copy()))
        self.classes_, self.mean_ = np.unique(y), X[:, 0].mean()
        return self

    def predict_proba(self, X):
        EVENTS.append(("predict", X.copy(), None))
        positive = 1 / (1 + np.exp(self.mean_ - X[:, 0]))
        return np.column_stack([1 - positive, positive])

    def predict(self, X):
        return self.classes_[(self.predict_proba(X)[:, 1] > 0.5).astype(int)]


class Centre(TransformerMixin, BaseEstimator):
    """Subtracts the mean, and records the rows from which it is computed."""

    def fit(self, X, y=None):
        EVENTS.append(("fit transformer", X.copy(), None))
        self.mean_ = X.mean(axis=0)
        return self

    def transform(self, X):
        return X - self.mean_


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [90, 30])[rng.permutation(120)]
    return rng.normal(size=(120, 2)) + y[:, None], y


def record(X, y, folds, **options):
    """Return the scores and what was recorded in cross-validation, without the whole table that is counted afterwards."""
    EVENTS.clear()
    result = stability(SMOTETomek(), X, y, [4, 1], estimator=Spy(), scoring="f1", cv=folds, **options)
    is_whole = [kind == "fit transformer" and len(rows) == len(y) for kind, rows, _ in EVENTS]
    return result, [event for event, whole in zip(EVENTS, is_whole, strict=True) if not whole]


def test_all_that_is_trained_is_the_training_part_resampled(table):
    """The bits are those of `fit_resample` of the training part, and the test part is seen only afterwards, as it came."""
    X, y = table
    folds = list(StratifiedKFold(3).split(X, y))
    result, events = record(X, y, folds)
    assert list(result.scores) == ["plain", "class weights", "moved threshold", "SMOTE", "SMOTEENN", "SMOTETomek"]
    seen = iter(
        [event for event in events if event[0] == "fit" and len(event[1]) != 64]
    )  # 64: inner folds of a threshold
    n_fits = 0
    for sampler in (None, None, None, SMOTE, SMOTEENN, SMOTETomek):
        for train, _ in folds:
            for seed in (4, 1) if sampler else (None,):
                expected = (
                    sampler(random_state=seed).fit_resample(X[train], y[train]) if sampler else (X[train], y[train])
                )
                _, rows, labels = next(seen)
                np.testing.assert_array_equal(rows, expected[0])
                np.testing.assert_array_equal(labels, expected[1])
                n_fits += 1
    assert next(seen, None) is None
    assert n_fits == 3 * 3 + 3 * 3 * 2
    tests = [rows for kind, rows, _ in events if kind == "predict" and len(rows) == 40]
    assert len(tests) == n_fits
    for rows in tests:
        assert any(np.array_equal(rows, X[test]) for _, test in folds)


def test_nothing_that_is_trained_depends_on_the_test_part(table):
    """Other rows and labels in the test part change no bit of what estimators and the transformer are fitted to."""
    X, y = table
    ((train, test),) = folds = [next(StratifiedKFold(3).split(X, y))]
    _, before = record(X, y, folds, transformer=Centre())
    changed, changed_labels = X.copy(), y.copy()
    changed[test] = 10 * X[test] + 7
    changed_labels[test] = 1 - y[test]
    _, after = record(changed, changed_labels, folds, transformer=Centre())
    trained = [[event for event in events if event[0] != "predict"] for events in (before, after)]
    assert len(trained[0]) == len(trained[1]) > 6 + 9
    for (kind, rows, labels), (other_kind, other_rows, other_labels) in zip(*trained, strict=True):
        assert kind == other_kind
        np.testing.assert_array_equal(rows, other_rows)
        np.testing.assert_array_equal(labels, other_labels)
    inner = [
        [rows for kind, rows, _ in events if kind == "predict" and len(rows) != len(test)] for events in (before, after)
    ]
    assert len(inner[0]) == 5
    for rows, other_rows in zip(*inner, strict=True):
        np.testing.assert_array_equal(rows, other_rows)
    centre = X[train].mean(axis=0)
    for kind, rows, _ in before:
        if kind == "fit transformer":
            np.testing.assert_array_equal(rows, X[train])
        elif kind == "predict" and len(rows) == len(test):
            np.testing.assert_array_equal(rows, X[test] - centre)


def test_scores_are_those_of_scikit_learn(table):
    X, y = table
    folds = StratifiedKFold(4, shuffle=True, random_state=0)
    result = stability(SMOTETomek(), X, y, 2, estimator=LogisticRegression(), scoring="f1", cv=folds)
    expected = cross_val_score(LogisticRegression(), X, y, scoring="f1", cv=folds)
    np.testing.assert_array_equal(result.scores["plain"], [expected])
    weighted = cross_val_score(LogisticRegression(class_weight="balanced"), X, y, scoring="f1", cv=folds)
    np.testing.assert_array_equal(result.scores["class weights"], [weighted])
    for seed in range(2):
        for fold, (train, test) in enumerate(folds.split(X, y)):
            model = LogisticRegression().fit(*SMOTETomek(random_state=seed).fit_resample(X[train], y[train]))
            found = model.predict(X[test])
            f1 = 2 * (found & y[test]).sum() / (found.sum() + y[test].sum())
            assert result.scores["SMOTETomek"][seed, fold] == pytest.approx(f1)


def test_scores_with_imbalanced_learns_pipeline(table):
    """A transformer, then a sampler, then an estimator is the order in which imbalanced-learn's pipeline runs them."""
    pipeline = optional("imblearn.pipeline")
    X, y = table
    steps = [("centre", Centre()), ("resample", SMOTETomek(random_state=5)), ("model", LogisticRegression())]
    expected = cross_val_score(pipeline.Pipeline(steps), X, y, scoring="average_precision", cv=5)
    options = {"transformer": Centre(), "estimator": LogisticRegression()}
    result = stability(SMOTETomek(), X, y, [5], **options)
    np.testing.assert_allclose(result.scores["SMOTETomek"], [expected], rtol=1e-12)


def test_folds(table):
    X, y = table
    for (train, test), expected in zip(split_folds(4, y, None), StratifiedKFold(4).split(X, y), strict=True):
        np.testing.assert_array_equal(train, expected[0])
        np.testing.assert_array_equal(test, expected[1])
    groups = np.arange(120) // 10
    for train, test in split_folds(GroupKFold(3), y, groups):
        assert not set(groups[train]) & set(groups[test])
    mask = np.arange(120) < 80
    ((train, test),) = split_folds([(mask, ~mask)], y, None)
    np.testing.assert_array_equal(train, np.arange(80))
    np.testing.assert_array_equal(test, np.arange(80, 120))


def test_folds_that_leak_are_refused(table):
    _, y = table
    with pytest.raises(ValueError, match="in fold 1 of cv, 2 rows are in the training part and in the test part"):
        split_folds([([0, 1], [2]), ([0, 1, 2, 3], [2, 3, 4])], y, None)
    with pytest.raises(ValueError, match="cv gives no fold"):
        split_folds([], y, None)


def test_an_alternative_that_fails_is_left_out_and_the_sampler_itself_raises():
    """SMOTE needs six rows of the rare class, and a training part has four."""
    X, y = np.random.default_rng(0).normal(size=(40, 2)), np.repeat([0, 1], [34, 6])
    options = {"estimator": NearestCentroid(), "scoring": "roc_auc", "cv": 3}
    shrunk = SMOTETomek(smote=SMOTE(k_neighbors=2))
    result = stability(shrunk, X, y, 1, **options)
    assert result.scores["SMOTE"].shape == (1, 3)
    result = stability(RandomOverSampler(), X, y, 1, **options)
    assert "RandomOverSampler" in result.scores
    assert "SMOTE" not in result.scores
    assert result.omitted["SMOTE"].startswith("ValueError: Class 1 has 4 rows, and k_neighbors=5 needs")
    assert "left out: SMOTE, as ValueError: Class 1 has 4 rows" in str(result)
    with pytest.raises(ValueError, match="Class 1 has 4 rows"):
        stability(shrunk.set_params(smote__k_neighbors=5), X, y, 1, **options)


def test_a_score_is_a_number(table):
    X, y = table
    with pytest.raises(TypeError, match=r"scoring returns one number; got \{'f1': 1\}, a dict"):
        stability(SMOTETomek(), X, y, 1, estimator=LogisticRegression(), scoring=lambda *_: {"f1": 1})
