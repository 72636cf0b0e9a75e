"""The recipes of docs/provenance.md: no synthetic row has a parent in a held-out group, and weights follow their rows."""

import re

import numpy as np
import pytest
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from support import datasets
from support.optional import optional
from support.pages import ROOT, Page

from gpu_smotetomek import SMOTE, RandomOverSampler, SMOTETomek


def find_definition(name):
    """A function or class of the page."""
    page = Page(ROOT / "docs" / "provenance.md")
    (code,) = (code for code in page.blocks("python") if re.search(rf"^(def|class) {name}\(", code, re.MULTILINE))
    names = {"np": np, "GroupKFold": GroupKFold, "__name__": "page"}
    exec(code.partition("\n\n\nfor ")[0], names)
    return names[name]


@pytest.fixture(scope="module")
def split_by_group():
    return find_definition("split_by_group")


def ancestors(provenance, row, n_input):
    """Rows of the input from which a row of the result descends."""
    parents = dict(zip(provenance.ids.tolist(), provenance.parents.tolist(), strict=True))
    found, pending = set(), [provenance.ids[row]]
    while pending:
        row_id = int(pending.pop())
        if row_id < n_input:
            found.add(row_id)
        else:
            pending += parents[row_id]
    return found


def crossing_rows(provenance, groups, train, valid):
    """Training rows with an ancestor in a group of a validation row."""
    held_out = {groups[row] for i in valid for row in ancestors(provenance, i, len(groups))}
    return [i for i in train if held_out & {groups[row] for row in ancestors(provenance, i, len(groups))}]


@pytest.mark.parametrize(
    "sampler", [SMOTE(random_state=0), SMOTETomek(random_state=0), RandomOverSampler(random_state=0)]
)
@pytest.mark.parametrize("seed", range(3))
def test_no_synthetic_row_crosses_a_fold(split_by_group, seed, sampler):
    X, y = datasets.blobs(160, 3, 0.8, 0.2, seed=seed)
    groups = np.random.default_rng(seed).integers(0, 15, len(X))
    sampler.fit_resample(X, y)
    provenance, validated = sampler.provenance_, []
    for train, valid in split_by_group(provenance, groups, 4):
        assert crossing_rows(provenance, groups, train, valid) == []
        assert provenance.is_synthetic[train].any()
        validated += valid.tolist()
    assert sorted(validated) == np.flatnonzero(~provenance.is_synthetic).tolist()  # each row of the table once


def test_the_groups_of_the_bases_alone_let_rows_cross():
    X, y = datasets.blobs(160, 3, 0.8, 0.2)
    groups = np.random.default_rng(0).integers(0, 15, len(X))
    sampler = SMOTE(random_state=0)
    sampler.fit_resample(X, y)
    own = sampler.provenance_.extend(groups)
    folds = GroupKFold(4).split(own, groups=own)
    assert all(crossing_rows(sampler.provenance_, groups, train, valid) for train, valid in folds)


def test_inside_the_training_fold_both_parents_are_training_rows():
    Pipeline = optional("imblearn.pipeline").Pipeline
    X, y = datasets.blobs(160, 3, 0.8, 0.2)
    groups = np.random.default_rng(0).integers(0, 15, len(X))
    model = Pipeline([("resample", SMOTETomek(random_state=0)), ("classify", LogisticRegression())])
    folds = {"return_estimator": True, "return_indices": True}
    result = cross_validate(model, X, y, groups=groups, cv=GroupKFold(4), **folds)
    for fitted, train, valid in zip(
        result["estimator"], *(result["indices"][part] for part in ("train", "test")), strict=True
    ):
        provenance = fitted["resample"].provenance_
        assert provenance.n_input == len(train)
        parents = provenance.parents[provenance.is_synthetic]
        assert len(parents)
        assert not set(groups[train][parents].ravel()) & set(groups[valid])


# ---- weights --------------------------------------------------------------------------------------------------------


class RecordingClassifier(ClassifierMixin, BaseEstimator):
    """A classifier that keeps what it is fitted to."""

    def fit(self, X, y, sample_weight=None):
        self.classes_, self.rows_, self.weights_ = np.unique(y), X, sample_weight
        return self

    def predict(self, X):
        return np.repeat(self.classes_[:1], len(X))


def make_weights():
    X, y = datasets.blobs(160, 3, 0.8, 0.2)
    return X, y, X[:, 0] ** 2 + 1  # a function of the row, so that each weight can be checked


def test_each_row_is_fitted_with_the_weight_of_its_base():
    X, y, weights = make_weights()
    model = find_definition("ResampledClassifier")(SMOTETomek(random_state=0), RecordingClassifier())
    with sklearn.config_context(enable_metadata_routing=True):
        model = model.set_fit_request(sample_weight=True).set_score_request(sample_weight=False)
        folds = {"return_estimator": True, "return_indices": True, "cv": 3}
        result = cross_validate(model, X, y, params={"sample_weight": weights}, **folds)
    for fitted, train in zip(result["estimator"], result["indices"]["train"], strict=True):
        recorded, provenance = fitted.classifier_, fitted.sampler_.provenance_
        base = np.where(provenance.is_synthetic, provenance.parents[:, 0], provenance.ids)
        np.testing.assert_array_equal(recorded.weights_, weights[train][base])
        assert len(recorded.rows_) == len(recorded.weights_) != len(train)
        kept = ~provenance.is_synthetic
        np.testing.assert_array_equal(recorded.weights_[kept], recorded.rows_[kept, 0] ** 2 + 1)


@pytest.mark.skipif(
    sklearn.__version__.startswith("1.7."), reason="scikit-learn 1.7 routes weights to Pipeline.score too"
)
def test_the_model_works_behind_a_scaler_and_in_a_grid_search():
    X, y, weights = make_weights()
    kind = find_definition("ResampledClassifier")
    with sklearn.config_context(enable_metadata_routing=True):
        model = kind(SMOTETomek(random_state=0), LogisticRegression())
        model = model.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        chain = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), model)
        ratios = {"resampledclassifier__sampler__sampling_strategy": [0.5, 1.0]}
        search = GridSearchCV(chain, ratios, cv=3).fit(X, y, sample_weight=weights)
    without = kind(SMOTETomek(random_state=0), LogisticRegression()).fit(StandardScaler().fit_transform(X), y)
    assert search.best_params_["resampledclassifier__sampler__sampling_strategy"] in (0.5, 1.0)
    assert (search.best_estimator_[-1].classifier_.coef_ != without.classifier_.coef_).any()


def test_imbalanced_learns_pipeline_routes_weights_of_another_length():
    pipeline = optional("imblearn.pipeline")
    X, y, weights = make_weights()
    with sklearn.config_context(enable_metadata_routing=True):
        classify = LogisticRegression().set_fit_request(sample_weight=True)
        model = pipeline.Pipeline([("resample", SMOTETomek(random_state=0)), ("classify", classify)])
        with pytest.raises(ValueError, match=r"sample_weight.shape == \(160,\)"):
            model.fit(X, y, sample_weight=weights)
