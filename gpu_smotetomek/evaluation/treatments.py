"""The treatments that are compared: a sampler, and what else may help an estimator with a rare class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sklearn.base import clone
from sklearn.model_selection import TunedThresholdClassifierCV

from gpu_smotetomek.evaluation.result import CLASS_WEIGHTS, MOVED_THRESHOLD, PLAIN
from gpu_smotetomek.evaluation.scoring import SCORE_METHODS, Scoring
from gpu_smotetomek.samplers.base import Sampler
from gpu_smotetomek.samplers.oversample_then_clean import OversampleThenClean
from gpu_smotetomek.samplers.oversampler import OverSampler
from gpu_smotetomek.samplers.pipeline import ResamplingPipeline
from gpu_smotetomek.samplers.smote import SMOTE
from gpu_smotetomek.samplers.smote_enn import SMOTEENN
from gpu_smotetomek.samplers.smotenc import SMOTENC

PARAMETERS_OF_A_CALL = ("n_jobs", "backend", "device", "memory_limit", "passthrough", "passthrough_fill")


@dataclass(frozen=True)
class Treatment:
    """One way to train.

    Attributes
    ----------
    name : str
        What it is called.
    model : estimator
        Is cloned and trained.
    sampler : Sampler or None
        Resamples the training fold first; None leaves it as it is.
    is_alternative : bool
        Whether it is left out where it cannot be trained, so that the others are still compared.
    """

    name: str
    model: Any
    sampler: Sampler | None = None
    is_alternative: bool = True


def list_treatments(
    sampler: Sampler, estimator: Any, scoring: Scoring, n_classes: int
) -> tuple[list[Treatment], dict[str, str]]:
    """The treatments in the order of a table, and the reason for each one that is left out, by its name."""
    treatments, omitted = [Treatment(PLAIN, estimator, is_alternative=False)], {}
    if weights := find_class_weights(estimator):
        treatments.append(Treatment(CLASS_WEIGHTS, clone(estimator).set_params(**dict.fromkeys(weights, "balanced"))))
    else:
        omitted[CLASS_WEIGHTS] = f"{type(estimator).__name__} has no parameter class_weight"
    if reason := explain_no_threshold(estimator, scoring, n_classes):
        omitted[MOVED_THRESHOLD] = reason
    else:
        treatments.append(Treatment(MOVED_THRESHOLD, TunedThresholdClassifierCV(estimator, scoring=scoring.score)))
    own = type(sampler).__name__
    others = {type(other).__name__: other for other in make_other_samplers(sampler)}
    treatments += [Treatment(name, estimator, other) for name, other in others.items() if name != own]
    return [*treatments, Treatment(own, estimator, sampler, is_alternative=False)], omitted


def find_class_weights(estimator: Any) -> list[str]:
    """Names of the parameters `class_weight` of an estimator and of the steps inside it."""
    return [name for name in estimator.get_params() if name.rpartition("__")[2] == "class_weight"]


def explain_no_threshold(estimator: Any, scoring: Scoring, n_classes: int) -> str | None:
    """Why no threshold is moved; None if one can be."""
    if n_classes > 2:
        return f"there is one threshold for two classes, and y has {n_classes}"
    if not scoring.reads:
        return "scoring is a callable of your own; a threshold is chosen for scores made by sklearn.metrics.make_scorer"
    if not scoring.depends_on_threshold:
        return "this score ranks rows or reads probabilities, which no threshold changes"
    if not any(hasattr(estimator, method) for method in SCORE_METHODS):
        return f"{type(estimator).__name__} has neither {' nor '.join(SCORE_METHODS)}"
    return None


def make_other_samplers(sampler: Sampler) -> Iterator[Sampler]:
    """The over-sampler alone, then that with edited nearest neighbours; with what `sampler` says about columns and the device."""
    smote = make_oversampler(sampler)
    inherited = {
        name: value
        for name in PARAMETERS_OF_A_CALL
        if (value := getattr(sampler, name, None)) is not None and value not in ("auto", "missing")
    }
    yield clone(smote).set_params(**inherited)
    yield SMOTEENN(smote=smote, **inherited)


def make_oversampler(sampler: Sampler) -> OverSampler:
    """The `SMOTE` or `SMOTENC` in a sampler, or one with its strategy; a chain of two keeps its own, whatever that is."""
    if isinstance(sampler, OversampleThenClean):
        return sampler._make_smote()
    if isinstance(sampler, SMOTE | SMOTENC):
        return clone(sampler)  # type: ignore[no-any-return]
    if isinstance(sampler, ResamplingPipeline):
        adds_rows = (step for _, step in sampler.steps if step._sampling_type == "over-sampling")
        if (step := next(adds_rows, None)) is not None:
            return make_oversampler(step)
    strategy: Any = sampler.sampling_strategy if sampler._sampling_type == "over-sampling" else "auto"
    categorical = sampler._categorical_features
    return (
        SMOTE(sampling_strategy=strategy) if categorical is None else SMOTENC(categorical, sampling_strategy=strategy)
    )
