"""A frame that holds features and target: divided into both, and joined again."""

from collections.abc import Callable
from typing import Any

from ..errors import join_first, suggest
from ._kinds import is_any_frame
from ._narwhals import is_wrapper, unwrap, wrap
from ._rows import Frame


def divide_frame(
    frame: Any, target: Any, enter_frame: Callable[[Any], Frame]
) -> tuple[Any, Any, Callable[[Any, Any], Any]]:
    """Divide a frame into its features and the column of the target.

    Parameters
    ----------
    frame : pandas, polars, narwhals or cuDF DataFrame or PyArrow Table
    target : column name
    enter_frame : callable
        Returns the columns of a native frame; raises for one of another library.

    Returns
    -------
    X : frame
        The other columns, of the native library.
    y : frame
        The column alone.
    join : callable
        From such frames with other rows to one with all columns in their places.

    Raises
    ------
    ValueError
        If the frame has no such column.
    TypeError
        If it is no frame, or one that cannot be given back.
    """
    native = unwrap(frame)
    if not is_any_frame(native):
        raise TypeError(
            f"frame is a {type(frame).__module__}.{type(frame).__qualname__}, whose columns have no names: give a frame of "
            "pandas, polars, narwhals or cuDF or a PyArrow Table, or give features and target to SMOTETomek().fit_resample(X, y)"
        )
    columns = enter_frame(native)
    if target not in columns.names:
        hint = suggest(target, columns.names)
        raise ValueError(
            f"target is {target!r}, and frame has no such column; {f'{hint} It' if hint else 'it'} has "
            f"{join_first(list(map(repr, columns.names)))}"
        )
    features = [name for name in columns.names if name != target]

    def join(X: Any, y: Any) -> Any:
        joined = columns.join([X, y])
        return wrap(joined, frame) if is_wrapper(frame) else joined

    return columns.select(features).native, columns.select([target]).native, join
