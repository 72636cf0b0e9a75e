"""Seeds as they are given, and where they are set in a sampler."""

import numpy as np
import pytest

from gpu_smotetomek import SMOTE, RandomUnderSampler, ResamplingPipeline, SMOTETomek, TomekLinks
from gpu_smotetomek.evaluation.seeds import check_seeds, resample_with_seeds, set_seed


@pytest.mark.parametrize(
    ("seeds", "expected"),
    [(1, (0,)), (np.int64(3), (0, 1, 2)), ([5, 0], (5, 0)), (np.array([2, 9]), (2, 9)), (range(2, 4), (2, 3))],
)
def test_seeds(seeds, expected):
    assert check_seeds(seeds) == expected
    assert all(type(seed) is int for seed in check_seeds(seeds))


@pytest.mark.parametrize(
    ("seeds", "kind", "message"),
    [
        (0, ValueError, "seeds=0 is no number of seeds; give at least 1"),
        (-3, ValueError, "seeds=-3 is no number"),
        ([], ValueError, "seeds is empty"),
        ([1, -2], ValueError, "seed -2 is negative"),
        ([3, 1, 3], ValueError, "holds a seed twice"),
        (True, TypeError, "got True"),
        (2.0, TypeError, "got 2.0"),
        ("12", TypeError, "got '12'"),
        ([1, 2.5], TypeError, "each seed is a whole number; got 2.5"),
        ([True], TypeError, "got True"),
        (None, TypeError, "got None"),
    ],
)
def test_other_seeds_are_refused(seeds, kind, message):
    with pytest.raises(kind, match=message):
        check_seeds(seeds)


def test_the_seed_reaches_each_step_of_a_copy():
    inner = SMOTETomek(smote=SMOTE(k_neighbors=3, random_state=5))
    sampler = ResamplingPipeline([("under", RandomUnderSampler()), ("both", inner), ("tomek", TomekLinks())])
    copy = set_seed(sampler, 7)
    names = ["under__random_state", "both__random_state", "both__smote__random_state"]
    assert [copy.get_params()[name] for name in names] == [7, 7, 7]
    assert copy.get_params()["both__smote__k_neighbors"] == 3
    assert [sampler.get_params()[name] for name in names] == [None, None, 5]


@pytest.mark.parametrize("seeds", [(3, 1), (*range(9), 2**32 - 1), (*range(9), 2**32)])
def test_the_results_are_those_of_fit_resample(seeds):
    """With few seeds, with a prepared table, and with a seed that no prepared table takes."""
    X, y = np.random.default_rng(0).normal(size=(60, 2)), np.repeat([0, 1], [45, 15])
    sampler = SMOTETomek(smote=SMOTE())
    if max(seeds) == 2**32:
        with pytest.raises(ValueError, match="random_state"):
            list(resample_with_seeds(sampler, X, y, seeds))
        return
    for seed, (rows, labels, provenance) in zip(seeds, resample_with_seeds(sampler, X, y, seeds), strict=True):
        fitted = SMOTETomek(smote=SMOTE(random_state=seed))
        expected, expected_labels = fitted.fit_resample(X, y)
        np.testing.assert_array_equal(rows, expected)
        np.testing.assert_array_equal(labels, expected_labels)
        np.testing.assert_array_equal(provenance.parents, fitted.provenance_.parents)
        np.testing.assert_array_equal(provenance.removed, fitted.provenance_.removed)
    assert not hasattr(sampler, "smote_")
