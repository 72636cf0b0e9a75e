"""Pictures of resamplings: every row is where it is, in the colour of its class and with the mark of its kind."""

import io

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_blobs, make_moons
from support.optional import optional

optional("matplotlib")

import matplotlib as mpl  # noqa: E402
from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.collections import PathCollection  # noqa: E402
from matplotlib.colors import to_hex  # noqa: E402

from gpu_smotetomek import (  # noqa: E402
    SMOTE,
    SMOTEENN,
    SMOTENC,
    BorderlineSMOTE,
    RandomOverSampler,
    RandomUnderSampler,
    ResamplingPipeline,
    SMOTETomek,
    TomekLinks,
)
from gpu_smotetomek.plotting import plot_resampling  # noqa: E402
from gpu_smotetomek.plotting.drawn_rows import choose_rows  # noqa: E402
from gpu_smotetomek.plotting.style import CLASS_COLORS, NEUTRAL  # noqa: E402

SAMPLERS = [
    SMOTE(random_state=0),
    BorderlineSMOTE(random_state=0, kind="borderline-2"),
    TomekLinks(),
    SMOTETomek(random_state=0),
    SMOTETomek(random_state=0, remove="both"),
    SMOTEENN(random_state=0),
    RandomOverSampler(random_state=0),
    RandomOverSampler(random_state=0, shrinkage=0.5),
    RandomUnderSampler(random_state=0),
    RandomUnderSampler(random_state=0, replacement=True),
    ResamplingPipeline(
        [
            ("half", SMOTE(sampling_strategy=0.5, random_state=1)),
            ("grow", SMOTEENN(random_state=0)),
            ("shrink", RandomUnderSampler(random_state=0)),
        ]
    ),
]
every_sampler = pytest.mark.parametrize("sampler", SAMPLERS, ids=str)


@pytest.fixture(autouse=True)
def _no_figure_is_left():
    with mpl.rc_context({"backend": "agg"}):
        yield
        plt.close("all")


def make_table(seed=1):
    return make_moons((300, 60), noise=0.4, random_state=seed)


@every_sampler
def test_every_row_is_where_it_is(sampler):
    """The rows that are left are those of the result, and what was removed is the rest."""
    X, y = make_table()
    fitted = clone(sampler)
    X_resampled, y_resampled = fitted.fit_resample(X, y)
    rows, _ = choose_rows(X, y, (X_resampled, y_resampled), fitted, None, 10**6, 0)
    left = rows.points[~rows.is_removed]
    order, expected = np.lexsort(left.T), np.lexsort(X_resampled.T)
    np.testing.assert_allclose(left[order], X_resampled[expected])
    assert np.array_equal(np.sort(rows.codes[~rows.is_removed]), np.sort(y_resampled))
    report = fitted.report_
    assert rows.is_synthetic.sum() == sum(report.added)
    assert rows.is_removed.sum() == sum(report.removed)
    assert np.array_equal(rows.points[~rows.is_synthetic], X)
    assert len(rows.links) == (report.n_links or 0)
    ends = rows.codes[rows.links]
    assert (ends[:, 0] != ends[:, 1]).all()


@pytest.mark.parametrize(
    "smote", [SMOTE(random_state=0), BorderlineSMOTE(random_state=0, kind="borderline-2")], ids=str
)
def test_removed_synthetic_rows_lie_between_their_parents(smote):
    X, y = make_table()
    sampler = SMOTEENN(smote=smote)
    result = sampler.fit_resample(X, y)
    rows, _ = choose_rows(X, y, result, sampler, None, 10**6, 0)
    grown, y_grown = clone(smote).fit_resample(X, y)
    assert (rows.is_synthetic & rows.is_removed).sum() > 5
    np.testing.assert_allclose(rows.points, grown)
    assert np.array_equal(rows.codes, y_grown)


@every_sampler
def test_kinds_are_drawn_in_the_colours_of_their_classes(sampler):
    X, y = make_table()
    axes = plot_resampling(X, y, sampler)
    fitted = clone(sampler)
    fitted.fit_resample(X, y)
    report = fitted.report_
    texts = {text.get_text() for text in axes.get_legend().get_texts()}
    assert {"class 0", "class 1", "kept"} <= texts
    assert ("synthetic" in texts, "removed" in texts) == (sum(report.added) > 0, sum(report.removed) > 0)
    assert ("Tomek link" in texts) == bool(report.n_links)
    drawn = [collection for collection in axes.collections if len(collection.get_offsets())]
    colors = {to_hex(color) for collection in drawn for color in collection.get_edgecolors()}
    faces = {to_hex(color) for collection in drawn for color in collection.get_facecolors()}
    assert (colors | faces) <= {*CLASS_COLORS[:2], NEUTRAL, "#000000"}
    axes.figure.savefig(io.BytesIO())


