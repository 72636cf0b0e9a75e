"""Make the peers: `PEERS[name](task, options)` returns an object with `fit_resample`, imported but not yet run.

After `fit_resample`, `read_outcome` reads the removed rows from it. This module imports no peer at the top, so that a
process imports only the peer that it measures.
"""

import hashlib
import importlib.util
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
from scipy import sparse

from benchmarks.samplers import ENTRIES, Entry

Options = Mapping[str, str]
SCALAR_TYPES = (bool, int, float, str, np.generic)


class Unsupported(Exception):
    """A peer does not take such data or such a task."""


def find_entry(task: str) -> Entry | None:
    """Return the sampler that a task is called by, with "smote" for `SMOTE`; None for the other tasks."""
    return ENTRIES.get("SMOTE" if task == "smote" else task)


def make_ours(task: str, options: Options) -> Any:
    """Make a sampler of this package that does imbalanced-learn's work: it removes both rows of each link."""
    from gpu_smotetomek import SMOTETomek, TomekLinks

    if importlib.util.find_spec("faiss"):
        import faiss  # noqa: F401  imported after scikit-learn, and not timed
    if entry := find_entry(task):
        return entry.make_ours(options)
    if task == "tomek":
        return TomekLinks(sampling_strategy="all", **options)
    return SMOTETomek(random_state=0, remove="both", **options)


def make_imbalanced_learn(task: str, _: Options) -> Any:
    """Make a sampler of imbalanced-learn that uses all cores."""
    from imblearn.combine import SMOTETomek
    from imblearn.under_sampling import TomekLinks

    if entry := find_entry(task):
        return entry.make_imbalanced_learn()
    if task == "tomek":
        return TomekLinks(sampling_strategy="all", n_jobs=-1)
    return SMOTETomek(random_state=0, n_jobs=-1)


def make_sklearnex(task: str, options: Options) -> Any:
    """Make a sampler of imbalanced-learn that searches with scikit-learn-intelex."""
    from sklearnex import patch_sklearn

    patch_sklearn(verbose=False)
    return make_imbalanced_learn(task, options)


