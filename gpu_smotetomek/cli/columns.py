"""The roles of columns, as the options name them, and the sheet with these roles."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from gpu_smotetomek.cli.column_options import ColumnOptions
from gpu_smotetomek.tables import Sheet, TableError, UsageError, read
from gpu_smotetomek.tables.sheet import find_columns


def read_sheet(
    source: Path, target: str | None, options: ColumnOptions, reading: Mapping[str, Any]
) -> tuple[Sheet, tuple[str, ...]]:
    """Read a table, and give its columns the roles that the options name.

    Parameters
    ----------
    source : Path
    target : str or None
        Name or number of the target column.
    options : ColumnOptions
    reading : mapping
        How the file is read: arguments of `tables.read`.

    Returns
    -------
    Sheet, tuple of str
        The sheet without the columns to leave out, and the names of its ids, which travel.

    Raises
    ------
    UsageError
        If an option names no column, the target, or a column that another option names too.
    TableError
        If no feature is left.
    """
    if source.suffix.lower() == ".npz" and (options.named or options.columns):
        option = next(iter([*options.named, "--columns"]))
        raise UsageError(f"the columns of an .npz file have no names; leave {option} out, or save a .parquet file")
    for option, text in options.named.items():
        if target is not None and target in map(str.strip, text.split(",")):
            raise UsageError(f"column {target!r} is the target; leave it out of {option}")
    sheet = read(
        source,
        target,
        passthrough=",".join(options.named.values()) or None,  # so that cells such as '007' stay text
        categorical="auto" if options.categorical == "auto" else None,
        **reading,
    )
    return assign_roles(sheet, options)


def assign_roles(sheet: Sheet, options: ColumnOptions) -> tuple[Sheet, tuple[str, ...]]:
    """The sheet without the columns to leave out, and the names of its ids."""
    names = sheet.frame.columns
    roles = {option: find_columns(text, names, header=sheet.header) for option, text in options.named.items()}
    check_roles_differ(roles)
    identifiers, dropped = roles.get("--id", ()), set(roles.get("--drop", ()))
    categorical = roles.get("--categorical", sheet.categorical)
    travelling = tuple(name for name in sheet.passthrough if name not in {*dropped, *categorical})
    sheet = replace(sheet, passthrough=travelling, categorical=categorical)
    if options.columns is not None:
        kept = set(find_columns(options.columns, names, header=sheet.header))
        if both := [name for name in names if name in kept & dropped]:
            raise UsageError(f"column {both[0]!r} is in --columns and in --drop; leave it out of one of them")
        others = {name for option, columns in roles.items() if option != "--drop" for name in columns}
        dropped = set(names) - kept - others - {sheet.target}
    if not dropped:
        return sheet, identifiers
    X = sheet.X.drop([name for name in sheet.X.columns if name in dropped])
    if not X.width:
        raise TableError("no column but the target is left; leave --drop out, or name more in --columns")
    return (
        replace(
            sheet,
            X=X,
            position=sum(name not in dropped for name in names[: sheet.position]),
            passthrough=tuple(name for name in sheet.passthrough if name not in dropped),
            categorical=tuple(name for name in sheet.categorical if name not in dropped),
        ),
        identifiers,
    )


def check_roles_differ(roles: dict[str, tuple[str, ...]]) -> None:
    """Raise if two options name the same column."""
    first: dict[str, str] = {}
    for option, names in roles.items():
        for name in names:
            if first.setdefault(name, option) != option:
                raise UsageError(f"column {name!r} is in {first[name]} and in {option}; leave it out of one of them")


def clear_identifiers(result: Sheet, identifiers: tuple[str, ...], is_synthetic: pl.Series) -> Sheet:
    """The resampled sheet with empty ids in synthetic rows, whatever else these rows take from their base rows."""
    empty = [pl.when(~is_synthetic).then(pl.col(name)).alias(name) for name in identifiers]
    return replace(result, X=result.X.with_columns(empty)) if empty else result
