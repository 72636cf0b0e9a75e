"""The benchmark harness: a tiny profile runs end to end, growth is fitted, the report says what was and was not reached."""

import json
import re
import sys
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import sparse
from support.optional import optional

import benchmarks
from benchmarks import __main__ as main
from benchmarks import cases, cold, data, environment, peers, report, runner, tables


def test_tiny_profile_end_to_end(tmp_path, capsys):
    optional("imblearn")
    words = ["run", "--profile", "tiny", "--out", str(tmp_path), "--peer", "ours", "--peer", "imbalanced-learn"]
    assert main.main([*words, "--peer", "floor"]) == 0
    (file,) = tmp_path.glob("*.json")
    results = json.loads(file.read_text())
    wanted = {"date", "commit", "dirty", "cpu", "cores", "versions", "removed_from_environment"}
    assert wanted <= set(results["environment"])
    ours, theirs, floor = results["rows"]
    for row in (ours, theirs):
        assert row["status"] == "measured", row
        assert row["agrees"]
        assert row["links"] > 0, "data without links prove nothing about cleaning"
        assert row["output"] == ours["output"]
        assert {"seconds", "fastest", "slowest", "runs", "peak_bytes", "beyond_bytes", "cold_seconds"} <= set(row)
    assert any(pool["user_api"] == "blas" and pool["architecture"] for pool in floor["threadpools"])
    assert 0 < floor["seconds"] < ours["seconds"]

    text = file.with_suffix(".md").read_text()
    assert text in capsys.readouterr().out
    assert f"| tiny | {ours['links']} |" in text
    assert "same rows removed by 2" in text


def test_cold_starts(tmp_path, capsys, monkeypatch):
    programs = {"ours": cold.PROGRAMS["ours"], "imbalanced-learn": "print(X, y)", "sklearnex": "import no_such_module"}
    monkeypatch.setattr(main, "measure_cold_starts", partial(cold.measure_cold_starts, programs=programs))
    assert main.main(["cold", "--repeat", "1", "--out", str(tmp_path)]) == 0
    (file,) = tmp_path.glob("*-cold.json")
    ours, other, absent = json.loads(file.read_text())["rows"]
    assert min(row[name] for row in (ours, other) for name in ("seconds", "cpu_seconds")) > 0
    assert absent == {"peer": "sklearnex", "status": "absent"}
    text = capsys.readouterr().out
    assert re.search(r"^\| ours \| [\d.]+ s \| [\d.]+ s \| 1× \|$", text, re.MULTILINE), text
    assert "| + scikit-learn-intelex | absent | – | – |" in text


def test_the_profile_of_a_gpu(tmp_path, capsys, monkeypatch):
    asked, words = [], ["run", "--profile", "gpu", "--out", str(tmp_path / "new")]
    monkeypatch.setattr(main.cuda_probe, "cuda_unavailable_reason", lambda: "CuPy is not installed: pip install it")
    with pytest.raises(SystemExit):
        main.main(words)
    assert "--profile gpu needs one. CuPy is not installed: pip install it" in capsys.readouterr().err
    monkeypatch.setattr(main.cuda_probe, "cuda_unavailable_reason", lambda: None)
    monkeypatch.setitem(sys.modules, "benchmarks.gpu", SimpleNamespace(main=asked.append))
    monkeypatch.setattr(benchmarks, "gpu", sys.modules["benchmarks.gpu"], raising=False)
    assert main.main(words) == 0
    assert [file.parent for file in asked] == [tmp_path / "new"]
    assert asked[0].name.endswith("-run-gpu.json")


def test_plot_is_written(tmp_path):
    optional("matplotlib")
    rows = [
        {"case": "blobs-1000000x30", "peer": "faiss", "seconds": 4.0, "status": "extrapolated", "steps": [(9, 1.0)]},
        {"case": "blobs-50000x8", "peer": "ours", "seconds": 1.0, "status": "measured"},
    ]
    assert main.draw_growth({"rows": rows}, cases.CASES, tmp_path / "a.svg")
    assert (tmp_path / "a.svg").stat().st_size > 1000


def test_growth():
    assert runner.halve_repeatedly(50_000) == [6_250, 12_500, 25_000, 50_000]
    assert runner.extrapolate([(500, 9.0), (1_000, 1.0), (2_000, 4.0)], 8_000) == pytest.approx((64.0, 2.0))


