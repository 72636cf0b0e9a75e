"""The function `stability`: counts, overlap and scores against other ways to compute them, containers, classes, messages."""

import json

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from support.optional import optional

from gpu_smotetomek import SMOTE, SMOTENC, RandomOverSampler, SMOTETomek, TomekLinks, stability


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [100, 25])[rng.permutation(125)]
    return rng.normal(size=(125, 2)) + 0.7 * y[:, None], y


def test_counts_and_overlap_by_the_rows_of_the_results(table):
    """The same numbers from Python's sets of rows."""
    X, y = table
    result = stability(SMOTETomek(remove="both"), X, y, [3, 0, 8])
    rows, links = [], []
    for counts, seed in zip(result.seeds, (3, 0, 8), strict=True):
        sampler = SMOTETomek(remove="both", random_state=seed)
        left = sampler.fit_resample(X, y)[0]
        gone = {tuple(row) for row in X.tolist()} - {tuple(row) for row in left.tolist()}
        labels = {tuple(row): label for row, label in zip(X.tolist(), y.tolist(), strict=True)}
        assert counts.seed == seed
        assert counts.n_rows == len(left)
        assert counts.n_synthetic == len(left) - (125 - len(gone))
        assert counts.n_links == len(sampler.tomek_.links_)
        assert counts.removed == {label: sum(labels[row] == label for row in gone) for label in (0, 1)}
        rows.append(gone)
        links.append({(i, j) for i, j in sampler.tomek_.links_.tolist() if max(i, j) < 125})
    for found, sets in ((result.removed_overlap, rows), (result.link_overlap, links)):
        assert len(set(map(frozenset, sets))) > 1
        expected = [[len(a & b) / len(a | b) for b in sets] for a in sets]
        np.testing.assert_allclose(found, expected, rtol=1e-15)
    assert result.removed_by_every_seed == len(rows[0] & rows[1] & rows[2]) / 125 > 0
    assert result.removed_by_any_seed == len(rows[0] | rows[1] | rows[2]) / 125
    assert result.class_counts == {0: 100, 1: 25}
    assert (result.scores, result.scoring, result.omitted) == ({}, None, {})


def test_a_sampler_without_draws_gives_the_same_for_each_seed(table):
    result = stability(TomekLinks(), *table, 3)
    assert len(set(result.times_removed.tolist())) == 2
    assert result.removed_by_every_seed == result.removed_by_any_seed > 0
    np.testing.assert_array_equal(result.removed_overlap, np.ones((3, 3)))


def test_the_answer_is_the_same_again(table):
    options = {"estimator": LogisticRegression(), "scoring": "balanced_accuracy"}
    first, second = (stability(SMOTETomek(), *table, 2, **options).to_dict() for _ in range(2))
    assert first == second


def test_the_caller_s_objects_stay_as_they_are(table):
    X, y = table
    before = X.copy(), y.copy()
    sampler, estimator, transformer = SMOTETomek(), LogisticRegression(), StandardScaler()
    stability(sampler, X, y, 2, estimator=estimator, transformer=transformer)
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(y, before[1])
    assert sampler.random_state is None
    assert not any(name.endswith("_") for thing in (sampler, estimator, transformer) for name in vars(thing))


@pytest.mark.filterwarnings("ignore:feature 1 makes up")
def test_a_transformer_comes_before_distances(table):
    X, y = table
    wide = X * [1.0, 1e6]
    scaled = stability(SMOTETomek(), wide, y, 3, transformer=StandardScaler())
    expected = stability(SMOTETomek(), StandardScaler().fit_transform(wide), y, 3)
    assert scaled.to_dict() == expected.to_dict()
    assert scaled.to_dict() != stability(SMOTETomek(), wide, y, 3).to_dict()


