"""Draw the bar chart of the first page: the seconds of one case, on a log axis, as a plain SVG without other libraries."""

import math
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from benchmarks.cases import IL, IX
from benchmarks.report import format_seconds

BAR_TITLES = {IL: "imbalanced-learn", IX: "+ scikit-learn-intelex", "ours": "gpu_smotetomek, same CPU"}
PEER_PACKAGES = {IL: "imbalanced-learn", IX: "scikit-learn-intelex"}
BAR_COLOURS = {IL: "#8a94a0", IX: "#8a94a0", "ours": "#c2410c", "gpu": "#7c2d12"}
WIDTH, LEFT, RIGHT = 800, 250, 70  # pixels: the whole picture, the names, the room for the last figure
TOP, BAR, GAP = 44, 26, 12  # pixels: the title, the height of a bar, the space below it
FONT = "Helvetica, Arial, 'DejaVu Sans', sans-serif"


class Bar(NamedTuple):
    """One bar: its name, its seconds and its colour."""

    title: str
    seconds: float
    colour: str


def draw_bars(run: dict[str, Any], on_gpus: list[dict[str, Any]], case: str, path: Path) -> bool:
    """Write the chart of `case`; return False, and write nothing, if `run` did not measure the case with every peer."""
    rows = {row["peer"]: row for row in run["rows"] if row["case"] == case and row["status"] == "measured"}
    if not set(BAR_TITLES) <= set(rows):
        return False
    bars = [Bar(title, rows[peer]["seconds"], BAR_COLOURS[peer]) for peer, title in BAR_TITLES.items()]
    notes = [_describe_cpu(run["environment"])]
    for results in on_gpus:
        taken = [row["seconds"] for row in results["rows"] if (row["what"], row.get("case")) == ("SMOTETomek", case)]
        if taken:
            name = results["device"]["name"]
            bars.append(Bar(f"gpu_smotetomek, {name}", median(taken[0]), BAR_COLOURS["gpu"]))
            notes.append(_describe_gpu(name, results["environment"]["date"]))
    path.write_text(_format_svg(_format_title(rows["ours"]), bars, notes), encoding="utf-8")
    return True


def _format_title(row: dict[str, Any]) -> str:
    n, d = row["shape"]
    work = "TomekLinks" if "tomek-alone" in row["case"] else "SMOTETomek"
    return f"{work} on {f'{n:,}'.replace(',', ' ')} rows × {d} features: seconds, log axis"


def _describe_cpu(environment: dict[str, Any]) -> str:
    cpu = environment["cpu"].replace("(R)", "").removesuffix(" Processor")
    versions = ", ".join(f"{name} {environment['versions'][name]}" for name in PEER_PACKAGES.values())
    return f"CPU bars: {cpu}, {environment['cores']} cores, {environment['date'][:10]}; {versions}."


def _describe_gpu(name: str, date: str) -> str:
    return f"GPU bar: {name} in another machine, {date[:10]}; from rows on the GPU to rows on the GPU."


def _format_svg(title: str, bars: list[Bar], notes: list[str]) -> str:
    """Lay out the card: a white ground with a border, so that it reads the same on a light and on a dark page."""
    low, high = (math.log10(edge([bar.seconds for bar in bars])) for edge in (min, max))
    first, last = math.floor(low), math.ceil(high)
    scale = (WIDTH - LEFT - RIGHT) / (last - first)
    bottom = TOP + len(bars) * (BAR + GAP)
    height = bottom + 34 + 18 * len(notes)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" font-family="{FONT}" font-size="14" fill="#1f2328">',
        f"<title>{escape(title)}</title>",
        f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="6" fill="#ffffff" stroke="#d0d7de"/>',
        f'<text x="16" y="26" font-size="16" font-weight="bold">{escape(title)}</text>',
    ]
    for power in range(first, last + 1):
        x = LEFT + scale * (power - first)
        lines.append(f'<path d="M{x:.1f} {TOP - 4}V{bottom - 4}" stroke="#d0d7de"/>')
        lines.append(
            f'<text x="{x:.1f}" y="{bottom + 12}" text-anchor="middle" fill="#57606a">{format_seconds(10.0**power)}</text>'
        )
    for number, bar in enumerate(bars):
        y, length = TOP + number * (BAR + GAP), scale * (math.log10(bar.seconds) - first)
        lines.append(f'<text x="{LEFT - 10}" y="{y + 18}" text-anchor="end">{escape(bar.title)}</text>')
        lines.append(f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR}" fill="{bar.colour}"/>')
        text, end = format_seconds(bar.seconds), LEFT + length
        lines.append(f'<rect x="{end + 4:.1f}" y="{y}" width="{9 * len(text) + 4}" height="{BAR}" fill="#ffffff"/>')
        lines.append(f'<text x="{end + 8:.1f}" y="{y + 18}" font-weight="bold">{text}</text>')
    for number, note in enumerate(notes):
        lines.append(
            f'<text x="16" y="{bottom + 38 + 18 * number}" font-size="12" fill="#57606a">{escape(note)}</text>'
        )
    return "\n".join([*lines, "</svg>"]) + "\n"