def test_slow_peer_is_extrapolated_and_compared_where_it_was_measured(monkeypatch):
    def run_in_process(_case, rows, peer, _settings):
        if peer != "ours" and rows > 30_000:
            return {"status": "over limit", "why": "over"}
        said = {"removed": "a", "links": 7, "peak_bytes": 1, "beyond_bytes": 1, "calls": 1, "shape": [rows, 3]}
        return {"status": "measured", "seconds": 1.0 if peer == "ours" else (rows / 25_000) ** 2, **said}

    monkeypatch.setattr(runner, "run_in_process", run_in_process)
    case = cases.Case("slow", 50_000, partial(data.make_blobs, d=3), frozenset(), targets={"imbalanced-learn": 5})
    ours, slow = runner.measure(case, ["ours", "imbalanced-learn"], runner.Settings())
    assert slow["status"] == "extrapolated"
    assert (slow["seconds"], slow["exponent"]) == pytest.approx((4.0, 2.0))
    assert slow["beside_ours"] == {"rows": 25_000, "links": 7, "agrees": True, "ours_links": 7, "ours_seconds": 1.0}
    assert ours["runs"] == [1.0] * 3

    env = environment.describe_environment()
    text = report.format_run({"profile": "tiny", "environment": env, "rows": [ours, slow]}, [case])
    assert "≈ 4 s, extrapolated, **4×**" in text
    assert "imbalanced-learn ≥ 5: 4, **not reached**" in text
    assert "imbalanced-learn at 25000 rows: same" in text
    assert "exponent 2.00" in text


def test_other_answers_are_reported():
    row = {"case": "c", "status": "measured", "seconds": 1.0, "stable": True}
    counts = {"ours": 2, "imbalanced-learn": 2, "faiss": 1}
    rows = runner.compare_answers([{**row, "peer": peer, "links": n, "removed": str(n)} for peer, n in counts.items()])
    case = cases.Case("c", 9, data.make_digits, frozenset())
    text = report.format_run(
        {"profile": "tiny", "environment": environment.describe_environment(), "rows": rows}, [case]
    )
    assert "ours 2; imbalanced-learn 2; FAISS, enlarged data 1" in text
    assert "FAISS, enlarged data removes other rows than imbalanced-learn" in text


def test_report_of_stages_names_the_best():
    row = {"case": "c", "status": "measured", "links": 3, "said": {"backend_": "xp"}}
    rows = [{**row, "peer": "ours", "seconds": 1.3}, {**row, "peer": "ours:xp", "seconds": 1.2},
            {**row, "peer": "ours:kdtree", "seconds": 1.0}]  # fmt: skip
    text = report.format_stages({"profile": "tiny", "environment": environment.describe_environment(), "rows": rows})
    assert "| c | 3 | xp | 1.3 s | 1.2 s | 1 s | kdtree | **30%** |" in text


