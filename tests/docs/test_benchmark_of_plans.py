"""`python -m benchmarks plan`: estimates beside the time of the calls."""

from benchmarks import __main__ as main
from benchmarks import cases, plan


def test_each_case_with_a_plan_is_compared(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main.main(["plan", "--case", "tiny", "--case", "tomek-alone-50000x30", "--rows", "300"]) == 0
    output = capsys.readouterr()
    lines = output.out.splitlines()
    assert output.err == "tiny: 300 rows\n"
    assert lines[2].startswith("| tiny | 300 | 0.0")
    assert len(lines) == 5


def test_ratios_are_counted():
    rows = [
        {"case": "a", "rows": 9, "estimate": 1.0, "seconds": 1 / ratio, "ratio": ratio} for ratio in (0.3, 0.5, 2, 4)
    ]
    text = plan.format_plans(rows)
    assert "| a | 9 | 1.000 s | 2.000 s | 0.50 |" in text
    assert text.endswith("2 of 4 estimates are within a factor of 3.")


def test_a_ratio_is_that_of_estimate_to_truth(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    row = plan.compare_plan(cases.TINY, 200, lambda _: None)
    assert row["ratio"] == row["estimate"] / row["seconds"] > 0
