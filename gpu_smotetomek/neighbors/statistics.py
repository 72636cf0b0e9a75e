"""Counts of what the searches of a step did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class SearchStatistics:
    """Counts of queries over all searches of a step.

    Attributes
    ----------
    queries_by_backend : Counter
        Queries that each backend received; 'direct' counts those for which there was no backend.
    settled_by_stage : Counter
        Queries by the stage that settled them: a key of `STAGES`, 'products', 'bounds' for rows that needed no search of their
        own, or 'single neighbors' for rows that needed no list.
    fallback_queries : Counter
        Queries whose k exceeded the backend's `max_k`, by the backend that served them instead.
    """

    queries_by_backend: Counter[str] = field(default_factory=Counter)
    settled_by_stage: Counter[str] = field(default_factory=Counter)
    fallback_queries: Counter[str] = field(default_factory=Counter)
