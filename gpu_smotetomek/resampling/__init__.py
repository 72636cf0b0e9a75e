"""The algorithms: a Batch goes in, a Batch comes out; no container, no parameter and no array library is known here."""

from gpu_smotetomek.resampling.batch import Batch, Lineage
from gpu_smotetomek.resampling.smote import check_class_sizes, class_neighbors, oversample
from gpu_smotetomek.resampling.tomek import find_links, larger_class_ends
from gpu_smotetomek.resampling.work_estimate import Plan, count_pairs, device_bytes, estimate_work, table_bytes

__all__ = [
    "Batch",
    "Lineage",
    "Plan",
    "check_class_sizes",
    "class_neighbors",
    "count_pairs",
    "device_bytes",
    "estimate_work",
    "find_links",
    "larger_class_ends",
    "oversample",
    "table_bytes",
]