def test_the_sampler_stays_as_it_is_and_the_axes_are_returned():
    X, y = make_table()
    sampler = SMOTETomek(random_state=0)
    _, given = plt.subplots()
    assert plot_resampling(X, y, sampler, ax=given, legend=False) is given
    assert given.get_legend() is None
    assert not hasattr(sampler, "smote_")
    assert plot_resampling(X, y, sampler) is not given


def test_more_features_are_projected_or_chosen():
    X, y = make_blobs([200, 40], n_features=5, random_state=0)
    axes = plot_resampling(X, y, SMOTE(random_state=0))
    assert axes.get_xlabel().startswith("principal component 1 (")
    axes = plot_resampling(X, y, SMOTE(random_state=0), features=(4, -4))
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("feature 4", "feature 1")
    kept = next(c for c in axes.collections if len(c.get_offsets()) == 240)
    np.testing.assert_array_equal(np.asarray(kept.get_offsets()), X[:, [4, 1]])


def test_columns_of_a_frame_are_named():
    pandas = optional("pandas")
    X, y = make_blobs([200, 40], n_features=3, random_state=0)
    frame = pandas.DataFrame(X, columns=["a", "b", "c"]).assign(id=np.arange(240), town=np.array(["x", "y"])[y])
    frame = frame[["id", "a", "town", "b", "c"]]
    sampler = SMOTENC(["town"], random_state=0, passthrough=["id"], passthrough_fill="base")
    for features in (("c", "a"), (4, 1)):
        axes = plot_resampling(frame, y, sampler, features=features)
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("c", "a")
        kept = next(c for c in axes.collections if len(c.get_offsets()) == 240)
        np.testing.assert_array_equal(np.asarray(kept.get_offsets()), X[:, [2, 0]])
    assert plot_resampling(frame, y, sampler).get_xlabel().startswith("principal")
    for wrong in (("a", "town"), (0, 1), ("a", "d"), (1, 9)):
        with pytest.raises(ValueError, match="the numeric columns of X are 'a', 'b', 'c'"):
            plot_resampling(frame, y, sampler, features=wrong)


@pytest.mark.parametrize("features", ["ab", (1,), (0, 1, 2)])
def test_features_are_two(features):
    with pytest.raises(ValueError, match="give two names or numbers"):
        plot_resampling(*make_table(), SMOTE(random_state=0), features=features)


@pytest.mark.parametrize("features", [(0, 0), (1, -1)])
def test_features_differ(features):
    with pytest.raises(ValueError, match="are the same column twice; give two different ones"):
        plot_resampling(*make_table(), SMOTE(random_state=0), features=features)


def test_another_order_and_a_class_are_refused():
    X, y = make_table()
    with pytest.raises(TypeError, match=r"of type ndarray; call plot_resampling\(X, y, sampler\), in this order"):
        plot_resampling(SMOTETomek(), X, y)
    with pytest.raises(TypeError, match="the class SMOTE; give an instance"):
        plot_resampling(X, y, SMOTE)
    with pytest.raises(TypeError, match="of type NoneType"):
        plot_resampling(X, y, None)


@pytest.mark.parametrize(("d", "has_ring"), [(2, True), (3, False)])
def test_the_legend_shows_links_as_they_are_drawn(d, has_ring):
    X, y = make_blobs([200, 60], n_features=d, cluster_std=8, random_state=0)
    axes = plot_resampling(X, y, TomekLinks())
    legend = axes.get_legend()
    entries = dict(zip((text.get_text() for text in legend.get_texts()), legend.legend_handles, strict=True))
    assert (entries["Tomek link"].get_marker() == "o") == has_ring
    assert entries["Tomek link"].get_linestyle() == "-"
    rings = [c for c in axes.collections if isinstance(c, PathCollection) and to_hex(c.get_edgecolors()[0]) == NEUTRAL]
    assert bool(rings) == has_ring


def test_one_feature_makes_no_plane():
    X, y = make_table()
    with pytest.raises(ValueError, match="two numeric features, and X has 1; use plot_counts"):
        plot_resampling(X[:, :1], y, SMOTE(random_state=0))


