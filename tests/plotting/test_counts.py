"""The picture of the sizes of the classes."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from sklearn.datasets import make_blobs, make_moons
from support.optional import optional

optional("matplotlib")

import matplotlib as mpl  # noqa: E402
from matplotlib import pyplot as plt  # noqa: E402

from gpu_smotetomek import SMOTE, SMOTETomek, TomekLinks  # noqa: E402
from gpu_smotetomek.plotting import plot_counts  # noqa: E402


@pytest.fixture(autouse=True)
def _no_figure_is_left():
    with mpl.rc_context({"backend": "agg"}):
        yield
        plt.close("all")


@pytest.mark.parametrize("of_report", [False, True])
def test_bars_are_the_rows_of_each_class_at_each_step(of_report):
    sampler = SMOTETomek(random_state=0)
    sampler.fit_resample(*make_moons((300, 60), noise=0.4, random_state=0))
    _, given = plt.subplots()
    axes = plot_counts(sampler.report_ if of_report else sampler, ax=given)
    assert axes is given
    heights = np.array([bar.get_height() for bar in axes.patches]).reshape(2, 3)
    np.testing.assert_array_equal(heights, sampler.report_.counts)
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["input", "after smote", "after tomek"]
    assert [text.get_text() for text in axes.texts] == [f"{int(height):,}" for height in heights.ravel()]


def test_of_many_classes_the_largest_and_the_smallest_are_drawn():
    X, y = make_blobs([90, 80, 70, 60, 50, 40, 30, 20], random_state=0)
    cleaner = TomekLinks()
    cleaner.fit_resample(X, y)
    axes = plot_counts(cleaner)
    assert axes.get_title(loc="left") == "TomekLinks: 6 of 8 classes"
    drawn = [bar.get_height() for bar in axes.patches][::2]
    assert drawn == [90, 60, 50, 40, 30, 20]
    assert [text.get_text() for text in axes.get_legend().get_texts()][:2] == ["class 0", "class 3"]


def test_bars_do_not_overlap():
    sampler = SMOTE(random_state=0)
    sampler.fit_resample(*make_blobs([90, 30, 20], random_state=0))
    edges = sorted((bar.get_x(), bar.get_x() + bar.get_width()) for bar in plot_counts(sampler).patches)
    assert all(right <= left for (_, right), (left, _) in pairwise(edges))


@pytest.mark.parametrize(("scale", "inches", "is_numbered"), [(1, None, True), (1, 12, True), (400, 3, False)])
def test_numbers_of_bars_do_not_overlap(scale, inches, is_numbered):
    sampler = SMOTETomek(clean="both", random_state=0)
    sampler.fit_resample(*make_blobs([250 * scale, 75 * scale, 30 * scale], random_state=0, cluster_std=2))
    given = None if inches is None else plt.subplots(figsize=(inches, 3))[1]
    axes = plot_counts(sampler, ax=given)
    axes.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in axes.texts]
    assert len(axes.patches) == 12
    assert len(boxes) == (12 if is_numbered else 0)
    assert not any(first.overlaps(second) for first, second in combinations(boxes, 2))


def test_numbers_fit_on_a_subfigure():
    sampler = SMOTE(random_state=0)
    sampler.fit_resample(*make_blobs([90, 30], random_state=0))
    left, _ = plt.figure(figsize=(10, 4)).subfigures(1, 2)
    assert len(plot_counts(sampler, ax=left.subplots()).texts) == 4


def test_before_a_call_there_is_nothing_to_draw():
    with pytest.raises(AttributeError, match="report_ is there once rows were resampled"):
        plot_counts(SMOTE())
