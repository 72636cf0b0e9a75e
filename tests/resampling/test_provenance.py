"""Provenance against ids that a travelling column carries through the steps, each run by itself."""

import copy
import pickle
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from support import array_libraries, datasets, fake_cupy, oracle, travellers
from support.optional import optional

from gpu_smotetomek import (
    SMOTE,
    SMOTEENN,
    EditedNearestNeighbours,
    RandomOverSampler,
    RandomUnderSampler,
    ResamplingPipeline,
    SMOTETomek,
    TomekLinks,
    tomek_links,
)

ALL_CLASSES = [0, 1, 2]
STEPS = {
    "smote": SMOTE(random_state=0, k_neighbors=2, small_class="skip"),
    "tomek": TomekLinks(sampling_strategy=ALL_CLASSES),
    "enn": EditedNearestNeighbours(sampling_strategy=[0, 1], kind_sel="mode"),
    "under": RandomUnderSampler(random_state=0, sampling_strategy="majority"),
    "draw": RandomUnderSampler(random_state=1, replacement=True),
    "copy": RandomOverSampler(random_state=2),
    "few": SMOTE(random_state=3, k_neighbors=1, small_class="shrink"),
}


def make_frame(X):
    pl = optional("polars")
    return pl.DataFrame({"id": np.arange(len(X)), **{f"x{j}": X[:, j] for j in range(X.shape[1])}})


