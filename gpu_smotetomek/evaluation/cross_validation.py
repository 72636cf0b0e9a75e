"""Scores in cross-validation, with resampling inside the training folds only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import check_cv

from gpu_smotetomek.containers import select_rows
from gpu_smotetomek.evaluation.scoring import Scoring
from gpu_smotetomek.evaluation.seeds import list_parts, resample_with_seeds
from gpu_smotetomek.evaluation.treatments import Treatment
from gpu_smotetomek.progress import begin_step
from gpu_smotetomek.typing import Floats, Integers, Labels

Fold = tuple[Integers, Integers]


def split_folds(cv: Any, labels: Labels, groups: Any) -> list[Fold]:
    """Training and test rows of each fold, the same for every treatment and seed.

    Raises
    ------
    ValueError
        If there is no fold, or a row is in both parts of one.
    """
    rows = np.zeros((len(labels), 1))
    folds = [
        tuple(map(to_row_numbers, fold)) for fold in check_cv(cv, labels, classifier=True).split(rows, labels, groups)
    ]
    if not folds:
        raise ValueError("cv gives no fold; give their number, or a splitter such as StratifiedKFold")
    for number, (train, test) in enumerate(folds):
        if shared := len(np.intersect1d(train, test)):
            raise ValueError(
                f"in fold {number} of cv, {shared} rows are in the training part and in the test part: the score would measure "
                "rows that the estimator has seen; give folds whose two parts have no row in common"
            )
    return folds  # type: ignore[return-value]


def to_row_numbers(rows: Any) -> Integers:
    """Row numbers as an int64 array, from numbers or a mask."""
    rows = np.asarray(rows)
    return np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64)


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """Rows, folds and seeds, the same for all treatments that are compared.

    Attributes
    ----------
    X : container of rows
        The whole table.
    labels : array (n,)
        The class of each row.
    folds : sequence of (train, test)
        Row numbers.
    seeds : sequence of int
        A treatment that resamples is trained once for each.
    scoring : Scoring
        The score.
    transformer : transformer or None
        Is fitted to the training part of a fold before that is resampled.
    """

    X: Any
    labels: Labels
    folds: Sequence[Fold]
    seeds: Sequence[int]
    scoring: Scoring
    transformer: Any = None

    def score_treatments(self, treatments: Sequence[Treatment]) -> tuple[dict[str, Floats], dict[str, str]]:
        """Scores (n_seeds or 1, n_folds) by treatment, and the error of each alternative that cannot be trained, by its name."""
        scores, omitted = {}, {}
        for treatment in treatments:
            try:
                scores[treatment.name] = np.array([self._score_fold(treatment, *fold) for fold in self.folds]).T
            except ValueError as error:
                if not treatment.is_alternative:
                    raise
                omitted[treatment.name] = f"{type(error).__name__}: {error}"
        return scores, omitted

    def _score_fold(self, treatment: Treatment, train: Integers, test: Integers) -> list[float]:
        """The scores of a treatment in one fold: one for each seed, or a single one if it does not resample."""
        X_train, y_train, X_test = select_rows(self.X, train), self.labels[train], select_rows(self.X, test)
        if self.transformer is not None:
            fitted = clone(self.transformer).fit(X_train, y_train)
            X_train, X_test = fitted.transform(X_train), fitted.transform(X_test)
        models = train_models(treatment, X_train, y_train, self.seeds)
        return [compute_score(model, X_test, self.labels[test], self.scoring) for model in models]


def list_score_parts(treatments: Sequence[Treatment], n_folds: int, seeds: Sequence[int]) -> list[tuple[str, float]]:
    """Names of the parts of `CrossValidation.score_treatments`, with their shares of its time."""
    parts = list[tuple[str, float]]()
    for treatment in treatments:
        parts += n_folds * ([(treatment.name, 1.0)] if treatment.sampler is None else list_parts(seeds))
    return parts


def train_models(treatment: Treatment, X: Any, y: Labels, seeds: Sequence[int]) -> Iterator[Any]:
    """The trained models of a treatment, one for each seed; X and y are the training part of a fold and nothing else."""
    if treatment.sampler is None:
        begin_step(treatment.name)
        yield clone(treatment.model).fit(X, y)
        return
    for rows, labels, _ in resample_with_seeds(treatment.sampler, X, y, seeds):
        yield clone(treatment.model).fit(rows, labels)


def compute_score(model: Any, X: Any, y: Labels, scoring: Scoring) -> float:
    """The score of a trained model on rows that were not resampled."""
    score = scoring.score(model, X, y)
    if not isinstance(score, Real):
        raise TypeError(f"scoring returns one number; got {score!r}, a {type(score).__name__}")
    return float(score)
