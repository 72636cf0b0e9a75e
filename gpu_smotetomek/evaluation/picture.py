"""The picture of a result of `stability`."""

from __future__ import annotations

from typing import Any

import numpy as np

from gpu_smotetomek.evaluation.result import PLAIN, Stability
from gpu_smotetomek.plotting.style import NEUTRAL, make_axes, mute_axes, set_title

DOT_COLOR, MEAN_COLOR = "#4c9be8", "#e8684a"  # each is legible on white and on black


def draw_stability(result: Stability, ax: Any) -> Any:
    """The axes with the scores, or with the agreement of the seeds where there are no scores."""
    n_treatments = len(result.scores)
    if ax is None:
        ax = make_axes(None, 7, 1.4 + 0.4 * n_treatments if n_treatments else 3.4)
        ax.figure.set_facecolor("none")
        mute_axes(ax)
    if result.scores:
        draw_scores(result, ax)
    else:
        draw_agreement(result, ax)
    return ax


def draw_scores(result: Stability, ax: Any) -> None:
    """A line for each treatment, the first at the top: a dot for each seed, their mean, and the range over the folds."""
    names = list(result.scores)
    ax.axvline(result.scores[PLAIN].mean(), color=NEUTRAL, linestyle="dotted", linewidth=1, zorder=1)
    for place, name in enumerate(names):
        scores = result.scores[name]
        by_fold, by_seed = scores.mean(axis=0), scores.mean(axis=1)
        of_treatment = {"folds": by_fold, "a seed": by_seed, "mean": scores.mean()}
        draw_line(
            ax, place, of_treatment, labels=place == len(names) - 1, has_seeds=name in result.treatments_with_seeds
        )
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.set_xlabel(f"{result.scoring}, mean of {result.scores[PLAIN].shape[1]} folds")
    legend = ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)
    for text in legend.get_texts():
        text.set_color(NEUTRAL)


def draw_line(ax: Any, place: int, values: dict[str, Any], *, labels: bool, has_seeds: bool) -> None:
    """The range over the folds, the seeds and the mean of one treatment."""

    def label(text: str) -> str | None:
        return text if labels else None

    folds, seeds = values["folds"], values["a seed"]
    ax.hlines(place, folds.min(), folds.max(), color=NEUTRAL, linewidth=1, label=label("lowest to highest fold"))
    if has_seeds:
        ax.scatter(seeds, np.full(len(seeds), place), s=28, color=DOT_COLOR, alpha=0.5, label=label("a seed"), zorder=3)
    ax.scatter(
        values["mean"], place, s=140, marker="|", color=MEAN_COLOR, linewidths=2.5, label=label("mean"), zorder=4
    )


def draw_agreement(result: Stability, ax: Any) -> None:
    """Bars: how many rows of the input are removed by exactly one seed, by two, and so on up to all."""
    n_seeds = len(result.seeds)
    numbers = np.bincount(result.times_removed, minlength=n_seeds + 1)[1:]
    ax.bar(np.arange(1, n_seeds + 1), numbers, color=DOT_COLOR)
    ax.set_xlim(0.4, n_seeds + 0.6)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.yaxis.get_major_locator().set_params(integer=True)
    ax.set_xlabel(f"number of seeds, of {n_seeds}, that remove the row")
    ax.set_ylabel("rows of X")
    set_title(ax, f"{result.sampler}: how many seeds remove a row")
