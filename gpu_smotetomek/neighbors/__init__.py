"""Exact k nearest neighbours over interchangeable backends.

A backend proposes candidates and proves a bound on its error; float64 decides; what no certificate covers is searched again.

::

    selection.py     chooses a backend by device, shape and cost, and makes an
      │
      ▼
    exact.py         ExactSearch: stages from a certified list to all distances in float64
      ├── candidates.py      lists of a backend + certified lower bound on all that is not listed
      │     ├── backends/    protocol.Backend: build, search, error (one file each)
      │     └── protocol.py
      ├── products.py        few rows with very many features: bounds of products order them
      ├── brute_force.py     float64 distances: rerank candidates, or search all rows
      ├── duplicates.py      equal rows are searched once
      └── scaled_rows.py     scale, float64 distances, coordinates (projection.py)

Proofs: `protocol.expanded_error` and each backend's `error` bound the error of returned squared distances;
`candidates.unreturned_lower_bound` turns it into a bound on distances, widened by the storage, rotation and outlier terms in
`Candidates._lower_bound`; `rounding.widen_up` and `widen_down` add the rounding of float64 distances.

Glossary
--------
row          number of a row of X
position     index into a subset of rows
slot         place of a row in the packed order of a kernel
query        row whose neighbours are searched
candidates   rows that a backend lists for a query
certified    proved to be exact: no row that is not listed can change the list
scaled units units of X times a power of two, in which no squared distance overflows
stage        one way to settle queries; the next one serves the queries that are left
backend      a way to search neighbours, never an array library
"""

from gpu_smotetomek.neighbors.backends.registry import BACKENDS, available, register
from gpu_smotetomek.neighbors.protocol import Backend
from gpu_smotetomek.neighbors.scaled_rows import ScaledRows
from gpu_smotetomek.neighbors.selection import SearchSelector, check_backend

__all__ = ["BACKENDS", "Backend", "ScaledRows", "SearchSelector", "available", "check_backend", "register"]


def __dir__() -> list[str]:
    """Return the public names, for completion."""
    return sorted(__all__)
