"""What is compared with a sampler, and what is left out."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import TunedThresholdClassifierCV
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gpu_smotetomek import (
    ADASYN,
    SMOTE,
    SMOTEENN,
    SMOTENC,
    BorderlineSMOTE,
    RandomOverSampler,
    RandomUnderSampler,
    ResamplingPipeline,
    SMOTETomek,
    TomekLinks,
)
from gpu_smotetomek.evaluation.scoring import make_scoring
from gpu_smotetomek.evaluation.treatments import list_treatments

LABELS = np.repeat([0, 1], [7, 3])


def name_treatments(sampler, estimator, scoring="f1", labels=LABELS):
    found, omitted = list_treatments(
        sampler, estimator, make_scoring(scoring, estimator, labels), len(np.unique(labels))
    )
    return {treatment.name: treatment for treatment in found}, omitted


def test_all_of_them():
    estimator = LogisticRegression(C=0.5)
    found, omitted = name_treatments(SMOTETomek(), estimator)
    assert list(found) == ["plain", "class weights", "moved threshold", "SMOTE", "SMOTEENN", "SMOTETomek"]
    assert omitted == {}
    assert [name for name, treatment in found.items() if not treatment.is_alternative] == ["plain", "SMOTETomek"]
    assert found["class weights"].model.get_params() == estimator.get_params() | {"class_weight": "balanced"}
    assert isinstance(found["moved threshold"].model, TunedThresholdClassifierCV)
    assert all(found[name].model is estimator for name in ("plain", "SMOTE", "SMOTEENN", "SMOTETomek"))
    assert [type(treatment.sampler).__name__ for treatment in found.values()][3:] == ["SMOTE", "SMOTEENN", "SMOTETomek"]


def test_class_weights_reach_a_step_of_a_pipeline():
    found, _ = name_treatments(SMOTETomek(), make_pipeline(StandardScaler(), LogisticRegression()))
    assert found["class weights"].model[-1].class_weight == "balanced"
    assert found["plain"].model[-1].class_weight is None


@pytest.mark.parametrize(
    ("estimator", "scoring", "labels", "name", "reason"),
    [
        (KNeighborsClassifier(), "f1", LABELS, "class weights", "KNeighborsClassifier has no parameter class_weight"),
        (LogisticRegression(), "roc_auc", LABELS, "moved threshold", "which no threshold changes"),
        (
            LogisticRegression(),
            "f1_macro",
            [0, 0, 1, 2],
            "moved threshold",
            "one threshold for two classes, and y has 3",
        ),
        (LogisticRegression(), lambda *_: 0.0, LABELS, "moved threshold", "a callable of your own"),
    ],
)
def test_what_does_not_exist_is_left_out_with_a_reason(estimator, scoring, labels, name, reason):
    found, omitted = name_treatments(SMOTETomek(), estimator, scoring, np.asarray(labels))
    assert name not in found
    assert reason in omitted[name]
    assert len(omitted) == 1


def test_an_estimator_without_scores_for_rows():
    class Rule(NearestCentroid):
        decision_function = predict_proba = property()  # hasattr is false

    _, omitted = name_treatments(SMOTETomek(), Rule())
    assert omitted["moved threshold"] == "Rule has neither decision_function nor predict_proba"


@pytest.mark.parametrize(
    ("sampler", "others"),
    [
        (SMOTE(k_neighbors=3), ["SMOTEENN"]),
        (SMOTEENN(), ["SMOTE"]),
        (ADASYN(sampling_strategy=0.8), ["SMOTE", "SMOTEENN"]),
        (TomekLinks(), ["SMOTE", "SMOTEENN"]),
        (TomekLinks(categorical_features=[0]), ["SMOTENC", "SMOTEENN"]),
        (SMOTETomek(smote=BorderlineSMOTE()), ["BorderlineSMOTE", "SMOTEENN"]),
        (SMOTETomek(smote=SMOTENC([0])), ["SMOTENC", "SMOTEENN"]),
        (ResamplingPipeline([("under", RandomUnderSampler()), ("smote", SMOTE(k_neighbors=3))]), ["SMOTE", "SMOTEENN"]),
    ],
)
def test_the_other_samplers(sampler, others):
    found, _ = name_treatments(sampler, LogisticRegression())
    assert [name for name, treatment in found.items() if treatment.sampler is not None] == [
        *others,
        type(sampler).__name__,
    ]


def test_the_other_samplers_inherit_what_the_sampler_says():
    settings = {"n_jobs": 1, "backend": "xp", "memory_limit": 2**20, "passthrough": ["id"], "passthrough_fill": "base"}
    found, _ = name_treatments(
        SMOTETomek(sampling_strategy=0.9, small_class="shrink", **settings), LogisticRegression()
    )
    alone, edited = found["SMOTE"].sampler, found["SMOTEENN"].sampler
    assert (alone.sampling_strategy, alone.small_class) == (0.9, "shrink")
    assert (edited.smote.sampling_strategy, edited.smote.small_class) == (0.9, "shrink")
    for sampler in (alone, edited):
        assert settings.items() <= sampler.get_params().items()
    found, _ = name_treatments(SMOTETomek(smote=SMOTE(k_neighbors=2, n_jobs=1)), LogisticRegression())
    assert (found["SMOTE"].sampler.k_neighbors, found["SMOTE"].sampler.n_jobs) == (2, 1)
    assert found["SMOTEENN"].sampler.smote.k_neighbors == 2
    for sampler in (ADASYN(sampling_strategy=0.8), RandomOverSampler(sampling_strategy=0.8)):
        found, _ = name_treatments(sampler, LogisticRegression())
        assert found["SMOTE"].sampler.sampling_strategy == 0.8
    for step in (SMOTE(k_neighbors=2), SMOTETomek(smote=SMOTE(k_neighbors=2))):
        chain = ResamplingPipeline([("tomek", TomekLinks()), ("grow", step)])
        found, _ = name_treatments(chain, LogisticRegression())
        assert found["SMOTE"].sampler.k_neighbors == found["SMOTEENN"].sampler.smote.k_neighbors == 2
    found, _ = name_treatments(TomekLinks(sampling_strategy="all"), LogisticRegression())
    assert found["SMOTE"].sampler.sampling_strategy == "auto"
