"""Whether resampling helps: `python -m benchmarks quality`; ranking, calibration and decisions with and without it."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from benchmarks.quality_measures import choose_threshold, correct_shares, measure_decisions, measure_probabilities
from benchmarks.quality_tables import QualityTable, Sample

MODELS: dict[str, Any] = {
    "logistic regression": LogisticRegression(max_iter=1000),
    "gradient boosting": HistGradientBoostingClassifier(random_state=0),
}
NONE, THRESHOLD, WEIGHTS = "none", "moved threshold", "class weights"
SAMPLERS = {
    "random over-sampling": "RandomOverSampler",
    "SMOTE": "SMOTE",
    "SMOTETomek": "SMOTETomek",
    "SMOTEENN": "SMOTEENN",
}
TREATMENTS = [NONE, THRESHOLD, WEIGHTS, *SAMPLERS]


@dataclass(frozen=True)
class QualitySettings:
    """How often and how much is measured.

    Attributes
    ----------
    n_draws : int
        Repetitions of a law: other rows, and other seeds of the samplers.
    n_repeats : int
        Repetitions of a table: other folds, and other seeds of the samplers.
    n_folds : int
        Folds of a table.
    n_inner_folds : int
        Folds of the training part that choose a threshold.
    n_train, n_test : int
        Rows of a law.
    n_jobs : int
        Processes that run repetitions; it changes no figure.
    """

    n_draws: int = 10
    n_repeats: int = 5
    n_folds: int = 5
    n_inner_folds: int = 3
    n_train: int = 2_000
    n_test: int = 20_000
    n_jobs: int = -1


QUICK = QualitySettings(n_draws=2, n_repeats=2, n_folds=3, n_train=600, n_test=2_000, n_jobs=1)


@dataclass(frozen=True)
class Prediction:
    """Probabilities of the rare class for test rows, corrected ones, and alarms."""

    p: np.ndarray
    corrected: np.ndarray
    is_alarm: np.ndarray


def measure_quality(
    tables: list[QualityTable], settings: QualitySettings, log: Callable[[str], None]
) -> list[dict[str, Any]]:
    """Measure each table, model and treatment; a row has the values of all repetitions, their mean and standard deviation."""
    rows, repeats = [], Parallel(n_jobs=settings.n_jobs)
    for table in tables:
        for name, model in MODELS.items():
            start = perf_counter()
            n_repeats = settings.n_draws if table.is_law else settings.n_repeats
            measured = repeats(delayed(measure_once)(table, model, settings, seed) for seed in range(n_repeats))
            log(f"{table.name}, {name}: {perf_counter() - start:.1f} s")
            rows += [
                {"table": table.name, "model": name, "treatment": treatment}
                | summarize([once[treatment] for once in measured])
                for treatment in measured[0]
            ]
    return rows


def describe_tables(tables: list[QualityTable], settings: QualitySettings) -> list[dict[str, Any]]:
    """Return rows, features, positive rows and links after SMOTE of each table; of a law, those of its first draw."""
    return [
        {"table": table.name, "is_law": table.is_law}
        | describe_sample(table.load(settings.n_train, 0) if table.is_law else table.load())
        for table in tables
    ]


def describe_sample(sample: Sample) -> dict[str, int]:
    """Return the numbers of rows, features, positive rows and links after SMOTE of the whole sample, scaled."""
    from gpu_smotetomek import SMOTETomek

    sampler = SMOTETomek(random_state=0)
    sampler.fit_resample(StandardScaler().fit_transform(sample.X), sample.y)
    n, d = sample.X.shape
    return {"rows": n, "features": d, "positive": int(sample.y.sum()), "links": len(sampler.tomek_.links_)}


def summarize(values: list[dict[str, float]]) -> dict[str, Any]:
    """Return the values of all repetitions by measure, their means and standard deviations (of n − 1 degrees of freedom)."""
    by_measure = {name: [once[name] for once in values] for name in values[0]}
    return {
        "mean": {name: round(float(np.mean(of_one)), 5) for name, of_one in by_measure.items()},
        "sd": {name: round(float(np.std(of_one, ddof=1)), 5) for name, of_one in by_measure.items()},
        "values": {name: [round(value, 5) for value in of_one] for name, of_one in by_measure.items()},
    }


def measure_once(table: QualityTable, model: Any, settings: QualitySettings, seed: int) -> dict[str, dict[str, float]]:
    """Measure all treatments in one repetition: by a fresh test sample of a law, else by rows outside the training folds.

    One thread is used, since threads of a model wait for each other where processes share the cores.
    """
    with threadpool_limits(1):
        return measure_sample(table, model, settings, seed)


def measure_sample(
    table: QualityTable, model: Any, settings: QualitySettings, seed: int
) -> dict[str, dict[str, float]]:
    """Do that without a limit."""
    if table.is_law:
        train, test = table.load(settings.n_train, 2 * seed), table.load(settings.n_test, 2 * seed + 1)
        predictions = predict_treatments(model, train, test.X, settings, seed)
        measured = measure_treatments(predictions, test.y, test.p)
        truth = measure_probabilities(test.p, test.p, test.y, test.p) | measure_decisions(test.p >= 0.5, test.y)
        return {**measured, "the true probabilities": truth}
    sample = table.load()
    return measure_treatments(predict_folds(model, sample, settings, seed), sample.y, None)


def measure_treatments(
    predictions: dict[str, Prediction], y: np.ndarray, truth: np.ndarray | None
) -> dict[str, dict[str, float]]:
    """Measure the predictions of each treatment."""
    return {
        name: measure_probabilities(found.p, found.corrected, y, truth) | measure_decisions(found.is_alarm, y)
        for name, found in predictions.items()
    }


def predict_folds(model: Any, sample: Sample, settings: QualitySettings, seed: int) -> dict[str, Prediction]:
    """Predict every row by models that were trained without its fold."""
    folds = StratifiedKFold(settings.n_folds, shuffle=True, random_state=seed)
    places, parts = [], []
    for train, test in folds.split(sample.X, sample.y):
        places.append(test)
        parts.append(
            predict_treatments(model, Sample(sample.X[train], sample.y[train]), sample.X[test], settings, seed)
        )
    order = np.argsort(np.concatenate(places))
    return {
        name: Prediction(
            **{
                part: np.concatenate([getattr(of_fold[name], part) for of_fold in parts])[order]
                for part in ("p", "corrected", "is_alarm")
            }
        )
        for name in parts[0]
    }


def predict_treatments(
    model: Any, train: Sample, X_test: np.ndarray, settings: QualitySettings, seed: int
) -> dict[str, Prediction]:
    """Train each treatment on the training rows and predict the test rows, which are scaled as the training rows are."""
    scaler = StandardScaler().fit(train.X)
    X, X_test, y = scaler.transform(train.X), scaler.transform(X_test), train.y
    share, found = float(y.mean()), {}
    plain = clone(model).fit(X, y).predict_proba(X_test)[:, 1]
    found[NONE] = Prediction(plain, plain, plain >= 0.5)
    found[THRESHOLD] = Prediction(plain, plain, plain >= find_threshold(model, X, y, settings, seed))
    weighted = clone(model).set_params(class_weight="balanced").fit(X, y).predict_proba(X_test)[:, 1]
    found[WEIGHTS] = Prediction(weighted, correct_shares(weighted, 0.5, share), weighted >= 0.5)
    for name, rows, labels in resample(X, y, seed):
        p = clone(model).fit(rows, labels).predict_proba(X_test)[:, 1]
        found[name] = Prediction(p, correct_shares(p, float(labels.mean()), share), p >= 0.5)
    return found


def find_threshold(model: Any, X: np.ndarray, y: np.ndarray, settings: QualitySettings, seed: int) -> float:
    """Choose a threshold on predictions for rows of the training part that the models of inner folds have not seen."""
    inner = StratifiedKFold(settings.n_inner_folds, shuffle=True, random_state=seed)
    return choose_threshold(y, cross_val_predict(model, X, y, cv=inner, method="predict_proba")[:, 1])


def resample(X: np.ndarray, y: np.ndarray, seed: int) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Resample training rows with each sampler."""
    import gpu_smotetomek

    for name, kind in SAMPLERS.items():
        yield name, *getattr(gpu_smotetomek, kind)(random_state=seed).fit_resample(X, y)


def make_results(
    tables: list[QualityTable], settings: QualitySettings, environment: dict[str, Any], log: Callable[[str], None]
) -> dict[str, Any]:
    """Measure all tables, and return the JSON."""
    described = describe_tables(tables, settings)  # a table that cannot be read is an error before any work
    start = perf_counter()
    rows = measure_quality(tables, settings, log)
    return {
        "verb": "quality", "profile": "quick" if settings == QUICK else "full", "environment": environment,
        "settings": asdict(settings), "seconds": round(perf_counter() - start, 1), "tables": described, "rows": rows,
    }  # fmt: skip