def test_three_classes():
    rng = np.random.default_rng(1)
    y = np.repeat(["a", "b", "c"], [80, 30, 20])
    X = rng.normal(size=(130, 2)) + np.repeat([0.0, 1.0, 2.0], [80, 30, 20])[:, None]
    result = stability(SMOTETomek(), X, y, 3, estimator=LogisticRegression(), scoring="roc_auc_ovr", cv=3)
    assert list(result.scores) == ["plain", "class weights", "SMOTE", "SMOTEENN", "SMOTETomek"]
    assert all(0.5 < scores.min() < scores.max() < 1 for scores in result.scores.values())
    assert set(result.seeds[0].removed) == {"a", "b", "c"}
    assert json.loads(json.dumps(result.to_dict()))["class_counts"] == {"a": 80, "b": 30, "c": 20}


def test_one_row_of_scores_for_what_has_no_seed(table):
    result = stability(SMOTETomek(), *table, 3, estimator=LogisticRegression(), scoring="f1", cv=4)
    shapes = {name: scores.shape for name, scores in result.scores.items()}
    assert {name for name, shape in shapes.items() if shape == (1, 4)} == {"plain", "class weights", "moved threshold"}
    assert {name for name, shape in shapes.items() if shape == (3, 4)} == {"SMOTE", "SMOTEENN", "SMOTETomek"}


def test_the_summary(table):
    result = stability(SMOTE(), *table, 3, estimator=LogisticRegression(), scoring="f1", cv=4)
    rows = {row["treatment"]: row for row in result.summarize()}
    scores, plain = result.scores["SMOTE"], result.scores["plain"][0]
    assert rows["SMOTE"]["mean"] == pytest.approx(sum(scores.ravel()) / 12)
    assert rows["SMOTE"]["seed_sd"] == pytest.approx(np.std([sum(row) / 4 for row in scores], ddof=1))
    gains = [sum(scores[:, fold]) / 3 - plain[fold] for fold in range(4)]
    assert rows["SMOTE"]["gain"] == pytest.approx(sum(gains) / 4)
    assert rows["SMOTE"]["gain_sd"] == pytest.approx(np.std(gains, ddof=1))
    assert rows["SMOTE"]["n_better"] == sum(gain > 0 for gain in gains)
    assert rows["plain"] == {"treatment": "plain", "mean": pytest.approx(plain.mean()), "seed_sd": None,
                             "fold_sd": pytest.approx(plain.std(ddof=1)), "gain": 0, "gain_sd": 0, "n_better": 0}  # fmt: skip


@pytest.mark.parametrize("library", ["pandas", "polars", "list"])
def test_containers(table, library):
    X, y = table
    expected = stability(SMOTETomek(), X, y, 2, estimator=LogisticRegression(), scoring="f1").to_dict()
    if library == "list":
        frame, target = X.tolist(), y.tolist()
    else:
        module = optional(library)
        frame, target = (
            module.DataFrame({"a": X[:, 0], "b": X[:, 1]}),
            module.Series("sick", y) if library == "polars" else (module.Series(y, name="sick")),
        )
    found = stability(SMOTETomek(), frame, target, 2, estimator=LogisticRegression(), scoring="f1").to_dict()
    for part in ("seeds", "removed_overlap", "times_removed"):
        assert found[part] == expected[part]
    for name, scores in expected["scores"].items():
        np.testing.assert_allclose(found["scores"][name], scores, rtol=1e-12)


def test_a_frame_with_categories_and_a_pipeline_that_encodes_them(table):
    pandas = optional("pandas")
    from sklearn.compose import make_column_transformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    X, y = table
    frame = pandas.DataFrame({"a": X[:, 0], "b": X[:, 1], "c": pandas.Categorical(np.where(X[:, 0] > 0, "x", "y"))})
    encode = make_column_transformer((OneHotEncoder(), ["c"]), remainder="passthrough")
    estimator = make_pipeline(encode, LogisticRegression())
    result = stability(SMOTETomek(smote=SMOTENC("auto")), frame, y, 2, estimator=estimator)
    assert list(result.scores) == ["plain", "class weights", "SMOTENC", "SMOTEENN", "SMOTETomek"]
    assert list(result.omitted) == ["moved threshold"]


