"""Draw the pictures of docs/recipes/ from what the code of each recipe computes: `python docs/recipe_pictures.py [NAME ...]`."""

import contextlib
import io
import os
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.calibration import calibration_curve
from sklearn.metrics import precision_recall_curve

from gpu_smotetomek.plotting.style import CLASS_COLORS, NEUTRAL, mute_axes

RECIPES = Path(__file__).with_name("recipes")
BLUE, ORANGE, GREEN = CLASS_COLORS[:3]
COLORS = {"text.color": NEUTRAL, "axes.labelcolor": NEUTRAL, "legend.labelcolor": NEUTRAL, "axes.titlecolor": NEUTRAL}
STYLE = {"font.size": 11, "axes.titlesize": 11, **COLORS}
Names = dict[str, Any]


def run_recipe(name: str) -> Names:
    """Run the Python blocks of a recipe in an empty folder and return the names that they define."""
    text = (RECIPES / f"{name}.md").read_text(encoding="utf-8")
    names: Names = {"__name__": name}
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        os.chdir(folder)
        try:
            for code in re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
                exec(compile(code, f"{name}.md", "exec"), names)
        finally:
            os.chdir(before)
    return names


def make_figure(columns: int = 1, width: float = 6.4, height: float = 2.9) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(width, height), layout="constrained")
    panels = list(np.ravel(figure.subplots(1, columns)))
    for axes in panels:
        mute_axes(axes)
    return figure, panels


def draw_bars(values: Mapping[str, float], title: str, form: str = "{:.2f}") -> Figure:
    """Draw one horizontal bar for each name, the last one on top of the figure's colour order."""
    figure, (axes,) = make_figure(height=0.9 + 0.5 * len(values))
    bars = axes.barh(list(values), list(values.values()), color=[BLUE] * (len(values) - 1) + [ORANGE])
    axes.bar_label(bars, [form.format(value) for value in values.values()], padding=4, color=NEUTRAL)
    axes.set(title=title, xticks=[], xlim=(0, 1.15 * max(values.values())))
    axes.invert_yaxis()
    axes.tick_params(labelsize="medium")
    return figure


def draw_counts(before: Mapping[str, float], after: Mapping[str, float], title: str) -> Figure:
    """Draw two bars for each name: rows before and after resampling."""
    figure, (axes,) = make_figure()
    at = np.arange(len(before))
    for shift, counts, color, label in ((-0.2, before, BLUE, "before"), (0.2, after, ORANGE, "after")):
        bars = axes.bar(at + shift, [counts[name] for name in before], 0.38, color=color, label=label)
        axes.bar_label(bars, padding=2, color=NEUTRAL)
    axes.set(title=title, yticks=[], xticks=at, xticklabels=list(before))
    axes.margins(y=0.15)
    axes.tick_params(labelsize="medium")
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def draw_classes(axes: Axes, X: np.ndarray, y: np.ndarray, size: float = 12) -> None:
    for label, color in ((0, BLUE), (1, ORANGE)):
        axes.scatter(*X[y == label].T, s=size, color=color, linewidths=0)
    axes.set(xticks=[], yticks=[])


def draw_rings(axes: Axes, rows: np.ndarray, size: float = 18) -> None:
    axes.scatter(*rows.T, s=size, facecolors="none", edgecolors=ORANGE, linewidths=0.9)


def draw_epochs(names: Names) -> Figure:
    figure, panels = make_figure(3, width=9)
    X, y = names["X"], names["y"]
    for epoch, axes in enumerate(panels):
        rows, _ = names["prepared"].resample(names["prepared"].epoch_seed(0, epoch))
        draw_classes(axes, X, y, 7)
        draw_rings(axes, rows[-450:], 10)
        axes.set_title(f"epoch {epoch}")
    return figure


def draw_synthetic_rows(names: Names) -> Figure:
    figure, (axes,) = make_figure(height=3.6)
    X, provenance = names["X"], names["provenance"]
    parents = provenance.parents[provenance.is_synthetic]
    axes.plot(*np.swapaxes(X[parents], 0, 2)[:, ::-1], color=NEUTRAL, linewidth=0.5)
    draw_classes(axes, X, names["y"], 22)
    draw_rings(axes, names["X_balanced"][provenance.is_synthetic], 26)
    axes.set_title("dots: rows of the table; rings: synthetic rows between their parents")
    return figure


def draw_groups(names: Names) -> Figure:
    return draw_bars(
        {name: score.mean() for name, score in names["scores"].items()},
        f"average precision; {names['y'].mean():.2f} by chance",
    )