def fit_resample(sampler, X, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return sampler.fit_resample(X, y)


def carry_ids(names, X, y):
    """Ids of the rows of the result, and of those that each step removed, as a column carries them from step to step.

    A row without an id, and each but the first of several rows with the same one, gets the next id.
    """
    frame, n_ids, removed = make_frame(X), len(X), []
    for name in names:
        step, before = clone(STEPS[name]), set(frame["id"].to_list())
        if not isinstance(step, (RandomOverSampler, RandomUnderSampler)):
            step.set_params(passthrough=["id"])
        frame, y = fit_resample(step, frame, y)
        ids = []
        for row_id in frame["id"].to_list():
            is_new = row_id is None or row_id in ids
            ids.append(n_ids if is_new else row_id)
            n_ids += is_new
        removed.append(sorted(before - set(ids)))
        frame = frame.with_columns(id=np.array(ids))
    return ids, removed


def make_chain(names):
    return ResamplingPipeline([(f"{i} {name}", clone(STEPS[name])) for i, name in enumerate(names)])


CHAINS = [
    ["smote"],
    ["tomek"],
    ["enn"],
    ["under"],
    ["draw"],
    ["copy"],
    ["tomek", "smote", "tomek", "under"],
    ["smote", "enn"],
    ["smote", "copy", "tomek", "copy"],
    ["enn", "smote", "draw", "smote", "tomek", "enn"],
    ["under", "copy", "few"],
]


@pytest.mark.parametrize("names", CHAINS, ids="-".join)
@pytest.mark.parametrize("seed", range(3))
def test_ids_and_removed_rows_are_those_that_a_column_carries(seed, names):
    X, y = datasets.blobs(120, 3, 0.6, 0.25, 0.15, seed=seed)
    chain = make_chain(names)
    _, labels = fit_resample(chain, X, y)
    provenance, (ids, removed) = chain.provenance_, carry_ids(names, X, y)
    assert provenance.ids.tolist() == ids
    assert [sorted(step.removed_ids.tolist()) for step in provenance.steps] == removed
    assert [step.name for step in provenance.steps] == [name for name, _ in chain.steps]
    assert sorted(provenance.removed["id"].tolist()) == sorted(row_id for ids in removed for row_id in ids)
    assert provenance.steps[-1].class_counts.tolist() == np.bincount(labels, minlength=3).tolist()
    n_removed = np.cumsum([len(ids) for ids in removed])
    for step, gone in zip(provenance.steps, n_removed, strict=True):
        assert step.class_counts.sum() == 120 + step.n_made - gone


@given(names=st.lists(st.sampled_from(list(STEPS)), min_size=1, max_size=5), seed=st.integers(0, 9))
def test_any_chain(names, seed):
    X, y = datasets.blobs(60, 2, 0.6, 0.25, 0.15, seed=seed)
    chain = make_chain(names)
    try:
        rows, _ = fit_resample(chain, X, y)
    except (ValueError, RuntimeError):
        return  # too few rows are left for a step
    provenance, (ids, removed) = chain.provenance_, carry_ids(names, X, y)
    assert provenance.ids.tolist() == ids
    assert [sorted(step.removed_ids.tolist()) for step in provenance.steps] == removed
    np.testing.assert_array_equal(provenance.extend(X, "interpolate"), rows)


@pytest.mark.parametrize("names", CHAINS, ids="-".join)
def test_parents_origin_and_gap_describe_each_row(names):
    X, y = datasets.blobs(120, 3, 0.6, 0.25, 0.15)
    chain = make_chain(names)
    rows, labels = fit_resample(chain, X, y)
    provenance = chain.provenance_
    ids, origin, parents, gap = (getattr(provenance, name) for name in ("ids", "origin", "parents", "gap"))
    is_synthetic = provenance.is_synthetic
    assert {array.dtype for array in (ids, origin, parents)} == {np.dtype(np.int64)}
    assert (is_synthetic.dtype, gap.dtype) == (np.bool_, np.float64)
    assert len(ids) == len(rows) == len(is_synthetic) == len(gap) == len(set(ids))
    np.testing.assert_array_equal(is_synthetic, ids >= len(X))
    np.testing.assert_array_equal(origin[~is_synthetic], ids[~is_synthetic])
    assert (parents[~is_synthetic] == -1).all()
    assert np.isnan(gap[~is_synthetic]).all()
    assert (parents[is_synthetic] < ids[is_synthetic][:, None]).all()
    np.testing.assert_array_equal(X[origin[origin >= 0]], rows[origin >= 0])
    np.testing.assert_array_equal(y[origin[origin >= 0]], labels[origin >= 0])
    is_new = origin < 0
    if (parents[is_new] < len(X)).all():
        p, q = X[parents[is_new, 0]], X[parents[is_new, 1]]
        np.testing.assert_array_equal(rows[is_new], p + gap[is_new][:, None] * (q - p))
        np.testing.assert_array_equal(y[parents[is_new, 0]], labels[is_new])


def test_copies_name_the_copied_row_also_after_other_steps():
    X, y = datasets.blobs(80, 2, 0.8, 0.2)
    sampler = RandomOverSampler(random_state=0)
    sampler.fit_resample(X, y)
    provenance = sampler.provenance_
    np.testing.assert_array_equal(provenance.origin, sampler.sample_indices_)
    np.testing.assert_array_equal(provenance.parents[80:], np.stack([sampler.sample_indices_[80:]] * 2, axis=1))
    assert (provenance.gap[80:] == 0).all()


def test_copies_of_synthetic_rows_have_their_parents():
    X, y = datasets.blobs(80, 2, 0.8, 0.2)
    smote, copy_rows = SMOTE(random_state=0, sampling_strategy=0.5), RandomOverSampler(random_state=1)
    chain = ResamplingPipeline([("smote", smote), ("copy", copy_rows)])
    rows, _ = chain.fit_resample(X, y)
    provenance, drawn = chain.provenance_, chain.named_steps_["copy"].sample_indices_
    assert (drawn[96:] >= 80).any()
    np.testing.assert_array_equal(rows, rows[drawn])
    for of_synthetic in (True, False):
        chosen = np.flatnonzero((drawn >= 80) == of_synthetic)
        chosen = chosen[chosen >= 96]
        if of_synthetic:
            np.testing.assert_array_equal(provenance.parents[chosen], provenance.parents[drawn[chosen]])
            np.testing.assert_array_equal(provenance.gap[chosen], provenance.gap[drawn[chosen]])
            assert (provenance.origin[chosen] == -1).all()
        else:
            np.testing.assert_array_equal(provenance.origin[chosen], drawn[chosen])


def test_noise_has_no_gap():
    X, y = datasets.blobs(80, 2, 0.8, 0.2)
    sampler = RandomOverSampler(random_state=0, shrinkage=0.1)
    sampler.fit_resample(X, y)
    provenance = sampler.provenance_
    assert np.isnan(provenance.gap).all()
    assert (provenance.origin[80:] == -1).all()
    np.testing.assert_array_equal(provenance.parents[80:, 0], sampler.sample_indices_[80:])


def test_rows_with_noise_are_no_copies_beside_copies():
    X, y = datasets.blobs(100, 3, 0.8, 0.2)
    noise = RandomOverSampler(random_state=0, shrinkage=0.5, sampling_strategy={1: 50})
    chain = ResamplingPipeline([("noise", noise), ("copy", RandomOverSampler(random_state=1))])
    rows, _ = chain.fit_resample(X, y)
    origin, drawn = chain.provenance_.origin, chain.named_steps_["copy"].sample_indices_
    np.testing.assert_array_equal(origin, np.where(drawn < 100, drawn, -1))
    assert (origin[130:] >= 0).any()
    assert (origin[130:] < 0).any()
    np.testing.assert_array_equal(rows[origin >= 0], X[origin[origin >= 0]])


@pytest.mark.parametrize("remove", ["majority", "both"])
def test_links_and_partners(remove):
    X, y = datasets.blobs(300, 2, 0.6, 0.25, 0.15)
    sampler = SMOTETomek(random_state=0, remove=remove)
    _, labels = sampler.fit_resample(X, y)
    provenance = sampler.provenance_
    grown, grown_y = SMOTE(random_state=0).fit_resample(X, y)
    links = oracle.tomek_links(grown, grown_y, oracle.exponent(X))
    np.testing.assert_array_equal(provenance.links, links)
    assert len(links) > 3
    other = dict(links.tolist()) | {b: a for a, b in links.tolist()}
    removed = provenance.removed
    assert {row["id"]: row["partner"] for row in removed} == {row["id"]: other[row["id"]] for row in removed}
    assert set(removed["id"]) == set(range(len(grown))) - set(provenance.ids)
    assert set(removed["step"]) == {"tomek"}
    assert set(removed["reason"]) == {"Tomek link"}
    assert len(removed) == (2 * len(links) if remove == "both" else len(grown) - len(labels))


def test_links_of_which_no_row_is_removed_are_there():
    X, y = datasets.blobs(200, 2, 0.6, 0.25, 0.15)
    sampler = TomekLinks(sampling_strategy=[2])
    sampler.fit_resample(X, y)
    np.testing.assert_array_equal(sampler.provenance_.links, tomek_links(X, y))
    assert len(sampler.provenance_.removed) < len(tomek_links(X, y))


def test_classes_left_as_they_are_have_no_rows():
    X, y = datasets.blobs(60, 2, 0.6, 0.35, 0.05)
    sampler = SMOTE(random_state=0, small_class="skip")
    _, labels = fit_resample(sampler, X, y)
    assert set(labels[sampler.provenance_.is_synthetic]) == {1}
    only_row = np.flatnonzero(y == 2)[:1]
    X, y = np.delete(X, np.flatnonzero(y == 2)[1:], axis=0), np.delete(y, np.flatnonzero(y == 2)[1:])
    sampler = SMOTE(random_state=0, small_class="shrink")
    _, labels = fit_resample(sampler, X, y)
    assert (sampler.provenance_.parents[(labels == 2) & sampler.provenance_.is_synthetic] == only_row[0]).all()


def test_reasons_and_steps_of_nested_names():
    X, y = datasets.blobs(200, 2, 0.6, 0.4)
    chain = ResamplingPipeline(
        [("under", RandomUnderSampler(random_state=0, sampling_strategy=0.8)), ("both", SMOTEENN(random_state=0))]
    )
    chain.fit_resample(X, y)
    removed = chain.provenance_.removed
    assert removed.dtype.names == ("id", "step", "reason", "partner")
    pairs = set(zip(removed["step"].tolist(), removed["reason"].tolist(), strict=True))
    assert pairs == {("under", "not drawn"), ("both__enn", "disagrees with its neighbors")}
    assert (removed["partner"] == -1).all()
    assert [step.name for step in chain.provenance_.steps] == ["under", "both__smote", "both__enn"]


def test_nothing_removed_nothing_added():
    X, y = datasets.blobs(40, 2, 0.5, 0.5)
    sampler = SMOTE(random_state=0)
    sampler.fit_resample(X, y)
    provenance = sampler.provenance_
    assert provenance.removed.shape == (0,)
    assert provenance.links.shape == (0, 2)
    assert not provenance.is_synthetic.any()
    np.testing.assert_array_equal(provenance.origin, np.arange(40))
    assert provenance.extend(list(range(40)), "missing") == list(range(40))


# ---- frames ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_frames_hold_the_attributes(library):
    frames = optional(library)
    X, y = datasets.blobs(200, 2, 0.6, 0.4)
    sampler = SMOTETomek(random_state=0)
    sampler.fit_resample(X, y)
    provenance = sampler.provenance_
    frame, removed = provenance.to_frame(library), provenance.to_frame(library, rows="removed")
    assert type(frame) is type(removed) is frames.DataFrame
    columns = {"id": provenance.ids, "origin": provenance.origin, "is_synthetic": provenance.is_synthetic}
    columns |= {"base": provenance.parents[:, 0], "neighbor": provenance.parents[:, 1], "gap": provenance.gap}
    assert list(frame.columns) == list(columns)
    for name, expected in columns.items():
        found = frame[name].to_numpy()
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == expected.dtype
    assert list(removed.columns) == [*columns, "step", "reason", "partner"]
    for name in ("id", "step", "reason", "partner"):
        assert removed[name].to_list() == provenance.removed[name].tolist()
    ids = provenance.removed["id"]
    assert (removed["origin"].to_numpy() == np.where(ids < 200, ids, -1)).all()
    assert set(removed["step"]) == {"tomek"}


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_the_frame_of_all_rows_is_the_kept_rows_then_the_removed_ones(library):
    optional(library)
    X, y = datasets.blobs(200, 2, 0.6, 0.25, 0.15)
    chain = make_chain(["smote", "enn", "copy", "under", "few"])
    fit_resample(chain, X, y)
    provenance = chain.provenance_
    kept, removed, both = (provenance.to_frame(library, rows=rows) for rows in ("kept", "removed", "all"))
    n_kept = len(kept)
    for name in kept.columns:
        np.testing.assert_array_equal(both[name].to_numpy()[:n_kept], kept[name].to_numpy())
        np.testing.assert_array_equal(both[name].to_numpy()[n_kept:], removed[name].to_numpy())
    for name in ("step", "reason"):
        cells = both[name].to_list()
        assert all(travellers.is_missing(cell) for cell in cells[:n_kept])
        assert cells[n_kept:] == removed[name].to_list()
    assert (both["partner"].to_numpy()[:n_kept] == -1).all()
    assert sorted(both["id"].to_list()) == list(range(200 + provenance.steps[-1].n_made))  # no row is lost


def test_a_removed_synthetic_row_has_its_parents():
    X, y = datasets.blobs(300, 2, 0.5, 0.5)
    sampler = SMOTETomek(smote=SMOTE(random_state=0, sampling_strategy={0: 400, 1: 400}), remove="both")
    sampler.fit_resample(X, y)
    optional("pandas")
    frame = sampler.provenance_.to_frame(rows="removed")
    made = frame[frame["is_synthetic"]]
    assert len(made)
    smote = SMOTE(random_state=0, sampling_strategy={0: 400, 1: 400})
    smote.fit_resample(X, y)
    np.testing.assert_array_equal(made[["base", "neighbor"]].to_numpy(), smote.provenance_.parents[made["id"]])


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_frame_of_no_removed_row_has_the_same_dtypes(library):
    optional(library)
    X, y = datasets.blobs(200, 2, 0.6, 0.4)
    dtypes = []
    for sampler in (SMOTETomek(random_state=0), SMOTE(random_state=0)):
        sampler.fit_resample(X, y)
        frame = sampler.provenance_.to_frame(library, rows="removed")
        dtypes.append([str(dtype) for dtype in frame.dtypes])
    assert dtypes[0] == dtypes[1]


def test_a_library_that_is_unknown_or_missing(monkeypatch):
    sampler = TomekLinks()
    sampler.fit_resample(*datasets.blobs(40, 2))
    with pytest.raises(ValueError, match="library is 'arrow': give 'pandas' or 'polars'"):
        sampler.provenance_.to_frame("arrow")
    with pytest.raises(ValueError, match="rows is 'dropped': give 'kept', 'removed' or 'all'"):
        sampler.provenance_.to_frame(rows="dropped")
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ImportError, match="run pip install polars, or give library='pandas'"):
        sampler.provenance_.to_frame("polars")


