"""ResamplingPipeline: the result of its steps one after another, in any order."""

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from support import datasets, oracle
from support.datasets import labels
from support.optional import optional

from gpu_smotetomek import SMOTE, ResamplingPipeline, SMOTETomek, TomekLinks

pytestmark = pytest.mark.usefixtures("thresholds", "little_work_space")

X3, Y3 = datasets.blobs(160, 3, 0.55, 0.27, 0.18)


def one_after_another(steps, X, y):
    for _, step in steps:
        X, y = clone(step).fit_resample(X, y)
    return X, y


def steps_of(words: str) -> list:
    """Steps by their first words: 'smote clean' is SMOTE, then TomekLinks of all classes."""
    made = {
        "smote": lambda: SMOTE(random_state=1),
        "little": lambda: SMOTE(random_state=2, k_neighbors=2, sampling_strategy="minority"),
        "clean": lambda: TomekLinks(sampling_strategy="all"),
        "some": lambda: TomekLinks(sampling_strategy=[0, 2]),
        "both": lambda: SMOTETomek(random_state=3, remove="both"),
    }
    return [(f"{word}{number}", made[word]()) for number, word in enumerate(words.split())]


ORDERS = [
    "smote",
    "clean",
    "smote clean",
    "clean smote",
    "some smote clean",
    "clean clean",
    "little smote clean",
    "smote clean little some",
    "clean both",
]


# ---- the rows -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("kind", ["gaussian", "lattice", "duplicated", "offset"])
def test_a_chain_equals_its_steps_one_after_another(kind, order):
    X, steps = datasets.make(kind, Y3, 3), steps_of(order)
    oracle.assert_same(ResamplingPipeline(steps).fit_resample(X, Y3), one_after_another(steps, X, Y3))


@pytest.mark.parametrize("order", ["clean smote", "little smote clean"])
def test_a_chain_does_not_depend_on_the_backend(order, backend):
    X, steps = datasets.make("lattice", Y3, 3), steps_of(order)
    chain = ResamplingPipeline(steps, backend=backend).fit_resample(X, Y3)
    oracle.assert_same(chain, one_after_another(steps, X, Y3))


@pytest.mark.parametrize("order", ORDERS)
def test_a_chain_on_sparse_rows_equals_its_steps(order):
    X, steps = sp.csr_array(datasets.make("lattice", Y3, 6)), steps_of(order)
    chain, labels_of_chain = ResamplingPipeline(steps).fit_resample(X, Y3)
    expected, expected_labels = one_after_another(steps, X, Y3)
    assert type(chain) is sp.csr_array
    oracle.assert_same((chain.toarray(), labels_of_chain), (expected.toarray(), expected_labels))


def mixed_frame(pandas, y):
    """Columns of six dtypes, so that each synthetic value is rounded to what its column stores."""
    rng = np.random.RandomState(0)
    values = rng.normal(size=(len(y), 6)) + y[:, None]
    dtypes = {"half": "f2", "single": "f4", "double": "f8", "small": "i1", "whole": "i8", "flag": "?"}
    columns = {
        name: (8 * values[:, i] if dtype[0] == "i" else values[:, i]) for i, (name, dtype) in enumerate(dtypes.items())
    }
    columns["flag"] = values[:, 5] > 0
    return pandas.DataFrame(columns).astype(dtypes)


@pytest.mark.parametrize("order", ORDERS)
def test_a_chain_on_a_mixed_frame_equals_its_steps(order):
    pandas = optional("pandas")
    X, steps = mixed_frame(pandas, Y3), steps_of(order)
    chain, labels_of_chain = ResamplingPipeline(steps).fit_resample(X, Y3)
    expected, expected_labels = one_after_another(steps, X, Y3)
    pandas.testing.assert_frame_equal(chain, expected)
    np.testing.assert_array_equal(labels_of_chain, expected_labels)


def test_a_mixed_frame_is_rounded_column_by_column_before_it_is_cleaned():
    pandas = optional("pandas")
    X = mixed_frame(pandas, Y3)
    matrix, columns = X.to_numpy(dtype=np.float64), tuple(X.dtypes)
    X_new, y_new = SMOTETomek(random_state=0).fit_resample(X, Y3)
    expected, expected_labels = oracle.smote_tomek(matrix, Y3, columns=columns)
    assert X_new.dtypes.to_dict() == X.dtypes.to_dict()
    oracle.assert_same((X_new.to_numpy(dtype=np.float64), y_new), (expected, expected_labels))


@pytest.mark.parametrize("remove", ["majority", "both"])
def test_smotetomek_is_the_chain_of_smote_and_tomek(remove):
    tomek = TomekLinks(sampling_strategy="larger" if remove == "majority" else "all")
    chain = ResamplingPipeline([("smote", SMOTE(random_state=0)), ("tomek", tomek)])
    oracle.assert_same(chain.fit_resample(X3, Y3), SMOTETomek(random_state=0, remove=remove).fit_resample(X3, Y3))


