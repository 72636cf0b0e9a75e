"""A Batch that drops rows and appends others knows the id of each row: compared with ids that the test carries along."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import array_libraries

from gpu_smotetomek.arrays import encoding
from gpu_smotetomek.execution import ExecutionContext
from gpu_smotetomek.resampling import Batch
from gpu_smotetomek.resampling.lineage import Lineage


def append_children(batch: Batch, base: np.ndarray, neighbor: np.ndarray, place) -> Batch:
    """The batch with a synthetic row for each pair of rows."""
    gap, length = np.full(len(base), 0.5), np.ones(len(base))
    X = np.concatenate([array_libraries.host(batch.X), np.zeros((len(base), 1))])
    ids = [batch.row_ids(place(rows)) for rows in (base, neighbor)]
    return batch.append(place(X), np.ones(len(base), np.int8), Lineage(*ids, place(gap), place(length)), None)


@pytest.mark.parametrize("place", [array_libraries.copied, array_libraries.strict_device1, array_libraries.torch])
@given(data=st.data())
def test_rows_keep_their_ids_through_any_steps(place, data):
    n = data.draw(st.integers(2, 12))
    ctx = ExecutionContext(n_threads=1)
    batch = Batch.from_input(place(np.arange(n, dtype=float)[:, None]), np.arange(2), np.arange(n) % 2, None, ctx)
    ids, parents = np.arange(n), []  # of the rows; of the synthetic ones, by id
    for _ in range(data.draw(st.integers(1, 5))):
        n_rows = len(ids)
        if data.draw(st.booleans()) and n_rows > 1:
            dropped = np.flatnonzero(data.draw(st.lists(st.booleans(), min_size=n_rows, max_size=n_rows)))[: n_rows - 1]
            batch, ids = batch.drop(dropped, ctx), np.delete(ids, dropped)
        else:
            pairs = data.draw(st.lists(st.tuples(*[st.integers(0, n_rows - 1)] * 2), min_size=1, max_size=6))
            base, neighbor = np.array(pairs).T
            batch = append_children(batch, base, neighbor, place)
            parents += [(ids[b], ids[q]) for b, q in pairs]
            ids = np.concatenate([ids, np.arange(n + len(parents) - len(pairs), n + len(parents))])
        rows = np.arange(len(ids))
        np.testing.assert_array_equal(batch.row_ids(rows), ids)
        np.testing.assert_array_equal(array_libraries.host(batch.row_ids(place(rows))), ids)
        assert batch.is_complete == (len(ids) == n + len(parents))
        assert batch.n_originals == np.count_nonzero(ids < n)
        np.testing.assert_array_equal(batch.kept_original_ids, ids[ids < n])
        np.testing.assert_array_equal(array_libraries.host(batch.kept_original_ids.asarray_like(batch.X)), ids[ids < n])
        present = [array_libraries.host(part) for part in batch.current_lineage.columns[:2]]
        np.testing.assert_array_equal(
            np.stack(present, axis=1).reshape(-1, 2), [parents[i - n] for i in ids if i >= n] or np.empty((0, 2))
        )
        for some in (ids[ids < n], np.arange(n), ids):
            original_rows = batch.original_rows(place(some))
            if set(some) <= set(ids[ids < n]):
                np.testing.assert_array_equal(array_libraries.host(original_rows), np.searchsorted(ids, some))
            else:
                assert original_rows is None


@pytest.mark.parametrize("n", [1, 16, 17, 300])
def test_counts_are_those_of_bincount(n):
    codes = np.random.default_rng(0).integers(0, n, 1000).astype(np.int16)
    np.testing.assert_array_equal(encoding.bincount(codes, n), np.bincount(codes, minlength=n))
