"""Advice follows from what an inspection found, in the words of Python and in those of the command line."""

from dataclasses import replace

import pytest

from gpu_smotetomek.inspection import Finding, Inspection
from gpu_smotetomek.inspection.advice import COMMAND, PYTHON, advise, advise_on_findings
from gpu_smotetomek.samplers.reports.examination import Examination

UNREMARKABLE = Inspection(
    n_rows=11_000,
    n_features=3,
    classes={0: 10_000, 1: 1_000},
    missing={},
    non_numeric={},
    repeated=0,
    contradictory=0,
    findings=(),
    examination=Examination(1, 0.1, "a", 0.5, "nearest rows", (), ()),
    spread=("a", "b", 2.0),
    left_out=(),
    plan=None,
    refusal=None,
)


def examination(**changes):
    return {"examination": replace(UNREMARKABLE.examination, **changes)}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"missing": {"a": 3, "b": 4}}, "Fill in or drop missing and infinite cells (7 in 2 columns): --impute median; fit the"),
        ({"missing": {"a": 3}}, "(3 in 1 column): "),
        ({"spread": ("a", "b", 1e6)}, "Scale the features (--scale standard): 'a' varies 1e+06 times as much as 'b'"),
        (examination(dominant_share=0.95), "Scale the features (--scale standard): 'a' makes up 95% of the squared distances"),
        ({"classes": {0: 5}}, "There is one class only"),
        ({"classes": dict.fromkeys(range(60), 9)}, "60 classes look like a quantity to predict, not labels: check --target"),
        ({"classes": dict.fromkeys(range(9), 1), "n_rows": 9}, "9 classes look like a quantity to predict"),
        ({"classes": dict.fromkeys(range(60), 3)}, "Class 0 has 3 rows and SMOTE needs 6"),
        ({"classes": {0: 100, 1: 3}}, "Class 1 has 3 rows and SMOTE needs 6: --k-neighbors 2 at most, or collect more, or drop"),
        ({"classes": {0: 100, 1: 1}}, "Class 1 has 1 row and SMOTE needs 6: collect more, or drop the class."),
        ({"classes": {0: 400, 1: 40}}, "Class 1 has 40 rows: synthetic rows repeat what these say"),
        ({"classes": {0: 400, 1: 80}}, "The largest class is small, and cleaning takes rows of it: compare with --method smote"),
        ({"classes": {0: 30_000, 1: 1_000}}, "1 : 30 is beyond 1 : 20: try --sampling-strategy 0.1"),
        ({"classes": {0: 30_000, 1: 1_000, 2: 2_000}}, "try --sampling-strategy 1=ROWS instead of full balance"),
        ({"classes": {0: 3_000, 1: 1_000}}, "1 : 3.0 is mild"),
        ({"classes": {0: 1_100, 1: 1_000}}, "The classes are of about the same size"),
        (examination(overlap=0.7), "The classes overlap densely (70% of class 1 have a row of another class nearest)"),
        (examination(overlap=0.4), "The classes overlap (40% of class 1 have a row of another class nearest)"),
        ({"contradictory": 2}, "Equal rows with unequal labels: 2."),
        ({"repeated": 500}, "Rows that repeat earlier ones: 500."),
        ({}, "Resample the training fold only"),
        ({}, "Evaluate with several seeds"),
    ],
)  # fmt: skip
def test_advice_follows_from_what_was_found(change, words):
    general = advise(UNREMARKABLE, COMMAND)
    assert len(general) == 2
    changed = [line for line in advise(replace(UNREMARKABLE, **change), COMMAND) if words in line]
    assert len(changed) == 1
    assert change == {} or changed[0] not in general


def test_an_inspection_without_examination_gives_advice_too():
    assert advise(replace(UNREMARKABLE, examination=None, spread=None), COMMAND) == advise(UNREMARKABLE, COMMAND)


@pytest.mark.parametrize(
    ("kind", "command", "python"),
    [
        ("id", "--id 'a b,c'", "passthrough=['a b', 'c']"),
        ("date", "--passthrough 'a b,c'", "passthrough=['a b', 'c']"),
        ("time", "--passthrough 'a b,c'", "passthrough=['a b', 'c']"),
        ("text", "--passthrough 'a b,c'", "passthrough=['a b', 'c']"),
        ("codes", "--categorical 'a b,c'", "SMOTENC(['a b', 'c'])"),
        ("category", "--categorical 'a b,c'", "SMOTENC(['a b', 'c'])"),
        ("target", "--drop 'a b,c'", "drop ['a b', 'c']"),
        ("constant", "--drop 'a b,c'", "drop ['a b', 'c']"),
        ("digits", "correct the cells of 'a b,c'", "correct the cells of ['a b', 'c']"),
    ],
)
def test_each_kind_has_one_sentence_with_its_remedy(kind, command, python):
    findings = [Finding("a b", kind, "this"), Finding("c", kind, "that")]
    for wording, remedy in ((COMMAND, command), (PYTHON, python)):
        (sentence,) = advise_on_findings(findings, wording)
        assert "'a b' (this), 'c' (that)" in sentence
        assert remedy in sentence


def test_a_fact_that_all_columns_share_comes_once():
    (sentence,) = advise_on_findings([Finding(f"c{i}", "codes", "5 values") for i in range(30)], COMMAND)
    assert "'c8', 'c9' and 20 more (5 values each)" in sentence
    assert sentence.count("5 values") == 1


def test_missing_cells_of_text_are_not_to_be_filled():
    changed = replace(UNREMARKABLE, missing={"a": 3, "t": 4}, non_numeric={"t": "word"})
    assert any("(3 in 1 column)" in line for line in advise(changed, COMMAND))


def test_numbers_of_columns_are_numbers_in_python():
    (sentence,) = advise_on_findings([Finding(0, "id", "this")], PYTHON)
    assert sentence.endswith("passthrough=[0].")


def test_python_is_advised_by_parameters():
    lines = advise(replace(UNREMARKABLE, classes={0: 30_000, 1: 4, 2: 9}, n_rows=30_013), PYTHON)
    assert any("k_neighbors=3 at most" in line for line in lines)
    assert any("try sampling_strategy={1: ROWS}" in line for line in lines)
    assert not any("--" in line for line in lines)
