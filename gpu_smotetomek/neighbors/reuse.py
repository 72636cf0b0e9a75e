"""Searches that are built once and used again, for queries among more rows and in another context."""

from __future__ import annotations

import copy
from dataclasses import replace

from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.neighbors.candidates import CandidateSearch
from gpu_smotetomek.neighbors.exact import ExactSearch
from gpu_smotetomek.neighbors.scaled_rows import ScaledRows
from gpu_smotetomek.neighbors.statistics import SearchStatistics


def extend_search(
    search: ExactSearch, scaled: ScaledRows, ctx: ExecutionContext, statistics: SearchStatistics
) -> ExactSearch:
    """The same search in another context, for queries that are rows of a larger matrix; it shares the indexes.

    Parameters
    ----------
    search : ExactSearch
        Among some rows of a matrix.
    scaled : ScaledRows
        The larger matrix, which begins with the rows of the other one, in the same scale and projection.
    ctx : ExecutionContext
    statistics : SearchStatistics
    """
    extended = replace(search, scaled=scaled, ctx=ctx, statistics=statistics)
    for name in ("candidate_search", "single_neighbor_search"):
        if name in search.__dict__:
            extended.__dict__[name] = extend_candidates(search.__dict__[name], scaled, ctx)
    return extended


def extend_candidates(search: CandidateSearch, scaled: ScaledRows, ctx: ExecutionContext) -> CandidateSearch:
    """The same for candidates."""
    extended = replace(search, scaled=scaled, ctx=ctx)
    if "_index" in search.__dict__:
        index, has_outliers = search.__dict__["_index"]
        if hasattr(index, "ctx"):
            index = copy.copy(index)
            index.ctx = ctx
        extended.__dict__["_index"] = index, has_outliers
    return extended