# ---- class names ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("small_label", [0, 1])
@pytest.mark.parametrize(
    ("strategy", "loses"),
    [
        ("auto", "large"),
        ("majority", "large"),
        ("not minority", "large"),
        ("larger", "large"),
        ("not majority", "small"),
    ],
)
def test_cleaning_after_smote_counts_what_smote_received(strategy, loses, small_label):
    """Alone, on the balanced rows, the same cleaner would go by the order of the labels."""
    y = np.where(labels(80, 20) == 1, small_label, 1 - small_label)
    X = datasets.make("gaussian", labels(80, 20), 2)
    chain = ResamplingPipeline([("smote", SMOTE(random_state=0)), ("tomek", TomekLinks(sampling_strategy=strategy))])
    _, y_new = chain.fit_resample(X, y)
    cleaned = small_label if loses == "small" else 1 - small_label
    sizes = oracle.counts(y_new)
    assert sizes[1 - cleaned] == 80
    assert sizes[cleaned] == 80 - len(chain.named_steps_["tomek"].links_)


@pytest.mark.parametrize("strategy", ["auto", "majority", "not minority", "not majority", "larger", "all"])
def test_equal_classes_before_smote_are_all_cleaned_after_it(strategy):
    X, y = datasets.blobs(160, 2, 0.5, 0.5)
    steps = [("smote", SMOTE(random_state=0)), ("tomek", TomekLinks(sampling_strategy=strategy))]
    oracle.assert_same(ResamplingPipeline(steps).fit_resample(X, y), oracle.smote_tomek(X, y, remove="both"))


def test_cleaning_before_smote_counts_what_it_receives_itself():
    X, y = datasets.blobs(160, 2, 0.2, 0.8)
    chain = ResamplingPipeline([("tomek", TomekLinks()), ("smote", SMOTE(random_state=0))])
    X_new, y_new = chain.fit_resample(X, y)
    kept = oracle.kept_by_class(y, oracle.tomek_links(X, y), [1])
    oracle.assert_same((X_new, y_new), oracle.smote(X[kept], y[kept]))


def test_the_last_cleaning_counts_what_the_first_smote_received():
    """Class 0 has 50 rows and class 1 has 80, but 45 once all links go: SMOTE receives class 0 as the larger one."""
    pairs = np.arange(35.0) * 10
    X = np.r_[pairs, np.arange(15) * 0.01 - 50, pairs + 1, np.arange(45) * 0.01 - 100][:, None]
    y = labels(50, 80)
    first, last = TomekLinks(sampling_strategy="majority"), TomekLinks(sampling_strategy="majority")
    chain = ResamplingPipeline([("first", first), ("smote", SMOTE(random_state=0, k_neighbors=3)), ("last", last)])
    chain.fit_resample(X, y)
    assert list(chain.named_steps_["first"].sampling_strategy_) == [1]
    assert dict(chain.named_steps_["smote"].sampling_strategy_) == {1: 5}
    assert list(chain.named_steps_["last"].sampling_strategy_) == [0]


def test_a_second_smote_does_not_change_the_counts():
    steps = [("first", SMOTE(random_state=0)), ("second", SMOTE(random_state=0)), ("tomek", TomekLinks())]
    chain = ResamplingPipeline(steps)
    chain.fit_resample(X3, Y3)
    assert list(chain.named_steps_["tomek"].sampling_strategy_) == [0, 1]


# ---- parameters and fitted attributes -------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", ["larger", "auto", "not minority", "majority"])
@pytest.mark.parametrize("words", ["clean smote", "smote clean", "clean"])
def test_a_class_that_cleaning_emptied_is_ignored(words, strategy):
    """Two classes of one row each, both in a link with a row of the largest class: the first cleaning removes them."""
    rng = np.random.default_rng(0)
    pairs = np.array([[50, 50], [60, 60], [50, 50.1], [60, 60.1]])
    X = np.concatenate([rng.normal(size=(30, 2)), rng.normal(size=(8, 2)) + 3, pairs])
    y = np.repeat([0, 1, 2, 3, 0], [30, 8, 1, 1, 2])
    smote = SMOTE(random_state=0, k_neighbors=2, sampling_strategy={1: 20})
    made = {"clean": TomekLinks(sampling_strategy="all"), "smote": smote}
    steps = [(word, made[word]) for word in words.split()] + [("last", TomekLinks(sampling_strategy=strategy))]
    pipeline = ResamplingPipeline(steps)
    _, classes = pipeline.fit_resample(X, y)
    assert set(classes.tolist()) == {0, 1}
    # SMOTE first: names mean what they meant before it, when there were smaller classes than 1
    expected = {0, 1} if words == "smote clean" and strategy != "majority" else {0}
    assert set(pipeline.named_steps_["last"].sampling_strategy_) == expected


