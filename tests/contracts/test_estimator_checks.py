"""The estimator checks of scikit-learn and imbalanced-learn."""

import pytest
from imblearn.over_sampling.base import BaseOverSampler
from imblearn.under_sampling.base import BaseCleaningSampler
from imblearn.utils.estimator_checks import check_dataframe_column_names_consistency, check_param_validation
from imblearn.utils.estimator_checks import estimator_checks_generator as imblearn_checks
from sklearn.utils.estimator_checks import estimator_checks_generator as sklearn_checks
from support.optional import optional

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
    SMOTETomek,
    TomekLinks,
)

SAMPLERS = [
    SMOTE(random_state=42),
    TomekLinks(),
    SMOTETomek(random_state=42),
    EditedNearestNeighbours(),
    SMOTEENN(random_state=42),
    SMOTENC([-1], random_state=42),
    RandomOverSampler(random_state=42),
    RandomUnderSampler(random_state=42),
    BorderlineSMOTE(random_state=42),
    ADASYN(random_state=42),
    SVMSMOTE(random_state=42),
]
NEEDS = {"pandas": "pandas", "dataframe": "pandas", "polars": "polars"}
REFUSED = {  # imbalanced-learn itself runs no check of its SMOTENC
    ("SMOTENC", "check_samplers_pandas_sparse"),  # sparse columns beside categorical ones
    ("SMOTENC", "check_samplers_string"),  # a table without a number
}
ARRAY_API = "array_api"  # these checks need a variable that is set before SciPy is imported


def name_of(check) -> str:
    return getattr(check, "func", check).__name__


def parametrize_checks(generator):
    """Parameters (estimator, check) for each sampler, in place of imbalanced-learn's decorator, which fails on pytest 9."""
    return [
        pytest.param(estimator, check, id=f"{type(sampler).__name__}-{name_of(check)}")
        for sampler in SAMPLERS
        for estimator, check in generator(sampler)
        if ARRAY_API not in name_of(check) and (type(sampler).__name__, name_of(check)) not in REFUSED
    ]


def run(estimator, check):
    for word, library in NEEDS.items():
        if word in name_of(check):
            optional(library)
    check(estimator)


@pytest.mark.parametrize(("estimator", "check"), parametrize_checks(sklearn_checks))
def test_scikit_learns_checks(estimator, check):
    run(estimator, check)


@pytest.mark.parametrize(("estimator", "check"), parametrize_checks(imblearn_checks))
def test_imbalanced_learns_checks(estimator, check):
    run(estimator, check)


def test_scikit_learns_checks_of_array_api_input(fresh_python):
    code = f"""
from sklearn.utils.estimator_checks import estimator_checks_generator
from gpu_smotetomek import *
for sampler in {SAMPLERS}:
    for estimator, check in estimator_checks_generator(sampler):
        if {ARRAY_API!r} in check.func.__name__:
            check(estimator)
            print("checked")
"""
    assert fresh_python(code, SCIPY_ARRAY_API="1").split() == ["checked"] * len(SAMPLERS)


@pytest.mark.parametrize("sampler", SAMPLERS, ids=lambda sampler: type(sampler).__name__)
def test_imbalanced_learns_checks_of_parameters_and_column_names(sampler):
    check_param_validation(type(sampler).__name__, sampler)
    optional("pandas")
    check_dataframe_column_names_consistency(type(sampler).__name__, sampler)


def test_the_checks_are_not_vacuous():
    """Half of imbalanced-learn's checks apply to subclasses of its own classes only, and no check has vanished."""
    assert isinstance(SAMPLERS[0], BaseOverSampler)
    assert isinstance(SAMPLERS[1], BaseCleaningSampler)
    assert len(parametrize_checks(sklearn_checks)) >= 100
    assert len(parametrize_checks(imblearn_checks)) >= 40
