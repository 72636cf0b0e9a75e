"""The samplers in scikit-learn's and imbalanced-learn's tools; cloned, pickled and printed."""

import pickle
import threading
from dataclasses import replace

import imblearn.combine
import imblearn.over_sampling
import imblearn.pipeline
import imblearn.under_sampling
import numpy as np
import pytest
from imblearn.ensemble import BalancedBaggingClassifier
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from support import datasets, oracle

from gpu_smotetomek import (
    SMOTE,
    SMOTENC,
    RandomOverSampler,
    RandomUnderSampler,
    ResamplingPipeline,
    SMOTETomek,
    TomekLinks,
)

pytestmark = pytest.mark.usefixtures("small_tables_use_bounds")

X, Y = datasets.blobs(150, 3)
SAMPLERS = {
    "SMOTE": SMOTE(random_state=0, k_neighbors=3),
    "TomekLinks": TomekLinks(sampling_strategy="all"),
    "SMOTETomek": SMOTETomek(random_state=0, remove="both"),
    "nested": SMOTETomek(smote=SMOTE(random_state=0), tomek=TomekLinks(sampling_strategy=[1])),
    "SMOTENC": SMOTENC([0], random_state=0),
    "RandomOverSampler": RandomOverSampler(random_state=0, shrinkage=1.0),
    "RandomUnderSampler": RandomUnderSampler(random_state=0),
    "pipeline": ResamplingPipeline([("smote", SMOTE(random_state=0)), ("tomek", TomekLinks())]),
}
CLASSES = {
    "SMOTE": imblearn.over_sampling.SMOTE,
    "TomekLinks": imblearn.under_sampling.TomekLinks,
    "SMOTETomek": imblearn.combine.SMOTETomek,
    "SMOTENC": imblearn.over_sampling.SMOTENC,
    "RandomOverSampler": imblearn.over_sampling.RandomOverSampler,
    "RandomUnderSampler": imblearn.under_sampling.RandomUnderSampler,
}
each_sampler = pytest.mark.parametrize("sampler", SAMPLERS.values(), ids=SAMPLERS.keys())


SEARCHES = {"n_jobs": None, "backend": "auto", "device": "auto", "memory_limit": None, "scale": None}
TRAVELS = {"passthrough": None, "passthrough_fill": "missing"}
PASSES = {"repeat": False, "min_samples": None, "definition": "nearest neighbours"}


# ---- pipelines and searches -----------------------------------------------------------------------------------------


@each_sampler
def test_inside_imbalanced_learns_pipeline(sampler):
    pipeline = imblearn.pipeline.make_pipeline(StandardScaler(), sampler, LogisticRegression())
    pipeline.fit(X, Y)
    by_hand = LogisticRegression().fit(*clone(sampler).fit_resample(StandardScaler().fit_transform(X), Y))
    np.testing.assert_array_equal(pipeline[-1].coef_, by_hand.coef_)
    assert pipeline.predict(X).shape == Y.shape, "nothing is resampled when predicting"


@each_sampler
def test_cross_validation_resamples_the_training_folds_only(sampler):
    pipeline = imblearn.pipeline.make_pipeline(sampler, LogisticRegression())
    scores = cross_val_score(pipeline, X, Y, cv=3, scoring="balanced_accuracy")
    assert np.isfinite(scores).all()


def test_grid_search_over_nested_parameters():
    pipeline = imblearn.pipeline.Pipeline(
        [("resample", SMOTETomek(smote=SMOTE(random_state=0))), ("classify", LogisticRegression())]
    )
    grid = {"resample__smote__k_neighbors": [1, 5], "resample__remove": ["majority", "both"]}
    search = GridSearchCV(pipeline, grid, cv=3, scoring="balanced_accuracy", error_score="raise").fit(X, Y)
    assert set(search.best_params_) == set(grid)
    theirs = imblearn.pipeline.Pipeline(
        [
            ("resample", imblearn.combine.SMOTETomek(smote=imblearn.over_sampling.SMOTE(random_state=0))),
            ("classify", LogisticRegression()),
        ]
    )
    scores = GridSearchCV(theirs, {"resample__smote__k_neighbors": [1, 5]}, cv=3, scoring="balanced_accuracy").fit(X, Y)
    both = search.cv_results_["param_resample__remove"] == "both"
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"][both], scores.cv_results_["mean_test_score"])


