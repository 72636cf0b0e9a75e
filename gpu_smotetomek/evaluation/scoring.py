"""The score of an estimator: what it is called, what it reads, and whether the estimator can give that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score, get_scorer, get_scorer_names, make_scorer

from gpu_smotetomek.typing import Labels

Score = Callable[[Any, Any, Any], Any]
SCORE_METHODS = ("decision_function", "predict_proba")


@dataclass(frozen=True)
class Scoring:
    """A score of fitted estimators, of which more is better.

    Attributes
    ----------
    name : str
        What it is called in tables.
    score : callable
        Returns the score of (estimator, X, y).
    reads : tuple of str
        Methods of an estimator, one of which the score calls; empty if that is not known.
    """

    name: str
    score: Score
    reads: tuple[str, ...]

    @property
    def depends_on_threshold(self) -> bool:
        """Whether the score is known to come from predicted labels, which a threshold decides."""
        return self.reads == ("predict",)


def make_scoring(scoring: Any, estimator: Any, labels: Labels) -> Scoring:
    """The score that a parameter describes; None is the average precision of the rare class.

    Raises
    ------
    ValueError
        If there is no score of this name, more than two classes need another one, or the estimator lacks the method that the
        score reads.
    TypeError
        If `scoring` is neither None, a name nor a callable.
    """
    if scoring is None:
        name, score = make_default_score(labels)
    elif isinstance(scoring, str):
        name, score = make_named_score(scoring, labels)
    elif callable(scoring):
        metric = getattr(scoring, "_score_func", scoring)  # what make_scorer wraps
        name, score = getattr(metric, "__name__", "score"), scoring
    else:
        raise TypeError(
            f"scoring is None, the name of a score or a callable of (estimator, X, y), one at a time; got {scoring!r}"
        )
    reads = find_response_methods(score)
    if reads and not any(hasattr(estimator, method) for method in reads):
        raise ValueError(
            f"the score {name!r} calls {' or '.join(reads)}, which {type(estimator).__name__} does not have: give another "
            "scoring, or an estimator with this method"
        )
    return Scoring(name, score, reads)


def make_default_score(labels: Labels) -> tuple[str, Score]:
    """Name and scorer of the average precision of the rarer of two classes."""
    if (n_classes := len(np.unique(labels))) > 2:
        raise ValueError(
            f"y has {n_classes} classes, and the default score, average precision, is one of two: give scoring, such as "
            "'balanced_accuracy', 'f1_macro' or 'roc_auc_ovr'"
        )
    rare_label = find_rare_label(labels)
    score = make_scorer(average_precision_score, response_method=SCORE_METHODS, pos_label=rare_label)
    return f"average precision of {rare_label!r}", score


def make_named_score(name: str, labels: Labels) -> tuple[str, Score]:
    """Name and scorer of a score of scikit-learn; of two classes the rarer one is the positive one, and part of the name."""
    if name not in get_scorer_names():
        raise ValueError(
            f"scoring={name!r} is no score of scikit-learn; sklearn.metrics.get_scorer_names() lists them, and a callable "
            "of (estimator, X, y) is possible too"
        )
    score = get_scorer(name)
    metric, options = score._score_func, score._kwargs  # scikit-learn publishes them in the repr of a scorer only
    parameters, n_classes = signature(metric).parameters, len(np.unique(labels))
    needs_two = options.get("average") == "binary" or ("multi_class" in parameters and "multi_class" not in options)
    if n_classes > 2 and needs_two:
        others = [other for other in get_scorer_names() if other.startswith(f"{name}_") and "samples" not in other]
        raise ValueError(
            f"y has {n_classes} classes, and the score {name!r} is one of two: give scoring, such as "
            f"{' or '.join(map(repr, others))}"
        )
    if n_classes != 2 or "pos_label" not in parameters or "pos_label" in options:
        return name, score
    options = options | {"pos_label": find_rare_label(labels)}
    score = make_scorer(metric, response_method=score._response_method, greater_is_better=score._sign > 0, **options)
    return f"{name} of {options['pos_label']!r}", score


def find_rare_label(labels: Labels) -> Any:
    """The label of the smallest class; of equally small ones the greatest label, which is scikit-learn's positive one."""
    classes, sizes = np.unique(labels, return_counts=True)
    return classes[sizes == sizes.min()].tolist()[-1]


def find_response_methods(score: Any) -> tuple[str, ...]:
    """The methods of an estimator of which a score calls the first that is there; empty for a callable of the caller."""
    methods = getattr(score, "_response_method", ())  # scikit-learn publishes it in the repr of a scorer only
    return (methods,) if isinstance(methods, str) else tuple(methods)
