"""Draw method.png, breaks.png, lineage.png, resampling.png and speedups.png into this folder: `python docs/pictures.py`."""

import json
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.datasets import make_moons
from sklearn.neighbors import NearestNeighbors

from gpu_smotetomek import SMOTE, SMOTETomek, tomek_links
from gpu_smotetomek.plotting import plot_resampling
from gpu_smotetomek.plotting.style import CLASS_COLORS, NEUTRAL, mute_axes

BLUE, RED = CLASS_COLORS[:2]
DARK = PALE = NEUTRAL  # as readable on a light page as on a dark one
NEUTRAL_KEYS = ("text.color", "axes.labelcolor", "axes.edgecolor", "axes.titlecolor", "xtick.color", "ytick.color")
STYLE = {"font.size": 10, "axes.titlesize": 11, "axes.facecolor": "none", **dict.fromkeys(NEUTRAL_KEYS, NEUTRAL)}
RUN = Path(__file__).parents[1] / "benchmarks" / "results" / "2026-11-28T061301-run-full.json"


def draw_dots(axes: Axes, X: np.ndarray, color: str, *, hollow: bool = False, size: float = 36) -> None:
    axes.scatter(*np.atleast_2d(X).T, s=size, facecolors="none" if hollow else color, edgecolors=color, zorder=3)


def label(axes: Axes, at: tuple[float, float], text: str, offset: tuple[float, float] = (6, 6)) -> None:
    axes.annotate(text, at, offset, textcoords="offset points")


def draw_line(axes: Axes, first: np.ndarray, second: np.ndarray, **line: object) -> None:
    axes.plot(*np.transpose([first, second]), **{"color": DARK, "linewidth": 1.0, **line})


def hide_axes(axes: Axes, title: str) -> None:
    axes.set(title=title, xticks=[], yticks=[], aspect="equal")


def draw_smote_panel(axes: Axes) -> None:
    """Draw one row, its five nearest rows of the same class, and a synthetic row on the segment to one of them."""
    p = np.array([0.0, 0.0])
    near = np.array([[1.0, 0.35], [-0.7, 0.75], [0.45, -0.8], [-0.85, -0.4], [0.2, 1.0]])
    far = np.array([[1.7, 1.1], [1.6, -0.9], [-1.7, 0.9]])
    for q in near:
        draw_line(axes, p, q, color=PALE, linestyle="dotted")
    draw_line(axes, p, near[0])
    draw_dots(axes, np.vstack([p, near, far]), RED)
    draw_dots(axes, 0.6 * near[0], RED, hollow=True)
    label(axes, (0, 0), "p", (-12, 4))
    label(axes, tuple(near[0]), "q")
    label(axes, tuple(0.6 * near[0]), "s = p + g (q − p)", (2, -16))
    axes.set(xlim=(-2, 2.1), ylim=(-1.4, 1.6))
    hide_axes(axes, "SMOTE writes a row on a segment")


def draw_link_panel(axes: Axes, third: np.ndarray, title: str) -> None:
    """Draw two rows of different classes, the circles that must be empty, and a third row."""
    minority, majority = np.array([-0.5, 0.0]), np.array([0.5, 0.0])
    for centre in (minority, majority):
        axes.add_artist(mpl.patches.Circle(centre, 1.0, facecolor=PALE, alpha=0.18, edgecolor=PALE))
    draw_line(axes, minority, majority)
    draw_dots(axes, np.vstack([majority, third, [1.75, -0.9]]), BLUE)
    draw_dots(axes, np.vstack([minority, [-1.7, 0.75]]), RED)
    axes.set(xlim=(-2, 2.1), ylim=(-1.4, 1.6))
    hide_axes(axes, title)


