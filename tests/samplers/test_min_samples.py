"""`min_samples`: what it means for given classes, and what it refuses."""

import numpy as np
import pytest
from support import datasets

from gpu_smotetomek import TomekLinks
from gpu_smotetomek.samplers.min_samples import resolve_min_samples

CLASSES = np.array(["common", "rare"])


@pytest.mark.parametrize(
    ("given", "rows"),
    [
        (None, [0, 0]),
        (20, [20, 20]),
        (np.int64(20), [20, 20]),
        ({"rare": 20}, [0, 20]),
        ({"rare": 0, "common": np.int32(5)}, [5, 0]),
        ({}, [0, 0]),
    ],
    ids=str,
)
def test_rows_that_each_class_keeps(given, rows):
    assert resolve_min_samples(given, CLASSES).tolist() == rows


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"odd": 20}, ValueError, "'odd'.*'common', 'rare'"),
        ({"rare": -1}, ValueError, "'rare' -1 rows; give 0 or more"),
        ({"rare": 2.5}, TypeError, r"'rare' 2.5 \(float\); give a number of rows, an integer"),
        ({"rare": True}, TypeError, r"'rare' True \(bool\)"),
    ],
    ids=str,
)
def test_what_is_refused(given, error, words):
    with pytest.raises(error, match=words):
        resolve_min_samples(given, CLASSES)
    X, y = datasets.blobs(60, 2)
    for method in (TomekLinks.fit, TomekLinks.fit_resample):
        with pytest.raises(error, match="min_samples"):
            method(TomekLinks(min_samples=given), X, CLASSES[y])


@pytest.mark.parametrize(
    "parameters", [{"min_samples": 0}, {"min_samples": 2.5}, {"repeat": "yes"}, {"definition": "nearest"}], ids=str
)
def test_parameters_of_another_kind(parameters):
    X, y = datasets.blobs(60, 2)
    with pytest.raises(ValueError, match=f"The '{next(iter(parameters))}' parameter of TomekLinks"):
        TomekLinks(**parameters).fit_resample(X, y)


def test_passes_that_would_empty_a_class_are_refused():
    """The two nearest enemies of a table are always a link; an empty mapping accepts what follows."""
    X, y = datasets.blobs(60, 2)
    endless = TomekLinks(repeat=True, definition="nearest enemies")
    for method in (endless.fit, endless.fit_resample):
        with pytest.raises(ValueError, match=r"until a class is empty.*min_samples"):
            method(X, y)
    assert set(endless.set_params(min_samples={}).fit_resample(X, y)[1]) == {1}
    assert sum(endless.set_params(min_samples=40).fit_resample(X, y)[1] == 0) == 40


@pytest.mark.parametrize("value", [True, False])
def test_a_truth_value_is_no_number_of_rows(value):
    with pytest.raises(TypeError, match=f"min_samples={value} is no number of rows; give an integer"):
        resolve_min_samples(value, np.array([0, 1]))