def test_workers_of_a_grid_search_start_no_threads():
    class Recording(SMOTETomek):
        def _resample(self, batch, ctx):
            batch = super()._resample(batch, replace(ctx, memory_limit=2**16))  # many blocks
            started = [thread for thread in threading.enumerate() if thread.name.startswith("ThreadPoolExecutor")]
            self.threads_ = (ctx.n_threads, len(started))
            return batch

    def count(pipeline, X, y):
        return dict(zip(("allowed", "started"), pipeline[0].threads_, strict=True))

    pipeline = imblearn.pipeline.Pipeline([("resample", Recording(random_state=0)), ("classify", LogisticRegression())])
    options = {"cv": 3, "n_jobs": 2, "refit": False, "scoring": count, "error_score": "raise"}
    for n_jobs, allowed in ((None, 1), (2, 2)):
        search = GridSearchCV(pipeline, {"resample__n_jobs": [n_jobs]}, **options).fit(*datasets.blobs(4000, 3))
        found = {name: search.cv_results_[f"mean_test_{name}"][0] for name in ("allowed", "started")}
        assert found == {"allowed": allowed, "started": 0 if allowed == 1 else pytest.approx(1.5, abs=0.5)}


@pytest.mark.parametrize("name", CLASSES)
def test_balanced_bagging(name):
    """BalancedBaggingClassifier reads `_sampling_type` and sets the strategy of a clone."""
    strategy = "auto" if name != "TomekLinks" else "not minority"
    classifier = BalancedBaggingClassifier(
        DecisionTreeClassifier(max_depth=2),
        n_estimators=3,
        random_state=0,
        sampler=SAMPLERS[name],
        sampling_strategy=strategy,
    )
    classifier.fit(X, Y)
    inner = classifier.estimators_[0].named_steps["sampler"]
    assert type(inner).__name__ == name
    assert inner.sampling_strategy == strategy
    assert classifier.predict(X).shape == Y.shape


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("SMOTE", "over-sampling"),
        ("TomekLinks", "clean-sampling"),
        ("SMOTETomek", "over-sampling"),
        ("SMOTENC", "over-sampling"),
        ("RandomOverSampler", "over-sampling"),
        ("RandomUnderSampler", "under-sampling"),
    ],
)
def test_attributes_that_other_tools_read(name, kind):
    assert SAMPLERS[name]._sampling_type == kind
    assert SAMPLERS[name]._estimator_type == "sampler"
    for method in ("transform", "fit_transform", "predict"):
        assert not hasattr(SAMPLERS[name], method), "a step that samples and transforms is refused"


# ---- imbalanced-learn's combinations --------------------------------------------------------------------------------


def test_smoteenn_with_our_smote_gives_its_own_rows():
    ours = imblearn.combine.SMOTEENN(smote=SMOTE(random_state=0)).fit_resample(X, Y)
    theirs = imblearn.combine.SMOTEENN(smote=imblearn.over_sampling.SMOTE(random_state=0)).fit_resample(X, Y)
    oracle.assert_same(ours, theirs)


@pytest.mark.parametrize("name", CLASSES)
def test_our_samplers_are_instances_of_the_class_of_the_same_name_only(name):
    """And of the classes that it derives from, as imbalanced-learn's SMOTENC derives from its SMOTE."""
    for kind in CLASSES.values():
        assert isinstance(SAMPLERS[name], kind) == issubclass(CLASSES[name], kind)


DATA = """
import numpy as np
X, y = np.random.RandomState(0).normal(size=(60, 2)), np.repeat([0, 1], (45, 15))
"""
USE = """
for smote in samplers:
    imblearn.combine.SMOTEENN(smote=smote).fit_resample(X, y)
    print(type(smote).__module__.split(".")[0])
"""


def test_smoteenn_accepts_our_smote_if_imbalanced_learn_came_first(fresh_python):
    code = "import imblearn.combine, gpu_smotetomek; samplers = [gpu_smotetomek.SMOTE()]"
    assert fresh_python(DATA + code + USE).split() == ["gpu_smotetomek"]


def test_smoteenn_accepts_our_smote_if_it_was_built_pickled_or_cloned_before(fresh_python):
    code = """
import pickle, gpu_smotetomek, sklearn.base
built = gpu_smotetomek.SMOTE()
pickled, cloned = pickle.dumps(built), sklearn.base.clone(built)
import imblearn.combine
samplers = [built, pickle.loads(pickled), cloned, gpu_smotetomek.SMOTE()]
"""
    assert fresh_python(DATA + code + USE).split() == ["gpu_smotetomek"] * 4


