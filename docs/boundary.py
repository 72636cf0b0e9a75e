"""Draw docs/boundary.png, a boundary before SMOTE, after SMOTE and after cleaning: `python docs/boundary.py`."""

import sys
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.datasets import make_moons
from sklearn.neighbors import KNeighborsClassifier

from gpu_smotetomek import SMOTE, RandomUnderSampler, SMOTETomek
from gpu_smotetomek.plotting import plot_resampling
from gpu_smotetomek.plotting.style import CLASS_COLORS, NEUTRAL

X1, X2 = np.meshgrid(np.linspace(-1.9, 2.6, 320), np.linspace(-1.2, 2.15, 250))
N_MAJORITY, N_MINORITY = 500, 50


def draw_votes(axes: Axes, X: np.ndarray, y: np.ndarray, *, was: np.ndarray | None = None) -> np.ndarray:
    """Draw where the vote of 15 nearest neighbours changes, and the earlier line `was`; return the share of votes."""
    votes = KNeighborsClassifier(15).fit(X, y).predict_proba(np.c_[X1.ravel(), X2.ravel()])[:, 1].reshape(X1.shape)
    axes.contourf(X1, X2, votes, levels=[0, 0.5, 1], colors=CLASS_COLORS[:2], alpha=0.12)
    axes.contour(X1, X2, votes, levels=[0.5], colors=NEUTRAL, linewidths=1.8)
    if was is not None:
        axes.contour(X1, X2, was, levels=[0.5], colors=NEUTRAL, linewidths=1.0, linestyles="dotted")
    return votes


def draw_boundary(path: Path) -> int:
    """Write the picture and return the number of links in it."""
    X, y = make_moons((N_MAJORITY, N_MINORITY), noise=0.3, random_state=1)
    smote, both = SMOTE(random_state=0), SMOTETomek(random_state=0)
    every_row = RandomUnderSampler(sampling_strategy={0: N_MAJORITY})  # removes none
    (grown, y_grown), (cleaned, y_cleaned) = smote.fit_resample(X, y), both.fit_resample(X, y)
    n_links, n_gone = both.report_.n_links, sum(both.report_.removed)
    figure = Figure(figsize=(11.5, 3.5), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    for axes, sampler in ((left, every_row), (middle, smote), (right, both)):
        plot_resampling(X, y, sampler, ax=axes, legend=sampler is both)
        axes.set(xlabel="", ylabel="", xticks=[], yticks=[], xlim=(X1.min(), X1.max()), ylim=(X2.min(), X2.max()))
    draw_votes(left, X, y)
    draw_votes(right, cleaned, y_cleaned, was=draw_votes(middle, grown, y_grown))
    titles = (
        f"Before: {N_MAJORITY} rows against {N_MINORITY}",
        f"SMOTE: {len(grown) - len(X)} rows added",
        f"Cleaned: {n_links} Tomek links, {n_gone} rows removed",
    )
    for axes, title in zip((left, middle, right), titles, strict=True):
        axes.set_title(title, loc="left", fontsize="medium")
    figure.savefig(path, transparent=True, dpi=140)
    return n_links


if __name__ == "__main__":
    draw_boundary(Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).with_name("boundary.png"))
