"""A picture of the sizes of the classes."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from gpu_smotetomek.plotting.style import (
    CLASS_COLORS,
    NEUTRAL,
    choose_classes,
    make_axes,
    mute_axes,
    place_legend,
    set_title,
)
from gpu_smotetomek.samplers.reports import Report
from gpu_smotetomek.samplers.reports.sections import show_label

UNNUMBERED_FROM_BARS = 40  # whatever the width
INCHES_PER_BAR, WIDTH_RANGE = 0.7, (6.0, 10.0)


def plot_counts(report: Any, *, ax: Any = None) -> Any:
    """Draw the rows of each class in the input and after each step, as bars.

    Of more than six classes, the largest one and the five smallest are drawn. The bars have numbers where these do not overlap.

    Parameters
    ----------
    report : sampler or Report
        A sampler after `fit_resample`, or its report.
    ax : matplotlib Axes or None, default=None
        Where to draw; None makes a figure, which is wider for more bars.

    Returns
    -------
    matplotlib Axes
        The axes with the picture.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    AttributeError
        If the sampler has resampled nothing.

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> from gpu_smotetomek import SMOTETomek
    >>> from gpu_smotetomek.plotting import plot_counts
    >>> sampler = SMOTETomek(random_state=0)
    >>> _ = sampler.fit_resample(*make_moons((500, 50), noise=0.3, random_state=1))
    >>> len(plot_counts(sampler).patches)  # doctest: +SKIP
    6
    """
    report = report if isinstance(report, Report) else report.report_
    classes = choose_classes(report.call.input_counts)
    stages = ["input", *(step.name for step in report.steps)]
    ax = make_axes(ax, float(np.clip(INCHES_PER_BAR * len(classes) * len(stages), *WIDTH_RANGE)), 3.6)
    width = 0.8 / len(classes)
    for place, (code, color) in enumerate(zip(classes, CLASS_COLORS, strict=False)):
        counts = report.counts[code]
        x = np.arange(len(stages)) + (place - (len(classes) - 1) / 2) * width
        ax.bar(x, counts, width * 0.92, color=color, label=f"class {show_label(report.labels[code])}")
    ax.set_xticks(np.arange(len(stages)), [stages[0], *(f"after {name}" for name in stages[1:])])
    ax.set_ylabel("rows")
    ax.yaxis.set_major_formatter("{x:,.0f}")
    n_classes = int(np.count_nonzero(report.call.input_counts))
    more = f": {len(classes)} of {n_classes} classes" if n_classes > len(classes) else ""
    set_title(ax, f"{report.sampler_name}{more}")
    mute_axes(ax)
    place_legend(ax, ax.get_legend_handles_labels()[0])
    number_bars(ax)
    return ax


def number_bars(ax: Any) -> None:
    """Write the rows above each bar, unless the numbers of two bars would overlap at the size of the figure."""
    if len(ax.patches) > UNNUMBERED_FROM_BARS:
        return
    texts = [
        text
        for bars in ax.containers
        for text in ax.bar_label(
            bars, [f"{int(bar.get_height()):,}" for bar in bars], color=NEUTRAL, fontsize="small", padding=1
        )
    ]
    ax.figure.canvas.figure.draw_without_rendering()  # which finds the places of all texts
    boxes = [text.get_window_extent() for text in texts]
    if any(first.overlaps(second) for first, second in combinations(boxes, 2)):
        for text in texts:
            text.remove()
