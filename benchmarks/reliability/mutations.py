"""Mutation testing: change one operator or constant of `resampling/` or `neighbors/`, and run the tests of that module.

`python -m benchmarks.reliability.mutations` draws a sample of all changes and prints those that the tests do not notice.
"""

import argparse
import ast
import copy
import io
import json
import os
import random
import re
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Any

from benchmarks import report
from benchmarks.environment import ROOT, describe_environment, make_child_environment

PACKAGES = ("resampling", "neighbors")
LIMIT_SECONDS = 180
NOTICED, NOTICED_ELSEWHERE = "noticed by the tests of the module", "noticed by other tests"
UNDECIDED, SURVIVES = "not noticed by the tests of the module", "survives"
WIDER_TESTS = (
    ["tests/integration/test_same_bits.py"],
    ["-m", "quick", "tests/contracts", "tests/resampling", "tests/neighbors"],
)
"""What runs for a change that the tests of its module do not notice."""

OTHER_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
}  # fmt: skip
OTHER_NAMES = {"min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum", "argmin": "argmax"}


@dataclass(frozen=True)
class Mutation:
    """One change.

    Attributes
    ----------
    file : str
        Path of the module in the repository.
    number : int
        Number of the changed node in the order of `ast.walk`.
    line : int
        Its line.
    change : str
        What becomes what.
    """

    file: str
    number: int
    line: int
    change: str


def change_node(node: ast.AST) -> str | None:
    """Change a node in place and describe the change; None if it is of no kind that is changed."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in OTHER_COMPARISONS:
        before = type(node.ops[0])
        node.ops[0] = OTHER_COMPARISONS[before]()
        return f"{before.__name__} → {type(node.ops[0]).__name__}"
    if isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        return "and ↔ or"
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        before_value, node.value = node.value, node.value + 1
        return f"{before_value} → {node.value}"
    if isinstance(node, ast.Attribute) and node.attr in OTHER_NAMES:
        node.attr = OTHER_NAMES[node.attr]
        return f"→ {node.attr}"
    if isinstance(node, ast.Name) and node.id in OTHER_NAMES:
        node.id = OTHER_NAMES[node.id]
        return f"→ {node.id}"
    return None


def list_mutations(file: str, text: str) -> Iterator[Mutation]:
    """List all changes of a module, inside its functions."""
    tree = ast.parse(text)
    inside = {id(node) for function in ast.walk(tree) if isinstance(function, ast.FunctionDef) for body in function.body
              for node in ast.walk(body)}  # fmt: skip
    for number, node in enumerate(ast.walk(tree)):
        if id(node) in inside and (change := change_node(copy.deepcopy(node))):
            yield Mutation(file, number, node.lineno, change)


def apply(mutation: Mutation, text: str) -> str:
    """Return the text of the module with the change, without its comments."""
    tree = ast.parse(text)
    change_node(list(ast.walk(tree))[mutation.number])
    return ast.unparse(tree)


def find_tests(root: Path, file: str) -> list[str]:
    """Return the test file of a module, or those that name it."""
    name, tests = Path(file).stem, root / "tests"
    mirrored = sorted(tests.rglob(f"test_{name}.py"))
    others = [
        test for test in sorted(tests.rglob("test_*.py")) if re.search(rf"\b{name}\b", test.read_text(encoding="utf-8"))
    ]
    return [str(test.relative_to(root)) for test in mirrored or others]


def notices(root: Path, mutation: Mutation, *runs: list[str]) -> bool:
    """Whether one of some runs of pytest fails, or does not end, with the changed module in a copy of the repository."""
    path = root / mutation.file
    text = path.read_text(encoding="utf-8")
    path.write_text(apply(mutation, text), encoding="utf-8")
    try:
        return any(fails(root, words) for words in runs)
    finally:
        path.write_text(text, encoding="utf-8")


def fails(root: Path, words: list[str]) -> bool:
    """Run pytest, and return whether a test fails or it does not end."""
    command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *words]
    environment = {**make_child_environment(), "PYTHONPATH": str(root)}
    try:
        done = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, timeout=LIMIT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def try_tests_of_module(root: Path, mutation: Mutation) -> str:
    """Run the tests of the changed module."""
    tests = find_tests(root, mutation.file)
    return NOTICED if tests and notices(root, mutation, tests) else UNDECIDED


def try_wider_tests(root: Path, mutation: Mutation) -> str:
    """Run the wider tests."""
    return NOTICED_ELSEWHERE if notices(root, mutation, *WIDER_TESTS) else SURVIVES


def copy_repository(folder: str) -> Path:
    """Copy the last commit into a folder."""
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
    return Path(folder)


def run(
    mutations: list[Mutation], n_jobs: int, try_one: Callable[[Path, Mutation], str]
) -> Iterator[tuple[Mutation, str]]:
    """Yield the result of each change; each thread has a copy of the repository."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(n_jobs) as pool:
        roots: Queue[Path] = Queue()
        for number in range(n_jobs):
            roots.put(copy_repository(f"{folder}/{number}"))

        def try_in_copy(mutation: Mutation) -> tuple[Mutation, str]:
            root = roots.get()
            try:
                return mutation, try_one(root, mutation)
            finally:
                roots.put(root)

        for future in as_completed([pool.submit(try_in_copy, mutation) for mutation in mutations]):
            yield future.result()


def format_mutations(results: dict[str, Any]) -> str:
    """Format the score, and the changes that no test noticed, as Markdown."""
    rows = results["rows"]
    by_module = sum(row["result"] == NOTICED for row in rows)
    elsewhere = sum(row["result"] == NOTICED_ELSEWHERE for row in rows)
    open_rows = [row for row in rows if row["result"] in (UNDECIDED, SURVIVES)]
    wider = f"; of the others, wider tests notice {elsewhere}" if elsewhere else ""
    score = (
        f"{len(rows)} of {results['possible']:,} possible changes were drawn. The tests of the changed module notice {by_module} "
        f"({by_module / len(rows):.0%}){wider}. These {len(open_rows)} are not noticed:"
    )
    body = [[f"`{row['file']}`, line {row['line']}", row["change"]] for row in open_rows]
    return f"{score}\n\n{report.format_table(['module', 'change'], body)}"


def main() -> None:
    """Draw a sample, try it, and write the JSON after each result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=60, help="size of the sample")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "mutations.json")
    args = parser.parse_args()
    files = [path for package in PACKAGES for path in sorted((ROOT / "gpu_smotetomek" / package).rglob("*.py"))]
    every = [m for path in files for m in list_mutations(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))]
    sample = random.Random(args.seed).sample(every, args.number)
    environment = describe_environment()
    found: dict[Mutation, str] = {}
    for try_one in (try_tests_of_module, try_wider_tests):
        left = [mutation for mutation in sample if found.get(mutation) in (None, UNDECIDED)]
        for mutation, result in run(left, args.jobs, try_one):
            found[mutation] = result
            print(f"{mutation.file}:{mutation.line} {mutation.change}: {result}", file=sys.stderr, flush=True)
            rows = [{**vars(mutation), "result": found[mutation]} for mutation in sample if mutation in found]
            results = {
                "environment": environment,
                "possible": len(every),
                "counts": Counter(found.values()),
                "rows": rows,
            }
            args.out.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
