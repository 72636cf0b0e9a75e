"""Errors about parameters and old names say what may have been meant."""

import copy
import inspect
import pickle

import imblearn
import numpy as np
import pytest
from sklearn.base import clone

from gpu_smotetomek import (
    ADASYN,
    SMOTE,
    SMOTEENN,
    BorderlineSMOTE,
    EditedNearestNeighbours,
    RandomOverSampler,
    RandomUnderSampler,
    ResamplingPipeline,
    SMOTETomek,
    TomekLinks,
)

X = np.arange(20.0)[:, None]
Y = np.array(["healthy"] * 14 + ["sick"] * 6)


@pytest.mark.parametrize(
    ("sampler", "hint"),
    [
        (SMOTE(sampling_strategy="minorty"), "Did you mean 'minority'?"),
        (SMOTE(sampling_strategy="Not-Majority"), "Did you mean 'not majority'?"),
        (SMOTE(small_class="shrnk"), "Did you mean 'shrink'?"),
        (TomekLinks(sampling_strategy="large"), "Did you mean 'larger'?"),
        (TomekLinks(definition="nearest neighbors"), "Did you mean 'nearest neighbours'?"),
        (BorderlineSMOTE(kind="borderline1"), "Did you mean 'borderline-1'?"),
        (SMOTETomek(remove="major"), "Did you mean 'majority'?"),
        (SMOTEENN(clean="afterwards"), "Did you mean 'after'?"),
        (SMOTE(backend="faiss"), "did you mean 'faiss-cpu'?"),
        (SMOTE(backend="kd-tree"), "did you mean 'kdtree'?"),
        (SMOTE(device="gpu"), "did you mean 'cuda'?"),
        (SMOTE(device="CUDA 0"), "did you mean 'cuda'?"),
        (SMOTE(sampling_strategy={"sik": 10}), "For 'sik', did you mean 'sick'?"),
        (TomekLinks(sampling_strategy=["Healthy"]), "For 'Healthy', did you mean 'healthy'?"),
        (RandomUnderSampler(sampling_strategy={"helthy": 3}), "For 'helthy', did you mean 'healthy'?"),
        (RandomOverSampler(sampling_strategy={"sick ": 10}), "For 'sick ', did you mean 'sick'?"),
    ],
    ids=str,
)
def test_a_word_that_is_nearly_right_gets_the_right_one(sampler, hint):
    with pytest.raises(ValueError, match="id you mean") as caught:
        sampler.fit(X, Y)
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    "sampler",
    [SMOTE(sampling_strategy="x"), SMOTE(backend="gpu"), SMOTE(device="x"), SMOTE(sampling_strategy={"x": 9})],
    ids=str,
)
def test_a_word_that_is_near_no_other_gets_none(sampler):
    with pytest.raises(ValueError, match=r"x|gpu") as caught:
        sampler.fit(X, Y)
    assert "you mean" not in str(caught.value)


def test_a_number_is_not_taken_for_a_similar_one():
    labels = np.where(Y == "sick", 10, 0)
    with pytest.raises(ValueError, match=r"classes: 0, 10\.$"):
        SMOTE(sampling_strategy={1: 20}).fit(X, labels)
    with pytest.raises(ValueError, match="For '10', did you mean 10"):
        SMOTE(sampling_strategy={"10": 20}).fit(X, labels)


@pytest.mark.parametrize("kind", [SMOTE, SMOTETomek, TomekLinks, RandomUnderSampler, EditedNearestNeighbours])
def test_parameters_of_old_releases_name_those_of_today(kind):
    with pytest.raises(TypeError, match=f"{kind.__name__} has no parameter 'ratio': sampling_strategy"):
        kind(ratio=0.5)
    with pytest.raises(TypeError, match="sample_indices_"):
        kind(return_indices=True)


def test_unknown_parameters_name_the_nearest_or_all():
    with pytest.raises(TypeError, match="SMOTE has no parameter 'k_neighbours': did you mean 'k_neighbors'"):
        SMOTE(k_neighbours=3)
    with pytest.raises(TypeError, match="TomekLinks has no parameter 'verbose': it takes sampling_strategy, repeat,"):
        TomekLinks(verbose=1)
    with pytest.raises(TypeError, match="positional"):
        SMOTE("auto")


def test_constructors_keep_their_signature():
    assert list(inspect.signature(SMOTE).parameters)[:3] == ["sampling_strategy", "random_state", "k_neighbors"]
    assert inspect.signature(SMOTE.__init__) == inspect.signature(SMOTE.__init__.__wrapped__)


@pytest.mark.parametrize("remake", [clone, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_samplers_can_be_copied(remake):
    made = remake(SMOTETomek(k_neighbors=3, smote=None).fit(X, Y))
    assert repr(made) == "SMOTETomek(k_neighbors=3)"


@pytest.mark.parametrize("kind", [SMOTE, SMOTETomek, TomekLinks, ADASYN])
def test_fit_sample_names_fit_resample(kind):
    assert not hasattr(kind(), "fit_sample")
    with pytest.raises(AttributeError, match=f"{kind.__name__} has no fit_sample: fit_resample is its name"):
        kind().fit_sample(X, Y)


def test_completion_lists_public_names():
    sampler = SMOTETomek(random_state=0, k_neighbors=2)
    sampler.fit_resample(X, Y)
    names = dir(sampler)
    assert {"fit_resample", "tomek_", "smote_", "report_", "random_state", "get_params", "__init__"} <= set(names)
    assert [name for name in names if name.startswith("_") and not name.startswith("__")] == []
    assert "fit_sample" not in names


@pytest.mark.parametrize(
    ("chain", "steps"),
    [
        (SMOTETomek, {"smote": imblearn.over_sampling.SMOTE(k_neighbors=3)}),
        (SMOTETomek, {"tomek": imblearn.under_sampling.TomekLinks(sampling_strategy="all")}),
        (SMOTEENN, {"enn": imblearn.under_sampling.EditedNearestNeighbours()}),
    ],
)
def test_a_step_of_imbalanced_learn_names_the_one_of_this_package(chain, steps):
    (step,) = steps.values()
    with pytest.raises(ValueError, match="of imbalanced-learn") as caught:
        chain(**steps).fit(X, Y)
    assert str(caught.value).endswith(
        f"give the one of this package with the same parameters, gpu_smotetomek.{step!r}."
    )
    import gpu_smotetomek

    same = eval(f"gpu_smotetomek.{step!r}", {"gpu_smotetomek": gpu_smotetomek})
    chain(**dict.fromkeys(steps, same)).fit(X, Y)


def test_a_step_that_is_only_in_imbalanced_learn_names_its_pipeline():
    with pytest.raises(ValueError, match=r"That is KMeansSMOTE of imbalanced-learn.* Pipeline"):
        SMOTETomek(smote=imblearn.over_sampling.KMeansSMOTE()).fit(X, Y)
    with pytest.raises(TypeError, match=r"got \('smote', SMOTE\(\)\). That is SMOTE of imbalanced-learn"):
        ResamplingPipeline([("smote", imblearn.over_sampling.SMOTE())]).fit(X, Y)
    with pytest.raises(TypeError, match=r"got 'smote'$"):
        ResamplingPipeline(["smote"]).fit(X, Y)
