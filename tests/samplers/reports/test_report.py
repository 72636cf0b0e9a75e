"""The figures of a report, against counts made from the result itself, for every sampler."""

import copy
import json
import pickle
from collections import Counter

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import make_blobs
from support.optional import optional

from gpu_smotetomek import (
    ADASYN,
    SMOTE,
    SMOTEENN,
    SMOTENC,
    SVMSMOTE,
    BorderlineSMOTE,
    EditedNearestNeighbours,
    RandomOverSampler,
    RandomUnderSampler,
    ResamplingPipeline,
    SMOTETomek,
    TomekLinks,
    tomek_links,
)

SAMPLERS = {
    "smote": SMOTE(random_state=0),
    "borderline": BorderlineSMOTE(random_state=0),
    "borderline-2": BorderlineSMOTE(random_state=0, kind="borderline-2"),
    "adasyn": ADASYN(random_state=0),
    "svm": SVMSMOTE(random_state=0),
    "svm-far": SVMSMOTE(random_state=0, out_step=1.0),
    "smotenc": SMOTENC([2], random_state=0),
    "tomek": TomekLinks(),
    "enn": EditedNearestNeighbours(),
    "smotetomek": SMOTETomek(random_state=0),
    "both": SMOTETomek(random_state=0, remove="both"),
    "smoteenn": SMOTEENN(random_state=0),
    "random-over": RandomOverSampler(random_state=0),
    "noise": RandomOverSampler(random_state=0, shrinkage=0.3),
    "random-under": RandomUnderSampler(random_state=0),
    "replacement": RandomUnderSampler(random_state=0, replacement=True),
    "clean-first": ResamplingPipeline([("tomek", TomekLinks()), ("smote", SMOTE(random_state=0))]),
    "four": ResamplingPipeline(
        [
            ("under", RandomUnderSampler(sampling_strategy={0: 120}, random_state=0)),
            ("half", SMOTE(sampling_strategy={1: 60, 2: 90}, random_state=0)),
            ("grow", SMOTE(random_state=1)),
            ("clean", SMOTETomek(random_state=0)),
        ]
    ),
}
every_sampler = pytest.mark.parametrize("sampler", SAMPLERS.values(), ids=SAMPLERS)


def make_table(n=(200, 30, 50)):
    X, y = make_blobs(list(n), centers=[[0, 0, 0], [2, 1, 0], [0, 2, 1]], random_state=0)
    X[:, 2] = X[:, 2].round()
    return X, y


def count(labels, classes):
    return [int(np.sum(np.asarray(labels) == label)) for label in classes]


@every_sampler
def test_counts_are_those_of_input_and_result(sampler):
    X, y = make_table()
    sampler = clone(sampler)
    _, y_resampled = sampler.fit_resample(X, y)
    report = sampler.report_
    assert report.counts[:, 0].tolist() == count(y, range(3))
    assert report.counts[:, -1].tolist() == count(y_resampled, range(3))
    changes = np.diff(report.counts.sum(axis=0))
    assert changes.tolist() == [a - r for a, r in zip(report.added, report.removed, strict=True)]
    facts = report.to_dict()
    assert facts["rows_in"] + facts["rows_added"] - facts["rows_removed"] == facts["rows_out"] == len(y_resampled)
    assert facts["backend"] == getattr(sampler, "backend_", "none")
    assert (facts["device"], facts["features"]) == (sampler.device_, report.call.n_features)
    assert 0 < facts["seconds"] == pytest.approx(sum(facts["seconds_by_stage"].values()), abs=1e-5)
    assert sum(step["seconds"] for step in facts["steps"]) <= facts["seconds"] + 1e-5


@every_sampler
def test_all_forms_work_and_json_keeps_the_data(sampler):
    X, y = make_table()
    sampler = clone(sampler)
    labels = y if hasattr(sampler, "steps") else np.array(["<b>a</b>", "b & c", "line\nbreak"])[y]  # steps name labels
    sampler.fit_resample(X, labels)
    for report in (sampler.report_, sampler.report_.examine(X, labels)):
        facts = report.to_dict()
        assert json.loads(json.dumps(facts, allow_nan=False)) == facts
        assert str(report).startswith(f"{type(sampler).__name__}: 280 rows became ")
        assert all(line == line.rstrip() for line in str(report).splitlines())
        assert report.advice == tuple(facts["advice"])
        assert "<b>a</b>" not in report._repr_html_()


