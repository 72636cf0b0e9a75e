"""Memory of the rows that are held, and the refusal where it is not there."""

from __future__ import annotations

from gpu_smotetomek.blocks.plan import BlockPlan

BYTES_PER_NEIGHBOR, BYTES_PER_HELD_ROW = 12, 16  # a row number and a distance; number, class and bounds


def count_held_bytes(plan: BlockPlan) -> int:
    """Bytes of the held rows and of their neighbours."""
    row_bytes = plan.d * int(plan.dtype.itemsize) + BYTES_PER_NEIGHBOR * plan.k_neighbors + BYTES_PER_HELD_ROW
    return plan.n_held * row_bytes


def check_held_rows(plan: BlockPlan, free: int | None, place: str) -> None:
    """Raise if the held rows need more than the free memory.

    Parameters
    ----------
    plan : BlockPlan
    free : int or None
        Bytes; None is no limit.
    place : str
        Where they are free, such as 'here'.

    Raises
    ------
    MemoryError
        With both sizes, and what to do.
    """
    needed = count_held_bytes(plan)
    if free is None or needed <= free:
        return
    label = plan.classes[plan.blocked_class : plan.blocked_class + 1].tolist()[0]
    raise MemoryError(
        f"class {label!s} stays in blocks; the rows of the other classes, {plan.n_held:,} × {plan.d}, and their neighbours take "
        f"{needed / 1e9:,.3g} GB, and {free / 1e9:,.3g} GB of memory are free {place}: use float32, or fewer rows of these "
        "classes"
    )
