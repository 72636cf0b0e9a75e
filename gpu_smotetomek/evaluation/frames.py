"""The tables of a result as frames of pandas and polars."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from gpu_smotetomek.evaluation.result import Stability

FRAME_LIBRARIES = ("pandas", "polars")


def make_frame(result: Stability, table: str, library: str) -> Any:
    """One table of the result in a frame of this library."""
    if table not in ROWS_BY_TABLE:
        raise ValueError(f"table={table!r} is no table of the result; choose {', '.join(map(repr, ROWS_BY_TABLE))}")
    if library not in FRAME_LIBRARIES:
        raise ValueError(f"library={library!r} has no frames here; choose {', '.join(map(repr, FRAME_LIBRARIES))}")
    if table != "seeds" and not result.scores:
        raise ValueError(f"table={table!r} needs scores, and there are none: give stability an estimator")
    try:
        module = import_module(library)
    except ImportError as error:
        raise ImportError(f"to_frame needs {library}, which is not installed: pip install {library}") from error
    rows = ROWS_BY_TABLE[table](result)
    return module.DataFrame({name: [row[name] for row in rows] for name in rows[0]})


def list_seeds(result: Stability) -> list[dict[str, Any]]:
    """The counts of each seed, and the mean score of each treatment that has seeds."""
    rows = []
    for position, counts in enumerate(result.seeds):
        removed = {f"removed_{label}": number for label, number in counts.removed.items()}
        means = {f"score_{name}": float(result.scores[name][position].mean()) for name in result.treatments_with_seeds}
        rows.append({name: value for name, value in vars(counts).items() if name != "removed"} | removed | means)
    return rows


def list_scores(result: Stability) -> list[dict[str, Any]]:
    """Each score with its treatment, seed (None for a treatment without one) and fold."""
    return [
        {
            "treatment": name,
            "seed": result.seeds[position].seed if name in result.treatments_with_seeds else None,
            "fold": fold,
            "score": score,
        }
        for name, scores in result.scores.items()
        for position, of_seed in enumerate(scores.tolist())
        for fold, score in enumerate(of_seed)
    ]


ROWS_BY_TABLE: dict[str, Callable[[Stability], list[dict[str, Any]]]] = {
    "seeds": list_seeds,
    "scores": list_scores,
    "summary": Stability.summarize,
}
