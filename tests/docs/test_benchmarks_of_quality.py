"""The benchmark of quality: measures by hand, the law of its patients, tables in files, no leak, and the figures of the page."""

import json
import re

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from support.optional import optional
from support.pages import ROOT, Page

from benchmarks import __main__ as main
from benchmarks import quality, quality_measures, quality_report, quality_tables

PAGE = Page(ROOT / "docs" / "quality.md")
TINY = quality.QualitySettings(n_draws=2, n_repeats=2, n_folds=2, n_inner_folds=2, n_train=400, n_test=500, n_jobs=1)


def test_recall_at_a_precision_and_the_threshold_for_it():
    """Ranked from the top, the labels are 1 0 1 0 0 1: precision is 1, 1/2, 2/3, 1/2, 2/5, 3/6."""
    y, p = np.array([1, 0, 1, 0, 0, 1]), np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4])
    for precision, recall, threshold in ((0.5, 1, 0.4), (0.6, 2 / 3, 0.7), (0.9, 1 / 3, 0.9)):
        assert quality_measures.compute_recall_at_precision(y, p, precision) == pytest.approx(recall)
        assert quality_measures.choose_threshold(y, p, precision) == threshold
    assert quality_measures.compute_recall_at_precision(1 - y, np.r_[p[:1], p[1:] * 0 + 0.1], 0.9) == 0
    assert quality_measures.choose_threshold(np.array([0, 1]), np.array([0.5, 0.5]), 0.9) == 1.0


def test_calibration_error_by_hand():
    y, p = np.array([0, 0, 1, 1]), np.array([0.1, 0.3, 0.6, 0.9])
    assert quality_measures.compute_calibration_error(y, p, n_bins=2) == pytest.approx(
        (abs(0.2 - 0) + abs(0.75 - 1)) / 2
    )
    assert quality_measures.compute_calibration_error(y, p, n_bins=1) == pytest.approx(abs(0.475 - 0.5))


def test_decisions():
    y = np.array([1, 1, 1, 0, 0])
    alarms = np.array([True, False, True, True, False])
    assert quality_measures.measure_decisions(alarms, y) == {"recall": 2 / 3, "precision": 2 / 3}
    assert quality_measures.measure_decisions(alarms & False, y) == {"recall": 0.0, "precision": 0.0}


def test_the_correction_is_exact_by_the_rule_of_bayes():
    """Two densities and two shares: the posterior for one share becomes that for the other."""
    positive, negative = np.array([0.2, 1.0, 3.0]), np.array([2.0, 1.0, 0.1])

    def find_posterior(share):
        return share * positive / (share * positive + (1 - share) * negative)

    corrected = quality_measures.correct_shares(find_posterior(0.5), 0.5, 0.05)
    np.testing.assert_allclose(corrected, find_posterior(0.05), rtol=1e-12)


def test_the_patients():
    sample = quality_tables.draw_patients(100_000, 0)
    assert 0.045 < sample.y.mean() < 0.055
    assert abs(sample.y.mean() - sample.p.mean()) < 0.002
    assert quality_measures.compute_calibration_error(sample.y, sample.p) < 0.003  # the labels follow the probabilities
    is_atypical = sample.X[:, 0] < 0.6
    assert 0.25 < sample.y[is_atypical].sum() / sample.y.sum() < 0.4
    again = quality_tables.draw_patients(100_000, 0)
    np.testing.assert_array_equal(sample.y, again.y)
    assert (quality_tables.draw_patients(100_000, 1).y != sample.y).any()


@pytest.mark.parametrize("table", quality_tables.TABLES[1:], ids=lambda table: table.name)
def test_bundled_tables_have_a_rare_class(table):
    sample, again = table.load(), table.load()
    assert set(np.unique(sample.y)) == {0, 1}
    assert quality_tables.FEWEST_POSITIVE_ROWS <= sample.y.sum() < 0.11 * len(sample.y)
    np.testing.assert_array_equal(sample.X, again.X)


def test_tables_in_files(tmp_path):
    X, labels = np.arange(60.0).reshape(30, 2), np.repeat(["no", "yes"], [20, 10])
    lines = [f"{a},{label},{b}" for (a, b), label in zip(X, labels, strict=True)]
    (tmp_path / "named.csv").write_text("\n".join(["a,target,b", *lines]) + "\n")
    (tmp_path / "bare.csv").write_text("\n".join(f"{a},{b},{label}" for (a, b), label in zip(X, labels, strict=True)))
    (tmp_path / "notes.txt").write_text("no table")
    polars = optional("polars")
    polars.DataFrame({"a": X[:, 0], "target": labels, "b": X[:, 1]}).write_parquet(tmp_path / "stored.parquet")
    tables = quality_tables.find_tables(tmp_path)
    assert [table.name for table in tables] == ["bare", "named", "stored"]
    for table in tables:
        sample = table.load()
        np.testing.assert_array_equal(sample.X, X)
        np.testing.assert_array_equal(sample.y, labels == "yes")
    assert quality_tables.find_tables(None) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a,target\n" + "1,x\n" * 20 + "2,y\n" * 9,
            "target 'target' has {'x': 20, 'y': 9}; the benchmark needs two classes",
        ),
        ("a,target\n" + "1,x\n" * 20, "two classes or more"),
        ("a,target\n" + "1,x\n" * 20 + "word,y\n" * 12, "a column beside the target 'target' is not of numbers"),
        ("a,target\n" + "1,x\n" * 20 + "nan,y\n" * 12, "a cell is missing or infinite"),
    ],
)
def test_tables_that_cannot_be_measured(tmp_path, text, message):
    (tmp_path / "table.csv").write_text(text)
    with pytest.raises(ValueError, match=f"table.csv: .*{message}"):
        quality_tables.find_tables(tmp_path)[0].load()


