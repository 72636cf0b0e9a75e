"""The benchmark of reliability: a short form end to end, and the figures of the page."""

import json

import pytest

from benchmarks import __main__ as main
from benchmarks.reliability import collection
from benchmarks.reliability.outcome import OURS


@pytest.mark.skipif("not hasattr(__import__('os'), 'fork')", reason="signals and forks of POSIX")
def test_end_to_end(tmp_path, capsys):
    assert main.main(["reliability", "--quick", "--out", str(tmp_path)]) == 0
    file = tmp_path / "reliability-quick.json"
    results = json.loads(file.read_text())
    assert {"date", "commit", "cpu", "cores", "versions"} <= set(results["environment"])
    assert {row["trial"] for row in results["rows"]} == {trial.name for trial in collection.TRIALS}
    for row in results["rows"]:
        assert row["n"] == sum(row["outcomes"].values()) > 0
        if row["subject"].startswith(OURS):
            assert row["faults"] == []
    assert file.with_suffix(".md").read_text() in capsys.readouterr().out
