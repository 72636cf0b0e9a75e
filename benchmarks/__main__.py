"""`python -m benchmarks run | roads | report | cases`."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.cases import CASES, PROFILES, Case, chosen
from benchmarks.environment import environment
from benchmarks.peers import PEERS
from benchmarks.plot import plot
from benchmarks.runner import Settings, measure
from gpu_smotetomek.arrays import cuda_probe

RESULTS = Path(__file__).parent / "results"
GPU = "gpu"
PACE = {  # profile: rounds, seconds a process, seconds a peer and case
    "tiny": (1, 60.0, 1.0),
    "quick": (3, 60.0, 10.0),
    "full": (5, 120.0, 120.0),
}


def main(words: list[str] | None = None) -> int:
    """Run a verb; the exit status is 0, or 2 for a wrong word."""
    parser = _parser()
    args = parser.parse_args(words)
    if args.verb == "cases":
        print("\n".join(f"{case.name:28} {', '.join(sorted(case.profiles))}" for case in CASES))
        return 0
    try:
        if args.verb == "report":
            results = json.loads(args.file.read_text())
            names = list(dict.fromkeys(row["case"] for row in results["rows"]))
            write(results, chosen(results["profile"], names, args.data), args.file)
        elif args.profile == GPU:
            on_gpu(args.out)
        else:
            run(args, chosen(args.profile, args.case, args.data))
    except ValueError as error:
        parser.error(str(error))
    return 0


def on_gpu(out: Path) -> None:
    """What a device does, by itself: other cases, peers and figures than on a host."""
    if reason := cuda_probe.cuda_unavailable_reason():
        raise ValueError(f"--profile {GPU} needs one. {reason}")
    from benchmarks import gpu

    out.mkdir(parents=True, exist_ok=True)
    gpu.main(out / f"{environment()['date'][:19].replace(':', '')}-run-gpu.json")


def run(args: argparse.Namespace, cases: list[Case]) -> None:
    """Measure, and write what is known after each case, so that an interruption costs one case."""
    peers = (args.peer or list(PEERS)) if args.verb == "run" else ["ours", *_backends()]
    asked = zip((args.repeat, args.limit, args.budget), PACE[args.profile], strict=True)
    repeat, limit, budget = (usual if given is None else given for given, usual in asked)
    options = {"device": args.device, "backend": getattr(args, "backend", None) or "auto"}
    settings = Settings(repeat, limit, budget, options, tell=lambda line: print(line, file=sys.stderr, flush=True))
    where = environment()
    results: dict[str, Any] = {
        "verb": args.verb, "profile": args.profile, "environment": where, "rows": [],
        "settings": {"repeat": repeat, "limit": limit, "budget": budget, "options": options},
    }  # fmt: skip
    args.out.mkdir(parents=True, exist_ok=True)
    file = args.out / f"{where['date'][:19].replace(':', '')}-{args.verb}-{args.profile}.json"
    for case in cases:
        results["rows"] += measure(case, peers, settings)
        file.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    write(results, cases, file)


def write(results: dict[str, Any], cases: list[Case], file: Path) -> None:
    """The Markdown and the plot beside the JSON; the Markdown on the screen too."""
    roads = results["verb"] == "roads"
    text = report.roads(results) if roads else report.markdown(results, cases)
    file.with_suffix(".md").write_text(text)
    print(text)
    if not roads and not plot(results, cases, file.with_suffix(".svg")):
        print("No plot: matplotlib is not installed (pip install matplotlib).", file=sys.stderr)


def _backends() -> list[str]:
    """Every usable backend of ours, as a peer."""
    from gpu_smotetomek.neighbors import available

    return [f"ours:{name}" for name, reason in available().items() if reason is None]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run", help="ours and its peers, side by side")
    roads = verbs.add_parser("roads", help="ours with each backend: how far auto is from the best")
    again = verbs.add_parser("report", help="table and plot again, from the JSON of a run")
    verbs.add_parser("cases", help="name the cases")
    again.add_argument("file", type=Path)
    run.add_argument("--peer", action="append", choices=PEERS, help="only this peer; may be repeated")
    run.add_argument("--backend", help="of ours")
    for verb in (run, roads):
        verb.add_argument("--profile", choices=[*PROFILES, *[GPU] * (verb is run)], default="quick")
        verb.add_argument("--case", action="append", default=[], help="only this case; may be repeated")
        verb.add_argument("--repeat", type=int, help="rounds")
        verb.add_argument("--limit", type=float, help="seconds a process may take")
        verb.add_argument("--budget", type=float, help="seconds after which a peer is not asked again in a case")
        verb.add_argument("--device", default="cpu", help="of ours; all peers have the same cores unless this is cuda")
        verb.add_argument("--out", type=Path, default=RESULTS, help="folder of the JSON, Markdown and plot")
    for verb in (run, roads, again):
        verb.add_argument("--data", type=Path, help="folder of CSV tables whose last column is the target")
    return parser


if __name__ == "__main__":
    sys.exit(main())
