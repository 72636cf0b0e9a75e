"""SMOTE and Tomek links over blocks of rows: the largest class stays in blocks, the rows of all other classes are held.

`search.py` is the algorithm. It runs stages, which are pure functions, over blocks, parts and ranges by the three verbs of an
executor (`executor.py`), and merges what they return. The answers are those of one machine.

1. `plan.py` fixes what follows from the numbers of rows and labels; `draws.py` has the random source's states for each range of
   synthetic rows, in place of the numbers that are drawn.
2. `held_rows.py` looks at each block once: the held rows, the scale of the distances, a sample.
3. `own_class.py` searches the held rows within their classes.
4. `families.py` draws the lineage of the synthetic rows part by part, and bounds their distances.
5. `enemies.py` searches the nearest enemies of the rows that no bound rules out, source by source.
6. `block_links.py` checks both ends of each candidate link against third rows, and chooses the rows to remove.

No synthetic row is held: those that a stage compares are computed from their parents.
"""

from gpu_smotetomek.blocks.block_links import BlockLinks
from gpu_smotetomek.blocks.device_executor import DeviceExecutor
from gpu_smotetomek.blocks.draws import SyntheticRange
from gpu_smotetomek.blocks.executor import Executor, LazyValue, LocalExecutor, StageStore
from gpu_smotetomek.blocks.held_memory import check_held_rows, count_held_bytes
from gpu_smotetomek.blocks.held_rows import HeldRows
from gpu_smotetomek.blocks.own_class import OwnClass
from gpu_smotetomek.blocks.plan import Block, BlockParameters, BlockPlan, encode_labels, plan_blocks
from gpu_smotetomek.blocks.search import BlockResult, find_block_links, keep_mask, make_synthetic_rows

__all__ = [
    "Block",
    "BlockLinks",
    "BlockParameters",
    "BlockPlan",
    "BlockResult",
    "DeviceExecutor",
    "Executor",
    "HeldRows",
    "LazyValue",
    "LocalExecutor",
    "OwnClass",
    "StageStore",
    "SyntheticRange",
    "check_held_rows",
    "count_held_bytes",
    "encode_labels",
    "find_block_links",
    "keep_mask",
    "make_synthetic_rows",
    "plan_blocks",
]


def __dir__() -> list[str]:
    """Return the public names, for completion."""
    return sorted(__all__)
