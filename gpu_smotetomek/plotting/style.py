"""Colours that are readable on light and dark backgrounds, and apart for colour-blind readers; axes in a neutral grey."""

from __future__ import annotations

from typing import Any

import numpy as np

from gpu_smotetomek.typing import Integers

CLASS_COLORS = ("#2a7fc0", "#d55e00", "#0a9a70", "#c46ba0", "#9a7628", "#7a68d0")
"""Contrast 3 to 1 or more with white and with black; the first two are blue and orange."""
NEUTRAL = "#7a7a7a"
"""As readable on white as on black."""
INSTALL_HINT = 'plotting needs matplotlib; install it with: pip install "gpu_smotetomek[plot]"'


def import_pyplot() -> Any:
    """The module `pyplot` of matplotlib.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(INSTALL_HINT) from error
    return plt


def make_axes(ax: Any, width: float, height: float) -> Any:
    """The given axes, or those of a new figure, whose layout leaves room for a legend outside of the axes."""
    if ax is None:
        _, ax = import_pyplot().subplots(figsize=(width, height), layout="constrained")
    return ax


def choose_classes(counts: Integers) -> list[int]:
    """Codes of the classes that get a colour, the largest one first: all, or the largest one and the smallest ones.

    Examples
    --------
    >>> import numpy as np
    >>> choose_classes(np.array([5, 90, 7]))
    [1, 2, 0]
    >>> choose_classes(np.array([1, 2, 3, 4, 5, 6, 7, 99]))
    [7, 4, 3, 2, 1, 0]
    """
    order = np.argsort(-counts, kind="stable")
    order = order[counts[order] > 0]
    if len(order) > len(CLASS_COLORS):
        order = np.concatenate([order[:1], order[-len(CLASS_COLORS) + 1 :]])
    return list(order.tolist())


def mute_axes(ax: Any) -> None:
    """Draw frame, ticks and labels in the neutral colour, and no background of the axes."""
    ax.set_facecolor("none")
    ax.tick_params(colors=NEUTRAL, labelsize="small")
    for side, spine in ax.spines.items():
        spine.set_color(NEUTRAL)
        spine.set_visible(side in ("left", "bottom"))
    for text in (ax.xaxis.label, ax.yaxis.label):
        text.set_color(NEUTRAL)


def set_title(ax: Any, text: str) -> None:
    """A title above the left end of the axes, in the neutral colour."""
    ax.set_title(text, fontsize="medium", loc="left", color=NEUTRAL)


def place_legend(ax: Any, handles: list[Any]) -> None:
    """A legend on the right of the axes, where it hides no row."""
    legend = ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(1.0, 1.0),
        frameon=False,
        fontsize="small",
        labelcolor=NEUTRAL,
        borderaxespad=0.2,
    )
    legend.set_in_layout(True)
