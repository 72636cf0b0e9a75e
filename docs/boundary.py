"""Draw docs/boundary.png, a boundary before SMOTE, after SMOTE and after cleaning: `python docs/boundary.py`."""

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.datasets import make_moons
from sklearn.neighbors import KNeighborsClassifier

from gpu_smotetomek import SMOTETomek

BLUE, RED, DARK = "#4477aa", "#cc3311", "#222222"
X1, X2 = np.meshgrid(np.linspace(-1.5, 2.6, 320), np.linspace(-1.2, 1.75, 250))
N_MAJORITY, N_MINORITY = 500, 50


def draw_votes(axes: Axes, X: np.ndarray, y: np.ndarray, *, was: np.ndarray | None = None) -> np.ndarray:
    """Draw where the vote of 15 nearest neighbours changes, and the earlier line `was`; return the share of votes."""
    votes = KNeighborsClassifier(15).fit(X, y).predict_proba(np.c_[X1.ravel(), X2.ravel()])[:, 1].reshape(X1.shape)
    axes.contourf(X1, X2, votes, levels=[0, 0.5, 1], colors=[BLUE, RED], alpha=0.12)
    axes.contour(X1, X2, votes, levels=[0.5], colors=DARK, linewidths=1.5)
    if was is not None:
        axes.contour(X1, X2, was, levels=[0.5], colors=DARK, linewidths=0.8, linestyles="dotted")
    return votes


def draw_rows(axes: Axes, title: str, X: np.ndarray, y: np.ndarray, n_originals: int) -> None:
    """Draw the rows, with hollow circles for synthetic ones."""
    real = np.arange(len(y)) < n_originals
    axes.scatter(*X[~real].T, s=9, facecolors="none", edgecolors=RED, linewidths=0.6, label="synthetic")
    axes.scatter(*X[y == 0].T, s=10, color=BLUE, linewidths=0, label="majority")
    axes.scatter(*X[(y == 1) & real].T, s=18, color=RED, linewidths=0, label="minority")
    axes.set(title=title, xlim=(X1.min(), X1.max()), ylim=(X2.min(), X2.max()), xticks=[], yticks=[])


def mark_links(axes: Axes, X: np.ndarray, links: np.ndarray) -> None:
    """Draw each link as a line inside a ring."""
    axes.plot(*np.swapaxes(X[links], 0, 2), color=DARK, linewidth=1.5)
    axes.scatter(*X[links].mean(axis=1).T, s=75, facecolors="none", edgecolors=DARK, linewidths=1.0, label="Tomek link")


def draw_boundary(path: Path) -> int:
    """Write the picture and return the number of links in it."""
    X, y = make_moons((N_MAJORITY, N_MINORITY), noise=0.3, random_state=1)
    sampler = SMOTETomek(random_state=0)
    cleaned, y_cleaned = sampler.fit_resample(X, y)
    grown, y_grown = sampler.smote_.fit_resample(X, y)
    links = sampler.tomek_.links_
    mpl.rcParams.update({"font.size": 10, "axes.titlesize": 11})
    figure = Figure(figsize=(11, 3.5), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    draw_votes(left, X, y)
    draw_rows(left, f"Before: {N_MAJORITY} rows against {N_MINORITY}", X, y, len(y))
    votes = draw_votes(middle, grown, y_grown)
    draw_rows(middle, f"SMOTE: {len(grown) - len(X)} rows added, {len(links)} Tomek links", grown, y_grown, len(y))
    mark_links(middle, grown, links)
    draw_votes(right, cleaned, y_cleaned, was=votes)
    n_gone = len(grown) - len(cleaned)
    draw_rows(right, f"Cleaned: {n_gone} majority rows removed", cleaned, y_cleaned, len(y) - n_gone)
    figure.legend(*middle.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
    figure.savefig(path, facecolor="white", dpi=140)
    return len(links)


if __name__ == "__main__":
    draw_boundary(Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).with_name("boundary.png"))
