"""The rows of a result: which of them are rows of the input, which are synthetic, and in which order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gpu_smotetomek.arrays import dispatch, indexing
from gpu_smotetomek.resampling.batch import Batch
from gpu_smotetomek.typing import Integers


@dataclass(frozen=True)
class OutputRows:
    """The rows of a result as containers restore them: rows of the input, then synthetic rows, then put in order.

    Attributes
    ----------
    of_input : AllExcept or int64 array
        Rows of the input that are left, and those that are copied, which keep every cell of the row.
    synthetic : slice or int64 array
        Rows of the batch that have no such row.
    order : int64 array, or None
        Which of the restored rows comes first, second and so on; None where they are in order.
    """

    of_input: indexing.AllExcept | Integers
    synthetic: slice | Integers
    order: Integers | None = None

    @classmethod
    def from_batch(cls, batch: Batch) -> OutputRows:
        """Find the rows of the result of a batch."""
        n = batch.n_originals
        if batch.order is None and not batch.has_copies:
            return cls(batch.kept_original_ids, slice(n, None))
        copied, is_copy = find_copies(batch)
        copies, others = n + np.flatnonzero(is_copy), n + np.flatnonzero(~is_copy)
        of_input = np.concatenate([np.asarray(batch.kept_original_ids), copied[is_copy]])
        if batch.order is None and not len(others):
            return cls(of_input, others)
        restored_row = np.argsort(np.concatenate([np.arange(n), copies, others]))  # of each row of the batch
        order = restored_row[batch.rows_at(np.arange(len(batch.codes)))]
        if not len(others):
            return cls(of_input[order], others)
        return cls(of_input, others, None if (order == np.arange(len(order))).all() else order)


def find_base_rows(batch: Batch, rows: slice | Integers) -> Integers:
    """Rows of the input (m,), on the host, from which these synthetic rows descend along their bases."""
    ids = dispatch.to_numpy_int64(batch.current_lineage.base)
    return batch.lineage.find_base_rows(
        ids if isinstance(rows, slice) else ids[rows - batch.n_originals], batch.n_input
    )


def find_copies(batch: Batch) -> tuple[Integers, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """The row of the input (m,) that each synthetic row that is left copies, and the mask (m,) of those that copy one."""
    if not batch.has_copies:  # without copying the lineage to the host
        none = np.zeros(len(batch.codes) - batch.n_originals, bool)
        return none.astype(np.int64), none
    copied = dispatch.to_numpy_int64(batch.current_lineage.find_copied_rows(batch.n_input))
    return copied, copied >= 0