# ---- clone, pickle, repr, parameters --------------------------------------------------------------------------------


@each_sampler
def test_a_clone_has_the_same_parameters_and_gives_the_same_rows(sampler):
    copy = clone(sampler)
    assert type(copy) is type(sampler)
    assert copy is not sampler
    oracle.assert_same(copy.fit_resample(X, Y), clone(sampler).fit_resample(X, Y))


@each_sampler
@pytest.mark.parametrize("fitted", [False, True])
def test_a_pickle_gives_the_same_rows_and_keeps_what_was_fitted(sampler, fitted):
    sampler = clone(sampler)
    expected = clone(sampler).fit_resample(X, Y)
    if fitted:
        sampler.fit_resample(X, Y)
    copy = pickle.loads(pickle.dumps(sampler))
    assert type(copy) is type(sampler)
    assert copy.__dict__.keys() == sampler.__dict__.keys()
    oracle.assert_same(copy.fit_resample(X, Y), expected)


@pytest.mark.parametrize(
    ("sampler", "text"),
    [
        (SMOTE(), "SMOTE()"),
        (SMOTE(k_neighbors=3, random_state=0), "SMOTE(k_neighbors=3, random_state=0)"),
        (TomekLinks(sampling_strategy="larger"), "TomekLinks(sampling_strategy='larger')"),
        (SMOTETomek(remove="both"), "SMOTETomek(remove='both')"),
        (SMOTETomek(smote=SMOTE(k_neighbors=2)), "SMOTETomek(smote=SMOTE(k_neighbors=2))"),
        (ResamplingPipeline([("smote", SMOTE())]), "ResamplingPipeline(steps=[('smote', SMOTE())])"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_repr_shows_what_was_changed(sampler, text):
    assert repr(sampler) == text


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        (SMOTE, {"random_state": None, "k_neighbors": 5, "small_class": "error", **SEARCHES, **TRAVELS}),
        (TomekLinks, {**SEARCHES, **PASSES, "passthrough": None, "categorical_features": None}),
        (RandomOverSampler, {"random_state": None, "shrinkage": None, "memory_limit": None, **TRAVELS}),
        (RandomUnderSampler, {"random_state": None, "replacement": False}),
        (
            SMOTETomek,
            {
                "clean": "after",
                "random_state": None,
                "smote": None,
                "k_neighbors": None,
                "small_class": "error",
                "tomek": None,
                "remove": "majority",
                **SEARCHES,
                **TRAVELS,
            },
        ),
    ],
)
def test_parameters_and_their_defaults_by_keyword_only(kind, parameters):
    assert kind().get_params() == {"sampling_strategy": "auto", **parameters}
    with pytest.raises(TypeError, match="takes 1 positional argument but 2 were given"):
        kind("auto")


def test_set_params_changes_the_next_rows_and_nothing_is_checked_before():
    sampler = SMOTE(k_neighbors="nonsense").set_params(k_neighbors=2, random_state=0)
    oracle.assert_same(sampler.fit_resample(X, Y), oracle.smote(X, Y, k=2))
    sampler.set_params(random_state=1)
    oracle.assert_same(sampler.fit_resample(X, Y), oracle.smote(X, Y, k=2, random_state=1))
    with pytest.raises(ValueError, match="Invalid parameter 'neighbours'"):
        sampler.set_params(neighbours=2)


def test_a_clone_of_an_object_as_k_neighbors():
    searcher = NearestNeighbors(n_neighbors=4)
    copy = clone(SMOTE(k_neighbors=searcher, random_state=0))
    assert copy.k_neighbors is not searcher
    oracle.assert_same(copy.fit_resample(X, Y), oracle.smote(X, Y, k=3))


@each_sampler
def test_feature_names(sampler):
    sampler = clone(sampler)
    sampler.fit_resample(X, Y)
    assert sampler.get_feature_names_out().tolist() == ["x0", "x1", "x2"]
    assert sampler.get_feature_names_out(["a", "b", "c"]).tolist() == ["a", "b", "c"]
    with pytest.raises(ValueError, match="input_features should have length equal"):
        sampler.get_feature_names_out(["a"])
