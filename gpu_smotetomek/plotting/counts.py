"""A picture of the sizes of the classes."""

from __future__ import annotations

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

MAX_NUMBERED_BARS = 16


def plot_counts(report: Any, *, ax: Any = None) -> Any:
    """Draw the rows of each class in the input and after each step, as bars.

    Of more than six classes, the largest one and the five smallest are drawn.

    Parameters
    ----------
    report : sampler or Report
        A sampler after `fit_resample`, or its report.
    ax : matplotlib Axes or None, default=None
        Where to draw; None makes a figure.

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
    ax = make_axes(ax, 6.0, 3.6)
    classes = choose_classes(report.call.input_counts)
    stages = ["input", *(step.name for step in report.steps)]
    width = 0.8 / len(classes)
    for place, (code, color) in enumerate(zip(classes, CLASS_COLORS, strict=False)):
        counts = report.counts[code]
        x = np.arange(len(stages)) + (place - (len(classes) - 1) / 2) * width
        bars = ax.bar(x, counts, width * 0.92, color=color, label=f"class {show_label(report.labels[code])}")
        if len(classes) * len(stages) <= MAX_NUMBERED_BARS:
            ax.bar_label(bars, [f"{count:,}" for count in counts], color=NEUTRAL, fontsize="small", padding=1)
    ax.set_xticks(np.arange(len(stages)), [stages[0], *(f"after {name}" for name in stages[1:])])
    ax.set_ylabel("rows")
    ax.yaxis.set_major_formatter("{x:,.0f}")
    n_classes = int(np.count_nonzero(report.call.input_counts))
    more = f": {len(classes)} of {n_classes} classes" if n_classes > len(classes) else ""
    set_title(ax, f"{report.sampler_name}{more}")
    mute_axes(ax)
    place_legend(ax, ax.get_legend_handles_labels()[0])
    return ax
