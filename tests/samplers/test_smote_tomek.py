"""SMOTETomek: over-sampling, then cleaning by the class sizes of the input; and what its parameters decide."""

from collections import Counter

import numpy as np
import pytest
from support import datasets, oracle
from support.datasets import labels

from gpu_smotetomek import SMOTE, SMOTETomek, TomekLinks
from gpu_smotetomek.neighbors import available
from gpu_smotetomek.progress import progress

pytestmark = pytest.mark.usefixtures("thresholds", "little_work_space")

BOTH = ("majority", "both")


# ---- the rows -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("remove", BOTH)
@pytest.mark.parametrize("d", [2, 18])
@pytest.mark.parametrize("kind", list(datasets.KINDS))
def test_rows_are_the_oracles(kind, d, remove, backend):
    y = labels(60, 20)
    X = datasets.make(kind, y, d)
    sampler = SMOTETomek(random_state=0, remove=remove, backend=backend)
    oracle.assert_same(sampler.fit_resample(X, y), oracle.smote_tomek(X, y, remove=remove))


@pytest.mark.parametrize("far", [1e20, 1e100, 1e300])
def test_one_far_row_among_few_rows_of_one_feature(far, backend):
    """No bound overflows, and no warning reaches the user."""
    values = [far, 0.4, 1.5, 2.7, 2.4, -1.0, 0.95, 0.34, 0.4, 0.41, 0.64, 1.95, 0.76, 0.12, 0.44, 0.83, 2.0]
    X, y = np.array(values)[:, None], np.array([0, 0, 1, 1, 1, 0, 0, 1, 1, 0, 1, 1, 0, 0, 0, 1, 1])
    sampler = SMOTETomek(smote=SMOTE(random_state=0, k_neighbors=1), backend=backend)
    oracle.assert_same(sampler.fit_resample(X, y), oracle.smote_tomek(X, y, k=1))


@pytest.mark.parametrize("remove", BOTH)
@pytest.mark.parametrize("sizes", [(0.2, 0.8), (0.5, 0.3, 0.2), (0.2, 0.5, 0.3), (0.4, 0.4, 0.2), (0.3, 0.3, 0.2, 0.2)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16])
def test_rows_of_several_classes_are_the_oracles(dtype, sizes, remove):
    X, y = datasets.blobs(120, 3, *sizes)
    X = (X * 64).astype(dtype)
    sampler = SMOTETomek(random_state=1, remove=remove)
    oracle.assert_same(sampler.fit_resample(X, y), oracle.smote_tomek(X, y, remove=remove, random_state=1))


@pytest.mark.parametrize("totals", [{1: 20, 2: 80}, {0: 90, 1: 90, 2: 90}, {2: 12}], ids=str)
def test_classes_may_outgrow_the_largest(totals):
    """The class that loses rows is the one that was larger before."""
    y = labels(60, 20, 12)
    X = datasets.make("gaussian", y, 2)
    new = {label: total - oracle.counts(y)[label] for label, total in totals.items()}
    result = SMOTETomek(sampling_strategy=totals, random_state=0).fit_resample(X, y)
    oracle.assert_same(result, oracle.smote_tomek(X, y, n_synthetic=new))


def test_the_figures_of_imbalanced_learns_user_guide():
    X, y = datasets.published()
    assert Counter(y) == {0: 64, 1: 262, 2: 4674}
    _, y_new = SMOTETomek(random_state=0, remove="both").fit_resample(X, y)
    assert Counter(y_new) == {0: 4499, 1: 4566, 2: 4413}


# ---- which end of a link is removed ---------------------------------------------------------------------------------


@pytest.mark.parametrize("names", [("common", "rare"), ("rarely", "always")], ids=["smaller first", "smaller last"])
def test_the_default_drops_ends_of_the_class_that_was_larger_before(names):
    """After SMOTE both classes are equal; which label sorts first must not matter."""
    y = np.array(names)[labels(80, 20)]
    X = datasets.make("gaussian", labels(80, 20), 2)
    sampler = SMOTETomek(random_state=0)
    assert sampler.remove == "majority"
    _, y_new = sampler.fit_resample(X, y)
    links = len(sampler.tomek_.links_)
    assert links > 0
    assert Counter(y_new) == {names[0]: 80 - links, names[1]: 80}


def test_both_drops_both_ends():
    X, y = datasets.blobs(100, 2)
    sampler = SMOTETomek(random_state=0, remove="both")
    _, y_new = sampler.fit_resample(X, y)
    links = len(sampler.tomek_.links_)
    assert links > 0
    assert Counter(y_new) == {0: 85 - links, 1: 85 - links}


def test_classes_of_one_size_both_lose_their_ends():
    X, y = datasets.blobs(100, 2, 0.5, 0.5)
    majority, both = (SMOTETomek(random_state=0, remove=remove).fit_resample(X, y) for remove in BOTH)
    oracle.assert_same(majority, both)
    assert Counter(majority[1])[0] < 50


