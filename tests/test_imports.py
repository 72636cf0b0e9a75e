"""Which libraries an import or a call loads, in fresh processes."""

import ast
import inspect
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from importlib.resources import files
from pathlib import Path

import pytest
from support.optional import optional
from support.pages import ROOT

import gpu_smotetomek

OPTIONAL = {"cupy", "torch", "faiss", "pandas", "polars", "pyarrow", "imblearn", "typer", "rich", "matplotlib"}
PRINT_LOADED = "import sys; print(*{name.split('.')[0] for name in sys.modules})\n"
RESAMPLE = """
import numpy as np, gpu_smotetomek
X, y = np.random.RandomState(0).normal(size=(60, 2)), np.repeat([0, 1], (45, 15))
gpu_smotetomek.SMOTETomek(random_state=0, device="cpu", backend={backend!r}).fit_resample(X, y)
"""


def test_no_optional_library_is_loaded(fresh_python):
    """Neither on import nor in a call, apart from those that scikit-learn loads itself (1.9 loads pandas if it is installed)."""
    dependencies = "import sklearn.base, sklearn.neighbors, sklearn.utils.validation, narwhals\n"
    work = [RESAMPLE.format(backend=backend) for backend in ("sklearn", "kdtree", "xp")]
    stages = [dependencies, "import gpu_smotetomek\n", *work]
    before, *after = [set(line.split()) for line in fresh_python(PRINT_LOADED.join([*stages, ""])).splitlines()]
    assert len(after) == 4
    for loaded in after:
        assert "gpu_smotetomek" in loaded
        assert not (loaded - before) & OPTIONAL


def test_what_a_small_call_does_not_need_is_not_loaded(fresh_python):
    """scikit-learn's neighbours, which only some backends need, take a tenth of the time of a cold start."""
    code = f"import sys, sklearn.base\nbefore = set(sys.modules)\n{RESAMPLE.format(backend='auto')}"
    *_, loaded = fresh_python(code + "print(*set(sys.modules) - before)").splitlines()
    assert "gpu_smotetomek.neighbors.exact" in loaded.split()
    assert "sklearn.neighbors" not in loaded.split()


def test_scikit_learn_is_loaded_before_faiss(fresh_python):
    """In the other order scikit-learn's own search runs at half its speed in that process."""
    optional("faiss")
    order = "import sys; names = list(sys.modules); print(names.index('sklearn.neighbors') < names.index('faiss'))\n"
    *_, loaded, answer = fresh_python(RESAMPLE.format(backend="faiss-cpu") + PRINT_LOADED + order).splitlines()
    assert answer == "True"
    assert "imblearn" not in loaded.split()


def test_without_faiss_auto_works_and_faiss_by_name_is_an_error(fresh_python):
    code = f"""
import sys
sys.modules["faiss"] = None
{RESAMPLE.format(backend="auto")}
print(gpu_smotetomek.neighbors.available()["faiss-cpu"])
try:
    exec({RESAMPLE.format(backend="faiss-cpu")!r})
except gpu_smotetomek.BackendUnavailable as error:
    print(isinstance(error, ImportError), error)
"""
    reason, refusal = fresh_python(code).splitlines()
    assert "pip install" in reason
    assert refusal.startswith("True")
    assert "faiss-cpu" in refusal
    assert "pip install" in refusal


def test_whether_faiss_serves_auto_does_not_depend_on_earlier_calls(fresh_python):
    optional("faiss")
    code = """
import numpy as np
from gpu_smotetomek import SMOTETomek, TomekLinks
from gpu_smotetomek.neighbors import BACKENDS
kind = type(BACKENDS["faiss-cpu"])
build, built = kind.build, []
kind.build = lambda self, X, ctx: built.append(len(X)) or build(self, X, ctx)
X = np.random.default_rng(0).normal(size=(22_000, 8)).astype(np.float32)
y = np.repeat([0, 1], [20_000, 2_000])
for earlier in (None, "auto", "faiss-cpu"):
    if earlier:
        TomekLinks(backend=earlier).fit_resample(X[::40], y[::40])
    built.clear()
    sampler = SMOTETomek(random_state=0, device="cpu", n_jobs=1).fit(X, y)
    sampler.fit_resample(X, y)
    print(sampler.smote_.backend_, sampler.backend_, built)
"""
    first, *others = fresh_python(code).splitlines()
    assert others == [first] * 2
    assert not first.endswith("[]")  # FAISS serves this call