def test_groups(table):
    from sklearn.model_selection import GroupKFold

    X, y = table
    groups = np.arange(125) // 5
    result = stability(RandomOverSampler(), X, y, 1, estimator=LogisticRegression(), cv=GroupKFold(3), groups=groups)
    assert result.scores["plain"].shape == (1, 3)


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"seeds": 0}, ValueError, "seeds=0 is no number of seeds"),
        ({"scoring": "f1"}, ValueError, "scoring='f1' needs an estimator"),
        ({"estimator": LogisticRegression(), "scoring": "f2"}, ValueError, "scoring='f2' is no score of scikit-learn"),
        (
            {"estimator": LinearSVC(), "scoring": "neg_log_loss"},
            ValueError,
            "calls predict_proba, which LinearSVC does not",
        ),
        (
            {"sampler": RandomForestClassifier()},
            TypeError,
            "sampler is a sampler of gpu_smotetomek, .* got RandomForest",
        ),
        ({"y": np.zeros(3)}, ValueError, "X has 125 rows and y has 3 labels"),
    ],
)
def test_messages(table, options, kind, message):
    X, y = table
    given = {"sampler": SMOTETomek(), "X": X, "y": y, "seeds": 2} | options
    with pytest.raises(kind, match=message):
        stability(**given)


def test_f1_is_that_of_the_rare_class_whatever_its_label(table):
    """The moved threshold is chosen for that class as well."""
    X, y = table
    options = {"seeds": 2, "estimator": LogisticRegression(), "scoring": "f1"}
    expected = stability(SMOTETomek(), X, y, **options)
    assert expected.scoring == "f1 of 1"
    assert "moved threshold" in expected.scores
    for labels in (y + 1, np.where(y == 1, "well", "ill")):
        found = stability(SMOTETomek(), X, labels, **options)
        assert found.scoring == f"f1 of {labels[y == 1][0].item()!r}"
        assert list(found.scores) == list(expected.scores)
        for name, scores in expected.scores.items():
            np.testing.assert_allclose(found.scores[name], scores, rtol=1e-6)


@pytest.mark.parametrize("kind", ["list", "object", "pandas", "category", "polars", "bool", "one-hot", "one column"])
def test_labels_of_any_kind(table, kind):
    """Scores and counts are those of the numbers 0 and 1."""
    X, y = table
    text = np.where(y == 1, "ill", "well")
    make = {
        "list": text.tolist,
        "object": lambda: text.astype(object),
        "pandas": lambda: optional("pandas").Series(text),
        "category": lambda: optional("pandas").Series(text, dtype="category"),
        "polars": lambda: optional("polars").Series(text),
        "bool": lambda: y == 1,
        "one-hot": lambda: np.eye(2, dtype=int)[y],
        "one column": lambda: y[:, None],
    }
    found = stability(SMOTETomek(), X, make[kind](), 2, estimator=LogisticRegression())
    expected = stability(SMOTETomek(), X, y, 2, estimator=LogisticRegression())
    assert sorted(found.class_counts.values()) == [25, 100]
    np.testing.assert_array_equal(found.times_removed, expected.times_removed)
    np.testing.assert_allclose(found.scores["plain"], expected.scores["plain"], rtol=1e-6)


def test_sparse_rows_and_tensors(table):
    from scipy.sparse import coo_matrix

    X, y = table
    expected = stability(SMOTETomek(), X, y, 2)
    sparse = stability(SMOTETomek(), coo_matrix(X), y, 2, estimator=LogisticRegression())
    np.testing.assert_array_equal(sparse.times_removed, expected.times_removed)
    assert sparse.scores["SMOTETomek"].shape == (2, 5)
    tensors = stability(SMOTETomek(), optional("torch").tensor(X), y, 2)
    assert tensors.to_dict() == expected.to_dict()