@pytest.mark.parametrize("strategy", ["auto", "majority", "not minority", "not majority", "larger"])
@pytest.mark.parametrize("small_label", [0, 1])
def test_names_given_to_tomek_mean_the_classes_that_came_in(strategy, small_label):
    y = np.where(labels(80, 20) == 1, small_label, 1 - small_label)
    sampler = SMOTETomek(random_state=0, tomek=TomekLinks(sampling_strategy=strategy))
    _, y_new = sampler.fit_resample(datasets.make("gaussian", labels(80, 20), 2), y)
    loses = small_label if strategy == "not majority" else 1 - small_label
    assert Counter(y_new)[1 - loses] == 80
    assert Counter(y_new)[loses] == 80 - len(sampler.tomek_.links_)


@pytest.mark.parametrize("strategy", ["auto", "majority", "not minority", "not majority", "all", "larger"])
def test_names_given_to_tomek_mean_all_classes_where_all_are_equal(strategy):
    X, y = datasets.blobs(100, 2, 0.5, 0.5)
    result = SMOTETomek(tomek=TomekLinks(sampling_strategy=strategy)).fit_resample(X, y)
    oracle.assert_same(result, oracle.smote_tomek(X, y, remove="both"))


# ---- smote= and tomek= ----------------------------------------------------------------------------------------------


def test_an_explicit_tomek_decides_alone():
    X, y = datasets.blobs(100, 2)
    sampler = SMOTETomek(random_state=0, tomek=TomekLinks(sampling_strategy=[1]))
    _, y_new = sampler.fit_resample(X, y)
    assert Counter(y_new)[0] == 85
    assert Counter(y_new)[1] < 85


def test_both_beside_an_explicit_tomek_is_an_error():
    X, y = datasets.blobs(100, 2)
    sampler = SMOTETomek(remove="both", tomek=TomekLinks())
    for method in (sampler.fit, sampler.fit_resample):
        with pytest.raises(ValueError, match=r"remove.*tomek"):
            method(X, y)


def test_an_explicit_smote_decides_the_draws_and_the_counts():
    X, y = datasets.blobs(100, 2)
    smote = SMOTE(random_state=3, k_neighbors=2, sampling_strategy={1: 50})
    sampler = SMOTETomek(sampling_strategy="all", random_state=0, smote=smote)
    oracle.assert_same(sampler.fit_resample(X, y), oracle.smote_tomek(X, y, n_synthetic={1: 35}, k=2, random_state=3))
    assert dict(sampler.sampling_strategy_) == {1: 35}
    assert sampler.smote_ is not smote
    assert not hasattr(smote, "n_features_in_")


def test_the_outer_strategy_is_checked_even_beside_an_explicit_smote():
    X, y = datasets.blobs(100, 2, 0.5, 0.3, 0.2)
    with pytest.raises(ValueError, match="float only when the type of target is binary"):
        SMOTETomek(sampling_strategy=0.5, smote=SMOTE()).fit_resample(X, y)


def test_nested_parameters():
    X, y = datasets.blobs(100, 2)
    sampler = SMOTETomek(smote=SMOTE(random_state=0), tomek=TomekLinks())
    sampler.set_params(smote__k_neighbors=2, tomek__sampling_strategy="all")
    assert sampler.get_params()["smote__k_neighbors"] == 2
    oracle.assert_same(sampler.fit_resample(X, y), oracle.smote_tomek(X, y, remove="both", k=2))


def test_steps_inherit_the_backend_unless_they_name_one(backend):
    X, y = datasets.blobs(100, 2)
    sampler = SMOTETomek(backend=backend, smote=SMOTE(), tomek=TomekLinks(backend="xp"))
    sampler.fit_resample(X, y)
    assert (sampler.smote_.backend_, sampler.tomek_.backend_) == (backend, "xp")


def test_backend_is_the_one_that_is_named(backend):
    X, y = datasets.blobs(100, 2)
    sampler = SMOTETomek(backend=backend)
    sampler.fit_resample(X, y)
    assert sampler.backend_ == sampler.smote_.backend_ == sampler.tomek_.backend_ == backend


@pytest.mark.parametrize("step", [{"smote": SMOTE(device="cuda")}, {"tomek": TomekLinks(device="cuda:1")}])
def test_a_step_that_names_another_device_is_an_error(step):
    X, y = datasets.blobs(100, 2)
    with pytest.raises(ValueError, match=r"(?s)device.*cpu.*cuda|device.*cuda.*cpu"):
        SMOTETomek(device="cpu", **step).fit_resample(X, y)


def test_a_step_may_name_the_same_device():
    X, y = datasets.blobs(100, 2)
    sampler = SMOTETomek(device="cpu", smote=SMOTE(device="cpu"), tomek=TomekLinks(device="cpu"))
    sampler.fit_resample(X, y)
    assert sampler.device_ == sampler.smote_.device_ == sampler.tomek_.device_ == "cpu"


# ---- draws, threads, memory -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng])
def test_a_generator_is_shared_with_smote_and_advances(make):
    X, y = datasets.blobs(100, 2)
    ours, theirs = make(5), make(5)
    for _ in range(2):
        expected = oracle.smote_tomek(X, y, random_state=theirs)
        oracle.assert_same(SMOTETomek(random_state=ours).fit_resample(X, y), expected)


