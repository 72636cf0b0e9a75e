"""The algorithms: a Batch goes in, a Batch comes out; no container, no parameter and no array library is known here."""

from gpu_smotetomek.resampling.batch import Batch, Lineage
from gpu_smotetomek.resampling.smote import oversample, refuse_few, within_class
from gpu_smotetomek.resampling.tomek import larger_ends, links
from gpu_smotetomek.resampling.work_estimate import Plan, bytes_of_tables, bytes_on_device, pairs, planned

__all__ = [
    "Batch",
    "Lineage",
    "Plan",
    "bytes_of_tables",
    "bytes_on_device",
    "larger_ends",
    "links",
    "oversample",
    "pairs",
    "planned",
    "refuse_few",
    "within_class",
]
