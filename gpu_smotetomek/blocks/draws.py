"""Draws of SMOTE in ranges: the states of the random source at their borders replace the numbers that are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import check_random_state

from gpu_smotetomek.resampling.smote import draw_gaps, draw_picks
from gpu_smotetomek.typing import Floats, Integers

DrawSource = np.random.RandomState | np.random.Generator


class SourceState(NamedTuple):
    """The state of a random source.

    Attributes
    ----------
    kind : {'Generator', 'RandomState'}
    bit_generator : str
        Class of the bit generator in `numpy.random`.
    state : dict
        Its state, as NumPy gives it.
    """

    kind: str
    bit_generator: str
    state: Mapping[str, Any]

    @classmethod
    def of_source(cls, source: DrawSource) -> SourceState:
        """The state of a source now."""
        if isinstance(source, np.random.Generator):
            return cls("Generator", type(source.bit_generator).__name__, source.bit_generator.state)
        state = source.get_state(legacy=False)
        return cls("RandomState", state["bit_generator"], state)

    def make_source(self) -> DrawSource:
        """A source of the same kind in this state."""
        bit_generator = getattr(np.random, self.bit_generator)()
        if self.kind == "RandomState":
            source = np.random.RandomState(bit_generator)
            source.set_state(dict(self.state))
            return source
        bit_generator.state = self.state
        return np.random.Generator(bit_generator)


class SyntheticRange(NamedTuple):
    """Consecutive synthetic rows of one class.

    Attributes
    ----------
    code : int
        Their class.
    first, n_rows : int
        Number of the first row among all synthetic rows; number of rows.
    picks, gaps : SourceState
        States of the source before the parents and before the gaps of these rows are drawn.
    """

    code: int
    first: int
    n_rows: int
    picks: SourceState
    gaps: SourceState

    def draw(self, n_pairs: int) -> tuple[Integers, Floats]:
        """Picks (n_rows,) below `n_pairs`, and gaps (n_rows,)."""
        picks = draw_picks(self.picks.make_source(), n_pairs, self.n_rows)
        return picks, draw_gaps(self.gaps.make_source(), self.n_rows)


def cut_draws(
    random_state: Any, n_synthetic: Mapping[int, int], class_counts: Integers, k: int, size: int
) -> tuple[SyntheticRange, ...]:
    """All synthetic rows in ranges of at most `size`, class after class; a source is advanced as one machine advances it.

    Parameters
    ----------
    random_state : int, RandomState or Generator
        An int is a fresh source for each class, as in `SMOTE`.
    n_synthetic : mapping
        From class code to the number of rows, in the order of the result.
    class_counts : int array (n_classes,)
        Rows of each class.
    k : int
        Neighbours of a row; a class of fewer rows has as many neighbours as it has other rows.
    size : int
    """
    ranges, first = list[SyntheticRange](), 0
    for code, total in n_synthetic.items():
        source = random_state if isinstance(random_state, np.random.Generator) else check_random_state(random_state)
        n = int(class_counts[code])
        sizes = [min(size, total - start) for start in range(0, total, size)]
        states: list[list[SourceState]] = [[], []]
        for rows in sizes:
            states[0].append(SourceState.of_source(source))
            draw_picks(source, n * min(k, max(1, n - 1)), rows)
        for rows in sizes:
            states[1].append(SourceState.of_source(source))
            draw_gaps(source, rows)
        for rows, picks, gaps in zip(sizes, *states, strict=True):
            ranges.append(SyntheticRange(code, first, rows, picks, gaps))
            first += rows
    return tuple(ranges)
