"""The benchmark of prepared tables: tiny data end to end, and a wrong answer is in the table."""

import json

import pytest

from benchmarks import __main__ as main
from benchmarks import epochs


def test_epochs_end_to_end(tmp_path, capsys):
    words = ["epochs", "--rows", "2000", "--features", "6", "--repeat", "2", "--kind", "surface", "blobs"]
    assert main.main([*words, "--sampler", "SMOTETomek", "TomekLinks", "--out", str(tmp_path)]) == 0
    (file,) = tmp_path.glob("*-epochs.json")
    results = json.loads(file.read_text())
    assert {"date", "commit", "cpu", "cores", "versions"} <= set(results["environment"])
    tables = [(row["sampler"], row["case"]) for row in results["rows"]]
    assert tables == [
        (name, f"{kind}-2000x6") for name in ("SMOTETomek", "TomekLinks") for kind in ("surface", "blobs")
    ]
    for row in results["rows"]:
        assert row["same"]
        for call in ("fit_resample", "resample", "copy"):
            assert len(row[call]["runs"]) == 2
            assert 0 < row[call]["fastest"] <= row[call]["seconds"] <= row[call]["slowest"]
        assert row["resample"]["cpu_seconds"] < row["fit_resample"]["cpu_seconds"]
        assert row["prepare"]["seconds"] > 0
    text = file.with_suffix(".md").read_text()
    assert text in capsys.readouterr().out
    assert text.count("| yes |") == 4


def test_other_rows_are_reported(monkeypatch):
    hashes = iter("abcd")
    monkeypatch.setattr(epochs, "hash_rows", lambda *_: next(hashes))
    row = epochs.measure_epochs("SMOTE", "surface", 500, 4, 2, {})
    assert not row["same"]
    assert epochs._format_row(row)[-1] == "**no**"


def test_samplers_of_frames_are_refused(capsys):
    with pytest.raises(SystemExit):
        main.main(["epochs", "--sampler", "SMOTENC"])
    assert "invalid choice: 'SMOTENC'" in capsys.readouterr().err
