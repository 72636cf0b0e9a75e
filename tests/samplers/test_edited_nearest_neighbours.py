"""EditedNearestNeighbours and SMOTEENN: what their parameters decide, and their messages."""

import numpy as np
import pytest
from support import datasets

from gpu_smotetomek import SMOTE, SMOTEENN, EditedNearestNeighbours, ResamplingPipeline, SMOTETomek


def test_copies_of_a_row_in_two_classes_disagree():
    """imbalanced-learn may take such a row for its own neighbour, and keep it."""
    X, y = np.array([[0.0], [0.0], [5.0], [5.1], [5.2], [9.0]]), ["a", "b", "a", "a", "a", "b"]
    cleaner = EditedNearestNeighbours(sampling_strategy="all", n_neighbors=1)
    cleaner.fit_resample(X, y)
    assert cleaner.sample_indices_.tolist() == [2, 3, 4]


def test_copies_of_a_row_in_one_class_agree():
    X, y = np.array([[0.0], [0.0], [0.0], [0.1], [5.0]]), ["a", "a", "a", "b", "b"]
    cleaner = EditedNearestNeighbours(sampling_strategy="all", n_neighbors=2)
    cleaner.fit_resample(X, y)
    assert cleaner.sample_indices_.tolist() == [0, 1, 2]


def test_no_more_rows_than_neighbours():
    with pytest.raises(ValueError, match=r"n_neighbors=3 needs at least 4 rows, and there are 3: lower n_neighbors"):
        EditedNearestNeighbours().fit_resample([[0.0], [1.0], [2.0]], [0, 1, 1])


@pytest.mark.parametrize("parameters", [{"n_neighbors": 0}, {"kind_sel": "some"}, {"sampling_strategy": "minority"}])
def test_parameters_are_checked(parameters):
    X, y = datasets.blobs()
    with pytest.raises(ValueError, match=next(iter(parameters))):
        EditedNearestNeighbours(**parameters).fit_resample(X, y)


def test_rows_are_those_of_the_steps_one_by_one():
    X, y = datasets.blobs(400, 3, 0.7, 0.2, 0.1)
    smote, cleaner = SMOTE(random_state=0), EditedNearestNeighbours(sampling_strategy="all", kind_sel="mode")
    expected = cleaner.fit_resample(*smote.fit_resample(X, y))
    chain = ResamplingPipeline([("smote", smote), ("enn", cleaner)])
    for sampler in (SMOTEENN(smote=smote, enn=cleaner), chain):
        for result, desired in zip(sampler.fit_resample(X, y), expected, strict=True):
            np.testing.assert_array_equal(result, desired)


def test_the_default_steps():
    X, y = datasets.blobs()
    sampler = SMOTEENN(random_state=3, n_jobs=1).fit(X, y)
    sampler.fit_resample(X, y)
    assert sampler.smote_.get_params()["random_state"] == 3
    assert sampler.enn_.get_params()["sampling_strategy"] == "all"
    assert sampler.smote_.n_jobs == sampler.enn_.n_jobs == 1
    assert sampler.backend_ == sampler.enn_.backend_


def test_parameters_of_a_step_that_is_none():
    with pytest.raises(ValueError, match=r"enn__n_neighbors cannot be set, for enn is None; give enn=EditedNearest"):
        SMOTEENN().set_params(enn__n_neighbors=5)
    sampler = SMOTEENN().set_params(enn=EditedNearestNeighbours(), enn__n_neighbors=5)
    assert sampler.enn.n_neighbors == 5


def test_plan():
    """All rows are compared with all others, and not those of different classes only."""
    X, y = datasets.blobs()
    plan = SMOTEENN().plan(X, y)
    assert plan.rows_out == len(SMOTE().fit_resample(X, y)[1])
    assert plan.pairs == plan.rows_out**2 > SMOTETomek().plan(X, y).pairs


def test_rows_that_are_left_survive_a_failed_call():
    X, y = datasets.blobs()
    cleaner = EditedNearestNeighbours().fit(X, y)
    cleaner.fit_resample(X, y)
    left = cleaner.sample_indices_
    with pytest.raises(ValueError, match="n_neighbors"):
        cleaner.set_params(n_neighbors=30).fit_resample(X[:20], [0, 1] * 10)
    np.testing.assert_array_equal(cleaner.sample_indices_, left)


def test_numbers_and_categories():
    """Rows are compared by the distances of `TomekLinks` with the same columns."""
    X = np.array([[0.0, 0], [0.1, 1], [0.2, 0], [5.0, 1], [5.1, 1], [5.2, 1], [0.15, 0]])
    y = [0, 1, 0, 1, 1, 1, 0]
    cleaner = EditedNearestNeighbours(sampling_strategy="all", n_neighbors=1, categorical_features=[1])
    cleaner.fit_resample(X, y)
    assert cleaner.categorical_features_.tolist() == [1]
    assert 1 not in cleaner.sample_indices_