def top_level_imports(path: Path) -> Iterator[str]:
    """Names of the packages that a module imports when it is imported itself."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


def declared(requirements: list[str]) -> set[str]:
    """Names under which the distributions of some requirements are imported."""
    names = {re.match(r"[\w.-]+", requirement)[0].lower().replace("-", "_") for requirement in requirements}
    return {{"scikit_learn": "sklearn"}.get(name, name) for name in names}


@pytest.mark.parametrize("folder", ["", "cli", "dask", "tables"])
def test_every_library_that_is_imported_is_declared(folder):
    """The command line and its tables may use the extra `cli`, `dask` its own; others import declared dependencies only."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extra = {"": [], "tables": project["optional-dependencies"]["cli"]} | project["optional-dependencies"]
    allowed = declared(project["dependencies"] + extra[folder])
    package = Path(gpu_smotetomek.__file__).parent
    paths = [
        path
        for path in (package / folder).rglob("*.py")
        if folder or path.relative_to(package).parts[0] not in ("cli", "dask", "tables")
    ]
    imported = {name: path for path in paths for name in top_level_imports(path)}
    third_party = imported.keys() - sys.stdlib_module_names - {"gpu_smotetomek"}
    assert {name: imported[name] for name in third_party - allowed} == {}
    assert third_party


def test_public_names_exist_and_have_docstrings():
    assert set(gpu_smotetomek.__all__) >= {
        "SMOTE",
        "TomekLinks",
        "SMOTETomek",
        "ResamplingPipeline",
        "tomek_links",
        "BackendUnavailable",
        "DeviceUnavailable",
    }
    for name in gpu_smotetomek.__all__:
        assert inspect.getdoc(getattr(gpu_smotetomek, name)), name
    assert gpu_smotetomek.__version__


@pytest.mark.parametrize("name", ["evaluation", "neighbors", "plotting", "resampling", "samplers", "samplers.reports"])
def test_completion_in_a_module_lists_public_names(name):
    module = import_module(f"gpu_smotetomek.{name}")
    assert dir(module) == sorted(module.__all__)


def test_completion_in_the_package_lists_public_names():
    names = {name for name in dir(gpu_smotetomek) if not name.startswith("__")}
    modules = names - set(gpu_smotetomek.__all__)
    assert {"torch", "samplers", "evaluation"} <= modules
    assert names - modules == set(gpu_smotetomek.__all__)
    pages = [ROOT / "docs" / "api.rst", *(ROOT / "docs" / "api").glob("*.rst")]
    reference = "".join(page.read_text(encoding="utf-8") for page in pages)
    assert [name for name in modules - {"errors"} if f"gpu_smotetomek.{name}" not in reference] == []


def test_names_are_loaded_on_first_access(fresh_python):
    loaded, names, missing = fresh_python(
        "import sys, gpu_smotetomek\n"
        "print({'sklearn', 'scipy', 'numpy'} & set(sys.modules))\n"
        "print(*dir(gpu_smotetomek))\n"
        "try:\n    gpu_smotetomek.SMOTEN\nexcept AttributeError as error:\n    print(error)\n"
        "from gpu_smotetomek import *\n"
        "assert SMOTE is gpu_smotetomek.SMOTE is gpu_smotetomek.samplers.SMOTE\n"
        "assert SMOTETomek is gpu_smotetomek.samplers.smote_tomek.SMOTETomek\n"
    ).splitlines()
    assert loaded == "set()"
    assert set(gpu_smotetomek.__all__) <= set(names.split())
    assert missing == "module 'gpu_smotetomek' has no attribute 'SMOTEN'"


def test_the_package_is_typed():
    assert files("gpu_smotetomek").joinpath("py.typed").is_file()
