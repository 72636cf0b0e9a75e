"""Whole calls on windows and images: the rows of the flattened table, in their shape; bfloat16 rounded once."""

from fractions import Fraction

import numpy as np
import pytest
from imblearn.pipeline import make_pipeline
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer
from support import array_libraries, datasets, oracle
from support.array_libraries import host, torch
from support.optional import optional

from gpu_smotetomek import SMOTE, ResamplingPipeline, SMOTETomek, TomekLinks, tomek_links
from gpu_smotetomek.arrays import narrow_floats
from gpu_smotetomek.containers import ArrayTable, DeviceTable
from gpu_smotetomek.resampling import rounding_slack

pytestmark = pytest.mark.usefixtures("thresholds")

Y = datasets.labels(70, 25, 12)
X = datasets.make("gaussian", Y, 24) * 0.2
X[:, :3] *= 20  # so that there are links
SHAPES = [(24,), (8, 3), (2, 3, 4), (2, 3, 2, 2)]
SAMPLERS = {
    "SMOTE": SMOTE(random_state=0),
    "TomekLinks": TomekLinks(sampling_strategy="all"),
    "SMOTETomek": SMOTETomek(random_state=0),
    "both": SMOTETomek(random_state=0, remove="both"),
    "clean first": ResamplingPipeline([("t", TomekLinks()), ("s", SMOTE(random_state=0))]),
}
CONTAINERS = {
    "numpy": np.array,
    "numpy, Fortran": np.asfortranarray,
    "list": np.ndarray.tolist,
    "array-api-strict": array_libraries.strict,
    "array-api-strict, device1": array_libraries.strict_device1,
    "torch": torch,
}


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("name", SAMPLERS)
def test_rows_are_those_of_the_flattened_table(name, container):
    sampler = SAMPLERS[name]
    expected, classes = sampler.fit_resample(X, Y)
    assert len(expected) != len(X)
    for row_shape in SHAPES[1:]:
        given = CONTAINERS[container](X.reshape(-1, *row_shape))
        rows, labels = sampler.fit_resample(given, Y)
        assert type(rows) is type(given)
        values = np.array(rows) if isinstance(rows, list) else host(rows)
        np.testing.assert_array_equal(values, expected.reshape(-1, *row_shape))
        np.testing.assert_array_equal(labels, classes)
        assert sampler.n_features_in_ == 24
        assert not hasattr(sampler, "feature_names_in_")


@pytest.mark.parametrize("name", SAMPLERS)
def test_cupy(name, cupy):
    expected, _ = SAMPLERS[name].fit_resample(X, Y)
    rows, _ = SAMPLERS[name].fit_resample(cupy.asarray(X.reshape(-1, 2, 3, 4)), Y)
    assert isinstance(rows, cupy.ndarray)
    np.testing.assert_array_equal(rows.get(), expected.reshape(-1, 2, 3, 4))


@pytest.mark.parametrize("name", SAMPLERS)
def test_images_that_are_channels_last_stay_so(name):
    library = optional("torch")
    expected, _ = SAMPLERS[name].fit_resample(X, Y)
    images = torch(X.reshape(-1, 2, 3, 4)).contiguous(memory_format=library.channels_last)
    rows, _ = SAMPLERS[name].fit_resample(images, Y)
    assert rows.is_contiguous(memory_format=library.channels_last)
    np.testing.assert_array_equal(host(rows), expected.reshape(-1, 2, 3, 4))


def test_the_plan_and_the_function():
    windows = X.reshape(-1, 8, 3)
    assert SMOTETomek().plan(windows, Y) == SMOTETomek().plan(X, Y)
    assert SMOTETomek().fit(windows, Y).n_features_in_ == 24
    links = tomek_links(windows, Y)
    assert len(links) > 0
    np.testing.assert_array_equal(links, tomek_links(X, Y))


def test_windows_in_a_pipeline_of_imbalanced_learn():
    """Resampled as windows, and flattened for the classifier afterwards."""
    windows = X.reshape(-1, 8, 3)
    flatten = FunctionTransformer(lambda values: values.reshape(len(values), -1))
    model = make_pipeline(SMOTETomek(random_state=0), flatten, LogisticRegression())
    same = make_pipeline(SMOTETomek(random_state=0), LogisticRegression())
    np.testing.assert_array_equal(model.fit(windows, Y).predict(windows), same.fit(X, Y).predict(X))


@pytest.mark.parametrize("container", ["numpy", "torch"])
def test_rows_that_are_ready_are_not_copied_once_more(container, monkeypatch):
    expected, _ = SMOTETomek(random_state=0).fit_resample(X, Y)
    for table in (ArrayTable, DeviceTable):
        monkeypatch.setattr(table, "restore", None)
    rows, _ = SMOTETomek(random_state=0).fit_resample(CONTAINERS[container](X.reshape(-1, 8, 3)), Y)
    np.testing.assert_array_equal(host(rows), expected.reshape(-1, 8, 3))


# ---- bfloat16 -------------------------------------------------------------------------------------------------------


def round_exactly(value: float) -> float:
    """The nearest bfloat16, ties to even."""
    unit = Fraction(2) ** (int(np.frexp(value)[1]) - 8)
    return float(round(Fraction(value) / unit) * unit)


