"""The benchmark of each sampler: tiny data run end to end, missing samplers are named, and other rows are reported."""

import json

import numpy as np
import pytest
from support.optional import optional

import gpu_smotetomek
from benchmarks import __main__ as main
from benchmarks import data, one, peers, report, runner, samplers


def test_samplers_end_to_end(tmp_path, capsys):
    optional("imblearn")
    words = ["samplers", "--rows", "600", "--features", "6", "--repeat", "1", "--out", str(tmp_path)]
    assert main.main([*words, "--sampler", "SMOTE", "--sampler", "SMOTETomek"]) == 0
    (file,) = tmp_path.glob("*-samplers-correlated.json")
    results = json.loads(file.read_text())
    assert {"date", "commit", "cpu", "cores", "versions"} <= set(results["environment"])
    assert [(row["case"], row["peer"]) for row in results["rows"]] == [
        (name, peer) for name in ("SMOTE", "SMOTETomek") for peer in samplers.PEERS
    ]
    ours, theirs = results["rows"][3:5]
    assert ours["status"] == theirs["status"] == "measured", theirs
    assert ours["links"] > 0
    assert ours["output"] == theirs["output"]
    assert min(ours["seconds"], theirs["seconds"]) > 0
    text = file.with_suffix(".md").read_text()
    assert text in capsys.readouterr().out
    assert text.count("| 600 × 6 |") == 2
    assert text.count("| yes |") == 2


def test_samplers_that_are_missing_are_named(monkeypatch):
    monkeypatch.setattr(gpu_smotetomek, "__all__", ["SMOTE"])
    lines = []
    assert samplers.choose_samplers([], lines.append) == ["SMOTE"]
    assert len(lines) == len(samplers.ENTRIES) - 1
    assert "BorderlineSMOTE-2: skipped, gpu_smotetomek has no BorderlineSMOTE" in lines
    with pytest.raises(ValueError, match="no sampler is called Smote; there are SMOTE, TomekLinks, "):
        samplers.choose_samplers(["Smote"], lines.append)


@pytest.mark.parametrize("name", samplers.ENTRIES)
def test_both_sides_take_the_parameters(name, monkeypatch):
    """A sampler that this package does not have yet stands in as imbalanced-learn's, so its common parameters are checked."""
    optional("imblearn")
    entry = samplers.ENTRIES[name]
    theirs = peers.PEERS["imbalanced-learn"](name, {})
    assert type(theirs).__name__ == entry.class_name
    assert type(theirs).__module__.startswith(f"imblearn.{entry.module}")
    if entry.class_name not in gpu_smotetomek.__all__:
        monkeypatch.setattr(gpu_smotetomek, entry.class_name, type(theirs), raising=False)
    ours = peers.PEERS["ours"](name, {"device": "cpu"})
    for parameter, value in {**entry.parameters, **entry.ours}.items():
        assert ours.get_params(deep=False)[parameter] == value
    if entry.class_name == "SMOTE":
        assert ours.device == "cpu"


def test_cases():
    tree, svm, mixed = samplers.make_cases(["SMOTE", "SVMSMOTE", "SMOTENC"], "surface", 400, 5)
    assert [case.rows for case in (tree, svm, mixed)] == [400, 100, 400]
    assert tree.make(400, seed=0)[0].shape == (400, 5)
    np.testing.assert_array_equal(tree.make(400, seed=0)[0], data.make_surface(400, 5, 0)[0])


def test_mixed_data_are_stored_and_read_again(tmp_path, monkeypatch):
    pandas = optional("pandas")
    monkeypatch.setattr("benchmarks.cases.tempfile.gettempdir", lambda: str(tmp_path))
    (case,) = samplers.make_cases(["SMOTENC"], "blobs", 2_000, 5)
    X, y = one.load_data(runner.store_data(case, 2_000))
    pandas.testing.assert_frame_equal(X, data.make_mixed(2_000)[0])
    assert X.dtypes.astype(str).tolist() == ["float32"] * 6 + ["category"] * 8
    assert 50 < np.count_nonzero(y) < 200
    assert one.count_bytes(X) == 2_000 * (6 * 4 + 8) + sum(one.count_bytes(X[:0][[name]]) for name in X)
    changed = X.copy()
    changed.iloc[7, 9] = "c0" if X.iloc[7, 9] != "c0" else "c1"
    assert peers.hash_rows(X, y) == peers.hash_rows(X.copy(), y) != peers.hash_rows(changed, y)
    assert peers.hash_rows(X, y) != peers.hash_rows(X, 1 - y)


def test_each_kind_and_width_has_data_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.cases.tempfile.gettempdir", lambda: str(tmp_path))
    for kind, d in (("blobs", 30), ("surface", 30), ("surface", 20)):
        (case,) = samplers.make_cases(["SMOTE"], kind, 400, d)
        X, _ = one.load_data(runner.store_data(case, 400))
        np.testing.assert_array_equal(X, samplers.KINDS[kind](400, d, 0)[0])


def test_a_frame_is_measured(monkeypatch, tmp_path):
    optional("pandas")
    X, y = data.make_mixed(300)
    calls = []

    class Sampler:
        def fit_resample(self, X, y):
            calls.append(len(X))
            return X, y

    monkeypatch.setattr(one, "load_data", lambda _: (X, y))
    monkeypatch.setitem(peers.PEERS, "ours", lambda *_: Sampler())
    found = one.measure_peer("ours", {}, "SMOTENC", str(tmp_path), 1, 1.0)
    assert found["shape"] == (300, 14)
    assert found["dtype"] == "mixed"
    assert found["output"] == peers.hash_rows(X, y)
    assert set(calls) == {300}


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        ({"ours": "a", "imbalanced-learn": "a", "sklearnex": "a"}, "yes"),
        ({"ours": "a", "imbalanced-learn": "a", "sklearnex": "b"}, "not those of + scikit-learn-intelex"),
        ({"ours": "a", "imbalanced-learn": "b"}, "**no**"),
        ({"ours": "a"}, "–"),
        ({"imbalanced-learn": "a"}, "–"),
    ],
)
def test_rows_are_compared(outputs, expected):
    assert samplers.compare_rows({peer: {"output": output} for peer, output in outputs.items()}) == expected


def test_a_failure_is_in_the_table():
    row = {"case": "ADASYN", "status": "measured", "seconds": 2.0, "shape": [9, 3], "output": "a"}
    failed = {"case": "ADASYN", "peer": "ours", "status": "failed", "why": "ValueError: no"}
    absent = {"case": "ADASYN", "peer": "sklearnex", "status": "absent", "why": "No module named 'sklearnex'"}
    results = {"profile": "blobs", "rows": [failed, {**row, "peer": "imbalanced-learn"}, absent]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report, "format_heading", lambda _: "heading")
        text = samplers.format_samplers(results)
    assert "| ADASYN | 9 × 3 | failed | 2 s | absent | – |" in text
    assert "- ADASYN, ours: failed, ValueError: no." in text
