"""dask arrays: the rows of one machine for each table, chunking and scheduler."""

import numpy as np
import pytest
from support.block_cases import CASES, fingerprint
from support.optional import optional

dask = optional("dask")
da = optional("dask.array")

import gpu_smotetomek  # noqa: E402
from gpu_smotetomek import dask as on_dask  # noqa: E402

CHUNKINGS = {"even": (1000, 1000, 3), "uneven": (1300, 701, -1)}


def cut(X, y, chunking):
    """The table as dask arrays, which need not have the same chunks."""
    rows, labels, columns = CHUNKINGS[chunking]
    return da.from_array(X, chunks=(rows, columns)), da.from_array(y, chunks=labels)


@pytest.fixture(params=["synchronous", "threads"])
def scheduler(request):
    with dask.config.set(scheduler=request.param, num_workers=2):
        yield request.param


@pytest.mark.parametrize("chunking", CHUNKINGS)
@pytest.mark.parametrize("name", CASES)
def test_the_rows_are_those_of_one_machine(name, chunking, scheduler):
    case = CASES[name]()
    plain = gpu_smotetomek.SMOTETomek(**case.parameters, random_state=case.seed())
    expected = plain.fit_resample(case.X, case.y)
    sampler = on_dask.SMOTETomek(**case.parameters, random_state=case.seed())
    X, y = sampler.fit_resample(*cut(case.X, case.y, chunking))
    rows, labels = dask.compute(X, y)
    assert fingerprint(rows, labels) == fingerprint(*expected)
    assert X.shape == rows.shape
    assert X.chunks[0] == y.chunks[0]
    np.testing.assert_array_equal(sampler.links_, plain.tomek_.links_)
    assert sampler.sampling_strategy_ == plain.sampling_strategy_
    assert sampler.n_features_in_ == case.X.shape[1]


@pytest.mark.parametrize("name", ["three_classes", "text_labels", "lattice", "generator"])
@pytest.mark.parametrize("sampler", ["SMOTE", "TomekLinks"])
def test_each_step_alone(name, sampler, scheduler):
    case = CASES[name]()
    parameters = {"random_state": case.seed()} if sampler == "SMOTE" else {"sampling_strategy": "all"}
    expected = getattr(gpu_smotetomek, sampler)(**parameters).fit_resample(case.X, case.y)
    parameters = {**parameters, **({"random_state": case.seed()} if sampler == "SMOTE" else {})}
    X, y = getattr(on_dask, sampler)(**parameters).fit_resample(*cut(case.X, case.y, "uneven"))
    assert fingerprint(*dask.compute(X, y)) == fingerprint(*expected)


@pytest.fixture
def table():
    case = CASES["three_classes"]()
    return case.X, case.y


@pytest.fixture
def expected(table):
    return fingerprint(*gpu_smotetomek.SMOTETomek(random_state=0).fit_resample(*table))


def test_chunks_of_unknown_sizes_are_counted(table, expected, scheduler):
    X, y = cut(*table, "even")
    y = y.rechunk(1000)
    kept = da.ones(len(y), chunks=1000) > 0
    X, y = X[kept], y[kept]
    assert np.isnan(X.shape[0])
    X, y = on_dask.SMOTETomek(random_state=0).fit_resample(X, y)
    assert not np.isnan(X.shape[0])
    assert fingerprint(*dask.compute(X, y)) == expected


def test_blocks_without_rows(table, expected, scheduler):
    X, y = (da.from_array(data, chunks=1500) for data in table)
    empty = slice(0, 0)
    X, y = (
        da.concatenate([X[empty], X[:3000], X[empty], X[3000:]]),
        da.concatenate([y[empty], y[:3000], y[empty], y[3000:]]),
    )
    X, y = X.rechunk({0: (0, 1500, 1500, 0, 1000, 1000)}), y.rechunk(((0, 1500, 1500, 0, 1000, 1000),))
    X, y = on_dask.SMOTETomek(random_state=0).fit_resample(X, y)
    assert fingerprint(*dask.compute(X, y)) == expected


def test_each_input_block_is_a_block_of_the_result(table):
    X, y = cut(*table, "even")
    sampler = on_dask.SMOTETomek(random_state=0)
    result, _ = sampler.fit_resample(X, y)
    dropped = len(table[0]) - sum(result.chunks[0][:5])
    assert 0 < dropped < 1000
    first = result.blocks[2].compute()
    rows = {row.tobytes() for row in table[0][2000:3000]}
    assert all(row.tobytes() in rows for row in first)


def test_no_row_is_computed_in_the_call_that_is_not_searched(table):
    """SMOTE alone: only the rows of the classes that grow are kept, and the result is computed when it is asked for."""
    X, y = cut(*table, "even")
    reads = []
    counted = X.rechunk({1: -1}).map_blocks(lambda block: (reads.append(len(block)), block)[1], meta=X._meta)
    with dask.config.set(scheduler="synchronous"):
        result, _ = on_dask.SMOTE(random_state=0).fit_resample(counted, y)
        n_reads = len(reads)
        result[:10].compute()
    assert len(reads) - n_reads == 1


def test_a_source_of_draws_is_left_where_one_machine_leaves_it(table):
    X, y = cut(*table, "even")
    one, other = np.random.default_rng(3), np.random.default_rng(3)
    gpu_smotetomek.SMOTE(random_state=one).fit_resample(*table)
    on_dask.SMOTE(random_state=other).fit_resample(X, y)
    assert one.random() == other.random()


def test_without_a_seed_one_result_is_the_same_each_time_it_is_computed(table):
    X, y = cut(*table, "even")
    sampler = on_dask.SMOTE()
    first, _ = sampler.fit_resample(X, y)
    second, _ = sampler.fit_resample(X, y)
    np.testing.assert_array_equal(first.compute(), first.compute())
    assert not np.array_equal(first.compute(), second.compute())


def test_steps_that_are_given(table):
    def make(samplers):
        return samplers.SMOTETomek(
            smote=gpu_smotetomek.SMOTE(random_state=4, k_neighbors=3),
            tomek=gpu_smotetomek.TomekLinks(sampling_strategy="all", min_samples=2900),
        )

    X, y = make(on_dask).fit_resample(*cut(*table, "uneven"))
    assert fingerprint(*dask.compute(X, y)) == fingerprint(*make(gpu_smotetomek).fit_resample(*table))
