"""A picture of the rows of a resampling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import clone

from gpu_smotetomek.plotting.drawn_rows import DrawnRows, choose_rows
from gpu_smotetomek.plotting.style import (
    CLASS_COLORS,
    NEUTRAL,
    choose_classes,
    import_pyplot,
    make_axes,
    mute_axes,
    place_legend,
    set_title,
)
from gpu_smotetomek.samplers.base import Sampler
from gpu_smotetomek.samplers.reports import Report
from gpu_smotetomek.samplers.reports.sections import show_label

DEFAULT_MAX_ROWS = 3_000
DOT_AREA_RANGE = (9.0, 30.0)
DOT_AREA_SHARE = 0.15  # of the axes that all dots cover, if they do not overlap
RING_LINKS_UP_TO = 150  # links that get a ring each, as most are too short to be seen


def plot_resampling(
    X: Any,
    y: Any,
    sampler: Any,
    *,
    features: Sequence[Any] | None = None,
    ax: Any = None,
    legend: bool = True,
    max_rows: int = DEFAULT_MAX_ROWS,
    random_state: int = 0,
) -> Any:
    """Draw the rows that a sampler keeps, adds and removes, and the Tomek links, in a plane.

    A copy of the sampler resamples X and y. The colours show the classes, six at most: the largest one and the smallest ones.
    They are readable on light and dark backgrounds.

    Parameters
    ----------
    X : array-like, data frame or sparse matrix of shape (n_samples, n_features)
        Numbers, except in columns that the sampler does not compare.
    y : array-like of shape (n_samples,)
        Class labels.
    sampler : sampler of this package
        Stays as it is.
    features : pair of column names or numbers, or None, default=None
        The columns of the two axes; None draws the only two, or the first two principal components of more.
    ax : matplotlib Axes or None, default=None
        Where to draw; None makes a figure.
    legend : bool, default=True
        Whether to draw a legend, on the right of the axes.
    max_rows : int, default=3000
        Rows that are drawn at most: of more, a sample, as the title then says.
    random_state : int, default=0
        Seed of that sample.

    Returns
    -------
    matplotlib Axes
        The axes with the picture.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    TypeError
        If `sampler` is no sampler of this package, or a class instead of an instance.
    ValueError
        If X has one numeric feature only, or `features` are not two different ones of them.

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> from gpu_smotetomek import SMOTETomek
    >>> from gpu_smotetomek.plotting import plot_resampling
    >>> X, y = make_moons((500, 50), noise=0.3, random_state=1)
    >>> plot_resampling(X, y, SMOTETomek(random_state=0)).get_title()  # doctest: +SKIP
    'SMOTETomek: 450 rows added, 15 removed, 15 links'
    """
    import_pyplot()
    check_sampler(sampler)
    fitted = clone(sampler)
    result = fitted.fit_resample(X, y)
    axes = make_axes(ax, 7.0, 4.6)
    return draw_resampling(axes, X, y, result, fitted, features, legend=legend, max_rows=max_rows, seed=random_state)


def check_sampler(sampler: Any) -> None:
    """Raise if the third argument is not an instance of a sampler.

    Raises
    ------
    TypeError
    """
    if isinstance(sampler, Sampler):
        return
    if isinstance(sampler, type):
        remedy = f"the class {sampler.__name__}; give an instance, such as SMOTETomek()"
    else:
        remedy = f"an object of type {type(sampler).__name__}; call plot_resampling(X, y, sampler), in this order"
    raise TypeError(f"the third argument must be a sampler of this package, and is {remedy}")


def draw_resampling(
    ax: Any,
    X: Any,
    y: Any,
    result: tuple[Any, Any],
    fitted: Any,
    features: Sequence[Any] | None = None,
    *,
    legend: bool = True,
    max_rows: int = DEFAULT_MAX_ROWS,
    seed: int = 0,
) -> Any:
    """Draw the result of a call of `fit_resample` that the sampler has made; parameters as in `plot_resampling`."""
    rows, plane = choose_rows(X, y, result, fitted, features, max_rows, seed)
    report = fitted.report_
    colored = choose_classes(report.call.input_counts)
    colors = dict(zip(colored, CLASS_COLORS, strict=False))
    draw_kinds(ax, rows, colors, choose_dot_area(ax, len(rows.ids)))
    with_rings = plane.shows_all and len(rows.links) <= RING_LINKS_UP_TO
    draw_links(ax, rows, with_rings=with_rings)
    ax.set(xlabel=plane.labels[0], ylabel=plane.labels[1])
    set_title(ax, describe_picture(report, rows))
    mute_axes(ax)
    if legend:
        place_legend(ax, make_handles(rows, report, colors, with_rings=with_rings))
    return ax


def choose_dot_area(ax: Any, n: int) -> float:
    """Area of a dot, in square points, for n dots on these axes."""
    box = ax.get_position()
    width, height = ax.figure.get_size_inches()
    points = 72.0**2 * float(width * height * box.width * box.height)
    return float(np.clip(DOT_AREA_SHARE * points / max(1, n), *DOT_AREA_RANGE))


def draw_kinds(ax: Any, rows: DrawnRows, colors: dict[int, str], area: float) -> None:
    """Draw synthetic rows as rings, kept rows as dots and removed rows as crosses, in the colours of their classes."""
    color = np.array([colors.get(code, NEUTRAL) for code in rows.codes.tolist()])
    kinds = {
        "synthetic": (rows.is_synthetic & ~rows.is_removed, 1),
        "kept": (~rows.is_synthetic & ~rows.is_removed, 2),
        "removed": (rows.is_removed, 3),
    }
    for kind, (mask, zorder) in kinds.items():
        points, own = rows.points[mask], color[mask].tolist()
        if not len(points):
            continue
        if kind == "synthetic":
            ax.scatter(*points.T, s=area * 0.8, facecolors="none", edgecolors=own, linewidths=0.6, zorder=zorder)
        elif kind == "kept":
            ax.scatter(*points.T, s=area, color=own, linewidths=0, zorder=zorder)
        else:
            ax.scatter(*points.T, s=area * 1.8, color=own, marker="x", linewidths=1.2, zorder=zorder)


def draw_links(ax: Any, rows: DrawnRows, *, with_rings: bool) -> None:
    """Draw each link as a line, with a ring around it or not."""
    if not len(rows.links):
        return
    from matplotlib.collections import LineCollection

    segments = rows.points[rows.links]
    ax.add_collection(LineCollection(list(segments), colors=NEUTRAL, linewidths=1.4, zorder=4), autolim=False)
    if with_rings:
        middles = segments.mean(axis=1)
        ax.scatter(*middles.T, s=80, facecolors="none", edgecolors=NEUTRAL, linewidths=0.9, zorder=4)


def describe_picture(report: Report, rows: DrawnRows) -> str:
    """What happened, and in a second line how much of it is drawn where that is not all."""
    parts = [f"{sum(report.added):,} rows added, {sum(report.removed):,} removed"]
    if report.n_links is not None:
        parts.append("1 link" if report.n_links == 1 else f"{report.n_links:,} links")
    text = f"{report.sampler_name}: {', '.join(parts)}"
    if len(rows.ids) < rows.n_rows:
        text += f"\na sample: {len(rows.ids):,} of {rows.n_rows:,} rows"
        text += f", {len(rows.links):,} of {rows.n_links:,} links" if rows.n_links else ""
    return text


def make_handles(rows: DrawnRows, report: Report, colors: dict[int, str], *, with_rings: bool) -> list[Any]:
    """Entries of the legend: the colours of the classes as squares, then the marks of the kinds of rows that are drawn."""
    from matplotlib.lines import Line2D

    def mark(label: str, color: str, **style: Any) -> Any:
        return Line2D([], [], color=color, label=label, **({"linestyle": "none", "marker": "o"} | style))

    handles = [mark(f"class {show_label(report.labels[code])}", color, marker="s") for code, color in colors.items()]
    n_others = int(np.count_nonzero(report.call.input_counts)) - len(colors)
    if n_others > 0:
        handles.append(mark(f"{n_others} more classes", NEUTRAL, marker="s"))
    ring = (
        {"marker": "o", "markersize": 9, "markerfacecolor": "none", "markeredgewidth": 0.9}
        if with_rings
        else {"marker": ""}
    )
    kinds = (
        ((~rows.is_synthetic & ~rows.is_removed).any(), "kept", {"markersize": 5}),
        ((rows.is_synthetic & ~rows.is_removed).any(), "synthetic", {"markersize": 5, "markerfacecolor": "none"}),
        (rows.is_removed.any(), "removed", {"marker": "x", "markersize": 5}),
        (len(rows.links) > 0, "Tomek link", {"linestyle": "-", "linewidth": 1.4, **ring}),
    )
    return [*handles, *(mark(label, NEUTRAL, **style) for is_drawn, label, style in kinds if is_drawn)]
