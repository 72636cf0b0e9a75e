"""Measure each sampler of the family beside imbalanced-learn's of the same name: `python -m benchmarks samplers`."""

import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from benchmarks import data, report
from benchmarks.cases import IL, IX, Case
from benchmarks.report import TITLES, Row

PEERS = ["ours", IL, IX]
KINDS: dict[str, data.MakeSizedData] = {
    "blobs": data.make_blobs,
    "correlated": data.make_correlated,
    "surface": data.make_surface,
}


@dataclass(frozen=True)
class Entry:
    """A sampler on both sides.

    Attributes
    ----------
    module : str
        Module of imbalanced-learn that holds the class.
    class_name : str
        Name of the class on both sides.
    parameters : mapping
        Parameters on both sides.
    ours : mapping
        Further parameters on our side, for imbalanced-learn's answer.
    theirs : mapping
        Further parameters of imbalanced-learn, for the use of all cores.
    neighbors : mapping
        Numbers of neighbours, the row itself counted; imbalanced-learn searches on all cores only through an object.
    is_mixed : bool
        Whether the data are a frame of numbers and categories, of one size and kind.
    share : float
        Share of the rows that are measured.
    """

    module: str
    class_name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    ours: Mapping[str, Any] = field(default_factory=dict)
    theirs: Mapping[str, Any] = field(default_factory=dict)
    neighbors: Mapping[str, int] = field(default_factory=dict)
    is_mixed: bool = False
    share: float = 1.0

    def make_ours(self, options: Mapping[str, str]) -> Any:
        """Make the sampler of this package; samplers without a search take no options such as the device."""
        import gpu_smotetomek

        kind = getattr(gpu_smotetomek, self.class_name)
        accepted = {name: value for name, value in options.items() if name in inspect.signature(kind).parameters}
        return kind(**self.parameters, **self.ours, **accepted)

    def make_imbalanced_learn(self) -> Any:
        """Make the sampler of imbalanced-learn."""
        from sklearn.neighbors import NearestNeighbors

        searches = {name: NearestNeighbors(n_neighbors=k, n_jobs=-1) for name, k in self.neighbors.items()}
        kind = getattr(importlib.import_module(f"imblearn.{self.module}"), self.class_name)
        return kind(**self.parameters, **self.theirs, **searches)


SEED = {"random_state": 0}
ALL_CORES = {"n_jobs": -1}
K_NEIGHBORS, M_NEIGHBORS = {"k_neighbors": 6}, {"m_neighbors": 11}
ENTRIES = {
    "SMOTE": Entry("over_sampling", "SMOTE", SEED, neighbors=K_NEIGHBORS),
    "TomekLinks": Entry("under_sampling", "TomekLinks", theirs=ALL_CORES),
    "SMOTETomek": Entry("combine", "SMOTETomek", SEED, ours={"remove": "both"}, theirs=ALL_CORES),
    "RandomOverSampler": Entry("over_sampling", "RandomOverSampler", SEED),
    "RandomUnderSampler": Entry("under_sampling", "RandomUnderSampler", SEED),
    "EditedNearestNeighbours": Entry("under_sampling", "EditedNearestNeighbours", theirs=ALL_CORES),
    "SMOTEENN": Entry("combine", "SMOTEENN", SEED, theirs=ALL_CORES),
    "BorderlineSMOTE-1": Entry(
        "over_sampling", "BorderlineSMOTE", {**SEED, "kind": "borderline-1"}, neighbors=K_NEIGHBORS | M_NEIGHBORS
    ),
    "BorderlineSMOTE-2": Entry(
        "over_sampling", "BorderlineSMOTE", {**SEED, "kind": "borderline-2"}, neighbors=K_NEIGHBORS | M_NEIGHBORS
    ),
    "ADASYN": Entry("over_sampling", "ADASYN", SEED, neighbors={"n_neighbors": 6}),
    "SVMSMOTE": Entry("over_sampling", "SVMSMOTE", SEED, neighbors=K_NEIGHBORS | M_NEIGHBORS, share=0.25),
    "SMOTENC": Entry(
        "over_sampling", "SMOTENC", {**SEED, "categorical_features": "auto"}, neighbors=K_NEIGHBORS, is_mixed=True
    ),
}


def choose_samplers(names: list[str], log: Callable[[str], None]) -> list[str]:
    """Return the named samplers, or all; say in a line which are left out, because this package does not have them.

    Raises
    ------
    ValueError
        If a name is not that of a sampler.
    """
    import gpu_smotetomek

    if unknown := [name for name in names if name not in ENTRIES]:
        raise ValueError(f"no sampler is called {', '.join(unknown)}; there are {', '.join(ENTRIES)}")
    chosen = names or list(ENTRIES)
    present = [name for name in chosen if ENTRIES[name].class_name in gpu_smotetomek.__all__]
    for name in chosen:
        if name not in present:
            log(f"{name}: skipped, gpu_smotetomek has no {ENTRIES[name].class_name}")
    return present


def make_cases(names: list[str], kind: str, rows: int, d: int) -> list[Case]:
    """Make a case for each sampler; its task is the name of the sampler."""
    cases = []
    for name in names:
        entry = ENTRIES[name]
        make = data.make_mixed if entry.is_mixed else partial(KINDS[kind], d=d)
        table = "mixed" if entry.is_mixed else f"{kind}-d{d}"
        rows_of_case = round(rows * entry.share)
        cases.append(Case(name, rows_of_case, make, frozenset(), task=name, family="samplers", table=table))
    return cases


def format_samplers(results: dict[str, Any]) -> str:
    """Format the heading and the table: seconds, ratios, and whether the rows are those of imbalanced-learn."""
    titles = [TITLES[peer] for peer in PEERS]
    body = [_format_sampler(name, rows) for name, rows in report.group_by_case(results["rows"]).items()]
    notes = [note for row in results["rows"] if (note := report.format_note(row))]
    table = report.format_table(["sampler", "rows × features", *titles, "same rows"], body)
    return "\n".join([report.format_heading(results), "", table, "", *notes]) + "\n"


def _format_sampler(name: str, rows: dict[str, Row]) -> list[str]:
    ours = rows["ours"]
    cells = [report.format_cell(rows[peer], ours) for peer in PEERS]
    shape = next((" × ".join(map(str, row["shape"])) for row in rows.values() if "shape" in row), "–")
    return [name, shape, *cells, compare_rows(rows)]


def compare_rows(rows: dict[str, Row]) -> str:
    """Compare the hashes of all rows and labels with those of ours: 'yes', 'no', or '–' where there is nothing to compare."""
    outputs = {peer: row["output"] for peer, row in rows.items() if "output" in row}
    others = [peer for peer in outputs if peer != "ours"]
    if "ours" not in outputs or not others:
        return "–"
    different = [TITLES[peer] for peer in others if outputs[peer] != outputs["ours"]]
    if len(different) == len(others):
        return "**no**"
    return f"not those of {', '.join(different)}" if different else "yes"
