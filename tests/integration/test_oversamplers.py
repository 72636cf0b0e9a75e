"""The over-samplers beside SMOTE: links after them, lineage, other array libraries, chains, and classes with too few rows."""

import re
import warnings

import numpy as np
import pytest
from sklearn.svm import SVC
from support import array_libraries, datasets, fake_cupy, oracle
from support.optional import optional

from gpu_smotetomek import (
    ADASYN,
    SMOTE,
    SVMSMOTE,
    BorderlineSMOTE,
    EditedNearestNeighbours,
    RandomUnderSampler,
    ResamplingPipeline,
    SMOTETomek,
    TomekLinks,
)
from gpu_smotetomek.arrays.encoding import unique_inverse
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.resampling import Batch, Lineage

pytestmark = pytest.mark.usefixtures("little_work_space")

SAMPLERS = {
    "borderline-1": BorderlineSMOTE(random_state=0, k_neighbors=3, m_neighbors=6),
    "borderline-2": BorderlineSMOTE(random_state=0, k_neighbors=3, m_neighbors=6, kind="borderline-2"),
    "ADASYN": ADASYN(random_state=0, n_neighbors=4),
    "SVMSMOTE": SVMSMOTE(random_state=0, k_neighbors=3, m_neighbors=6, svm_estimator=SVC()),
}
OF_SEGMENTS = {"borderline-1", "ADASYN"}  # all of whose rows are between two rows of a class
SIZES = [(60, 20), (50, 30, 15), (40, 25, 20, 15)]
KINDS = ["gaussian", "lattice", "duplicated", "lognormal", "far_clusters", "one_far_row", "offset", "tiny"]
each_sampler = pytest.mark.parametrize("name", list(SAMPLERS))


