"""Format the JSON of a run as Markdown: one row for each case, with seconds, ratios, links, answers and targets."""

from collections import defaultdict
from typing import Any

from benchmarks.cases import FLOOR, IL, IX, Case

Row = dict[str, Any]
LARGEST_LAG_OF_AUTO = 0.15  # `auto` may take this much longer than the best backend, as a share of its time
TITLES = {"ours": "ours", IL: "imbalanced-learn", IX: "+ scikit-learn-intelex", "faiss": "FAISS, enlarged data",
          FLOOR: "SGEMM floor"}  # fmt: skip
SHORT_TITLES = {IL: "imbalanced-learn", IX: "intelex", FLOOR: "floor"}


def format_run(results: dict[str, Any], cases: list[Case]) -> str:
    """Format the whole report: the environment, the table, and how each extrapolation was made."""
    by_case = group_by_case(results["rows"])
    peers = list(dict.fromkeys(row["peer"] for row in results["rows"]))
    titles = [TITLES.get(peer, peer) for peer in peers]
    head = ["case", "links", *titles, "answers", "peak beyond in- and output", "targets"]
    body = [_format_row(case, by_case[case.name], peers) for case in cases if case.name in by_case]
    notes = [note for rows in by_case.values() for row in rows.values() if (note := format_note(row))]
    return "\n".join([format_heading(results), "", format_table(head, body), "", *notes]) + "\n"


def format_heading(results: dict[str, Any]) -> str:
    """Format one paragraph on machine, versions, kernels and commit."""
    env = results["environment"]
    versions = ", ".join(f"{name} {number}" for name, number in env["versions"].items() if number)
    commit = f"commit {env['commit'][:12]}" if env["commit"] else "no commit"
    commit += " with uncommitted changes" if env["dirty"] else ""
    pools = [pool for row in results["rows"] for pool in row.get("threadpools", []) if pool["user_api"] == "blas"]
    kernels = sorted({f"{p['internal_api']} {p['version']} {p['architecture']} in {p['library']}" for p in pools})
    removed = "".join(f" Taken out of the environment: {k}={v}." for k, v in env["removed_from_environment"].items())
    return (
        f"Profile {results['profile']}, {env['date']}, {commit}. {env['cpu']}, {env['cores']} cores, "
        f"{env['memory_bytes'] / 2**30:.0f} GiB, load {env['load_at_start']:.1f} at the start; {env['platform']}, "
        f"Python {env['python']}, {versions}. BLAS: {', '.join(kernels) or 'none loaded'}.{removed}"
    )


def format_table(head: list[str], body: list[list[str]]) -> str:
    """Format a Markdown table."""
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *body])


def group_by_case(rows: list[Row]) -> dict[str, dict[str, Row]]:
    """Group the rows by case, then by peer."""
    found: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in rows:
        found[row["case"]][row["peer"]] = row
    return found


def _format_row(case: Case, rows: dict[str, Row], peers: list[str]) -> list[str]:
    ours = rows.get("ours", {})
    cells = [format_cell(rows[peer], ours) if peer in rows else "" for peer in peers]
    beyond = f"{ours['beyond_bytes'] / 2**20:.0f} MB" if "beyond_bytes" in ours else "–"
    answers, targets = _compare_answers(case, rows), _judge_targets(case, rows)
    return [case.name, _format_links(case, rows), *cells, answers, beyond, targets]


def format_cell(row: Row, ours: Row) -> str:
    """Format the seconds of a peer, with its spread and how many times as long as ours it took."""
    if "seconds" not in row:
        return row["status"]
    text = format_seconds(row["seconds"])
    if row["status"] == "extrapolated":
        text = f"≈ {text}, extrapolated"
    elif len(row.get("runs", [])) > 1:
        text += f" ({format_seconds(row['fastest'], '')}–{format_seconds(row['slowest'])})"
    if row["peer"] == "ours" or "seconds" not in ours:
        return text
    if row["peer"] == FLOOR:
        return f"{text}, ours **{format_ratio(ours['seconds'] / row['seconds'])}×**"
    return f"{text}, **{format_ratio(row['seconds'] / ours['seconds'])}×**"


def _format_links(case: Case, rows: dict[str, Row]) -> str:
    counts = {peer: row["links"] for peer, row in rows.items() if "links" in row}
    if len(set(counts.values())) > 1:
        return "; ".join(f"{TITLES.get(peer, peer)} {count}" for peer, count in counts.items())
    known = "" if case.links is None or not counts or case.links in counts.values() else f" (expected {case.links})"
    return f"{next(iter(counts.values()))}{known}" if counts else "–"


