"""Fixed calls give the bits that `same_bits.json` records: rows, labels, dtypes, names, links.

A change that keeps all answers must pass without a new record. Where an answer is meant to change, and the changelog names it,
the record is written anew from the root of the repository, with all optional libraries there:

    PYTHONPATH=.:tests python tests/integration/test_same_bits.py

Data is made of integers and powers of two, without libm, so it is the same on every platform and with every NumPy.
"""

import hashlib
import json
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from sklearn.neighbors import NearestNeighbors
from support.optional import optional

import gpu_smotetomek
from gpu_smotetomek import SMOTE, ResamplingPipeline, SMOTETomek, TomekLinks, tomek_links

pytestmark = pytest.mark.usefixtures("little_work_space")

RECORD = Path(__file__).with_name("same_bits.json")

# Data: (random, codes, d) to float64 (n, d)


def blobs(random: np.random.RandomState, codes: np.ndarray, d: int) -> np.ndarray:
    """Overlapping clouds, one a class: sums of four uniform draws, in steps of 1/256."""
    steps = random.randint(-(2**10), 2**10 + 1, (4, len(codes), d), dtype=np.int64).sum(axis=0)
    return (steps + 2**9 * codes[:, None]) / 2**8


def duplicates(random: np.random.RandomState, codes: np.ndarray, d: int) -> np.ndarray:
    """A third of the rows are copies of others, within a class and across classes."""
    X = blobs(random, codes, d)
    copies, sources = random.randint(0, len(X), (2, len(X) // 3), dtype=np.int64)
    for copy, source in zip(copies, sources, strict=True):
        X[copy] = X[source]
    return X


def lattice(random: np.random.RandomState, codes: np.ndarray, d: int) -> np.ndarray:
    """Small integers: many distances are equal."""
    return random.randint(0, 5, (len(codes), d), dtype=np.int64) / 1


def far_clusters(random: np.random.RandomState, codes: np.ndarray, d: int) -> np.ndarray:
    """Clouds 2**24 apart, each of all classes."""
    return blobs(random, codes, d) + 2.0**24 * random.randint(0, 4, (len(codes), 1), dtype=np.int64)


def offset(random: np.random.RandomState, codes: np.ndarray, d: int) -> np.ndarray:
    """All rows far from the origin."""
    return blobs(random, codes, d) + 2.0**32


def constant(random: np.random.RandomState, codes: np.ndarray, d: int) -> np.ndarray:
    """One column of a single value, and one of zeros."""
    X = blobs(random, codes, d)
    X[:, 0], X[:, -1] = 3.25, 0
    return X


def surface(random: np.random.RandomState, codes: np.ndarray, d: int) -> np.ndarray:
    """Polynomials of two variables and little noise: rows near a curved surface, where classes are strips."""
    u, v = random.randint(-256, 257, (2, len(codes)), dtype=np.int64)
    u += 48 * codes
    terms = np.stack([256 * u, 256 * v, u * u, u * v, v * v], axis=1)
    weights = random.randint(-4, 5, (5, d), dtype=np.int64)
    noise = random.randint(-(2**10), 2**10 + 1, (len(codes), d), dtype=np.int64)
    return (terms @ weights + noise) / 2**16


def heavy_tails(random: np.random.RandomState, codes: np.ndarray, d: int) -> np.ndarray:
    """Rows and entries over some sixty powers of two."""
    values = random.randint(-(2**10), 2**10 + 1, (len(codes), d), dtype=np.int64)
    entries = random.randint(0, 6, (len(codes), d), dtype=np.int64)
    rows = random.randint(0, 8, (3, len(codes), 1), dtype=np.int64).prod(axis=0) // 6
    return np.ldexp(values / 1, (entries + rows).astype(np.int32))


def tiny(random: np.random.RandomState, codes: np.ndarray, d: int) -> np.ndarray:
    """Squares of differences underflow."""
    return blobs(random, codes, d) * 2.0**-600


def huge(random: np.random.RandomState, codes: np.ndarray, d: int) -> np.ndarray:
    """Squares of differences overflow."""
    return blobs(random, codes, d) * 2.0**600


DATA = {
    made.__name__: made
    for made in (blobs, duplicates, lattice, far_clusters, offset, constant, surface, heavy_tails, tiny, huge)
}

# Containers: float64 (n, d) and a dtype to rows; codes and kind of label to labels


def stored(X: np.ndarray, dtype: str) -> np.ndarray:
    """`X` in another dtype: integers in steps of 1/4, within their range, and bool by the sign."""
    wanted = np.dtype(dtype)
    if wanted.kind == "b":
        return X > 0
    if wanted.kind == "f":
        return X.astype(wanted)
    info = np.iinfo(wanted)
    middle = (info.max + 1) // 2 if wanted.kind == "u" else 0
    return np.clip(np.floor(4 * X) + middle, max(info.min, -(2**53)), min(info.max, 2**53)).astype(wanted)


def sparse(kind: str, X: np.ndarray, dtype: str) -> Any:
    """Every third entry of a sparse matrix or array."""
    X = stored(X, dtype)
    n, d = X.shape
    kept = (np.arange(n)[:, None] + np.arange(d)[None, :]) % 3 == 0
    return getattr(scipy.sparse, kind)(np.where(kept, X, np.zeros(1, X.dtype)))


def columns(X: np.ndarray, dtypes: str) -> dict[str, np.ndarray]:
    """Columns by name; 'mixed' takes five dtypes in turn."""
    turns = ["float64", "float32", "int64", "uint8", "bool"] if dtypes == "mixed" else [dtypes]
    return {f"column {j}": stored(X[:, j], turns[j % len(turns)]) for j in range(X.shape[1])}


def pandas_frame(X: np.ndarray, dtype: str) -> Any:
    return optional("pandas").DataFrame(columns(X, dtype), index=np.arange(len(X)) + 5)


def pandas_nullable(X: np.ndarray, dtype: str) -> Any:
    frame = pandas_frame(X, "mixed")
    kinds = ["Float64", "Float32", "Int64", "UInt8", "boolean"]
    return frame.astype({name: kinds[j % 5] for j, name in enumerate(frame.columns)})


def pandas_sparse(X: np.ndarray, dtype: str) -> Any:
    return optional("pandas").DataFrame.sparse.from_spmatrix(sparse("csr_matrix", X, dtype))


ROWS: dict[str, Callable[[np.ndarray, str], Any]] = {
    "numpy": stored,
    "numpy_f": lambda X, dtype: np.asfortranarray(stored(X, dtype)),
    "list": lambda X, dtype: stored(X, dtype).tolist(),
    **{kind: partial(sparse, kind) for kind in ("csr_matrix", "csr_array", "csc_matrix", "csc_array")},
    "pandas": pandas_frame,
    "pandas_nullable": pandas_nullable,
    "pandas_sparse": pandas_sparse,
    "polars": lambda X, dtype: optional("polars").DataFrame(columns(X, dtype)),
    "pyarrow": lambda X, dtype: optional("pyarrow").table(columns(X, dtype)),
    "torch": lambda X, dtype: optional("torch").asarray(stored(X, dtype)),
    "strict": lambda X, dtype: optional("array_api_strict").asarray(stored(X, dtype)),
}

TEXT = ["quiet", "loud", "even", "odd"]  # in another order than the codes


def texts(codes: np.ndarray) -> list[str]:
    return [TEXT[code] for code in codes]


def pandas_text(codes: np.ndarray, dtype: str) -> Any:
    return optional("pandas").Series(texts(codes), dtype=dtype, name="target", index=np.arange(len(codes)) + 5)


LABELS: dict[str, Callable[[np.ndarray], Any]] = {
    "int64": lambda codes: codes,
    "int8": lambda codes: (3 - 2 * codes).astype(np.int8),
    "float64": lambda codes: codes / 1 - 1,
    "bool": lambda codes: codes == 1,
    "text": lambda codes: np.array(texts(codes)),
    "object": lambda codes: np.array(texts(codes), dtype=object),
    "list": texts,
    "one_hot": lambda codes: np.eye(codes.max() + 1, dtype=np.int64)[codes],
    "one_hot_list": lambda codes: np.eye(codes.max() + 1, dtype=np.int64)[codes].tolist(),
    "column": lambda codes: codes[:, None],
    "pandas": lambda codes: pandas_text(codes, "object"),
    "pandas_category": lambda codes: pandas_text(codes, "category"),
    "polars": lambda codes: optional("polars").Series("target", texts(codes)),
    "pyarrow": lambda codes: optional("pyarrow").array(texts(codes)),
    "pyarrow_dictionary": lambda codes: optional("pyarrow").array(texts(codes)).dictionary_encode(),
    "torch": lambda codes: optional("torch").asarray(codes),
    "strict": lambda codes: optional("array_api_strict").asarray(codes),
}
NAMES: dict[str, list[Any]] = {"int64": [0, 1, 2, 3], "text": TEXT}  # labels that strategies may name

# Samplers


def make_chain(*steps: str, random_state: Any = 7, k_neighbors: Any = 5, **options: Any) -> ResamplingPipeline:
    """A chain of steps; each is given by the name of its class and, after a colon, its strategy."""
    made = []
    for number, step in enumerate(steps):
        kind, _, strategy = step.partition(":")
        own = {"random_state": random_state, "k_neighbors": k_neighbors} if kind == "SMOTE" else {}
        sampler = {"SMOTE": SMOTE, "TomekLinks": TomekLinks}[kind]
        made.append((f"step{number}", sampler(sampling_strategy=strategy or "auto", **own)))
    return ResamplingPipeline(made, **options)


def make_from_steps(random_state: int, **options: Any) -> SMOTETomek:
    """SMOTETomek with steps that are given."""
    return SMOTETomek(
        smote=SMOTE(k_neighbors=3, random_state=random_state), tomek=TomekLinks(sampling_strategy="all"), **options
    )


SAMPLERS: dict[str, Callable[..., Any]] = {
    "SMOTE": SMOTE,
    "TomekLinks": TomekLinks,
    "SMOTETomek": SMOTETomek,
    "both": partial(SMOTETomek, remove="both"),
    "given": make_from_steps,
    "clean_last": partial(make_chain, "SMOTE", "TomekLinks:majority"),
    "clean_first": partial(make_chain, "TomekLinks", "SMOTE"),
    "clean_twice": partial(make_chain, "TomekLinks:all", "SMOTE", "TomekLinks:all"),
    "clean_again": partial(make_chain, "SMOTE", "TomekLinks:majority", "TomekLinks:majority"),
    "smote_twice": partial(make_chain, "SMOTE:minority", "SMOTE:all", "TomekLinks:larger"),
    "tomek_links": lambda **options: options,
}
UNSEEDED = {"TomekLinks", "tomek_links"}

VALUES: dict[str, Callable[[list[Any], tuple[int, ...]], Any]] = {
    "dict": lambda names, sizes: {names[c]: sizes[c] + 9 * c for c in range(len(sizes))},
    "callable to dict": lambda names, sizes: lambda y: {names[1]: int((y == names[1]).sum()) + 13},
    "list": lambda names, sizes: [names[1], names[0]],
    "callable to list": lambda names, sizes: lambda y: [names[0]],
    "RandomState": lambda names, sizes: np.random.RandomState(11),
    "Generator": lambda names, sizes: np.random.default_rng(11),
    "NearestNeighbors": lambda names, sizes: NearestNeighbors(n_neighbors=4),
}
"""Options that are made from the labels and sizes of the classes."""


@dataclass(frozen=True)
class Call:
    """One call, described by names and numbers only."""

    sampler: str
    data: str
    sizes: tuple[int, ...]
    d: int = 4
    rows: str = "numpy"
    dtype: str = "float64"
    labels: str = "int64"
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        shape = f"{'+'.join(map(str, self.sizes))}x{self.d}"
        kind = f"{self.rows}[{self.dtype}]-{self.labels}"
        return "-".join([self.sampler, self.data, shape, kind, *(f"{key}={self.options[key]}" for key in self.options)])

    def make_data(self) -> tuple[np.ndarray, np.ndarray]:
        """Float64 rows (n, d) and their class codes, shuffled."""
        random = np.random.RandomState(zlib.crc32(f"{self.data} {self.sizes} {self.d}".encode()))
        codes = np.repeat(np.arange(len(self.sizes), dtype=np.int64), self.sizes)
        codes = codes[np.argsort(random.randint(0, 2**62, len(codes), dtype=np.int64), kind="stable")]
        return DATA[self.data](random, codes, self.d), codes

    def answer(self) -> Iterator[bytes]:
        """All results of the call."""
        X, codes = self.make_data()
        names = NAMES.get(self.labels, [])
        options = {} if self.sampler in UNSEEDED else {"random_state": 7}
        for option, value in self.options.items():
            options[option] = VALUES[value](names, self.sizes) if value in VALUES else value
        sampler = SAMPLERS[self.sampler](**options)
        rows, labels = ROWS[self.rows](X, self.dtype), LABELS[self.labels](codes)
        if self.sampler == "tomek_links":
            yield from table_bytes(tomek_links(rows, labels, **sampler))
            return
        rows, labels = sampler.fit_resample(rows, labels)
        yield from table_bytes(rows)
        yield from label_bytes(labels)
        yield from fitted_bytes(sampler)

    def bits(self) -> str:
        return bits(self.answer())


# Bytes of an answer


def bits(parts: Iterator[bytes]) -> str:
    """Hash of parts, each with its length, so that different lists of parts have different hashes."""
    seen = hashlib.sha256()
    for part in parts:
        seen.update(struct.pack("<q", len(part)))
        seen.update(part)
    return seen.hexdigest()[:16]


def text(*values: Any) -> bytes:
    return "|".join(map(str, values)).encode()


def array_bytes(values: np.ndarray) -> Iterator[bytes]:
    """Dtype, shape and values, little-endian, row by row; a longdouble is two float64."""
    if values.dtype == np.longdouble and values.dtype != np.float64:
        high = values.astype(np.float64)
        yield text("longdouble")
        yield from array_bytes(np.stack([high, (values - high).astype(np.float64)]))
        return
    yield text(values.dtype.name, values.shape)
    yield np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<")).tobytes()


def on_host(values: Any) -> np.ndarray:
    return values.numpy() if type(values).__module__ == "torch" else np.asarray(values)


def kind_of(values: Any) -> bytes:
    return text(type(values).__module__.partition(".")[0], type(values).__name__)


def table_bytes(rows: Any) -> Iterator[bytes]:
    """Kind, names, dtypes and values of a table of any kind."""
    yield kind_of(rows)
    if scipy.sparse.issparse(rows):
        rows = rows.copy()
        rows.sort_indices()
        yield text(rows.shape)
        yield from array_bytes(rows.data)
        yield from array_bytes(rows.indices.astype(np.int64))
        yield from array_bytes(rows.indptr.astype(np.int64))
    elif isinstance(rows, list):
        yield text(*sorted({type(value).__name__ for row in rows for value in row}))
        yield from array_bytes(np.array(rows))
    elif hasattr(rows, "columns"):
        yield from frame_bytes(rows)
    else:
        yield from array_bytes(on_host(rows))


def frame_bytes(frame: Any) -> Iterator[bytes]:
    """Index, names, dtypes and columns of pandas, polars or PyArrow."""
    yield text(*getattr(frame, "index", ()))
    for name in getattr(frame, "column_names", frame.columns):
        column = frame[name]
        dtype = getattr(column, "dtype", getattr(column, "type", None))
        sparse_dtype = hasattr(dtype, "fill_value")  # pandas 2 and 3 write it differently
        yield text(name, *(("Sparse", dtype.subtype, float(dtype.fill_value)) if sparse_dtype else (dtype,)))
        numpy_dtype = getattr(dtype, "numpy_dtype", None)
        yield from array_bytes(np.asarray(column if numpy_dtype is None else column.to_numpy(dtype=numpy_dtype)))


def label_bytes(labels: Any) -> Iterator[bytes]:
    """Kind, name, dtype, index and each label as text."""
    dtype = getattr(labels, "dtype", getattr(labels, "type", ""))
    yield kind_of(labels)
    yield text(getattr(labels, "name", ""), getattr(dtype, "name", dtype))
    index = getattr(labels, "index", ())
    yield text(*(() if callable(index) else index))
    if not isinstance(labels, list):
        labels = labels.tolist() if hasattr(labels, "tolist") else on_host(labels).tolist()
    is_column = labels and isinstance(labels[0], list) and len(labels[0]) == 1  # recorded flat
    yield text(*([row[0] for row in labels] if is_column else labels))


def fitted_bytes(sampler: Any) -> Iterator[bytes]:
    """The part of the answer in the fitted attributes of a sampler and of its steps."""
    for name in ("links_", "sample_indices_"):
        if hasattr(sampler, name):
            yield text(name)
            yield from array_bytes(getattr(sampler, name).astype(np.int64))
    if hasattr(sampler, "n_synthetic_"):
        yield text("n_synthetic_", int(sampler.n_synthetic_))
    if hasattr(sampler, "sampling_strategy_") and not hasattr(
        sampler, "steps_"
    ):  # a pipeline's is that of its first step
        yield text("sampling_strategy_", *((str(c), int(size)) for c, size in sampler.sampling_strategy_.items()))
    yield text("n_features_in_", sampler.n_features_in_, *getattr(sampler, "feature_names_in_", ()))
    steps = dict(getattr(sampler, "steps_", ()))
    for name in ("smote_", "tomek_"):
        if hasattr(sampler, name):
            steps[name] = getattr(sampler, name)
    for name, step in steps.items():
        yield text(name, type(step).__name__)
        yield from fitted_bytes(step)


# The calls

TWO, THREE, FOUR = (110, 24), (28, 90, 40), (20, 80, 16, 44)


def calls_of_data() -> Iterator[Call]:
    shapes = [(TWO, 4), (THREE, 3), (FOUR, 6), ((240, 30), 3), ((36, 150, 24), 5)]
    core = ["SMOTE", "TomekLinks", "SMOTETomek", "both", "clean_first", "clean_last"]
    for i, data in enumerate(DATA):
        for j, sampler in enumerate(core):
            sizes, d = shapes[(i + 2 * j) % len(shapes)]
            yield Call(sampler, data, sizes, d)
    for sampler in ("SMOTE", "TomekLinks", "both"):
        yield Call(sampler, "surface", (140, 30), 300)
    for sampler in ("SMOTE", "SMOTETomek", "clean_first", "tomek_links"):
        yield Call(sampler, "blobs", (120, 40, 20), 1)
    for sampler in ("given", "clean_twice", "clean_again", "smote_twice", "tomek_links"):
        for data in ("blobs", "duplicates", "surface"):
            yield Call(sampler, data, THREE, 3)


def calls_of_execution_parameters() -> Iterator[Call]:
    for backend in ("faiss-cpu", "kdtree", "sklearn", "xp"):
        for data in ("blobs", "duplicates", "lattice", "far_clusters", "heavy_tails"):
            yield Call("both", data, (70, 220, 40), 5, options={"backend": backend})
        yield Call(
            "TomekLinks", "surface", (300, 60), 16, rows="numpy_f", dtype="float32", options={"backend": backend}
        )
    for n_jobs in (1, 2):
        for memory_limit in (None, 4096):
            options = {"n_jobs": n_jobs, "memory_limit": memory_limit}
            yield Call("SMOTETomek", "surface", (300, 60), 6, options=options)
            yield Call("clean_last", "lattice", (60, 180, 40), 3, options={**options, "backend": "xp"})


def calls_of_containers() -> Iterator[Call]:
    labels = {"torch": "torch", "strict": "strict", "polars": "polars", "pyarrow": "pyarrow", "list": "list"}
    for rows in ROWS:
        frame = rows.startswith("pandas")
        mixed = rows in ("pandas", "pandas_nullable", "polars", "pyarrow")
        target = "pandas" if frame else labels.get(rows, "text")
        for sampler in ("SMOTE", "both", "TomekLinks"):
            data = "lattice" if sampler == "TomekLinks" else "blobs"
            yield Call(sampler, data, THREE, 6, rows, "mixed" if mixed else "float64", target)
    for target in ("int8", "float64", "object", "one_hot", "one_hot_list", "column", "pandas_category"):
        yield Call("SMOTETomek", "blobs", THREE, 3, labels=target)
    yield Call("SMOTETomek", "blobs", TWO, 3, labels="bool")
    yield Call("SMOTETomek", "blobs", TWO, 3, "pyarrow", labels="pyarrow_dictionary")


def calls_of_dtypes() -> Iterator[Call]:
    for dtype in ("float32", "float16", "int8", "int16", "int32", "int64", "uint8", "bool", "longdouble"):
        for sampler in ("SMOTE", "both", "TomekLinks"):
            yield Call(sampler, "blobs", TWO, 8 if dtype == "bool" else 3, dtype=dtype)
    for rows in ("csr_matrix", "csc_array", "torch", "strict", "polars"):
        labels = rows if rows in LABELS else "text"
        for dtype in ("float32", "int64"):
            yield Call("SMOTETomek", "blobs", TWO, 3, rows, dtype, labels)


def calls_of_options() -> Iterator[Call]:
    growing = ["minority", "not minority", "not majority", "all", "dict", "callable to dict"]
    cleaning = ["majority", "not minority", "not majority", "all", "larger", "list", "callable to list"]
    for labels, sizes in (("int64", THREE), ("text", FOUR)):
        for strategy in growing:
            yield Call("SMOTE", "blobs", sizes, 3, labels=labels, options={"sampling_strategy": strategy})
        for strategy in cleaning:
            yield Call("TomekLinks", "blobs", sizes, 3, labels=labels, options={"sampling_strategy": strategy})
    for sampler in ("SMOTE", "both"):
        for ratio in (0.29, 0.5, 0.777):  # of 100 rows: 28.999999999999996, 50 and 77.7
            yield Call(sampler, "blobs", (100, 24), 3, labels="text", options={"sampling_strategy": ratio})
        for source in ("RandomState", "Generator"):
            yield Call(sampler, "surface", THREE, 5, options={"random_state": source})
        for k in (1, 2, 9, "NearestNeighbors"):
            options = {"k_neighbors": k, "random_state": 3}
            yield Call("clean_last" if sampler == "both" else sampler, "blobs", THREE, 5, options=options)


def calls_of_many_rows() -> Iterator[Call]:
    """More than 2**20 pairs of rows: lineage bounds make searches superfluous, and costs decide among backends."""
    for sampler in ("SMOTETomek", "both", "TomekLinks", "clean_last"):
        yield Call(sampler, "surface", (2700, 300), 10)
    for data in ("blobs", "duplicates", "lattice", "far_clusters", "heavy_tails"):
        yield Call("both", data, (1300, 200), 5)
    for backend in ("faiss-cpu", "kdtree", "sklearn", "xp"):
        yield Call("both", "surface", (250, 2000, 400), 5, options={"backend": backend, "n_jobs": 2})
    yield Call("both", "surface", (2700, 300), 30, dtype="float32")
    yield Call("SMOTETomek", "surface", (1500, 250), 6, "torch", "float32", "torch")
    yield Call("SMOTETomek", "blobs", (1500, 250), 10, "pandas", "mixed", "pandas")
    yield Call("SMOTETomek", "blobs", (1300, 200), 12, "csr_matrix")
    for sampler in ("clean_again", "smote_twice"):
        yield Call(sampler, "surface", (1200, 200), 5)
    yield Call("clean_twice", "blobs", (300, 1500, 200), 4, options={"memory_limit": 2**16, "n_jobs": 2})


ALL_CALLS = [
    call
    for calls in (
        calls_of_data,
        calls_of_execution_parameters,
        calls_of_containers,
        calls_of_dtypes,
        calls_of_options,
        calls_of_many_rows,
    )
    for call in calls()
]
CALLS = {call.name: call for call in ALL_CALLS}


def read_record() -> dict[str, str]:
    return json.loads(RECORD.read_text(encoding="utf-8"))


def write_record() -> None:
    """Write all hashes anew; without an optional library nothing is written."""
    found = {name: call.bits() for name, call in CALLS.items()}
    RECORD.write_text(json.dumps(found, indent=0) + "\n", encoding="utf-8")
    print(f"{len(found)} calls of {gpu_smotetomek.__file__}", file=sys.stderr)


@pytest.mark.usefixtures("thresholds")
@pytest.mark.parametrize("name", CALLS)
def test_call_has_the_same_bits(name: str) -> None:
    call = CALLS[name]
    if call.dtype == "longdouble" and call.sampler != "TomekLinks" and np.finfo(np.longdouble).nmant != 63:
        pytest.skip("synthetic rows of longdouble have the platform's own bits; those recorded have 64")
    if call.options.get("backend") == "faiss-cpu":
        optional("faiss")
    assert call.bits() == read_record()[name]


def test_record_has_the_calls_and_no_others() -> None:
    assert len(CALLS) == len(ALL_CALLS)
    assert list(read_record()) == list(CALLS)


@pytest.mark.parametrize("kind", ROWS)
def test_hash_sees_one_bit_and_the_order_table_bytes(kind: str) -> None:
    made = ROWS[kind]
    X, _ = Call("SMOTE", "blobs", THREE, 6).make_data()
    assert X[0, 0] != X[3, 0]
    flipped, swapped = X.copy(), X.copy()
    flipped.view(np.uint64)[3, 0] ^= 1
    swapped[[0, 3]] = X[[3, 0]]
    dtype = "mixed" if kind in ("pandas", "polars", "pyarrow") else "float64"
    seen = {bits(table_bytes(made(rows, dtype))) for rows in (X, X.copy(), flipped, swapped, X[:-1], X[:, :-1])}
    assert len(seen) == 5
    if kind not in ("list", "pandas_nullable"):
        assert bits(table_bytes(made(X, "float32"))) != bits(
            table_bytes(made(stored(X, "float32").astype(float), "float64"))
        )


@pytest.mark.parametrize("kind", LABELS)
def test_hash_sees_one_label(kind: str) -> None:
    codes = np.array([0, 1, 0, 1, 1])
    others = [codes, codes.copy(), 1 - codes, codes[[1, 0, 2, 3, 4]], codes[:-1]]
    assert len({bits(label_bytes(LABELS[kind](each))) for each in others}) == 4


@pytest.mark.parametrize("name", ["links_", "sampling_strategy_", "n_features_in_"])
def test_hash_sees_fitted_attributes(name: str) -> None:
    X, codes = Call("TomekLinks", "blobs", THREE, 3).make_data()
    cleaner = TomekLinks().fit(X, codes)
    cleaner.fit_resample(X, codes)
    before = bits(fitted_bytes(cleaner))
    value = getattr(cleaner, name)
    changed = value[::-1] if name == "links_" else dict(reversed(value.items())) if name[0] == "s" else value + 1
    setattr(cleaner, name, changed)
    assert bits(fitted_bytes(cleaner)) != before


def test_longdouble_is_seen_to_its_last_bit() -> None:
    one = np.ones(1, np.longdouble)
    assert bits(array_bytes(one)) != bits(array_bytes(one + np.finfo(np.longdouble).eps))


if __name__ == "__main__":
    write_record()
