"""`resample`: one frame in, one frame out, equal to `fit_resample` of features and target."""

import narwhals as nw
import numpy as np
import pytest
from support.optional import optional

from gpu_smotetomek import (
    SMOTE,
    SMOTEENN,
    SMOTENC,
    RandomUnderSampler,
    ResamplingPipeline,
    SMOTETomek,
    TomekLinks,
    resample,
)

pytestmark = pytest.mark.filterwarnings("ignore::gpu_smotetomek.errors.DominantFeatureWarning")

generator = np.random.default_rng(0)
COLUMNS = {
    "id": np.array([f"p{i}" for i in range(90)], object),
    "age": generator.integers(20, 80, 90).astype(np.int16),
    "default": np.repeat(["no", "yes"], [70, 20]),
    "income": generator.normal(size=90).astype(np.float32),
    "town": np.array(["Bonn", "Oslo", "Rome"] * 30, object),
}
NUMBERS = ["age", "default", "income"]


@pytest.fixture(params=["pandas", "polars", "pyarrow"])
def frame(request):
    module = optional(request.param)
    return module.table(COLUMNS) if request.param == "pyarrow" else module.DataFrame(COLUMNS)


def to_columns(frame) -> dict[str, list]:
    """The cells of each column, as Python values."""
    return nw.from_native(frame, eager_only=True).to_dict(as_series=False)


def pick(frame, names):
    return nw.from_native(frame, eager_only=True)[names].to_native()


def by_hand(frame, sampler) -> dict[str, list]:
    """Columns of the resampled features, and the target, by `fit_resample` of both."""
    names = [name for name in nw.from_native(frame, eager_only=True).columns if name != "default"]
    X, y = sampler.fit_resample(pick(frame, names), np.asarray(frame["default"], str))
    return {**to_columns(X), "default": y.tolist()}


SAMPLERS = [
    SMOTE(random_state=1),
    SMOTETomek(random_state=0, k_neighbors=3, remove="both"),
    SMOTEENN(random_state=0),
    TomekLinks(),
    RandomUnderSampler(random_state=0),
    ResamplingPipeline([("tomek", TomekLinks()), ("smote", SMOTE(random_state=0))]),
]


@pytest.mark.parametrize("sampler", SAMPLERS, ids=lambda sampler: type(sampler).__name__)
def test_the_rows_are_those_of_fit_resample(frame, sampler):
    numbers = pick(frame, NUMBERS)
    found = resample(numbers, "default", sampler)
    assert to_columns(found) == by_hand(numbers, sampler)
    assert type(found) is type(frame)
    schema = nw.from_native(found, eager_only=True).schema
    assert list(schema.items()) == list(nw.from_native(numbers, eager_only=True).schema.items())
    assert sampler.report_


@pytest.mark.parametrize(
    ("names", "given", "sampler"),
    [
        (NUMBERS, {"random_state": 3}, SMOTETomek(random_state=3)),
        (NUMBERS, {"random_state": 3, "sampling_strategy": 0.5}, SMOTETomek(random_state=3, sampling_strategy=0.5)),
        (
            ["id", *NUMBERS],
            {"random_state": 3, "passthrough": ["id"], "passthrough_fill": "base"},
            SMOTETomek(random_state=3, passthrough=["id"], passthrough_fill="base"),
        ),
        (
            list(COLUMNS),
            {"random_state": 3, "passthrough": ["id"], "categorical_features": ["town"]},
            SMOTETomek(smote=SMOTENC(["town"], random_state=3), passthrough=["id"]),
        ),
        (
            [*NUMBERS, "town"],
            {"random_state": 3, "categorical_features": "auto", "sampling_strategy": 0.5},
            SMOTETomek(smote=SMOTENC("auto", random_state=3, sampling_strategy=0.5)),
        ),
    ],
    ids=str,
)
def test_without_a_sampler_it_is_smotetomek(frame, names, given, sampler):
    table = pick(frame, names)
    found = to_columns(resample(table, "default", **given))
    assert list(found) == names
    assert found == by_hand(table, sampler)


