"""What all kinds of trials share: their sizes, and what they yield."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

OURS, IL = "gpu_smotetomek", "imbalanced-learn"
SUBJECTS = (OURS, IL)


@dataclass(frozen=True)
class Size:
    """How many trials of each kind are run.

    Attributes
    ----------
    samplers : int
        Samplers that get the hostile inputs and the layouts.
    backends : int
        Search backends that the relations are checked with.
    seeds : int
        Tables of each relation and kind of data.
    calls : int
        Calls of a shared sampler.
    times : int
        Random times of interrupts and kills.
    formats : int
        Formats that are written.
    limits : int
        Limits of the size of a file, for each format.
    fast_files, slow_files : int
        Damaged files of formats that are read in this process, and of those that are read in another process first.
    """

    samplers: int = 3
    backends: int = 4
    seeds: int = 12
    calls: int = 120
    times: int = 50
    formats: int = 4
    limits: int = 6
    fast_files: int = 600
    slow_files: int = 60


FULL = Size()
QUICK = Size(samplers=1, backends=2, seeds=1, calls=24, times=1, formats=1, limits=1, fast_files=40, slow_files=4)


@dataclass(frozen=True)
class Outcome:
    """The outcome of one trial.

    Attributes
    ----------
    subject : str
        The package on trial, and how it ran.
    case : str
        What was tried: enough to try it again.
    result : str
        What came of it, in words that many trials share.
    seconds : float or None
        How long the answer took, where that is measured.
    """

    subject: str
    case: str
    result: str
    seconds: float | None = None


@dataclass(frozen=True)
class Trial:
    """A kind of trial.

    Attributes
    ----------
    name : str
        Its title on the page.
    about : str
        What is done, and what is right, in one sentence.
    right : frozenset of str
        The results that are right; all others are faults.
    run : callable
        Runs the trials of a size and yields their outcomes.
    """

    name: str
    about: str
    right: frozenset[str]
    run: Callable[[Size], Iterator[Outcome]]
