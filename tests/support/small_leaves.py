"""Leaf trees for small tables: leaves of 16 rows, and trees for any number of rows and queries."""

import pytest

from gpu_smotetomek.neighbors.backends import faiss_cpu, leaf_tree


def use(patch: pytest.MonkeyPatch) -> None:
    """Lower the sizes of leaves, and the thresholds from which trees are built."""
    for name, value in {"WORTHWHILE_FROM_LEAVES": 0, "MAX_LEAF_ROWS": 16, "LEAF_ROWS_MULTIPLE": 2}.items():
        patch.setattr(leaf_tree, name, value)
    patch.setattr(leaf_tree, "WORTHWHILE_FROM_QUERIES", 1)
    patch.setattr(leaf_tree, "SELECTIVE_SHARE", 1.0)
    patch.setattr(faiss_cpu, "USE_TREE_FROM_ROWS", 1)
    patch.setattr(faiss_cpu, "USE_TREE_FROM_QUERIES", 1)
