"""Measures of predicted probabilities: ranking, calibration, and decisions."""

import numpy as np
from sklearn.metrics import average_precision_score, precision_recall_curve

PRECISION = 0.5  # of two alarms, one is right: at 5 % positive, ten times the yield of testing at random
N_BINS = 10


def measure_probabilities(
    p: np.ndarray, corrected: np.ndarray, y: np.ndarray, truth: np.ndarray | None
) -> dict[str, float]:
    """Measure predicted probabilities (n,), also after the correction for the shares of the classes.

    `average_precision` and `recall_at_precision` measure the ranking; `brier` and `calibration_error` compare with the labels,
    `truth_error` with the true probabilities, where they are known.
    """
    measures = {
        "average_precision": average_precision_score(y, p),
        "recall_at_precision": compute_recall_at_precision(y, p),
    }
    for suffix, values in (("", p), ("_corrected", corrected)):
        measures[f"brier{suffix}"] = np.mean((values - y) ** 2)
        measures[f"calibration_error{suffix}"] = compute_calibration_error(y, values)
        if truth is not None:
            measures[f"truth_error{suffix}"] = np.mean(np.abs(values - truth))
    return {name: float(value) for name, value in measures.items()}


def measure_decisions(is_alarm: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """Measure recall and precision of alarms; the precision of no alarm is 0."""
    hits, alarms = np.count_nonzero(is_alarm & (y == 1)), np.count_nonzero(is_alarm)
    return {"recall": hits / np.count_nonzero(y), "precision": hits / alarms if alarms else 0.0}


def compute_recall_at_precision(y: np.ndarray, p: np.ndarray, precision: float = PRECISION) -> float:
    """Return the largest recall at a threshold with at least this precision; 0 where there is none."""
    precisions, recalls, _ = precision_recall_curve(y, p)
    return float(recalls[precisions >= precision].max(initial=0.0))


def choose_threshold(y: np.ndarray, p: np.ndarray, precision: float = PRECISION) -> float:
    """Return the threshold with the largest recall among those with at least this precision; 1 where there is none."""
    precisions, recalls, thresholds = precision_recall_curve(y, p)
    is_precise = precisions[:-1] >= precision  # the last point has no threshold
    return float(thresholds[is_precise][recalls[:-1][is_precise].argmax()]) if is_precise.any() else 1.0


def compute_calibration_error(y: np.ndarray, p: np.ndarray, n_bins: int = N_BINS) -> float:
    """Return the mean distance of predicted and observed share over bins of equally many rows, in the order of p."""
    bins = np.array_split(np.argsort(p, kind="stable"), n_bins)
    return float(sum(len(rows) * abs(p[rows].mean() - y[rows].mean()) for rows in bins if len(rows)) / len(p))


def correct_shares(p: np.ndarray, trained_share: float, true_share: float) -> np.ndarray:
    """Correct probabilities of a model trained with another share of positive rows: odds times the ratio of the odds.

    This is exact if the rows of each class are distributed alike in both; a synthetic row is not quite like a true one
    (Saerens, Latinne and Decaestecker, "Adjusting the outputs of a classifier to new a priori probabilities", Neural Computation
    14 (2002) 21-41).
    """
    p = np.clip(p, 1e-12, 1 - 1e-12)
    odds = p / (1 - p) * (true_share / (1 - true_share)) / (trained_share / (1 - trained_share))
    return odds / (1 + odds)
