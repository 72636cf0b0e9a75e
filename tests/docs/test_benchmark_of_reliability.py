"""The benchmark of reliability: a short form end to end, faults that are counted, and the figures of the page."""

import json
import os

import pytest
from support.optional import optional
from support.pages import ROOT, Page

from benchmarks import __main__ as main
from benchmarks.reliability import child, collection, commands, fuzz, hostile, mutations, text
from benchmarks.reliability.outcome import IL, OURS, QUICK, Outcome, Trial

RESULTS = ROOT / "benchmarks" / "results" / "reliability.json"
EXPLAINED = (", 0 bytes", ", 1 bytes", "TomekLinks: a class with one row", "TomekLinks: sampling_strategy = <function")
"""Faults that the page explains."""
MUTATIONS = RESULTS.with_name("mutations.json")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and forks of POSIX")


def test_end_to_end(tmp_path, capsys):
    for library in ("pandas", "polars", "pyarrow"):
        optional(library)
    assert main.main(["reliability", "--quick", "--out", str(tmp_path)]) == 0
    file = tmp_path / "reliability-quick.json"
    results = json.loads(file.read_text(encoding="utf-8"))
    assert {"date", "commit", "cpu", "cores", "versions"} <= set(results["environment"])
    assert {row["trial"] for row in results["rows"]} == {trial.name for trial in collection.TRIALS}
    for row in results["rows"]:
        assert row["n"] == sum(row["outcomes"].values()) > 0
        if row["subject"].startswith(OURS):
            assert row["faults"] == []
    assert file.with_suffix(".md").read_text(encoding="utf-8") in capsys.readouterr().out


def test_faults_are_counted_and_listed():
    outcomes = [Outcome(OURS, "a", "right"), Outcome(OURS, "b", "wrong", 2.0), Outcome(IL, "a", "right", 0.5)]
    trial = Trial("some", "", frozenset({"right"}), lambda _: iter(outcomes))
    ours, theirs = collection.count_outcomes(trial, trial.run(QUICK))
    assert (ours["n"], ours["n_faults"], ours["faults"]) == (2, 1, ["b: wrong"])
    assert ours["outcomes"] == {"right": 1, "wrong": 1}
    assert ours["answer_seconds"] == {"median": 2.0, "largest": 2.0}
    assert (theirs["n_faults"], theirs["faults"]) == (0, [])
    table = text.format_counts({"rows": [ours, theirs]})
    assert f"| some | {OURS} | 2 | **1** | right 1, wrong 1; median answer after 2,000 ms" in table


CASES = """
import os, signal

def list_cases(size):
    return ["dangerous", "fine", "ends", "none", "fine too"]

def may_harm(case):
    return case == "dangerous"

def try_case(subject, case):
    if case in ("dangerous", "ends"):
        os.kill(os.getpid(), signal.SIGSEGV)
    return None if case == "none" else f"{subject} {case}"
"""


def test_cases_after_one_that_ends_the_process_run_all_the_same(tmp_path, monkeypatch):
    (tmp_path / "cases_that_end.py").write_text(CASES)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    outcomes = list(child.run_cases("cases_that_end", OURS, QUICK))
    assert [(outcome.case, outcome.result) for outcome in outcomes] == [
        ("dangerous", "the process ended by SIGSEGV"),
        ("fine", f"{OURS} fine"),
        ("ends", "the process ended by SIGSEGV"),
        ("fine too", f"{OURS} fine too"),
    ]


class Careless:
    """A sampler that takes everything for numbers."""

    def __init__(self, **_):
        pass

    def get_params(self):
        return {}

    def fit_resample(self, X, y):
        if not hasattr(X, "shape"):
            raise AttributeError("shape")
        return X, y


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_a_careless_sampler_has_faults(monkeypatch):
    optional("pandas")
    monkeypatch.setattr(hostile, "make_sampler", lambda *_, **__: Careless())
    results = {case: hostile.try_case(OURS, f"SMOTETomek: {case}") for case in hostile.CASES}
    assert results["NaN in X"] == results["masked array"] == results["CSR, index out of range"] == hostile.WRONG
    assert results["X is None"] == hostile.UNCLEAR
    assert results["integers beyond float64"] == results["the other byte order"] == hostile.RIGHT
    assert results["k_neighbors = 0 (0)"] is None


@pytest.mark.parametrize(
    ("code", "err", "result"),
    [
        (1, "gpu-smotetomek: no\n", "exit 1, one message"),
        (1, "", "exit 1, no message"),
        (1, "gpu-smotetomek: no\nmore\n", "exit 1, no message"),
        (-9, "", "ended by signal 9"),
        (1, "Traceback (most recent call last):\n", "a traceback"),
    ],
)
def test_refusals_are_judged(code, err, result):
    assert commands.judge_refusal(code, err) == result


@pytest.mark.parametrize("suffix", [*fuzz.FAST, *fuzz.SLOW])
def test_damaged_files_differ_from_the_sound_one_and_are_the_same_again(suffix):
    files = [fuzz.make_damaged_file(suffix, seed) for seed in range(20)]
    assert len(set(files)) > 10
    assert files == [fuzz.make_damaged_file(suffix, seed) for seed in range(20)]


def test_the_page_shows_the_committed_figures():
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    page = Page(ROOT / "docs" / "reliability.md")
    assert f"<!-- figures -->\n{text.format_counts(results)}\n<!-- end of figures -->" in page.text
    assert f"<!-- kinds -->\n{text.format_kinds()}\n<!-- end of kinds -->" in page.text
    assert RESULTS.with_suffix(".md").read_text(encoding="utf-8") == text.format_reliability(results)
    assert results["profile"] == "full"
    faults = [fault for row in results["rows"] if row["subject"].startswith(OURS) for fault in row["faults"]]
    assert [fault for fault in faults if not any(known in fault for known in EXPLAINED)] == []


SOURCE = """
N = 3

def choose(a, b):
    if a < b and min(a, b) == 0:
        return 2
    return a
"""


def test_each_mutation_changes_one_thing():
    found = list(mutations.list_mutations("m.py", SOURCE))
    assert sorted(mutation.change for mutation in found) == sorted(
        ["Lt → LtE", "and ↔ or", "→ max", "Eq → NotEq", "0 → 1", "2 → 3"]
    )
    texts = {mutations.apply(mutation, SOURCE) for mutation in found}
    assert len(texts) == len(found)
    assert all("N = 3" in text for text in texts)


def test_the_page_shows_the_committed_mutations():
    results = json.loads(MUTATIONS.read_text(encoding="utf-8"))
    page = Page(ROOT / "docs" / "reliability.md")
    assert f"<!-- mutations -->\n{mutations.format_mutations(results)}\n<!-- end of mutations -->" in page.text
    assert sum(results["counts"].values()) == len(results["rows"])
