"""Rows of the input that a call removed, and the links that it found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gpu_smotetomek.resampling import Provenance
from gpu_smotetomek.typing import Integers


@dataclass(frozen=True, eq=False)
class Trace:
    """Ids of rows after a call of `fit_resample`: the n rows of the input first, then the synthetic rows.

    Attributes
    ----------
    removed : int64 array
        Rows of the input that are not in the result, ascending.
    n_kept : int
        Rows of the input in the result.
    links : int64 array of shape (n_links, 2), or None
        Ids of each link, those of all steps; None if no step searches links.
    """

    removed: Integers
    n_kept: int
    links: Integers | None

    def links_among_input(self, n_input: int) -> Integers:
        """The links between two rows of the input, as one number each: first · n + second."""
        links = np.empty((0, 2), np.int64) if self.links is None else self.links
        links = links[(links < n_input).all(axis=1)]
        return np.unique(links[:, 0] * n_input + links[:, 1])


def trace_rows(provenance: Provenance) -> Trace:
    """The trace of a result, from its provenance."""
    ids, n_input = provenance.ids, provenance.n_input
    is_left = np.zeros(n_input, bool)
    is_left[ids[ids < n_input]] = True
    searches_links = any(step.partner_ids is not None for step in provenance.steps)
    return Trace(
        np.flatnonzero(~is_left),
        int(is_left.sum()),
        np.sort(provenance.links, axis=1) if searches_links else None,
    )
