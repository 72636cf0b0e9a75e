"""scikit-learn's callbacks on samplers, where the installed version has them."""

import io
import pickle

import pytest
from sklearn.base import clone
from support import datasets, oracle
from support.optional import optional

from gpu_smotetomek import SMOTE, ResamplingPipeline, SMOTETomek, TomekLinks

callbacks = pytest.importorskip("sklearn.callback", reason="scikit-learn has callbacks from 1.9 on")
X, Y = datasets.blobs(400, 4)
SAMPLERS = [SMOTE(random_state=0), TomekLinks(), SMOTETomek(random_state=0)]


class Recorder:
    """A callback that keeps what it receives."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, int]] = []
        self.inputs: list[object] = []

    def setup(self, estimator, context):
        self.calls.append(("setup", context.task_name, context.max_subtasks))

    def teardown(self, estimator, context):
        self.calls.append(("teardown", context.task_name, context.max_subtasks))

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None):
        self.inputs += [] if X is None else [X, y]
        self.calls.append(("begin", context.task_name, context.task_id))

    def on_fit_task_end(self, estimator, context):
        self.calls.append(("end", context.task_name, context.task_id))


@pytest.mark.parametrize("sampler", SAMPLERS, ids=lambda sampler: type(sampler).__name__)
def test_a_call_is_a_task_of_a_hundred_parts_that_end_in_order(sampler):
    recorder = Recorder()
    expected = sampler.fit_resample(X, Y)
    observed = clone(sampler).set_callbacks(recorder)
    oracle.assert_same(observed.fit_resample(X, Y), expected)
    parts = [call for i in range(100) for call in [("begin", "part of the work", i), ("end", "part of the work", i)]]
    root = "fit_resample"
    assert recorder.calls == [
        ("setup", root, 100),
        ("begin", root, 0),
        *parts,
        ("end", root, 0),
        ("teardown", root, 100),
    ]
    assert recorder.inputs[0] is X
    assert recorder.inputs[1] is Y
    assert not [name for name in vars(observed) if "callback" in name and name != "_skl_callbacks"]


def test_an_error_tears_the_callbacks_down():
    recorder = Recorder()
    sampler = SMOTETomek().set_callbacks(recorder)
    with pytest.raises(ValueError, match="labels"):
        sampler.fit_resample(X, Y[:-1])
    assert recorder.calls[-1][0] == "teardown"
    assert ("end", "fit_resample", 0) not in recorder.calls
    recorder.calls.clear()
    sampler.fit_resample(X, Y)
    assert recorder.calls[-2:] == [("end", "fit_resample", 0), ("teardown", "fit_resample", 100)]


def test_callbacks_of_a_pipeline_see_one_task():
    recorder = Recorder()
    pipeline = ResamplingPipeline([("smote", SMOTE()), ("tomek", TomekLinks())]).set_callbacks(recorder)
    pipeline.fit_resample(X, Y)
    assert [call for call in recorder.calls if call[0] == "setup"] == [("setup", "fit_resample", 100)]


def test_callbacks_are_cloned_and_pickled_with_the_sampler_and_can_be_removed():
    recorder = Recorder()
    sampler = SMOTE().set_callbacks(recorder)
    clone(sampler).fit_resample(X, Y)
    assert recorder.calls
    assert pickle.loads(pickle.dumps(sampler.fit(X, Y))).fit_resample(X, Y)
    recorder.calls.clear()
    sampler.set_callbacks().fit_resample(X, Y)
    assert recorder.calls == []


def test_scikit_learns_bar_runs(monkeypatch):
    optional("rich")
    stream = io.StringIO()
    monkeypatch.setattr("sys.stdout", stream)
    SMOTETomek(random_state=0).set_callbacks(callbacks.ProgressBar()).fit_resample(X, Y)
    assert "SMOTETomek - fit_resample" in stream.getvalue()
    assert "100%" in stream.getvalue()
