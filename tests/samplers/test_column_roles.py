"""`passthrough` on every sampler: the numbers are those without the columns that travel, and cells stay with their rows."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from support import datasets, oracle, travellers
from support.optional import optional

from gpu_smotetomek import (
    SMOTE,
    RandomOverSampler,
    RandomUnderSampler,
    ResamplingPipeline,
    SMOTETomek,
    TomekLinks,
    tomek_links,
)

Y = datasets.labels(60, 20, 16)
X = datasets.gaussian(np.random.RandomState(0), Y, 3)
N = len(Y)
NAMES = list(travellers.CELLS)
PASS = {"passthrough": NAMES}


def smote(**given):
    return SMOTE(random_state=0, k_neighbors=3, **given)


def under(**given):
    return RandomUnderSampler(sampling_strategy={0: 40}, random_state=1, **given)


def copies():
    return RandomOverSampler(sampling_strategy={1: 70}, random_state=2)


def chain(*steps):
    return lambda **given: ResamplingPipeline([(f"step{i}", step()) for i, step in enumerate(steps)], **given)


def all_links(**given):
    return TomekLinks(sampling_strategy="all", **given)


SAMPLERS = {
    "SMOTE": smote,
    "TomekLinks": all_links,
    "SMOTETomek": lambda **given: SMOTETomek(random_state=0, **given),
    "both ends": lambda **given: SMOTETomek(smote=smote(), tomek=all_links(), **given),
    "with noise": lambda **given: RandomOverSampler(random_state=0, shrinkage=0.5, **given),
    "clean, grow, clean": chain(all_links, smote, all_links),
    "grow, shrink, clean": chain(smote, under, all_links),
    "shrink, grow, copy, clean": chain(under, smote, copies, all_links),
    "copy, clean": chain(copies, all_links),
    "nested": chain(lambda: SMOTETomek(random_state=3), under),
}


def make_frame(make, ids=None):
    """X beside travelling columns whose cells are those of the rows `ids`."""
    ids = np.arange(N) if ids is None else ids
    columns = {name: [cell(i) for i in ids] for name, cell in travellers.CELLS.items()}
    return make({f"x{j}": X[ids, j] for j in range(3)}, columns)


def numbers_of(frame):
    return np.column_stack([np.asarray(frame[f"x{j}"]) for j in range(3)])


@pytest.mark.usefixtures("thresholds")
@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("make", travellers.LIBRARIES)
@pytest.mark.parametrize("fill", ["missing", "base"])
def test_cells_stay_with_their_rows(name, make, fill):
    frame, given = make_frame(make), PASS if name == "TomekLinks" else PASS | {"passthrough_fill": fill}
    sampler = SAMPLERS[name](**given)
    out, y = sampler.fit_resample(frame, Y)
    expected, y_expected = SAMPLERS[name]().fit_resample(X, Y)
    assert type(out) is type(frame)
    assert travellers.schema_of(out) == travellers.schema_of(frame)
    np.testing.assert_array_equal(numbers_of(out), expected)
    np.testing.assert_array_equal(y, y_expected)
    assert sampler.n_features_in_ == 3 + len(NAMES)
    assert sampler.feature_names_in_.tolist() == travellers.names_of(frame)
    row_of = {tuple(row): i for i, row in enumerate(X)}  # rows of X are distinct, and no synthetic row equals one
    for column, cell in travellers.CELLS.items():
        cells = travellers.cells_of(out, column)
        for row, found in zip(expected, cells, strict=True):
            i = row_of.get(tuple(row))
            if i is not None:
                assert found == cell(i)
            elif fill == "missing":
                assert found is None
            else:
                assert column != "amount" or found is not None


@pytest.mark.parametrize("make", travellers.LIBRARIES)
def test_the_base_is_the_row_that_was_drawn(make):
    out, _ = smote(**PASS, passthrough_fill="base").fit_resample(make_frame(make), Y)
    amounts = [int(4 * amount) for amount in travellers.cells_of(out, "amount")]
    assert amounts[:N] == list(range(N))
    bases = []
    for label in (1, 2):
        rows = np.flatnonzero(label == Y)
        picks, _ = oracle.draw(0, 60 - len(rows), 3 * len(rows))
        bases += rows[picks // 3].tolist()
    assert amounts[N:] == bases


@pytest.mark.parametrize("make", travellers.LIBRARIES)
@pytest.mark.parametrize("name", ["clean, grow, clean", "grow, shrink, clean", "shrink, grow, copy, clean", "nested"])
@pytest.mark.parametrize("fill", ["missing", "base"])
def test_a_chain_gives_the_cells_of_its_steps_one_by_one(name, make, fill):
    chained, frame, y = SAMPLERS[name](**PASS, passthrough_fill=fill), make_frame(make), Y
    out, y_out = chained.fit_resample(frame, y)
    for _, step in chained.steps:
        parameters = PASS | {"passthrough_fill": fill}
        step = clone(step)
        step.set_params(**{key: value for key, value in parameters.items() if key in step.get_params()})
        frame, y = step.fit_resample(frame, y)
    for column in NAMES:
        assert travellers.cells_of(out, column) == travellers.cells_of(frame, column)
    np.testing.assert_array_equal(numbers_of(out), numbers_of(frame))
    np.testing.assert_array_equal(y_out, y)


def test_bases_are_followed_through_synthetic_parents():
    """Over-sampled twice: the base of a row may be a synthetic row, whose base counts."""
    pandas = optional("pandas")
    frame = pandas.DataFrame({"id": np.arange(20), "x": np.arange(20.0), "z": np.arange(20.0) ** 2 / 20})
    y = datasets.labels(14, 6)
    grow = [("a", SMOTE(sampling_strategy={1: 9}, k_neighbors=2, random_state=0))]
    grow += [(f"b{i}", SMOTE(sampling_strategy={1: 20 + 20 * i}, k_neighbors=2, random_state=i)) for i in range(3)]
    grow = [(name, step.set_params(sampling_strategy={0: 14, **step.sampling_strategy})) for name, step in grow]
    out, _ = ResamplingPipeline(grow, passthrough=["id"], passthrough_fill="base").fit_resample(frame, y)
    for _, step in grow:
        frame, y = clone(step).set_params(passthrough=["id"], passthrough_fill="base").fit_resample(frame, y)
    assert out["id"].dtype == np.int64
    assert out["id"].tolist() == frame["id"].tolist()
    assert set(out["id"][20:]) <= set(range(14, 20))


class TestParameters:
    @pytest.fixture
    def frame(self):
        return make_frame(travellers.polars)

    def test_plan_and_fit(self, frame):
        sampler = SMOTETomek(random_state=0, **PASS)
        assert sampler.plan(frame, Y).pairs == SMOTETomek(random_state=0).plan(X, Y).pairs
        assert sampler.fit(frame, Y).n_features_in_ == 3 + len(NAMES)
        assert sampler.sampling_strategy_ == SMOTETomek().fit(X, Y).sampling_strategy_
        assert sampler.get_feature_names_out().tolist() == frame.columns

    def test_the_function_that_finds_links(self, frame):
        links = tomek_links(frame, Y, passthrough=NAMES)
        assert len(links) > 0
        np.testing.assert_array_equal(links, tomek_links(X, Y))
        with pytest.raises(ValueError, match="or name them in passthrough"):
            tomek_links(frame, Y)

    def test_estimators_carry_them(self, frame):
        sampler = SMOTE(passthrough=("text",), passthrough_fill="base")
        copy = pickle.loads(pickle.dumps(clone(sampler)))
        assert (copy.passthrough, copy.passthrough_fill) == (("text",), "base")
        copy.set_params(passthrough=NAMES, passthrough_fill="missing").fit_resample(frame, Y)
        fitted = SMOTETomek(random_state=0, **PASS)
        fitted.fit_resample(frame, Y)
        assert fitted.smote_.n_features_in_ == fitted.tomek_.n_features_in_ == frame.width

    def test_an_empty_list_is_none(self):
        np.testing.assert_array_equal(smote(passthrough=[]).fit_resample(X, Y)[0], smote().fit_resample(X, Y)[0])

    @pytest.mark.parametrize("given", [{"passthrough": "text"}, {"passthrough": 3}, {"passthrough_fill": "zero"}])
    def test_other_values(self, frame, given):
        with pytest.raises(ValueError, match=f"The '{next(iter(given))}' parameter of SMOTE must be"):
            SMOTE(**given).fit_resample(frame, Y)

    @pytest.mark.parametrize("make", [smote, all_links, SMOTETomek])
    def test_arrays_have_no_names(self, make):
        with pytest.raises(ValueError, match=r"those of X \(numpy.ndarray\) have no names: give X as a frame"):
            make(passthrough=["x0"]).fit_resample(X, Y)

    def test_the_outermost_object_holds(self, frame):
        for chained in (SMOTETomek(smote=smote(**PASS)), ResamplingPipeline([("smote", smote(**PASS))])):
            with pytest.raises(ValueError, match=r"step 'smote' has passthrough=\['text'.*give passthrough=\['text'"):
                chained.fit_resample(frame.select("x0", "x1"), Y)
        chained = SMOTETomek(smote=smote(passthrough_fill="base"), **PASS)
        with pytest.raises(
            ValueError, match=r"step 'smote' has passthrough_fill='base', and SMOTETomek has .*'missing'"
        ):
            chained.fit_resample(frame, Y)
        same = SMOTETomek(smote=smote(**PASS, passthrough_fill="base"), **PASS, passthrough_fill="base")
        assert len(same.fit_resample(frame, Y)[0]) > N

    def test_dtypes_without_a_missing_value_are_refused_before_any_work(self):
        frame = travellers.pandas({"x0": X[:, 0]}, {}).assign(id=np.arange(N))
        for sampler in (smote(passthrough=["id"]), SMOTETomek(passthrough=["id"])):
            with pytest.raises(ValueError, match=r"'id' \(int64\)\. Give passthrough_fill='base'"):
                sampler.fit(frame, Y)
        out, _ = TomekLinks(passthrough=["id"]).fit_resample(frame, Y)
        assert out["id"].dtype == np.int64
        shrink_and_clean = ResamplingPipeline([("u", under()), ("t", all_links())], passthrough=["id"])
        out, _ = shrink_and_clean.fit_resample(frame, Y)
        assert out["id"].dtype == np.int64
        np.testing.assert_array_equal(out["x0"], X[out["id"], 0])