def draw_weights(names: Names) -> Figure:
    figure, (axes,) = make_figure(height=3.4)
    X, y, weights = names["X_balanced"], names["y_balanced"], names["weights_balanced"]
    is_synthetic = names["sampler"].provenance_.is_synthetic
    for rows, face in ((~is_synthetic & (y == 0), BLUE), (~is_synthetic & (y == 1), ORANGE), (is_synthetic, "none")):
        edge = ORANGE if face == "none" else face
        axes.scatter(*X[rows].T, s=22 * weights[rows], facecolors=face, edgecolors=edge, alpha=0.75)
    axes.set(xticks=[], yticks=[], title="areas: weights; rings: synthetic rows, with the weights of their bases")
    return figure


def draw_probabilities(names: Names) -> Figure:
    figure, (axes,) = make_figure(height=3.6)
    axes.plot([0, 1], [0, 1], color=NEUTRAL, linestyle="dotted")
    for name, label, color in (
        ("plain", "plain", BLUE),
        ("resampled", "SMOTETomek", ORANGE),
        ("corrected", "SMOTETomek, corrected", GREEN),
    ):
        observed, predicted = calibration_curve(names["y_test"], names[name], n_bins=12, strategy="quantile")
        axes.plot(predicted, observed, "o-", color=color, label=label, markersize=4)
    axes.set(xlabel="predicted probability", ylabel="share that is positive", xlim=(0, 1), ylim=(0, 0.6))
    axes.legend(frameon=False)
    return figure


def draw_threshold(names: Names) -> Figure:
    figure, (axes,) = make_figure(height=3.4)
    y, X = names["y_test"], names["X_test"]
    places = {}
    for (name, model), color in zip(names["models"].items(), (BLUE, GREEN, ORANGE), strict=True):
        precision, recall, _ = precision_recall_curve(y, model.predict_proba(X)[:, 1])
        if name != "moved threshold":
            axes.plot(recall[:-1], precision[:-1], color=color, linewidth=1)
        labels = model.predict(X)
        places[name] = names["recall_score"](y, labels), names["precision_score"](y, labels)
        axes.plot(*places[name], "o", color=color, markersize=9, label=name)
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1))
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def draw_categories(names: Names) -> Figure:
    rare = names["income_balanced"] == "high"
    is_synthetic = names["sampler"].provenance_.is_synthetic
    jobs = names["balanced"]["job"]
    figure, (axes,) = make_figure()
    at = np.arange(3)
    for shift, rows, color, label in (
        (-0.2, rare & ~is_synthetic, BLUE, "rows"),
        (0.2, is_synthetic, ORANGE, "synthetic"),
    ):
        shares = jobs[rows].value_counts(normalize=True).reindex(jobs.cat.categories)
        bars = axes.bar(at + shift, shares, 0.38, color=color, label=label)
        axes.bar_label(bars, [f"{share:.0%}" for share in shares], padding=2, color=NEUTRAL)
    axes.set(title="jobs with a high income", yticks=[], xticks=at, xticklabels=jobs.cat.categories)
    axes.margins(y=0.15)
    axes.tick_params(labelsize="medium")
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def draw_text(names: Names) -> Figure:
    smote, words = names["model"]["smote"], names["model"]["words"].get_feature_names_out()
    base, neighbor = smote.provenance_.parents[-1]
    rows = names["X"][[base]].toarray()[0], names["X_balanced"][[-1]].toarray()[0], names["X"][[neighbor]].toarray()[0]
    used = np.flatnonzero(np.max(rows, axis=0))
    figure, panels = make_figure(3, width=8, height=3.6)
    for axes, row, title, color in zip(
        panels, rows, ("a complaint", "synthetic", "its neighbour"), (BLUE, ORANGE, BLUE), strict=True
    ):
        axes.barh(words[used], row[used], color=color)
        axes.set(title=title, xticks=[], xlim=(0, 0.75))
        axes.invert_yaxis()
        if axes is not panels[0]:
            axes.set_yticks([])
    return figure


def draw_images(names: Names) -> Figure:
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    sampler, rows = names["sampler"], names["images_balanced"]
    first = np.flatnonzero(sampler.provenance_.is_synthetic)[:6]
    panels = figure.subplots(3, len(first))
    for column, row in enumerate(first):
        base, neighbor = sampler.provenance_.parents[row]
        for axes, image in zip(
            panels[:, column], (names["images"][base], rows[row], names["images"][neighbor]), strict=True
        ):
            axes.imshow(image, cmap="gray_r")
            axes.set(xticks=[], yticks=[])
    for axes, title in zip(panels[:, 0], ("base", "synthetic", "neighbour"), strict=True):
        axes.set_ylabel(title)
    return figure