def test_links_by_pair_of_classes_are_those_of_the_links():
    X, y = make_table((300, 200, 250))
    cleaner = TomekLinks(sampling_strategy="all")
    cleaner.fit_resample(X, y)
    links = tomek_links(X, y)
    expected = Counter(tuple(sorted(pair)) for pair in y[links].tolist())
    assert len(expected) == 3
    report = cleaner.report_
    assert report.link_counts == expected
    assert report.n_links == len(links) == sum(report.removed) // 2
    assert report.rows_in_links.tolist() == np.bincount(y[links].ravel(), minlength=3).tolist()
    shares = [entry["share"] for entry in report.to_dict()["rows_in_links"]]
    assert shares == pytest.approx((np.bincount(y[links].ravel(), minlength=3) / [300, 200, 250]).tolist())


def test_links_after_smote_count_synthetic_rows_and_the_grown_class():
    X, y = make_table()
    sampler = SMOTETomek(random_state=0)
    sampler.fit_resample(X, y)
    grown, y_grown = SMOTE(random_state=0).fit_resample(X, y)
    links = tomek_links(grown, y_grown)
    report = sampler.report_
    assert sum(report.link_counts.values()) == len(links) > 0
    assert report.rows_searched.tolist() == [200, 200, 200]
    assert report.rows_in_links.tolist() == np.bincount(y_grown[links].ravel(), minlength=3).tolist()