def test_variables_that_slow_numpy_are_kept_from_the_children_and_recorded(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")
    assert "OPENBLAS_CORETYPE" not in environment.make_child_environment()
    assert environment.describe_environment()["removed_from_environment"]["OPENBLAS_CORETYPE"] == "Prescott"


@pytest.mark.parametrize("header", ["", "a,b,target\n"])
def test_csv(tmp_path, header):
    (tmp_path / "t.csv").write_text(header + "1,2.5,'no'\n3,4,'yes'\n")
    X, y = data.read_csv(tmp_path / "t.csv")
    np.testing.assert_array_equal(X, [[1, 2.5], [3, 4]])
    np.testing.assert_array_equal(y, [0, 1])
    assert [case.name for case in cases.choose_cases("tiny", [], tmp_path)] == ["tiny", "t"]


MAKERS = [
    (tables.make_numbers, 6), (tables.make_census, 17), (tables.make_fraud, 30), (tables.make_five_classes, 3),
    (tables.make_many_classes, 4), (tables.make_overlapping, 3), (tables.make_one_hot, 24), (tables.make_positions, 2),
    (tables.make_sensors, 4), (tables.make_images, 49), (tables.make_embeddings, 30), (tables.make_text, 900),
    (tables.make_few_values, 4), (tables.make_wide, 5_000),
]  # fmt: skip


@pytest.mark.parametrize(("make", "d"), MAKERS)
def test_data_have_the_requested_shape_and_follow_their_seed(make, d):
    (X, y), again, other = make(2_400, d), make(2_400, d), make(2_400, d, 1)
    assert X.shape == (2_400, d)
    assert y.shape == (2_400,)
    assert len(np.unique(y)) > 1
    rows, same, different = (sparse.csr_matrix(part[0]).toarray() for part in ((X, y), again, other))
    np.testing.assert_array_equal(rows, same)
    assert (rows != different).any()


def test_a_sparse_case_in_two_seeds(tmp_path, monkeypatch):
    monkeypatch.setattr(cases.tempfile, "gettempdir", lambda: str(tmp_path))
    case = cases.Case("text", 300, partial(tables.make_text, d=200), frozenset(), task="smote")
    settings = runner.Settings(log=lambda _: None)
    for each in (case, case.with_seed(3)):
        ours, floor = (runner.run_in_process(each, 300, peer, settings) for peer in ("ours", "floor"))
        assert ours["status"] == "measured"
        assert ours["links"] == 0
        assert floor == {"status": "absent", "why": "takes no sparse rows"}
    assert {folder.name.split("-300-")[0] for folder in (tmp_path / "gpu_smotetomek-benchmarks").iterdir()} == {
        "text",
        "text-seed3",
    }


def test_names_with_a_seed_are_found_again():
    (case,) = main.find_cases(["numbers-500x10-seed7"], None)
    assert (case.name, case.seed) == ("numbers-500x10-seed7", 7)


def test_unknown_case_is_named():
    with pytest.raises(ValueError, match=r"no case is called nonsense; there are blobs-50000x30, "):
        cases.choose_cases("quick", ["nonsense"], None)


def test_floor_multiplies_each_class_with_the_larger_ones():
    floor, rng = peers.Floor(), np.random.default_rng(0)
    X, y = rng.standard_normal((6, 2)).astype(np.float32), np.array([2, 0, 0, 0, 1, 1])
    floor.prepare(X, y)
    assert [(len(own), len(larger)) for own, larger in floor.products] == [(1, 5), (2, 3)]
    floor.fit_resample(X, y)
    np.testing.assert_allclose(floor.buffer[:6].reshape(2, 3), X[4:6] @ X[1:4].T, rtol=1e-5)


def test_read_outcome_counts_links_by_the_rows_that_went():
    sampler = SimpleNamespace(
        smote_=SimpleNamespace(sampling_strategy_={1: 2}),
        tomek_=SimpleNamespace(sample_indices_=np.array([0, 1, 4, 5])),
    )
    found = peers.read_outcome(sampler, 4, np.zeros((4, 1)), np.zeros(4))
    assert found["links"] == 1
    assert found["removed"] == peers.hash_arrays(np.array([2, 3]))


def test_the_figures_of_the_page_are_those_of_the_results():
    """Each row of its tables is computed again; of two runs on one machine, the later that measured the case counts."""
    page = (environment.ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    page = page.partition("### Tables as users have them")[0]
    machines = [["2026-11-27T195204"], ["2026-11-28T070517", "2026-11-28T061301"]]
    runs = {
        name: json.loads((main.RESULTS / f"{name}-run-full.json").read_text()) for names in machines for name in names
    }
    shown = re.findall(r"^\| `([\w-]+)` \| (\d+) \| (.*) \|$", page, re.MULTILINE)
    assert {case for case, *_ in shown} == {row["case"] for row in runs["2026-11-28T061301"]["rows"]}
    for case, links, figures in shown:
        expected = []
        for names in machines:
            rows = next(found for name in names if (found := report.group_by_case(runs[name]["rows"])[case]))
            ours = rows["ours"]
            expected.append(report.format_seconds(ours["seconds"]))
            for peer in (cases.IL, cases.IX):
                mark = "≈ " * (rows[peer]["status"] == "extrapolated")
                expected.append(mark + report.format_ratio(rows[peer]["seconds"] / ours["seconds"]))
        assert (links, figures) == (str(ours["links"]), " | ".join(expected)), case


def test_the_figures_of_each_sampler_are_those_of_their_results():
    page = (environment.ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    page = page.partition("### Each sampler")[2].partition("### On a GPU")[0]
    expected = []
    for name in re.findall(r"`benchmarks/results/([\w-]+\.json)`", page):
        run = json.loads((main.RESULTS / name).read_text())
        for case, rows in report.group_by_case(run["rows"]).items():
            shape = " × ".join(str(length) for length in rows["ours"]["shape"])
            expected.append((case, f"{run['profile']}, {shape}", rows))
    shown = re.findall(r"^\| `([\w-]+)` \| (.*) \| ([\d.]+) s \| (\S+|≈ \S+) \| (\S+|≈ \S+) \|$", page, re.MULTILINE)
    assert [entry[:2] for entry in shown] == [entry[:2] for entry in expected]
    for (*_, seconds, of_imblearn, of_intelex), (_, _, rows) in zip(shown, expected, strict=True):
        ours = rows["ours"]["seconds"]
        assert float(seconds) == pytest.approx(ours, rel=0.01)
        for peer, ratio in ((cases.IL, of_imblearn), (cases.IX, of_intelex)):
            assert ratio.startswith("≈") == (rows[peer]["status"] == "extrapolated")
            assert float(ratio.strip("≈ ")) == pytest.approx(rows[peer]["seconds"] / ours, rel=0.06)


def test_the_figures_of_users_tables_are_those_of_their_results():
    page = (environment.ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    (name,) = re.findall(r"`benchmarks/results/([\w-]+-run-tables\.json)`", page)
    by_case = report.group_by_case(json.loads((main.RESULTS / name).read_text())["rows"])
    page = page.partition("### Tables as users have them")[2].partition("### On a GPU")[0]
    shown = re.findall(r"^\| `([\w-]+)` \| (\d+) \| ([\d.]+) s \| (\S+) \| (\S+) \| (.*) \|$", page, re.MULTILINE)
    assert [case for case, *_ in shown] == list(by_case)
    targets = {case.name: case.targets for case in cases.CASES}
    for case, links, seconds, *ratios, wanted in shown:
        ours = by_case[case]["ours"]
        assert int(links) == ours["links"]
        assert float(seconds) == pytest.approx(ours["seconds"], rel=0.01)
        for peer, ratio in zip((cases.IL, cases.IX), ratios, strict=True):
            assert float(ratio) == pytest.approx(by_case[case][peer]["seconds"] / ours["seconds"], rel=0.06)
        assert wanted == " / ".join(f"{target:g}" for target in targets[case].values())
