"""The report of a call: counts, links, distances, searches, seconds, bytes and advice, computed when they are read."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from gpu_smotetomek.resampling import StepRecord
from gpu_smotetomek.samplers.call_record import CallRecord
from gpu_smotetomek.samplers.reports.advice import advise_on_call
from gpu_smotetomek.samplers.reports.distances import LineageDistances
from gpu_smotetomek.samplers.reports.examination import Examination, examine_input
from gpu_smotetomek.typing import Integers

if TYPE_CHECKING:
    from gpu_smotetomek.samplers.base import Sampler


class Report:
    """Report of what the last call of `fit_resample` did, as `sampler.report_`.

    ``print(report)`` shows it as text, a notebook shows it as HTML, and `to_dict` returns it as plain data. All figures are
    computed when they are read, from the records that the call kept.

    Attributes
    ----------
    sampler : Sampler
        The sampler; its parameters may have changed since the call.
    sampler_name : str
        Class of the sampler.
    call : CallRecord
        What was kept of the call.
    examination : Examination or None
        What `examine` found out; None before.
    steps : tuple of StepRecord
        What each step did.
    counts : int array (n_classes, n_steps + 1)
        Rows of each class in the input and after each step.
    added : tuple of int
        Rows that each step added.
    removed : tuple of int
        Rows that each step removed.
    link_counts : dict
        Number of links of each pair of classes that has any; the keys are pairs of positions in the sorted labels.
    distances : LineageDistances
        Distances of the synthetic rows to their parents.
    advice : tuple of str
        Sentences on what is known to go wrong with such data; most of it needs `examine`.

    Examples
    --------
    >>> import numpy as np
    >>> from gpu_smotetomek import SMOTETomek
    >>> X, y = np.random.default_rng(0).normal(size=(60, 2)), np.repeat([0, 1], [48, 12])
    >>> sampler = SMOTETomek(random_state=0)
    >>> _ = sampler.fit_resample(X, y)
    >>> sampler.report_.counts.tolist()
    [[48, 48, 40], [12, 48, 48]]
    >>> sampler.report_.to_dict()["links_found"]
    8
    """

    def __init__(self, sampler: Sampler, call: CallRecord, examination: Examination | None = None) -> None:
        self.sampler_name = type(sampler).__name__
        self.call = call
        self.examination = examination
        self.sampler = sampler

    @classmethod
    def from_sampler(cls, sampler: Sampler) -> Report:
        """The report of the last call of a sampler.

        Raises
        ------
        AttributeError
            If there was none.
        """
        if not hasattr(sampler, "_call"):
            raise AttributeError(
                "report_ is there once rows were resampled by fit_resample; in a chain, the outermost sampler has it"
            )
        return cls(sampler, sampler._call)

    # ---- counts ---------------------------------------------------------------------------------------------------

    @property
    def steps(self) -> tuple[StepRecord, ...]:
        """Record of each step."""
        return self.call.provenance.steps

    @cached_property
    def labels(self) -> list[Any]:
        """The labels as Python objects, sorted."""
        return list(self.call.classes.tolist())

    @cached_property
    def counts(self) -> Integers:
        """Rows of each class in the input and after each step, int array (n_classes, n_steps + 1)."""
        return np.stack([self.call.input_counts, *(step.class_counts for step in self.steps)], axis=1)

    @property
    def added(self) -> tuple[int, ...]:
        """Rows that each step added."""
        made = [0, *(step.n_made for step in self.steps)]
        return tuple(after - before for before, after in pairwise(made))

    @property
    def removed(self) -> tuple[int, ...]:
        """Rows that each step removed."""
        return tuple(len(step.removed_ids) for step in self.steps)

    # ---- links ----------------------------------------------------------------------------------------------------

    @property
    def finds_links(self) -> bool:
        """Whether a step searched for Tomek links."""
        return any(step.partner_ids is not None for step in self.steps)

    @property
    def n_links(self) -> int | None:
        """Links that were found; None where no step searched for any."""
        return sum(len(step.links) for step in self.steps) if self.finds_links else None

    @cached_property
    def link_counts(self) -> dict[tuple[int, int], int]:
        """Number of links of each pair of classes that has any, by positions in the sorted labels."""
        codes = np.concatenate([np.empty((0, 2), np.int64), *(step.link_codes for step in self.steps)])
        pairs, counts = np.unique(np.sort(codes, axis=1), axis=0, return_counts=True)
        return {(first, second): count for (first, second), count in zip(pairs.tolist(), counts.tolist(), strict=True)}

    @cached_property
    def rows_in_links(self) -> Integers:
        """Rows of each class that were in a link, in one or in several, int array (n_classes,)."""
        none = np.empty(0, np.int64)
        ids, codes = (
            np.concatenate([none, *(getattr(step, name).ravel() for step in self.steps)])
            for name in ("links", "link_codes")
        )
        _, first = np.unique(ids, return_index=True)
        return np.bincount(codes[first], minlength=len(self.labels))

    @cached_property
    def rows_searched(self) -> Integers:
        """Rows of each class among which links were searched, int array (n_classes,).

        These are the rows before the first search for links, and those that were added until the last one.
        """
        places = [i for i, step in enumerate(self.steps) if step.partner_ids is not None]
        if not places:
            return self.counts[:, 0]
        counts = self.counts[:, places[0] : places[-1] + 1]
        n_rows = counts[:, 0] + np.maximum(np.diff(counts, axis=1), 0).sum(axis=1)
        # a step that both adds and removes rows of a class may hide added ones
        n_searched: Integers = np.maximum(n_rows, self.rows_in_links)
        return n_searched

    # ---- synthetic rows -------------------------------------------------------------------------------------------

    @cached_property
    def distances(self) -> LineageDistances:
        """Distances of the synthetic rows to their parents, in units of X."""
        return LineageDistances.from_lineage(self.call.lineage, self.call.exponent, is_mixed=self.call.is_mixed)

    # ---- the call -------------------------------------------------------------------------------------------------

    @property
    def backend(self) -> str:
        """Backend of the last step that searched; 'none' if no step did."""
        return next((step.search.backend for step in reversed(self.steps) if step.search is not None), "none")

    @property
    def seconds(self) -> float:
        """Seconds of the whole call."""
        return sum(self.call.seconds.values())

    @property
    def bytes(self) -> dict[str, int | None]:
        """Bytes of the features of the input and the result, of the parents of the synthetic rows, and the memory limit.

        Those of features are None where no value was read.
        """
        call = self.call
        return {
            "input": call.input_bytes if call.n_features else None,
            "result": call.result_bytes if call.n_features else None,
            "lineage": call.lineage.n_bytes,
            "memory_limit": call.memory_limit,
        }

    # ---- advice ---------------------------------------------------------------------------------------------------

    @cached_property
    def advice(self) -> tuple[str, ...]:
        """Sentences on what is known to go wrong with such data."""
        return tuple(advise_on_call(self))

    @property
    def may_examine(self) -> bool:
        """Whether `examine` may find out more: values were read, and it was not called."""
        return self.examination is None and bool(self.call.n_features)

    def examine(self, X: Any, y: Any) -> Report:
        """Look at the input again, for advice on overlap, scales and columns that may be categories.

        The call itself does not spend time on these. At most a thousand rows of the smallest class are compared with all rows,
        and the parents of at most a thousand synthetic rows.

        Parameters
        ----------
        X : array-like, data frame or sparse matrix of shape (n_samples, n_features)
            As given to `fit_resample`.
        y : array-like of shape (n_samples,)
            As given to `fit_resample`.

        Returns
        -------
        Report
            The same report with an `examination`, and with the advice that follows from it.

        Raises
        ------
        ValueError
            If X and y are not those of the call.
        """
        return Report(self.sampler, self.call, examine_input(self.sampler, self.call, X, y))

    # ---- forms ----------------------------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Convert the report to plain data: dict, list, str, int, float, bool and None, as JSON has them.

        Returns
        -------
        dict
            The keys are those that the page on reports lists.
        """
        from gpu_smotetomek.samplers.reports.plain_data import convert_report

        return convert_report(self)

    def __repr__(self) -> str:
        return f"<Report of {self.sampler_name}: print it, or read its attributes>"

    def __str__(self) -> str:
        from gpu_smotetomek.samplers.reports.text import format_text

        return format_text(self)

    def _repr_html_(self) -> str:
        from gpu_smotetomek.samplers.reports.html import format_html

        return format_html(self)