def test_nested_parameters_reach_the_steps():
    chain = ResamplingPipeline([("smote", SMOTE()), ("tomek", TomekLinks())])
    chain.set_params(smote__k_neighbors=2, smote__random_state=0, tomek__sampling_strategy="all")
    parameters = chain.get_params()
    assert parameters["smote__k_neighbors"] == 2
    assert parameters["smote"] is chain.steps[0][1]
    oracle.assert_same(chain.fit_resample(X3, Y3), oracle.smote_tomek(X3, Y3, remove="both", k=2))


def test_a_step_can_be_replaced_by_its_name():
    chain = ResamplingPipeline([("smote", SMOTE()), ("tomek", TomekLinks())])
    chain.set_params(smote=SMOTE(random_state=0, k_neighbors=3), tomek=TomekLinks(sampling_strategy="all"))
    oracle.assert_same(chain.fit_resample(X3, Y3), oracle.smote_tomek(X3, Y3, remove="both", k=3))


def test_a_clone_is_another_chain_with_the_same_parameters():
    chain = ResamplingPipeline([("smote", SMOTE(random_state=0, k_neighbors=3))], n_jobs=1, backend="xp")
    copy = clone(chain)
    assert copy.steps[0][1] is not chain.steps[0][1]
    assert {**copy.get_params(), "steps": 0, "smote": 0} == {**chain.get_params(), "steps": 0, "smote": 0}
    oracle.assert_same(copy.fit_resample(X3, Y3), chain.fit_resample(X3, Y3))


def test_the_steps_given_stay_unfitted_and_their_clones_are_kept():
    smote, tomek = SMOTE(random_state=0), TomekLinks(sampling_strategy="all")
    chain = ResamplingPipeline([("smote", smote), ("tomek", tomek)])
    X_new, _ = chain.fit_resample(X3, Y3)
    assert not hasattr(smote, "sampling_strategy_")
    assert not hasattr(tomek, "sample_indices_")
    assert [name for name, _ in chain.steps_] == ["smote", "tomek"]
    assert chain.named_steps_["smote"] is chain.steps_[0][1]
    assert chain.named_steps_["smote"].n_synthetic_ == sum(oracle.balanced(Y3).values())
    assert len(chain.named_steps_["tomek"].sample_indices_) == len(X_new)
    assert chain.n_features_in_ == 3
    with pytest.raises(NotFittedError):
        SMOTE().get_feature_names_out()


def test_links_and_row_numbers_are_of_the_rows_that_the_step_received():
    steps = steps_of("clean smote clean")
    chain = ResamplingPipeline(steps)
    chain.fit_resample(X3, Y3)
    X, y = X3, Y3
    for (_, alone), (_, fitted) in zip(steps, chain.steps_, strict=True):
        sampler = clone(alone)
        X, y = sampler.fit_resample(X, y)
        if isinstance(sampler, TomekLinks):
            np.testing.assert_array_equal(fitted.links_, sampler.links_)
            np.testing.assert_array_equal(fitted.sample_indices_, sampler.sample_indices_)


def test_steps_inherit_the_backend_unless_they_name_one(backend):
    chain = ResamplingPipeline([("smote", SMOTE()), ("tomek", TomekLinks(backend="xp"))], backend=backend)
    chain.fit_resample(X3, Y3)
    assert [step.backend_ for _, step in chain.steps_] == [backend, "xp"]


@pytest.mark.parametrize("n_jobs", [None, 1, 2])
@pytest.mark.parametrize("memory_limit", [2**16, None])
def test_threads_and_work_space_change_nothing(memory_limit, n_jobs):
    steps = steps_of("smote clean")
    chain = ResamplingPipeline(steps, n_jobs=n_jobs, memory_limit=memory_limit)
    oracle.assert_same(chain.fit_resample(X3, Y3), one_after_another(steps, X3, Y3))


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([], ["steps"]),
        ([("a", SMOTE()), ("a", TomekLinks())], ["unique", "a"]),
        ([("a__b", SMOTE())], ["__", "a__b"]),
        ([("a", object())], ["a", "object"]),
        ([("n_jobs", SMOTE())], ["n_jobs"]),
        ([("a", SMOTE(device="cuda"))], ["device", "cuda", "cpu"]),
    ],
    ids=["empty", "same name twice", "two underscores", "no sampler", "name of a parameter", "another device"],
)
def test_bad_steps_are_refused_by_name(steps, words):
    with pytest.raises((ValueError, TypeError)) as caught:
        ResamplingPipeline(steps, device="cpu").fit_resample(X3, Y3)
    for word in words:
        assert word in str(caught.value)


def test_the_error_of_a_step_is_its_own():
    y = labels(40, 4)
    chain = ResamplingPipeline([("smote", SMOTE()), ("tomek", TomekLinks())])
    with pytest.raises(ValueError, match="k_neighbors=5"):
        chain.fit_resample(datasets.make("gaussian", y, 2), y)
