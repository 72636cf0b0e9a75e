"""What a fitted sampler did to the rows of its input: those that it removed, and its links."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gpu_smotetomek.samplers.base import Sampler
from gpu_smotetomek.samplers.oversample_then_clean import OversampleThenClean
from gpu_smotetomek.samplers.pipeline import ResamplingPipeline
from gpu_smotetomek.typing import Integers


@dataclass(frozen=True, eq=False)
class Trace:
    """Ids of rows after a call of `fit_resample`: the n rows of the input first, then the synthetic rows.

    Attributes
    ----------
    removed : int64 array
        Rows of the input that are not in the result, ascending.
    n_kept : int
        Rows of the input in the result, each as often as it is there.
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


def trace_rows(sampler: Sampler, n_input: int) -> Trace:
    """The trace of a sampler that has resampled a table of `n_input` rows."""
    ids, links, searches_links = np.arange(n_input), [np.empty((0, 2), np.int64)], False
    for step in list_steps(sampler):
        if step._sampling_type not in ("clean-sampling", "under-sampling"):
            continue  # new rows come after all others, and have ids of their own
        kept, step_links = step.sample_indices_, getattr(step, "links_", None)
        n_named = max(int(part.max(initial=-1)) + 1 for part in (kept, links[0] if step_links is None else step_links))
        new = max(0, n_named - len(ids))
        ids = np.append(ids, max(n_input, int(ids.max(initial=-1)) + 1) + np.arange(new))
        if step_links is not None:
            searches_links = True
            links.append(np.sort(ids[step_links], axis=1))
        ids = ids[kept]
    is_left = np.zeros(n_input, bool)
    originals = ids[ids < n_input]
    is_left[originals] = True
    return Trace(np.flatnonzero(~is_left), len(originals), np.concatenate(links) if searches_links else None)


def list_steps(sampler: Sampler) -> list[Sampler]:
    """The fitted steps of a sampler, those of chains inside it included; the sampler itself if it has none."""
    if isinstance(sampler, OversampleThenClean):
        steps = [sampler.smote_, getattr(sampler, f"{sampler._cleaner_name}_")]
    elif isinstance(sampler, ResamplingPipeline):
        steps = [step for _, step in sampler.steps_]
    else:
        return [sampler]
    return [inner for step in steps for inner in list_steps(step)]
