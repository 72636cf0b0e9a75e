"""narwhals' own frames and series: the answers are those of the native ones, in a wrapper of the same API version."""

import importlib

import numpy as np
import pytest
from support.optional import optional

from gpu_smotetomek import SMOTE, SMOTENC, RandomUnderSampler, SMOTETomek, stability
from gpu_smotetomek.containers import enter_X, enter_y

generator = np.random.default_rng(0)
COLUMNS = {
    "height": generator.normal(size=60),
    "visits": generator.integers(0, 9, 60).astype(np.int16),
    "town": np.array(["Bonn", "Oslo", "Rome"] * 20, object),
    "id": np.array([f"p{i}" for i in range(60)], object),
}
LABELS = np.repeat(["well", "sick"], [45, 15])
NUMBERS = ["height", "visits"]


def make(library):
    """A frame and a series of a library; of PyArrow, a table and a column of it."""
    module = optional(library)
    if library == "pyarrow":
        return module.table(COLUMNS), module.table({"y": LABELS})["y"]
    return module.DataFrame(COLUMNS), module.DataFrame({"y": LABELS})["y"]


@pytest.fixture(params=["narwhals", "narwhals.stable.v1", "narwhals.stable.v2"])
def api(request):
    return importlib.import_module(request.param)


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
@pytest.mark.parametrize(
    ("sampler", "names"),
    [
        (SMOTETomek(random_state=0), NUMBERS),
        (SMOTETomek(random_state=0, passthrough=["town", "id"]), [*NUMBERS, "town", "id"]),
        (SMOTENC("auto", random_state=0), [*NUMBERS, "town"]),
        (RandomUnderSampler(random_state=0), list(COLUMNS)),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "fit") else str(len(value)),
)
def test_results_are_those_of_the_native_frame(api, library, sampler, names):
    frame, target = make(library)
    X = api.from_native(frame, eager_only=True)[names]
    y = api.from_native(target, series_only=True)
    found_X, found_y = sampler.fit_resample(X, y)
    expected_X, expected_y = sampler.fit_resample(X.to_native(), target)
    assert (type(found_X), type(found_y)) == (type(X), type(y))
    assert found_X.schema == X.schema
    assert found_X.to_native().equals(expected_X)
    assert found_y.to_native().equals(expected_y)
    assert found_y.name == y.name


def test_one_of_both_may_be_wrapped(api):
    frame, target = make("polars")
    wrapped = api.from_native(frame, eager_only=True)[NUMBERS]
    X, y = SMOTE(random_state=0).fit_resample(wrapped, LABELS)
    assert isinstance(X, type(wrapped))
    assert isinstance(y, np.ndarray)
    X, y = SMOTE(random_state=0).fit_resample(
        frame.select(NUMBERS), api.from_native(target.to_frame(), eager_only=True)
    )
    assert type(X) is type(frame)
    assert isinstance(y, type(wrapped))
    assert y.shape == (90, 1)


def test_prepared_tables_come_back_wrapped(api):
    frame, target = make("polars")
    X, y = api.from_native(frame, eager_only=True)[NUMBERS], api.from_native(target, series_only=True)
    prepared = SMOTE().prepare(X, y)
    for shuffle in (False, True):
        found = prepared.resample(3, shuffle=shuffle)
        expected = SMOTE().prepare(X.to_native(), target).resample(3, shuffle=shuffle)
        assert [type(part) for part in found] == [type(X), type(y)]
        assert all(part.to_native().equals(same) for part, same in zip(found, expected, strict=True))


def test_names_and_warnings_are_those_of_the_native_frame(api):
    pandas = optional("pandas")
    frame, target = make("pandas")
    sampler = SMOTE(random_state=0)
    sampler.fit(api.from_native(frame, eager_only=True)[NUMBERS], api.from_native(target, series_only=True))
    assert sampler.feature_names_in_.tolist() == NUMBERS
    with pytest.warns(UserWarning, match="same index labels in another order"):
        sampler.fit(
            api.from_native(frame[NUMBERS], eager_only=True),
            api.from_native(pandas.Series(target)[::-1], series_only=True),
        )


def test_what_is_refused_within_a_wrapper():
    narwhals, polars = optional("narwhals"), optional("polars")
    series = narwhals.from_native(polars.Series("a", [1, 2]), series_only=True)
    with pytest.raises(ValueError, match="X is a polars Series"):
        enter_X(series)
    with pytest.raises(ValueError, match="Input y contains NaN"):
        enter_y(narwhals.from_native(polars.Series("a", [1, None]), series_only=True))
    frame = narwhals.from_native(polars.DataFrame({"a": [0.0, 1, 2, 3]}), eager_only=True)
    with pytest.raises(TypeError, match=r"narwhals' wrapper: \.to_native\(\) gives the frame"):
        stability(SMOTE(k_neighbors=1), frame, [0, 0, 1, 1], 2)
