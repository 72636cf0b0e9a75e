"""`resample_dataset` gives the rows of one machine, for any cut of the table, and after it was killed."""

import numpy as np
import pytest
from support.block_cases import CASES

from gpu_smotetomek import SMOTE, SMOTETomek, TomekLinks
from gpu_smotetomek.datasets import resample_dataset

NAMES = sorted(set(CASES) - {"generator", "random_state_object", "longdouble", "wide"})


def save(folder, X, y):
    folder.mkdir()
    np.save(folder / "X.npy", X)
    np.save(folder / "y.npy", y)
    return folder


def small_case():
    X, y, parameters, _ = CASES["three_classes"]()
    return X, y, SMOTETomek(random_state=0, n_jobs=1, **parameters)


@pytest.mark.parametrize("n_blocks", [1, 7])
@pytest.mark.parametrize("name", NAMES)
def test_arrays_have_the_bytes_of_one_machine(tmp_path, name, n_blocks):
    X, y, parameters, seed = CASES[name]()
    plain = {key: value for key, value in parameters.items() if key in ("sampling_strategy", "k_neighbors")}
    sampler = SMOTETomek(random_state=seed(), n_jobs=1)
    if plain:
        sampler.set_params(smote=SMOTE(random_state=seed(), **plain))
    if "remove" in parameters:
        sampler.set_params(tomek=TomekLinks(sampling_strategy="all"))
    expected = sampler.fit_resample(X, y)
    limit = 4 * (X.nbytes // n_blocks + 1)
    result = resample_dataset(save(tmp_path / "in", X, y), out=tmp_path / "out", sampler=sampler, memory_limit=limit)
    np.save(tmp_path / "X.npy", expected[0])
    np.save(tmp_path / "y.npy", expected[1])
    for array in ("X.npy", "y.npy"):
        assert (tmp_path / "out" / array).read_bytes() == (tmp_path / array).read_bytes()
    assert result.rows_out == len(expected[1])
    assert not (tmp_path / "out.part").exists()
