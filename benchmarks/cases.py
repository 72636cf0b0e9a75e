"""Define the cases: the data, the number of rows, the task, and the target ratios."""

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from benchmarks import data, tables

IL, IX, FLOOR = "imbalanced-learn", "sklearnex", "floor"
Targets = Mapping[str, float]


@dataclass(frozen=True)
class Case:
    """One row of the table.

    `targets` maps a peer to a ratio: the peer must take at least that many times as long as this package. For the floor,
    this package may take at most that many times as long as the floor. `tied` data has equal distances. On it,
    imbalanced-learn's links depend on the order of the rows and ours do not, so the answers may differ. `sized` data can
    be made with any number of rows, and with any seed.
    """

    name: str
    rows: int
    make: data.MakeData
    profiles: frozenset[str]
    task: str = "smotetomek"  # or "tomek", "smote", or a name among `samplers.ENTRIES`
    links: int | None = None  # known from earlier measurements
    targets: Targets = field(default_factory=dict)
    tied: bool = False
    sized: bool = True
    family: str = ""  # the plot joins the cases of a family by a line
    seed: int = 0
    table: str = ""  # name of the data, which several cases may share; the name of the case if empty

    def with_seed(self, seed: int) -> "Case":
        """Return the case for data of another seed; the number of links is then unknown."""
        if seed == self.seed or not self.sized:
            return self
        table = f"{self.table}-seed{seed}" if self.table else ""
        return replace(self, name=f"{self.name}-seed{seed}", table=table, seed=seed, links=None)


def _make_case(
    kind: str,
    rows: int,
    d: int,
    make: data.MakeSizedData,
    targets: Targets | None = None,
    *,
    quick: bool = False,
    **more: Any,
) -> Case:
    profiles = frozenset({"quick", "full"} if quick else {"full"})
    name, family = f"{kind}-{rows}x{d}", f"{kind} × {d}"
    return Case(name, rows, partial(make, d=d), profiles, targets=targets or {}, family=family, **more)


def _make_real_case(name: str, rows: int, make: data.MakeData, profiles: set[str], *, tied: bool) -> Case:
    return Case(name, rows, make, frozenset(profiles), tied=tied, sized=False, family="real")


CASES = [
    _make_case("blobs", 50_000, 30, data.make_blobs, {IL: 150, IX: 45, FLOOR: 1.6}, links=0, quick=True),
    _make_case("correlated", 10_000, 30, data.make_correlated, quick=True),
    _make_case("correlated", 50_000, 30, data.make_correlated, {IL: 120, IX: 40, FLOOR: 2}, links=206, quick=True),
    _make_case("blobs", 30_000, 63, data.make_blobs, {IL: 80, IX: 30, FLOOR: 2.5}, links=0),
    _make_case("correlated", 30_000, 63, data.make_correlated, {IL: 80, IX: 30, FLOOR: 2.5}, links=94),
    _make_case("correlated", 100_000, 30, data.make_correlated, {IL: 180, IX: 60, FLOOR: 1.1}, links=404),
    _make_case("blobs", 1_000_000, 30, data.make_blobs, {IL: 150, FLOOR: 1.2}),
    _make_case("correlated", 1_000_000, 30, data.make_correlated, {IL: 1000, FLOOR: 0.2}, links=3_413),
    _make_case("surface", 1_000_000, 30, data.make_surface, {IL: 1500, FLOOR: 0.15}, links=8_565),
    _make_case("reproducer", 1_000_000, 10, data.make_reproducer, {IL: 15}, links=1_347),
    _make_case("blobs", 50_000, 8, data.make_blobs, {IL: 30, IX: 5}, links=52),
    _make_case("correlated", 50_000, 8, data.make_correlated, {IL: 25, IX: 3}, links=222, quick=True),
    _make_case("blobs", 20_000, 4, data.make_blobs, {IL: 8, IX: 3}, links=198, quick=True),
    _make_case(
        "correlated-33pct", 50_000, 30, partial(data.make_correlated, majority=0.67), {IL: 30, IX: 10}, links=912
    ),
    _make_case("three-classes", 52_000, 30, data.make_three_classes, {IL: 60, IX: 20}, links=310),
    _make_case("tomek-alone", 50_000, 30, data.make_correlated, {IL: 20, IX: 5}, task="tomek", links=645, quick=True),
    _make_case("small", 500, 10, data.make_blobs, {IL: 1}, quick=True),
    # tables as users have them
    _make_case("numbers", 500, 10, tables.make_numbers, {IL: 5, IX: 2}, quick=True),
    _make_case("numbers", 2_000, 20, tables.make_numbers, {IL: 5, IX: 2}, quick=True),
    _make_case("numbers", 10_000, 15, tables.make_numbers, {IL: 15, IX: 4}, quick=True),
    _make_case("census", 48_842, 17, tables.make_census, {IL: 80, IX: 30}, tied=True),
    _make_case("fraud", 100_000, 30, tables.make_fraud, {IL: 400, IX: 100}),
    _make_case("fraud", 284_807, 30, partial(tables.make_fraud, positive=0.0017), {IL: 400, IX: 100}),
    _make_case("five-classes", 60_000, 12, tables.make_five_classes, {IL: 15, IX: 4}, quick=True),
    _make_case("overlapping", 100_000, 3, tables.make_overlapping, {IL: 5, IX: 2}, quick=True),
    _make_case("one-hot", 20_000, 120, tables.make_one_hot, {IL: 40, IX: 14}, quick=True, tied=True),
    _make_case("positions", 500_000, 2, tables.make_positions, {IL: 4, IX: 2}, quick=True),
    _make_case("sensors", 1_000_000, 4, tables.make_sensors, {IL: 12, IX: 3.5}),
    _make_case("images", 10_000, 784, tables.make_images, {IL: 30, IX: 12}, quick=True),
    _make_case("embeddings", 30_000, 768, tables.make_embeddings, {IL: 80, IX: 33}),
    _make_case("text", 5_000, 20_000, tables.make_text, {IL: 8, IX: 8}, quick=True),
    _make_case("text", 20_000, 50_000, partial(tables.make_text, words=50), {IL: 8, IX: 8}),
    _make_case("text-smote", 2_000, 60_000, tables.make_text, {IL: 1, IX: 1}, task="smote", quick=True),
    _make_case("five-values", 100_000, 4, tables.make_few_values, {IL: 10}, task="tomek", quick=True, tied=True),
    _make_case(
        "booleans", 100_000, 8, partial(tables.make_few_values, levels=2), {IL: 10}, task="tomek", quick=True, tied=True
    ),
    _make_case(
        "hundred-values",
        200_000,
        1,
        partial(tables.make_few_values, levels=100),
        {IL: 10},
        task="tomek",
        quick=True,
        tied=True,
    ),
    _make_case("wide", 300, 30_000, tables.make_wide, {IL: 1, IX: 1}, quick=True),
    _make_case("wide", 300, 100_000, tables.make_wide, {IL: 1, IX: 1}),
    _make_case("wide", 115, 20_000, tables.make_wide, {IL: 1, IX: 1}, quick=True),
    _make_case("200-classes", 2_400, 20, tables.make_many_classes, {IL: 1, IX: 1}, quick=True),
    _make_case(
        "1000-classes", 12_000, 20, partial(tables.make_many_classes, n_classes=1_000), {IL: 1, IX: 1}, quick=True
    ),
    # the cases in which we expect to be worst
    _make_case("overlap", 50_000, 3, data.make_overlap, quick=True),
    _make_case("correlated-40pct", 50_000, 30, partial(data.make_correlated, majority=0.6)),
    _make_case("duplicates", 50_000, 30, data.make_duplicates, tied=True),
    _make_case("onehot", 50_000, 30, data.make_onehot, tied=True),
    # real tables
    _make_real_case("breast-cancer", 400, data.make_breast_cancer, {"quick", "full"}, tied=False),
    _make_real_case("digits-8", 1_797, data.make_digits, {"full"}, tied=True),
]
TINY = Case("tiny", 600, partial(data.make_blobs, d=4), frozenset({"tiny"}), family="tiny")
PROFILES = ("tiny", "quick", "full")


