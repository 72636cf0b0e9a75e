"""The recipe of docs/provenance.md with groups: no synthetic row has a parent in a held-out group."""

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold
from support import datasets
from support.optional import optional
from support.pages import ROOT, Page

from gpu_smotetomek import SMOTE, RandomOverSampler, SMOTETomek


@pytest.fixture(scope="module")
def split_by_group():
    """The function of the page."""
    page = Page(ROOT / "docs" / "provenance.md")
    (code,) = (code for code in page.blocks("python") if "def split_by_group" in code)
    names = {"np": np, "GroupKFold": GroupKFold}
    exec(code[: code.index("\n\n\nfor ")], names)
    return names["split_by_group"]


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
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_validate

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
