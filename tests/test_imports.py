"""Which libraries an import or a call loads, in fresh processes."""

import inspect
from importlib.resources import files

from support.optional import optional

import gpu_smotetomek

OPTIONAL = {"cupy", "torch", "faiss", "pandas", "polars", "pyarrow", "imblearn", "typer", "rich"}
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


def test_scikit_learn_is_loaded_before_faiss(fresh_python):
    """In the other order scikit-learn's own search runs at half its speed in that process."""
    optional("faiss")
    order = "import sys; names = list(sys.modules); print(names.index('sklearn') < names.index('faiss'))\n"
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


def test_names_are_loaded_on_first_access(fresh_python):
    loaded, names, missing = fresh_python(
        "import sys, gpu_smotetomek\n"
        "print({'sklearn', 'scipy', 'numpy'} & set(sys.modules))\n"
        "print(*dir(gpu_smotetomek))\n"
        "try:\n    gpu_smotetomek.SMOTEENN\nexcept AttributeError as error:\n    print(error)\n"
        "from gpu_smotetomek import *\n"
        "assert SMOTE is gpu_smotetomek.SMOTE is gpu_smotetomek.samplers.SMOTE\n"
        "assert SMOTETomek is gpu_smotetomek.samplers.smote_tomek.SMOTETomek\n"
    ).splitlines()
    assert loaded == "set()"
    assert set(gpu_smotetomek.__all__) <= set(names.split())
    assert missing == "module 'gpu_smotetomek' has no attribute 'SMOTEENN'"


def test_the_package_is_typed():
    assert files("gpu_smotetomek").joinpath("py.typed").is_file()
