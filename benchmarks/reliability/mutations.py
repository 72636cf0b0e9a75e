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
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.environment import ROOT, describe_environment, make_child_environment

PACKAGES = ("resampling", "neighbors")
LIMIT_SECONDS = 60
NOTICED, TIMEOUT, SURVIVES, UNTESTED = "noticed", "no end", "survives", "no test file"
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
    """Return the test file of a module, or those of its package that import it."""
    _, package, *_, name = Path(file).with_suffix("").parts
    folder = root / "tests" / package
    mirrored = sorted(folder.rglob(f"test_{name}.py"))
    others = [test for test in sorted(folder.rglob("test_*.py")) if f" {name}" in test.read_text(encoding="utf-8")]
    return [str(test.relative_to(root)) for test in mirrored or others]


def try_mutation(root: Path, mutation: Mutation) -> str:
    """Run the tests of the changed module in a copy of the repository, and change it back."""
    path = root / mutation.file
    text, tests = path.read_text(encoding="utf-8"), find_tests(root, mutation.file)
    if not tests:
        return UNTESTED
    path.write_text(apply(mutation, text), encoding="utf-8")
    command = [sys.executable, "-B", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    environment = make_child_environment() | {"PYTHONPATH": str(root)}
    try:
        done = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, timeout=LIMIT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return TIMEOUT
    finally:
        path.write_text(text, encoding="utf-8")
    return SURVIVES if done.returncode == 0 else NOTICED


def copy_repository(folder: str) -> Path:
    """Copy the last commit into a folder."""
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
    return Path(folder)


def run(mutations: list[Mutation], n_jobs: int) -> list[dict[str, Any]]:
    """Try all mutations, in copies of the repository, and print each result."""

    def run_share(share: int) -> list[dict[str, Any]]:
        rows = []
        with tempfile.TemporaryDirectory() as folder:
            root = copy_repository(folder)
            for mutation in mutations[share::n_jobs]:
                rows.append({**vars(mutation), "result": try_mutation(root, mutation)})
                print(json.dumps(rows[-1], ensure_ascii=False), file=sys.stderr, flush=True)
        return rows

    with ThreadPoolExecutor(n_jobs) as pool:
        return [row for rows in pool.map(run_share, range(n_jobs)) for row in rows]


def main() -> None:
    """Draw a sample, try it, and write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=60, help="size of the sample")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "mutations.json")
    args = parser.parse_args()
    files = [path for package in PACKAGES for path in sorted((ROOT / "gpu_smotetomek" / package).rglob("*.py"))]
    every = [m for path in files for m in list_mutations(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))]
    environment = describe_environment()
    rows = run(random.Random(args.seed).sample(every, args.number), args.jobs)
    counts = Counter(row["result"] for row in rows)
    results = {"environment": environment, "possible": len(every), "counts": counts, "rows": rows}
    args.out.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{len(every)} possible changes, {len(rows)} tried: {dict(counts)}")


if __name__ == "__main__":
    main()