@pytest.mark.parametrize(
    "sampler",
    [
        SMOTETomek(clean="both", random_state=0),
        SMOTETomek(clean="before", random_state=0),
        SMOTETomek(clean="both", remove="both", random_state=0),
        SMOTETomek(tomek=TomekLinks(definition="nearest enemies", repeat=True, min_samples={}), random_state=0),
        TomekLinks(sampling_strategy="all", definition="nearest enemies", repeat=True, min_samples={}),
        ResamplingPipeline(
            [
                ("first", TomekLinks(sampling_strategy="all")),
                ("draw", RandomUnderSampler(sampling_strategy={0: 400}, replacement=True, random_state=0)),
                ("grow", SMOTE(random_state=0)),
                ("last", TomekLinks(sampling_strategy="all")),
            ]
        ),
    ],
    ids=str,
)
def test_shares_of_rows_in_links_are_shares(sampler):
    """Of distinct rows, those of links against all that a search for links was given."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(620, 3)), np.repeat([0, 1], [600, 20])
    sampler = clone(sampler)
    sampler.fit_resample(X, y)
    report = sampler.report_
    assert report.n_links > 0
    shares = [entry["share"] for entry in report.to_dict()["rows_in_links"]]
    assert all(0 <= share <= 1 for share in shares)
    assert shares == pytest.approx((report.rows_in_links / report.rows_searched).tolist())
    assert len(np.unique(np.concatenate([step.links.ravel() for step in report.steps]))) == report.rows_in_links.sum()


def test_rows_added_between_searches_for_links_count_and_later_ones_do_not():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(620, 3)), np.repeat([0, 1], [600, 20])
    for clean in ("both", "before"):
        sampler = SMOTETomek(clean=clean, random_state=0)
        sampler.fit_resample(X, y)
        report = sampler.report_
        n_added = report.counts[1, 2] - report.counts[1, 1] if clean == "both" else 0
        assert report.rows_searched.tolist() == [600, 20 + n_added]


def test_a_row_in_the_links_of_several_steps_counts_once():
    twice = ResamplingPipeline([(name, TomekLinks(sampling_strategy=[1])) for name in ("first", "second")])
    twice.fit_resample(np.array([[0.0], [1.0], [3.0], [20.0]]), np.array([1, 0, 1, 0]))
    report = twice.report_
    assert [step.links.tolist() for step in report.steps] == [[[0, 1]], [[1, 2]]]
    assert (report.n_links, report.rows_in_links.tolist()) == (2, [1, 2])


def test_no_links_and_no_search_for_links_differ():
    X, y = np.r_[np.zeros((6, 1)), np.full((9, 1), 5.0)], np.repeat([1, 0], [6, 9])
    cleaner = TomekLinks().fit(X, y)
    cleaner.fit_resample(X, y)
    assert (cleaner.report_.n_links, cleaner.report_.to_dict()["links"]) == (0, [])
    smote = SMOTE(random_state=0)
    smote.fit_resample(X, y)
    assert (smote.report_.n_links, smote.report_.to_dict()["links"]) == (None, None)


@pytest.mark.parametrize("scale", [1.0, 1e-180, 1e150])
@pytest.mark.parametrize("name", ["smote", "borderline-2", "adasyn", "svm", "svm-far"])
def test_distances_are_those_of_the_rows(name, scale):
    X, y = make_table()
    X = X * scale
    sampler = clone(SAMPLERS[name])
    X_resampled, _ = sampler.fit_resample(X, y)
    lineage = sampler.report_.call.lineage
    own, base, neighbor = (np.longdouble(X_resampled[280:]), X[lineage.base], X[lineage.neighbor])
    from_base, from_neighbor = (np.sqrt(((own - parent) ** 2).sum(axis=1)) for parent in (base, neighbor))
    distances = sampler.report_.distances
    np.testing.assert_allclose(distances.between_parents, np.sqrt(((np.longdouble(base) - neighbor) ** 2).sum(axis=1)))
    np.testing.assert_allclose(
        distances.to_nearer_parent, np.minimum(from_base, from_neighbor), rtol=1e-7, atol=1e-12 * scale
    )
    summary = sampler.report_.to_dict()["synthetic"]
    assert summary["made"] == len(X_resampled) - 280
    assert summary["distance_between_parents"]["median"] == pytest.approx(np.median(distances.between_parents))


def test_copies_have_no_distances():
    X, y = make_table()
    sampler = RandomOverSampler(random_state=0)
    sampler.fit_resample(X, y)
    distances = sampler.report_.distances
    assert (distances.n_made, distances.n_copies) == (320, 320)
    assert sampler.report_.to_dict()["synthetic"]["distance_between_parents"] is None


def test_bytes():
    X, y = make_table()
    sampler = SMOTETomek(random_state=0)
    X_resampled, _ = sampler.fit_resample(X.astype(np.float32), y)
    found = sampler.report_.bytes
    assert (found["input"], found["result"]) == (280 * 3 * 4, X_resampled.nbytes)
    assert found["lineage"] == 320 * 4 * 8
    assert sampler.set_params(memory_limit=2**20).fit_resample(X, y)
    assert sampler.report_.bytes["memory_limit"] == 2**20
    shuffler = RandomUnderSampler(random_state=0)
    shuffler.fit_resample(X, y)
    assert shuffler.report_.bytes["input"] is None


def test_sparse_bytes_are_those_of_the_stored_entries():
    X, y = make_table()
    matrix = sparse.hstack([sparse.csr_matrix(X), sparse.random(280, 400, 0.02, random_state=0)], format="csr")
    cleaner = TomekLinks()
    cleaner.fit_resample(matrix, y)
    assert cleaner.report_.bytes["input"] == matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes


def test_there_is_no_report_before_a_call():
    sampler = SMOTETomek(random_state=0)
    assert not hasattr(sampler, "report_")
    with pytest.raises(AttributeError, match="report_ is there once rows were resampled"):
        _ = sampler.report_
    assert not hasattr(sampler.fit(*make_table()), "report_")
    sampler.fit_resample(*make_table())
    with pytest.raises(AttributeError, match="in a chain, the outermost sampler has it"):
        _ = sampler.smote_.report_


def test_reports_survive_pickling_and_copying():
    X, y = make_table()
    sampler = SMOTETomek(random_state=0)
    sampler.fit_resample(X, y)
    expected = sampler.report_.to_dict()
    for again in (pickle.loads(pickle.dumps(sampler)), copy.deepcopy(sampler)):
        assert again.report_.to_dict() == expected
    assert pickle.loads(pickle.dumps(sampler.report_)).to_dict() == expected


def test_labels_of_other_kinds_become_text_in_json():
    X, y = make_table()
    stamps = np.array(["2020-01-01", "2021-01-01", "2022-01-01"], "M8[D]")[y]
    sampler = TomekLinks()
    try:
        sampler.fit_resample(X, stamps)
    except (ValueError, TypeError):
        pytest.skip("such labels are refused")
    assert isinstance(sampler.report_.to_dict()["classes"][0]["label"], str)


def test_thousands_of_classes():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(6_000, 2)), np.repeat(np.arange(3_000), 2)
    cleaner = TomekLinks(sampling_strategy="all")
    cleaner.fit_resample(X, y)
    report = cleaner.report_
    assert sum(report.link_counts.values()) == report.n_links > 1_000
    assert len(str(report).splitlines()) < 60
    assert "and 2,988 larger classes" in str(report)
    assert "links of" in str(report)
    assert len(report._repr_html_()) < 30_000
    assert len(report.to_dict()["classes"]) == 3_000


@pytest.mark.parametrize("library", ["torch", "array_api_strict", "cupy"])
def test_arrays_of_other_libraries_give_the_same_report(library, request):
    xp = request.getfixturevalue("cupy") if library == "cupy" else optional(library)
    X, y = make_table()
    reports = []
    for rows in (X, xp.asarray(X)):
        sampler = SMOTETomek(random_state=0, backend="xp")
        sampler.fit_resample(rows, y)
        facts = sampler.report_.examine(rows, y).to_dict()
        reports.append({key: facts[key] for key in ("classes", "links", "synthetic", "bytes", "examination", "advice")})
    assert reports[0] == reports[1]
