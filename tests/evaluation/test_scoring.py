"""Scores as they are given, and estimators that cannot be scored."""

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, f1_score, fbeta_score, get_scorer, make_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from gpu_smotetomek.evaluation.scoring import make_scoring

RARE_ONES = np.repeat([0, 1], [7, 3])


def test_the_default_is_average_precision_of_the_rare_class():
    """Whatever its label is, and whatever methods the estimator has."""
    X = np.random.default_rng(0).normal(size=(60, 2))
    text = np.repeat(["well", "ill"], [45, 15])
    for labels in (np.repeat([0, 1], [45, 15]), np.repeat([1, 0], [45, 15]), text, text.astype(object)):
        for model in (LogisticRegression(), LinearSVC()):
            scoring = make_scoring(None, model, labels)
            rare = labels.tolist()[-1]
            assert scoring.name == f"average precision of {rare!r}"
            fitted = model.fit(X, labels)
            ranking = fitted.decision_function(X) * (1 if fitted.classes_[1] == rare else -1)
            assert scoring.score(fitted, X, labels) == pytest.approx(average_precision_score(labels == rare, ranking))


@pytest.mark.parametrize("name", ["f1", "recall", "precision", "jaccard", "average_precision", "neg_brier_score"])
@pytest.mark.parametrize("pair", [(1, 2), (2, 1), (0, 1), ("well", "ill"), (False, True)])
def test_a_named_score_is_that_of_the_rarer_of_two_classes(name, pair):
    """As scikit-learn scores the same rows where the rare class is 1 and the other one is 0."""
    X = np.random.default_rng(0).normal(size=(60, 2)) + np.repeat([0.0, 1.0], [45, 15])[:, None]
    codes = np.repeat([0, 1], [45, 15])
    labels = np.array(pair)[codes]
    scoring = make_scoring(name, LogisticRegression(), labels)
    assert scoring.name == f"{name} of {pair[1]!r}"
    expected = get_scorer(name)(LogisticRegression().fit(X, codes), X, codes)
    assert scoring.score(LogisticRegression().fit(X, labels), X, labels) == pytest.approx(expected)
    assert expected not in (0, 1)


def test_of_two_equal_classes_the_positive_one_is_that_of_scikit_learn():
    assert make_scoring("f1", LogisticRegression(), np.array([1, 0, 0, 1])).name == "f1 of 1"
    assert make_scoring(None, LogisticRegression(), np.array([1, 0, 0, 1])).name == "average precision of 1"


def test_other_scores_and_scorers_stay_as_they_are():
    labels = np.repeat([1, 2], [45, 15])
    for name in ("balanced_accuracy", "f1_macro", "roc_auc", "f1_weighted"):
        scoring = make_scoring(name, LogisticRegression(), labels)
        assert (scoring.name, scoring.score._kwargs) == (name, get_scorer(name)._kwargs)
    scorer = make_scorer(f1_score, pos_label=1)
    scoring = make_scoring(scorer, LogisticRegression(), labels)
    assert scoring.score is scorer
    assert scoring.name == "f1_score"
    X = np.zeros((60, 1))
    assert scoring.score(DummyClassifier().fit(X, labels), X, labels) == pytest.approx(2 * 45 / (60 + 45))


@pytest.mark.parametrize("name", ["f1", "recall", "precision", "jaccard", "roc_auc"])
def test_three_classes_need_another_score(name):
    other = "roc_auc_ovr" if name == "roc_auc" else f"{name}_macro"
    with pytest.raises(ValueError, match=f"y has 3 classes, and the score '{name}' is one of two: .*'{other}'"):
        make_scoring(name, LogisticRegression(), np.array([0, 0, 1, 2]))
    assert make_scoring(other, LogisticRegression(), np.array([0, 0, 1, 2])).name == other


def test_names_and_callables():
    model = LogisticRegression()
    assert make_scoring("f1", model, RARE_ONES).depends_on_threshold
    assert not make_scoring("roc_auc", model, RARE_ONES).depends_on_threshold
    twice = make_scoring(make_scorer(fbeta_score, beta=2), model, RARE_ONES)
    assert (twice.name, twice.depends_on_threshold) == ("fbeta_score", True)

    def count_rows(estimator, X, y):
        return len(y)

    own = make_scoring(count_rows, model, RARE_ONES)
    assert (own.name, own.reads, own.depends_on_threshold) == ("count_rows", (), False)


@pytest.mark.parametrize(
    ("scoring", "labels", "kind", "message"),
    [
        (
            "average_prec",
            RARE_ONES,
            ValueError,
            r"scoring='average_prec' is no score of scikit-learn; .*get_scorer_names",
        ),
        (["f1", "recall"], RARE_ONES, TypeError, r"one at a time; got \['f1', 'recall'\]"),
        (None, [0, 0, 1, 2], ValueError, "y has 3 classes, and the default score, average precision, is one of two"),
        (
            "neg_brier_score",
            RARE_ONES,
            ValueError,
            "'neg_brier_score of 1' calls predict_proba, which LinearSVC does not have",
        ),
    ],
)
def test_other_scores_are_refused(scoring, labels, kind, message):
    with pytest.raises(kind, match=message):
        make_scoring(scoring, LinearSVC(), np.asarray(labels))


def test_a_pipeline_has_the_methods_of_its_last_step():
    with pytest.raises(ValueError, match="calls predict_proba, which Pipeline does not have"):
        make_scoring("neg_log_loss", make_pipeline(StandardScaler(), LinearSVC()), RARE_ONES)
    assert make_scoring("neg_log_loss", make_pipeline(StandardScaler(), LogisticRegression()), RARE_ONES).reads