class Faiss:
    """SMOTE and mutual nearest neighbours with FAISS on the enlarged table: what an engineer would write in an afternoon."""

    def __init__(self, task: str, _: Options) -> None:
        import sklearn.neighbors  # noqa: F401  as in any program that also trains a model
        import faiss  # isort: skip

        if task not in ("smotetomek", "tomek", "smote"):
            raise Unsupported(f"has no {task}")
        self.task, self.knn = task, faiss.knn

    def fit_resample(self, X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        check_dense(X)
        if self.task != "tomek":
            self.smote_ = SimpleNamespace()
            X, y = self._smote(X, y)
        if self.task == "smote":
            return X, y
        rows = np.ascontiguousarray(X, dtype=np.float32)
        nearest = self.knn(rows, rows, 2)[1][:, 1]
        own = np.arange(len(y))
        link = (nearest[nearest] == own) & (y[nearest] != y)
        self.sample_indices_ = np.flatnonzero(~link)
        return X[~link], y[~link]

    def _smote(self, X: np.ndarray, y: np.ndarray, k: int = 5) -> tuple[np.ndarray, np.ndarray]:
        labels, counts = np.unique(y, return_counts=True)
        self.smote_.sampling_strategy_ = dict(zip(labels, counts.max() - counts, strict=True))
        Xs, ys = [X], [y]
        for label, m in self.smote_.sampling_strategy_.items():
            if m == 0:
                continue
            own = X[y == label]
            rows = np.ascontiguousarray(own, dtype=np.float32)
            neighbors = self.knn(rows, rows, k + 1)[1][:, 1:]
            rng = np.random.RandomState(0)  # the draws of imbalanced-learn, which start anew in each class
            base, column = np.divmod(rng.randint(0, len(own) * k, m), k)
            gap = rng.uniform(size=m)[:, None]
            Xs.append((own[base] + gap * (own[neighbors[base, column]] - own[base])).astype(X.dtype))
            ys.append(np.full(m, label, y.dtype))
        return np.concatenate(Xs), np.concatenate(ys)


class Floor:
    """One SGEMM of each class with the originals of all larger classes: every exact brute-force search needs at least this.

    Tiles of 1024 × 2048 are written into one buffer that stays in cache, and are never read.
    """

    def __init__(self, *_: Any) -> None:
        self.buffer = np.empty(1024 * 2048, np.float32)

    def prepare(self, X: np.ndarray, y: np.ndarray) -> None:
        """Copy the classes, smallest first; this is not timed."""
        check_dense(X)
        labels, counts = np.unique(y, return_counts=True)
        ordered = labels[np.argsort(counts, kind="stable")]
        classes = [np.ascontiguousarray(X[y == label], np.float32) for label in ordered]
        self.products = [(own, np.concatenate(classes[i + 1 :])) for i, own in enumerate(classes[:-1])]

    def fit_resample(self, X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Compute the prepared products and return the arguments unchanged."""
        for own, larger in self.products:
            for i in range(0, len(own), 1024):
                for j in range(0, len(larger), 2048):
                    a, b = own[i : i + 1024], larger[j : j + 2048]
                    np.matmul(a, b.T, out=self.buffer[: len(a) * len(b)].reshape(len(a), len(b)))
        return X, y


def check_dense(X: Any) -> None:
    """Raise if X is sparse."""
    if sparse.issparse(X):
        raise Unsupported("takes no sparse rows")


PEERS: dict[str, Callable[[str, Options], Any]] = {
    "ours": make_ours,
    "imbalanced-learn": make_imbalanced_learn,
    "sklearnex": make_sklearnex,
    "faiss": Faiss,
    "floor": Floor,
}


def read_outcome(sampler: Any, rows: int, X: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    """Return the number of links, hashes of the removed rows and of the output, and every scalar fitted attribute.

    Links are disjoint pairs and both rows are removed, so there are half as many links as removed rows.
    """
    tomek, smote = getattr(sampler, "tomek_", sampler), getattr(sampler, "smote_", None)
    if not hasattr(tomek, "sample_indices_"):  # an over-sampler alone removes nothing
        return {"links": 0, "removed": "", "output": hash_rows(X, y), "said": read_scalars(sampler)}
    enlarged = rows + (sum(map(int, smote.sampling_strategy_.values())) if smote else 0)
    removed = np.setdiff1d(np.arange(enlarged), tomek.sample_indices_)
    return {
        "links": len(removed) // 2,
        "removed": hash_arrays(removed.astype(np.int64)),
        "output": hash_rows(X, y),
        "said": read_scalars(smote, sampler, tomek),
    }


def read_scalars(*parts: Any) -> dict[str, Any]:
    """Return every scalar fitted attribute of the parts; a later part wins."""
    said = {name: value for part in parts for name, value in vars(part or SimpleNamespace()).items()}
    return {k: v for k, v in said.items() if k.endswith("_") and isinstance(v, SCALAR_TYPES)}


def hash_rows(X: Any, y: np.ndarray) -> str:
    """Return a short hash of rows, dense, CSR or in a frame, and classes."""
    if hasattr(X, "columns"):
        from pandas.util import hash_pandas_object

        parts = [hash_pandas_object(X, index=False).to_numpy()]
    else:
        parts = [X.data, X.indices, X.indptr] if sparse.issparse(X) else [np.ascontiguousarray(X)]
    return hash_arrays(*parts, np.ascontiguousarray(y))


def hash_arrays(*arrays: np.ndarray) -> str:
    """Return a short hash of the bytes."""
    hasher = hashlib.sha256()
    for array in arrays:
        hasher.update(memoryview(array).cast("B") if array.size else b"")
    return hasher.hexdigest()[:16]
