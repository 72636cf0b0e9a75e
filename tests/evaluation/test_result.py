"""The result as text, as a dictionary, as frames and as a picture."""

import json
import sys
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from support.optional import optional

from gpu_smotetomek import RandomOverSampler, SMOTETomek, stability
from gpu_smotetomek.evaluation.text import tabulate_counts, tabulate_overlaps, tabulate_scores


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    y = np.repeat(["well", "ill"], [60, 20])
    return rng.normal(size=(80, 2)) + 0.7 * (y == "ill")[:, None], y


@pytest.fixture(scope="module")
def counted(table):
    return stability(SMOTETomek(), *table, [4, 7, 9])


@pytest.fixture(scope="module")
def scored(table):
    return stability(SMOTETomek(), *table, 3, estimator=KNeighborsClassifier(), cv=4)


def test_the_text_of_counts(counted):
    lines = str(counted).splitlines()
    assert lines[0] == "SMOTETomek on 80 rows (20 of 'ill', 60 of 'well'), seeds 4, 7, 9"
    cells = {line[:22].strip(): line[22:].split() for line in lines[2:8]}
    links = sorted(counts.n_links for counts in counted.seeds)
    assert cells["links"] == [str(number) for number in links]
    assert cells["removed rows of 'ill'"] == ["0", "0", "0"]
    pairs = counted.removed_overlap[np.triu_indices(3, 1)]
    assert f"removed rows                    {pairs.mean():.2f}      {pairs.min():.2f}" in str(counted)
    assert f"every seed removes {(counted.times_removed == 3).sum()} rows of X" in lines[-1]


def test_the_text_of_scores(scored):
    text = str(scored)
    assert "average precision of 'ill', 4 folds; ± is the standard deviation over folds" in text
    assert "left out: class weights, as KNeighborsClassifier has no parameter class_weight" in text
    (row,) = (row for row in scored.summarize() if row["treatment"] == "SMOTETomek")
    expected = (
        f"{row['mean']:.3f} {row['seed_sd']:.3f} {row['gain']:+.3f} ± {row['gain_sd']:.3f} {row['n_better']} of 4"
    )
    (line,) = (line for line in text.splitlines() if line.startswith("SMOTETomek  "))
    assert line.split()[1:] == expected.split()
    assert max(map(len, text.splitlines())) <= 100


def test_a_single_seed_and_no_links(table):
    result = stability(RandomOverSampler(), *table, 1, estimator=LogisticRegression(), cv=2)
    text = str(result)
    assert "seed 0" in text.splitlines()[0]
    assert "links" not in text
    assert "overlap" not in text
    assert "RandomOverSampler" in text.splitlines()[-3]
    assert result.link_overlap is None


def test_the_dictionary_is_json(counted, scored):
    for result in (counted, scored):
        assert json.loads(json.dumps(result.to_dict())) == result.to_dict()
    assert scored.to_dict()["seeds"][1]["removed"] == scored.seeds[1].removed
    assert scored.to_dict()["scores"]["SMOTE"][2] == scored.scores["SMOTE"][2].tolist()


def test_seeds_that_remove_nothing_have_no_overlap(table):
    result = stability(RandomOverSampler(), *table, 3)
    assert np.isnan(result.removed_overlap).all()
    line = next(line for line in str(result).splitlines() if line.startswith("removed rows  "))
    assert line.split()[2:] == ["–", "–"]
    assert result.to_dict()["removed_overlap"] == [[None] * 3] * 3
    json.dumps(result.to_dict(), allow_nan=False)


def test_the_mean_overlap_is_that_of_the_pairs_that_have_one(counted):
    overlap = np.array([[np.nan, np.nan, 0.0], [np.nan, np.nan, 0.5], [0.0, 0.5, 1.0]])
    result = replace(counted, removed_overlap=overlap)
    line = next(line for line in str(result).splitlines() if line.startswith("removed rows  "))
    assert line.split()[2:] == ["0.25", "0.00"]
    assert result.to_dict()["removed_overlap"] == [[None, None, 0.0], [None, None, 0.5], [0.0, 0.5, 1.0]]


def test_short_in_a_console(counted, scored, table):
    hint = "print it, or read its attributes"
    assert repr(counted) == f"<Stability of SMOTETomek, 3 seeds: {hint}>"
    assert repr(scored) == (f"<Stability of SMOTETomek, 3 seeds, 4 treatments by average precision of 'ill': {hint}>")
    assert repr(stability(RandomOverSampler(), *table, 1)) == f"<Stability of RandomOverSampler, 1 seed: {hint}>"