def _compare_answers(case: Case, rows: dict[str, Row]) -> str:
    said = []
    for peer, row in rows.items():
        title = TITLES.get(peer, peer)
        if not row.get("stable", True):
            said.append(f"{title} changes from run to run")
        elif row.get("agrees") is False:
            said.append(f"{title} removes other rows than {row['reference']}" + (" (ties)" if case.tied else ""))
        elif "beside_ours" in row:
            beside = row["beside_ours"]
            same = "same" if beside["agrees"] else f"other rows ({beside['links']} links, ours {beside['ours_links']})"
            said.append(f"{title} at {beside['rows']} rows: {same}")
    compared = sum("agrees" in row for row in rows.values())
    return "; ".join(said) or (f"same rows removed by {compared}" if compared > 1 else "nothing to compare with")


def _judge_targets(case: Case, rows: dict[str, Row]) -> str:
    verdicts = []
    for peer, target in case.targets.items():
        at_most = peer == FLOOR
        wanted = f"{SHORT_TITLES[peer]} {'≤' if at_most else '≥'} {target:g}"
        if not all("seconds" in rows.get(name, {}) for name in (peer, "ours")):
            verdicts.append(f"{wanted}: not measured")
            continue
        got = rows[peer]["seconds"] / rows["ours"]["seconds"]
        got = 1 / got if at_most else got
        reached = got <= target if at_most else got >= target
        verdicts.append(f"{wanted}: {format_ratio(got)}, {'reached' if reached else '**not reached**'}")
    return "; ".join(verdicts) or "–"


def format_note(row: Row) -> str:
    """Format how an extrapolation was made, or why there is no figure; empty for a plain measurement."""
    where = f"- {row['case']}, {TITLES.get(row['peer'], row['peer'])}"
    if row["status"] == "extrapolated":
        steps = ", ".join(f"{rows} rows {format_seconds(time)}" for rows, time in row["steps"])
        beside = row.get("beside_ours")
        ours = f"; at {beside['rows']} rows ours took {format_seconds(beside['ours_seconds'])}" if beside else ""
        return f"{where}: extrapolated with exponent {row['exponent']:.2f} from {steps}{ours}."
    return f"{where}: {row['status']}, {row['why']}." if "why" in row else ""


def format_seconds(value: float, unit: str = " s") -> str:
    """Format seconds with three significant figures: 0.00512 s, 15.6 s, 5120 s."""
    return f"{value:.3g}{unit}" if value < 1000 else f"{value:.0f}{unit}"


def format_ratio(value: float) -> str:
    """Format a ratio with two or three significant figures."""
    return f"{value:.0f}" if value >= 100 else f"{value:.2g}"


def format_stages(results: dict[str, Any]) -> str:
    """Format how much slower `auto` is than the best backend in each case; at most 15 % is allowed."""
    backends = list(dict.fromkeys(row["peer"] for row in results["rows"] if row["peer"] != "ours"))
    body = [_format_stage_row(name, rows, backends) for name, rows in group_by_case(results["rows"]).items()]
    names = [peer.removeprefix("ours:") for peer in backends]
    head = ["case", "links", "auto chose", "auto", *names, "best", "auto behind"]
    return "\n".join([format_heading(results), "", format_table(head, body)]) + "\n"


def _format_stage_row(name: str, rows: dict[str, Row], backends: list[str]) -> list[str]:
    timed = {peer: row["seconds"] for peer, row in rows.items() if "seconds" in row}
    cells = [format_seconds(timed[peer]) if peer in timed else rows[peer]["status"] for peer in backends]
    if "ours" not in timed:
        return [name, "–", "–", rows["ours"]["status"], *cells, "–", "–"]
    best = min(timed, key=timed.__getitem__)
    behind = timed["ours"] / timed[best] - 1
    verdict = f"{behind:.0%}" if behind <= LARGEST_LAG_OF_AUTO else f"**{behind:.0%}**"
    links = " or ".join(sorted({str(row["links"]) for row in rows.values() if "links" in row}))
    chose = str(rows["ours"]["said"].get("backend_", "–"))
    return [name, links, chose, format_seconds(timed["ours"]), *cells, best.removeprefix("ours:"), verdict]