@pytest.mark.parametrize("n_jobs", [None, 1, 2, -1])
def test_threads_change_nothing(n_jobs, backend):
    X, y = datasets.blobs(200, 4)
    sampler = SMOTETomek(random_state=0, n_jobs=n_jobs, backend=backend)
    oracle.assert_same(sampler.fit_resample(X, y), oracle.smote_tomek(X, y))


@pytest.mark.parametrize("memory_limit", [1, 2**16, None])
def test_work_space_changes_nothing(memory_limit, backend):
    X, y = datasets.blobs(100, 4)
    sampler = SMOTETomek(random_state=0, memory_limit=memory_limit, backend=backend)
    oracle.assert_same(sampler.fit_resample(X, y), oracle.smote_tomek(X, y))


@pytest.mark.parametrize("sizes", [(40, 20), (20, 40)], ids=["far row of the majority", "far row of the minority"])
@pytest.mark.parametrize("kind", ["one_far_row", "one_row_at_1e300"])
@pytest.mark.parametrize("memory_limit", [2**14, None])
@pytest.mark.parametrize("d", [1, 20])
def test_a_far_row_of_either_class_in_little_work_space(d, memory_limit, kind, sizes, backend):
    """Synthetic rows reach as far; no bound overflows, and no warning reaches the user."""
    y = labels(*sizes)
    X = datasets.make(kind, y, d)
    sampler = SMOTETomek(random_state=0, memory_limit=memory_limit, backend=backend)
    oracle.assert_same(sampler.fit_resample(X, y), oracle.smote_tomek(X, y))


def test_progress_counts_finished_blocks_up_to_all_of_them(backend):
    X, y = datasets.blobs(400, 4)
    calls = []
    with progress(lambda *call: calls.append(call)):
        SMOTETomek(random_state=0, backend=backend, memory_limit=2**16).fit_resample(X, y)
    assert calls
    done = {}
    for stage, finished, total in calls:
        assert isinstance(stage, str)
        assert 0 < finished <= total
        done[stage] = (finished, total)
    assert all(finished == total for finished, total in done.values()), "every stage ends with its last block"

    quiet = len(calls)
    SMOTETomek(random_state=0).fit_resample(X, y)
    assert len(calls) == quiet, "no callback runs outside the context"


def test_a_plan_is_made_before_any_work():
    X, y = datasets.blobs(400, 4)
    sampler = SMOTETomek(random_state=0, device="cpu")
    plan = sampler.plan(X, y)
    assert plan.rows_in == 400
    assert plan.rows_out >= 400
    assert plan.pairs > 0
    assert plan.workspace_bytes > 0
    assert plan.seconds >= 0
    assert plan.backend in {*available(), "direct"}
    assert plan.device == "cpu"
    assert not hasattr(sampler, "smote_")
    oracle.assert_same(sampler.fit_resample(X, y), oracle.smote_tomek(X, y))


# ---- fitted attributes ----------------------------------------------------------------------------------------------


def test_fitted_attributes():
    X, y = datasets.blobs(100, 2)
    sampler = SMOTETomek(random_state=0)
    assert sampler.fit(X, y) is sampler
    assert dict(sampler.sampling_strategy_) == {1: 70}
    X_new, _ = sampler.fit_resample(X, y)
    assert dict(sampler.sampling_strategy_) == {1: 70}
    assert dict(sampler.smote_.sampling_strategy_) == {1: 70}
    assert sampler.smote_.n_synthetic_ == 70
    assert sampler.n_features_in_ == sampler.smote_.n_features_in_ == 2
    assert isinstance(sampler.tomek_, TomekLinks)
    assert sampler.tomek_.sampling_strategy == "larger"
    assert not hasattr(sampler, "sample_indices_"), "a synthetic row is no row of X; tomek_ has the numbers"

    X_over, y_over = oracle.smote(X, y)
    np.testing.assert_array_equal(X_new, X_over[sampler.tomek_.sample_indices_])
    np.testing.assert_array_equal(sampler.tomek_.links_, oracle.tomek_links(X_over, y_over))


def test_tomek_of_both_is_all():
    X, y = datasets.blobs(100, 2)
    sampler = SMOTETomek(random_state=0, remove="both")
    sampler.fit_resample(X, y)
    assert sampler.tomek_.sampling_strategy == "all"


def test_input_is_neither_changed_nor_aliased():
    X, y = datasets.blobs(100, 2)
    before = X.copy(), y.copy()
    X_new, y_new = SMOTETomek(random_state=0).fit_resample(X, y)
    X_new[:], y_new[:] = 0, 0
    oracle.assert_same((X, y), before)


@pytest.mark.filterwarnings("error")
def test_a_far_row_gives_no_warning(backend):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1500, 3)) @ rng.normal(size=(3, 12))
    X[0] = 1e300
    y = np.repeat([1, 0], [250, 1250])
    oracle.assert_same(
        SMOTETomek(random_state=0, remove="both", backend=backend).fit_resample(X, y),
        oracle.smote_tomek(X, y, remove="both"),
    )
