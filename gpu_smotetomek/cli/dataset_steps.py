"""The steps of `gpu-smotetomek resample` for tables that stay in files: folders, and files that do not fit into memory."""

from pathlib import Path
from typing import Any

from gpu_smotetomek import SMOTE, SMOTETomek, TomekLinks
from gpu_smotetomek.cli.building import set_options
from gpu_smotetomek.cli.options import parse_strategy
from gpu_smotetomek.cli.request import Request
from gpu_smotetomek.cli.resample_options import Method
from gpu_smotetomek.cli.terminal import print_json, print_line, print_stderr
from gpu_smotetomek.datasets import DatasetResult, resample_dataset
from gpu_smotetomek.datasets.dataset import count_dataset_classes
from gpu_smotetomek.datasets.dataset_resampling import open_dataset
from gpu_smotetomek.execution import DEFAULT_MEMORY_LIMIT
from gpu_smotetomek.tables import UsageError


def run_dataset_request(request: Request) -> None:
    """Resample a table in files, and report."""
    check_dataset_options(request)
    if not request.source.is_dir():
        print_stderr(f"{str(request.source)!r} and its result do not fit into the free memory: rows are read in blocks")
    sampler = build_dataset_sampler(request)
    result = resample_dataset(
        request.source,
        target=request.target,
        out=request.output,
        sampler=sampler,
        memory_limit=request.execution["memory_limit"],
        scratch=request.scratch,
        progress=request.level >= 0,
    )
    print_dataset_result(request, result)


def check_dataset_options(request: Request) -> None:
    """Raise for options that need the whole table.

    Raises
    ------
    UsageError
    """
    columns, given = request.columns, request.given
    refused: dict[str, Any] = {
        "--id": columns.identifier,
        "--passthrough": columns.passthrough,
        "--categorical": columns.categorical,
        "--drop": columns.drop,
        "--columns": columns.columns,
        "--impute": request.impute,
        "--provenance": request.provenance,
        "--plot": request.plot,
        "--mark": request.mark,
        "--dry-run": request.dry_run or None,
        "--scale": given["scale"],
        "--force": request.force or None,
    }
    for option, value in refused.items():
        if value is not None:
            raise UsageError(
                f"{option} needs the whole table in memory, and {str(request.source)!r} is read in blocks: leave it out, or give "
                "one file that fits"
            )
    if str(request.output) == "-":
        raise UsageError("rows that are read in blocks are not written to standard output; name a file or a folder")


def build_dataset_sampler(request: Request) -> Any:
    """The sampler that the options describe; the labels are read once for the names of classes."""
    limit = request.execution["memory_limit"] or DEFAULT_MEMORY_LIMIT
    labels = count_dataset_classes(open_dataset(request.source, request.target, limit)).classes.tolist()
    strategy = parse_strategy(request.strategy, labels)
    common = {**request.execution, "n_jobs": request.given["jobs"]}
    sampler: Any
    if request.method is Method.tomek:
        sampler = TomekLinks(sampling_strategy=strategy, **common)
    else:
        k = request.given["k_neighbors"] or 5
        smote = SMOTE(sampling_strategy=strategy, random_state=request.given["seed"], k_neighbors=k, **common)
        sampler = smote if request.method is Method.smote else SMOTETomek(smote=smote, **common)
    set_options(sampler, request.given, labels)
    return sampler


def print_dataset_result(request: Request, result: DatasetResult) -> None:
    """Print what was done."""
    facts = {**vars(result), "seconds": round(result.seconds, 3), "output": str(Path(request.output))}
    if request.as_json:
        print_json(facts)
    elif request.prints_report:
        again = f"; {result.n_taken_over} steps of an earlier run were taken over" if result.n_taken_over else ""
        print_line(f"{result.rows_in:,} rows in, {result.rows_out:,} rows out, {result.n_links:,} Tomek links{again}")
        seed = "" if result.seed is None else f", seed {result.seed}"
        print_line(f"written to {request.output} in {result.seconds:.1f} s{seed}")
