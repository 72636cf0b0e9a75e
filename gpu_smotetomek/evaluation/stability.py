"""The function `stability`: what depends on the seed of a sampler, and whether the sampler helps."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import clone

from gpu_smotetomek.containers import enter_y, to_rows
from gpu_smotetomek.evaluation.cross_validation import CrossValidation, list_score_parts, split_folds
from gpu_smotetomek.evaluation.overlap import compute_overlap
from gpu_smotetomek.evaluation.result import SeedCounts, Stability
from gpu_smotetomek.evaluation.scoring import make_scoring
from gpu_smotetomek.evaluation.seeds import check_seeds, list_parts, resample_with_seeds
from gpu_smotetomek.evaluation.trace import Trace, trace_rows
from gpu_smotetomek.evaluation.treatments import list_treatments
from gpu_smotetomek.progress import follow_call
from gpu_smotetomek.samplers.base import Sampler
from gpu_smotetomek.typing import Floats, Integers, Labels


def stability(
    sampler: Sampler,
    X: Any,
    y: Any,
    seeds: Any = 20,
    *,
    transformer: Any = None,
    estimator: Any = None,
    scoring: Any = None,
    cv: Any = 5,
    groups: Any = None,
) -> Stability:
    """Measure what depends on the seed of a sampler and, with an estimator, whether the sampler helps.

    The table is resampled once for each seed. With an estimator, cross-validation compares the sampler with the plain estimator,
    class weights, a moved threshold, its over-sampler alone, and that with edited nearest neighbours. Only the training part of
    a fold is resampled, so no synthetic row and nothing computed from one reaches a test part.

    Parameters
    ----------
    sampler : Sampler
        A sampler of this package. Each seed replaces its `random_state` and those of its steps, in a copy.
    X : array-like, data frame or sparse matrix of shape (n_samples, n_features)
        As in `SMOTE.fit_resample`.
    y : array-like of shape (n_samples,)
        As in `SMOTE.fit_resample`; the estimator receives the labels as a NumPy array.
    seeds : int or list of int, default=20
        The seeds, or their number: 20 stands for 0 to 19.
    transformer : transformer or None, default=None
        Is fitted to the rows before they are resampled, such as `StandardScaler()`: distances need scaled features. In
        cross-validation these are the rows of the training part of a fold. None takes the rows as they are.
    estimator : classifier or None, default=None
        Is cloned and trained for each fold, and for each seed of a sampler. Its own `random_state` stays as it is: a number
        keeps its draws out of the spread. None computes no scores.
    scoring : str, callable or None, default=None
        A score of scikit-learn, or a callable of (estimator, X, y), of which more is better. None is the average precision of
        the rarer of two classes. A name such as "f1" means the rarer of two classes as well, and the result names that class;
        a scorer or another callable is called as it is.
    cv : int, splitter or iterable of (train, test), default=5
        The folds, the same for all treatments and seeds; a number means stratified folds in the order of the rows.
    groups : array-like of shape (n_samples,) or None, default=None
        Groups of rows, for splitters that keep them together.

    Returns
    -------
    Stability
        Counts, overlap and scores; `print` shows them as tables.

    Raises
    ------
    ValueError
        If there are no seeds, no such score, the estimator lacks a method that the score calls, a fold has a row in both parts,
        or X and y cannot be resampled.
    TypeError
        If a parameter is of another kind than expected.

    Notes
    -----
    The moved threshold is that of scikit-learn's `TunedThresholdClassifierCV`, chosen within the training part of a fold. An
    alternative that does not exist for an estimator or a score, or cannot be trained, is in `omitted` with the reason.

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from gpu_smotetomek import SMOTETomek, stability
    >>> X, y = make_moons((300, 30), noise=0.3, random_state=1)
    >>> result = stability(SMOTETomek(), X, y, seeds=5)
    >>> [counts.n_links for counts in result.seeds]
    [6, 5, 10, 5, 9]
    >>> result = stability(SMOTETomek(), X, y, seeds=2, estimator=KNeighborsClassifier(), scoring="f1")
    >>> {row["treatment"]: round(row["mean"], 2) for row in result.summarize()}
    {'plain': 0.59, 'moved threshold': 0.71, 'SMOTE': 0.69, 'SMOTEENN': 0.73, 'SMOTETomek': 0.72}
    """
    if not isinstance(sampler, Sampler):
        raise TypeError(f"sampler is a sampler of gpu_smotetomek, such as SMOTETomek(); got {sampler!r}")
    if estimator is None and scoring is not None:
        raise ValueError(
            f"scoring={scoring!r} needs an estimator whose score is measured; give estimator, or leave it out"
        )
    X, labels, seeds = to_rows(X), enter_y(y).labels, check_seeds(seeds)
    scores: dict[str, Floats] = {}
    omitted: dict[str, str] = {}
    name, parts = None, list_parts(seeds)
    with follow_call("stability") as meter:
        if estimator is not None:
            measured = make_scoring(scoring, estimator, labels)
            treatments, omitted = list_treatments(sampler, estimator, measured, len(np.unique(labels)))
            folds = split_folds(cv, labels, groups)
            parts = list_score_parts(treatments, len(folds), seeds) + parts
        if meter is not None:
            meter.expect(parts, in_seconds=False)
        if estimator is not None:
            scores, failed = CrossValidation(X, labels, folds, seeds, measured, transformer).score_treatments(
                treatments
            )
            omitted, name = omitted | failed, measured.name
        if transformer is not None:
            X = clone(transformer).fit_transform(X, labels)
        return count_seeds(sampler, X, labels, seeds, scoring=name, scores=scores, omitted=omitted)


def count_seeds(sampler: Sampler, X: Any, labels: Labels, seeds: tuple[int, ...], **scores: Any) -> Stability:
    """The result: counts of each seed on the whole table, their overlap, and the given scores."""
    classes, sizes = np.unique(labels, return_counts=True)
    counts, traces = [], []
    for seed, (_, resampled, provenance) in zip(seeds, resample_with_seeds(sampler, X, labels, seeds), strict=True):
        trace = trace_rows(provenance)
        counts.append(count_rows(seed, trace, len(resampled), labels, classes))
        traces.append(trace)
    return Stability(
        sampler=type(sampler).__name__,
        class_counts=dict(zip(classes.tolist(), sizes.tolist(), strict=True)),
        seeds=tuple(counts),
        removed_overlap=compute_overlap([trace.removed for trace in traces]),
        link_overlap=compute_link_overlap(traces, len(labels)),
        times_removed=count_removals(traces, len(labels)),
        **scores,
    )


def count_rows(seed: int, trace: Trace, n_rows: int, labels: Labels, classes: Labels) -> SeedCounts:
    """The counts of one seed, of which the result has `n_rows` rows."""
    gone = labels[trace.removed]
    removed = {label: int(np.count_nonzero(gone == label)) for label in classes.tolist()}
    return SeedCounts(seed, n_rows, n_rows - trace.n_kept, None if trace.links is None else len(trace.links), removed)


def compute_link_overlap(traces: list[Trace], n_input: int) -> Floats | None:
    """The overlap of the links among rows of the input, for each two seeds; None if links are not searched."""
    if any(trace.links is None for trace in traces):
        return None
    return compute_overlap([trace.links_among_input(n_input) for trace in traces])


def count_removals(traces: list[Trace], n_input: int) -> Integers:
    """Number of seeds with which each row of the input (n,) is removed."""
    times = np.zeros(n_input, np.int64)
    for trace in traces:
        times[trace.removed] += 1
    return times