def test_an_empty_folder(tmp_path):
    with pytest.raises(ValueError, match=r"holds no file that ends in \.csv or \.parquet"):
        quality_tables.find_tables(tmp_path)


def test_a_prediction_depends_on_the_training_rows_and_on_its_own_row_only():
    """Else the scaler or a sampler would have seen test rows."""
    train, X_test = quality_tables.draw_patients(400, 0), quality_tables.draw_patients(50, 1).X
    changed = X_test.copy()
    changed[1:] *= 100
    first, second = (
        quality.predict_treatments(LogisticRegression(), train, rows, TINY, seed=0) for rows in (X_test, changed)
    )
    assert list(first) == quality.TREATMENTS
    for name in quality.TREATMENTS:
        assert first[name].p[0] == second[name].p[0]
        assert first[name].corrected[0] == second[name].corrected[0]


def test_every_row_is_predicted_by_models_without_its_fold():
    """A nearest neighbour that has seen the row would find it at once, and predict its label."""
    from sklearn.neighbors import KNeighborsClassifier

    class Weightless(KNeighborsClassifier):
        class_weight = None

        def set_params(self, **_):
            return self

    rng = np.random.default_rng(0)
    sample = quality_tables.Sample(rng.normal(size=(200, 3)), np.repeat([0, 1], 100))
    predicted = quality.predict_folds(Weightless(1), sample, TINY, seed=0)
    assert all(0.35 < np.mean(found.is_alarm == sample.y) < 0.65 for found in predicted.values())
    np.testing.assert_array_equal(predicted["none"].p, predicted["moved threshold"].p)


def test_end_to_end(tmp_path, capsys, monkeypatch):
    tables = [quality_tables.TABLES[0], quality_tables.TABLES[-1]]
    monkeypatch.setattr(quality_tables, "TABLES", tables)
    monkeypatch.setattr(quality, "MODELS", {"logistic regression": quality.MODELS["logistic regression"]})
    monkeypatch.setattr(quality, "QUICK", TINY)
    assert main.main(["quality", "--quick", "--out", str(tmp_path)]) == 0
    (file,) = tmp_path.glob("*-quality-quick.json")
    results = json.loads(file.read_text())
    assert {"date", "commit", "cpu", "cores", "versions"} <= set(results["environment"])
    treatments = [row["treatment"] for row in results["rows"] if row["table"] == "patients"]
    assert treatments == [*quality.TREATMENTS, "the true probabilities"]
    truth, plain = (
        quality_report.find_row(results, "patients", "logistic regression", name) for name in (treatments[-1], "none")
    )
    assert truth["mean"]["truth_error"] == 0
    assert truth["mean"]["average_precision"] > plain["mean"]["average_precision"]
    assert plain["mean"]["brier"] == pytest.approx(np.mean(plain["values"]["brier"]), abs=1e-5)
    assert plain["sd"]["brier"] == pytest.approx(np.std(plain["values"]["brier"], ddof=1), abs=1e-5)
    text = file.with_suffix(".md").read_text()
    assert text in capsys.readouterr().out
    assert "**wine, third or not, logistic regression**" in text


def test_the_help_describes_the_layout(capsys):
    with pytest.raises(SystemExit):
        main.main(["quality", "--help"])
    assert "is the column named `target`, or the last one" in " ".join(capsys.readouterr().out.split())


def test_a_missing_folder_is_an_error_of_the_command_line(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main.main(["quality", "--data", str(tmp_path), "--out", str(tmp_path)])
    assert "holds no file that ends in" in capsys.readouterr().err


def find_committed():
    (file,) = (ROOT / "benchmarks" / "results").glob("*-quality-full.json")
    return file, json.loads(file.read_text(encoding="utf-8"))


def test_the_page_shows_the_committed_figures():
    file, results = find_committed()
    assert f"`benchmarks/results/{file.stem}.md`" in PAGE.text
    tables = quality_report.list_page_tables(results)
    assert len(tables) == 7
    for table in tables:
        assert table in PAGE.text, table.splitlines()[0]
    shown = [line for line in PAGE.text.splitlines() if line.startswith("|")]
    assert set(shown) == {line for table in tables for line in table.splitlines()}
    text = PAGE.text.partition("What these figures say")[2]
    quoted = re.findall(r"\b0\.\d{3}\b", text)
    assert len(quoted) > 5
    assert [number for number in quoted if number not in "".join(tables[1:3])] == []


def test_the_committed_text_is_that_of_the_committed_json():
    file, results = find_committed()
    assert file.with_suffix(".md").read_text(encoding="utf-8") == quality_report.format_quality(results)
    settings = quality.QualitySettings(**results["settings"])
    assert settings == quality.QualitySettings()
    assert results["tables"] == quality.describe_tables(quality_tables.TABLES, settings)


def test_the_committed_figures_can_be_computed_again():
    """One repetition of a quick model; other versions of scikit-learn may differ in the last digits."""
    _, results = find_committed()
    settings = quality.QualitySettings(**results["settings"])
    for table in (quality_tables.TABLES[1], quality_tables.TABLES[-1]):
        once = quality.measure_once(table, quality.MODELS["logistic regression"], settings, seed=0)
        for treatment in quality.TREATMENTS:
            row = quality_report.find_row(results, table.name, "logistic regression", treatment)
            for measure in ("average_precision", "brier", "recall"):
                assert once[treatment][measure] == pytest.approx(row["values"][measure][0], abs=0.02), (
                    treatment,
                    measure,
                )
