"""The result of `stability`: counts of each seed, overlap of the seeds, scores of each treatment."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from gpu_smotetomek.typing import Floats, Integers

PLAIN, CLASS_WEIGHTS, MOVED_THRESHOLD = "plain", "class weights", "moved threshold"
"""Names of the treatments that have no seed: the estimator as it is given, and two changes of it."""


@dataclass(frozen=True)
class SeedCounts:
    """Counts of the result of one seed, for the whole table.

    Attributes
    ----------
    seed : int
        The seed.
    n_rows : int
        Rows of the result.
    n_synthetic : int
        Synthetic rows in the result.
    n_links : int or None
        Links that were found, those with synthetic rows included; None if the sampler searches none.
    removed : dict
        Rows of the input that are not in the result, by label.
    """

    seed: int
    n_rows: int
    n_synthetic: int
    n_links: int | None
    removed: dict[Any, int]


@dataclass(frozen=True, eq=False)
class Stability:
    """What depends on the seed of a sampler, and the scores of an estimator with and without it.

    Attributes
    ----------
    sampler : str
        Name of the class of the sampler.
    class_counts : dict
        Rows of the input by label.
    seeds : tuple of SeedCounts
        Counts of each seed.
    removed_overlap : float64 array of shape (n_seeds, n_seeds)
        Jaccard index of the removed rows of the input, for each two seeds; NaN for two seeds that remove none.
    link_overlap : float64 array of shape (n_seeds, n_seeds), or None
        The same of the links between two rows of the input, NaN for two seeds without any; None if the sampler searches no
        links.
    times_removed : int64 array of shape (n_rows,)
        Number of seeds with which each row of the input is removed.
    scoring : str or None
        Name of the score, of which more is better; None without an estimator.
    scores : dict of float64 arrays of shape (n_seeds, n_folds)
        Score of each treatment in each fold; one row for a treatment that has no seed. Empty without an estimator.
    omitted : dict
        Reason why a treatment was left out, by its name.
    """

    sampler: str
    class_counts: dict[Any, int]
    seeds: tuple[SeedCounts, ...]
    removed_overlap: Floats
    link_overlap: Floats | None
    times_removed: Integers
    scoring: str | None
    scores: dict[str, Floats]
    omitted: dict[str, str]

    @property
    def removed_by_every_seed(self) -> float:
        """Share of the rows of the input that every seed removes."""
        return float(np.mean(self.times_removed == len(self.seeds)))

    @property
    def removed_by_any_seed(self) -> float:
        """Share of the rows of the input that at least one seed removes."""
        return float(np.mean(self.times_removed > 0))

    @property
    def treatments_with_seeds(self) -> tuple[str, ...]:
        """Names of the treatments that resample, which have a score for each seed."""
        return tuple(name for name in self.scores if name not in (PLAIN, CLASS_WEIGHTS, MOVED_THRESHOLD))

    def summarize(self) -> list[dict[str, Any]]:
        """Compute mean and spread of the scores of each treatment.

        Returns
        -------
        list of dict
            For each treatment its name; `mean`, over folds and seeds; `seed_sd`, the standard deviation over seeds of the mean
            over folds, None for fewer than two; `fold_sd`, that over folds of the mean over seeds; `gain` and `gain_sd`, mean
            and standard deviation over folds of the difference from the plain estimator; `n_better`, the number of folds in
            which the difference is positive.
        """
        return [summarize_treatment(name, scores, self.scores[PLAIN]) for name, scores in self.scores.items()]

    def to_dict(self) -> dict[str, Any]:
        """Convert to numbers, text, lists and dictionaries, as `json.dumps` takes them.

        Returns
        -------
        dict
            The attributes, the shares of removed rows, and the summary. An overlap that is NaN is None.
        """
        return {
            "sampler": self.sampler,
            "class_counts": dict(self.class_counts),
            "seeds": [dict(vars(counts)) | {"removed": dict(counts.removed)} for counts in self.seeds],
            "removed_overlap": list_overlap(self.removed_overlap),
            "link_overlap": None if self.link_overlap is None else list_overlap(self.link_overlap),
            "times_removed": self.times_removed.tolist(),
            "removed_by_every_seed": self.removed_by_every_seed,
            "removed_by_any_seed": self.removed_by_any_seed,
            "scoring": self.scoring,
            "scores": {name: scores.tolist() for name, scores in self.scores.items()},
            "summary": self.summarize(),
            "omitted": dict(self.omitted),
        }

    def to_frame(self, table: str = "seeds", *, library: str = "pandas") -> Any:
        """Convert one table of the result to a frame.

        Parameters
        ----------
        table : {'seeds', 'scores', 'summary'}, default='seeds'
            Counts of each seed; the score of each treatment, seed and fold; or mean and spread of each treatment.
        library : {'pandas', 'polars'}, default='pandas'
            The library of the frame.

        Returns
        -------
        DataFrame
            One row for each seed, for each score, or for each treatment.

        Raises
        ------
        ValueError
            If there is no such table or library, or no scores because no estimator was given.
        ImportError
            If the library is not installed; the message holds the command that installs it.
        """
        from gpu_smotetomek.evaluation.frames import make_frame

        return make_frame(self, table, library)

    def plot(self, ax: Any = None) -> Any:
        """Draw the scores of each treatment, or without an estimator how many seeds agree on the rows that they remove.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure with a transparent background.

        Returns
        -------
        matplotlib Axes
            The axes; its `figure` has `savefig`.

        Raises
        ------
        ImportError
            If matplotlib is not installed; the message holds the command that installs it.
        """
        from gpu_smotetomek.evaluation.picture import draw_stability

        return draw_stability(self, ax)

    def __repr__(self) -> str:
        n_seeds, n_treatments = len(self.seeds), len(self.scores)
        scores = f", {n_treatments} treatments by {self.scoring}" if n_treatments else ""
        return f"<Stability of {self.sampler}, {n_seeds} seed{'s' * (n_seeds != 1)}{scores}: print it, or read its attributes>"

    def __str__(self) -> str:
        from gpu_smotetomek.evaluation.text import format_stability

        return format_stability(self)

    def _repr_html_(self) -> str:
        from gpu_smotetomek.evaluation.html import format_stability_html

        return format_stability_html(self)


def summarize_treatment(name: str, scores: Floats, plain: Floats) -> dict[str, Any]:
    """Mean and spread of the scores (n_seeds, n_folds) of a treatment, and of their difference from the plain ones."""
    by_seed, by_fold = scores.mean(axis=1), scores.mean(axis=0)
    gains = by_fold - plain.mean(axis=0)
    return {
        "treatment": name,
        "mean": float(scores.mean()),
        "seed_sd": compute_sd(by_seed),
        "fold_sd": compute_sd(by_fold),
        "gain": float(gains.mean()),
        "gain_sd": compute_sd(gains),
        "n_better": int(np.count_nonzero(gains > 0)),
    }


def list_overlap(overlap: Floats) -> list[list[float | None]]:
    """The overlap as lists, with None in place of NaN, which JSON does not have."""
    return [[None if math.isnan(value) else value for value in row] for row in overlap.tolist()]


def compute_sd(values: Floats) -> float | None:
    """Standard deviation of a sample, of n − 1 degrees of freedom; None for fewer than two values."""
    return float(values.std(ddof=1)) if len(values) > 1 else None