def choose_cases(profile: str, names: list[str], folder: Path | None) -> list[Case]:
    """Return the named cases or those of a profile, and one for each CSV file in `folder`.

    Raises
    ------
    ValueError
        If a name is not that of a case.
    """
    tables = [] if folder is None else [make_csv_case(path) for path in sorted(folder.glob("*.csv"))]
    if folder is not None and not tables:
        raise ValueError(f"--data {folder}: no file ends in .csv there; give a folder of tables, target last")
    everything = {case.name: case for case in [*CASES, TINY, *tables]}
    unknown = [name for name in names if name not in everything]
    if unknown:
        raise ValueError(f"no case is called {', '.join(unknown)}; there are {', '.join(everything)}")
    if names:
        return [everything[name] for name in names]
    return [case for case in everything.values() if profile in case.profiles or case in tables]


def make_csv_case(path: Path) -> Case:
    """Make a case of a table on disk; it may have ties, so the answers may differ."""
    X, _ = data.read_csv(path)
    return Case(path.stem, len(X), data.make_reader(path), frozenset(), tied=True, sized=False, family="real")


def store_data(case: Case, rows: int) -> Path:
    """Write the case's data into a temporary folder, unless it is there already; return the folder.

    The files are X.npy (X.npz if sparse, X.pkl of a frame) and y.npy. The folder is kept between runs. Its name changes with the
    source of the data and the versions of scikit-learn and NumPy, which decide the numbers.
    """
    import sklearn

    makers = b"".join(Path(module.__file__ or "").read_bytes() for module in (data, tables))
    maker = hashlib.sha256(makers).hexdigest()[:8]
    name = f"{case.table or case.name}-{rows}-{maker}-sklearn{sklearn.__version__}-numpy{np.__version__}"
    folder = Path(tempfile.gettempdir()) / "gpu_smotetomek-benchmarks" / name
    if case.sized and (folder / "y.npy").exists():
        return folder
    X, y = case.make(rows, seed=case.seed)
    folder.mkdir(parents=True, exist_ok=True)
    if sparse.issparse(X):
        sparse.save_npz(folder / "X.npz", X, compressed=False)
    elif hasattr(X, "to_pickle"):
        X.to_pickle(folder / "X.pkl")
    else:
        np.save(folder / "X.npy", np.ascontiguousarray(X))
    np.save(folder / "y.npy", y)  # written last: if it exists, both files are complete
    return folder
