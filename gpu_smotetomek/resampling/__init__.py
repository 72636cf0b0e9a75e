"""The algorithms: a Batch goes in, a Batch comes out. Parameters are not known here, containers only in `provenance.py`.

Over-sampling and cleaning run in four steps:

1. `smote.py`, `borderline.py` and their like find neighbours, draw parents and gaps, and record them as lineage;
   `synthesis.py` and `interpolation.py` write the synthetic rows.
2. `lineage_bounds.py` bounds the distances of synthetic rows to their own class and to their enemies from the lineage alone:
   Stewart's theorem is in `LineageBounds.enemy_lower_bound`, the rounding of stored rows in `rounding_slack.py`.
3. `candidate_links.py` keeps the rows that no bound rules out and finds their nearest enemies.
4. `link_verification.py` checks both ends of each candidate: no third row, parent or child may be as near.

`tomek.py` runs steps 2 to 4, or searches directly where the batch is small, or its lineage is incomplete or has rows that are
not between two rows of their class. `enemy_links.py` finds the pairs of the looser definition. `link_removal.py` chooses the ends
that are removed, and `repeated_links.py` repeats both among the rows that are left. `edited_neighbors.py` finds the rows that
disagree with their neighbours. `smotenc.py` does step 1 for tables with categories, whose links are searched directly;
`mixed_metric.py` holds the constant of their distances. Where an input is resampled with many seeds, `known_originals.py` holds
lists around its rows; `known_links.py` and `known_family.py` do steps 3 and 4 with them.
`feature_factors.py` finds the factors of `scale`, from the statistics in `feature_spread.py`.
`random_rows.py` copies or drops rows at random, and `smoothed_bootstrap.py` adds noise to copies. `batch.py` holds the data,
`output_rows.py` lists the rows of the result, and `work_estimate.py` makes the plan. `history.py` records what each step did,
and `provenance.py` says from it where the rows of a result come from. Every bound is tested by spoiling it: see
`tests/contracts/test_each_bound_is_needed.py` and `tests/resampling/test_edited_neighbors.py`.

Glossary
--------
original, synthetic  row of the input, row made by an over-sampler
base, neighbor, gap  the parents of a synthetic row, and its position between them
parent, child        of a synthetic row, its nearer parent; of an original, the synthetic rows that it is the nearer parent of
segment              all points between two parents
earlier, later       order of the classes by the number of their originals; each link is found from its earlier class
enemy                row of another class; while links are searched, a row of a later class
end, partner         one row of a candidate link, and the other
reach                distance of an original to its farthest child
slack                distance of a stored synthetic row to the point of its segment
"""

from gpu_smotetomek.resampling.adasyn import allot_new_rows, oversample_adasyn
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.resampling.borderline import (
    find_danger,
    find_growing_rows,
    oversample_borderline_across,
    oversample_borderline_within,
)
from gpu_smotetomek.resampling.class_sizes import ClassSizes, treat_small_classes
from gpu_smotetomek.resampling.edited_neighbors import find_disagreeing_rows
from gpu_smotetomek.resampling.feature_factors import find_factors
from gpu_smotetomek.resampling.history import SearchRecord, StepRecord
from gpu_smotetomek.resampling.lineage import Lineage
from gpu_smotetomek.resampling.link_explanation import LinkEnd, LinkExplanation, explain_pair
from gpu_smotetomek.resampling.link_removal import LinkEnds, RemovalRule
from gpu_smotetomek.resampling.mixed_metric import class_mismatch, unscale_median
from gpu_smotetomek.resampling.neighborhoods import Neighborhoods, describe_rows, nearest_neighbors
from gpu_smotetomek.resampling.output_rows import OutputRows, find_base_rows
from gpu_smotetomek.resampling.provenance import Provenance
from gpu_smotetomek.resampling.random_rows import append_copies, draw_copied_places, draw_kept_places, keep_places
from gpu_smotetomek.resampling.repeated_links import clean_links
from gpu_smotetomek.resampling.smoothed_bootstrap import append_perturbed
from gpu_smotetomek.resampling.smote import class_neighbors, oversample
from gpu_smotetomek.resampling.smotenc import oversample_mixed
from gpu_smotetomek.resampling.step_seconds import (
    count_pairs,
    estimate_cleaning,
    estimate_oversampling,
    estimate_restoring,
)
from gpu_smotetomek.resampling.svm_smote import oversample_svm
from gpu_smotetomek.resampling.tomek import find_links, sort_pairs
from gpu_smotetomek.resampling.work_estimate import Plan, device_bytes, estimate_chain, table_bytes

__all__ = [
    "Batch",
    "ClassSizes",
    "Lineage",
    "LinkEnd",
    "LinkEnds",
    "LinkExplanation",
    "Neighborhoods",
    "OutputRows",
    "Plan",
    "Provenance",
    "RemovalRule",
    "SearchRecord",
    "StepRecord",
    "allot_new_rows",
    "append_copies",
    "append_perturbed",
    "class_mismatch",
    "class_neighbors",
    "clean_links",
    "count_pairs",
    "describe_rows",
    "device_bytes",
    "draw_copied_places",
    "draw_kept_places",
    "estimate_chain",
    "estimate_cleaning",
    "estimate_oversampling",
    "estimate_restoring",
    "explain_pair",
    "find_base_rows",
    "find_danger",
    "find_disagreeing_rows",
    "find_factors",
    "find_growing_rows",
    "find_links",
    "keep_places",
    "nearest_neighbors",
    "oversample",
    "oversample_adasyn",
    "oversample_borderline_across",
    "oversample_borderline_within",
    "oversample_mixed",
    "oversample_svm",
    "sort_pairs",
    "table_bytes",
    "treat_small_classes",
    "unscale_median",
]


def __dir__() -> list[str]:
    """Return the public names, for completion."""
    return sorted(__all__)