def test_large_tables_are_thinned_by_a_seed_and_the_title_says_so():
    X, y = make_moons((6_000, 900), noise=0.4, random_state=0)
    sampler = SMOTETomek(random_state=0)

    def draw(**options):
        axes = plot_resampling(X, y, sampler, **options)
        dots = [collection for collection in axes.collections if isinstance(collection, PathCollection)]
        return axes, np.concatenate([collection.get_offsets() for collection in dots])

    axes, points = draw(max_rows=500)
    assert "a sample: 500 of 12,000 rows, 100 of " in axes.get_title(loc="left")
    assert len(points) == 500 + 100  # and a ring for each link
    np.testing.assert_array_equal(points, draw(max_rows=500)[1])
    assert not np.array_equal(points, draw(max_rows=500, random_state=1)[1])
    assert "sample" not in draw(max_rows=20_000)[0].get_title(loc="left")


def test_many_classes_share_a_colour():
    X, y = make_blobs(600, centers=9, random_state=0)
    texts = [text.get_text() for text in plot_resampling(X, y, TomekLinks()).get_legend().get_texts()]
    assert "3 more classes" in texts
    legend = plt.gcf().axes[0].get_legend()
    marks = {
        text.get_text(): mark.get_marker() for text, mark in zip(legend.get_texts(), legend.legend_handles, strict=True)
    }
    assert marks["3 more classes"] == marks["class 0"] != marks["kept"]  # colours are squares, kinds are dots
    assert sum(text.startswith("class ") for text in texts) == 6


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "torch", "scipy"])
def test_other_containers(library):
    X, y = make_blobs([200, 40], n_features=3, random_state=0)
    columns = {"a": X[:, 0], "b": X[:, 1], "c": X[:, 2]}
    if library == "scipy":
        from scipy import sparse

        table = sparse.csc_matrix(X)
    elif library == "pyarrow":
        table = optional(library).table(columns)
    else:
        module = optional(library)
        table = module.asarray(X) if library == "torch" else module.DataFrame(columns)
    axes, expected = (plot_resampling(rows, y, SMOTETomek(random_state=0)) for rows in (table, X))
    for ours, theirs in zip(axes.collections, expected.collections, strict=True):
        np.testing.assert_allclose(np.asarray(ours.get_offsets()), np.asarray(theirs.get_offsets()))


def test_windows_are_drawn_flattened():
    X, y = make_blobs([100, 30], n_features=6, random_state=0)
    axes = plot_resampling(X.reshape(-1, 2, 3), y, SMOTE(random_state=0), features=(0, 5))
    assert axes.get_ylabel() == "feature 5"


def contrast(first, second):
    """Contrast ratio of two colours, as the WCAG defines it."""

    def luminance(color):
        parts = np.array(mpl.colors.to_rgb(color))
        linear = np.where(parts <= 0.03928, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("background", ["#ffffff", "#111111", "#0d1117"])
def test_colours_are_readable_on_light_and_dark(background):
    assert all(contrast(color, background) >= 3 for color in CLASS_COLORS)
    assert contrast(NEUTRAL, background) >= 4


def test_all_texts_are_neutral():
    X, y = make_table()
    axes = plot_resampling(X, y, SMOTETomek(random_state=0))
    axes.figure.canvas.draw()
    texts = [text for text in axes.findobj(mpl.text.Text) if text.get_text() and text.get_visible()]
    assert len(texts) > 10
    assert {to_hex(text.get_color()) for text in texts} == {NEUTRAL}
    assert axes.get_facecolor()[3] == 0


def test_legend_and_labels_are_inside_the_figure():
    X, y = make_table()
    axes = plot_resampling(X, np.array(["a class with a rather long name", "ill"])[y], SMOTETomek(random_state=0))
    figure = axes.figure
    figure.canvas.draw()
    whole = figure.bbox
    for artist in (axes.get_legend(), axes.xaxis.label, axes.yaxis.label):
        box = artist.get_window_extent()
        assert box.x0 >= whole.x0 - 1
        assert box.x1 <= whole.x1 + 1
        assert box.y0 >= whole.y0 - 1
        assert box.y1 <= whole.y1 + 1
    assert not axes.get_legend().get_window_extent().overlaps(axes.bbox)


def test_without_matplotlib_the_error_says_what_to_install(fresh_python):
    code = """
import sys
sys.modules["matplotlib"] = None
from gpu_smotetomek.plotting import plot_counts, plot_resampling
from gpu_smotetomek import SMOTE
sampler = SMOTE(k_neighbors=1)
sampler.fit_resample([[0.0], [1.0], [2.0], [3.0], [4.0]], [0, 0, 0, 1, 1])
for call in (lambda: plot_resampling([[0, 1]], [0], sampler), lambda: plot_counts(sampler)):
    try:
        call()
    except ImportError as error:
        print(error)
"""
    lines = fresh_python(code).splitlines()
    assert lines == ['plotting needs matplotlib; install it with: pip install "gpu_smotetomek[plot]"'] * 2
