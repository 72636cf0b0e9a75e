"""The picture of a resampling, as a file."""

import io
from pathlib import Path
from typing import Any

from gpu_smotetomek.plotting.style import INSTALL_HINT
from gpu_smotetomek.tables import Sheet, UsageError
from gpu_smotetomek.tables.atomic import check_not_existing, open_replacement

PICTURE_SUFFIXES = (".png", ".svg", ".pdf")


def check_plot(path: Path | None, *, force: bool) -> None:
    """Raise if the picture cannot or should not be written.

    Raises
    ------
    UsageError
        If the suffix is unknown, the folder does not exist, the file exists without `force`, or matplotlib is not installed.
    """
    if path is None:
        return
    if path.suffix.lower() not in PICTURE_SUFFIXES:
        raise UsageError(f"--plot {str(path)!r} is no picture; name a file that ends in {', '.join(PICTURE_SUFFIXES)}")
    if not path.parent.is_dir():
        raise UsageError(f"folder {str(path.parent)!r} does not exist; create it, or name another picture")
    if not force:
        check_not_existing(path)
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise UsageError(f"--plot: {INSTALL_HINT}") from error


def check_plane(path: Path | None, sheet: Sheet) -> None:
    """Raise, before any work, if a picture is to be drawn and the table has fewer than two numeric columns for its axes.

    Raises
    ------
    UsageError
    """
    categorical = set(sheet.categorical)
    numeric = [name for name in sheet.compared.columns if name not in categorical]
    if path is not None and len(numeric) < 2:
        names = f", {numeric[0]!r}" if numeric else ""
        others = ", or name fewer columns in --categorical and --passthrough"
        more = others if sheet.categorical or sheet.passthrough else ""
        raise UsageError(
            f"--plot draws two numeric columns, and the table has {len(numeric)} to compare{names}; leave out --plot{more}"
        )


def write_plot(path: Path | None, sampler: Any, sheet: Sheet, result: Sheet, *, force: bool) -> None:
    """Draw a result of `fit_resample` of a sampler on white, and write it under its name once it is complete."""
    if path is None:
        return
    from matplotlib.figure import Figure

    from gpu_smotetomek.plotting.resampling import draw_resampling

    figure = Figure(figsize=(7.0, 4.6), layout="constrained", facecolor="white")
    draw_resampling(figure.subplots(), sheet.X, sheet.y, (result.X, result.y), sampler)
    picture = io.BytesIO()
    figure.savefig(picture, format=path.suffix.lower().removeprefix("."), dpi=150)
    with open_replacement(path, force=force) as file:
        file.write(picture.getvalue())