def resample(sampler, X, y):
    """Rows and labels of a call; None where the sampler says that it cannot make rows of such a table."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            return sampler.fit_resample(X, y)
        except (RuntimeError, ValueError) as error:
            if not re.search("No row of class|No samples will be|are noise|beyond the values", str(error)):
                raise
            return None


# ---- links ----------------------------------------------------------------------------------------------------------


def links_and_oracle(sampler, X, y, **parameters):
    """The links that cleaning finds after an over-sampler, those of the definition, and the stages that found them."""
    both = SMOTETomek(smote=sampler, tomek=TomekLinks(sampling_strategy="all"), **parameters)
    if resample(both, X, y) is None:
        return None
    X_over, y_over = resample(sampler, X, y)
    return both.tomek_.links_, oracle.tomek_links(X_over, y_over, oracle.exponent(X)), both.tomek_.search_stages_


@pytest.mark.usefixtures("thresholds")
@each_sampler
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_links_are_those_of_the_definition(kind, sizes, name):
    y, answers = datasets.labels(*sizes), []
    for seed in range(3):
        for dtype in (np.float64, np.float32):
            X = datasets.make(kind, y, 1 + 2 * seed, dtype=dtype, seed=seed)
            answers.append(links_and_oracle(SAMPLERS[name], X, y))
    answers = [answer for answer in answers if answer is not None]
    assert answers or (name, kind) == ("ADASYN", "one_far_row")
    for found, expected, _ in answers:
        np.testing.assert_array_equal(found, expected)


@pytest.mark.usefixtures("thresholds")
@each_sampler
@pytest.mark.parametrize("d", [1, 2, 6, 25])
def test_links_of_overlapping_classes(d, name, backend):
    X, y = datasets.blobs(220, d, 0.6, 0.25, 0.15, seed=d)
    found, expected, _ = links_and_oracle(SAMPLERS[name], X, y, backend=backend)
    np.testing.assert_array_equal(found, expected)
    assert len(found) > 0 or d == 25


@pytest.mark.usefixtures("small_tables_use_bounds")
@each_sampler
def test_bounds_serve_where_all_rows_are_between_two_rows_of_a_class(name):
    X, y = datasets.blobs(300, 3, 0.7, 0.3)
    _, _, stages = links_and_oracle(SAMPLERS[name], X, y)
    assert ("bounds" in stages) is (name in OF_SEGMENTS)


@pytest.mark.usefixtures("small_tables_use_bounds")
@pytest.mark.parametrize("name", ["borderline-2", "SVMSMOTE"])
def test_bounds_would_be_wrong_for_other_rows(name, monkeypatch):
    """The mark of rows that are not between two rows of their class is needed: without it links are lost or made up."""
    monkeypatch.setattr(Lineage, "is_of_segments", True)
    wrong = 0
    for seed in range(40):
        X, y = datasets.blobs(150, 2, 0.6, 0.4, seed=seed)
        found, expected, stages = links_and_oracle(SAMPLERS[name], X, y)
        assert "bounds" in stages
        wrong += not np.array_equal(found, expected)
    assert wrong > 0


# ---- lineage --------------------------------------------------------------------------------------------------------


def oversample(sampler, X, y):
    ctx = ExecutionContext()
    return sampler._resample(Batch.from_input(X, *unique_inverse(y), None, ctx), ctx)


@each_sampler
@pytest.mark.parametrize("sizes", SIZES)
def test_lineage_names_the_parents_of_each_row(sizes, name):
    y = datasets.labels(*sizes)
    X = datasets.make("gaussian", y, 4) + y[:, None]
    batch = oversample(SAMPLERS[name], X, y)
    lineage, made = batch.lineage, batch.X[len(y) :]
    np.testing.assert_array_equal(batch.codes[lineage.base], batch.codes[len(y) :])
    p, q = X[lineage.base], X[lineage.neighbor]
    known = np.ones(len(made), bool) if lineage.is_segment is None else lineage.is_segment
    assert known.all() == lineage.is_of_segments == (name in OF_SEGMENTS)
    assert known.any()
    assert (batch.codes[lineage.neighbor] == batch.codes[lineage.base])[known].all()
    assert ((lineage.gap >= 0) & (lineage.gap < 1))[known].all()
    factor = np.ones(len(made)) if lineage.factor is None else lineage.factor
    np.testing.assert_array_equal(made, p + lineage.gap[:, None] * ((q - p) * factor[:, None]))
    distances = np.sqrt(oracle.squares(oracle.scaled(p, oracle.exponent(X)), oracle.scaled(q, oracle.exponent(X))))
    assert ((lineage.parent_distance == distances) | np.isnan(lineage.parent_distance)).all()
    # rows elsewhere are on the line through their parents: beyond the base, or up to half the way to an enemy
    step = ((made - p) * (q - p)).sum(axis=1) / ((q - p) ** 2).sum(axis=1)
    np.testing.assert_allclose(made, p + step[:, None] * (q - p), atol=1e-12)
    low, high = {"borderline-2": (0, 0.5), "SVMSMOTE": (-0.5, 0)}.get(name, (0, 1))
    assert ((step >= low - 1e-9) & (step <= high + 1e-9))[~known].all()


@each_sampler
def test_distances_to_the_own_class_are_those_of_the_nearest_rows(name):
    X, y = datasets.blobs(200, 3, 0.6, 0.4)
    batch = oversample(SAMPLERS[name], X, y)
    distances = oracle.sq_distance_matrix(X)
    distances[y[:, None] != y] = np.inf
    nearest, first = np.sqrt(distances.min(axis=1)), batch.first_neighbor_distance
    known = np.isfinite(first)
    np.testing.assert_array_equal(first[known], nearest[known])
    assert known[y == 1].mean() > (0.9 if name in OF_SEGMENTS else 0.3)
    assert not known[y == 0].any()


def test_one_row_elsewhere_marks_the_lineage_until_it_is_dropped():
    X, y = datasets.blobs(200, 3, 0.6, 0.4)
    batch = oversample(SAMPLERS["borderline-2"], X, y)
    elsewhere = len(y) + np.flatnonzero(~batch.lineage.is_segment)
    assert not batch.current_lineage.is_of_segments
    assert not batch.drop(elsewhere[1:], ExecutionContext()).current_lineage.is_of_segments
    assert batch.drop(elsewhere, ExecutionContext()).current_lineage.is_of_segments
    assert Lineage.empty(X).is_of_segments


# ---- array libraries ------------------------------------------------------------------------------------------------


@each_sampler
@pytest.mark.parametrize("place", [array_libraries.strict, *array_libraries.DEVICES])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int32, np.uint8])
@pytest.mark.parametrize("kind", ["gaussian", "lattice"])
def test_other_libraries_give_the_same_rows(kind, dtype, place, name):
    y = datasets.labels(50, 30, 20)
    X = datasets.make(kind, y, 4, dtype=np.float64)
    X = (X * 20 + 100 if dtype in (np.int32, np.uint8) else X).astype(dtype)
    expected = resample(SMOTETomek(smote=SAMPLERS[name], remove="both"), X, y)
    found = resample(SMOTETomek(smote=SAMPLERS[name], remove="both"), place(X), place(y))
    array_libraries.assert_equal_like(found[0], expected[0], place(X))
    array_libraries.assert_equal_like(found[1], expected[1], place(y))


@each_sampler
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("backend", ["auto", "xp"])
def test_the_stand_in_for_cupy_gives_the_same_rows_and_no_row_is_copied(backend, dtype, name, cupy):
    X, y = datasets.blobs(160, 6, 0.55, 0.3, 0.15, dtype=dtype)
    expected = SAMPLERS[name].fit_resample(X, y)
    machine = {"svm_estimator": HostMachine()} if name == "SVMSMOTE" else {}
    sampler = type(SAMPLERS[name])(**{**SAMPLERS[name].get_params(deep=False), **machine, "backend": backend})
    there = cupy.asarray(X)
    found = sampler.fit_resample(there, y)
    assert type(found[0]) is type(there)
    copied = [shape for shape in fake_cupy.state.copies if len(shape) == 2 and shape[0] > 6 == shape[1]]
    assert copied == ([(160, 6)] if name == "SVMSMOTE" else [])
    np.testing.assert_array_equal(found[0].get(), expected[0])
    np.testing.assert_array_equal(found[1], expected[1])


class HostMachine(SVC):
    """Derived from scikit-learn's, so that it gets rows on the host; of a module of its own."""


