"""`inspect_table`: any container in, the same findings; overlap and the widest feature of tables that need correction."""

import json

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from support.optional import optional

pd = optional("pandas")

from gpu_smotetomek import SMOTETomek, inspect_table  # noqa: E402

N = 400
RNG = np.random.default_rng(0)
Y = np.repeat(["stays", "leaves"], [340, 60])
FRAME = pd.DataFrame(
    {
        "customer": RNG.permutation(N) + 1000,
        "age": RNG.normal(40, 9, N).round(1) + 6 * (Y == "leaves"),
        "income": RNG.normal(3e4, 5e3, N).round(2),
        "plan": RNG.choice(["basic", "plus"], N),
        "note": [f"called {i} times" for i in range(N)],
    }
)
FRAME.loc[::40, "age"] = np.nan


def give_polars(frame):
    return (
        optional("polars")
        .DataFrame({name: frame[name].to_list() for name in frame}, strict=False)
        .with_columns(optional("polars").col("age").fill_nan(None))
    )


def give_arrow(frame):
    return optional("pyarrow").Table.from_pandas(frame)


CONTAINERS = {"pandas": lambda frame: frame, "polars": give_polars, "arrow": give_arrow}


@pytest.mark.parametrize("container", CONTAINERS)
def test_every_frame_is_inspected_alike(container):
    inspection = inspect_table(CONTAINERS[container](FRAME), Y)
    assert (inspection.n_rows, inspection.n_features) == (N, 5)
    assert inspection.classes == {"leaves": 60, "stays": 340}
    assert inspection.missing == {"age": 10}
    assert inspection.non_numeric == {"plan": FRAME["plan"][0], "note": "called 0 times"}
    assert [(f.column, f.kind) for f in inspection.findings] == [
        ("customer", "id"),
        ("plan", "category"),
        ("note", "text"),
    ]
    assert inspection.left_out == ("customer",)
    assert inspection.plan is None
    assert "not numbers" in inspection.refusal
    assert inspection.examination.dominant_feature == "income"
    assert inspection.examination.dominant_share > 0.9
    assert inspection.spread[:2] == ("income", "age")


def test_roles_make_the_table_one_that_is_resampled():
    frame = FRAME.fillna({"age": 40.0}).astype({"customer": "Int64"})  # which can be missing in synthetic rows
    inspection = inspect_table(frame, Y, categorical_features=["plan"], passthrough=["customer", "note"])
    assert (inspection.n_features, inspection.findings, inspection.refusal) == (3, (), None)
    assert inspection.plan.rows_out == 680
    by_dtype = inspect_table(frame, Y, categorical_features="auto", passthrough=["customer", "note"])
    assert by_dtype.examination == inspection.examination


@pytest.mark.filterwarnings("ignore:'income' makes up")
def test_overlap_and_the_widest_feature_are_those_of_the_report():
    """The same rows and distances as in `report_.examine`, where no row was made."""
    X = FRAME[["age", "income"]].fillna({"age": 40.0})
    sampler = SMOTETomek(sampling_strategy={"leaves": 60, "stays": 340}, random_state=0)
    sampler.fit_resample(X, Y)
    found, expected = inspect_table(X, Y).examination, sampler.report_.examine(X, Y).examination
    assert (found.overlap, found.dominant_feature, found.smallest_class) == (
        expected.overlap,
        expected.dominant_feature,
        "leaves",
    )
    assert found.dominant_share == pytest.approx(expected.dominant_share)


def test_overlap_against_distances_to_all_rows():
    X = RNG.normal(size=(120, 3))
    y = np.repeat([0, 1], [90, 30])
    distances = ((X[:, None] - X) ** 2).sum(axis=2)
    np.fill_diagonal(distances, np.inf)
    nearest = distances.argmin(axis=1)[y == 1]
    assert inspect_table(X, y).overlap == np.mean(y[nearest] == 0)


def test_arrays_lists_and_sparse_matrices():
    X = np.c_[np.arange(60), RNG.normal(size=60)]
    y = np.arange(60) % 4 == 0
    from_array = inspect_table(X, y)
    assert [(f.column, f.kind) for f in from_array.findings] == [(0, "id")]
    assert inspect_table(X.tolist(), y.tolist()) == from_array
    assert inspect_table(X.reshape(60, 1, 2), y).findings == from_array.findings
    sparse = inspect_table(csr_matrix(X), y)
    assert (sparse.n_features, sparse.findings, sparse.examination) == (2, (), None)
    assert sparse.plan is not None


def test_tensors_are_inspected():
    torch = optional("torch")
    X = torch.arange(60, dtype=torch.float64).reshape(30, 2)
    assert inspect_table(X, np.arange(30) % 3 == 0).n_features == 2


def test_one_class_and_few_rows():
    inspection = inspect_table(FRAME[["income"]], ["same"] * N)
    assert (inspection.examination, inspection.overlap) == (None, None)
    assert any("one class only" in line for line in inspection.advice)
    few = inspect_table(FRAME[["income"]], np.repeat([0, 1], [N - 3, 3]))
    assert few.overlap is None  # three rows are no evidence


def test_rows_and_labels_must_match():
    with pytest.raises(ValueError, match="X has 400 rows and y has 399 labels: give one label for each row"):
        inspect_table(FRAME, Y[1:])


def test_nothing_is_changed():
    before = FRAME.copy()
    inspect_table(FRAME, Y)
    pd.testing.assert_frame_equal(FRAME, before)


def test_text_and_plain_data():
    inspection = inspect_table(FRAME, Y)
    text = str(inspection)
    assert text.splitlines()[:4] == [
        "400 rows, 5 features",
        "class   rows  share",
        "leaves    60  15.0%",
        "stays    340  85.0%",
    ]
    assert "Missing:      age (10)" in text
    assert "without 'customer'" in text
    assert "- Ids: 'customer' (400 different whole numbers in 400 rows)." in text
    assert "passthrough=['customer']" in text
    assert max(map(len, text[text.index("\n\n") :].splitlines())) <= 100
    facts = inspection.to_dict()
    assert json.loads(json.dumps(facts)) == facts
    assert facts["findings"][0] == {
        "column": "customer",
        "kind": "id",
        "fact": "400 different whole numbers in 400 rows",
    }
    assert (facts["rows"], facts["missing"], facts["dominant_feature"]) == (N, {"age": 10}, "income")
    assert repr(inspection) == "<Inspection of 400 rows and 5 features: print it, or read its attributes>"


def test_many_classes_are_shortened():
    text = str(inspect_table(RNG.normal(size=(60, 1)), np.arange(60) % 20))
    assert "More:         10 larger classes" in text