def bfloat16_rows(y, d, kind="gaussian"):
    return torch(datasets.make(kind, y, d)).to(optional("torch").bfloat16)


@pytest.mark.parametrize("shape", [(6,), (2, 3), (1, 2, 3)])
def test_bfloat16_rows_are_computed_exactly_and_rounded_once(shape):
    library, rows = optional("torch"), bfloat16_rows(Y, 6)
    found, _ = SMOTE(random_state=0).fit_resample(rows.reshape(-1, *shape), Y)
    assert found.dtype == library.bfloat16
    assert tuple(found.shape[1:]) == shape
    bits = found.reshape(-1, 6).view(library.int16)
    assert library.equal(bits[: len(Y)], rows.view(library.int16))
    exact, _ = SMOTE(random_state=0).fit_resample(host(rows.double()), Y)  # differences of such numbers are exact
    expected = np.vectorize(round_exactly)(exact)
    np.testing.assert_array_equal(host(found.double()).reshape(-1, 6), expected)


class FirstBase(np.random.RandomState):
    """Draws that put each synthetic row at the same gap from the first row of its class."""

    gap = 0.5

    def randint(self, low, high, size):
        return np.zeros(size, np.int64)

    def uniform(self, size):
        return np.full(size, self.gap)


@pytest.mark.parametrize(("gap", "expected"), [(0.5, 1.0), (0.5 + 2.0**-30, 1 + 2.0**-7), (0.5 - 2.0**-30, 1.0)])
def test_ties_of_bfloat16_are_not_rounded_twice(gap, expected):
    """Between 1 and the next bfloat16: beside the middle, float32 rounds to the middle, which then goes to the even one."""
    library = optional("torch")
    rows = library.tensor([[1.0], [1 + 2.0**-7], [5.0], [6.0], [7.0]], dtype=library.bfloat16)
    random = FirstBase(0)
    random.gap = gap
    found, _ = SMOTE(k_neighbors=1, random_state=random).fit_resample(rows, [1, 1, 0, 0, 0])
    assert found[-1].item() == expected == round_exactly(1 + gap * 2.0**-7)


def test_ties_of_float16_are_not_rounded_twice():
    library = optional("torch")
    X, y = datasets.make("gaussian", datasets.labels(30_000, 60), 4, dtype=np.float16), datasets.labels(30_000, 60)
    expected, _ = SMOTE(random_state=0).fit_resample(X, y)
    found, _ = SMOTE(random_state=0).fit_resample(torch(X), y)
    np.testing.assert_array_equal(host(found), expected)
    twice = SMOTE(random_state=0).fit_resample(torch(X).double(), y)[0].to(library.float16)
    assert (host(twice) != expected).any(), "the cast of torch alone differs"


@pytest.mark.parametrize("kind", ["gaussian", "lattice", "far_clusters", "duplicated", "lognormal"])
def test_links_of_bfloat16_are_those_of_the_stored_rows(kind):
    library, rows = optional("torch"), bfloat16_rows(Y, 2, kind)
    sampler = SMOTETomek(random_state=0, remove="both")
    found, _ = sampler.fit_resample(rows, Y)
    grown, labels = SMOTE(random_state=0).fit_resample(rows, Y)
    stored = host(grown.double())
    links = oracle.tomek_links(stored, labels, oracle.exponent(host(rows.double())))
    np.testing.assert_array_equal(sampler.tomek_.links_, links)
    kept = np.delete(np.arange(len(stored)), links.ravel())
    assert library.equal(found, grown[torch(kept)])


def test_without_the_slack_of_bfloat16_links_are_wrong(monkeypatch, small_tables_use_bounds):
    """Coarse numbers: the stored rows are far from their segments."""

    def count_errors():
        errors = 0
        for seed in range(12):
            y = datasets.labels(60, 15)
            values = datasets.make("gaussian", y, 2, seed=seed) + 20
            rows = torch(values).to(optional("torch").bfloat16)
            sampler = SMOTETomek(random_state=0)
            sampler.fit_resample(rows, y)
            grown, labels = SMOTE(random_state=0).fit_resample(rows, y)
            links = oracle.tomek_links(host(grown.double()), labels, oracle.exponent(host(rows.double())))
            errors += not np.array_equal(sampler.tomek_.links_, links)
        return errors

    assert count_errors() == 0
    monkeypatch.setattr(rounding_slack, "float_format", lambda _: narrow_floats.float_format(np.dtype(np.float32)))
    assert count_errors() > 0


def test_labels_in_bfloat16():
    library = optional("torch")
    y = torch(datasets.labels(40, 15)).to(library.bfloat16)
    _, labels = SMOTE(random_state=0).fit_resample(torch(X[:55]), y)
    assert labels.dtype == library.bfloat16
    assert labels.int().tolist() == [0] * 40 + [1] * 40
    one_hot = library.eye(2, dtype=library.bfloat16)[y.long()]
    _, labels = SMOTE(random_state=0).fit_resample(torch(X[:55]), one_hot)
    assert labels.dtype == library.bfloat16
    assert labels[:, 1].int().tolist() == [0] * 40 + [1] * 40