def draw_polars(names: Names) -> Figure:
    before, after = (dict(sorted(names[name]["left"].value_counts().iter_rows())) for name in ("frame", "balanced"))
    return draw_counts(before, after, 'rows, by the column "left"')


def draw_lightgbm(names: Names) -> Figure:
    return draw_bars(names["scores"], "average precision on test rows")


def draw_grid_search(names: Names) -> Figure:
    results = names["search"].cv_results_
    parameters = names["parameters"]
    neighbors, ratios = parameters.values()
    table = results["mean_test_score"][1:].reshape(len(neighbors), len(ratios))
    figure, (axes,) = make_figure(height=3.2)
    axes.imshow(table, cmap="cividis", aspect="auto")
    for (i, j), score in np.ndenumerate(table):
        is_dark = score < (table.min() + table.max()) / 2
        axes.text(j, i, f"{score:.3f}", ha="center", va="center", color="white" if is_dark else "black")
    axes.set(xticks=range(len(ratios)), xticklabels=ratios, yticks=range(len(neighbors)), yticklabels=neighbors)
    axes.set(
        xlabel="sampling_strategy",
        ylabel="k_neighbors",
        title=f"average precision; {names['plain']:.3f} without resampling",
    )
    return figure


def draw_one_frame(names: Names) -> Figure:
    before, after = (names[name]["default"].value_counts().to_dict() for name in ("loans", "balanced"))
    return draw_counts(before, after, 'rows, by the column "default"')


def draw_seeds(names: Names) -> Figure:
    figure, (axes,) = make_figure(height=3.2)
    names["result"].plot(ax=axes)
    return figure


def draw_fraud(names: Names) -> Figure:
    values = {
        f"{scale}, {'as it is' if ratio == 'none' else ratio}": score
        for (scale, ratio), score in names["scores"].items()
    }
    figure = draw_bars(values, "average precision")
    for bar, name in zip(figure.axes[0].patches, values, strict=True):
        bar.set_color(BLUE if name.startswith("raw") else ORANGE)
    return figure


def draw_from_disk(names: Names) -> Figure:
    before, after = (dict(sorted(names[name]["default"].value_counts().iter_rows())) for name in ("table", "balanced"))
    return draw_counts(before, after, 'rows of the files, by the column "default"')


def draw_deploy(names: Names) -> Figure:
    figure, (axes,) = make_figure(height=1.9)
    chains = (("training", names["trained"].steps, 1.0), ("use", names["deployed"].steps, 0.0))
    for title, steps, y in chains:
        axes.text(-0.9, y, title, va="center", fontsize=15)
        places = {"scale": 0.5, "resample": 1.8, "classify": 3.1}
        chain = [places[name] for name, _ in steps]
        for start, end in pairwise(chain):
            axes.annotate("", (end - 0.55, y), (start + 0.55, y), arrowprops={"arrowstyle": "->", "color": NEUTRAL})
        for name, _ in steps:
            edge = ORANGE if name == "resample" else BLUE
            axes.text(
                places[name],
                y,
                name,
                ha="center",
                va="center",
                fontsize=15,
                bbox={"boxstyle": "round", "fc": "none", "ec": edge},
            )
    axes.set(xlim=(-1, 3.7), ylim=(-0.5, 1.5))
    axes.set_axis_off()
    return figure


PICTURES: dict[str, Callable[[Names], Figure]] = {
    "epochs": draw_epochs,
    "synthetic-rows": draw_synthetic_rows,
    "groups": draw_groups,
    "weights": draw_weights,
    "probabilities": draw_probabilities,
    "threshold": draw_threshold,
    "categories": draw_categories,
    "text": draw_text,
    "images": draw_images,
    "polars": draw_polars,
    "lightgbm": draw_lightgbm,
    "grid-search": draw_grid_search,
    "one-frame": draw_one_frame,
    "seeds": draw_seeds,
    "fraud": draw_fraud,
    "from-disk": draw_from_disk,
    "deploy": draw_deploy,
}


def draw_picture(name: str, names: Names, folder: Path = RECIPES) -> Path:
    """Write the picture of a recipe whose names are known."""
    with mpl.rc_context(STYLE):
        figure = PICTURES[name](names)
        figure.savefig(folder / f"{name}.png", transparent=True, dpi=130)
    return folder / f"{name}.png"


if __name__ == "__main__":
    for recipe in sys.argv[1:] or PICTURES:
        draw_picture(recipe, run_recipe(recipe))
