"""The docstrings that docs/api.rst shows: numpydoc accepts them, and their attributes are those that the estimators have."""

import inspect
import re
import tomllib
from collections.abc import Iterator
from enum import Enum
from os.path import relpath
from pydoc import locate

import numpy as np
import pytest
from support.optional import optional
from support.pages import ROOT

import gpu_smotetomek
from gpu_smotetomek import (
    ADASYN,
    SMOTE,
    SMOTEENN,
    SMOTENC,
    SVMSMOTE,
    BorderlineSMOTE,
    EditedNearestNeighbours,
    RandomOverSampler,
    RandomUnderSampler,
    ResamplingPipeline,
    SMOTETomek,
    TomekLinks,
)

REFERENCE = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").rglob("*.rst")))
DIRECTIVE = re.compile(r"^\.\. (currentmodule|auto\w+):: ([\w.]+)\S*\n((?: {3}.*\n)*)", re.MULTILINE)
SAMPLERS = [
    SMOTE(),
    BorderlineSMOTE(),
    ADASYN(),
    SVMSMOTE(),
    TomekLinks(),
    EditedNearestNeighbours(),
    SMOTETomek(),
    SMOTEENN(),
    SMOTENC([1]),
    RandomOverSampler(),
    RandomUnderSampler(),
    ResamplingPipeline([("smote", SMOTE()), ("tomek", TomekLinks())]),
]
# where columns have names; where an object finds neighbours; where columns are categories
CONDITIONAL = {"feature_names_in_", "nn_", "nn_k_", "nn_m_", "categorical_features_", "continuous_features_"}
CONDITIONAL |= {"tomek_before_", "enn_before_"}
NAMED_AS_UPSTREAM = {"in_danger_indices"}  # fitted attributes without an underscore at the end
VALIDATED_AS = {"gpu_smotetomek.progress": "gpu_smotetomek.progress.progress"}  # the first is also a package
WITHOUT_EXAMPLE = {"BackendUnavailable", "DeviceUnavailable"}


def entries() -> Iterator[str]:
    """Dotted names of all that the reference documents, members included."""
    module = ""
    for kind, name, options in DIRECTIVE.findall(REFERENCE):
        if kind == "currentmodule":
            module = f"{name}."
            continue
        full = name if name.startswith("gpu_smotetomek.") else module + name
        if full.startswith("gpu_smotetomek.dask."):
            optional("dask")
        yield full
        members = re.search(r":members:((?:.|\n(?! *:))*)", options)
        if members:
            named = re.findall(r"\w+", members[1])
            yield from (f"{full}.{member}" for member in named or public_methods(locate(full)))


def public_methods(kind: type) -> list[str]:
    return [name for name, value in vars(kind).items() if inspect.isfunction(value) and not name.startswith("_")]


def attributes(kind: type) -> list[str]:
    """Names in the section Attributes of a docstring, one string an entry."""
    documented = optional("numpydoc.docscrape").ClassDoc(kind, config={"show_class_members": False})
    return [entry.name for entry in documented["Attributes"]]


def names_every_parameter(name: str, code: str, message: str) -> bool:
    """Whether a docstring documents the missing parameters as attributes, or needs no section because its text names them all."""
    documented = locate(name)
    missing = {
        parameter.strip("*") for parameter in re.findall(r"'([\w*]+)'", message) if not parameter.startswith("_")
    }
    if code != "PR01":
        return False
    if inspect.isclass(documented):
        if issubclass(documented, Enum) or getattr(documented, "_is_protocol", False):
            return True  # a caller gives them no parameters
        return missing <= set(re.findall(r"\w+", " ".join(attributes(documented))))
    text = inspect.getdoc(documented)
    return "\nParameters\n" not in text and missing <= set(re.findall(r"\w+", text))


def report(offenders: list[str]) -> None:
    """Fail with all offenders at once, one a line."""
    if offenders:
        pytest.fail(f"{len(offenders)} offenders\n" + "\n".join(offenders), pytrace=False)


def test_the_reference_is_read_as_sphinx_reads_it():
    names = set(entries())
    assert {f"gpu_smotetomek.{name}" for name in gpu_smotetomek.__all__} <= names
    assert {"gpu_smotetomek.SMOTE.fit", "gpu_smotetomek.neighbors.Backend.error"} <= names
    assert "gpu_smotetomek.execution.ExecutionContext.map_rows" in names
    assert [name for name in names if locate(name) is None] == []


def test_numpydoc_accepts_the_docstrings():
    validation = optional("numpydoc.validate")
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["numpydoc_validation"]
    checks = validation.get_validation_checks(set(settings["checks"]))
    results = {name: validation.validate(VALIDATED_AS.get(name, name)) for name in entries()}
    report(
        [
            f"{relpath(result['file'], ROOT)}:{result['file_line']} {name.removeprefix('gpu_smotetomek.')} {code} {message}"
            for name, result in results.items()
            for code, message in result["errors"]
            if code in checks and not names_every_parameter(name, code, message)
        ]
    )


def test_what_the_package_exports_has_an_example():
    public = [getattr(gpu_smotetomek, name) for name in gpu_smotetomek.__all__ if name not in WITHOUT_EXAMPLE]
    report([value.__name__ for value in public if "\n    Examples\n" not in value.__doc__])


def test_one_entry_documents_one_attribute():
    classes = [name for name in entries() if inspect.isclass(locate(name))]
    report([f"{name}: {entry}" for name in classes for entry in attributes(locate(name)) if not entry.isidentifier()])


@pytest.mark.parametrize("sampler", SAMPLERS, ids=lambda sampler: type(sampler).__name__)
def test_the_attributes_are_those_that_fit_resample_sets(sampler):
    X, y = np.random.RandomState(0).normal(size=(40, 2)), np.repeat([0, 1], [30, 10])
    sampler.fit_resample(X, y)
    fitted = {name for name in vars(sampler) if name.endswith("_") and not name.startswith("_")}
    fitted |= {
        name for name, value in inspect.getmembers(type(sampler)) if isinstance(value, property) and name[-1] == "_"
    }
    fitted -= {name for name in fitted if name.startswith("_")}
    documented = {name for entry in attributes(type(sampler)) for name in entry.split(", ")}
    missing, unknown = fitted - documented - CONDITIONAL, documented - fitted - CONDITIONAL - NAMED_AS_UPSTREAM
    report([f"{name} is not documented" for name in missing] + [f"{name} is not an attribute" for name in unknown])
