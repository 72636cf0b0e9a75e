"""Samplers in a notebook are drawn as scikit-learn's estimators are."""

import re

import numpy as np
import pytest
from sklearn.datasets import make_moons
from sklearn.linear_model import LogisticRegression
from support.optional import optional

from gpu_smotetomek import (
    SMOTE,
    SMOTEENN,
    EditedNearestNeighbours,
    RandomUnderSampler,
    ResamplingPipeline,
    SMOTETomek,
    TomekLinks,
)


def list_blocks(estimator):
    """Titles of the boxes, from the outermost to the last step."""
    return re.findall(r"<div><div>(.*?)</div>", estimator._repr_html_())


@pytest.mark.parametrize(
    ("sampler", "blocks"),
    [
        (SMOTE(), ["SMOTE"]),
        (SMOTETomek(), ["SMOTETomek"]),
        (SMOTETomek(smote=SMOTE(k_neighbors=3)), ["SMOTETomek", "SMOTE", "TomekLinks"]),
        (SMOTETomek(tomek=TomekLinks()), ["SMOTETomek", "SMOTE", "TomekLinks"]),
        (SMOTEENN(enn=EditedNearestNeighbours()), ["SMOTEENN", "SMOTE", "EditedNearestNeighbours"]),
        (
            ResamplingPipeline([("a", RandomUnderSampler()), ("b", SMOTETomek(smote=SMOTE()))]),
            ["ResamplingPipeline", "RandomUnderSampler", "b: SMOTETomek", "SMOTE", "TomekLinks"],
        ),
        (ResamplingPipeline([]), ["ResamplingPipeline"]),
        (ResamplingPipeline([("a", 3)]), ["ResamplingPipeline"]),
    ],
    ids=str,
)
def test_chains_are_drawn_step_by_step(sampler, blocks):
    assert list_blocks(sampler) == blocks


def test_inside_a_pipeline_of_imbalanced_learn():
    pipeline = optional("imblearn.pipeline")
    steps = ResamplingPipeline([("grow", SMOTE()), ("clean", TomekLinks())])
    model = pipeline.Pipeline([("resample", steps), ("classify", LogisticRegression())])
    expected = ["Pipeline", "resample: ResamplingPipeline", "SMOTE", "TomekLinks", "LogisticRegression"]
    assert list_blocks(model) == expected
    model.fit(*make_moons((200, 40), random_state=0))
    assert list_blocks(model) == expected


def test_a_fitted_sampler_is_drawn_and_links_lead_nowhere_else():
    X, y = make_moons((200, 40), random_state=0)
    for sampler in (SMOTETomek(random_state=0), ResamplingPipeline([("smote", SMOTE(random_state=0))])):
        sampler.fit_resample(X, y)
        html = sampler._repr_html_()
        assert "href=" not in html
        assert list_blocks(sampler)[0] == type(sampler).__name__
        assert np.array_equal(sampler.report_.counts[:, 0], [200, 40])