# ---- what is kept ---------------------------------------------------------------------------------------------------


def test_it_is_there_after_fit_resample_only():
    X, y = datasets.blobs(40, 2)
    sampler = SMOTETomek(random_state=0)
    for unfitted in (sampler, sampler.fit(X, y)):
        with pytest.raises(AttributeError, match="provenance_ is there after fit_resample; in a chain, the outermost"):
            _ = unfitted.provenance_
    sampler.fit_resample(X, y)
    assert not hasattr(sampler.tomek_, "provenance_")
    assert not hasattr(clone(sampler), "provenance_")


@pytest.mark.parametrize("convert", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
@pytest.mark.parametrize("place", [array_libraries.copied, array_libraries.torch, array_libraries.strict_device1])
def test_fitted_samplers_are_pickled_and_copied(place, convert):
    X, y = datasets.blobs(150, 3, 0.7, 0.3)
    sampler = SMOTETomek(random_state=0)
    sampler.fit_resample(place(X), y)
    again = convert(sampler)
    for name in ("ids", "origin", "parents", "gap", "links", "removed"):
        np.testing.assert_array_equal(getattr(again.provenance_, name), getattr(sampler.provenance_, name))
    np.testing.assert_array_equal(again.provenance_.extend(X, "interpolate"), sampler.fit_resample(X, y)[0])


def test_pickled_arrays_are_on_the_host(cupy):
    X, y = datasets.blobs(150, 3, 0.7, 0.3)
    sampler = SMOTETomek(random_state=0)
    rows, _ = sampler.fit_resample(cupy.asarray(X), y)
    assert isinstance(sampler.provenance_._lineage.gap, cupy.ndarray)
    provenance = pickle.loads(pickle.dumps(sampler)).provenance_
    assert isinstance(provenance._lineage.gap, np.ndarray)
    np.testing.assert_array_equal(provenance.extend(X, "interpolate"), rows.get())


def test_nothing_of_x_is_kept_and_bytes_are_as_stated():
    X, y = datasets.blobs(3000, 30, 0.9, 0.1)
    sampler = SMOTETomek(random_state=0)
    rows, _ = sampler.fit_resample(X, y)
    n_made, n_removed = 2400, len(sampler.provenance_.removed)
    kept = len(pickle.dumps(sampler.provenance_))
    assert 32 * n_made <= kept < 32 * n_made + 8 * 4 * n_removed + 4000
    assert len(rows) == 3000 + n_made - n_removed


@pytest.mark.parametrize("asked", ["ids", "is_synthetic", "origin", "gap", "parents"])
def test_only_what_is_asked_is_copied_from_the_device(asked, cupy):
    X, y = datasets.blobs(150, 3, 0.7, 0.3)
    sampler = SMOTE(random_state=0)
    sampler.fit_resample(cupy.asarray(X), y)
    before = len(fake_cupy.state.copies)
    getattr(sampler.provenance_, asked)
    assert len(fake_cupy.state.copies) - before == {"gap": 1, "parents": 2}.get(asked, 0)


@pytest.mark.parametrize("names", [["smote", "tomek"], ["smote", "copy", "draw"]], ids="-".join)
def test_a_device_that_is_not_the_current_one(names, cupy):
    X, y = datasets.blobs(150, 3, 0.6, 0.25, 0.15)
    with cupy.cuda.Device(1):
        there = cupy.asarray(X)
    on_host, on_device = make_chain(names), make_chain(names)
    fit_resample(on_host, X, y)
    rows, _ = fit_resample(on_device, there, y)
    for name in ("ids", "origin", "parents", "gap", "removed"):
        np.testing.assert_array_equal(getattr(on_device.provenance_, name), getattr(on_host.provenance_, name))
    for synthetic in ("base", "missing", "interpolate"):
        extended = on_device.provenance_.extend(there, synthetic)
        assert extended.device.id == 1
        np.testing.assert_array_equal(extended.get(), on_host.provenance_.extend(X, synthetic))
    np.testing.assert_array_equal(rows.get(), extended.get())


def test_text_of_a_provenance_gives_the_numbers_of_rows():
    X, y = datasets.blobs(150, 3, 0.7, 0.3)
    sampler = SMOTETomek(random_state=0)
    sampler.fit_resample(X, y)
    provenance = sampler.provenance_
    assert repr(provenance) == f"Provenance(150 rows, 60 added, {len(provenance.removed)} removed)"


@pytest.mark.parametrize("asked", ["origin", "gap", "parents", "extend", "pickle"])
def test_work_on_another_stream_is_waited_for(asked, cupy, monkeypatch):
    X, y = datasets.blobs(150, 3, 0.7, 0.3)
    chain = make_chain(["smote", "copy"])
    chain.fit_resample(cupy.asarray(X), y)
    waits = []
    monkeypatch.setattr(fake_cupy.Device, "synchronize", lambda device: waits.append(len(fake_cupy.state.copies)))
    provenance, n_copies = chain.provenance_, len(fake_cupy.state.copies)
    if asked == "extend":
        provenance.extend(y)
    elif asked == "pickle":
        pickle.dumps(provenance)
    else:
        getattr(provenance, asked)
    assert waits[0] == n_copies < len(fake_cupy.state.copies)
