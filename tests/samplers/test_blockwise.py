"""Parameters of samplers for rows in blocks: those of one machine, or an error that says what to do."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from gpu_smotetomek import ADASYN, SMOTE, SMOTEENN, BorderlineSMOTE, SMOTETomek, TomekLinks
from gpu_smotetomek.samplers.blockwise import resolve_blockwise

CLASSES, COUNTS = np.array(["a", "b", "c"]), np.array([60, 30, 10])


def test_the_numbers_of_rows_are_those_of_fit():
    y = np.repeat(CLASSES, COUNTS)
    for strategy in ("auto", "minority", "all", {"c": 25}):
        steps = resolve_blockwise(SMOTETomek(sampling_strategy=strategy), CLASSES, COUNTS)
        fitted = SMOTE(sampling_strategy=strategy).fit(np.arange(100.0)[:, None], y)
        assert steps.smote.sampling_strategy_ == fitted.sampling_strategy_
        expected = {int(np.searchsorted(CLASSES, label)): size for label, size in fitted.sampling_strategy_.items()}
        assert steps.parameters.n_synthetic == expected


@pytest.mark.parametrize("remove", ["majority", "both"])
def test_the_rule_of_removal_goes_by_the_sizes_before_smote(remove):
    removal = resolve_blockwise(SMOTETomek(remove=remove), CLASSES, COUNTS).parameters.removal
    assert removal.is_targeted.all()
    assert (removal.sizes == (COUNTS if remove == "majority" else 0)).all()
    named = resolve_blockwise(SMOTETomek(tomek=TomekLinks(sampling_strategy=["a"])), CLASSES, COUNTS).parameters.removal
    assert named.is_targeted.tolist() == [True, False, False]


def test_smote_alone_cleans_nothing_and_tomek_links_alone_add_nothing():
    assert resolve_blockwise(SMOTE(), CLASSES, COUNTS).parameters.removal is None
    assert resolve_blockwise(TomekLinks(), CLASSES, COUNTS).parameters.n_synthetic == {}


@pytest.mark.parametrize(
    ("sampler", "message"),
    [
        (SMOTETomek(clean="both"), "clean='both'.*give clean='after'"),
        (SMOTETomek(smote=BorderlineSMOTE()), "smote=BorderlineSMOTE.*give a SMOTE"),
        (SMOTE(k_neighbors=NearestNeighbors(n_neighbors=6)), "k_neighbors=.*an object that searches"),
        (SMOTETomek(scale="standard"), "scale='standard'.*leave scale out"),
        (TomekLinks(repeat=True), "repeat=True"),
        (TomekLinks(definition="nearest enemies"), "definition='nearest enemies'"),
        (SMOTETomek(tomek=TomekLinks(repeat=True)), "repeat=True"),
        (SMOTE(sampling_strategy=lambda y: {"c": 20}), "callable.*give a name, a ratio or a mapping"),
        (SMOTE(k_neighbors=10), "Class 'c' has 10 rows.*lower k_neighbors to 9"),
        (SMOTE(sampling_strategy={"d": 10}), "target class"),
        (TomekLinks(min_samples={"d": 10}), "min_samples names the class 'd'"),
        (SMOTE(memory_limit=1), "memory_limit=1 "),
    ],
)
def test_errors_say_what_to_do(sampler, message):
    with pytest.raises(ValueError, match=message):
        resolve_blockwise(sampler, CLASSES, COUNTS)


@pytest.mark.parametrize("sampler", [ADASYN(), SMOTEENN(), BorderlineSMOTE()])
def test_other_samplers_are_refused(sampler):
    with pytest.raises(
        TypeError, match=f"{type(sampler).__name__} needs all rows at once.*give SMOTE, TomekLinks or SMOTETomek"
    ):
        resolve_blockwise(sampler, CLASSES, COUNTS)


def test_the_sampler_stays_as_it_is():
    sampler = SMOTE(random_state=0)
    resolve_blockwise(sampler, CLASSES, COUNTS)
    assert not hasattr(sampler, "sampling_strategy_")
