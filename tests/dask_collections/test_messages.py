"""What is refused says what came, and what to do."""

import re

import numpy as np
import pytest
import scipy.sparse
from support.optional import optional

dask = optional("dask")
da = optional("dask.array")
pd = optional("pandas")
dd = optional("dask.dataframe")

import gpu_smotetomek  # noqa: E402
from gpu_smotetomek import dask as on_dask  # noqa: E402

ROWS = np.random.default_rng(0).random((40, 2))
X, y = da.from_array(ROWS, chunks=(10, -1)), da.from_array(np.arange(40) % 4 // 3, chunks=10)
UNKNOWN = X[X[:, 0] > 0.1]
SPARSE = da.map_blocks(scipy.sparse.csr_matrix, X, meta=scipy.sparse.csr_matrix((0, 0)))


@pytest.fixture(autouse=True)
def _scheduler():
    with dask.config.set(scheduler="synchronous"):
        yield


def frame(**columns):
    return dd.from_pandas(pd.DataFrame({"a": ROWS[:, 0], **columns}), npartitions=2)


@pytest.mark.parametrize(
    ("rows", "labels", "error", "words"),
    [
        (ROWS, y, TypeError, "numpy.ndarray and dask.array.core.Array, and gpu_smotetomek.dask.SMOTE takes two dask"),
        (X, y.compute(), TypeError, "convert them with dask.array.from_array"),
        (
            SPARSE,
            y,
            TypeError,
            "X has blocks of scipy.sparse._csr.csr_matrix, and blocks of NumPy arrays were expected",
        ),
        (X[:, 0], y, ValueError, "1 and 1 dimensions, and 2 and 1 were expected"),
        (X, y[:30], ValueError, "X has 40 rows and y 30"),
        (UNKNOWN, y.rechunk(20), ValueError, "X has 4 row blocks and y 2, and their sizes are not known"),
        (UNKNOWN, y, ValueError, r"has \d rows and 10 labels: give both from the same partitions"),
        (da.where(ROWS[33, 1] == X, np.nan, X), y, ValueError, "SMOTE does not accept missing values"),
        (X, X[:, 0], ValueError, "like a regression target"),
        (X, y * 0, ValueError, "more than 1 class"),
        (frame(b="text"), frame(t=y.compute())["t"], ValueError, r"columns that are not numbers: 'b'"),
        (
            dd.from_map(lambda k: pd.DataFrame({"a": ROWS[:20, 0]}), [0, 1]),
            dd.from_map(lambda k: pd.Series(np.arange(10) % 2), [0, 1]),
            ValueError,
            "a partition of X has 20 rows and that of y 10 labels, and their index labels differ",
        ),
        (
            dd.from_map(lambda k: pd.DataFrame({"a": ROWS[:20, 0]}), [0, 1]),
            dd.from_map(lambda k: pd.Series(np.arange(10) % 2), [0, 1, 2]),
            ValueError,
            "X has 2 partitions and y 3, and their divisions are not known",
        ),
    ],
)
def test_inputs_that_are_refused(rows, labels, error, words):
    with pytest.raises(error, match=words):
        on_dask.SMOTE().fit_resample(rows, labels)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"k_neighbors": 50}, "Class 1 has 10 rows"),
        ({"k_neighbors": 0}, "must be an int in the range"),
        ({"sampling_strategy": {0: 50, 1: 50}}, "every class is over-sampled"),
        ({"smote": gpu_smotetomek.SMOTENC(categorical_features=[0])}, "smote=SMOTENC() needs all rows at once"),
        ({"tomek": gpu_smotetomek.TomekLinks(repeat=True)}, "repeat=True needs"),
    ],
)
def test_parameters_that_are_refused(parameters, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        on_dask.SMOTETomek(**parameters).fit_resample(X, y)


@pytest.mark.parametrize("rows", [X, frame()])
def test_a_sampler_of_one_machine_names_those_for_dask(rows):
    for arguments in ((rows, np.arange(40) % 2), (ROWS, rows[rows.columns[0]] if hasattr(rows, "columns") else y)):
        with pytest.raises(TypeError, match=r"gpu_smotetomek\.dask has SMOTE, TomekLinks and SMOTETomek for it"):
            gpu_smotetomek.SMOTE().fit_resample(*arguments)


def test_a_source_that_changes_is_noticed():
    """Blocks are read again after their labels were counted."""
    counts = iter([5, 5, 6, 6, 7, 7])

    def read(_):
        return np.arange(next(counts)) % 2

    labels = da.map_blocks(read, da.ones(2, chunks=1), dtype=np.int64, meta=np.empty(0, np.int64))
    labels._chunks = ((np.nan, np.nan),)
    rows = labels[:, None].astype(float)
    with pytest.raises(
        (ValueError, RuntimeError), match=r"give (both from the same partitions|a source that is the same)"
    ):
        on_dask.TomekLinks().fit_resample(rows, labels)