def test_narwhals_frames_come_back_wrapped(frame):
    wrapped = nw.from_native(pick(frame, NUMBERS), eager_only=True)
    found = resample(wrapped, "default", random_state=0)
    assert isinstance(found, nw.DataFrame)
    assert to_columns(found.to_native()) == to_columns(resample(wrapped.to_native(), "default", random_state=0))


def test_the_index_and_any_column_label_of_pandas():
    pandas = optional("pandas")
    table = pandas.DataFrame({("a", 1): [0.0, 1, 5, 6, 7], 3: pandas.Categorical(list("xxyyy"))})
    table.index = [9, 8, 7, 6, 5]
    found = resample(table, 3, SMOTE(k_neighbors=1, random_state=0))
    assert found.columns.tolist() == table.columns.tolist()
    assert found.dtypes.tolist() == table.dtypes.tolist()
    assert found.index.tolist() == [0, 1, 2, 3, 4, 5]
    assert found[3].tolist() == list("xxyyyx")


def test_a_schema_of_pyarrow_stays():
    pyarrow = optional("pyarrow")
    fields = [pyarrow.field("y", pyarrow.int8(), nullable=False), pyarrow.field("a", pyarrow.float32())]
    schema = pyarrow.schema(fields, metadata={"source": "clinic"})
    table = pyarrow.table({"y": [0, 0, 0, 1, 1], "a": [1.0, 2, 3, 8, 9]}, schema=schema)
    found = resample(table, "y", SMOTE(k_neighbors=1, random_state=0))
    assert found.schema.equals(schema, check_metadata=True)
    assert found["y"].to_pylist() == [0, 0, 0, 1, 1, 1]


def test_a_missing_column_gets_the_nearest(frame):
    with pytest.raises(
        ValueError,
        match=r"target is 'Defalt', .* no such column; did you mean 'default'\? It has 'id', 'age',",
    ):
        resample(frame, "Defalt")
    with pytest.raises(ValueError, match="no such column; it has 'id'"):
        resample(frame, 7)


@pytest.mark.parametrize("data", [np.zeros((4, 2)), [[1, 2]], {"a": [1]}, None, "train.csv"], ids=str)
def test_what_is_no_frame_is_refused(data):
    with pytest.raises(TypeError, match=r"give a frame of pandas.*or give features and target to SMOTETomek\(\)"):
        resample(data, "a")


def test_lazy_frames_name_the_remedy():
    polars = optional("polars")
    with pytest.raises(TypeError, match=r"is lazy.*call \.collect\(\)"):
        resample(polars.LazyFrame({"a": [1]}), "a")


@pytest.mark.parametrize(
    "given",
    [
        {"random_state": 0},
        {"passthrough": ["id"]},
        {"categorical_features": np.array([0])},
        {"sampling_strategy": {"yes": 30}},
        {"passthrough_fill": "base"},
    ],
    ids=str,
)
def test_a_parameter_beside_a_sampler_is_an_error(frame, given):
    (name,) = given
    with pytest.raises(ValueError, match=f"{name} holds for the SMOTETomek made here, and sampler=SMOTE"):
        resample(frame, "default", SMOTE(), **given)


def test_what_is_no_sampler_is_refused(frame):
    imblearn = optional("imblearn.over_sampling")
    with pytest.raises(TypeError, match=r"sampler is 'smote' \(str\): give a sampler of gpu_smotetomek"):
        resample(frame, "default", "smote")
    with pytest.raises(TypeError, match=r"That is SMOTE of imbalanced-learn.*gpu_smotetomek\.SMOTE\(\)"):
        resample(frame, "default", imblearn.SMOTE())


def test_scale(frame):
    found = to_columns(
        resample(
            frame,
            "default",
            random_state=3,
            scale="standard",
            passthrough=["id"],
            passthrough_fill="base",
            categorical_features=["town"],
        )
    )
    smote = SMOTENC(["town"], random_state=3)
    sampler = SMOTETomek(smote=smote, scale="standard", passthrough=["id"], passthrough_fill="base")
    assert found == by_hand(frame, sampler)