# ---- nothing to do --------------------------------------------------------------------------------------------------


@each_sampler
@pytest.mark.parametrize("place", [np.asarray, array_libraries.strict, array_libraries.torch])
def test_balanced_rows_pass_through_however_few_they_are(place, name):
    X, y = datasets.make("gaussian", datasets.labels(3, 3), 2), datasets.labels(3, 3)
    sampler = type(SAMPLERS[name])()
    rows, labels = sampler.fit_resample(place(X), y)
    np.testing.assert_array_equal(array_libraries.host(rows), X)
    np.testing.assert_array_equal(labels, y)
    assert sampler.n_synthetic_ == 0
    assert getattr(sampler, "in_danger_indices", {}) == {}


# ---- containers -----------------------------------------------------------------------------------------------------


@each_sampler
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_columns_of_a_frame_are_rounded_to_their_own_dtypes(library, name):
    frames = optional(library)
    X, y = datasets.blobs(160, 4, 0.6, 0.25, 0.15)
    columns = {"a": X[:, 0].astype("f4"), "b": np.rint(X[:, 1] * 9).astype("i1"), "c": X[:, 2], "d": X[:, 3] > 0}
    frame, names = frames.DataFrame(columns), frames.Series(np.array(["usual", "some", "rare"])[y])
    rows, labels = SAMPLERS[name].fit_resample(frame, names)
    assert type(rows) is type(frame)
    assert type(labels) is type(names)
    assert list(rows.columns) == list("abcd")
    matrix = np.column_stack([column.astype(float) for column in columns.values()])
    expected, expected_labels = SAMPLERS[name].fit_resample(matrix, names.to_numpy())
    assert labels.to_list() == expected_labels.tolist()
    for column, values in zip(columns, expected.T, strict=True):
        dtype = columns[column].dtype
        rounded = values.astype(dtype) if dtype.kind == "f" else np.rint(values).astype(dtype)
        np.testing.assert_array_equal(rows[column].to_numpy(), rounded)
        assert rows[column].dtype == frame[column].dtype


