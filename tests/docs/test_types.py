"""What type checkers find in the code of the pages, and in calls that an editor should mark; two checkers, as users have both."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.optional import optional
from support.pages import ROOT, Page

BASE = """
from typing import Any, Self, TypeVar
Estimator = TypeVar("Estimator")
def clone(estimator: Estimator, *, safe: bool = True) -> Estimator: ...
def __getattr__(name: str) -> Any: ...
class BaseEstimator:
    def get_params(self, deep: bool = True) -> dict[str, Any]: ...
    def set_params(self, **params: Any) -> Self: ...
class OneToOneFeatureMixin:
    def get_feature_names_out(self, input_features: Any = None) -> Any: ...
"""
"""Types of `sklearn.base`: scikit-learn has none, and all that it defines elsewhere counts as Any."""

FITTED = """
from typing import assert_type
import numpy as np
import pandas as pd
import polars as pl
from sklearn.neighbors import NearestNeighbors
import gpu_smotetomek as gs
frame, target = pl.DataFrame({"a": [1.0]}), pl.Series("y", [0])
sampler = gs.SMOTETomek(k_neighbors=np.int64(3), random_state=np.random.default_rng(0), device=f"cuda:{len(frame)}")
assert_type(sampler.fit_resample(frame, target), tuple[pl.DataFrame, pl.Series])
assert_type(sampler.fit_resample([[0.0]], frame), tuple[list[list[float]], pl.DataFrame])
assert_type(sampler.prepare(frame, target).resample(3), tuple[pl.DataFrame, pl.Series])
assert_type(sampler.tomek_, gs.TomekLinks)
assert_type(sampler.smote_.n_synthetic_, int)
assert_type(gs.SMOTEENN().enn_.certified_fraction_, float)
assert_type(gs.BorderlineSMOTE().fit(frame, target).n_features_in_, int)
gs.SMOTE(k_neighbors=NearestNeighbors(n_neighbors=3), sampling_strategy={"a": 3})
gs.SMOTE(sampling_strategy=lambda y: {0: len(y)}, passthrough=["id"])
gs.SMOTENC("auto"), gs.SMOTENC(np.array([True, False])), gs.SMOTENC(target), gs.SMOTENC([1, 3])
gs.TomekLinks(sampling_strategy=["rare"], min_samples={"rare": 3})
assert_type(gs.resample(frame, "a", sampler, passthrough=["id"]), pl.DataFrame)
"""
WRONG = """
import gpu_smotetomek as gs
gs.SMOTE(k_neighbors="five")
gs.SMOTE(k_neighbors=2.5)
gs.SMOTE(sampling_strategy="majority")
gs.SMOTE(backend="faiss")
gs.SMOTE(passthrough="id")
gs.SMOTE(random_state="0")
gs.SMOTE(small_class="drop")
gs.TomekLinks(sampling_strategy="minority")
gs.TomekLinks(definition="nearest neighbors")
gs.RandomUnderSampler(sampling_strategy="minority")
gs.EditedNearestNeighbours(sampling_strategy="larger")
gs.SMOTETomek(remove="minority")
gs.SMOTETomek(clean="never")
gs.SMOTE(ratio=0.5)
gs.resample({}, "y", random_state="0")
gs.SMOTETomek(smote=gs.TomekLinks())  # not by mypy, which does not see the base classes
gs.SMOTE().no_attribute_  # not by mypy
"""


def collect_pages() -> dict[str, str]:
    """The Python of each page as one module."""
    pages = map(Page, [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))])
    code = {page.name: "\n".join(page.changed("+") + page.blocks("python")) for page in pages if page.blocks("python")}
    return {f"{name.partition('.')[0].replace('-', '_').lower()}_page.py": text for name, text in code.items()}


def check_with_pyright(folder: Path) -> dict[str, list[str]]:
    """Return the errors of each file, by basedpyright with the rules of pyright."""
    optional("basedpyright")
    stubs = folder / "stubs" / "sklearn"
    stubs.mkdir(parents=True)
    (stubs / "__init__.pyi").write_text("from typing import Any\ndef __getattr__(name: str) -> Any: ...\n")
    (stubs / "base.pyi").write_text(BASE)
    settings = {
        "include": ["*.py"],
        "extraPaths": [str(ROOT)],
        "stubPath": "stubs",
        "typeCheckingMode": "standard",
        "useLibraryCodeForTypes": False,
        "reportMissingImports": "none",  # the modules of scikit-learn without a stub
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    command = ["basedpyright", "--project", str(folder), "--pythonpath", sys.executable, "--outputjson"]
    found = json.loads(run_module(command, folder))
    errors: dict[str, list[str]] = {}
    for entry in found["generalDiagnostics"]:
        if entry["severity"] == "error":
            line = f"{entry['range']['start']['line'] + 1}: {entry['message']}"
            errors.setdefault(Path(entry["file"]).name, []).append(line)
    assert found["summary"]["filesAnalyzed"] == len(list(folder.glob("*.py")))
    return errors


def check_with_mypy(folder: Path) -> dict[str, list[str]]:
    """Return the errors of each file, by mypy; a page may use a name again for another type."""
    optional("mypy")
    files = sorted(path.name for path in folder.glob("*.py"))
    options = ["--ignore-missing-imports", "--allow-redefinition", "--local-partial-types", "--no-error-summary"]
    options += ["--disable-error-code=var-annotated", "--disable-error-code=has-type", "--follow-imports=silent"]
    text = run_module(["mypy", *options, "--cache-dir", str(folder / "cache"), *files], folder)
    errors: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, _, message = line.partition(":")
        if " error: " in message:
            errors.setdefault(name, []).append(message)
    return errors


def run_module(command: list[str], folder: Path) -> str:
    """Run a module of this Python in a folder and return its output; 1 means that it found errors."""
    environment = {**os.environ, "MYPYPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-P", "-m", *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stderr + done.stdout
    return done.stdout


@pytest.mark.parametrize("check", [check_with_pyright, check_with_mypy])
def test_checkers_accept_the_pages_and_mark_wrong_calls(check, tmp_path):
    """One run for all, since most of its time goes into the libraries."""
    for name in ("dask", "pandas", "polars", "torch"):
        optional(name)
    pages = collect_pages()
    assert {"readme_page.py", "using_page.py", "contributing_page.py"} <= pages.keys()
    for name, code in {**pages, "fitted.py": FITTED, "wrong.py": WRONG}.items():
        (tmp_path / name).write_text(code, encoding="utf-8")
    errors = check(tmp_path)
    wrong = {int(line.partition(":")[0]) for line in errors.pop("wrong.py")}
    assert errors == {}
    calls = {number: line for number, line in enumerate(WRONG.splitlines(), 1) if line.startswith("gs.")}
    unseen = "not by mypy" if check is check_with_mypy else "not by any"
    assert [line for number, line in calls.items() if (number in wrong) == (unseen in line)] == []
