"""Time `GridSearchCV(n_jobs=2)` with our SMOTETomek and imbalanced-learn's: `python -m benchmarks.grid_search`."""

import os
import time
from typing import Any

import imblearn.combine
import imblearn.over_sampling
import numpy as np
from imblearn.pipeline import Pipeline
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB

import gpu_smotetomek
from benchmarks.data import make_correlated

N_JOBS = 2
NEIGHBORS = [3, 5, 7]


def measure_search(sampler: Any, X: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray, int]:
    """Return seconds, the mean score of each number of neighbours, and the most threads of a worker.

    A first search on few rows starts the workers and imports the libraries there.
    """
    search = GridSearchCV(
        Pipeline([("resample", sampler), ("classify", GaussianNB())]), {"resample__smote__k_neighbors": NEIGHBORS},
        cv=3, n_jobs=N_JOBS, refit=False, scoring=score_and_count, error_score="raise",
    )  # fmt: skip
    search.fit(X[::20], y[::20])
    start = time.perf_counter()
    search.fit(X, y)
    seconds = time.perf_counter() - start
    threads = max(search.cv_results_[f"split{fold}_test_threads"].max() for fold in range(3))
    return seconds, search.cv_results_["mean_test_score"], int(threads)


def score_and_count(pipeline: Any, X: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """Return the accuracy, and the number of threads that the resampling of this package may start in the worker."""
    from gpu_smotetomek.threadpools import count_threads

    return {"score": pipeline.score(X, y), "threads": count_threads(None)}


def main() -> None:
    """Print seconds, the ratio and the threads."""
    X, y = make_correlated(20_000, d=30)
    ours = gpu_smotetomek.SMOTETomek(smote=gpu_smotetomek.SMOTE(random_state=0), remove="both")
    theirs = imblearn.combine.SMOTETomek(smote=imblearn.over_sampling.SMOTE(random_state=0))
    our_seconds, our_scores, threads = measure_search(ours, X, y)
    their_seconds, their_scores, _ = measure_search(theirs, X, y)
    print(
        f"{len(NEIGHBORS) * 3} fits of {len(X)} rows on {os.cpu_count()} cores, {N_JOBS} workers of {threads} thread each"
    )
    print(f"ours {our_seconds:.2f} s, imbalanced-learn {their_seconds:.2f} s: {their_seconds / our_seconds:.1f} times")
    print(f"same scores: {np.array_equal(our_scores, their_scores)}")


if __name__ == "__main__":
    main()
