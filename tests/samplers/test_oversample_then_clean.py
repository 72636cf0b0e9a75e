"""The parameters that `SMOTETomek` and `SMOTEENN` hand to the SMOTE that they make."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import ParameterGrid
from sklearn.neighbors import NearestNeighbors

from gpu_smotetomek import SMOTE, SMOTEENN, SMOTENC, SMOTETomek

generator = np.random.default_rng(0)
X = generator.normal(size=(90, 3))
Y = np.repeat([0, 1], [70, 20])

chains = pytest.mark.parametrize("chain", [SMOTETomek, SMOTEENN])


@chains
@pytest.mark.parametrize("k", [1, 3, 5, None, np.int64(7), NearestNeighbors(n_neighbors=4)])
def test_k_neighbors_is_that_of_the_smote_made_here(chain, k):
    """The same rows as with a SMOTE that is given."""
    smote = SMOTE(k_neighbors=5 if k is None else k, random_state=3)
    expected = chain(smote=smote).fit_resample(X, Y)
    for sampler in (chain(k_neighbors=k, random_state=3), chain(random_state=3).set_params(k_neighbors=k)):
        found = clone(sampler).fit_resample(X, Y)
        np.testing.assert_array_equal(found[0], expected[0])
        np.testing.assert_array_equal(found[1], expected[1])
    rows = [chain(k_neighbors=k, random_state=3).fit_resample(X, Y)[0] for k in (1, 5)]
    assert rows[0].shape != rows[1].shape or (rows[0] != rows[1]).any()


@chains
def test_k_neighbors_follows_the_rules_of_scikit_learn(chain):
    sampler = chain(k_neighbors=3)
    assert sampler.get_params()["k_neighbors"] == 3
    assert clone(sampler).k_neighbors == 3
    assert repr(sampler) == f"{chain.__name__}(k_neighbors=3)"
    counts = [chain(**values).set_params(random_state=0) for values in ParameterGrid({"k_neighbors": [None, 2]})]
    assert [sampler.fit(X, Y).k_neighbors for sampler in counts] == [None, 2]
    nested = chain(k_neighbors=NearestNeighbors(n_neighbors=4)).set_params(k_neighbors__n_neighbors=2)
    assert nested.k_neighbors.n_neighbors == 2


@chains
@pytest.mark.parametrize("smote", [SMOTE(), SMOTENC([3])])
@pytest.mark.parametrize("method", ["fit", "fit_resample", "plan"])
def test_k_neighbors_beside_a_given_over_sampler_is_an_error(chain, smote, method):
    call = getattr(chain(smote=smote, k_neighbors=5), method)
    with pytest.raises(ValueError, match=r"k_neighbors=5 holds for the SMOTE made here, and smote=SMOTE.* has its own"):
        call(np.column_stack([X, Y > 0]) if isinstance(smote, SMOTENC) else X, Y)


@chains
@pytest.mark.parametrize("wrong", [0, 2.5, "five"])
def test_k_neighbors_is_checked(chain, wrong):
    with pytest.raises(ValueError, match="'k_neighbors' parameter of"):
        chain(k_neighbors=wrong).fit(X, Y)


@chains
def test_setting_a_parameter_of_a_step_that_is_none_names_the_shorter_way(chain):
    with pytest.raises(ValueError, match=r"give smote=SMOTE\(\) first, or with it, or set k_neighbors without smote__"):
        chain().set_params(smote__k_neighbors=3)
    with pytest.raises(ValueError, match=r"with it$"):
        chain().set_params(smote__kind=3)