def test_html_for_notebooks(counted, scored):
    """Well-formed, escaped, and with the cells of the text."""
    for result in (counted, scored, replace(scored, sampler="<script>")):
        root = ElementTree.fromstring(result._repr_html_().replace("<details open", "<details"))
        tables = [[[cell.text or "" for cell in row] for row in found.iter("tr")] for found in root.iter("table")]
        expected = [
            tabulate_counts(result),
            tabulate_overlaps(result),
            *([tabulate_scores(result)] if result.scores else []),
        ]
        assert tables == expected
        assert root[0].text == str(result).splitlines()[0]
    assert "left out: class weights" in scored._repr_html_()


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames(scored, library):
    module = optional(library)
    frames = {table: scored.to_frame(table, library=library) for table in ("seeds", "scores", "summary")}
    assert all(isinstance(frame, module.DataFrame) for frame in frames.values())
    seeds, scores, summary = ({name: list(frame[name]) for name in frame.columns} for frame in frames.values())
    assert seeds["seed"] == [0, 1, 2]
    assert seeds["removed_well"] == [counts.removed["well"] for counts in scored.seeds]
    np.testing.assert_allclose(seeds["score_SMOTETomek"], scored.scores["SMOTETomek"].mean(axis=1))
    assert len(scores["score"]) == 4 + 3 * 3 * 4
    of_smote = [name == "SMOTE" for name in scores["treatment"]]
    np.testing.assert_array_equal(np.array(scores["score"])[of_smote], scored.scores["SMOTE"].ravel())
    assert np.array(scores["seed"])[of_smote].tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert scores["fold"] == list(range(4)) * 10
    assert scores["seed"][0] is None or np.isnan(scores["seed"][0])
    assert summary["treatment"] == list(scored.scores)


def test_frames_that_are_not_there(counted, scored, monkeypatch):
    with pytest.raises(ValueError, match="table='rows' is no table of the result; choose 'seeds', 'scores', 'summary'"):
        scored.to_frame("rows")
    with pytest.raises(ValueError, match="library='numpy' has no frames here; choose 'pandas', 'polars'"):
        scored.to_frame(library="numpy")
    with pytest.raises(ValueError, match="needs scores, and there are none: give stability an estimator"):
        counted.to_frame("summary")
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ImportError, match="to_frame needs polars, which is not installed: pip install polars"):
        scored.to_frame(library="polars")


def test_the_picture_of_scores(scored):
    pyplot = optional("matplotlib.pyplot")
    ax = scored.plot()
    names = list(scored.scores)
    assert [text.get_text() for text in ax.get_yticklabels()] == names
    dots = [
        part.get_offsets() for part in ax.collections if hasattr(part, "get_offsets") and len(part.get_offsets()) == 3
    ]
    assert len(dots) == 3
    for drawn, name in zip(dots, ("SMOTE", "SMOTEENN", "SMOTETomek"), strict=True):
        np.testing.assert_allclose(drawn[:, 0], scored.scores[name].mean(axis=1))
        assert set(drawn[:, 1]) == {names.index(name)}
    assert ax.figure.get_facecolor()[3] == ax.get_facecolor()[3] == 0  # transparent
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {"a seed", "mean", "lowest to highest fold"}
    pyplot.close(ax.figure)


def test_the_picture_of_agreement_in_axes_that_are_given(counted):
    pyplot = optional("matplotlib.pyplot")
    figure, ax = pyplot.subplots()
    assert counted.plot(ax) is ax
    assert ax.get_facecolor()[3] == 1  # left as it was
    assert [bar.get_height() for bar in ax.patches] == [(counted.times_removed == number).sum() for number in (1, 2, 3)]
    pyplot.close(figure)


def test_all_text_of_a_picture_is_readable_on_light_and_dark_pages(counted, scored):
    pyplot = optional("matplotlib.pyplot")
    from matplotlib.text import Text

    from gpu_smotetomek.plotting.style import NEUTRAL

    for result in (counted, scored):
        ax = result.plot()
        ax.figure.canvas.draw()
        texts = [text for text in ax.findobj(Text) if text.get_text()]
        assert len(texts) > 5
        assert {text.get_color() for text in texts} == {NEUTRAL}
        pyplot.close(ax.figure)
    ax = counted.plot()
    assert (ax.get_title(loc="left"), ax.get_title()) == ("SMOTETomek: how many seeds remove a row", "")
    pyplot.close(ax.figure)


def test_without_matplotlib(counted, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r'pip install "gpu_smotetomek\[plot\]"'):
        counted.plot()


def test_no_library_of_frames_or_pictures_is_loaded(fresh_python):
    """Beyond those that scikit-learn itself loads."""
    code = (
        "import sys, numpy as np, sklearn.linear_model, sklearn.model_selection\n"
        "before = set(sys.modules)\n"
        "from gpu_smotetomek import SMOTETomek, stability\n"
        "X, y = np.random.RandomState(0).normal(size=(60, 2)), np.repeat([0, 1], (40, 20))\n"
        "result = stability(SMOTETomek(), X, y, 2, estimator=sklearn.linear_model.LogisticRegression())\n"
        "str(result), result.to_dict()\n"
        "print({'pandas', 'polars', 'matplotlib', 'pyarrow'} & (set(sys.modules) - before))\n"
    )
    assert fresh_python(code).splitlines() == ["set()"]
