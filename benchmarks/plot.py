"""Plot seconds against rows on log axes, with one panel for each kind of data and one colour for each peer."""

from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks.cases import Case
from benchmarks.report import TITLES

LINE_COLOURS = {"ours": "C3", "imbalanced-learn": "C0", "sklearnex": "C4", "faiss": "C2", "floor": "0.5"}
Point = tuple[int, float, bool]  # rows, seconds, extrapolated


def draw_growth(results: dict[str, Any], cases: list[Case], path: Path) -> bool:
    """Write the figure; return False, and write nothing, if matplotlib is not installed."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
        from matplotlib.ticker import NullFormatter
    except ImportError:
        return False
    panels = collect_points(results, cases)
    columns = min(4, len(panels))
    lines = -(-len(panels) // columns)
    figure = Figure(figsize=(3.6 * columns, 3.2 * lines), layout="constrained")
    axes = figure.subplots(lines, columns, squeeze=False, sharex=True, sharey=True).ravel()
    for ax in axes[len(panels) :]:
        ax.remove()
    for ax, (family, peers) in zip(axes, panels.items(), strict=False):
        for peer, line in peers.items():
            _draw_line(ax, sorted(line), peer)
        ax.set(xscale="log", yscale="log", title=family, xlabel="rows", ylabel="seconds")
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.grid(alpha=0.3)
    legends = [ax.get_legend_handles_labels() for ax in axes[: len(panels)]]
    handles = {label: handle for pair in legends for handle, label in zip(*pair, strict=True)}
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=4, frameon=False)
    with mpl.rc_context({"svg.hashsalt": "benchmarks", "svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None})  # the same results give the same bytes
    return True


def collect_points(results: dict[str, Any], cases: list[Case]) -> dict[str, dict[str, list[Point]]]:
    """Collect the points by family and peer; the steps of an extrapolation are measured points."""
    panels: dict[str, dict[str, list[Point]]] = defaultdict(lambda: defaultdict(list))
    by_name = {case.name: case for case in cases}
    for row in results["rows"]:
        case = by_name.get(row["case"])
        if case is None or "seconds" not in row:
            continue
        line = panels[case.family][row["peer"]]
        line.append((case.rows, row["seconds"], row["status"] == "extrapolated"))
        line += [(rows, time, False) for rows, time in row.get("steps", []) if rows != case.rows]
    return panels


def _draw_line(ax: Any, line: list[Point], peer: str) -> None:
    colour = LINE_COLOURS.get(peer, "C1")
    ax.plot([p[0] for p in line], [p[1] for p in line], "-" if peer != "floor" else "--", color=colour, lw=1, alpha=0.6)
    for guessed, face in ((False, colour), (True, "none")):
        some = [p for p in line if p[2] == guessed]
        label = TITLES.get(peer, peer) + (", extrapolated" if guessed else "")
        if some:
            ax.plot([p[0] for p in some], [p[1] for p in some], "o", color=colour, mfc=face, ms=4, label=label)
