"""`resample_dataset`: tables in files that do not fit into memory."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from gpu_smotetomek import __version__
from gpu_smotetomek.blocks import BlockParameters, BlockPlan, plan_blocks
from gpu_smotetomek.datasets.arrow_dataset import FEATHER_SUFFIXES, ArrowDataset
from gpu_smotetomek.datasets.block_run import run_blocks
from gpu_smotetomek.datasets.dataset import DatasetClasses, count_dataset_classes, identify_files
from gpu_smotetomek.datasets.numpy_dataset import NumpyDataset
from gpu_smotetomek.datasets.run_estimate import check_estimate, estimate_run
from gpu_smotetomek.datasets.scratch import Scratch
from gpu_smotetomek.execution import DEFAULT_MEMORY_LIMIT
from gpu_smotetomek.progress import follow_call
from gpu_smotetomek.progress import progress as show_progress
from gpu_smotetomek.samplers import SMOTETomek
from gpu_smotetomek.samplers.base import Sampler
from gpu_smotetomek.samplers.blockwise import resolve_blockwise
from gpu_smotetomek.tables.errors import UsageError

BLOCKS_IN_MEMORY_LIMIT = 4
PARAMETERS_WITHOUT_EFFECT = ("n_jobs", "backend", "device")  # on the rows

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


@dataclass(frozen=True)
class DatasetResult:
    """What `resample_dataset` did.

    Attributes
    ----------
    rows_in : int
        Rows of the input.
    rows_out : int
        Rows of the result.
    n_links : int
        Tomek links.
    seconds : float
        Of this run.
    n_taken_over : int
        Stages and parts of an earlier run that were taken over.
    seed : int or None
        Seed of the draws; None without synthetic rows.
    """

    rows_in: int
    rows_out: int
    n_links: int
    seconds: float
    n_taken_over: int
    seed: int | None


def resample_dataset(
    source: str | Path,
    *,
    target: str | None = None,
    out: str | Path,
    sampler: Sampler | None = None,
    memory_limit: int | None = None,
    scratch: str | Path | None = None,
    progress: bool = False,
    max_hours: float = 100.0,
) -> DatasetResult:
    """Resample a table in files block by block, without holding it in memory.

    The rows are those of one machine. The rows of all classes but the largest are held in memory. A run that was ended is
    continued by the same call.

    Parameters
    ----------
    source : path
        A Parquet or Feather file, or a folder of Parquet files; or a folder with X.npy and y.npy, or an uncompressed `.npz` with
        X and y.
    target : str or None, default=None
        Name of the column with the labels; all others are features. Arrays need none.
    out : path
        The result: a file or a new folder, columns or arrays as the source.
    sampler : SMOTE, TomekLinks or SMOTETomek, default=None
        None is ``SMOTETomek()``. Its seed is a number or None.
    memory_limit : int or None, default=None
        Bytes of temporaries, beside the held rows; None is that of the sampler, or 256 MiB.
    scratch : path or None, default=None
        Folder of what is finished before the end, on the disk of `out`; None is `out` with ``.part`` added. It is removed at the
        end.
    progress : bool, default=False
        Whether a bar is shown.
    max_hours : float, default=100
        Longest run, by the estimate, that is begun.

    Returns
    -------
    DatasetResult
        Numbers of rows and links, and seconds.

    Raises
    ------
    UsageError
        If a path is wrong, `out` exists, or the scratch folder belongs to another run.
    TableError, ValueError
        If the files hold no features and labels, or a parameter is wrong; or if the estimate is above `max_hours`.
    MemoryError
        If the held rows do not fit.
    ImportError
        If pyarrow is missing and the files need it.

    See Also
    --------
    gpu_smotetomek.resample : Resample a frame in memory.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from gpu_smotetomek import SMOTETomek, resample_dataset
    >>> folder = Path(tempfile.mkdtemp())
    >>> X, y = np.random.default_rng(0).normal(size=(400, 4)), np.repeat([0, 1], [360, 40])
    >>> np.savez(folder / "table.npz", X=X, y=y)
    >>> result = resample_dataset(folder / "table.npz", out=folder / "balanced.npz", sampler=SMOTETomek(random_state=0))
    >>> X_balanced, y_balanced = SMOTETomek(random_state=0).fit_resample(X, y)
    >>> np.array_equal(np.load(folder / "balanced.npz")["X"], X_balanced), result.rows_out == len(y_balanced)
    (True, True)
    """
    start, source, out = time.monotonic(), Path(source), Path(out)
    sampler = SMOTETomek() if sampler is None else sampler
    folder = out.with_name(out.name + ".part") if scratch is None else Path(scratch)
    check_paths(source, out, folder)
    limit = memory_limit or getattr(sampler, "memory_limit", None) or DEFAULT_MEMORY_LIMIT
    with ExitStack() as stack:
        if progress:
            stack.enter_context(show_progress())
        stack.enter_context(follow_call("resample_dataset"))
        dataset = open_dataset(source, target, limit // BLOCKS_IN_MEMORY_LIMIT)
        check_out_kind(dataset, out)
        counted = count_dataset_classes(dataset)
        kept = Scratch(folder)
        parameters = resolve_blockwise(sampler, counted.classes, counted.counts).parameters
        parameters = replace(fix_seed(parameters, kept), memory_limit=limit)
        plan = plan_run(dataset, counted, parameters)
        check_estimate(estimate_run(dataset, plan), plan, out.absolute().parent, max_hours)
        kept.begin(describe_run(dataset, sampler, parameters, target, out))
        with lock_folder(folder):
            rows_out, n_links, n_taken_over = run_blocks(dataset, plan, kept, out)
            shutil.rmtree(folder)
    seed = parameters.random_state if plan.n_new else None
    return DatasetResult(plan.n, rows_out, n_links, time.monotonic() - start, n_taken_over, seed)


def check_paths(source: Path, out: Path, scratch: Path) -> None:
    """Raise UsageError, before any work, if a path is wrong."""
    if not source.exists():
        raise UsageError(f"{str(source)!r} does not exist")
    if out.exists():
        # a run that is ended after it has moved its result leaves its folder
        left = f". It is complete, and {str(scratch)!r} is left of its run: delete that" if scratch.exists() else ""
        raise UsageError(f"{str(out)!r} exists: delete it, or name another output{left}")
    if not out.absolute().parent.is_dir():
        raise UsageError(f"folder {str(out.parent)!r} does not exist; create it, or name another output")


def check_out_kind(dataset: NumpyDataset | ArrowDataset, out: Path) -> None:
    """Raise UsageError if the name of the result is not of the kind of the source."""
    known = ("", ".npz") if isinstance(dataset, NumpyDataset) else ("", ".parquet", *FEATHER_SUFFIXES)
    if out.suffix not in known:
        names = ", ".join(repr(suffix) for suffix in known if suffix)
        raise UsageError(f"{str(out)!r}: the source gives a folder, or a file that ends in {names}; name one of them")


def open_dataset(source: Path, target: str | None, block_bytes: int) -> NumpyDataset | ArrowDataset:
    """Open a table in files, by the name of the file or what the folder holds."""
    if source.suffix == ".npz" or (source / "X.npy").exists():
        if target is not None:
            raise UsageError(
                f"{str(source)!r} holds arrays X and y, and target={target!r} names a column: leave it out"
            )
        return NumpyDataset(source, block_bytes)
    if not source.is_dir() and source.suffix not in (".parquet", *FEATHER_SUFFIXES):
        raise UsageError(
            f"{str(source)!r} cannot be read in blocks: convert it to Parquet, for example by "
            "polars.scan_csv(IN).sink_parquet('table.parquet')"
        )
    if target is None:
        raise UsageError("target is missing: name the column with the labels")
    return ArrowDataset(source, target, block_bytes)


def fix_seed(parameters: BlockParameters, kept: Scratch) -> BlockParameters:
    """The parameters with a seed: the given one, that of the run that is continued, or a new one."""
    seed = parameters.random_state
    if seed is None:
        seed = (kept.read_manifest() or {}).get("seed", secrets.randbelow(2**32))
    if not isinstance(seed, int | np.integer):
        raise ValueError(
            f"random_state is a {type(seed).__name__}, and a run can be continued by a number only: give a number"
        )
    return replace(parameters, random_state=int(seed))


def plan_run(dataset: Any, counted: DatasetClasses, parameters: BlockParameters) -> BlockPlan:
    """The plan of a run over the blocks of a dataset."""
    classes, counts = counted
    return plan_blocks(
        dataset.block_rows, classes, counts, dataset.n_features, dataset.dtype, dataset.dtypes, parameters
    )


def describe_run(
    dataset: Any, sampler: Sampler, parameters: BlockParameters, target: str | None, out: Path
) -> dict[str, Any]:
    """What a run has to have in common with the one that it continues."""
    given = {
        name: repr(value)
        for name, value in sampler.get_params(deep=False).items()
        if name not in (*PARAMETERS_WITHOUT_EFFECT, "random_state", "memory_limit")
    }
    return {
        "version": __version__,
        "seed": parameters.random_state,
        "memory_limit": parameters.memory_limit,
        "sampler": type(sampler).__name__,
        "parameters": given,
        "target": target,
        "out": str(out.absolute()),
        "input": identify_files(dataset.files),
        "cuts": dataset.block_rows,
    }


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Keep other processes from the folder, on POSIX systems; the end of a process, even by a signal, frees it."""
    with (folder / "lock").open("w") as handle:
        if fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise UsageError(
                    f"another process works in {str(folder)!r}: wait for it, or name another scratch"
                ) from None
        yield