@each_sampler
def test_lists_stay_lists(name):
    X, y = datasets.blobs(160, 3, 0.6, 0.4)
    rows, labels = SAMPLERS[name].fit_resample(X.tolist(), y.tolist())
    expected = SAMPLERS[name].fit_resample(X, y)
    assert (rows, labels) == (expected[0].tolist(), expected[1].tolist())


@each_sampler
def test_the_plan_of_cleaning_after_any_of_them(name):
    X, y = datasets.blobs(160, 3, 0.6, 0.4)
    plan = SMOTETomek(smote=SAMPLERS[name]).plan(X, y)
    assert (plan.rows_in, plan.rows_out) == (160, 192)


# ---- chains ---------------------------------------------------------------------------------------------------------


@each_sampler
@pytest.mark.parametrize("other", ["SMOTE", "TomekLinks", *SAMPLERS])
def test_any_order_in_a_chain(other, name):
    """The result is that of the steps one by one, but for the meaning of class names in cleaning."""
    X, y = datasets.blobs(200, 3, 0.6, 0.25, 0.15)
    others = {**SAMPLERS, "SMOTE": SMOTE(random_state=3), "TomekLinks": TomekLinks(sampling_strategy=[0, 1])}
    first = others[other].set_params() if other == "TomekLinks" else clone_with(others[other], {1: 80, 2: 70})
    steps = [("first", first), ("second", SAMPLERS[name]), ("third", TomekLinks(sampling_strategy=[0, 1, 2]))]
    found = resample(ResamplingPipeline(steps), X, y)
    rows = X, y
    for _, step in steps:
        rows = resample(step, *rows)
    oracle.assert_same(found, rows)


def clone_with(sampler, strategy):
    return type(sampler)(**{**sampler.get_params(deep=False), "sampling_strategy": strategy})


@each_sampler
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_threads_and_memory_change_no_row(n_jobs, name):
    X, y = datasets.blobs(300, 5, 0.6, 0.25, 0.15)
    expected = SAMPLERS[name].fit_resample(X, y)
    sampler = type(SAMPLERS[name])(
        **{**SAMPLERS[name].get_params(deep=False), "n_jobs": n_jobs, "memory_limit": 2**14, "device": "cpu"}
    )
    oracle.assert_same(sampler.fit_resample(X, y), expected)


@pytest.mark.parametrize("first", ["under", "edited"])
@pytest.mark.parametrize("seed", range(4))
def test_draws_follow_rows_that_an_earlier_step_reordered(seed, first):
    """A chain gives the rows of its steps run one by one, also where a step puts class after class."""
    rng = np.random.RandomState(seed)
    y = rng.permutation(datasets.labels(240, 60, 40))
    X = rng.normal(size=(340, 4)) + 0.9 * y[:, None]
    steps = {
        "under": RandomUnderSampler(sampling_strategy={0: 200}, random_state=seed),
        "edited": EditedNearestNeighbours(kind_sel="mode"),
    }
    for last in (
        BorderlineSMOTE(random_state=seed),
        BorderlineSMOTE(random_state=seed, kind="borderline-2"),
        ADASYN(random_state=seed),
        SVMSMOTE(random_state=seed),
    ):
        expected = last.fit_resample(*steps[first].fit_resample(X, y))
        found = ResamplingPipeline([("first", steps[first]), ("last", last)]).fit_resample(X, y)
        for result, desired in zip(found, expected, strict=True):
            np.testing.assert_array_equal(result, desired)