def draw_method() -> Figure:
    figure = Figure(figsize=(11, 3.2), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    draw_smote_panel(left)
    draw_link_panel(middle, np.array([1.3, 1.0]), "A Tomek link: both circles are empty")
    draw_link_panel(right, np.array([1.05, 0.55]), "No link: a third row is nearer to one end")
    return figure


def make_breaks_data(kind: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    y = np.repeat([0, 1], [300, 8 if kind == "few" else 60])
    shift = {"overlap": 0.6, "few": 2.5, "scales": 2.5}[kind]
    X = rng.normal(size=(len(y), 2)) + y[:, None] * [shift, 0]
    return (X * [1, 500], y) if kind == "scales" else (X, y)


def compute_foreign_share(X: np.ndarray, y: np.ndarray) -> float:
    """Return the share of the rare class whose nearest row is of another class."""
    nearest = NearestNeighbors(n_neighbors=2).fit(X).kneighbors(X[y == 1], return_distance=False)[:, 1]
    return float(np.mean(y[nearest] != 1))


def draw_breaks_panel(axes: Axes, kind: str) -> str:
    """Draw a case after SMOTE, with links ringed, and return its title."""
    X, y = make_breaks_data(kind)
    sampler = SMOTETomek(random_state=0, scale=np.ones(2))  # the units are meant as they are
    sampler.fit_resample(X, y)
    grown, y_grown = SMOTE(random_state=0, scale=np.ones(2)).fit_resample(X, y)
    links = tomek_links(grown, y_grown, scale=np.ones(2))
    share = compute_foreign_share(X, y)
    title = {
        "overlap": f"Overlap: {share:.0%} of rare rows are nearest to\nanother class; {len(links)} of 300 are removed",
        "few": f"{np.sum(y == 1)} rare rows: {len(grown) - len(X)} synthetic ones,\nall on segments between them",
        "scales": "The upright feature varies 500 times as\nmuch: neighbours are near in it alone",
    }[kind]
    axes.scatter(*grown[len(y) :].T, s=8, facecolors="none", edgecolors=RED, linewidths=0.6, label="synthetic")
    axes.scatter(*X[y == 0].T, s=9, color=BLUE, linewidths=0, label="majority")
    axes.scatter(*X[y == 1].T, s=16, color=RED, linewidths=0, label="minority")
    axes.plot(*np.swapaxes(grown[links], 0, 2), color=DARK, linewidth=1.2)
    axes.scatter(
        *grown[links].mean(axis=1).T, s=50, facecolors="none", edgecolors=DARK, linewidths=0.8, label="Tomek link"
    )
    axes.set(title=title, xticks=[], yticks=[])
    return title


def draw_breaks() -> Figure:
    figure = Figure(figsize=(11, 4), layout="constrained")
    for axes, kind in zip(figure.subplots(1, 3), ("overlap", "few", "scales"), strict=True):
        draw_breaks_panel(axes, kind)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
    return figure


def draw_stewart_panel(axes: Axes) -> None:
    """Draw the triangle of base, neighbour and enemy, with the synthetic row on one side."""
    p, q, m = np.array([0.0, 0.0]), np.array([4.0, 0.0]), np.array([1.3, 2.2])
    s = p + 0.6 * (q - p)
    for end, text, offset in ((p, "d(p, m)", (-46, 0)), (q, "d(q, m)", (8, 0)), (s, "d(s, m)", (6, -4))):
        draw_line(axes, end, m, color=DARK if end is s else PALE)
        label(axes, tuple((end + m) / 2), text, offset)
    draw_line(axes, p, q)
    draw_dots(axes, np.vstack([p, q]), RED)
    draw_dots(axes, s, RED, hollow=True)
    draw_dots(axes, m, BLUE)
    for point, text, offset in ((p, "p", (-4, -16)), (q, "q", (-4, -16)), (s, "s", (-4, -16)), (m, "m", (-4, 8))):
        label(axes, tuple(point), text, offset)
    label(axes, (1.2, 0), "g L", (-6, -14))
    label(axes, (3.2, 0), "(1 − g) L", (-22, -14))
    axes.set(xlim=(-1, 5), ylim=(-0.8, 2.8))
    hide_axes(axes, "Stewart: three distances give the fourth")


def draw_bounds_panel(axes: Axes) -> None:
    """Draw, along one segment, the bounds of each synthetic row to its own class and to its enemies."""
    L, e_p, e_q = 1.0, 0.7, 0.34
    rows = np.array([0.08, 0.17, 0.3, 0.42, 0.5, 0.69, 0.9])
    g = np.linspace(0, 1, 400)
    lower = np.sqrt(np.maximum((1 - g) * e_p**2 + g * e_q**2 - g * (1 - g) * L**2, 0))
    lower = np.maximum(lower, np.maximum(np.maximum(e_p - g * L, e_q - (1 - g) * L), 0))
    ends = np.concatenate([[0], rows, [1]])
    upper = np.minimum(rows - ends[:-2], ends[2:] - rows)
    at = np.interp(rows, g, lower)
    axes.plot(g, np.minimum(g, 1 - g) * L, color=PALE, linestyle="dotted", label="to the nearer parent")
    axes.plot(g, lower, color=BLUE, label="to any enemy, at least (Stewart)")
    axes.vlines(rows, 0, upper, color=RED, linewidth=1.0)
    axes.scatter(rows, upper, s=30, color=RED, zorder=3, label="to the next row of the segment")
    alive = at < upper
    axes.scatter(rows[alive], upper[alive], s=130, facecolors="none", edgecolors=DARK, label="survives")
    axes.set(
        title=f"Bounds on one segment: {alive.sum()} of {len(rows)} survive",
        xlabel="g", ylabel="distance / L", xlim=(0, 1), ylim=(0, 0.75),
    )  # fmt: skip
    axes.legend(frameon=False, fontsize=8)


def draw_lineage() -> Figure:
    figure = Figure(figsize=(11, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    draw_stewart_panel(left)
    draw_bounds_panel(right)
    return figure


def draw_resampling() -> Figure:
    figure = Figure(figsize=(7, 4.6), layout="constrained")
    X, y = make_moons((500, 50), noise=0.3, random_state=1)
    plot_resampling(X, y, SMOTETomek(random_state=0), ax=figure.subplots())
    return figure


def compute_speedups() -> dict[str, dict[str, float]]:
    """Return how many times as long as this package each peer took, by case, for the cases that every peer finished."""
    seconds: dict[str, dict[str, float]] = {}
    for row in json.loads(RUN.read_text(encoding="utf-8"))["rows"]:
        if row["status"] == "measured":
            seconds.setdefault(row["case"], {})[row["peer"]] = row["seconds"]
    peers = ("imbalanced-learn", "sklearnex")
    finished = {case: times for case, times in seconds.items() if {"ours", *peers} <= set(times)}
    ratios = {case: {peer: times[peer] / times["ours"] for peer in peers} for case, times in finished.items()}
    return dict(sorted(ratios.items(), key=lambda item: item[1]["imbalanced-learn"]))


def draw_speedups() -> Figure:
    """Draw, for each case of the committed run, the two ratios as dots on a log axis."""
    ratios = compute_speedups()
    figure = Figure(figsize=(7.4, 0.8 + 0.27 * len(ratios)), layout="constrained")
    axes = figure.subplots()
    mute_axes(axes)
    for peer, color, title in (
        ("imbalanced-learn", BLUE, "imbalanced-learn"),
        ("sklearnex", RED, "with scikit-learn-intelex"),
    ):
        axes.plot([ratio[peer] for ratio in ratios.values()], list(ratios), "o", color=color, label=title)
    for case, ratio in ratios.items():
        axes.plot(list(ratio.values()), [case, case], color=NEUTRAL, linewidth=0.7, zorder=0)
    axes.axvline(1, color=NEUTRAL, linestyle="dotted")
    ticks = [1, 3, 10, 30, 100, 300]
    axes.set(xscale="log", xticks=ticks, xticklabels=ticks, xlabel="seconds of the peer / seconds of this package")
    axes.minorticks_off()
    axes.legend(frameon=False, loc="lower right")
    return figure


PICTURES = {
    "method": draw_method,
    "breaks": draw_breaks,
    "lineage": draw_lineage,
    "resampling": draw_resampling,
    "speedups": draw_speedups,
}


def draw_pictures(folder: Path) -> None:
    """Write every picture."""
    with mpl.rc_context(STYLE):
        for title, draw in PICTURES.items():
            draw().savefig(folder / f"{title}.png", transparent=True, dpi=130)


if __name__ == "__main__":
    draw_pictures(Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).parent)
